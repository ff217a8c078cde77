"""An intake with a bot in a process of its own, for tests that kill it: `python -m tests.channels.telegram.alone BUS_URL API_URL TOKEN`."""

import asyncio
import sys
from pathlib import Path

import structlog

from services.intake.accepting import Accepting
from services.intake.backlog import Backlog
from services.intake.ledger import LedgerNotes
from services.intake.telegram.reader import readers
from shared.bus.blobs import Blobs
from shared.bus.connection import connect
from shared.bus.publish import Publisher
from shared.bus.subjects import inbox_prefix
from shared.service import Context
from shared.settings import Settings
from tests.channels.telegram.conftest import KEYRING, QUICK


async def main(bus_url: str, api_url: str, token: str) -> None:
    """Poll until killed."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    bus = await connect(bus_url, name="alone", user_inbox_prefix=inbox_prefix("intake"))
    settings = Settings.model_validate(
        {"inbox": [{"name": "bot", "channel": "telegram", "token": token, "api_url": api_url}]}
    )
    context = Context(settings, KEYRING, Path(), bus, Publisher(bus), Blobs(bus), instance="alone")
    accepting = Accepting(bus, context.publisher, context.blobs, Backlog(bus, 1000), LedgerNotes(bus))
    (reader,) = readers(context, accepting)
    reader.timing = QUICK  # type: ignore[attr-defined]
    await reader.start()
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
