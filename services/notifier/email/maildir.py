"""Outgoing mail as files in a Maildir (https://cr.yp.to/proto/maildir.html), for inboxes without a relay.

A mail's file is named after its delivery: sending it again puts the same file in the same place, so the folder never has it twice.
"""

import asyncio
import os
import re
from pathlib import Path

from services.notifier.email.compose import Mail
from services.notifier.sending import Attempt, Outcome, Sent, Temporary, Trouble, Unreachable

_UNSAFE = re.compile(r"[^A-Za-z0-9_-]")


class MaildirPost:
    """Writes mails into one Maildir. Files are on disk, by name, before a mail counts as sent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def deliver(self, mail: Mail, name: str, attempt: Attempt) -> Outcome:
        """Write ``mail`` under ``name``; a full or unwritable disk is `Temporary`."""
        again = attempt.ambiguous or attempt.number > 1
        try:
            await asyncio.to_thread(write, self.folder, name, mail.content, again=again)
        except OSError as error:
            return Temporary(f"{self.folder}: {error.strerror or error}", via="maildir")
        return Sent(mail.message_id, "maildir", mail.note)

    async def probe(self) -> Trouble | None:
        """Whether the folder can be written."""
        try:
            await asyncio.to_thread(make, self.folder)
        except OSError as error:
            return Unreachable(f"{self.folder}: {error.strerror or error}", "maildir")
        return None

    async def close(self) -> None:
        """Nothing is kept open."""


def file_name(timestamp: float, delivery_id: str) -> str:
    """The file's name: the time it was written for sorting, and the delivery."""
    return f"{int(timestamp)}.{_UNSAFE.sub('_', delivery_id)}.trunkline"


def make(folder: Path) -> None:
    """The folders of a Maildir. Raises `OSError`."""
    for part in ("tmp", "new", "cur"):
        (folder / part).mkdir(parents=True, exist_ok=True)


def write(folder: Path, name: str, content: bytes, *, again: bool) -> None:
    """Put the mail into ``new``. ``again``: it may already be there, or have been read and moved to ``cur``: then it stays.

    Raises `OSError`.
    """
    if again and _is_read(folder, name):
        return
    temporary = folder / "tmp" / f"{name}.{os.getpid()}"
    try:
        _write_through(temporary, content)
    except FileNotFoundError:
        make(folder)
        _write_through(temporary, content)
    temporary.replace(folder / "new" / name)
    _sync_folder(folder / "new")


def _is_read(folder: Path, name: str) -> bool:
    try:
        with os.scandir(folder / "cur") as entries:
            return any(entry.name.partition(":")[0] == name for entry in entries)
    except FileNotFoundError:
        return False


def _write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
