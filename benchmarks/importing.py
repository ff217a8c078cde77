"""`trunkline import`: mails a second and memory, for a synthetic mailbox in threads and for archives that are named.

`python -m benchmarks importing` writes an mbox of 20,000 mails (threads of one to nine, shuffled: no order is given away), starts
`trunkline up` in a folder of its own, imports it, and imports it again. `PATH …`: these archives instead, each into a new house.
"""

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import psutil

from tests.ports import free_port
from tests.system.processes import TRUNKLINE, Up

_TEXT = (
    "the printer in our office does not start since yesterday and shows an error when the cable is in "
    "please tell me what we can try before somebody comes we need it for the orders of this week thank you"
)
_WORDS = _TEXT.split(" ")
_BEGAN = datetime(2012, 1, 2, 8, tzinfo=UTC)
_CONFIG = """\
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
"""


@dataclass(frozen=True)
class Run:
    """One import: its seconds; the largest memory of the command, and that of the house afterwards (in megabytes); seconds of CPU of the
    command (all but its last fifth of a second) and of the house with its bus; what the command said."""

    seconds: float
    memory: float
    house: float
    spent: float
    spent_house: float
    said: str


def write_mailbox(path: Path, mails: int, seed: int = 5) -> int:
    """An mbox of so many mails in shuffled order; gives how many threads they are."""
    rng = random.Random(seed)
    written: list[bytes] = []
    threads = 0
    while len(written) < mails:
        size = min(rng.randint(1, 9), mails - len(written))
        written += _thread(threads, size, rng)
        threads += 1
    rng.shuffle(written)
    with path.open("wb") as file:
        file.writelines(written)
    return threads


def _thread(number: int, size: int, rng: random.Random) -> list[bytes]:
    customer = f"customer{number % 3000}@client{number % 700}.example"
    began = _BEGAN + timedelta(minutes=number * 180)
    ids: list[str] = []
    mails = []
    for place in range(size):
        ours = place % 2 == 1
        sender, to = ("support@acme.example", customer) if ours else (customer, "support@acme.example")
        text = " ".join(rng.choices(_WORDS, k=rng.randint(20, 200)))
        head = [
            f"From {sender} {began:%a %b %d %H:%M:%S %Y}",
            f"From: {sender}",
            f"To: {to}",
            f"Subject: {'Re: ' if place else ''}Question {number}",
            f"Date: {format_datetime(began + timedelta(hours=place * 5))}",
            f"Message-ID: <{number}.{place}@mail.example>",
        ]
        if ids:
            head += [f"In-Reply-To: <{ids[-1]}>", "References: " + " ".join(f"<{each}>" for each in ids)]
        ids.append(f"{number}.{place}@mail.example")
        mails.append(("\n".join([*head, "", text, f"\n>From here on it is number {number}.{place}", "", ""])).encode())
    return mails


def run_import(up: Up, *arguments: str) -> Run:
    """Run the command against a house and watch its memory."""
    assert up.process is not None
    assert up.process.process is not None
    house = up.process.process.pid
    before, began = _cpu(house), time.monotonic()
    process = subprocess.Popen(
        [*TRUNKLINE, "import", *arguments, *up.arguments()],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**psutil.Process().environ(), **up.environment()},
    )
    peak, spent = [0.0], [0.0]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(0.2):
            peak[0] = max(peak[0], _memory(process.pid))
            spent[0] = max(spent[0], _cpu(process.pid))

    watcher = threading.Thread(target=watch)
    watcher.start()
    said, errors = process.communicate()
    seconds = time.monotonic() - began
    over.set()
    watcher.join()
    return Run(seconds, peak[0], _memory(house), spent[0], _cpu(house) - before, said + errors)


def _memory(pid: int) -> float:
    """Resident memory of a process and its children, in megabytes."""
    total = 0
    try:
        parent = psutil.Process(pid)
        for process in (parent, *parent.children(recursive=True)):
            total += process.memory_info().rss
    except psutil.NoSuchProcess:
        pass
    return total / 1e6


def _cpu(pid: int) -> float:
    """Seconds of CPU of a process and its children."""
    try:
        parent = psutil.Process(pid)
        return float(sum(sum(process.cpu_times()[:2]) for process in (parent, *parent.children(recursive=True))))
    except psutil.NoSuchProcess:
        return 0.0


def _measure(folder: Path, archive: Path, mails: int | None) -> None:
    up = Up(folder, config=_CONFIG, smtp=free_port(), web=free_port()).start()
    try:
        for what in ("first", "again"):
            run = run_import(up, str(archive))
            rate = f"{mails / run.seconds:.0f} mails/s ({60 * mails / run.seconds:.0f} a minute), " if mails else ""
            print(
                f"{what}: {rate}{run.seconds:.1f} s; command {run.memory:.0f} MB, {run.spent:.1f} s CPU;"
                f" house {run.house:.0f} MB, {run.spent_house:.1f} s CPU",
                flush=True,
            )
            print("  " + "\n  ".join(run.said.strip().splitlines()[:12]), flush=True)
        if up.process is not None and up.process.tracebacks():
            print("  tracebacks in the house's log!")
        for line in up.ledger():
            print(f"  ledger: {line['received']} received, {line['reasons']}, adds up: {line['adds_up']}")
    finally:
        up.stop()


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks importing")
    parser.add_argument("--mails", type=int, default=20_000)
    parser.add_argument("archives", nargs="*", type=Path, metavar="PATH")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number, archive in enumerate(wanted.archives):
            print(archive)
            _measure(folder / f"house{number}", archive.resolve(), None)
        if not wanted.archives:
            threads = write_mailbox(folder / "mailbox", wanted.mails)
            print(
                f"{wanted.mails} mails in {threads} threads, {(folder / 'mailbox').stat().st_size / 1e6:.0f} MB, shuffled"
            )
            _measure(folder / "house", folder / "mailbox", wanted.mails)
    return 0


if __name__ == "__main__":
    sys.exit(main())
