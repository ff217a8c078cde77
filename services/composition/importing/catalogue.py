"""The first pass over an archive: the headers of every mail, kept as where it lies, when it was written and what it belongs to.

Some forty octets a mail and a hundred a Message-ID: an archive of a million mails takes a few hundred megabytes, however large the
mails are.
"""

import os
import re
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from services.composition.importing import mbox
from services.composition.importing.dates import written_at
from services.composition.importing.mbox import Span
from services.composition.importing.sources import Findings, Source, Trouble, find
from services.composition.importing.threads import Threads
from shared.mail.charsets import decode_raw
from shared.mail.defects import Defects
from shared.mail.headers import Headers, read_headers
from shared.mail.ids import read_ids, read_message_id
from shared.mail.limits import MAX_HEADER_BYTES

_HEAD = 16 * 1024
_BLANK = re.compile(rb"\n\r?\n")
_EXPUNGED = 0x0008  # Thunderbird: deleted, and still in the file until that is compacted
_NAMED = 50
"""Message-IDs of a mail that count, as many as the router looks at."""


class Unreadable(Exception):
    """A mail of the archive can no longer be read; the text says why."""


class Catalogue:
    """The mails of an archive, numbered from 0 on. ``max_size``: octets of the largest mail that is taken."""

    def __init__(self, path: Path, now: datetime, max_size: int) -> None:
        self.path = path
        self.threads = Threads()
        self.findings = Findings()
        self.octets = 0
        """How many were looked through so far."""
        self._now = now
        self._max_size = max_size
        self._sources: list[Source] = []
        self._source = array("L")
        self._start = array("Q")
        self._length = array("Q")

    def __len__(self) -> int:
        return len(self._source)

    def scan(self) -> Iterator[int]:
        """Look through the archive, a mail or a file with each step; gives the number of mails so far. Raises `CannotStart` where
        there is nothing that could be mail."""
        for source in find(self.path, self.findings):
            self._sources.append(source)
            yield len(self)
            try:
                yield from self._scan(source)
            except OSError as error:
                self._trouble(str(source.path), error.strerror or "cannot be read")

    def _scan(self, source: Source) -> Iterator[int]:
        with source.path.open("rb") as file:
            about = os.fstat(file.fileno())
            before = self.octets
            lies_since = datetime.fromtimestamp(max(about.st_mtime, 0), UTC)
            spans = mbox.split(file) if source.kind == "mbox" else iter([Span(0, about.st_size, lies_since)])
            for span in spans:
                self._add(file, source, span, lies_since)
                self.octets = before + span.start + span.length
                yield len(self)
            self.octets = before + about.st_size

    def _add(self, file: BinaryIO, source: Source, span: Span, lies_since: datetime) -> None:
        name = _name(source, span.start)
        if span.length == 0:
            return self._trouble(name, "empty")
        if span.length > self._max_size:
            return self._trouble(name, f"{span.length / 1e6:.0f} MB, larger than smtp.max_size")
        headers = _headers(file, span)
        if source.kind == "mbox" and _is_left_out(headers):
            return self.findings.leave_unsent()
        own = read_message_id(headers.get("message-id"))
        named = [*read_ids(headers.all("references")), *read_ids(headers.all("in-reply-to"))]
        date = written_at(headers, span.noted or lies_since, self._now)
        self.threads.add(
            own, [each for each in dict.fromkeys(reversed(named)) if each != own][:_NAMED][::-1], date.timestamp()
        )
        self._source.append(len(self._sources) - 1)
        self._start.append(span.start)
        self._length.append(span.length)
        return None

    def _trouble(self, name: str, why: str) -> None:
        self.findings.troubles.append(Trouble(name, why))

    def date(self, mail: int) -> datetime:
        """When a mail was written."""
        return datetime.fromtimestamp(self.threads.date(mail), UTC)

    def name(self, mail: int) -> str:
        """Where a mail lies, for people."""
        return _name(self._sources[self._source[mail]], self._start[mail])

    def read(self, mail: int) -> bytes:
        """The octets of a mail as it was sent. Raises `Unreadable`."""
        source, length = self._sources[self._source[mail]], self._length[mail]
        try:
            with source.path.open("rb") as file:
                file.seek(self._start[mail])
                content = file.read(length)
        except OSError as error:
            raise Unreadable(error.strerror or "cannot be read") from error
        if len(content) < length:
            raise Unreadable("was cut short while it was imported")
        return mbox.original(content) if source.kind == "mbox" else content


def _name(source: Source, start: int) -> str:
    return f"{source.path} at octet {start}" if source.kind == "mbox" else str(source.path)


def _headers(file: BinaryIO, span: Span) -> Headers:
    file.seek(span.start)
    head = file.read(min(span.length, _HEAD))
    if len(head) < span.length and _BLANK.search(head) is None:
        head += file.read(min(span.length, MAX_HEADER_BYTES) - len(head))
    return read_headers(head, 0, (), Defects())[0]


def _is_left_out(headers: Headers) -> bool:
    """What mail programs keep in an mbox that is no mail, or no longer one: deleted, a draft, notes of their own."""
    flags = decode_raw(headers.get("x-mozilla-status") or b"").strip()
    if re.fullmatch(r"[0-9a-fA-F]{4}", flags) and int(flags, 16) & _EXPUNGED:
        return True
    if set(decode_raw(headers.get("x-status") or b"")) & set("DT"):
        return True
    ours = "x-imap" in headers or "x-imapbase" in headers
    return ours and b"FOLDER INTERNAL DATA" in (headers.get("subject") or b"")
