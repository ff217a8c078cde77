"""From UIDs to the bus: fetches mails in batches, hands each to the same acceptance as SMTP, and tells what became of every one.

Nothing here moves the cursor: the caller does, past what is `settled`.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

import structlog

from services.intake.acceptance import Acceptance
from services.intake.errors import Refusal, Why
from services.intake.imap import metrics
from services.intake.imap.answers import Fetched
from services.intake.imap.client import Mailbox
from services.intake.imap.cursor import Cursor
from services.intake.imap.envelope import described
from services.intake.imap.errors import Denied, MailboxError, Nonsense, NotNow, Unreachable
from services.intake.ledger import LedgerNotes
from services.intake.limits import Memory
from services.intake.recipients import Recipients

log = structlog.get_logger(__name__)

LOOK_AT = 200
"""Mails described at a time."""
MOST = 50
"""Mails fetched at a time."""
ROOM = 2 << 20
"""Octets fetched at a time; one mail may be larger."""
AT_ONCE = 8
"""Mails of one batch that are read and published at the same time."""
ATTEMPTS = 4
"""Connections that one mail may cost before it is left behind."""
CROWDED = 0.05


class Became(Enum):
    """What became of a mail."""

    KEPT = "kept"
    """It is on the bus."""
    REFUSED = "refused"
    """It is counted with its reason, and stays in the mailbox."""
    NOTHING = "nothing"
    """It is gone, or was never wanted."""
    OPEN = "open"
    """It has to be taken another time."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Mails in the order of their UIDs, and what became of each. ``error`` is why some are open."""

    became: dict[int, Became]
    error: MailboxError | None = None

    @property
    def settled(self) -> list[int]:
        """The UIDs before the first open one."""
        uids: list[int] = []
        for uid, became in self.became.items():
            if became is Became.OPEN:
                break
            uids.append(uid)
        return uids


