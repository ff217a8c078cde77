"""What the operations page says, as words and rows: pure, so that a part is drawn again only when what it says has changed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, Protocol, get_args

from services import __version__
from services.desk.judging import InboxLine, Trouble, at_tickets, inbox_lines, missing
from services.desk.overview import Sight
from shared.messages.parts import Channel
from shared.messages.ticket import LedgerLine
from shared.settings.settings import Settings

PREFIX: Final = "/console"
_CUT: Final = 300
_MEGABYTE: Final = 1_000_000


class Words(Protocol):
    """How a reader reads: a `Viewer`."""

    def t(self, key: str, /, **variables: Any) -> str: ...
    def ago(self, at: datetime | None) -> str: ...
    def moment(self, at: datetime | None) -> str: ...
    def figure(self, value: float) -> str: ...


@dataclass(frozen=True)
class Cell:
    """A cell of a table: its words, what they are (a number is set to the right, a state has its sign), where they lead, and what stands
    below them."""

    text: str
    kind: Literal["", "number", "good", "warning", "wrong", "quiet"] = ""
    link: str = ""
    title: str = ""
    more: str = ""


@dataclass(frozen=True)
class Telling:
    """A trouble in words."""

    level: Literal["wrong", "warning"]
    text: str
    advice: str
    section: str


@dataclass(frozen=True)
class Fact:
    """A line of the system's part."""

    name: str
    value: Cell


Row = tuple[Cell, ...]


def tellings(words: Words, found: Iterable[Trouble]) -> tuple[Telling, ...]:
    """What is wrong, and what to do about it."""
    return tuple(
        Telling(
            each.level,
            " ".join(words.t(f"operations.trouble.{each.code}", **each.about).split())[: 2 * _CUT],
            words.t(f"operations.advice.{each.code}"),
            each.section,
        )
        for each in found
    )


def inboxes(words: Words, sight: Sight, settings: Settings) -> tuple[Row, ...]:
    """A row for each inbox and webhook; none while the store does not tell."""
    if sight.health is None:
        return ()
    return tuple(_inbox(words, each) for each in inbox_lines(sight.health, settings, sight.at))


def _inbox(words: Words, line: InboxLine) -> Row:
    hook = line.channel == "api"
    name = words.t("operations.webhook") if hook else words.t(f"channel.{line.channel}")
    waiting = words.figure(line.waiting)
    if line.waiting and line.waiting_since is not None:
        waiting += f" · {words.t('operations.since', time=words.ago(line.waiting_since))}"
    return (
        Cell(f"{line.name} · {name}"),
        _state(words, line),
        Cell(_received(words, line), title=words.moment(line.last_received)),
        Cell(waiting, "number"),
    )


def _received(words: Words, line: InboxLine) -> str:
    if line.last_received is not None:
        return words.ago(line.last_received)
    return "" if line.channel == "api" else words.t("operations.never")


def _state(words: Words, line: InboxLine) -> Cell:
    why = words.t(f"operations.inbox.{line.code}")
    if line.state == "good":
        return Cell(why, "good", more=line.detail[:_CUT])
    return Cell(f"{words.t(f'operations.{line.state}')}: {why}", line.state, more=line.detail[:_CUT])


LEDGER: Final = ("received", "stored", "duplicate", "quarantined", "refused", "dead", "in_flight")


def ledger(words: Words, lines: Sequence[LedgerLine]) -> tuple[Row, ...]:
    """A row for each channel and inbox, whether it adds up at its end."""
    rows = []
    for line in lines:
        counted = tuple(Cell(words.figure(getattr(line, name)), "number") for name in LEDGER)
        rows.append((Cell(f"{line.inbox} · {_channel(words, line.channel)}"), *counted, _sum(words, missing(line))))
    return tuple(rows)


def _channel(words: Words, channel: str) -> str:
    """A channel's name; one that is not ours (a channel on the bus) has its own."""
    return words.t(f"channel.{channel}") if channel in _CHANNELS else channel


_CHANNELS: Final = frozenset(get_args(Channel))


def _sum(words: Words, lost: int) -> Cell:
    if not lost:
        return Cell(words.t("operations.ledger.yes"), "good")
    key = "operations.ledger.missing" if lost > 0 else "operations.ledger.over"
    return Cell(words.t(key, number=words.figure(abs(lost))), "warning")


def queues(words: Words, sight: Sight) -> tuple[Row, ...]:
    """A row for each durable that takes messages."""
    return tuple(
        (
            Cell(each.name, "wrong" if each.idle else ""),
            Cell(words.figure(each.waiting), "number"),
            Cell(words.figure(each.in_hand), "number"),
            Cell(words.figure(each.retrying), "number"),
        )
        for each in sight.queues
    )


def streams(words: Words, sight: Sight) -> tuple[Row, ...]:
    """A row for each stream of the bus."""
    return tuple(
        (
            Cell(each.name),
            Cell(words.figure(each.messages), "number"),
            Cell(f"{words.figure(round(100 * each.filled, 1))} %", "number"),
        )
        for each in sight.streams
    )


def people(words: Words, sight: Sight) -> tuple[Row, ...]:
    """A row for each agent who is there: when they were seen, and what they are with."""
    rows = []
    for agent in sight.agents or ():
        with_what = []
        for state, key in (("writing", "people.writes"), ("looking", "people.looks")):
            numbers = at_tickets(sight, agent.agent_id, state)
            if numbers:
                tickets = ", ".join(f"T-{number}" for number in numbers[:5])
                with_what.append(words.t(f"operations.{key}", tickets=tickets))
        seen = words.t("operations.people.seen", time=words.ago(agent.seen_at))
        rows.append((Cell(agent.name), Cell(seen, "quiet"), Cell(" · ".join(with_what))))
    return tuple(rows)


def facts(words: Words, sight: Sight, configuration: str) -> tuple[Fact, ...]:
    """What there is to know of the system as a whole."""
    health = sight.health
    unknown = words.t("operations.unknown")
    held = unknown if sight.quarantine is None else words.figure(sight.quarantine)
    known = [
        ("quarantine", Cell(held, link=f"{PREFIX}/quarantine")),
        (
            "disk",
            Cell(_size(words, health.disk_free) if health is not None and health.disk_free is not None else unknown),
        ),
        ("outbox", Cell(words.figure(health.outbox_waiting) if health is not None else unknown)),
        ("version", Cell(__version__)),
        ("configuration", Cell(configuration[:16])),
        ("ready", _ready(words, sight)),
    ]
    return tuple(Fact(words.t(f"operations.system.{name}"), value) for name, value in known)


def _ready(words: Words, sight: Sight) -> Cell:
    lacking = sorted(name for name, fine in sight.ready.items() if not fine)
    if not lacking:
        return Cell(", ".join(sorted(sight.ready)), "good")
    return Cell(f"{words.t('operations.system.not_ready')}: {', '.join(lacking)}", "wrong")


def _size(words: Words, octets: int) -> str:
    if octets >= 1_000 * _MEGABYTE:
        return f"{words.figure(round(octets / (1_000 * _MEGABYTE), 1))} GB"
    return f"{words.figure(octets // _MEGABYTE)} MB"
