"""What is wrong with what the operations page sees, and how each inbox is: pure, so that tables can test it.

A trouble is told in words of the catalogue (``console.operations.trouble.<code>``, and what to do about it as ``…advice.<code>``) and names
the section of docs/operations.md that has more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Literal

from services.desk.overview import Queue, Sight, Stream
from shared.messages.ticket import HealthAnswer, LedgerLine
from shared.settings.sections import Watchdog
from shared.settings.settings import Settings

Level = Literal["wrong", "warning"]
State = Literal["good", "warning", "wrong"]

GUIDE: Final = "docs/operations.md"
PATIENCE: Final = timedelta(minutes=5)
"""How long a mailbox may be out of reach before it is wrong, where that may end by itself (as the watchdog has it)."""
FULL: Final = 0.95
ALMOST: Final = 0.8
MANY: Final = 0.5
"""A share of ``bus.max_backlog``: at all of it senders are put off."""
UNPUBLISHED: Final = 200
"""Committed, and not on the bus yet: more than is so for a moment."""

SECTIONS: Final = {
    "bus": "the-bus",
    "store": "the-database-or-the-store",
    "dead": "dead-letters",
    "late": "deliveries-are-late",
    "relay": "a-relay-is-away",
    "disk": "disk-almost-full",
    "stream": "the-disk-is-full",
    "silent": "an-inbox-is-silent",
    "unread": "a-mailbox-is-not-read",
    "mailbox": "a-mailbox-is-not-read",
    "mailbox_warning": "a-mailbox-is-not-read",
    "backlog": "messages-pile-up",
    "idle": "messages-pile-up",
    "unpublished": "messages-pile-up",
    "ledger": "the-ledger-does-not-add-up",
    "failed": "deliveries-failed",
    "webhooks": "deliveries-failed",
}


@dataclass(frozen=True)
class Trouble:
    """Something that whoever operates Trunkline should know. ``about`` fills in the texts."""

    code: str
    level: Level
    about: dict[str, str | int] = field(default_factory=dict)

    @property
    def section(self) -> str:
        """Where the guide has more."""
        return f"{GUIDE}#{SECTIONS[self.code]}"


@dataclass(frozen=True)
class InboxLine:
    """An inbox (or a webhook) and how it is. ``code`` says why in words (``console.operations.inbox.<code>``), ``detail`` what was last
    said of it by others."""

    channel: str
    name: str
    state: State
    code: str
    last_received: datetime | None
    waiting: int
    waiting_since: datetime | None
    detail: str = ""


def troubles(
    sight: Sight, settings: Settings, before: Sight | None = None, ledger: Sequence[LedgerLine] = ()
) -> list[Trouble]:
    """What is wrong, the worst first. ``before`` is the look before this one: what nobody takes is told when it was so twice."""
    found: list[Trouble] = []
    if not sight.ready.get("bus", True):
        found.append(Trouble("bus", "wrong"))
    elif sight.health is None or not sight.ready.get("store", True):
        found.append(Trouble("store", "wrong", {"error": sight.away.get("health", "")}))
    if sight.dead:
        found.append(Trouble("dead", "wrong", {"number": sight.dead}))
    if sight.health is not None:
        found += _of_health(sight.health, settings, sight.at)
    found += _of_queues(sight, settings, before)
    for line in ledger:
        if missing(line):
            about: dict[str, str | int] = {"inbox": f"{line.channel}/{line.inbox}", "number": missing(line)}
            found.append(Trouble("ledger", "warning", about))
    if sight.failed:
        found.append(Trouble("failed", "warning", {"number": sight.failed}))
    if sight.failed_hooks:
        found.append(Trouble("webhooks", "warning", {"number": sight.failed_hooks}))
    return sorted(found, key=lambda each: each.level != "wrong")


def missing(line: LedgerLine) -> int:
    """How many of an inbox's messages are not accounted for; below 0 there are more than were received."""
    ended = line.stored + line.duplicate + line.quarantined + line.refused + line.dead + line.in_flight
    return line.received - ended


