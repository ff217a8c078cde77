"""What the pages of improvement actions show, and what an address of them proposes. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from services.desk.reporting import Suggestion
from shared.documents.improvement import TRANSITIONS, WORKED_ON, Improvement, Origin, Sort, Trend, objection
from shared.documents.kind import Change
from shared.messages.documents import DocumentFact

COLUMNS: Final = ("proposed", "accepted", "in_progress", "done", "dropped")
SORTS: Final[tuple[Sort, ...]] = get_args(Sort)


@dataclass(frozen=True)
class Card:
    """An action on the board. ``late``: it is worked on and its day is over. ``tickets`` it came from."""

    id: str
    what: str
    kind: str
    owner: str
    due: datetime | None
    late: bool
    tickets: tuple[int, ...]


def board(facts: Sequence[DocumentFact], names: Mapping[str, str], at: datetime) -> dict[str, list[Card]]:
    """The actions by their status; of those that are not over the soonest first. ``names`` are agents' names by address."""
    found: dict[str, list[Card]] = {each: [] for each in COLUMNS}
    for fact in facts:
        body = Improvement.model_validate(fact.body)
        late = body.status in WORKED_ON and body.due is not None and body.due < at
        owner = names.get(body.owner, body.owner)
        found[body.status].append(
            Card(fact.id, body.what, body.kind, owner, body.due, late, tuple(body.origin.tickets[:5]))
        )
    far = datetime.max.replace(tzinfo=UTC)
    for status in ("proposed", *WORKED_ON):
        found[status].sort(key=lambda card: card.due or far)
    return found


def steps(body: Improvement, role: str, at: datetime) -> list[str]:
    """What somebody of this role may make of it. The rules themselves are asked, with all said that they want to hear."""

    def may(status: str) -> bool:
        after = body.model_copy(
            update={"status": status, "owner": body.owner or "-", "due": body.due or at, "outcome": body.outcome or "-"}
        )
        # Owner and day of what is accepted stay for agents: only what they may write changes here.
        return objection(Change(body, after, role, "", at)) is None

    return [status for status in TRANSITIONS[body.status] if may(status)]


def may_word(body: Improvement, role: str) -> bool:
    """Whether somebody of this role may change its words: everybody of what is proposed, leads always."""
    return role in ("lead", "admin") or (role == "agent" and body.status == "proposed")


def day_end(written: str, zone: ZoneInfo) -> datetime | None:
    """The end of a day (2026-03-01) as a time; null for none, and for what is no day."""
    try:
        day = date.fromisoformat(written.strip()[:10])
        return datetime.combine(day, time(23, 59), zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def path_of(suggestion: Suggestion) -> str:
    """The address of a new action that is made of what grows."""
    origin = suggestion.origin
    query = {"what": suggestion.what, "tickets": ",".join(map(str, origin.tickets))}
    if origin.trend is not None:
        trend = origin.trend
        query |= {"term": trend.term, "in": trend.category, "now": str(trend.now), "before": str(trend.before)}
        query |= {"since": trend.since.isoformat() if trend.since else ""}
        query |= {"until": trend.until.isoformat() if trend.until else ""}
    return f"/console/improvements/new?{urlencode({name: each for name, each in query.items() if each})}"


def proposed(query: Mapping[str, str]) -> tuple[str, Origin]:
    """What an address proposes: the words, and where it comes from. What makes no sense is left out."""
    numbers = [each.strip().upper().removeprefix("T-") for each in query.get("tickets", "").split(",")[:100]]
    tickets = [int(each) for each in numbers if each.isascii() and each.isdigit() and 0 < len(each) < 10 and int(each)]
    reviews = [each[:120] for each in query.get("reviews", "").split(",")[:100] if each]
    what = query.get("what", "")[:500].strip()
    if not query.get("term") and not query.get("in"):
        return what, Origin(tickets=tickets, reviews=reviews)
    given = {"term": query.get("term", "")[:100], "category": query.get("in", "")[:100]}
    given |= {name: query[name] for name in ("now", "before", "since", "until") if query.get(name)}
    try:
        trend: Trend | None = Trend.model_validate(given)
    except ValidationError:
        trend = None
    return what, Origin(tickets=tickets, reviews=reviews, trend=trend)
