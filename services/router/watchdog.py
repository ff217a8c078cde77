"""The watchdog: looks now and then whether an operator should know of something, and has them written to, once per episode.

What it looks at comes from the store (`HealthAnswer`) and from the bus (dead letters, leases of mailboxes); what follows is decided by
`findings`, a pure function.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import nats.errors
import structlog
from nats.js.errors import Error as JetStreamError
from prometheus_client import Gauge

from services.router.deciding.policy import Policy
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.bus.keyvalue import KeyValue
from shared.clock import now
from shared.identity import derive
from shared.messages.command import Alert, Command, CommandResult
from shared.messages.mailbox import MailboxState
from shared.messages.ticket import HealthAnswer, HealthQuery
from shared.service import Context
from shared.settings.sections import Watchdog

log = structlog.get_logger()

dead_letters = Gauge("trunkline_dead_letters", "Messages given up that wait for an operator")
oldest = Gauge("trunkline_oldest_delivery_seconds", "Age of the oldest delivery still to be sent")
dead_letters.set(0)
oldest.set(0)


@dataclass(frozen=True)
class Finding:
    """Something the operators should know. ``episode`` changes when it ended and began again: one mail per episode."""

    what: str
    episode: str
    text: str
    avoid: tuple[str, ...] = ()


MAILBOX_PATIENCE = timedelta(minutes=5)
"""How long a mailbox may be out of reach before it is told, where that may end by itself."""
NOBODY = timedelta(minutes=2)
"""How long a mailbox may have no reader before it is told."""
SURE = 2
"""Refusals in a row after which it is told that waiting will not help."""


def findings(
    health: HealthAnswer,
    dead: int,
    limits: Watchdog,
    at: datetime,
    mailboxes: Mapping[str, MailboxState | None] | None = None,
) -> list[Finding]:
    """What is wrong now. Episodes are named by what began them, or by the day where nothing does. ``mailboxes``: how each inbox that is
    fetched from one is, null where nobody reads it."""
    found = []
    day = at.date().isoformat()
    if dead:
        text = f"{dead} message(s) could not be processed and wait in `trunkline dead list`."
        found.append(Finding("dead letters", f"{day}:{dead.bit_length()}", text))
    begun = health.oldest_delivery_at
    if begun is not None and at - begun > limits.oldest_delivery:
        minutes = int((at - begun).total_seconds() // 60)
        waiting = tuple(sorted(health.waiting))
        told = "; ".join(f"{inbox}: {health.waiting[inbox]} ({_why(health, inbox)})" for inbox in waiting)
        text = f"The oldest message has been waiting for {minutes} minutes. Waiting by inbox: {told}."
        found.append(Finding("deliveries are late", begun.isoformat(), text, waiting))
    if health.disk_free is not None and health.disk_free < limits.disk_free:
        megabytes = health.disk_free // 1_000_000
        found.append(Finding("disk almost full", day, f"{megabytes} MB are free where the data lies; make room."))
    if limits.silent_channel is not None:
        for inbox, last in sorted(health.last_received.items()):
            if at - last > limits.silent_channel:
                text = f"{inbox} has received nothing since {last:%Y-%m-%d %H:%M} UTC. Does mail still reach it?"
                found.append(Finding(f"{inbox} is silent", last.isoformat(), text))
    for inbox, state in sorted((mailboxes or {}).items()):
        found += _of_mailbox(inbox, state, at)
    return found


def _patiently(
    mailboxes: Mapping[str, MailboxState | None], absent: dict[str, datetime], at: datetime
) -> dict[str, MailboxState | None]:
    """Without the mailboxes that nobody reads only since a moment ago: intake starts last, and may be started anew. ``absent``
    remembers since when."""
    for inbox, state in mailboxes.items():
        if state is None:
            absent.setdefault(inbox, at)
        else:
            absent.pop(inbox, None)
    return {inbox: state for inbox, state in mailboxes.items() if state is not None or at - absent[inbox] >= NOBODY}


def _of_mailbox(inbox: str, state: MailboxState | None, at: datetime) -> list[Finding]:
    if state is None:
        text = f"No intake reads the mailbox of {inbox}. Does `trunkline run intake` run, and reach the bus?"
        return [Finding(f"mailbox of {inbox} is not read", at.date().isoformat(), text)]
    found = []
    since = state.failing_since
    if since is not None and ((state.certain and state.failures >= SURE) or at - since > MAILBOX_PATIENCE):
        text = f"Nothing was fetched from the mailbox of {inbox} since {since:%Y-%m-%d %H:%M} UTC: {state.problem}"
        found.append(Finding(f"mailbox of {inbox} is not read", since.isoformat(), text))
    if state.warning:
        found.append(Finding(f"mailbox of {inbox}", at.date().isoformat(), f"{inbox}: {state.warning}"))
    return found


def _why(health: HealthAnswer, inbox: str) -> str:
    return health.last_errors.get(inbox) or "does its relay answer? see `trunkline check`"


async def run(
    context: Context, policy: Callable[[], Policy], do: Callable[[Command], Awaitable[CommandResult]]
) -> None:
    """Look every ``watchdog.interval``, for ever."""
    limits = context.settings.watchdog
    told: set[str] = set()
    absent: dict[str, datetime] = {}
    while True:
        await asyncio.sleep(limits.interval.total_seconds())
        try:
            health, dead, mailboxes = await _look(context)
        except (BusError, nats.errors.Error, JetStreamError, TimeoutError) as error:
            log.warning("the watchdog could not look", error=str(error))
            continue
        at = now()
        dead_letters.set(dead)
        oldest.set((at - health.oldest_delivery_at).total_seconds() if health.oldest_delivery_at else 0)
        for finding in findings(health, dead, limits, at, _patiently(mailboxes, absent, at)):
            episode = f"{finding.what}:{finding.episode}"
            if episode in told:
                continue
            log.error("operators should know", what=finding.what, text=finding.text)
            if policy().alerts and (await do(_command(finding, at))).error is not None:
                continue  # not told yet: try again next time
            told.add(episode)


def _command(finding: Finding, at: datetime) -> Command:
    return Command(
        command_id=derive("alert", finding.what, finding.episode),
        actor="system",
        channel="watchdog",
        at=at,
        action=Alert(what=finding.what, episode=finding.episode, text=finding.text, avoid=list(finding.avoid)),
    )


async def _look(context: Context) -> tuple[HealthAnswer, int, dict[str, MailboxState | None]]:
    answer = await rpc.request(context.bus, subjects.query("health"), HealthQuery().encode(), 10.0)
    info = await context.bus.jetstream().stream_info(subjects.DEAD)
    return HealthAnswer.decode(answer), info.state.messages, await _mailboxes(context)


async def _mailboxes(context: Context) -> dict[str, MailboxState | None]:
    """What the reader of each mailbox, and of each Telegram bot, says in its lease."""
    leases = KeyValue(context.bus, subjects.LEASES)
    found: dict[str, MailboxState | None] = {}
    for inbox in context.settings.email_inboxes:
        if inbox.receive == "imap":
            entry = await leases.get(subjects.mailbox_lease(inbox.name))
            found[inbox.name] = MailboxState.read(entry.value) if entry is not None else None
    for bot in (inbox for inbox in context.settings.inbox if inbox.channel == "telegram"):
        entry = await leases.get(subjects.bot_lease(bot.name))
        found[bot.name] = MailboxState.read(entry.value) if entry is not None else None
    return found
