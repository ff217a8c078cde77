"""An intake in a process of its own, for tests that kill or pause it: `python -m tests.intake.imap.alone BUS_URL FOLDER`.

Reads ``FOLDER/trunkline.toml``; says ``taken`` when it holds the mailbox's lease and is connected.
"""

import asyncio
import sys
from pathlib import Path

import structlog

from services.intake.service import IntakeService
from shared.bus.blobs import Blobs
from shared.bus.connection import connect
from shared.bus.publish import Publisher
from shared.bus.subjects import inbox_prefix
from shared.secrets import Keyring
from shared.service import Context
from shared.settings import load
from tests.intake.imap.conftest import QUICK


async def main(url: str, folder: Path) -> None:
    """Read mail until killed."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    bus = await connect(url, name="alone", user_inbox_prefix=inbox_prefix("intake"))
    keyring = Keyring("a", {"a": b"0123456789abcdef"})
    settings = load(folder / "trunkline.toml", folder)
    service = IntakeService(Context(settings, keyring, folder, bus, Publisher(bus), Blobs(bus), instance="alone"))
    service.mailboxes.timing = QUICK
    await service.start()
    reader = service.mailboxes.readers[0]
    said = False
    while True:
        now = reader.lease.held and reader.lease.state.connected
        if now != said:
            print("taken" if now else "lost", flush=True)
            said = now
        await asyncio.sleep(0.02)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
