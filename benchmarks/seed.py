"""Fill a database: tickets of three years, in bulk and always the same ones; `seeding` has the parts, for other benchmarks.

`python -m benchmarks seed --data DIR [--tickets N] [--messages N] [--postgres]` writes a SQLite database that a house can be started
on, or starts a PostgreSQL, fills it and keeps it until the command is interrupted (its address is printed).
"""

import argparse
import asyncio
import signal
from pathlib import Path

from benchmarks.seeding import Size, seeded
from tests.store.postgres import Postgres

_ENDING = {signal.SIGINT, signal.SIGTERM}


def main() -> int:
    """Fill and print what was written."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks seed")
    parser.add_argument("--tickets", type=int, default=100_000)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true", help="a real PostgreSQL instead of SQLite")
    parser.add_argument("--data", type=Path, required=True, help="the data folder of the house")
    wanted = parser.parse_args()
    size = Size(wanted.tickets, wanted.messages)
    if not wanted.postgres:
        asyncio.run(seeded(wanted.data, "", size))
        return 0
    server = Postgres()
    server.start()
    try:
        asyncio.run(seeded(wanted.data, server.url(), size))
        signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
        print(f"TRUNKLINE_DATABASE__URL={server.url()}", flush=True)
        signal.sigwait(_ENDING)
    finally:
        server.remove()
    return 0
