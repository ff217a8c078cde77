"""What is in an IMAP response that we asked for: UIDs, sizes, dates, contents, the state of a folder. Pure.

RFC 3501 7.2 to 7.4. What is not understood is left out: the caller notices what it asked for and did not get.
"""

import base64
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from services.intake.imap.framing import Response

_FETCH = re.compile(rb"\* \d{1,10} FETCH \(", re.IGNORECASE)
_UID = re.compile(rb"(?:^|[( ])UID (\d{1,10})(?=[ )]|\Z)", re.IGNORECASE)
_SIZE = re.compile(rb"(?:^|[( ])RFC822\.SIZE (\d{1,19})(?=[ )]|\Z)", re.IGNORECASE)
_DATE = re.compile(rb'INTERNALDATE "([^"]{1,40})"', re.IGNORECASE)
_LITERAL_BODY = re.compile(rb"BODY\[[^\]]*\](?:<\d+>)? ~?\{\d+\}\Z", re.IGNORECASE)
_QUOTED = re.compile(rb'BODY\[[^\]]*\](?:<\d+>)? "((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_SEARCH = re.compile(rb"\* SEARCH\b([ \d]*)", re.IGNORECASE)
_CODE = re.compile(rb"\[(UIDVALIDITY|UIDNEXT) (\d{1,10})\]", re.IGNORECASE)
_EXISTS = re.compile(rb"\* (\d{1,10}) EXISTS\b", re.IGNORECASE)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_INTERNAL = re.compile(r" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d):(\d\d):(\d\d) ([+-]\d{4})")


@dataclass(frozen=True, slots=True)
class Fetched:
    """One mail's answer. ``size`` in octets, ``date`` is when the server got it (UTC), ``content`` the literal, where asked for."""

    uid: int
    size: int | None = None
    date: datetime | None = None
    content: bytes | None = None


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that was opened. ``uid_next`` is null where the server does not say (RFC 3501 6.3.1 leaves it out)."""

    uid_validity: int
    uid_next: int | None
    exists: int


def fetched(response: Response) -> Fetched | None:
    """One FETCH response, or null for anything else and for one without a UID (flags that somebody changed)."""
    if not _FETCH.match(response[0]):
        return None
    words = b" ".join(bytes(part) for part in response[::2])
    quoted_body = _QUOTED.search(words)
    if quoted_body is not None:  # the mail's words, which may look like any answer
        words = words[: quoted_body.start()] + words[quoted_body.end() :]
    uid = _UID.search(words)
    if uid is None:
        return None
    size, date = _SIZE.search(words), _DATE.search(words)
    return Fetched(
        uid=int(uid[1]),
        size=int(size[1]) if size else None,
        date=internal_date(date[1].decode("ascii", "replace")) if date else None,
        content=_content(response, quoted_body),
    )


def _content(response: Response, quoted_body: re.Match[bytes] | None) -> bytes | None:
    if len(response) > 1 and _LITERAL_BODY.search(response[0]):
        return bytes(response[1])
    return re.sub(rb"\\(.)", rb"\1", quoted_body[1]) if quoted_body is not None else None


def found(responses: Iterable[Response]) -> list[int]:
    """The UIDs of a search, ascending, each once."""
    uids: set[int] = set()
    for response in responses:
        match = _SEARCH.match(response[0])
        if match:
            uids.update(int(word) for word in match[1].split())
    return sorted(uids)


def folder(responses: Iterable[Response], code: bytes) -> Folder | None:
    """What SELECT or EXAMINE told; ``code`` is the text of its tagged answer. Null without a UIDVALIDITY (RFC 3501 2.3.1.1)."""
    numbers: dict[bytes, int] = {}
    exists = 0
    for text in [*(bytes(response[0]) for response in responses), code]:
        for match in _CODE.finditer(text):
            numbers[match[1].upper()] = int(match[2])
        counted = _EXISTS.match(text)
        exists = int(counted[1]) if counted else exists
    validity = numbers.get(b"UIDVALIDITY")
    return Folder(validity, numbers.get(b"UIDNEXT"), exists) if validity else None


def internal_date(text: str) -> datetime | None:
    """``17-Jul-1996 02:44:25 -0700`` in UTC, or null for what is no such date."""
    match = _INTERNAL.fullmatch(text)
    if match is None or match[2].title() not in _MONTHS:
        return None
    month = _MONTHS.index(match[2].title()) + 1
    numbers = f"{match[3]}-{month:02}-{int(match[1]):02}T{match[4]}:{match[5]}:{match[6]}{match[7][:3]}:{match[7][3:]}"
    try:
        return datetime.fromisoformat(numbers).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def search_date(day: datetime) -> str:
    """A day as SEARCH takes it (RFC 3501 9, date): ``2-Mar-2026``."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year:04}"


def quoted(text: str) -> str:
    """A string as IMAP's quoted one. The caller has made sure that it is ASCII without control characters."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def folder_name(name: str) -> str:
    """A folder's name as commands take it: quoted, in modified UTF-7 (RFC 3501 5.1.3)."""
    out: list[str] = []
    held: list[str] = []
    for char in [*name, ""]:
        if char and not " " <= char <= "~":
            held.append(char)
            continue
        if held:
            octets = "".join(held).encode("utf-16-be", "surrogatepass")
            out.append("&" + base64.b64encode(octets).decode().rstrip("=").replace("/", ",") + "-")
            held.clear()
        out.append("&-" if char == "&" else char)
    return quoted("".join(out))


def uid_set(uids: Iterable[int]) -> str:
    """Ascending UIDs as a set with ranges: ``3,5:9``."""
    ranges: list[list[int]] = []
    for uid in uids:
        if ranges and uid == ranges[-1][1] + 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)
