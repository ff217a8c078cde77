"""Reads mails without ever blocking the event loop: ordinary ones at once, large and odd ones in a child process."""

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from shared.mail.degraded import read_degraded
from shared.mail.frames import LENGTH, READY, length_of, read_length, unpack
from shared.mail.look import needs_worker
from shared.mail.model import ParsedMail
from shared.mail.reading import parse_mail, warm_up

TIME_LIMIT = 10.0
"""Seconds a mail may be read for before its process is killed."""

MEMORY_LIMIT = 1 << 30
"""Octets of address space of a reader process."""

_START_LIMIT = 60.0
_PIECE = 1 << 18
_ROOT = str(Path(__file__).resolve().parents[2])
# The child reads hostile input and needs none of the parent's settings, least of all its secrets.
_ENVIRONMENT = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "SYSTEMROOT", "TMPDIR", "HOME")


def child_environment() -> dict[str, str]:
    """The environment of a process that reads mails."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    # One thread: each one more takes address space that the limit counts.
    return environment | {"PYTHONPATH": _ROOT, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class MailReader:
    """A pool of `workers` reader processes, each started when first needed and replaced when it dies."""

    def __init__(self, workers: int = 1, *, time_limit: float = TIME_LIMIT, memory_limit: int = MEMORY_LIMIT) -> None:
        self._time_limit = time_limit
        self._memory_limit = memory_limit
        self._slots: asyncio.Queue[_Child | None] = asyncio.Queue()
        for _ in range(max(workers, 1)):
            self._slots.put_nowait(None)
        self._children: set[_Child] = set()
        self._warm: asyncio.Task[None] | None = None
        self._closed = False

    async def start(self) -> None:
        """Load what the first mail would wait for, a few hundred milliseconds; `read` does it where nobody has."""
        if self._warm is None:
            self._warm = asyncio.ensure_future(asyncio.to_thread(warm_up))
        await asyncio.shield(self._warm)

    async def read(self, raw: bytes) -> ParsedMail:
        """The mail, read; degraded with `reading-timed-out` or `reading-failed` where the child did not answer.

        Raises RuntimeError after `close()`.
        """
        if needs_worker(raw):
            return await self.read_apart(raw)
        return await self.read_here(raw)

    async def read_here(self, raw: bytes) -> ParsedMail:
        """An ordinary mail, read at once: one that does not need a worker. Raises RuntimeError after `close()`."""
        self._check_open()
        if self._warm is None or not self._warm.done():
            await self.start()
        return parse_mail(raw)

    async def close(self) -> None:
        """End every child; whoever still waits for one gets a degraded mail."""
        self._closed = True
        await asyncio.gather(*(child.stop() for child in list(self._children)))

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the mail reader is closed")

    async def read_apart(self, raw: bytes) -> ParsedMail:
        """Any mail, read in a child process; as `read`."""
        self._check_open()
        child = await self._slots.get()
        try:
            if child is None:
                child = _Child(self._memory_limit)
                self._children.add(child)
                await asyncio.wait_for(child.start(), _START_LIMIT)
            parsed = await asyncio.wait_for(child.read(raw), self._time_limit)
        except TimeoutError:
            await self._end(child)
            child = None
            return await asyncio.to_thread(read_degraded, raw, "reading-timed-out")
        except (OSError, EOFError, ValueError, LookupError):
            await self._end(child)
            child = None
            return await asyncio.to_thread(read_degraded, raw, "reading-failed")
        except BaseException:
            # Cancelled in the middle of an answer: the rest of it would be taken for the next one.
            await self._end(child)
            child = None
            raise
        finally:
            self._slots.put_nowait(child)
        return parsed

    async def _end(self, child: "_Child | None") -> None:
        if child is not None:
            self._children.discard(child)
            await child.stop()


class _Child:
    """One reader process and the conversation with it."""

    def __init__(self, memory_limit: int) -> None:
        self._memory_limit = memory_limit
        self._process: Process | None = None

    async def start(self) -> None:
        """Start and await the word that it is ready. Raises OSError or EOFError where it does not come."""
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "shared.mail.child", str(self._memory_limit),
            stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=child_environment(), limit=_PIECE,
        )  # fmt: skip
        if await self._receive(len(READY)) != READY:
            raise EOFError("the reader process did not start")

    async def read(self, raw: bytes) -> ParsedMail:
        """One request and its answer. Raises OSError, EOFError or ValueError where the child fails."""
        sending = asyncio.ensure_future(self._send(raw))
        try:
            parsed = unpack(await self._receive(read_length(await self._receive(LENGTH))))
            for attachment in parsed.attachments:
                attachment.content = await self._receive(attachment.size)
        finally:
            sending.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await sending
        return parsed

    async def _send(self, raw: bytes) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        pipe = self._process.stdin
        pipe.write(length_of(raw))
        view = memoryview(raw)
        for start in range(0, len(raw), _PIECE):
            pipe.write(view[start : start + _PIECE])
            await pipe.drain()

    async def _receive(self, size: int) -> bytes:
        assert self._process is not None
        assert self._process.stdout is not None
        pieces = bytearray()
        while len(pieces) < size:
            piece = await self._process.stdout.read(min(size - len(pieces), _PIECE))
            if not piece:
                raise EOFError("the reader process ended")
            pieces += piece
        return bytes(pieces)

    async def stop(self) -> None:
        """Kill it and await its end; harmless where it has ended."""
        process = self._process
        if process is None:
            return
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
