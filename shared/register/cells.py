"""A line of the register in words: what stands in each column, in the company's language and time. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from shared.messages.record import RegisterLine
from shared.messages.ticket import EntryView, Evidence
from shared.settings.record import Column
from shared.texts import UnknownText, text

LONGEST = 32_000
"""Characters of a cell; spreadsheet programs take 32,767."""
SATISFIED = 3
"""From this score on, of five, a customer is satisfied."""
TIMES: Sequence[Column] = ("received_at", "solved_at", "preventive_due", "closed_at", "confirmed_at")
"""Columns that say when something was, or is to be, and nothing else."""
_TIME_OF = {"confirmed_at": "customer_confirmed_at"}

Value = str | datetime
"""What stands in a cell: words, or a time without a zone."""


@dataclass(frozen=True)
class Wording:
    """The register's language, and the time zone of its dates."""

    language: str
    zone: ZoneInfo

    def word(self, key: str, **variables: str) -> str:
        """A word of the register."""
        return text(f"register.{key}", self.language, **variables)

    def named(self, prefix: str, name: str | None) -> str:
        """What one of a few choices is called; one that has no name of its own as it is."""
        if not name:
            return ""
        try:
            return text(f"{prefix}.{name}", self.language)
        except UnknownText:
            return name

    def customers_state(self, key: str) -> str:
        """How a ticket stands, as its customer is told; ``key`` as in `shared.texts.catalogue.CUSTOMER_STATUS`."""
        said = text(key, self.language)
        return said[:1].upper() + said[1:]

    def at(self, at: datetime | str | None) -> str:
        """A time, ``2026-03-02 10:15``; entries have theirs as text."""
        moment = datetime.fromisoformat(at) if isinstance(at, str) and at else at
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else ""


def heading(columns: Iterable[Column], wording: Wording) -> list[str]:
    """The words above the columns."""
    return [wording.word(f"column.{name}") for name in columns]


def cells(line: RegisterLine, columns: Sequence[Column], wording: Wording) -> list[str]:
    """What stands in these columns of a line; one thing a line within a cell where there are several."""
    found = (_CELL[name](line, wording) if name in _CELL else _plain(getattr(line, name), wording) for name in columns)
    return [cell if len(cell) <= LONGEST else f"{cell[: LONGEST - 1]}…" for cell in found]


def values(line: RegisterLine, columns: Sequence[Column], wording: Wording) -> list[Value]:
    """As `cells`, but where a column says nothing but a time, that, in the company's time zone and without one: what a spreadsheet
    sorts and counts by."""
    found: list[Value] = list(cells(line, columns, wording))
    for place, name in enumerate(columns):
        at = getattr(line, _TIME_OF.get(name, name), None)
        if isinstance(at, datetime) and name in TIMES:
            found[place] = at.astimezone(wording.zone).replace(tzinfo=None)
    return found


def written(value: Value) -> str:
    """A value as people read it."""
    return value if isinstance(value, str) else f"{value:%Y-%m-%d %H:%M}"


def _plain(value: Any, wording: Wording) -> str:
    return wording.at(value) if isinstance(value, datetime) else str(value or "")


def _entries(line: RegisterLine, *kinds: str) -> list[EntryView]:
    return [entry for entry in line.entries if entry.kind in kinds]


def _listed(entries: Iterable[EntryView], say: Callable[[EntryView, Wording], str], wording: Wording) -> str:
    return "\n".join(say(entry, wording) for entry in entries)


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _pieces(evidence: Iterable[Evidence], wording: Wording) -> list[str]:
    found = []
    for piece in evidence:
        files = ", ".join(file.filename for file in piece.files)
        message = wording.word("message", id=piece.of) if piece.of else ""
        by = ", ".join(part for part in (piece.by, wording.at(piece.at)) if part)
        what = _joined(piece.note, files, message)
        found.append(f"{what} ({by})" if by else what)
    return found


def _with_evidence(entry: EntryView, wording: Wording) -> str:
    pieces = _pieces((Evidence.model_validate(each) for each in entry.data.get("evidence") or ()), wording)
    return wording.word("evidence", what=", ".join(pieces)) if pieces else ""


def _action(entry: EntryView, wording: Wording) -> str:
    data = entry.data
    requested = wording.word("requested", at=wording.at(data.get("requested_at")))
    done = wording.word("done", at=wording.at(entry.done_at)) if entry.done_at else wording.word("not_done")
    return _joined(
        f"{data.get('department', '')}: {data.get('what', '')}", requested, done, _with_evidence(entry, wording)
    )


