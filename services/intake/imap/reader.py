"""Reads one mailbox: holds its lease, connects, takes what is new, waits for more; begins again after whatever goes wrong.

Its failures are its own: they are told in the lease (where the watchdog looks), measured, and waited out, longer each time.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import structlog

from services.intake.errors import Refusal
from services.intake.imap import metrics
from services.intake.imap.after import act
from services.intake.imap.asked import Questions
from services.intake.imap.beginning import ahead, begin
from services.intake.imap.client import Credentials, Mailbox, connected, tls_context
from services.intake.imap.cursor import Cursor, Place
from services.intake.imap.errors import (
    Denied,
    Fenced,
    IdleUnanswered,
    MailboxError,
    NotNow,
    SignInRefused,
)
from services.intake.imap.oauth import Tokens
from services.intake.imap.reconciling import Reconciling
from services.intake.imap.taking import Became, Taker
from services.intake.lease import ENDED, KEPT, RENEW, Lease
from shared import clock
from shared.ending import end
from shared.settings.inbox import EmailInbox, Imap

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds. ``slice``: one IDLE, after which the mailbox is looked at whatever the server told (RFC 2177: at most 29 minutes).
    ``short``: the first one after anything happened, doubling from there: not every server tells of a mail that comes while IDLE begins.
    ``reopen``: after which the folder is opened anew, to see whether it was renumbered. ``first`` and ``longest``: waits after
    failures, doubling; ``certain``: the first wait after one that waiting will hardly mend, so that no account gets locked. The last
    three are the lease's."""

    slice: float = 120.0
    short: float = 2.0
    reopen: float = 600.0
    first: float = 1.0
    longest: float = 60.0
    certain: float = 5.0
    certain_longest: float = 600.0
    renew: float = RENEW
    kept: float = KEPT
    ended: float = ENDED


YIELD_AFTER = 3
"""Failures in a row after which another intake may try: perhaps it is only this host that gets no answer."""
ENDING = 4.0
"""Seconds in which a connection and a lease that are over are let go of."""
MISSED = 2
"""Times that IDLE told nothing though there was something, after which the mailbox is polled."""


