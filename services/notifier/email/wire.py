"""The talk with a relay once a session stands: several commands in one write, and their replies in order (RFC 2920).

aiosmtplib connects, greets, encrypts and signs in; then the connection is handed over to a `Wire`. Its own way costs a write, a task
switch and two timers per command: for a mail four writes, which were a quarter of all that an acknowledgement cost.

Not here: what to say (`transfer`) and what a reply means (`replies`).
"""

import asyncio
import re
from collections.abc import Sequence
from typing import NamedTuple, cast

import aiosmtplib

_PROHIBITED = re.compile(rb"[\x00-\x1f\x7f]")
_BARE = re.compile(rb"\r\n|\r|\n")
_LONGEST_REPLY = 32 * 1024  # octets of one reply with all its lines; real ones have a few hundred
_LONGEST_TEXT = 2_000


class Lost(Exception):
    """The session is over: the relay closed it, did not answer in time or does not speak SMTP."""


class Reply(NamedTuple):
    """Code and text of a reply, its lines joined by line feeds."""

    code: int
    text: str


class Wire(asyncio.Protocol):
    """One session. One question at a time: `ask` sends any number of commands and waits for as many replies."""

    def __init__(self, transport: asyncio.Transport, former: asyncio.BaseProtocol) -> None:
        self._transport, self._former = transport, former
        self._loop = asyncio.get_running_loop()
        self._buffer = bytearray()
        self._lines: list[str] = []  # of the reply that is coming
        self._replies: list[Reply] = []
        self._wanted = 0
        self._waiter: asyncio.Future[None] | None = None
        self._patience = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @classmethod
    def take_over(cls, smtp: aiosmtplib.SMTP) -> "Wire":
        """The wire of a session that aiosmtplib has opened; raises `Lost` when it is closed again already."""
        transport, former = smtp.transport, smtp.protocol
        if transport is None or former is None or transport.is_closing():
            raise Lost("the connection was closed after the greeting")
        wire = cls(cast(asyncio.Transport, transport), former)
        transport.set_protocol(wire)
        return wire

    @property
    def is_open(self) -> bool:
        """Whether there is still a connection."""
        return not self._transport.is_closing()

    def close(self) -> None:
        """Hang up."""
        self._transport.close()

    async def ask(self, commands: Sequence[bytes], timeout: float) -> list[Reply]:
        """Send commands (without line ends) in one write; gives one reply each. ``timeout`` seconds for every reply.

        Fewer replies when the last one is a 421: it ends the session whatever was asked (RFC 5321 3.8). More than one command only
        where the relay offers PIPELINING. Raises `Lost` (the session is closed then), and `ValueError` for a command with a control
        character, which would be two commands.
        """
        for command in commands:
            if _PROHIBITED.search(command):
                raise ValueError("a command contains a control character")
        return await self._exchange(b"\r\n".join(commands) + b"\r\n", len(commands), timeout)

    async def content(self, content: bytes, timeout: float) -> Reply:
        """Send a mail's content and its end after a 354, and give the reply. Raises `Lost`."""
        return (await self._exchange(stuffed(content), 1, timeout))[0]

    async def _exchange(self, data: bytes, count: int, timeout: float) -> list[Reply]:
        if self._transport.is_closing():
            raise Lost("the connection was closed")
        self._replies, self._wanted, self._patience = [], count, timeout
        self._waiter = self._loop.create_future()
        self._timer = self._loop.call_later(timeout, self._too_late)
        self._transport.write(data)
        try:
            await self._waiter
        except BaseException:
            # Cancelled in the middle, too, the session is of no use: a late reply would be taken for another's.
            self._transport.close()
            raise
        finally:
            self._waiter = None
            self._timer.cancel()
        return self._replies

    def _fail(self, why: str) -> None:
        if self._waiter is not None and not self._waiter.done():
            if self._replies and self._replies[-1].code == 421:
                self._waiter.set_result(None)
            else:
                self._waiter.set_exception(Lost(why))
        self._transport.close()

    def _too_late(self) -> None:
        self._fail(f"no reply within {self._patience:g} s")

    # -- called by the event loop ----------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Read replies; what comes unasked is a farewell, or else nothing could be matched any more."""
        if self._waiter is None or self._waiter.done():
            self._transport.close()
            return
        self._buffer += data
        before = len(self._replies)
        try:
            self._read()
        except ValueError:
            self._fail("the relay's answer is no SMTP reply")
            return
        if len(self._replies) == self._wanted and not self._buffer:
            self._waiter.set_result(None)
        elif len(self._replies) >= self._wanted:
            self._fail("the relay gave more replies than it was asked for")
        elif len(self._replies) > before and self._timer is not None:
            self._timer.cancel()
            self._timer = self._loop.call_later(self._patience, self._too_late)

    def _read(self) -> None:
        """Take the complete lines (RFC 5321 4.2.1): a hyphen after the code says that more follow. ValueError for anything else."""
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            code, after = int(line[:3]), bytes(line[3:4])
            if not 200 <= code <= 599 or after not in (b" ", b"-", b"\r", b""):
                raise ValueError(line)
            self._lines.append(line[4:].strip().decode("utf-8", "replace"))
            if after != b"-":
                self._replies.append(Reply(code, "\n".join(self._lines)[:_LONGEST_TEXT]))
                self._lines = []
        if len(self._buffer) + sum(map(len, self._lines)) > _LONGEST_REPLY or len(self._lines) > 1_000:
            raise ValueError("endless")

    def eof_received(self) -> None:
        """The relay hangs up."""
        self._fail("the relay closed the connection")

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell who waits, and aiosmtplib, which opened the connection."""
        self._fail(f"the connection was lost: {exc}" if exc else "the connection was lost")
        self._former.connection_lost(exc)


def stuffed(content: bytes) -> bytes:
    """Content as it goes over the wire: CRLF everywhere, a dot before each leading dot, and the end (RFC 5321 4.5.2).

    No line end but CRLF remains, so that nobody can end the mail within it.
    """
    ends = content.count(b"\r\n")
    if content.count(b"\n") != ends or content.count(b"\r") != ends:
        content = _BARE.sub(b"\r\n", content)
    content = content.replace(b"\r\n.", b"\r\n..")
    dot = b"." if content.startswith(b".") else b""
    return b"%b%b%b" % (dot, content, b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")