def _of_health(health: HealthAnswer, settings: Settings, at: datetime) -> list[Trouble]:
    limits = settings.watchdog
    found: list[Trouble] = []
    if health.disk_free is not None and health.disk_free < limits.disk_free:
        found.append(Trouble("disk", "wrong", {"megabytes": health.disk_free // 1_000_000}))
    for line in inbox_lines(health, settings, at):
        about: dict[str, str | int] = {"inbox": line.name, "error": line.detail, "number": line.waiting}
        if line.code in ("late", "relay"):
            about["minutes"] = _minutes(at, line.waiting_since)
        elif line.code in ("silent", "mailbox"):
            since = line.last_received
            mailbox = health.mailboxes.get(line.name)
            about["minutes"] = _minutes(at, mailbox.failing_since if line.code == "mailbox" and mailbox else since)
        elif line.code not in ("unread", "mailbox_warning"):
            continue
        found.append(Trouble(line.code, "wrong" if line.state == "wrong" else "warning", about))
    if health.outbox_waiting > UNPUBLISHED:
        found.append(Trouble("unpublished", "warning", {"number": health.outbox_waiting}))
    return found


def _minutes(at: datetime, since: datetime | None) -> int:
    return max(0, int((at - since).total_seconds() // 60)) if since is not None else 0


def _of_queues(sight: Sight, settings: Settings, before: Sight | None) -> list[Trouble]:
    found = [_full(each) for each in sight.streams if each.filled >= ALMOST]
    were_idle = {each.name for each in before.queues if each.idle} if before is not None else set()
    for queue in sight.queues:
        backlog = queue.waiting + queue.in_hand + queue.retrying
        if queue.idle and queue.name in were_idle:
            found.append(Trouble("idle", "wrong", {"name": queue.name, "number": queue.waiting}))
        elif _takes_letters(queue) and backlog >= MANY * settings.bus.max_backlog:
            found.append(Trouble("backlog", "warning", {"number": backlog, "most": settings.bus.max_backlog}))
    return found


def _takes_letters(queue: Queue) -> bool:
    return queue.name == "router"


def _full(stream: Stream) -> Trouble:
    level: Level = "wrong" if stream.filled >= FULL else "warning"
    return Trouble("stream", level, {"name": stream.name, "percent": int(stream.filled * 100)})


def inbox_lines(health: HealthAnswer, settings: Settings, at: datetime) -> list[InboxLine]:
    """Every inbox and webhook, and how it is."""
    ways = [*settings.outlets, *((each.channel, each.inbox) for each in settings.webhook if each.shares_lane)]
    return [_line(health, channel, name, settings.watchdog, at) for channel, name in ways]


def _line(health: HealthAnswer, channel: str, name: str, limits: Watchdog, at: datetime) -> InboxLine:
    last, since = health.last_received.get(name), health.waiting_since.get(name)
    waiting, error = health.waiting.get(name, 0), health.last_errors.get(name, "")
    state, code, detail = _state(health, name, limits, at)
    return InboxLine(channel, name, state, code, last, waiting, since, detail or error)


def _state(health: HealthAnswer, name: str, limits: Watchdog, at: datetime) -> tuple[State, str, str]:
    """How an inbox is, in a word; the worst counts."""
    last, since = health.last_received.get(name), health.waiting_since.get(name)
    error = health.last_errors.get(name, "")
    if name in health.mailboxes:
        mailbox = health.mailboxes[name]
        if mailbox is None:
            return "warning", "unread", ""
        if mailbox.failing_since is not None:
            long = mailbox.certain or at - mailbox.failing_since > PATIENCE
            return ("wrong" if long else "warning"), "mailbox", mailbox.problem
    if since is not None and at - since > limits.oldest_delivery:
        return "wrong", "late", error
    if health.waiting.get(name) and error:
        return "warning", "relay", error
    if name in health.mailboxes and (known := health.mailboxes[name]) is not None and known.warning:
        return "warning", "mailbox_warning", known.warning
    if limits.silent_channel is not None and last is not None and at - last > limits.silent_channel:
        return "warning", "silent", ""
    return "good", "sending" if health.waiting.get(name) else "good", ""


def at_tickets(sight: Sight, agent_id: str, state: str = "") -> list[int]:
    """The tickets that an agent is with now (and does this in), in order."""
    actor = f"agent:{agent_id}"
    found = ((number, each) for number, present in sight.present.items() for each in present if each.actor == actor)
    return sorted({number for number, each in found if not state or each.state == state})