@dataclass
class Taker:
    """Takes the mails of one inbox. Sizes in octets. ``suspects`` counts the connections that each mail has cost."""

    inbox: str
    acceptance: Acceptance
    ledger: LedgerNotes
    memory: Memory
    recipients: Recipients
    max_size: int
    suspects: Counter[int] = field(default_factory=Counter)

    async def take(self, box: Mailbox, uids: Sequence[int], cursor: Cursor) -> AsyncIterator[Batch]:
        """These mails, batch by batch; ends after the first with an `error`. Raises `MailboxError` where nothing could be looked at."""
        for start in range(0, len(uids), LOOK_AT):
            some = uids[start : start + LOOK_AT]
            there = await box.describe(some)
            for batch in self._batches(some, there, cursor):
                done = await self._batch(box, batch, there, cursor)
                yield done
                if done.error is not None:
                    return

    def _batches(self, uids: Sequence[int], there: dict[int, Fetched], cursor: Cursor) -> Iterator[list[int]]:
        """Consecutive mails that are taken at a time. One that has cost a connection is taken alone."""
        batch: list[int] = []
        octets = 0
        for uid in uids:
            size = there[uid].size or 0 if self._wants(uid, there, cursor) else 0
            alone = uid in self.suspects
            if batch and (alone or len(batch) == MOST or octets + size > ROOM or batch[-1] in self.suspects):
                yield batch
                batch, octets = [], 0
            batch.append(uid)
            octets += size
        if batch:
            yield batch

    def _wants(self, uid: int, there: dict[int, Fetched], cursor: Cursor) -> bool:
        mail = there.get(uid)
        if mail is None or (mail.size or 0) > self.max_size or self.suspects[uid] >= ATTEMPTS:
            return False
        return not is_older(mail, cursor)

    async def _batch(self, box: Mailbox, uids: list[int], there: dict[int, Fetched], cursor: Cursor) -> Batch:
        became = {uid: self._without_looking(uid, there, cursor) for uid in uids}
        wanted = [uid for uid in uids if became[uid] is Became.OPEN]
        octets = sum(there[uid].size or 0 for uid in wanted)
        while not self.memory.take(octets):
            await asyncio.sleep(CROWDED)
        try:
            self.acceptance.check()
            mails, error = await self._contents(box, wanted, there, became)
            error = await self._publish(mails, there, cursor, became) or error
        except Refusal as refusal:
            error = NotNow(refusal.reply)
        finally:
            self.memory.give_back(octets)
        return Batch(became, error)

    def _without_looking(self, uid: int, there: dict[int, Fetched], cursor: Cursor) -> Became:
        mail = there.get(uid)
        if mail is None:
            return Became.NOTHING
        if is_older(mail, cursor):
            metrics.MAILS.labels(self.inbox, "older").inc()
            return Became.NOTHING
        if (mail.size or 0) > self.max_size:
            return self._refuse(uid, "too-large", size=mail.size)
        if self.suspects[uid] >= ATTEMPTS:
            del self.suspects[uid]
            return self._refuse(uid, "unfetchable")
        return Became.OPEN

    def _refuse(self, uid: int, reason: Why, **more: object) -> Became:
        metrics.MAILS.labels(self.inbox, "refused").inc()
        self.ledger.count("refused", self.inbox, reason)
        log.warning("a mail was left in the mailbox", inbox=self.inbox, uid=uid, reason=reason, **more)
        return Became.REFUSED

    async def _contents(
        self, box: Mailbox, uids: list[int], there: dict[int, Fetched], became: dict[int, Became]
    ) -> tuple[dict[int, bytes], MailboxError | None]:
        """What could be fetched, and what kept us from the rest."""
        if not uids:
            return {}, None
        try:
            got = await box.contents(uids)
        except (Unreachable, Nonsense) as error:
            self._suspect(uids)
            return {}, error
        except Denied as error:
            got = {}
            if len(uids) == 1:
                self.suspects[uids[0]] += 1
                return {}, error
        mails = {uid: each.content for uid, each in got.items() if each.content is not None}
        left = [uid for uid in uids if uid not in mails]
        return mails, await self._looked_for(box, left, mails, became)

    def _suspect(self, uids: list[int]) -> None:
        """One of these has cost a connection: each is taken alone from now on, so that it shows which; one alone is counted."""
        for uid in uids:
            self.suspects[uid] += len(uids) == 1

    async def _looked_for(
        self, box: Mailbox, left: list[int], mails: dict[int, bytes], became: dict[int, Became]
    ) -> MailboxError | None:
        """Mails that did not come with the others: deleted meanwhile, or the server can't read them. Each is asked for by itself."""
        for uid in left:
            try:
                if uid not in await box.search("UID", str(uid)):
                    became[uid] = Became.NOTHING
                    continue
                content = (await box.contents([uid])).get(uid)
            except Denied:
                content = None
            except (Unreachable, Nonsense) as error:
                self.suspects[uid] += 1
                return error
            if content is None or content.content is None:
                self.suspects[uid] += 1
                return Denied(f"the server does not give the mail {uid}")
            mails[uid] = content.content
        return None

    async def _publish(
        self, mails: dict[int, bytes], there: dict[int, Fetched], cursor: Cursor, became: dict[int, Became]
    ) -> MailboxError | None:
        slots = asyncio.Semaphore(AT_ONCE)
        troubles: list[MailboxError] = []

        async def one(uid: int, raw: bytes) -> None:
            async with slots:
                if troubles:
                    return
                try:
                    became[uid] = await self._accept(uid, raw, there[uid], cursor)
                except MailboxError as error:
                    troubles.append(error)

        async with asyncio.TaskGroup() as group:
            for uid, raw in mails.items():
                group.create_task(one(uid, raw))
        return troubles[0] if troubles else None

    async def _accept(self, uid: int, raw: bytes, mail: Fetched, cursor: Cursor) -> Became:
        """Raises `NotNow` where it may be taken later."""
        if len(raw) > self.max_size:  # the server had said otherwise
            return self._refuse(uid, "too-large", size=len(raw))
        # A server that numbered its mails anew may have dated them anew, too (it was moved): then what they say of themselves counts.
        before = cursor.begun if uid <= cursor.old else None
        envelope = described(raw, self.inbox, self.recipients, silent=is_silent(mail, cursor), before=before)
        try:
            receipt = await self.acceptance.accept(raw, envelope)
        except Refusal as refusal:
            if refusal.temporary:
                raise NotNow(refusal.reply) from refusal
            return self._refuse(uid, refusal.reason, size=len(raw))
        except Exception as error:  # a slip of ours about one mail must not keep those behind it
            log.error("mail failed", correlation_id=envelope.correlation_id, inbox=self.inbox, uid=uid, exc_info=error)
            self.suspects[uid] += 1
            if self.suspects[uid] < ATTEMPTS:
                raise NotNow("a mail could not be processed, it is tried again") from error
            return self._refuse(uid, "failed")
        self.suspects.pop(uid, None)
        result = "duplicate" if receipt.duplicate else "accepted"
        metrics.MAILS.labels(self.inbox, result).inc()
        if receipt.duplicate:
            self.ledger.count("duplicate", self.inbox, "bus")
        log.info(
            "mail accepted",
            correlation_id=envelope.correlation_id,
            source_id=receipt.source_id,
            inboxes=[self.inbox],
            octets=len(raw),
            uid=uid,
            duplicate=receipt.duplicate,
        )
        return Became.KEPT


def is_older(mail: Fetched, cursor: Cursor) -> bool:
    """Whether it was in the mailbox before anything of it was wanted."""
    if cursor.since is None or mail.date is None or mail.uid > cursor.old:
        return False
    return mail.date < cursor.since


def is_silent(mail: Fetched, cursor: Cursor) -> bool:
    """Whether it was there before the mailbox was first connected: nobody waits for an answer to it."""
    return mail.uid <= cursor.old and mail.date is not None and mail.date < cursor.begun
