"""What is done to a mail on the server once it is safe: nothing, a flag, another folder, or deletion."""

from collections.abc import Sequence

from services.intake.imap.client import Mailbox


async def act(box: Mailbox, after: str, uids: Sequence[int]) -> None:
    """Do to these mails what ``after`` (``flag``, ``delete``, ``move:FOLDER``) says. Mails that are gone are no error, so that it may be
    repeated. Raises `MailboxError`, `Denied` among them."""
    if not uids or after == "keep":
        return
    if after == "flag":
        await box.flag(uids, "\\Flagged")
    elif after == "delete":
        await box.remove(uids)
    else:
        await box.move(uids, after.partition(":")[2])
