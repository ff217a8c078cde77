"""What whoever operates Trunkline sees at a glance, put together from the store and the bus.

It is looked at every few seconds by everybody who has the page open, so it is asked for once however many look. Each part stands for
itself: with the store away there is still what the bus tells, and the other way round.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal, TypeVar
from zoneinfo import ZoneInfo

import nats.errors
import structlog
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError

from services.desk.errors import DeskError
from services.desk.gate import Gate
from shared.bus import rpc, subjects, topology
from shared.bus.errors import BusError
from shared.clock import now
from shared.messages.automation import FailedHooks, FailedHooksQuery
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.operations import (
    FailedDeliveries,
    FailedDeliveriesQuery,
    OnlineAgent,
    OnlineAnswer,
    OnlineQuery,
    OutgoingAnswer,
    OutgoingQuery,
)
from shared.messages.presence import Present
from shared.messages.quarantine import QuarantinePage, QuarantineQuery
from shared.messages.ticket import HealthAnswer, HealthQuery, LedgerAnswer, LedgerQuery
from shared.presence import PresenceBoard
from shared.settings import effective
from shared.settings.settings import Settings
from shared.web import Ready

log = structlog.get_logger(__name__)

FRESH: Final = 3.0
"""Seconds for which what was seen is shown again."""
FRESH_LEDGER: Final = 20.0
ONLINE: Final = timedelta(minutes=10)
"""Whose session was used in this time is there: a session is noted every five minutes."""
LATELY: Final = timedelta(days=1)
_ANSWER: Final = 4.0
_LEDGER_SECONDS: Final = 20.0

Span = Literal["today", "week", "ever"]
SPANS: Final[tuple[Span, ...]] = ("today", "week", "ever")
Value = TypeVar("Value")


@dataclass(frozen=True)
class Stream:
    """What lies in a stream of the bus; ``limit`` in bytes, 0 where there is none. What is done with stays a while for replays."""

    name: str
    messages: int
    size: int
    limit: int

    @property
    def filled(self) -> float:
        """How full it is, from 0 to 1."""
        return self.size / self.limit if self.limit > 0 else 0.0


@dataclass(frozen=True)
class Queue:
    """Who takes messages: ``waiting`` were not given out yet, ``in_hand`` were and are not done, ``retrying`` failed and wait for their
    next try. ``pulled``: somebody asks for more."""

    name: str
    stream: str
    waiting: int
    in_hand: int
    retrying: int
    pulled: bool = True

    @property
    def idle(self) -> bool:
        """Messages wait, and nobody takes them."""
        return self.waiting > 0 and not self.in_hand and not self.pulled


@dataclass(frozen=True)
class Sight:
    """All of it. Null is what could not be told, ``away`` says why, by what was asked. ``failed`` are the deliveries of the last day."""

    at: datetime
    ready: Mapping[str, bool]
    health: HealthAnswer | None = None
    streams: tuple[Stream, ...] = ()
    queues: tuple[Queue, ...] = ()
    dead: int | None = None
    quarantine: int | None = None
    failed: int | None = None
    failed_hooks: int | None = None
    agents: tuple[OnlineAgent, ...] | None = None
    present: Mapping[int, Sequence[Present]] = field(default_factory=dict)
    away: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Kept:
    value: object = None
    until: float = 0.0
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Overview:
    """Looks, at most every `FRESH` seconds."""

    def __init__(self, gate: Gate, bus: Client, presence: PresenceBoard, settings: Settings, ready: Ready) -> None:
        self._gate, self._bus, self._presence, self._ready = gate, bus, presence, ready
        self.settings = settings
        self.configuration: str = effective(settings)["version"]
        self.before: Sight | None = None
        """The look before the last one."""
        self._last: Sight | None = None
        self._kept: dict[str, _Kept] = {}

    async def look(self) -> Sight:
        """How everything is now. Raises nothing: what cannot be told is said to be so."""
        return await self._fresh("sight", FRESH, self._remembered)

    async def ledger(self, span: Span) -> LedgerAnswer:
        """What became of everything received since midnight, in seven days, or ever. Raises `services.desk.errors.DeskError`."""

        async def ask() -> LedgerAnswer:
            query = LedgerQuery(since=since(span, now(), self.settings.timezone))
            return await self._gate.query("ledger", query, LedgerAnswer, _LEDGER_SECONDS)

        return await self._fresh(f"ledger {span}", FRESH_LEDGER, ask)

    async def outgoing(self, limit: int) -> OutgoingAnswer | None:
        """What lies in the notifier's Maildir; null where no notifier tells."""
        try:
            data = await rpc.request(
                self._bus, subjects.MAIL_OUTGOING, OutgoingQuery(limit=limit).encode(), timeout=_ANSWER
            )
            return OutgoingAnswer.decode(data)
        except (BusError, NewerVersion, Undecodable) as error:
            log.info("the outgoing mail cannot be shown", error=str(error))
            return None

    async def _fresh(self, name: str, seconds: float, make: Callable[[], Awaitable[Value]]) -> Value:
        kept = self._kept.setdefault(name, _Kept())
        clock = asyncio.get_running_loop().time
        async with kept.lock:
            if clock() >= kept.until:
                kept.value = await make()
                kept.until = clock() + seconds
            return kept.value  # type: ignore[return-value]

    async def _remembered(self) -> Sight:
        sight = await self._look()
        self.before, self._last = self._last, sight
        return sight

    async def _look(self) -> Sight:
        away: dict[str, str] = {}
        at = now()

        async def part(name: str, asked: Awaitable[Value]) -> Value | None:
            try:
                async with asyncio.timeout(_ANSWER * 2):
                    return await asked
            except (DeskError, BusError, nats.errors.Error, TimeoutError) as error:
                away[name] = str(error) or type(error).__name__
                return None

        query = self._gate.query
        # In two halves: of more than six at once the type checker does not know what each gives.
        of_store = asyncio.gather(
            part("health", query("health", HealthQuery(), HealthAnswer)),
            part("quarantine", query("quarantine", QuarantineQuery(per_page=1), QuarantinePage)),
            part("failed", query("failed_deliveries", _failed_lately(at), FailedDeliveries)),
            part("webhooks", query("webhooks", FailedHooksQuery(per_page=1), FailedHooks)),
            part("online", query("online", OnlineQuery(since=at - ONLINE), OnlineAnswer)),
        )
        streams, queues, present = await asyncio.gather(
            part("streams", self._streams()),
            part("queues", self._queues()),
            part("presence", self._presence.everywhere()),
        )
        health, held, failed, hooks, online = await of_store
        return Sight(
            at=at,
            ready=self._ready(),
            health=health,
            streams=streams or (),
            queues=queues or (),
            dead=next((each.messages for each in streams or () if each.name == subjects.DEAD), None),
            quarantine=held.total if held is not None else None,
            failed=failed.total if failed is not None else None,
            failed_hooks=hooks.total if hooks is not None else None,
            agents=tuple(online.agents) if online is not None else None,
            present=present if present is not None else {},
            away=away,
        )

    async def _streams(self) -> tuple[Stream, ...]:
        js = self._bus.jetstream(timeout=_ANSWER)
        infos = await asyncio.gather(*(js.stream_info(name) for name in subjects.STREAMS))
        return tuple(
            Stream(name, info.state.messages, info.state.bytes, max(0, info.config.max_bytes or 0))
            for name, info in zip(subjects.STREAMS, infos, strict=True)
        )

    async def _queues(self) -> tuple[Queue, ...]:
        js = self._bus.jetstream(timeout=_ANSWER)
        first = [each for each in topology.durables(self.settings.outlets) if each.stream != subjects.RETRY]
        found = await asyncio.gather(*(_queue(js, each) for each in first))
        return tuple(each for each in found if each is not None)


async def _queue(js: JetStreamContext, durable: subjects.Durable) -> Queue | None:
    try:
        own, again = await asyncio.gather(
            js.consumer_info(durable.stream, durable.name), js.consumer_info(subjects.RETRY, durable.retries.name)
        )
    except NotFoundError:
        return None  # its inbox is in our configuration, and not yet in the store's
    return Queue(
        name=durable.name,
        stream=durable.stream,
        waiting=own.num_pending or 0,
        in_hand=own.num_ack_pending or 0,
        retrying=(again.num_pending or 0) + (again.num_ack_pending or 0),
        pulled=bool(own.num_waiting),
    )


def _failed_lately(at: datetime) -> FailedDeliveriesQuery:
    return FailedDeliveriesQuery(since=at - LATELY, per_page=1)


def since(span: Span, at: datetime, timezone: str) -> datetime | None:
    """When a span begins: today at midnight where the company is, a week seven days ago; null for ever."""
    if span == "ever":
        return None
    if span == "week":
        return at - timedelta(days=7)
    return at.astimezone(ZoneInfo(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
