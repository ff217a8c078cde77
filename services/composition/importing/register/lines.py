"""A row of a register as the command that makes a ticket of it, or what is wrong with it, column by column. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from services.composition.importing.register import entries as ours
from services.composition.importing.register.mapping import Mapping, places
from services.composition.importing.register.table import Cell, Row, Table, Unreadable, folded, said
from services.composition.importing.register.values import (
    CHANNELS,
    KINDS,
    PRIORITIES,
    STATUSES,
    YES,
    Moment,
    choice,
    moment,
)
from shared.identity import derive
from shared.messages.importing import ImportTicket, OldEntry
from shared.messages.parts import Channel, Point
from shared.messages.ticket import Satisfaction
from shared.phones import to_e164
from shared.settings.record import Column
from shared.texts import LANGUAGES
from shared.texts.register import REGISTER_TEXTS

SATISFIED: Final = 4
UNSATISFIED: Final = 2
"""The score of five that a plain yes or no is: neither the best nor the worst, which nobody said."""
_LONGEST_SUBJECT: Final = 1_000
_LONGEST_ENTRY: Final = 5_000
_SHORT: Final = 200
_AHEAD: Final = 300
_TEXTS: Final[tuple[Column, ...]] = (
    *("received_by", "customer", "product", "category", "problem", "details", "impact", "assignee", "solution"),
    *("solved_by", "tested", "tested_by", "root_cause", "preventive_action", "preventive_owner"),
)
_PAST: Final[tuple[Column, ...]] = ("received_at", "solved_at", "closed_at", "confirmed_at")
_OURS = re.compile(r"T-([0-9]{1,9})", re.ASCII)
_MAIL = re.compile(r"[^@\s;,<>()]+@[^@\s;,<>()]+\.[^@\s;,<>().]+")
_VERIFIED = re.compile(r"(?s)(.+?) \(([^()]*)\)")
_SCORES = [
    re.compile(re.escape(REGISTER_TEXTS["register.score"][language]).replace(r"\{score\}", "([1-5])") + "(?:: (.*))?", re.DOTALL)
    for language in LANGUAGES
]  # fmt: skip


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be taken: in which column (by its heading; empty: the row itself), and why."""

    row: int
    column: str
    why: str

    def __str__(self) -> str:
        return f"row {self.row}{f', {self.column}' if self.column else ''}: {self.why}"


@dataclass
class Line:
    """A row read: the command of it, or its problems. ``key`` names it for ever, whatever stands in it; ``content`` is what does."""

    row: Row
    key: str
    content: str
    action: ImportTicket | None = None
    problems: list[Problem] = field(default_factory=list)
    ours: int | None = None
    """The number of the ticket that this is, where it has one as ours have and the minute in which it was received."""
    begun: str = ""

    @property
    def command_id(self) -> str:
        """Under which the router knows it."""
        return f"import-{self.key}"

    def is_of(self, received: datetime, zone: ZoneInfo) -> bool:
        """Whether the ticket of this number, which was ``received`` then, is the very one that this row tells of. Number and minute
        together are no accident; a subject may have been written anew since."""
        return self.ours is not None and self.begun == _minute(received, zone)


