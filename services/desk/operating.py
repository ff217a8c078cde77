"""``/api/v1/operations``, ``/api/v1/dead`` and ``/api/v1/deliveries``: how everything is, what was given up, what did not arrive."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel

from services import __version__
from services.desk.commanding import BEARER, Changing, Reading
from services.desk.errors import NotFound, Refused
from services.desk.judging import InboxLine, Trouble, at_tickets, inbox_lines, missing, troubles
from services.desk.overview import Overview, Sight, Span
from services.desk.problems import responses
from services.desk.schemas import Nothing
from shared.messages.again import SendAgain
from shared.messages.operations import (
    DeadAnswer,
    DeadContent,
    DeadQuery,
    DeadView,
    FailedDeliveries,
    FailedDeliveriesQuery,
    FailedDelivery,
    OutgoingMail,
    ReplayDead,
)
from shared.messages.people import ReleaseDelivery
from shared.messages.ticket import LedgerLine
from shared.texts import text

router = APIRouter(prefix="/api/v1", tags=["operations"], dependencies=[BEARER])

DeadId = Annotated[int, Path(ge=1, le=2**53, description="The number of a dead letter")]
DeliveryId = Annotated[str, Path(min_length=1, max_length=64, description="The id of a delivery")]
Name = Annotated[str, Query(max_length=120)]
_EMPTY = Nothing()


# -- how everything is --------------------------------------------------------------------------------------------------------


class TroubleShown(BaseModel):
    """Something that is wrong: what, what to do about it, and where there is more."""

    code: str
    level: Literal["wrong", "warning"]
    text: str
    advice: str
    section: str


class InboxShown(BaseModel):
    """An inbox (channel `api`: a webhook, or another system). `state` tells how it is, `code` why, `detail` what was last said of it."""

    channel: str
    name: str
    state: Literal["good", "warning", "wrong"]
    code: str
    last_received: AwareDatetime | None
    waiting: int
    waiting_since: AwareDatetime | None
    detail: str


class StreamShown(BaseModel):
    """A stream of the bus; `size` and `limit` in bytes (0: none)."""

    name: str
    messages: int
    size: int
    limit: int


class QueueShown(BaseModel):
    """Who takes messages, and how many wait for them, are in hand, and wait for another try."""

    name: str
    stream: str
    waiting: int
    in_hand: int
    retrying: int
    pulled: bool


class AgentShown(BaseModel):
    """An agent who is there, and the tickets they look at."""

    agent_id: str
    name: str
    seen_at: AwareDatetime
    tickets: list[str]


class Operations(BaseModel):
    """How everything is at a moment. Null: it cannot be told now, `away` says why. `failed`: deliveries of the last 24 hours."""

    at: AwareDatetime
    version: str
    configuration: str
    checks: dict[str, bool]
    troubles: list[TroubleShown]
    inboxes: list[InboxShown]
    streams: list[StreamShown]
    queues: list[QueueShown]
    disk_free: int | None
    outbox: int | None
    dead: int | None
    quarantine: int | None
    failed: int | None
    failed_webhooks: int | None
    agents: list[AgentShown] | None
    away: dict[str, str]


@router.get("/operations", responses=responses(403))
async def operations(who: Reading, request: Request) -> Operations:
    """How everything is now, and what is wrong with it; at most three seconds old."""
    overview: Overview = request.app.state.overview
    sight = await overview.look()
    settings, health = overview.settings, sight.health
    lines = inbox_lines(health, settings, sight.at) if health is not None else []
    return Operations(
        at=sight.at,
        version=__version__,
        configuration=overview.configuration,
        checks=dict(sight.ready),
        troubles=[_trouble(each) for each in troubles(sight, settings, overview.before)],
        inboxes=[_inbox(each) for each in lines],
        streams=[StreamShown(name=x.name, messages=x.messages, size=x.size, limit=x.limit) for x in sight.streams],
        queues=[QueueShown.model_validate(each, from_attributes=True) for each in sight.queues],
        disk_free=health.disk_free if health is not None else None,
        outbox=health.outbox_waiting if health is not None else None,
        dead=sight.dead,
        quarantine=sight.quarantine,
        failed=sight.failed,
        failed_webhooks=sight.failed_hooks,
        agents=_agents(sight),
        away=dict(sight.away),
    )


def _trouble(trouble: Trouble) -> TroubleShown:
    return TroubleShown(
        code=trouble.code,
        level=trouble.level,
        text=" ".join(_english(f"trouble.{trouble.code}", trouble.about).split()),
        advice=_english(f"advice.{trouble.code}", {}),
        section=trouble.section,
    )


def _english(key: str, about: Mapping[str, Any]) -> str:
    return text(f"console.operations.{key}", "en", **about)


def _inbox(line: InboxLine) -> InboxShown:
    return InboxShown.model_validate(line, from_attributes=True)


def _agents(sight: Sight) -> list[AgentShown] | None:
    if sight.agents is None:
        return None
    return [
        AgentShown(
            agent_id=x.agent_id,
            name=x.name,
            seen_at=x.seen_at,
            tickets=[f"T-{n}" for n in at_tickets(sight, x.agent_id)],
        )
        for x in sight.agents
    ]


class LedgerShown(BaseModel):
    """What became of what an inbox received. `missing`: how many are not accounted for (below 0: too many); 0 is how it should be."""

    channel: str
    inbox: str
    received: int
    stored: int
    duplicate: int
    quarantined: int
    refused: int
    dead: int
    in_flight: int
    missing: int
    reasons: dict[str, int]


class Ledger(BaseModel):
    """A line per channel and inbox."""

    span: Literal["today", "week", "ever"]
    lines: list[LedgerShown]


@router.get("/operations/ledger", responses=responses(403))
async def ledger(who: Reading, request: Request, span: Span = "today") -> Ledger:
    """What became of everything received: since midnight, in seven days, or ever; at most 20 seconds old."""
    overview: Overview = request.app.state.overview
    answer = await overview.ledger(span)
    return Ledger(span=span, lines=[_ledger_line(each) for each in answer.lines])


def _ledger_line(line: LedgerLine) -> LedgerShown:
    return LedgerShown(**line.model_dump(), missing=missing(line))


class OutgoingShown(BaseModel):
    """The newest mails, and how many lie there; `inboxes` have no relay. `known` false: no notifier answers, so nobody knows."""

    known: bool
    mails: list[OutgoingMail]
    total: int
    inboxes: list[str]


@router.get("/operations/outgoing", responses=responses(403))
async def outgoing(who: Reading, request: Request, limit: Annotated[int, Query(ge=1, le=50)] = 20) -> OutgoingShown:
    """The newest mails that lie in the Maildir, because their inboxes have no relay."""
    overview: Overview = request.app.state.overview
    found = await overview.outgoing(limit)
    if found is None:
        return OutgoingShown(known=False, mails=[], total=0, inboxes=[])
    return OutgoingShown(known=True, mails=found.mails, total=found.total, inboxes=found.inboxes)


# -- dead letters -------------------------------------------------------------------------------------------------------------


class DeadPage(BaseModel):
    """Dead letters, oldest first, and how many there are in all."""

    items: list[DeadView]
    total: int


class DeadShown(DeadView):
    """A dead letter with its content."""

    content: DeadContent


class ReplayedDead(BaseModel):
    """It is on its way again."""

    id: int
    subject: str


@router.get("/dead", responses=responses(403))
async def list_dead(
    who: Reading,
    after: Annotated[int, Query(ge=0, le=2**53, description="Only those with a higher number")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> DeadPage:
    """What could not be processed, oldest first."""
    found = await who.backend.gate.query("dead", DeadQuery(after=after, limit=limit), DeadAnswer)
    return DeadPage(items=found.items, total=found.total)


@router.get("/dead/{dead_id}", responses=responses(403, 404))
async def show_dead(dead_id: DeadId, who: Reading) -> DeadShown:
    """One of them with what is in it, as plain text, cut where it is long."""
    found = await who.backend.gate.query("dead", DeadQuery(id=dead_id), DeadAnswer)
    if not found.items or found.content is None:
        raise NotFound(f"there is no dead letter {dead_id}")
    return DeadShown(**found.items[0].model_dump(), content=found.content)


@router.post("/dead/{dead_id}/replay", responses=responses(403, 404, 409))
async def replay_dead(dead_id: DeadId, who: Changing, body: Nothing = _EMPTY) -> ReplayedDead:
    """Have it handled again, from the start of its schedule. However often it is asked for, it is handled once."""
    done = await who.do(ReplayDead(dead_id=dead_id))
    return ReplayedDead(id=done["dead_id"], subject=done["subject"])


# -- deliveries ---------------------------------------------------------------------------------------------------------------


class FailedShown(BaseModel):
    """A delivery that did not arrive, or of which nobody knows (`unknown`). `instead`: it was sent on another channel in its stead."""

    id: str
    ticket: str | None
    channel: str
    inbox: str
    kind: str
    to: str
    subject: str
    state: str
    attempts: int
    error: str
    internal: bool
    instead: bool
    created_at: AwareDatetime
    updated_at: AwareDatetime


class FailedPage(BaseModel):
    """A page of them, and how many there are in all."""

    items: list[FailedShown]
    total: int


class Resent(BaseModel):
    """It is queued again."""

    id: str
    ticket: str | None


@router.get("/deliveries/failed", responses=responses(403))
async def failed(
    who: Reading,
    channel: Name = "",
    inbox: Name = "",
    since: Annotated[AwareDatetime | None, Query(description="Nothing that ended before")] = None,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> FailedPage:
    """What did not reach whom it was for, over all tickets, the latest first."""
    query = FailedDeliveriesQuery(channel=channel, inbox=inbox, since=_bounded(since), page=page, per_page=per_page)
    found = await who.backend.gate.query("failed_deliveries", query, FailedDeliveries)
    return FailedPage(items=[_failed(each) for each in found.items], total=found.total)


def _bounded(since: datetime | None) -> datetime | None:
    """Times at the ends of the calendar cannot be turned into UTC; nothing was sent before 1971."""
    return since if since is not None and 1970 < since.year < 9999 else None


def _failed(each: FailedDelivery) -> FailedShown:
    shown = each.model_dump(exclude={"number"})
    return FailedShown(**shown, ticket=f"T-{each.number}" if each.number is not None else None)


@router.post("/deliveries/{delivery_id}/resend", responses=responses(403, 404, 409))
async def resend(delivery_id: DeliveryId, who: Changing, body: Nothing = _EMPTY) -> Resent:
    """Send it again, now: a new attempt of the same delivery. What belongs to no ticket is only sent where nobody knows whether it was."""
    found = await who.backend.gate.query("failed_deliveries", FailedDeliveriesQuery(id=delivery_id), FailedDeliveries)
    if not found.items:
        raise NotFound(f"there is no delivery {delivery_id}")
    await who.do(again(found.items[0]))
    number = found.items[0].number
    return Resent(id=delivery_id, ticket=f"T-{number}" if number is not None else None)


def again(delivery: FailedDelivery) -> SendAgain | ReleaseDelivery:
    """The command by which it is sent again. Raises `Refused` for what can't be: what went to nobody about a ticket is made anew."""
    if delivery.number is not None:
        return SendAgain(number=delivery.number, delivery_id=delivery.id)
    if delivery.state not in ("failed", "bounced"):
        return ReleaseDelivery(delivery_id=delivery.id)
    raise Refused(409, "conflict", "it belongs to no ticket: have whatever sent it done once more")
