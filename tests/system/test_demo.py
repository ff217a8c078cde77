"""`trunkline demo` as a newcomer runs it: what it tells about each channel, that it ends by itself, and what it leaves."""

import re
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.processes import TRUNKLINE, Process

CHANNELS = {
    "email": ("technical", "urgent", "en"),
    "SMS": ("order", "normal", "pl"),
    "WhatsApp": ("technical", "normal", "hr"),
    "Messenger": ("offer", "normal", "en"),
    "telephone": ("general", "normal", "en"),
    "Telegram": ("technical", "urgent", "hr"),
    "web form": ("complaint", "normal", "pl"),
    "live chat": ("billing", "normal", "en"),
    "API (a shop's system)": ("order", "normal", "en"),
}
BECAME = re.compile(r"became +(T-\d+): (\w+), priority (\w+), language (\w+)")
TIMES = re.compile(r"\(after [\d.]+ s\)")


class Demo(Process):
    """The command, its lines as they come."""

    def line(self, seconds: float) -> str | None:
        """The next line; null at the end."""
        return self._lines.get(timeout=seconds)

    def rest(self, seconds: float) -> list[str]:
        """Everything until it ends."""
        until = time.monotonic() + seconds
        return list(iter(lambda: self.line(max(until - time.monotonic(), 0.01)), None))


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    folder = tmp_path / "tmp"
    folder.mkdir()
    process = Demo(("demo",), tmp_path / "demo.log", {"TMPDIR": str(folder)})
    yield process
    process.kill()


def left(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "tmp").iterdir())


def scenes(said: list[str]) -> dict[str, list[str]]:
    """The lines told of each channel."""
    found: dict[str, list[str]] = {}
    for part in "\n".join(said).split("\n\n"):
        head, *lines = part.splitlines()
        found[head.partition(": ")[0]] = lines
    return found


def row(lines: list[str], label: str, nth: int = 0) -> str:
    return [line.strip().removeprefix(label).strip() for line in lines if line.strip().startswith(label)][nth]


def test_customers_of_every_channel_are_acknowledged_and_answered_and_nothing_is_left(
    demo: Demo, tmp_path: Path
) -> None:
    demo.start()
    said = demo.rest(150)
    assert demo.process is not None
    assert demo.process.wait(60) == 0, demo.tail()
    told = scenes(said)
    numbers = set()
    for channel, chosen in CHANNELS.items():
        lines = told[channel]
        became = BECAME.search("\n".join(lines))
        assert became is not None, lines
        assert became.groups()[1:] == chosen
        numbers.add(became[1])
        assert became[1] in row(lines, "was told")
        # What was said on the phone is only written down when its ticket is there.
        assert channel == "telephone" or "by words" in row(lines, "because")
        assert row(lines, "agent") in row(lines, "received")
        assert all(TIMES.search(row(lines, label)) for label in ("was told", "received"))
    assert len(numbers) == len(CHANNELS)
    assert row(told["SMS"], "asked") == "STATUS"
    assert "stan: w toku" in row(told["SMS"], "was told", 1)
    assert len([line for line in told["Nothing is lost"] if re.search(r": (\d) = \1 \+ 0", line)]) == len(CHANNELS)
    assert (left(tmp_path), demo.tail()) == ([], "")


def test_a_demonstration_that_is_kept_can_be_looked_at_until_it_is_told_to_end(demo: Demo, tmp_path: Path) -> None:
    demo.arguments = ("demo", "--keep")
    demo.start().ready(150)
    lines = scenes(demo.said)["Where to look"]
    for page in ("console", "API", "form", "chat"):
        with urllib.request.urlopen(row(lines, page), timeout=30) as answer:
            assert answer.status == 200
    _, *arguments = row(lines, "why").split()
    done = subprocess.run([*TRUNKLINE, *arguments], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert "category: technical  by words" in done.stdout, done.stderr
    assert demo.stop() == 0, demo.tail()
    assert (left(tmp_path), demo.tracebacks()) == ([], [])


def test_a_demonstration_that_is_interrupted_leaves_nothing(demo: Demo, tmp_path: Path) -> None:
    demo.start()
    assert (demo.line(60) or "").startswith("Trunkline, shown")
    assert demo.stop() == 130
    assert left(tmp_path) == []
