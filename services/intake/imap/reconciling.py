"""What the mailbox holds of the last days against what is stored: mails that are on the server and nowhere with us are fetched again.

The cursor never passes a mail that was not taken, so differences come from outside: a server that showed a lower UID after a higher one,
a mail put back, a bus or database restored from an old backup, a mail that could not be fetched when its turn came. A mail is known by
its Message-ID; one without is fetched again, once per process: if it was known after all, its content says so and nothing is doubled.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog

from services.intake.imap import metrics
from services.intake.imap.answers import Fetched, search_date
from services.intake.imap.beginning import DAY
from services.intake.imap.client import Mailbox
from services.intake.imap.cursor import Cursor
from services.intake.imap.taking import LOOK_AT, Became, Taker
from shared import clock
from shared.mail.defects import Defects
from shared.mail.headers import read_headers
from shared.mail.ids import read_message_id

log = structlog.get_logger(__name__)

GRACE = timedelta(minutes=10)
"""Age below which a mail may still be on its way from the bus into the database."""
REMEMBERED = 100_000

Known = Callable[[Sequence[str]], Awaitable[set[str]]]
"""Which of these Message-IDs are stored; raises `MailboxError`."""


class Reconciling:
    """Compares one mailbox. ``settled`` are the UIDs that need no further look, of the folder with this UIDVALIDITY."""

    def __init__(self, taker: Taker, known: Known, window: timedelta, *, grace: timedelta = GRACE) -> None:
        self._taker = taker
        self._known = known
        self._window = window
        self._grace = grace
        self._validity = 0
        self._settled: set[int] = set()

    async def look(self, box: Mailbox, cursor: Cursor) -> int:
        """Compare, and fetch what is missing; gives how many mails that were. Raises `MailboxError`."""
        if self._validity != cursor.validity or len(self._settled) > REMEMBERED:
            self._validity, self._settled = cursor.validity, set()
        now = clock.now()
        since = max(now - self._window, cursor.since or now - self._window)
        uids = await box.search("UID", f"1:{max(cursor.uid, 1)}", "SINCE", search_date(since - DAY))
        uids = [uid for uid in uids if uid <= cursor.uid and uid not in self._settled]
        missing: list[int] = []
        for start in range(0, len(uids), LOOK_AT):
            missing += await self._unknown(box, uids[start : start + LOOK_AT], since, now - self._grace)
        fetched = await self._fetch(box, missing, cursor)
        log.info(
            "the mailbox was compared with what is stored", inbox=self._taker.inbox, mails=len(uids), missing=fetched
        )
        return fetched

    async def _unknown(self, box: Mailbox, uids: list[int], since: datetime, until: datetime) -> list[int]:
        there = await box.describe(uids)
        young = [uid for uid in uids if uid in there and self._is_due(there[uid], since, until)]
        ids = {uid: _message_id(mail) for uid, mail in (await box.message_ids(young)).items()}
        known = await self._known([each for each in ids.values() if each])
        self._settled.update(uid for uid, each in ids.items() if each in known)
        metrics.RECONCILED.labels(self._taker.inbox, "known").inc(sum(1 for each in ids.values() if each in known))
        return [uid for uid, each in ids.items() if each not in known]

    def _is_due(self, mail: Fetched, since: datetime, until: datetime) -> bool:
        size = mail.size or 0
        return size <= self._taker.max_size and mail.date is not None and since <= mail.date <= until

    async def _fetch(self, box: Mailbox, missing: list[int], cursor: Cursor) -> int:
        kept = 0
        async for batch in self._taker.take(box, sorted(missing), cursor):
            done = [uid for uid, became in batch.became.items() if became is not Became.OPEN]
            again = [uid for uid in done if batch.became[uid] is Became.KEPT]
            self._settled.update(done)
            kept += len(again)
            metrics.RECONCILED.labels(self._taker.inbox, "missing").inc(len(again))
            if again:
                log.warning("mails that were not stored are fetched again", inbox=self._taker.inbox, uids=again)
            if batch.error is not None:
                raise batch.error
        return kept


def _message_id(mail: Fetched) -> str | None:
    headers, _ = read_headers(mail.content or b"", 0, (), Defects())
    return read_message_id(headers.get("message-id"))
