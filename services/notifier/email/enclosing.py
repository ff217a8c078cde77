"""What goes along in a mail and what is only linked: files that would make it larger than the inbox may send become links. Pure."""

from dataclasses import dataclass, field
from datetime import timedelta

from services.notifier.linking import Link, link_to
from shared.messages.outbound import Outbound
from shared.messages.parts import Attachment
from shared.secrets import Keyring

_PER_FILE = 700  # octets of a part's header fields and boundary
_PER_MAIL = 6_000  # octets of the mail's header fields, a signature and what is said about the links
# Of a text in quoted-printable at worst, and of its HTML.
_GROWTH = 3


@dataclass(frozen=True, slots=True)
class Enclosing:
    """How an inbox sends files. ``public_url`` is what links begin with, ``limit`` octets of a whole mail, ``last`` how long links work."""

    public_url: str
    keyring: Keyring = field(repr=False)
    limit: int = 20_000_000
    last: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Enclosed:
    """``files`` go along in the mail; ``links`` stand in its text and end on the day ``until`` (ISO 8601)."""

    files: tuple[Attachment, ...] = ()
    links: tuple[Link, ...] = ()
    until: str = ""


def encoded(size: int) -> int:
    """Octets of a file in a mail: Base64 in lines of 76 (RFC 2045 6.8), and what stands before it."""
    characters = -(-size // 3) * 4
    return characters + -(-characters // 76) * 2 + _PER_FILE


def enclose(outbound: Outbound, how: Enclosing, limit: int | None = None) -> Enclosed:
    """Which files of ``outbound`` go along. The small ones first, so that as many as possible do; what has no content of its own in the
    blob store can't be linked and goes along. ``limit`` instead of the inbox's, for a relay that takes less.

    The same delivery always gives the same: links end a fixed time after it was written.
    """
    words = len(outbound.text.encode("utf-8", "replace")) + len((outbound.html or "").encode("utf-8", "replace"))
    room = min(how.limit, limit or how.limit) - _PER_MAIL - _GROWTH * words
    kept: set[int] = set()
    for place, attachment in sorted(enumerate(outbound.attachments), key=lambda each: each[1].size):
        room -= encoded(attachment.size)
        if room >= 0 or attachment.blob is None:
            kept.add(place)
    expires = outbound.created_at + how.last
    return Enclosed(
        files=tuple(each for place, each in enumerate(outbound.attachments) if place in kept),
        links=tuple(
            link_to(each, how.public_url, how.keyring, expires)
            for place, each in enumerate(outbound.attachments)
            if place not in kept
        ),
        until=expires.date().isoformat(),
    )