def _due(entry: EntryView, wording: Wording) -> str:
    return wording.word("due", at=wording.at(entry.due_at)) if entry.due_at else ""


def _moved(entry: EntryView, wording: Wording) -> list[str]:
    moves = entry.data.get("moved") or ()
    return [
        wording.word("moved", at=wording.at(each.get("from")), why=each.get("reason", ""))
        for each in moves
        if each.get("from")
    ]


def _promise(entry: EntryView, wording: Wording) -> str:
    kept = entry.data.get("kept")
    if entry.done_at is not None:
        state = wording.word("late" if kept is False else "kept", at=wording.at(entry.done_at))
    else:
        state = wording.word("broken" if kept is False else "open")
    return _joined(
        entry.data.get("what", ""), _due(entry, wording), *_moved(entry, wording), state, _with_evidence(entry, wording)
    )


def _task(entry: EntryView, wording: Wording) -> str:
    data = entry.data
    owner = f" ({data['owner']})" if data.get("owner") else ""
    state = wording.word("done", at=wording.at(entry.done_at)) if entry.done_at else wording.word("not_done")
    return _joined(
        f"{data.get('what', '')}{owner}",
        _due(entry, wording),
        *_moved(entry, wording),
        state,
        _with_evidence(entry, wording),
    )


def _contact(entry: EntryView, wording: Wording) -> str:
    data = entry.data
    who = data.get("who") or wording.word("customer")
    direction = "in" if data.get("direction") == "in" else "out"
    if entry.kind == "call":
        how = wording.word(f"call.{direction}", who=who)
    else:
        how = wording.word(f"contact.{direction}", way=data.get("way", ""), who=who)
    said = f"{wording.at(data.get('at') or entry.done_at)} {how}: {data.get('what', '')}"
    return _joined(said, _with_evidence(entry, wording))


def _hand_overs(line: RegisterLine, wording: Wording) -> str:
    nobody = wording.word("nobody")
    return "\n".join(
        f"{wording.at(each.at)} {each.was or nobody} → {each.to or nobody}{f': {each.reason}' if each.reason else ''}"
        for each in line.hand_overs
    )


def _enquiries(line: RegisterLine, wording: Wording) -> str:
    return "\n".join(
        f"{wording.at(each.at)} {wording.named('register.channel', each.channel)}".rstrip() for each in line.enquiries
    )


def _satisfied(line: RegisterLine, wording: Wording) -> str:
    score = line.satisfaction.score if line.satisfaction else None
    return "" if score is None else wording.word("yes" if score >= SATISFIED else "no")


def _satisfaction(line: RegisterLine, wording: Wording) -> str:
    if line.satisfaction is None:
        return ""
    score, words = line.satisfaction.score, line.satisfaction.words
    return ": ".join(part for part in ("" if score is None else wording.word("score", score=str(score)), words) if part)


def _verified(line: RegisterLine, wording: Wording) -> str:
    at, by = wording.at(line.preventive_verified_at), line.preventive_verified_by
    return f"{at} ({by})" if at and by else at


_CELL: dict[str, Callable[[RegisterLine, Wording], str]] = {
    "number": lambda line, _: f"T-{line.number}",
    "received_via": lambda line, wording: wording.named("register.channel", line.received_via),
    "contact": lambda line, _: "; ".join(point.value for point in line.points),
    "kind": lambda line, wording: wording.named("register.kind", line.kind),
    "priority": lambda line, wording: wording.named("priority", line.priority),
    "status": lambda line, wording: wording.named("register.status", line.status),
    "evidence": lambda line, wording: "\n".join(_pieces(line.evidence, wording)),
    "promises": lambda line, wording: _listed(_entries(line, "promise"), _promise, wording),
    "department": lambda line, _: line.team or "",
    "hand_overs": _hand_overs,
    "actions": lambda line, wording: _listed(_entries(line, "action"), _action, wording),
    "tasks": lambda line, wording: _listed(_entries(line, "task"), _task, wording),
    "contacts": lambda line, wording: _listed(_entries(line, "call", "contact"), _contact, wording),
    "enquiries": _enquiries,
    "preventive_verified": _verified,
    "confirmed_at": lambda line, wording: wording.at(line.customer_confirmed_at),
    "satisfied": _satisfied,
    "satisfaction": _satisfaction,
}
