"""What stands in the cells of our own export that say several things, read back: actions, promises, tasks, contacts, evidence, hand-overs.

What was read is written down once more and held against the cell: only what says the very same is taken apart. Anything else is somebody's
own words, and stays whole.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Final, Literal
from zoneinfo import ZoneInfo

from shared.messages.importing import OldEntry, OldMove
from shared.messages.record import EnquiryMade, HandOver, RegisterLine
from shared.messages.ticket import EntryView, Evidence
from shared.register.cells import LONGEST, Wording, cells
from shared.settings.record import Column
from shared.texts import LANGUAGES
from shared.texts.register import REGISTER_TEXTS

_AT: Final = r"\d{4}-\d\d-\d\d \d\d:\d\d"
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_MOST: Final = 200
_LINES: Final = 60
"""Lines of one entry: more than that are somebody's own words."""

Kind = Literal["action", "promise", "task", "contact"]
COLUMN: Final[dict[Kind, Column]] = {
    "action": "actions",
    "promise": "promises",
    "task": "tasks",
    "contact": "contacts",
}


def entries(kind: Kind, cell: str, zone: ZoneInfo) -> list[OldEntry] | None:
    """The entries that a cell of our own export has, whatever its language; null where it is none of ours."""
    if not cell or len(cell) > LONGEST:
        return None
    for language in LANGUAGES:
        reading = _Reading(language, zone)
        found = reading.several(cell, reading.readers[kind])
        if found is not None and _shown(COLUMN[kind], found, reading.wording) == cell:
            return found
    return None


def evidence(cell: str, zone: ZoneInfo) -> list[Evidence]:
    """What a cell says that shows something, a piece a line. Files and messages that are named are words: they are elsewhere."""
    return [piece(line, zone) for line in cell.split("\n")[:100] if line.strip()]


def piece(said: str, zone: ZoneInfo) -> Evidence:
    """A piece of evidence, with who brought it and when where that stands behind it."""
    found = re.fullmatch(rf"(?s)(.+) \((?:([^()]+), )?({_AT})\)", said)
    at = _time(found[3], zone) if found else None
    if found is None or at is None:
        return Evidence(note=said)
    return Evidence(note=found[1], by=found[2] or "", at=at)


def hand_overs(cell: str, zone: ZoneInfo) -> list[HandOver] | None:
    """The hand-overs of our own export; null where it is none of ours."""
    for language in LANGUAGES:
        wording = Wording(language, zone)
        nobody = wording.word("nobody")
        found: list[HandOver] = []
        for part in re.split(rf"\n(?={_AT} )", cell):
            said = re.fullmatch(rf"(?s)({_AT}) (.*?) → (.*?)(?:: (.*))?", part)
            at = _time(said[1], zone) if said else None
            if said is None or at is None:
                return None
            was, to = ("" if name == nobody else name for name in (said[2], said[3]))
            found.append(HandOver(at=at, was=was, to=to, reason=said[4] or ""))
        line = _line(hand_overs=found)
        if len(found) <= _MOST and cells(line, ("hand_overs",), wording) == [cell]:
            return found
    return None


def enquiries(cell: str, zone: ZoneInfo, channels: dict[str, str]) -> list[EnquiryMade] | None:
    """The enquiries of our own export; null where it is none of ours."""
    found = []
    for line in cell.split("\n"):
        said = re.fullmatch(rf"({_AT})(?: (.+))?", line)
        at = _time(said[1], zone) if said else None
        if said is None or at is None:
            return None
        name = said[2] or ""
        found.append(EnquiryMade(at=at, channel=channels.get(name.casefold(), name)))
    return found[:_MOST]


