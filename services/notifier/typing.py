"""Showing customers that an agent is writing, on channels that can: what is told on the bus goes to the sender, and is kept nowhere.

Of several notifiers one takes each (a queue group). What cannot be shown is only logged: the message itself follows soon.
"""

import asyncio
from typing import Final, Protocol, runtime_checkable

import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as BusClientError

from shared.bus import subjects
from shared.ending import end
from shared.messages.after import AgentTyping
from shared.messages.base import NewerVersion, Undecodable

log = structlog.get_logger(__name__)

AT_ONCE: Final = 20
"""So many are being shown at a time; what comes beyond that is left out."""
PATIENCE: Final = 5.0
_GROUP: Final = "notifier"


@runtime_checkable
class ShowsTyping(Protocol):
    """A sender whose channel can show that somebody is writing."""

    async def show_typing(self, address: str) -> None:
        """Show it to whoever has this point. What the other side refuses is no error."""


class Typing:
    """One inbox's ear for agents who write."""

    def __init__(self, bus: Client, channel: str, inbox: str, sender: ShowsTyping) -> None:
        self._bus, self._subject, self._sender = bus, subjects.typing(channel, inbox), sender
        self._subscription: Subscription | None = None
        self._showing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Begin to listen. Raises `nats.errors.Error` while the bus is away."""
        self._subscription = await self._bus.subscribe(self._subject, queue=_GROUP, cb=self._heard)

    async def stop(self) -> None:
        """Stop listening; what is being shown ends with it."""
        if self._subscription is not None:
            try:
                await self._subscription.unsubscribe()
            except BusClientError as error:  # the connection is closing: the server forgets it with that
                log.debug("a subscription went with its connection", error=str(error))
        await end(self._showing)

    async def _heard(self, msg: Msg) -> None:
        try:
            to = AgentTyping.decode(msg.data).to
        except (NewerVersion, Undecodable) as error:
            log.warning("what was told of an agent's writing can't be read", error=str(error)[:200])
            return
        if len(self._showing) < AT_ONCE:
            task = asyncio.create_task(self._show(to), name="typing")
            self._showing.add(task)
            task.add_done_callback(self._showing.discard)

    async def _show(self, to: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self._sender.show_typing(to)
        except TimeoutError:
            log.info("it could not be shown in time that an agent is writing", subject=self._subject)
