"""The watchdog: looks now and then whether an operator should know of something, and has them written to, once per episode.

What it looks at comes from the store (`HealthAnswer`) and from the bus; what follows is decided by `findings`, a pure function.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import nats.errors
import structlog
from nats.js.errors import Error as JetStreamError
from prometheus_client import Gauge

from services.router.deciding.policy import Policy
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.clock import now
from shared.identity import derive
from shared.messages.command import Alert, Command, CommandResult
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


def findings(health: HealthAnswer, dead: int, limits: Watchdog, at: datetime) -> list[Finding]:
    """What is wrong now. Episodes are named by what began them, or by the day where nothing does."""
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
    return found


def _why(health: HealthAnswer, inbox: str) -> str:
    return health.last_errors.get(inbox) or "does its relay answer? see `trunkline check`"


async def run(
    context: Context, policy: Callable[[], Policy], do: Callable[[Command], Awaitable[CommandResult]]
) -> None:
    """Look every ``watchdog.interval``, for ever."""
    limits = context.settings.watchdog
    told: set[str] = set()
    while True:
        await asyncio.sleep(limits.interval.total_seconds())
        try:
            health, dead = await _look(context)
        except (BusError, nats.errors.Error, JetStreamError, TimeoutError) as error:
            log.warning("the watchdog could not look", error=str(error))
            continue
        at = now()
        dead_letters.set(dead)
        oldest.set((at - health.oldest_delivery_at).total_seconds() if health.oldest_delivery_at else 0)
        for finding in findings(health, dead, limits, at):
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


async def _look(context: Context) -> tuple[HealthAnswer, int]:
    answer = await rpc.request(context.bus, subjects.query("health"), HealthQuery().encode(), 10.0)
    info = await context.bus.jetstream().stream_info(subjects.DEAD)
    return HealthAnswer.decode(answer), info.state.messages
