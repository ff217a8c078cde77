"""Who a fetched mail was for and where it came from, as its delivery noted it in the header: a mailbox keeps no envelope. Pure."""

import secrets

from services.intake.mail import Envelope
from services.intake.recipients import Recipients
from shared.mail.addresses import read_addresses
from shared.mail.defects import Defects
from shared.mail.headers import Headers, read_headers

MOST = 100
"""Recipients kept, as many as an SMTP transaction may have."""
_DELIVERED = ("delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to")
_ADDRESSED = ("to", "cc", "resent-to", "resent-cc")


def described(raw: bytes, inbox: str, recipients: Recipients, *, silent: bool) -> Envelope:
    """The envelope of a mail in the mailbox of ``inbox``: the sender of its Return-Path (RFC 5321 4.4), and of the addresses it was
    delivered or written to those that are this inbox's, signed reply addresses among them. There is no peer."""
    headers, _ = read_headers(raw, 0, (), Defects())
    path = read_addresses(headers.get("return-path"))
    return Envelope(
        correlation_id=secrets.token_hex(8),
        peer="",
        sender=path[0].address if path else "",
        recipients=tuple(_recipients(headers, inbox, recipients)),
        routes=(inbox,),
        silent=silent,
    )


def _recipients(headers: Headers, inbox: str, recipients: Recipients) -> list[str]:
    found: dict[str, None] = {}
    for name in (*_DELIVERED, *_ADDRESSED):
        for field in headers.all(name)[:10]:
            for each in read_addresses(field):
                if "@" in each.address and recipients.inbox(each.address) == inbox:
                    found[each.address] = None
    return list(found)[:MOST]
