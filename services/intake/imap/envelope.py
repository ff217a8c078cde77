"""Who a fetched mail was for and where it came from, as its delivery noted it in the header: a mailbox keeps no envelope. Pure."""

import secrets
from datetime import datetime

from services.intake.mail import Envelope
from services.intake.recipients import Recipients
from shared.mail.addresses import read_addresses
from shared.mail.dates import read_date
from shared.mail.defects import Defects
from shared.mail.headers import Headers, read_headers
from shared.mail.limits import MAX_HEADER_BYTES

MOST = 100
"""Recipients kept, as many as an SMTP transaction may have."""
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_ADDRESSED = ("to", "cc", "resent-to", "resent-cc")


def described(
    raw: bytes, inbox: str, recipients: Recipients, *, silent: bool, before: datetime | None = None
) -> Envelope:
    """The envelope of a mail in the mailbox of ``inbox``: the sender of its Return-Path (RFC 5321 4.4), and of the addresses it was
    delivered or written to those that are this inbox's, signed reply addresses among them. There is no peer. It is silent, too, when it
    says that it was written ``before`` then."""
    # The rest is no header that anybody reads, and looking for its end takes half a second where it is as long as a mail may be.
    headers, _ = read_headers(raw[:MAX_HEADER_BYTES], 0, (), Defects())
    silent = silent or (before is not None and _is_written_before(headers, before))
    path = read_addresses(headers.get("return-path"))
    return Envelope(
        correlation_id=secrets.token_hex(8),
        peer="",
        sender=path[0].address if path else "",
        recipients=tuple(_recipients(headers, inbox, recipients)),
        routes=(inbox,),
        silent=silent,
    )


def _is_written_before(headers: Headers, at: datetime) -> bool:
    date = read_date((headers.get("date") or b"")[:200].decode("ascii", "replace"))
    return date is not None and date < at


def _recipients(headers: Headers, inbox: str, recipients: Recipients) -> list[str]:
    found: dict[str, None] = {}
    for name in (*_DELIVERED, *_ADDRESSED):
        for field in headers.all(name)[:10]:
            for each in read_addresses(field):
                if "@" in each.address and recipients.inbox(each.address) == inbox:
                    found[each.address] = None
    return list(found)[:MOST]
