"""What `store.query.report` reads from the database, stretch by stretch, as the plain rows that figures are made of.

Each statement gives the next stretch after the one before, by an order that an index has; texts and JSON come as they are stored, so that
taking them apart can be done in a thread of its own (`Reading`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Select, Text, and_, cast, func, or_, select, text
from sqlalchemy.engine import RowMapping

from services.store.documents import DOCUMENT
from services.store.models import COUNTED, PREVENTIVE, AuditEvent, Ticket, table
from shared.messages.reports import ReportQuery
from shared.reports.rows import (
    IMPORTED,
    OVER,
    Deed,
    Improving,
    Judged,
    Prevention,
    TicketRow,
    runs_of,
    spent_of,
    suggested_of,
)

ACTIVE: Final = ("new", "open", "pending", "on_hold")
_TAG: Final = f'"{IMPORTED}"'
_WORDS: Final = 700
_TARGETS: Final = ("category", "team", "priority")

_ticket, _event = table(Ticket), table(AuditEvent)

_COLUMNS = tuple(
    _ticket.c[name]
    for name in (
        *("number", "status", "created_at", "channel", "category", "team", "assignee", "priority"),
        *("first_responded_at", "solved_at", "closed_at"),
    )
)
_TAGS = cast(_ticket.c.tags, Text).label("tags")
STATE = cast(_ticket.c.state, Text).label("state")
WORDS = (_ticket.c.subject, func.substr(_ticket.c.problem, 1, _WORDS).label("problem"))
_RATING = cast(_ticket.c.satisfaction, Text).label("rating")
_DATA = cast(_event.c.data, Text).label("data")


_moved = _event.c.what == "status_changed"
_OF_KIND: Final[Mapping[str, ColumnElement[bool]]] = {
    "answered": _event.c.what == "message_sent",
    "rated": _event.c.what == "satisfaction_given",
    # Most changes of status are neither; what they are in full says `_kind`.
    "solved": and_(_moved, _event.c.data["to"].as_string().in_(OVER)),
    "reopened": and_(_moved, _event.c.data["from"].as_string().in_(OVER)),
}


def chosen(query: ReportQuery) -> list[ColumnElement[bool]]:
    """The tickets that a report is about: of a customer, no spam, and as it is narrowed; without the agent."""
    asked: list[ColumnElement[bool]] = [_ticket.c.status.not_in(("spam", "merged")), _ticket.c.internal.is_(False)]
    for name in ("team", "channel", "category"):
        wanted = getattr(query, name)
        if wanted is not None:
            asked.append(_ticket.c[name] == wanted if wanted else or_(_ticket.c[name].is_(None), _ticket.c[name] == ""))
    return asked


def of_agent(query: ReportQuery) -> list[ColumnElement[bool]]:
    """Tickets of the agent that it is narrowed to."""
    if query.agent is None:
        return []
    return [_ticket.c.assignee == query.agent.lower() if query.agent else _ticket.c.assignee.is_(None)]


def tickets(query: ReportQuery, since: datetime, until: datetime, *, state: bool, words: bool) -> Select[Any]:
    """Tickets to which something can have happened since then, or that are open; newest number first."""
    columns = [*_COLUMNS, _TAGS, *((STATE,) if state else ()), *(WORDS if words else ())]
    alive = or_(_ticket.c.updated_at >= since, _ticket.c.status.in_(ACTIVE))
    asked = [*chosen(query), *of_agent(query), _ticket.c.created_at < until, alive]
    return select(*columns).where(*asked).order_by(_ticket.c.number.desc())


def after_ticket(statement: Select[Any], row: RowMapping) -> Select[Any]:
    """Those that come after this one."""
    return statement.where(_ticket.c.number < row["number"])


def deeds(query: ReportQuery, since: datetime, until: datetime, kinds: Collection[str]) -> Select[Any]:
    """What of these ``kinds`` happened then, in the order of time."""
    columns = [_event.c[name] for name in ("seq", "what", "actor", "at")]
    of_ticket = [_ticket.c[name] for name in ("number", "channel", "category", "team", "assignee")]
    return (
        select(*columns, _DATA, *of_ticket, _RATING)
        .join(_ticket, _ticket.c.id == _event.c.ticket_id)
        .where(text(COUNTED.replace("what ", "event.what ")), _event.c.at >= since, _event.c.at < until, *chosen(query))
        .where(or_(*(_OF_KIND[kind] for kind in sorted(kinds))))
        .order_by(_event.c.at, _event.c.seq)
    )


def after_deed(statement: Select[Any], row: RowMapping) -> Select[Any]:
    """What came after this. That it is not earlier is said by itself: an index is entered there, and not by the alternative."""
    later = and_(_event.c.at == row["at"], _event.c.seq > row["seq"])
    return statement.where(_event.c.at >= row["at"], or_(_event.c.at > row["at"], later))


def preventions(query: ReportQuery, since: datetime, until: datetime) -> Select[Any]:
    """Preventive actions that were open at some time since then."""
    names = ("number", "preventive_owner", "preventive_due", "preventive_verified_at", "team")
    what = func.substr(_ticket.c.preventive_action, 1, 500).label("what")
    verified = _ticket.c.preventive_verified_at
    return (
        select(*(_ticket.c[name] for name in names), what, _TAGS, STATE)
        .where(text(PREVENTIVE), _ticket.c.preventive_action != "", *chosen(query), *of_agent(query))
        .where(or_(verified.is_(None), verified >= since), _ticket.c.created_at < until)
        .order_by(_ticket.c.number.desc())
    )


def documents(kind: str, since: datetime | None = None) -> Select[Any]:
    """Reviews that are not done or were changed since then, or all improvement actions; by their ids."""
    asked: list[ColumnElement[bool]] = [DOCUMENT.c.kind == kind]
    if since is not None:
        asked.append(or_(DOCUMENT.c.state != "done", DOCUMENT.c.changed_at >= since))
    body = cast(DOCUMENT.c.body, Text).label("body")
    return select(DOCUMENT.c.id, DOCUMENT.c.made_at, body).where(*asked).order_by(DOCUMENT.c.id)


def after_document(statement: Select[Any], row: RowMapping) -> Select[Any]:
    """Those that come after this one."""
    return statement.where(DOCUMENT.c.id > row["id"])


@dataclass
class Reading:
    """Makes rows of what was read. ``emails`` are agents' mail addresses by their ids."""

    query: ReportQuery
    emails: Mapping[str, str] = field(default_factory=dict)

    def tickets(self, rows: Sequence[RowMapping]) -> list[TicketRow]:
        """Tickets."""
        return [_ticket_row(row) for row in rows]

    def deeds(self, rows: Sequence[RowMapping]) -> list[Deed]:
        """What happened; what counts as nothing is left out."""
        return [deed for row in rows if (deed := self._deed(row)) is not None]

    def preventions(self, rows: Sequence[RowMapping]) -> list[Prevention]:
        """Preventive actions; those that were imported with a ticket that is over were taken elsewhere."""
        return [
            Prevention(
                row["number"],
                row["what"],
                row["preventive_owner"] or "",
                row["preventive_due"],
                row["preventive_verified_at"],
                row["team"] or "",
            )
            for row in rows
            if not (_TAG in (row["tags"] or "") and not runs_of(_state(row)))
        ]

    def reviews(self, rows: Sequence[RowMapping]) -> list[Judged]:
        """Quality reviews, as they are narrowed."""
        found = []
        for row in rows:
            body = from_json(row["body"])
            if not self._about(body):
                continue
            scale = body["scale"]
            criteria = {
                name: score / scale for name, score in body.get("scores", {}).items() if score is not None and scale
            }
            done_at = datetime.fromisoformat(body["done_at"]) if body.get("done_at") else None
            place = body["number"], body["agent"], body["team"]
            found.append(Judged(*place, done_at, body.get("score"), criteria, row["made_at"]))
        return found

    def improvements(self, rows: Sequence[RowMapping]) -> list[Improving]:
        """Improvement actions: of an agent those that they own."""
        found = []
        for row in rows:
            body = from_json(row["body"])
            if self.query.agent is not None and body.get("owner", "").lower() != self.query.agent.lower():
                continue
            times = {
                name: datetime.fromisoformat(body[name]) if body.get(name) else None for name in ("due", "done_at")
            }
            found.append(Improving(body["kind"], body["status"], row["made_at"], times["due"], times["done_at"]))
        return found

    def _about(self, body: Mapping[str, Any]) -> bool:
        wanted = ((name, getattr(self.query, name)) for name in ("team", "agent", "channel", "category"))
        return all(value is None or str(body.get(name, "")).lower() == value.lower() for name, value in wanted)

    def _deed(self, row: RowMapping) -> Deed | None:
        data = from_json(row["data"]) if row["data"] else {}
        kind, who, score, words = _kind(row["what"], data), self._who(row["actor"]), None, ""
        if not kind:
            return None
        if kind == "rated":
            score = data.get("score")
            if data.get("words") and row["rating"]:
                words = (from_json(row["rating"]) or {}).get("words", "")
        whose = who if kind in ("answered", "solved") else (row["assignee"] or "")
        if self.query.agent is not None and whose.lower() != self.query.agent.lower():
            if kind in ("solved", "rated"):
                return None
            # That it was answered, or opened again, counts for the ticket, whoever did it.
            who = ""
        place = row["channel"], row["category"] or "", row["team"] or ""
        return Deed(kind, row["at"], row["number"], who, *place, score, words)

    def _who(self, actor: str) -> str:
        kind, _, name = actor.partition(":")
        if kind == "agent":
            return self.emails.get(name, name)
        return actor if kind == "token" else ""


