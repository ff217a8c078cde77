"""What goes with the store wherever it runs: the bus's streams declared, the configuration handed out, old messages purged."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import nats.errors
import structlog
from nats.js.errors import Error as JetStreamError

from services.composition.errors import CannotStart
from shared.bus import subjects
from shared.bus.errors import BusError, BusUnavailable
from shared.bus.janitor import make_room
from shared.bus.topology import deliver_again, limits_for, reconcile
from shared.service import Context
from shared.settings import Settings, effective

log = structlog.get_logger()

TIDY_EVERY = 60.0
PATIENCE = 90.0
_PAUSE = 1.0


async def declare(context: Context) -> None:
    """Declare streams, consumers and buckets, or bring them up to date. Raises `BusError` and `CannotStart`."""
    settings = context.settings
    inboxes = settings.outlets

    async def step() -> None:
        js = context.bus.jetstream()
        limits = limits_for(settings.bus.max_bytes)
        await reconcile(js, replicas=settings.bus.replicas, inboxes=inboxes, limits=limits)
        if (
            context.embedded
        ):  # nobody but us uses this bus: what is in somebody's hands now was in those of a process that is gone
            await deliver_again(js, inboxes)

    await patiently(step, "declare the bus's streams")


async def patiently(step: Callable[[], Awaitable[None]], what: str, seconds: float = PATIENCE) -> None:
    """Do what a bus without a leader refuses until it has one: a cluster that starts, or has just lost a node, needs some seconds.

    ``step`` must be safe to repeat. Raises `CannotStart` when it still fails after ``seconds``.
    """
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    while True:
        try:
            await step()
            return
        except (BusUnavailable, nats.errors.Error, TimeoutError) as error:
            why = str(error) or type(error).__name__
            if loop.time() > until:
                raise CannotStart(
                    f"could not {what} within {seconds:g} s: {why}; do most of the bus's nodes run?"
                ) from error
            log.warning("the bus is not ready yet; trying again", wanted=what, error=why)
        await asyncio.sleep(_PAUSE)


def handed_out(settings: Settings) -> tuple[dict[str, Any], str]:
    """The configuration without its secrets, and its version."""
    tree = effective(settings)
    return tree, str(tree["version"])


async def keep_tidy(context: Context) -> None:
    """Let the janitor in now and then, for ever."""
    seconds = context.settings.bus.retention.total_seconds()
    retention = {stream: seconds for stream in subjects.STREAMS if stream != subjects.DEAD}
    while True:
        await asyncio.sleep(TIDY_EVERY)
        try:
            await make_room(context.bus.jetstream(), retention)
        except (BusError, nats.errors.Error, JetStreamError, TimeoutError) as error:
            log.warning("the janitor could not purge", error=str(error))
