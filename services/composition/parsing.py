"""`trunkline parse`: files to JSON lines, with the same care for hostile mail that intake takes."""

import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from services.composition.errors import CannotStart
from shared.mail.model import ParsedMail
from shared.mail.worker import MailReader


def lines(files: Sequence[str]) -> Iterator[str]:
    """One JSON line per file, in order; ``-`` is stdin. Raises `CannotStart` for a file that cannot be read."""
    with asyncio.Runner() as runner:
        reader = MailReader()
        try:
            for file in files:
                raw = _bytes(file)
                yield runner.run(reader.read(raw)).model_dump_json()
        finally:
            runner.run(reader.close())


async def read_one(file: str) -> tuple[bytes, ParsedMail]:
    """A file's bytes and what they say. Raises `CannotStart` for a file that cannot be read."""
    raw = _bytes(file)
    reader = MailReader()
    try:
        return raw, await reader.read(raw)
    finally:
        await reader.close()


def _bytes(file: str) -> bytes:
    if file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CannotStart(f"{file}: {error.strerror}") from None
