"""What happens, told to open pages: one consumer of the bus's events for a whole desk, fanned out to those who listen.

Who listens is told which tickets something happened to, at most a few times a second however much it was: a page then asks for what it
shows. What is missed while the bus is away is made good by one telling of "everything" when it is back.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Final

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as BusClientError
from nats.js import api
from nats.js.errors import Error as JetStreamError

from shared.bus import subjects
from shared.ending import end
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.outbound import Event
from shared.messages.presence import Presence

log = structlog.get_logger(__name__)

PAUSE: Final = 0.25
"""Seconds between two tellings of the same listener."""
_AGAIN: Final = 2.0


@dataclass
class News:
    """What happened since the last telling: events by ticket number, events of no ticket, tickets where somebody came or went.
    ``everything``: something may have been missed. ``heard_at``: when the last of it was heard (`time.monotonic`)."""

    tickets: dict[int, list[Event]] = field(default_factory=dict)
    others: list[Event] = field(default_factory=list)
    present: dict[int, Presence] = field(default_factory=dict)
    everything: bool = False
    heard_at: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.tickets or self.others or self.present or self.everything)


Told = Callable[[News], Awaitable[None]]
_MOST: Final = 500


class Listener:
    """One page that listens. ``numbers``: to these tickets only; null: to all."""

    def __init__(self, told: Told, numbers: set[int] | None) -> None:
        self.numbers, self._told = numbers, told
        self._news = News()
        self._something = asyncio.Event()
        self.task = asyncio.create_task(self._run(), name="live listener")

    def hear(self, event: Event) -> None:
        """An event, if it is of interest."""
        number = event.ticket_number
        if self.numbers is not None and number not in self.numbers:
            return
        if number is None:
            self._news.others.append(event)
        else:
            self._news.tickets.setdefault(number, []).append(event)
        if len(self._news.tickets) + len(self._news.others) > _MOST:
            self._news = News(everything=True)
        self._heard()

    def hear_presence(self, presence: Presence) -> None:
        """Somebody came to a ticket or left it."""
        if self.numbers is None or presence.number in self.numbers:
            self._news.present[presence.number] = presence
            self._heard()

    def missed(self) -> None:
        """Something may have been missed."""
        self._news.everything = True
        self._heard()

    def _heard(self) -> None:
        self._news.heard_at = time.monotonic()
        self._something.set()

    async def _run(self) -> None:
        while True:
            await self._something.wait()
            self._something.clear()
            news, self._news = self._news, News()
            try:
                await self._told(news)
            except Exception:
                # One page's trouble is neither another's nor a reason to leave this one without the next news.
                log.exception("a page could not be told what happened")
            await asyncio.sleep(PAUSE)


class Live:
    """Follows events while anybody listens."""

    def __init__(self, bus: Client) -> None:
        self._bus = bus
        self._listeners: set[Listener] = set()
        self._following: asyncio.Task[None] | None = None

    def listen(self, told: Told, numbers: set[int] | None = None) -> Listener:
        """Have ``told`` called with what happens, one call at a time. End it with `leave`."""
        listener = Listener(told, numbers)
        self._listeners.add(listener)
        if self._following is None or self._following.done():
            self._following = asyncio.create_task(self._follow(), name="live events")
        return listener

    def leave(self, listener: Listener) -> None:
        """This one listens no more."""
        self._listeners.discard(listener)
        listener.task.cancel()

    @property
    def listening(self) -> int:
        """How many listen."""
        return len(self._listeners)

    async def stop(self) -> None:
        """End everything."""
        tasks = [listener.task for listener in self._listeners]
        self._listeners.clear()
        await end([*tasks, *([self._following] if self._following else [])])
        self._following = None

    async def _follow(self) -> None:
        """Follow, and begin again whenever it breaks: whoever listens is then told that something may have been missed."""
        while True:
            subscriptions = []
            try:
                js = self._bus.jetstream()
                subscriptions.append(await self._bus.subscribe("presence.*", cb=self._presence))
                subscriptions.append(
                    await js.subscribe(
                        "event.>",
                        stream=subjects.EVENT,
                        ordered_consumer=True,
                        config=api.ConsumerConfig(deliver_policy=api.DeliverPolicy.NEW),
                        cb=self._event,
                    )
                )
                for listener in list(self._listeners):
                    listener.missed()
                await self._until_away()
            except (BusClientError, JetStreamError) as error:
                log.warning("events cannot be followed at the moment", error=str(error))
            finally:
                for subscription in subscriptions:
                    with contextlib.suppress(BusClientError, JetStreamError):
                        await subscription.unsubscribe()
            await asyncio.sleep(_AGAIN)

    async def _until_away(self) -> None:
        while self._bus.is_connected:
            await asyncio.sleep(_AGAIN)

    async def _event(self, message: Msg) -> None:
        try:
            event = Event.decode(message.data)
        except (NewerVersion, Undecodable) as error:
            log.warning("an event could not be read", error=str(error))
            return
        for listener in list(self._listeners):
            listener.hear(event)

    async def _presence(self, message: Msg) -> None:
        try:
            presence = Presence.decode(message.data)
        except (NewerVersion, Undecodable):
            return
        for listener in list(self._listeners):
            listener.hear_presence(presence)
