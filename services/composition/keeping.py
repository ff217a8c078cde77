"""What goes with the store wherever it runs: the bus's streams declared, the configuration handed out, old messages purged."""

import asyncio
from typing import Any

import nats.errors
import structlog
from nats.js.errors import Error as JetStreamError

from shared.bus import subjects
from shared.bus.errors import BusError
from shared.bus.janitor import janitor
from shared.bus.topology import limits_for, reconcile
from shared.service import Context
from shared.settings import Settings, effective

log = structlog.get_logger()

TIDY_EVERY = 3600.0


async def declare(context: Context) -> None:
    """Declare streams, consumers and buckets, or bring them up to date. Raises `BusError`."""
    settings = context.settings
    await reconcile(
        context.bus.jetstream(),
        replicas=settings.bus.replicas,
        inboxes=[(inbox.channel, inbox.name) for inbox in settings.inbox],
        limits=limits_for(settings.bus.max_bytes),
    )


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
            await janitor(context.bus.jetstream(), retention)
        except (BusError, nats.errors.Error, JetStreamError, TimeoutError) as error:
            log.warning("the janitor could not purge", error=str(error))
