"""Real mail, legal and broken: whatever comes in, there is an account of it, and nothing falls over."""

from collections import Counter
from pathlib import Path

import pytest

from tests.system.conftest import Build
from tests.system.corpus import account, files_of
from tests.system.mailing import Sink


@pytest.mark.peer("corpora")
def test_every_mail_is_stored_or_refused_with_a_reason_and_the_ledger_adds_up(
    build: Build, sink: Sink, corpora_path: Path
) -> None:
    files = files_of(corpora_path)
    up = build(
        env={"TRUNKLINE_SMTP__MAX_SIZE": "100KB"},
        config=f'[[inbox]]\nname = "support"\nchannel = "email"\nsend = "{sink.url}"\n',
    ).start()
    made = account(up, files)
    too_large = sum(_octets(file) > 100_000 for file in files)
    assert made.replies == Counter({"250 2.0.0": len(files) - too_large, "552 5.3.4": too_large})
    assert made.outcomes["stored"] > 0.8 * len(files)
    assert up.stop() == 0
    assert up.process is not None
    assert up.process.tracebacks() == []


def _octets(file: Path) -> int:
    raw = file.read_bytes().replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n") + b"\n"
    return len(raw.replace(b"\n", b"\r\n"))