class Reader:
    """Reads the rows of one table. ``zone``: of times without one, where the map names no other."""

    def __init__(self, table: Table, mapping: Mapping, zone: ZoneInfo, now: datetime) -> None:
        self.table = table
        self._mapping, self._now, self._region = mapping, now, mapping.country or None
        self.zone = ZoneInfo(mapping.timezone) if mapping.timezone else zone
        try:
            self.places, self.unknown = places(table.headings, mapping)
        except ValueError as error:
            raise Unreadable(str(error)) from None
        self._seen: dict[str, int] = {}
        self._numbers: dict[str, tuple[int, str]] = {}

    def read(self, row: Row) -> Line | None:
        """What a row is; null for an empty one."""
        if not any(cell != "" for cell in row.cells):
            return None
        pairs = self._pairs(row)
        content = derive("row", *(part for pair in pairs for part in pair))
        number = self._text(row, "number")
        if number:
            line = Line(row, derive("register", self._mapping.name, folded(number)), content)
        else:
            # Two lines that say the same are two, where nothing tells that they are one.
            times = self._seen[content] = self._seen.get(content, 0) + 1
            line = Line(row, derive("register", self._mapping.name, "", content, str(times)), content)
        if row.problem:
            line.problems.append(Problem(row.number, "", row.problem))
            return line
        made = _Making(self, row, line)
        line.action = made.ticket(number, "\n".join(f"{heading}: {words}" for heading, words in pairs))
        own = _OURS.fullmatch(number)
        if own and made.begun is not None:
            line.ours, line.begun = int(own[1]), _minute(made.begun, self.zone)
        first = self._numbers.setdefault(line.key, (row.number, content)) if not line.problems else None
        if first is not None and number and first[0] != row.number and first[1] != content:
            self._problem(line, "number", f"row {first[0]} has this number, too, and says something else")
        if line.problems:
            line.action = None
        return line

    def heading(self, column: Column) -> str:
        """What a column is called in the file."""
        found = self.places.get(column)
        return " ".join(self.table.headings[found[0]].split()) if found else column

    def _pairs(self, row: Row) -> list[tuple[str, str]]:
        """Everything that stands in a row, by its headings."""
        headings = self.table.headings
        return [
            (" ".join(headings[place].split()) if place < len(headings) and headings[place] else f"column {place + 1}", said(cell))
            for place, cell in enumerate(row.cells)
            if cell != "" and not (place < len(headings) and headings[place] in ADDED)
        ]  # fmt: skip

    def _cells(self, row: Row, column: Column) -> list[Cell]:
        return [row.cells[place] for place in self.places.get(column, ()) if place < len(row.cells)]

    def _text(self, row: Row, column: Column) -> str:
        return "\n".join(filter(None, (said(cell).strip() for cell in self._cells(row, column))))

    def _problem(self, line: Line, column: Column, why: str) -> None:
        line.problems.append(Problem(line.row.number, self.heading(column), why))


ADDED: Final = ("trunkline: row", "trunkline: why")
"""Columns that we add to what could not be imported; they are no part of it."""


