"""Being asked to compare a mailbox with what is stored, now: the questions that come over the bus to the intake that reads it.

The reader answers between two looks at the mailbox, on the connection that it has; while it has none the question is answered with why.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import timedelta

import nats.errors
import structlog

from services.intake.imap.reconciling import Comparison
from shared.bus import rpc, subjects
from shared.bus.connection import BusConnection
from shared.bus.errors import BusError, RemoteError
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.mailbox import ReconcileReport, ReconcileRequest

log = structlog.get_logger(__name__)

MOST = 8
"""Questions that wait at a time."""
AGAIN = 1.0
"""Seconds before another attempt to listen after one that failed."""
STOP_WITHIN = 1.0


@dataclass(frozen=True, eq=False)
class Question:
    """``window``: how far back; null: as configured. ``answer`` is what it waits for."""

    window: timedelta | None
    answer: "asyncio.Future[ReconcileReport]"


class Questions:
    """Those of one inbox. ``wanted`` is set as long as one waits."""

    def __init__(self, bus: BusConnection, inbox: str) -> None:
        self._bus = bus
        self._inbox = inbox
        self._waiting: list[Question] = []
        self.wanted = asyncio.Event()

    async def listen(self) -> None:
        """Take questions until cancelled: for as long as the mailbox's lease is ours."""
        server: rpc.Server | None = None
        try:
            while server is None:
                try:
                    server = await rpc.serve(self._bus, subjects.reconcile(self._inbox), "intake", self._asked)
                except (BusError, nats.errors.Error) as error:
                    log.debug("questions about a mailbox can't be taken yet", inbox=self._inbox, error=str(error))
                    await asyncio.sleep(AGAIN)
            await asyncio.Event().wait()
        finally:
            self.refuse("another intake reads the mailbox now; ask again")
            if server is not None:
                await server.stop(STOP_WITHIN)

    async def _asked(self, request: rpc.Request) -> bytes:
        try:
            asked = ReconcileRequest.decode(request.payload)
        except (Undecodable, NewerVersion) as error:
            raise RemoteError("invalid", str(error)[:300]) from error
        if len(self._waiting) >= MOST:
            raise RemoteError("busy", "others are asking already; try again")
        window = timedelta(days=asked.days) if asked.days is not None else None
        question = Question(window, asyncio.get_running_loop().create_future())
        self._waiting.append(question)
        self.wanted.set()
        patience = None if request.deadline is None else max(request.deadline - time.time(), 0)
        try:
            async with asyncio.timeout(patience):
                return (await question.answer).encode()
        except TimeoutError as error:
            raise RemoteError("busy", "the mailbox is being read; ask again later") from error
        finally:
            self._gone(question)

    def _gone(self, question: Question) -> None:
        if question in self._waiting:
            self._waiting.remove(question)
        if not self._waiting:
            self.wanted.clear()

    def next(self) -> Question | None:
        """The one that has waited longest; it waits until it is answered."""
        return self._waiting[0] if self._waiting else None

    def tell(self, question: Question, made: Comparison) -> None:
        """Answer a question."""
        counts = {name: getattr(made, name) for name in ("since", "on_server", "stored", "young", "refused", "unnamed")}
        report = ReconcileReport(inbox=self._inbox, fetched=len(made.fetched), **counts)
        if not question.answer.done():
            question.answer.set_result(report)
        self._gone(question)

    def refuse(self, why: str) -> None:
        """Answer all questions with why there is no comparison."""
        for question in list(self._waiting):
            if not question.answer.done():
                question.answer.set_result(ReconcileReport(inbox=self._inbox, error=why))
            self._gone(question)
