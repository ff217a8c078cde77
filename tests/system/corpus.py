"""Real mail, legal and broken, sent to a running house by SMTP, and the account of what became of every file."""

import asyncio
import contextlib
import re
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.system.processes import Up, wait_until

_TAKEN = re.compile(r"250 2\.0\.0 accepted as ([0-9a-f]{16})")


def files_of(folder: Path) -> list[Path]:
    """Every file of the corpus, in a fixed order; those that are no mail at all are sent as well."""
    return sorted(file for file in (folder / "mail").rglob("*") if file.is_file())


def on_the_wire(raw: bytes) -> bytes:
    """A file as a client sends it: lines end in CR LF, a dot at the beginning of a line is doubled (RFC 5321 2.3.8, 4.5.2)."""
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").removesuffix(b"\n").split(b"\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines) + b".\r\n"


class Session:
    """One SMTP session, as plain as can be."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @classmethod
    async def open(cls, port: int) -> "Session":
        """Connect and greet."""
        session = cls(*await asyncio.open_connection("127.0.0.1", port))
        await session._reply()
        assert (await session.say("EHLO corpus.example")).startswith("250")
        return session

    async def _reply(self) -> str:
        while True:
            line = (await asyncio.wait_for(self._reader.readline(), 120)).decode()
            assert line, "the server closed the connection"
            if line[3:4] != "-":
                return line.strip()

    async def say(self, line: str) -> str:
        """A command and its reply."""
        self._writer.write(line.encode() + b"\r\n")
        return await self._reply()

    async def send(self, sender: str, content: bytes) -> str:
        """A mail; gives the last reply."""
        for command, wanted in (
            (f"MAIL FROM:<{sender}>", "250"),
            ("RCPT TO:<support@localhost>", "250"),
            ("DATA", "354"),
        ):
            reply = await self.say(command)
            if not reply.startswith(wanted):
                return reply
        self._writer.write(on_the_wire(content))
        await self._writer.drain()
        return await self._reply()

    async def close(self) -> None:
        """Say goodbye."""
        await self.say("QUIT")
        self._writer.close()


async def _deliver(port: int, share: Sequence[tuple[int, Path]]) -> dict[Path, str]:
    session = await Session.open(port)
    replies = {file: await session.send(f"sender{place}@corpus.example", file.read_bytes()) for place, file in share}
    await session.close()
    return replies


async def deliver(port: int, files: Sequence[Path], sessions: int = 8) -> dict[Path, str]:
    """Send every file, over several sessions; gives each one's reply."""
    numbered = list(enumerate(files))
    shares = await asyncio.gather(*(_deliver(port, numbered[start::sessions]) for start in range(sessions)))
    return {file: reply for share in shares for file, reply in share.items()}


@dataclass
class Account:
    """What became of the files. ``seconds`` until all were answered, ``rest`` until all was stored and answered for."""

    files: int
    replies: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    rest: float = 0.0


def account(up: Up, files: Sequence[Path]) -> Account:
    """Send ``files`` to a house that has seen no mail yet. Raises `AssertionError` for any that is not accounted for."""
    assert up.process is not None
    began = time.monotonic()
    replies = asyncio.run(deliver(up.smtp, files))
    made = Account(len(files), Counter(reply[:9] for reply in replies.values()), seconds=time.monotonic() - began)
    taken = {found[1]: file for file, reply in replies.items() if (found := _TAKEN.match(reply))}
    refused = {file: reply for file, reply in replies.items() if not _TAKEN.match(reply)}
    assert len(taken) + len(refused) == len(files)
    wrong = {file: reply for file, reply in refused.items() if not reply.startswith("552 5.3.4 larger than the ")}
    assert not wrong, f"neither accepted nor refused for good: {wrong}"
    wait_until(lambda: _at_rest(up, len(files)), "every file is accounted for in the ledger", 180)
    made.rest = time.monotonic() - began
    (line,) = up.ledger()
    made.outcomes.update({key: line[key] for key in ("stored", "duplicate", "quarantined", "refused", "dead")})
    assert made.outcomes["dead"] == 0, up.run("dead", "list").stdout
    assert made.outcomes["refused"] == len(refused)
    stored = _stored(up)
    assert len(stored) == made.outcomes["stored"]
    assert stored <= set(taken), "stored, and never accepted"
    missing = sorted(str(taken[one]) for one in set(taken) - stored)
    assert len(missing) == made.outcomes["duplicate"] + made.outcomes["quarantined"], f"accepted and lost: {missing}"
    reasons = Counter()
    for reason, count in line["reasons"].items():
        reasons[reason.partition(":")[0]] += count
    for outcome in ("duplicate", "quarantined", "refused"):
        assert reasons[outcome] == made.outcomes[outcome], f"without a reason: {line}"
    assert up.process.tracebacks() == []
    return made


def _at_rest(up: Up, count: int) -> bool:
    return up.at_rest() and sum(line["received"] for line in up.ledger()) == count


def _stored(up: Up) -> set[str]:
    """The correlation ids of all messages in tickets."""
    path = up.data / "trunkline.sqlite"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)) as database:
        rows = database.execute("SELECT correlation_id FROM message WHERE direction = 'in' AND ticket_id IS NOT NULL")
        found = [str(row[0]) for row in rows]
    assert len(found) == len(set(found)), "stored twice"
    return set(found)
