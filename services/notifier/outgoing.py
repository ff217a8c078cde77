"""Showing the mails that lie in the Maildir because no relay takes them: a house that is being tried out has them on its operations page.

Only the newest, and of each only the beginning: the folder is nobody's archive, and may hold years of mail.
"""

import asyncio
import heapq
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog

from shared.bus import rpc, subjects
from shared.bus.connection import BusConnection
from shared.bus.errors import RemoteError
from shared.mail.addresses import read_addresses
from shared.mail.body import read_body
from shared.mail.defects import Defects
from shared.mail.structure import split_mail
from shared.mail.words import decode_header
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.operations import OutgoingAnswer, OutgoingMail, OutgoingQuery

log = structlog.get_logger(__name__)

MOST: Final = 50
_READ: Final = 512 * 1024
"""Bytes of a mail that are read."""
_SHOWN: Final = 10_000
"""Characters of its text that are told."""
_LINE: Final = 500
_AT_ONCE: Final = 2


class Outgoing:
    """Answers ``mail.outgoing``. ``inboxes`` are those that send into ``folder``."""

    def __init__(self, bus: BusConnection, folder: Path, inboxes: list[str]) -> None:
        self._bus, self._folder, self._inboxes = bus, folder, inboxes
        self._server: rpc.Server | None = None

    async def start(self) -> None:
        """Begin to answer. Raises `nats.errors.Error` while the bus is away."""
        self._server = await rpc.serve(
            self._bus, subjects.MAIL_OUTGOING, "notifier", self._answer, concurrency=_AT_ONCE
        )

    async def stop(self) -> None:
        """Answer no more."""
        if self._server is not None:
            await self._server.stop()

    async def _answer(self, request: rpc.Request) -> bytes:
        try:
            query = OutgoingQuery.decode(request.payload)
        except (NewerVersion, Undecodable) as error:
            raise RemoteError("invalid", str(error)[:500]) from error
        try:
            limit = max(1, min(query.limit, MOST))
            mails, total = await asyncio.to_thread(newest, self._folder, limit)
        except OSError as error:
            raise RemoteError("unavailable", f"{self._folder}: {error.strerror or error}") from error
        return OutgoingAnswer(mails=mails, total=total, inboxes=self._inboxes).encode()


def newest(folder: Path, limit: int) -> tuple[list[OutgoingMail], int]:
    """The newest mails of a Maildir, and how many it has; none where it is not there (yet). Raises `OSError`."""
    total = 0
    found: list[tuple[int, str, Path]] = []
    for part in ("new", "cur"):
        try:
            with os.scandir(folder / part) as entries:
                for entry in entries:
                    if not entry.is_file(follow_symlinks=False):
                        continue
                    total += 1
                    place = (entry.stat(follow_symlinks=False).st_mtime_ns, entry.name, Path(entry.path))
                    if len(found) < limit:
                        heapq.heappush(found, place)
                    else:
                        heapq.heappushpop(found, place)
        except FileNotFoundError:
            continue
    mails = [mail for _, _, path in sorted(found, reverse=True) if (mail := _mail(path)) is not None]
    return mails, total


def _mail(path: Path) -> OutgoingMail | None:
    """One of them; null where it was taken away meanwhile."""
    try:
        with path.open("rb") as file:
            raw = file.read(_READ + 1)
            about = os.fstat(file.fileno())
    except FileNotFoundError:
        return None
    defects = Defects()
    root = split_mail(raw[:_READ], defects)
    text = read_body(root, defects).text(defects)
    headers = root.headers
    return OutgoingMail(
        name=path.name.partition(":")[0],
        at=datetime.fromtimestamp(about.st_mtime, UTC),
        size=about.st_size,
        sender=_people(headers.get("from")),
        to=_people(headers.get("to")),
        subject=decode_header(headers.get("subject"))[:_LINE],
        text=text[:_SHOWN],
        cut=len(text) > _SHOWN or len(raw) > _READ,
    )


def _people(field: bytes | None) -> str:
    named = (f"{each.name} <{each.address}>" if each.name else each.address for each in read_addresses(field)[:10])
    return ", ".join(named)[:_LINE]
