"""The two ends of a measurement, written to cost little: a client that sends mails over many sessions, and a sink.

Both speak just as much SMTP (RFC 5321) as the measurement needs, because they share the machine with what is measured.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import cast

import aiosmtplib


@dataclass
class Load:
    """What was sent: seconds from the end of DATA to its 250, per mail, and when the last one was answered."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    began: float = 0.0
    ended: float = 0.0

    @property
    def rate(self) -> float:
        """Accepted mails per second."""
        return len(self.seconds) / max(self.ended - self.began, 1e-9)

    def percentile(self, share: float) -> float:
        """The latency to 250, in milliseconds, that this share of the mails did not exceed."""
        ordered = sorted(self.seconds)
        return 1000 * ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


class _Session(asyncio.Protocol):
    def __init__(self, mails: Iterator[tuple[str, bytes]], load: Load, done: asyncio.Future[None]) -> None:
        self._mails, self._load, self._done = mails, load, done
        self._step, self._sent, self._buffer = "greeting", 0.0, b""
        self._transport: asyncio.Transport | None = None
        self._mail: tuple[str, bytes] = ("", b"")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while b"\r\n" in self._buffer:
            line, _, self._buffer = self._buffer.partition(b"\r\n")
            if line[3:4] != b"-":
                self._answered(line)

    def _say(self, line: bytes) -> None:
        assert self._transport is not None
        self._transport.write(line)

    def _answered(self, line: bytes) -> None:
        if self._step == "greeting":
            self._step = "ready"
            self._say(b"EHLO bench.example\r\n")
        elif self._step == "data" and line[:3] == b"354":
            self._step = "end"
            self._sent = time.perf_counter()
            self._say(self._mail[1] + b"\r\n.\r\n")
        elif self._step in ("mail", "rcpt") and line[:1] == b"2":
            self._say(b"RCPT TO:<support@localhost>\r\n" if self._step == "mail" else b"DATA\r\n")
            self._step = "rcpt" if self._step == "mail" else "data"
        else:
            if self._step == "end" and line[:3] == b"250":
                self._load.seconds.append(time.perf_counter() - self._sent)
            elif self._step != "ready":
                self._load.failed += 1
            self._next()

    def _next(self) -> None:
        try:
            self._mail = next(self._mails)
        except StopIteration:
            self._load.ended = time.perf_counter()
            assert self._transport is not None
            self._transport.close()
            return
        self._step = "mail"
        self._say(b"MAIL FROM:<" + self._mail[0].encode() + b">\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


async def send(port: int, mails: Iterator[tuple[str, bytes]], sessions: int) -> Load:
    """Send every ``(sender, content)`` (CRLF lines, dots stuffed) over so many sessions at once."""
    load = Load(began=time.perf_counter())
    loop = asyncio.get_running_loop()
    ends: list[asyncio.Future[None]] = []
    for _ in range(sessions):
        done: asyncio.Future[None] = loop.create_future()
        ends.append(done)
        await loop.create_connection(lambda done=done: _Session(mails, load, done), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    return load


async def send_ordinarily(port: int, mails: Iterator[tuple[str, bytes]], sessions: int) -> Load:
    """The same with aiosmtplib, a client as programs have it: it costs the machine more than a bare server does."""
    load = Load(began=time.perf_counter())

    async def carry() -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=60) as client:
            for sender, content in mails:
                began = time.perf_counter()
                await client.sendmail(sender, ["support@localhost"], content)
                load.seconds.append(time.perf_counter() - began)

    await asyncio.gather(*(carry() for _ in range(sessions)))
    load.ended = time.perf_counter()
    return load


class _Taking(asyncio.Protocol):
    def __init__(self, took: Callable[[bytes], None]) -> None:
        self._took = took
        self._buffer, self._in_data = bytearray(), False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            if self._in_data:
                end = self._buffer.find(b"\r\n.\r\n")
                if end < 0:
                    return
                self._took(bytes(self._buffer[:end]))
                del self._buffer[: end + 5]
                self._in_data = False
                self._write(b"250 taken\r\n")
            else:
                end = self._buffer.find(b"\r\n")
                if end < 0:
                    return
                verb = bytes(self._buffer[:4]).upper()
                del self._buffer[: end + 2]
                self._answer(verb)

    def _answer(self, verb: bytes) -> None:
        if verb == b"EHLO":
            self._write(b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SMTPUTF8\r\n")
        elif verb == b"DATA":
            self._in_data = True
            self._write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self._write(b"221 bye\r\n")
            assert self._transport is not None
            self._transport.close()
        else:
            self._write(b"250 ok\r\n")

    def _write(self, line: bytes) -> None:
        assert self._transport is not None
        self._transport.write(line)


async def sink(took: Callable[[bytes], None]) -> tuple[asyncio.Server, int]:
    """Take every mail and tell ``took``; gives the server and its port."""
    server = await asyncio.get_running_loop().create_server(lambda: _Taking(took), "127.0.0.1", 0)
    return server, server.sockets[0].getsockname()[1]