class MailboxReader:
    """One inbox with ``receive = "imap"``. ``beside`` is the folder of the configuration, ``name`` this intake's."""

    def __init__(
        self,
        inbox: EmailInbox,
        *,
        name: str,
        beside: Path,
        lease: Lease,
        place: Place,
        taker: Taker,
        reconciling: Reconciling,
        questions: Questions,
        tokens: Tokens | None,
        timing: Timing | None = None,
    ) -> None:
        assert inbox.imap is not None
        self.inbox = inbox.name
        self._imap: Imap = inbox.imap
        self._name = name
        self._beside = beside
        self.lease = lease
        self._place = place
        self._taker = taker
        self._reconciling = reconciling
        self._questions = questions
        self._tokens = tokens
        self._timing = timing or Timing()
        self._failures = 0
        self._missed = 0
        self._poll = False
        self._forbidden = ""
        self._reconciled = float("-inf")
        self._validity = 0
        metrics.touch(self.inbox)

    async def run(self) -> None:
        """For ever; cancelled at the end."""
        try:
            while True:
                try:
                    await self.lease.take()
                    metrics.READER.labels(self.inbox).set(1)
                    await self._hold()
                except Exception as error:  # a slip of ours must not be the end of a mailbox
                    log.error("reading a mailbox failed", inbox=self.inbox, exc_info=error)
                    await asyncio.sleep(self._timing.longest)
                metrics.READER.labels(self.inbox).set(0)
                self._failures = 0
        finally:
            metrics.READER.labels(self.inbox).set(0)
            metrics.CONNECTED.labels(self.inbox).set(0)
            await self.lease.give_back()

    async def _hold(self) -> None:
        """As long as the lease is ours."""
        keeping = asyncio.create_task(self.lease.keep(), name=f"imap-lease-{self.inbox}")
        reading = asyncio.create_task(self._read(), name=f"imap-read-{self.inbox}")
        listening = asyncio.create_task(self._questions.listen(), name=f"imap-asked-{self.inbox}")
        try:
            await asyncio.wait({keeping, reading}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await end((keeping, reading, listening), ENDING)
        for task in (keeping, reading, listening):
            if task.done() and not task.cancelled():
                task.result()

    async def _read(self) -> None:
        """One connection after the other; returns when somebody else has taken over."""
        while True:
            try:
                await self._session()
            except Fenced:
                log.warning("another intake reads the mailbox now", inbox=self.inbox)
                await self.lease.give_back()
                return
            except MailboxError as error:
                await self._failed(error, error.kind, error.certain)
            except Exception as error:
                log.error("reading a mailbox failed", inbox=self.inbox, exc_info=error)
                await self._failed(error, "failed", False)

    async def _failed(self, error: Exception, kind: str, certain: bool) -> None:
        """Tell, and wait."""
        self._failures += 1
        state, timing = self.lease.state, self._timing
        metrics.FAILURES.labels(self.inbox, kind).inc()
        if state.kind != kind or self._failures == 1:
            log.warning("a mailbox can't be read", inbox=self.inbox, kind=kind, error=str(error))
        self._questions.refuse(f"the mailbox can't be read: {error}"[:500])
        failures = state.failures + 1
        self.lease.state = state.model_copy(
            update={
                "connected": False,
                "failing_since": state.failing_since or clock.now(),
                "kind": kind,
                "problem": str(error)[:500],
                "certain": certain,
                "failures": failures,
                "yields": self._failures >= YIELD_AFTER and kind != NotNow.kind,
            }
        )
        first, longest = (timing.certain, timing.certain_longest) if certain else (timing.first, timing.longest)
        pause = min(first * 2.0 ** min(failures - 1, 20), longest)
        await asyncio.sleep(pause * random.uniform(0.8, 1.0))  # noqa: S311 - many mailboxes of one server come back one by one

    async def _session(self) -> None:
        """One connection, to its end. Raises `MailboxError`."""
        try:
            self._taker.acceptance.check()
        except Refusal as refusal:
            raise NotNow(refusal.reply) from refusal
        imap = self._imap
        context = await asyncio.to_thread(tls_context, imap, self._beside)
        credentials = await self._credentials()
        async with connected(imap, context, self._taker.max_size) as box:
            try:
                await box.sign_in(credentials)
            except SignInRefused:
                if self._tokens is not None:
                    self._tokens.forget()
                raise
            async with self._shown_connected():
                await self._follow(box)

    async def settle(self, within: float) -> None:
        """When reading has ended: wait for so many seconds for what must not be lost of it."""
        if self._tokens is not None:
            await self._tokens.settle(within)

    async def _credentials(self) -> Credentials:
        if self._tokens is None:
            return Credentials(self._imap.user, self._imap.password.get_secret_value())
        token = await self._tokens.access()
        metrics.TOKEN_ENDS.labels(self.inbox).set(self._tokens.ends_in)
        return Credentials(self._imap.user, token=token)

    @asynccontextmanager
    async def _shown_connected(self) -> AsyncIterator[None]:
        metrics.CONNECTED.labels(self.inbox).set(1)
        try:
            yield
        finally:
            metrics.CONNECTED.labels(self.inbox).set(0)

    async def _follow(self, box: Mailbox) -> None:
        loop = asyncio.get_running_loop()
        while True:
            cursor, until = await self._open(box), loop.time() + self._timing.reopen
            told, pause = True, self._timing.short
            while loop.time() < until:
                box.forget_news()
                taken, cursor = await self._catch_up(box, cursor)
                self._heard(told or pause < self._timing.slice, taken)
                pause = self._timing.short if taken else min(pause * 2, self._timing.slice)
                self._is_well()
                reconciled, cursor = await self._reconcile(box, cursor)
                if reconciled:
                    continue  # that took its time: whatever came meanwhile is looked at before waiting
                await self._foresee()
                told = await self._wait(box, pause)

    async def _open(self, box: Mailbox) -> Cursor:
        """The folder opened (anew), the cursor made ours, and what was left to do to mails done."""
        imap = self._imap
        folder = await box.open(imap.folder, read_only=imap.after == "keep")
        if folder.uid_validity != self._validity:
            self._validity = folder.uid_validity
            self._taker.suspects.clear()
        name = f"{imap.host}/{imap.user}/{imap.folder}"
        cursor = await begin(box, folder, self._place, inbox=self.inbox, name=name, start=imap.start, reader=self._name)
        return await self._act(box, cursor)

    async def _catch_up(self, box: Mailbox, cursor: Cursor) -> tuple[int, Cursor]:
        """Take what is ahead; gives how many mails that were. The cursor moves with every batch. Raises `MailboxError`."""
        taken = 0
        uids = await ahead(box, cursor)
        async for batch in self._taker.take(box, uids, cursor):
            settled = batch.settled
            if settled:
                kept = [uid for uid in settled if batch.became[uid] is Became.KEPT]
                todo = tuple(kept) if self._imap.after != "keep" else ()
                cursor = cursor.model_copy(update={"uid": settled[-1], "todo": (*cursor.todo, *todo)})
                await self._move(cursor)
                cursor = await self._act(box, cursor)
                taken += len(settled)
            if batch.error is not None:
                raise batch.error
            self._goes_on()  # what lay there may take hours: it is no trouble
        return taken, cursor

    async def _move(self, cursor: Cursor) -> None:
        """The revision is what counts; a lease that is over only says so earlier."""
        if not self.lease.held:
            raise Fenced("the lease is over")
        await self._place.move(cursor)

    async def _act(self, box: Mailbox, cursor: Cursor) -> Cursor:
        """Do what is left to do to mails that are safe. A server that forbids it does not keep the mails behind them."""
        if not cursor.todo:
            return cursor
        try:
            await act(box, self._imap.after, cursor.todo)
        except Denied as error:
            if not self._forbidden:
                log.warning("mails stay as they are", inbox=self.inbox, after=self._imap.after, error=str(error))
            self._forbidden = f"{self._imap.after}: the server does not allow it ({error}); mails stay as they are"
        else:
            self._forbidden = ""
        cursor = cursor.model_copy(update={"todo": ()})
        await self._move(cursor)
        return cursor

    def _is_well(self) -> None:
        metrics.LOOKED.labels(self.inbox).set_to_current_time()
        self._goes_on()

    def _goes_on(self) -> None:
        """Mails are being read: whatever was wrong is over."""
        state = self.lease.state
        if state.failing_since is not None:
            log.info("a mailbox is read again", inbox=self.inbox, failing_since=state.failing_since.isoformat())
        self._failures = 0
        self.lease.state = state.model_copy(
            update={
                "connected": True,
                "failing_since": None,
                "kind": "",
                "problem": "",
                "certain": False,
                "failures": 0,
                "yields": False,
            }
        )

    async def _reconcile(self, box: Mailbox, cursor: Cursor) -> tuple[bool, Cursor]:
        """Compare with what is stored when it is time, or somebody asks; whether that was done."""
        every = self._imap.reconcile.total_seconds()
        now = asyncio.get_running_loop().time()
        question = self._questions.next()
        due = bool(every) and now - self._reconciled >= every
        if question is None and not due:
            return False, cursor
        window = (question.window or self._imap.window) if question is not None else None
        try:
            made = await self._reconciling.look(box, cursor, window)
        except NotNow as error:
            log.info("the mailbox can't be compared with what is stored now", inbox=self.inbox, error=str(error))
            self._reconciled = now - every + min(every, 60.0)
            self._questions.refuse(str(error))
            return False, cursor
        if question is None:
            self._reconciled = now
        else:
            self._questions.tell(question, made)
        return True, await self._put_behind(box, cursor, made.fetched)

    async def _put_behind(self, box: Mailbox, cursor: Cursor, uids: list[int]) -> Cursor:
        """Do to mails behind the cursor, which are safe now, what is done to every mail."""
        if not uids or self._imap.after == "keep":
            return cursor
        cursor = cursor.model_copy(update={"todo": (*cursor.todo, *uids)})
        await self._move(cursor)
        return await self._act(box, cursor)

    async def _foresee(self) -> None:
        """Keep the token fresh, and tell what will become a problem."""
        if self._tokens is not None:
            await self._tokens.keep_fresh()
            metrics.TOKEN_ENDS.labels(self.inbox).set(self._tokens.ends_in)
        warnings = (self._forbidden, self._tokens.warning if self._tokens is not None else "")
        self.lease.state = self.lease.state.model_copy(update={"warning": "; ".join(filter(None, warnings))})

    async def _wait(self, box: Mailbox, pause: float) -> bool:
        """Until there may be something new; whether the server told so. Polls where it does not or can't."""
        wanted = self._questions.wanted
        if self._poll or not box.can("IDLE"):
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._imap.poll.total_seconds()):
                    await wanted.wait()
            return True
        try:
            return await box.idle(pause, wanted) or wanted.is_set()
        except Denied as error:
            self._distrust_idle(str(error))
            return True
        except IdleUnanswered as error:
            self._distrust_idle(str(error))
            raise

    def _heard(self, told: bool, taken: int) -> None:
        """A server that takes IDLE and then tells nothing is polled."""
        self._missed = self._missed + 1 if taken and not told else 0 if taken else self._missed
        if self._missed >= MISSED:
            self._distrust_idle("it told nothing of new mail")

    def _distrust_idle(self, why: str) -> None:
        if not self._poll:
            log.warning("the mailbox is polled from now on", inbox=self.inbox, why=why)
        self._poll = True
