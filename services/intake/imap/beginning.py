"""Where reading begins: at first as ``start`` says, then where the cursor stands, after new UIDs from the beginning."""

from datetime import UTC, datetime, timedelta

import structlog

from services.intake.imap import metrics
from services.intake.imap.answers import Folder, search_date
from services.intake.imap.client import Mailbox
from services.intake.imap.cursor import Cursor, Place
from shared import clock

log = structlog.get_logger(__name__)

DAY = timedelta(days=1)


async def begin(
    box: Mailbox, folder: Folder, place: Place, *, inbox: str, name: str, start: str, reader: str
) -> Cursor:
    """The cursor to go on from, written as ours: whoever had it before is fenced off. Raises `MailboxError`.

    ``name`` says which mailbox it is; ``start`` is ``new``, ``all`` or a date.
    """
    cursor = await place.load()
    if cursor is None:
        cursor = await _first(box, folder, name, start)
        log.info("a mailbox is connected for the first time", inbox=inbox, start=start, mails=folder.exists)
    elif cursor.validity != folder.uid_validity:
        # All UIDs mean other mails now (RFC 3501 2.3.1.1). What was taken before is known by its content and changes nothing.
        metrics.RENUMBERED.labels(inbox).inc()
        log.warning(
            "the server has renumbered the mailbox, all of it is looked at again", inbox=inbox, mails=folder.exists
        )
        changed = {"validity": folder.uid_validity, "uid": 0, "old": await _last(box, folder), "todo": ()}
        cursor = cursor.model_copy(update=changed)
    cursor = cursor.model_copy(update={"reader": reader})
    await place.move(cursor)
    return cursor


async def _first(box: Mailbox, folder: Folder, name: str, start: str) -> Cursor:
    last, now = await _last(box, folder), clock.now()
    cursor = Cursor(place=name, validity=folder.uid_validity, old=last, begun=now)
    if start == "all":
        return cursor
    if start != "new":
        return cursor.model_copy(update={"since": datetime.fromisoformat(start).replace(tzinfo=UTC)})
    # By the server's clock where there is a mail to read it from: which mails are new must be known after a renumbering too.
    newest = (await box.describe([last])).get(last) if last else None
    if newest is not None and newest.date is not None and newest.date < now + DAY:
        now = newest.date + timedelta(seconds=1)
    return cursor.model_copy(update={"uid": last, "since": now, "begun": now})


async def _last(box: Mailbox, folder: Folder) -> int:
    """The highest UID given so far."""
    if folder.uid_next is not None:
        return folder.uid_next - 1
    return max(await box.search("ALL"), default=0) if folder.exists else 0


async def ahead(box: Mailbox, cursor: Cursor) -> list[int]:
    """The UIDs that are to be looked at, ascending."""
    if cursor.uid >= cursor.old or cursor.since is None:
        return await box.after(cursor.uid)
    # SINCE knows days only, and those of the server's zone: one more is looked at, and what is too old left out by its time.
    day = search_date(cursor.since - DAY)
    old = await box.search("UID", f"{cursor.uid + 1}:{cursor.old}", "SINCE", day)
    return [uid for uid in old if uid <= cursor.old] + await box.after(cursor.old)
