"""What the mailbox holds of the last days against what is stored: mails that are on the server and nowhere with us are fetched again.

The cursor never passes a mail that was not taken, so differences come from outside: a server that showed a lower UID after a higher one,
a mail put back, a bus or database restored from an old backup, a mail that could not be fetched when its turn came. A mail is known by
its Message-ID; one without is fetched again, once per process: if it was known after all, its content says so and nothing is doubled.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from services.intake.imap import metrics
from services.intake.imap.answers import Fetched, search_date
from services.intake.imap.beginning import DAY
from services.intake.imap.client import MESSAGE_ID_OCTETS, Mailbox
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
FIRST = datetime(1900, 1, 1, tzinfo=UTC)

Known = Callable[[Sequence[str]], Awaitable[set[str]]]
"""Which of these Message-IDs are stored; raises `MailboxError`."""


@dataclass
class Comparison:
    """What came of one: mails that the server got ``since`` then, counted as in `shared.messages.mailbox.ReconcileReport`. ``fetched`` are
    their UIDs: they are on the bus now."""

    since: datetime
    on_server: int = 0
    stored: int = 0
    young: int = 0
    refused: int = 0
    unnamed: int = 0
    fetched: list[int] = field(default_factory=list)


class Reconciling:
    """Compares one mailbox. ``settled`` are the UIDs that need no further look, of the folder with this UIDVALIDITY."""

    def __init__(self, taker: Taker, known: Known, window: timedelta, *, grace: timedelta = GRACE) -> None:
        self._taker = taker
        self._known = known
        self._window = window
        self._grace = grace
        self._validity = 0
        self._settled: set[int] = set()

    async def look(self, box: Mailbox, cursor: Cursor, window: timedelta | None = None) -> Comparison:
        """Compare, and fetch what is missing. With a ``window`` of its own every mail in it is looked at, whatever was settled before.
        Raises `MailboxError`."""
        if self._validity != cursor.validity or window is not None or len(self._settled) > REMEMBERED:
            self._validity, self._settled = cursor.validity, set()
        now = clock.now()
        begins = max(now - min(window or self._window, now - FIRST), cursor.since or FIRST)
        made = Comparison(begins)
        uids = await box.search("UID", f"1:{max(cursor.uid, 1)}", "SINCE", search_date(max(begins - DAY, FIRST)))
        uids = [uid for uid in uids if uid <= cursor.uid and uid not in self._settled]
        missing: list[int] = []
        for start in range(0, len(uids), LOOK_AT):
            missing += await self._unknown(box, uids[start : start + LOOK_AT], now - self._grace, made)
        await self._fetch(box, missing, cursor, made)
        log.info(
            "the mailbox was compared with what is stored",
            inbox=self._taker.inbox,
            mails=made.on_server,
            missing=len(made.fetched),
        )
        return made

    async def _unknown(self, box: Mailbox, uids: list[int], until: datetime, made: Comparison) -> list[int]:
        there = await box.describe(uids)
        within = [uid for uid in uids if uid in there and _date(there[uid], made.since) >= made.since]
        due = [uid for uid in within if _date(there[uid], made.since) <= until]
        small = [uid for uid in due if (there[uid].size or 0) <= self._taker.max_size]
        ids = {uid: _message_id(mail) for uid, mail in (await box.message_ids(small)).items()}
        known = await self._known(list(dict.fromkeys(each for each in ids.values() if each)))
        settled = [uid for uid, each in ids.items() if each in known]
        self._settled.update(settled)
        metrics.RECONCILED.labels(self._taker.inbox, "known").inc(len(settled))
        made.on_server += len(within)
        made.young += len(within) - len(due)
        made.refused += len(due) - len(small)
        made.stored += len(settled)
        made.unnamed += sum(1 for each in ids.values() if each is None)
        return [uid for uid, each in ids.items() if each not in known]

    async def _fetch(self, box: Mailbox, missing: list[int], cursor: Cursor, made: Comparison) -> None:
        async for batch in self._taker.take(box, sorted(missing), cursor):
            done = [uid for uid, became in batch.became.items() if became is not Became.OPEN]
            again = [uid for uid in done if batch.became[uid] is Became.KEPT]
            self._settled.update(done)
            made.fetched += again
            made.refused += sum(1 for uid in done if batch.became[uid] is Became.REFUSED)
            metrics.RECONCILED.labels(self._taker.inbox, "missing").inc(len(again))
            if again:
                log.warning("mails that were not stored are fetched again", inbox=self._taker.inbox, uids=again)
            if batch.error is not None:
                raise batch.error


def _date(mail: Fetched, otherwise: datetime) -> datetime:
    """When the server got it; one that does not say so is looked at."""
    return mail.date if mail.date is not None else otherwise


def _message_id(mail: Fetched) -> str | None:
    """Null for a mail without one, and for one whose header is longer than was asked for: its content tells then."""
    content = mail.content or b""
    if len(content) >= MESSAGE_ID_OCTETS:
        return None
    headers, _ = read_headers(content, 0, (), Defects())
    return read_message_id(headers.get("message-id"))