class _Making:
    """One row being made a command of."""

    def __init__(self, reader: Reader, row: Row, line: Line) -> None:
        self._reader, self._row, self._line = reader, row, line
        self.begun: datetime | None = None
        """When it was received, where the row says it."""

    def ticket(self, number: str, words: str) -> ImportTicket | None:
        """The command; null where there are problems."""
        texts: dict[str, str] = {name: self._text(name) for name in _TEXTS}
        times = self._times()
        points = self._points()
        via = self._text("received_via")
        channel = CHANNELS.get(folded(via))
        subject = self._subject(texts)
        received = next((each.at for each in times.values() if each), None)
        first = times["received_at"]
        self.begun = first.at if first else None
        status = self._choice("status", self._reader._mapping.status, STATUSES) or "closed"
        over = (
            max((each.at for each in times.values() if each), default=None) if status in ("closed", "solved") else None
        )
        given: dict[str, Any] = {
            **texts,
            "source_id": f"register:{self._line.key}:{self._line.content}",
            "old_number": number[:_SHORT],
            "row": words,
            "subject": subject,
            "status": status,
            "priority": self._choice("priority", self._reader._mapping.priority, PRIORITIES) or "normal",
            "kind": self._choice("kind", self._reader._mapping.kind, KINDS) or None,
            "channel": channel or _channel_of(points),
            "received_via": "" if channel else via,
            "points": points,
            **{name: each.at if each else None for name, each in times.items()},
            "preventive_due": self._past("preventive_due", future=True),
            "evidence": ours.evidence(self._text("evidence"), self._zone),
            "team": self._text("department"),
            "satisfaction": self._satisfaction(),
            "entries": self._entries(received, over, self._text("department")),
            "hand_overs": ours.hand_overs(self._text("hand_overs"), self._zone) or [],
            "enquiries": ours.enquiries(self._text("enquiries"), self._zone, cast(dict[str, str], CHANNELS)) or [],
        }
        given |= self._verified()
        return None if self._line.problems else ImportTicket.model_validate(given)

    @property
    def _zone(self) -> ZoneInfo:
        return self._reader.zone

    def _text(self, column: Column) -> str:
        return self._reader._text(self._row, column)

    def _problem(self, column: Column, why: str) -> None:
        self._reader._problem(self._line, column, why)

    def _subject(self, texts: dict[str, str]) -> str:
        lines = (self._text("subject"), texts["problem"], texts["details"], texts["solution"])
        found = next((line for line in lines if line), "")
        if not found:
            self._problem("subject", "there is neither a subject nor a problem")
        one = " ".join(found.split())
        return one if len(one) <= _LONGEST_SUBJECT else f"{one[: _LONGEST_SUBJECT - 1]}…"

    def _choice(self, column: Column, given: Any, known: Any) -> str:
        written = self._text(column)
        if not written:
            return ""
        try:
            return choice(written, given, known, column)
        except ValueError as error:
            self._problem(column, str(error))
            return ""

    def _moment(self, column: Column, cell: Cell) -> Moment | None:
        try:
            return moment(cell, self._zone, self._reader._mapping.date_format)
        except ValueError as error:
            self._problem(column, str(error))
            return None

    def _past(self, column: Column, future: bool = False) -> datetime | None:
        found = self._when(column, future)
        return found.at if found else None

    def _when(self, column: Column, future: bool = False) -> Moment | None:
        cells = [cell for cell in self._reader._cells(self._row, column) if cell != ""]
        found = self._moment(column, cells[0]) if cells else None
        if found and not future and (found.at - self._reader._now).total_seconds() > _AHEAD:
            self._problem(column, f"{said(cells[0])} is still to come")
        return found

    def _times(self) -> dict[str, Moment | None]:
        """When it was received, solved, closed, confirmed. What is only known by its day was not before what began on that day."""
        found = {str(name): self._when(name) for name in _PAST}
        begun = found["received_at"]
        for name in _PAST[1:]:
            each = found[name]
            if begun is None or each is None or each.at >= begun.at:
                continue
            days = [at.astimezone(self._zone).date() for at in (each.at, begun.at)]
            if days[0] == days[1] and each.day_only:
                found[name] = begun
            else:
                self._problem(name, f"{days[0]} is before it was received, on {days[1]}")
        return found

    def _points(self) -> list[Point]:
        """How the customer is reached: addresses and numbers, and whatever else stands there as it is."""
        found: dict[str, Point] = {}
        for part in re.split(r"[;,\n]| / ", self._text("contact")):
            part = part.strip()[:320]
            mails = _MAIL.findall(part)
            number = None if mails else to_e164(part, self._reader._region)
            if mails:
                points = [Point(kind="email", value=each.lower()) for each in mails]
            elif part:
                points = [Point(kind="phone", value=number) if number else Point(kind="other", value=part.lower())]
            else:
                continue
            found |= {point.value: point for point in points}
        # Whom a mail address names can be written to; what is neither address nor number stays words.
        order = {"email": 0, "phone": 1, "other": 2}
        return sorted(list(found.values())[:20], key=lambda point: order[point.kind])

    def _verified(self) -> dict[str, Any]:
        cells = [cell for cell in self._reader._cells(self._row, "preventive_verified") if cell != ""]
        if not cells:
            return {}
        cell, by = cells[0], ""
        named = _VERIFIED.fullmatch(cell) if isinstance(cell, str) else None
        if named:
            cell, by = named[1], named[2]
        at = self._moment("preventive_verified", cell)
        return {"preventive_verified_at": at.at if at else None, "preventive_verified_by": by}

    def _satisfaction(self) -> Satisfaction | None:
        score: int | None = None
        words = self._text("satisfaction")
        for pattern in _SCORES:
            found = pattern.fullmatch(words)
            if found:
                score, words = int(found[1]), found[2] or ""
        plain = self._text("satisfied")
        yes = YES.get(folded(plain))
        if score is None and yes:
            score = SATISFIED if yes == "yes" else UNSATISFIED
        elif plain and not yes:
            words = "\n".join(filter(None, (plain, words)))
        return Satisfaction(score=score, words=words) if score is not None or words else None

    def _entries(self, received: datetime | None, over: datetime | None, department: str) -> list[OldEntry]:
        """Our own export's as they were; anybody else's words as one entry, done where the ticket is ``over``."""
        found: list[OldEntry] = []
        for kind, column in ours.COLUMN.items():
            cell = self._text(column)
            if not cell:
                continue
            read = ours.entries(kind, cell, self._zone)
            if read is None:
                what = cell if len(cell) <= _LONGEST_ENTRY else f"{cell[: _LONGEST_ENTRY - 1]}…"
                known = {"department": department, "done_at": over} if kind == "action" else {}
                known |= {"done_at": over} if kind == "task" else {}
                read = [OldEntry.model_validate({"kind": kind, "what": what, "at": received, **known})]
            found += read
        return found


def _minute(at: datetime, zone: ZoneInfo) -> str:
    """A time as the register's export writes it; the hour that comes twice when clocks go back is written alike both times."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _channel_of(points: Sequence[Point]) -> Channel:
    return "voice" if points and points[0].kind == "phone" else "email"