def _kind(what: str, data: Mapping[str, Any]) -> str:
    """What an event is for figures; empty: nothing. What is written beside the thread (``kind``) answers nothing."""
    if what == "message_sent":
        return "" if data.get("kind") else "answered"
    if what == "status_changed":
        was, became = data.get("from"), data.get("to")
        if was in ACTIVE and became in OVER:
            return "solved"
        return "reopened" if was in OVER and became in ACTIVE else ""
    return "rated"


def _state(row: RowMapping) -> dict[str, Any]:
    return (from_json(row["state"]) or {}) if row.get("state") else {}


def _ticket_row(row: RowMapping) -> TicketRow:
    state = _state(row)
    corrected = state.get("corrected") or {}
    has = {name: row[name] for name in _TARGETS}
    subject = row.get("subject")
    judged = any(one.get("dismissed_by") for one in (state.get("suggested") or {}).values())
    return TicketRow(
        number=row["number"],
        status=row["status"],
        created_at=row["created_at"],
        channel=row["channel"],
        category=row["category"] or "",
        team=row["team"] or "",
        agent=row["assignee"] or "",
        imported=_TAG in (row["tags"] or ""),
        touched=bool(
            row["first_responded_at"] or row["solved_at"] or judged or any(name in corrected for name in _TARGETS)
        ),
        first_responded_at=row["first_responded_at"],
        over_at=row["solved_at"] or row["closed_at"],
        runs=runs_of(state),
        spent=spent_of(state),
        suggested=suggested_of(state, has) if state.get("suggested") else (),
        words=f"{subject}\n{row['problem']}" if subject is not None else "",
    )
