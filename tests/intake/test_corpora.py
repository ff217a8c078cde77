"""Real mail, legal and broken, by SMTP: each file is accepted or refused with a reason, and the count adds up."""

import asyncio
import random
from pathlib import Path

import pytest

from tests.intake.conftest import Build, Place


def as_sent(raw: bytes) -> bytes:
    """A file as a client sends it: lines end in CR LF (RFC 5321 2.3.8)."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


async def deliver(here: Place, files: list[Path]) -> dict[Path, str]:
    dialog = await here.dialog()
    return {file: await dialog.send(as_sent(file.read_bytes())) for file in files}


@pytest.mark.peer("corpora")
async def test_every_mail_of_the_corpora_is_accepted_or_refused_with_a_reason(place: Build, corpora_path: Path) -> None:
    files = sorted(file for file in (corpora_path / "mail").rglob("*") if file.is_file())
    random.Random(7).shuffle(files)
    here = await place()
    shares = await asyncio.gather(*(deliver(here, files[start::8]) for start in range(8)))
    replies = {file: reply for share in shares for file, reply in share.items()}
    assert len(replies) == len(files)
    assert {reply[:9] for reply in replies.values()} <= {"250 2.0.0", "552 5.3.4"}
    counts = await here.ledger()
    held = len(await here.held())
    refused = sum(count for key, count in counts.items() if "/refused/" in key)
    duplicates = counts.get("email/support/duplicate/bus", 0)
    assert held + refused + duplicates == len(files)
    assert refused == sum(reply.startswith("552") for reply in replies.values())
