"""The kill test in full: SIGKILL again and again under load, then every mail, ticket and acknowledgement is counted.

    .venv/bin/python -m benchmarks.kill [--mails 2000] [--split] [--database sqlite|postgresql] [--seed 1] [--keep DIR]

`up` is killed one second after each ``ready``, every second time together with its bus. With ``--split`` every service is a process of
its own (two routers, two notifiers) and each, and nats-server, is killed in turn and started again at once. Senders repeat every mail
until they have its 250. Exit 1 when anything was lost, doubled, or is stuck.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.store.postgres import Postgres
from tests.system.houses import Split
from tests.system.killing import Figures, after_a_second, kill_split, kill_up
from tests.system.writing import post


def main() -> None:
    """Run it and print what it came to."""
    parser = argparse.ArgumentParser(description="Kill Trunkline under load and count what is left.")
    parser.add_argument("--mails", type=int, default=2000)
    parser.add_argument("--split", action="store_true", help="every service a process of its own")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql", help="with --split")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="work in this folder and leave it there")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="trunkline-kill-") as temporary:
        folder = asked.keep or Path(temporary)
        began = time.monotonic()
        try:
            figures = _split(asked, folder) if asked.split else _up(asked, folder)
        except AssertionError as error:
            print(f"FAILED after {time.monotonic() - began:.0f} s: {str(error)[:5000]}")
            sys.exit(1)
        print("\n".join(figures.lines()))
        print(f"passed in {time.monotonic() - began:.0f} s: nothing lost, nothing doubled, nothing stuck")


def _up(asked: argparse.Namespace, folder: Path) -> Figures:
    made = post(asked.mails, asked.seed)
    return kill_up(folder, made, seed=asked.seed, moment=after_a_second, afterwards=3)


def _split(asked: argparse.Namespace, folder: Path) -> Figures:
    made = post(asked.mails, asked.seed)
    server = Postgres() if asked.database == "postgresql" else None
    try:
        if server is not None:
            server.start()
        return kill_split(
            folder,
            made,
            seed=asked.seed,
            database=server.url() if server else "",
            victims=Split.VICTIMS,
            moment=after_a_second,
            rounds=2,
        )
    finally:
        if server is not None:
            server.remove()


if __name__ == "__main__":
    main()
