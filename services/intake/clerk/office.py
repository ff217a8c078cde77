"""The clerk's employer, in the event loop's process: hires one while many mails are in hand, hands mails out, ends it when it idles.

Reading a mail and writing its message is half of what a mail costs intake. A process of its own does that on another core, for the
price of two pipe operations. It takes 90 MB (the language model), so there is none as long as nobody needs it, and a mail that comes
alone is read at once, where it is.
"""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import structlog

from services.intake.clerk.frames import READY, Frames, Request, pack_request, unpack_answer
from services.intake.writing import Written
from shared.mail.worker import MEMORY_LIMIT, TIME_LIMIT, child_environment

log = structlog.get_logger(__name__)

CROWD = 4
"""Mails in hand at once from which the clerk is asked: with fewer the way to it and back takes longer than it saves."""
HIRE_AFTER = 64
"""Mails that came into a crowd, less those that came alone, before a clerk is hired: a short burst is over before it has begun."""
MOST = 64
"""Mails it may have at a time. Beyond that this process lends a hand."""
IDLE = 60.0
"""Seconds without a mail after which it is let go."""
REST = 10.0
"""Seconds after one that failed, before another is hired."""
START_LIMIT = 60.0
LOOK = 1.0
"""Seconds between two looks at a clerk: whether it answers, whether it is needed."""


class Failed(Exception):
    """The clerk ended, or was ended, with this mail in its hands. Perhaps because of it."""


@dataclass(slots=True)
class _Open:
    request: Request
    since: float
    answer: asyncio.Future[Written | None]


class Office:
    """Where mails are handed to a clerk. ``hire_after`` and ``idle`` are for tests."""

    def __init__(self, *, time_limit: float = TIME_LIMIT, hire_after: int = HIRE_AFTER, idle: float = IDLE) -> None:
        self._time_limit = time_limit
        self._hire_after = hire_after
        self._idle = idle
        self._crowded = 0
        self._rest_until = 0.0
        self._hiring: asyncio.Task[None] | None = None
        self._clerk: _Clerk | None = None
        self._closed = False

    def takes(self, in_hand: int) -> bool:
        """Whether to hand this mail out, with so many in hand. Being asked is also how it learns that a clerk is needed."""
        if in_hand < CROWD:
            self._crowded = max(self._crowded - 1, 0)
            return False
        clerk = self._clerk
        if clerk is None:
            self._crowded += 1
            if self._crowded > self._hire_after:
                self._hire()
            return False
        return clerk.ready and len(clerk.open) < MOST

    async def write(self, request: Request) -> Written | None:
        """The message of a mail; None where the clerk could not write it. Only after `takes`. Raises `Failed`."""
        assert self._clerk is not None
        return await self._clerk.write(request)

    async def close(self) -> None:
        """Let the clerk go; whoever waits for it gets `Failed`."""
        self._closed = True
        if self._hiring is not None:
            await self._hiring
        clerk = self._clerk
        if clerk is not None:
            clerk.end()
            await clerk.ended.wait()

    def _hire(self) -> None:
        loop = asyncio.get_running_loop()
        if not self._closed and self._hiring is None and loop.time() >= self._rest_until:
            self._hiring = loop.create_task(self._start(loop), name="intake-clerk")

    async def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        clerk = _Clerk(loop, time_limit=self._time_limit, idle=self._idle, gone=self._gone)
        try:
            await loop.subprocess_exec(
                lambda: clerk,
                *(sys.executable, "-m", "services.intake.clerk.process", str(MEMORY_LIMIT)),
                stderr=asyncio.subprocess.DEVNULL,
                env=child_environment(),
            )
        except OSError as error:
            log.warning("no clerk could be started, mails are read here", error=str(error))
            self._rest_until = loop.time() + REST
        else:
            self._clerk = clerk if clerk.employed else None
        finally:
            self._hiring = None

    def _gone(self, clerk: "_Clerk") -> None:
        if self._clerk is clerk:
            self._clerk = None
        self._crowded = 0
        if clerk.failed:
            self._rest_until = asyncio.get_running_loop().time() + REST


class _Clerk(asyncio.SubprocessProtocol):
    """One clerk and the mails in its hands."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, *, time_limit: float, idle: float, gone: Callable[["_Clerk"], None]
    ) -> None:
        self.open: dict[int, _Open] = {}
        self.ready = False
        self.failed = False
        self.ended = asyncio.Event()
        self.process: asyncio.SubprocessTransport | None = None
        self._loop = loop
        self._time_limit = time_limit
        self._idle = idle
        self._gone = gone
        self._number = 0
        self._out: list[bytes] = []
        self._frames = Frames()
        self._latest = loop.time()
        self._look_again: asyncio.TimerHandle | None = None
        self._pipe: asyncio.WriteTransport | None = None

    @property
    def employed(self) -> bool:
        """Whether it has started and was not let go since."""
        return self._look_again is not None

    async def write(self, request: Request) -> Written | None:
        assert self._pipe is not None
        self._number += 1
        number, self._latest = self._number, self._loop.time()
        waiting = _Open(request, self._latest, self._loop.create_future())
        self.open[number] = waiting
        if not self._out:
            self._loop.call_soon(self._hand_out)
        self._out.append(pack_request(number, request))
        try:
            return await waiting.answer
        finally:
            self.open.pop(number, None)

    def _hand_out(self) -> None:
        """Mails of one turn of the loop in one write: each costs as much as packing ten of them."""
        out, self._out = self._out, []
        if self.employed and self._pipe is not None:
            self._pipe.write(b"".join(out))

    # -- what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.process = cast(asyncio.SubprocessTransport, transport)
        self._pipe = cast(asyncio.WriteTransport, self.process.get_pipe_transport(0))
        self._look_again = self._loop.call_later(LOOK, self._look)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if not self.ready:
            self.ready = data.startswith(READY)
            data = data[len(READY) :]
        try:
            for number, body in self._frames.feed(data):
                self._answered(number, body)
        except ValueError as error:
            log.error("the clerk said what cannot be", error=str(error))
            self._fail()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._fail()

    def process_exited(self) -> None:
        self._fail()
        self.ended.set()

    # --

    def _answered(self, number: int, body: bytes) -> None:
        waiting = self.open.get(number)  # given up by whoever asked: its answer is nobody's
        if waiting is not None and not waiting.answer.done():
            waiting.answer.set_result(unpack_answer(body, waiting.request.raw))

    def _look(self) -> None:
        now = self._loop.time()
        oldest = next(iter(self.open.values()), None)
        if not self.ready and now - self._latest > START_LIMIT:
            self._fail()
        elif oldest is not None and now - oldest.since > self._time_limit:
            log.warning("the clerk does not answer", mails=len(self.open))
            self._fail()
        elif oldest is None and self.ready and now - self._latest > self._idle:
            self.end()
        else:
            self._look_again = self._loop.call_later(LOOK, self._look)

    def _fail(self) -> None:
        self.failed |= self.employed
        self.end()

    def end(self) -> None:
        """Kill it, and tell everybody who waits; harmless when it has ended."""
        self.ready = False
        if self._look_again is not None:
            self._look_again.cancel()
            self._look_again = None
            self._gone(self)
        for waiting in self.open.values():
            if not waiting.answer.done():
                waiting.answer.set_exception(Failed())
        if self.process is not None:
            self.process.close()  # kills