def _time(written: str, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.strptime(written, "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _line(**fields: object) -> RegisterLine:
    given = {"number": 1, "received_at": _EPOCH, "received_via": "", "status": "closed"}
    return RegisterLine.model_validate(given | fields)


def _shown(column: Column, found: Iterable[OldEntry], wording: Wording) -> str:
    """What our export would say of them."""
    views = [_view(each) for each in found]
    return cells(_line(entries=views), (column,), wording)[0]


def _view(old: OldEntry) -> EntryView:
    data = {
        "what": old.what,
        "department": old.department,
        "owner": old.owner,
        "way": old.way,
        "who": old.who,
        "direction": old.direction,
        "kept": old.kept,
        "requested_at": old.at.isoformat() if old.at else None,
        "at": old.at.isoformat() if old.at else None,
        "moved": [{"from": each.at.isoformat(), "reason": each.reason} for each in old.moved],
        "evidence": [each.model_dump(mode="json") for each in old.evidence],
    }
    return EntryView(
        id="", kind=old.kind, data=data, due_at=old.due, done_at=old.done_at, created_at=_EPOCH, updated_at=_EPOCH
    )


Reader = Callable[[str], OldEntry | None]


class _Reading:
    """The patterns of one language."""

    def __init__(self, language: str, zone: ZoneInfo) -> None:
        self.wording = Wording(language, zone)
        self._zone, self._language = zone, language
        shown = self._evidence = f"(?:; {self._word('evidence', what='(?P<shown>.+)')})?"
        due = f"(?:; {self._word('due', at=f'(?P<due>{_AT})')})?"
        moved = self._word("moved", at=_AT, why="[^;]*?")
        moves = f"(?P<moves>(?:; {moved})*)"
        done = f"(?:{self._word('done', at=f'(?P<done>{_AT})')}|{self._word('not_done')})"
        asked = self._word("requested", at=f"(?P<at>{_AT})")
        kept = "|".join(
            (self._word("kept", at=f"(?P<kept>{_AT})"), self._word("late", at=f"(?P<late>{_AT})"),
             f"(?P<broken>{self._word('broken')})", self._word("open"))
        )  # fmt: skip
        self._action = re.compile(f"(?s)(?P<department>[^:]{{0,300}}): (?P<what>.*); {asked}; {done}{shown}")
        self._promise = re.compile(f"(?s)(?P<what>.*?){due}{moves}; (?:{kept}){shown}")
        self._task = re.compile(rf"(?s)(?P<what>.*?)(?: \((?P<owner>[^()]+)\))?{due}{moves}; {done}{shown}")
        self._move = re.compile(self._word("moved", at=f"(?P<at>{_AT})", why="(?P<why>[^;]*)"))
        who = "(?P<who>[^:]{0,300}?)"
        said = f"(?P<what>.*?){shown}"
        self._contacts = [
            (kind, direction, re.compile(f"(?s)(?P<at>{_AT}) {words}: {said}"))
            for kind, direction, words in (
                ("call", "in", self._word("call.in", who=who)),
                ("call", "out", self._word("call.out", who=who)),
                ("contact", "in", self._word("contact.in", way="(?P<way>[^:]{0,300}?)", who=who)),
                ("contact", "out", self._word("contact.out", way="(?P<way>[^:]{0,300}?)", who=who)),
            )
        ]
        self.readers: dict[Kind, Reader] = {
            "action": self._an_action,
            "promise": self._a_promise,
            "task": self._a_task,
            "contact": self._a_contact,
        }

    def several(self, cell: str, read: Reader) -> list[OldEntry] | None:
        """As many entries as there are; null where there is anything else."""
        found: list[OldEntry] = []
        lines: list[str] = []
        last: list[str] = []
        for line in cell.split("\n"):
            lines.append(line)
            if len(lines) > _LINES or len(found) > _MOST:
                return None
            entry = read("\n".join(lines))
            if entry is not None:
                found.append(entry)
                lines, last = [], lines
        if lines and found:  # the last one's evidence goes on
            entry = read("\n".join([*last, *lines]))
            return None if entry is None else [*found[:-1], entry]
        return found if not lines else None

    def _word(self, name: str, **patterns: str) -> str:
        """A word of the register as a pattern, with patterns where something stands in it."""
        template = REGISTER_TEXTS[f"register.{name}"][self._language]
        parts = re.split(r"\{(\w+)\}", template)
        return "".join(patterns[part] if place % 2 else re.escape(part) for place, part in enumerate(parts))

    def _pieces(self, said: str | None) -> list[Evidence]:
        return [piece(said, self._zone)] if said else []

    def _moves(self, said: str) -> list[OldMove]:
        found = []
        for each in self._move.finditer(said):
            at = _time(each["at"], self._zone)
            if at is not None:
                found.append(OldMove(at=at, reason=each["why"]))
        return found

    def _at(self, written: str | None) -> datetime | None:
        return _time(written, self._zone) if written else None

    def _an_action(self, said: str) -> OldEntry | None:
        found = self._action.fullmatch(said)
        return found and OldEntry(
            kind="action",
            what=found["what"],
            department=found["department"],
            at=self._at(found["at"]),
            done_at=self._at(found["done"]),
            evidence=self._pieces(found["shown"]),
        )

    def _a_promise(self, said: str) -> OldEntry | None:
        found = self._promise.fullmatch(said)
        return found and OldEntry(
            kind="promise",
            what=found["what"],
            due=self._at(found["due"]),
            moved=self._moves(found["moves"]),
            done_at=self._at(found["kept"] or found["late"]),
            kept=True if found["kept"] else False if found["late"] or found["broken"] else None,
            evidence=self._pieces(found["shown"]),
        )

    def _a_task(self, said: str) -> OldEntry | None:
        found = self._task.fullmatch(said)
        return found and OldEntry(
            kind="task",
            what=found["what"],
            owner=found["owner"] or "",
            due=self._at(found["due"]),
            moved=self._moves(found["moves"]),
            done_at=self._at(found["done"]),
            evidence=self._pieces(found["shown"]),
        )

    def _a_contact(self, said: str) -> OldEntry | None:
        for kind, direction, pattern in self._contacts:
            found = pattern.fullmatch(said)
            if found:
                named = found.groupdict()
                who = "" if named["who"] == self.wording.word("customer") else named["who"]
                return OldEntry(
                    kind=kind,
                    direction=direction,
                    what=named["what"],
                    way=named.get("way") or "",
                    who=who,
                    at=self._at(named["at"]),
                    evidence=self._pieces(named["shown"]),
                )
        return None


__all__: Sequence[str] = ("COLUMN", "Kind", "enquiries", "entries", "evidence", "hand_overs", "piece")
