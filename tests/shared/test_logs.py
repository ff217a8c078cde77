"""Log lines are one JSON object each, whatever is in them, ours and libraries' alike."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

PROGRAM = r"""
import logging, structlog
from pathlib import Path
from shared import logs
logs.configure("info", service="router")
log = structlog.get_logger("x")
log.debug("not shown")
log.info("plain", number=1, path=Path("/x"), what={1}, nothing=None, odd=float("nan"))
log.info("surrogate \ud800", text="\udc80")
try:
    1 / 0
except ZeroDivisionError:
    log.exception("raised")
logging.getLogger("nats").error("from a library: %s", "x")
logging.getLogger("asyncio").info("not shown")
with structlog.contextvars.bound_contextvars(correlation_id="c1"):
    structlog.get_logger().warning("bound")
"""


def test_every_line_is_an_object_with_event_level_time_and_service() -> None:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, cwd=root, timeout=60, check=True
    )
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["level"] for line in lines] == ["info", "info", "error", "error", "warning"]
    assert all(line["service"] == "router" and line["timestamp"].endswith("Z") and line["event"] for line in lines)
    assert lines[1]["text"] == "\udc80"
    assert "ZeroDivisionError" in lines[2]["exception"]
    assert lines[3]["event"] == "from a library: x"
    assert lines[3]["logger"] == "nats"
    assert lines[4]["correlation_id"] == "c1"


STUBBORN = r"""
import structlog
from shared import logs
logs.configure("info")
for number in range(3):
    structlog.get_logger().error("nobody can read this", number=number)
print("still at work")
"""


def test_a_log_that_cannot_be_written_stops_nothing() -> None:
    root = Path(__file__).resolve().parents[2]
    with Path("/dev/full").open("wb") as full:  # as a file on a full disk would
        done = subprocess.run(
            [sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, stderr=full, text=True, cwd=root, timeout=60
        )
    assert done.stdout == "still at work\n"


TOLD = r"""
import structlog
from shared import logs
logs.configure("info")
def read(letter):
    raise ValueError("unreadable")
try:
    read("what a customer " + "wrote")
except ValueError:
    structlog.get_logger().exception("could not be read")
"""


def test_an_error_on_a_terminal_shows_where_it_was_and_nothing_that_was_in_hand() -> None:
    root = Path(__file__).resolve().parents[2]
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        subprocess.run([sys.executable, "-c", TOLD], stderr=theirs, cwd=root, timeout=60, check=True)
        os.close(theirs)
        shown = bytearray()
        try:
            while piece := screen.read(65_536):
                shown += piece
        except OSError:  # the other end is closed, and all is read
            pass
    assert b"could not be read" in shown
    assert b"ValueError" in shown
    assert b"what a customer wrote" not in shown


def test_what_is_loaded_for_logs_does_not_bring_the_library_that_shows_variables() -> None:
    root = Path(__file__).resolve().parents[2]
    asked = "import sys, shared.logs; sys.exit(any(name.partition('.')[0] == 'rich' for name in sys.modules))"
    subprocess.run([sys.executable, "-c", asked], cwd=root, timeout=60, check=True)
