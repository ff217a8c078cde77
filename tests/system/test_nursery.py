"""A forked process is what one started anew would be: otherwise the tests that use one would prove less than they say."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests import nursery
from tests.system.processes import ROOT, TRUNKLINE, Process, free_port

MAIL = b"Subject: in\n\nx\n"


def environment(**more: str) -> dict[str, str]:
    base = {key: value for key, value in os.environ.items() if not key.startswith("TRUNKLINE_")}
    return base | {"PYTHONPATH": str(ROOT)} | more


@pytest.mark.parametrize(
    ("arguments", "stdin"),
    [(["parse", "-"], MAIL), (["parse", "missing.eml"], b""), (["nonsense"], b""), (["check"], b"")],
    ids=["output", "error", "usage", "configuration"],
)
def test_it_says_and_ends_as_one_started_anew(tmp_path: Path, arguments: list[str], stdin: bytes) -> None:
    env = environment(TRUNKLINE_SMTP__MAX_SIZE="many")
    anew = subprocess.run([*TRUNKLINE, *arguments], input=stdin, env=env, cwd=tmp_path, capture_output=True, timeout=60)
    forked = nursery.run(arguments, input=stdin, env=env, cwd=tmp_path)
    assert (forked.returncode, forked.stdout, forked.stderr) == (anew.returncode, anew.stdout, anew.stderr)


def test_a_signal_ends_it_with_that_signals_code_and_its_end_is_told_once_and_for_all(tmp_path: Path) -> None:
    url = f"nats://127.0.0.1:{free_port()}"
    env = {"TRUNKLINE_BUS__URL": url, "TRUNKLINE_SECRETS__KEY": "ab" * 32}
    waiting = Process(("run", "router"), tmp_path / "log", env).start()
    assert isinstance(waiting.process, nursery.Child)
    waiting.process.send_signal(signal.SIGSTOP)
    assert waiting.process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.process.wait(0.01)
    waiting.process.kill()
    assert (waiting.process.wait(30), waiting.process.poll()) == (-signal.SIGKILL, -signal.SIGKILL)
    waiting.process.kill()  # which is nobody's process any more


def test_what_python_reads_when_it_starts_cannot_be_given_to_a_forked_process() -> None:
    assert nursery.fits(environment(ANYTHING="else", PYTHONUNBUFFERED="1"))
    for early in ("LD_PRELOAD", "PYTHONHASHSEED", "PYTHONWARNINGS", "TZ"):
        assert not nursery.fits(environment(**{early: "something"})), early
