"""The mail of an `Outbound`: headers, body and envelope as they go to the relay. Pure: the same delivery always gives the same bytes.

That is what makes an ambiguous attempt harmless: the mail that is sent again has the same Message-ID and Date, and whoever has
it already can tell. Hence Date is when the message was written, not when it is sent (RFC 5322 3.6.1 means that, too).

Written by hand instead of with `email.message`: an EmailMessage per acknowledgement halved the whole path's throughput.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from functools import lru_cache
from html import escape
from typing import TYPE_CHECKING

from services.notifier.email import headers, mime
from services.notifier.email.addresses import Recipients, domain_to_ascii, read_recipients, wire_address
from services.notifier.email.mime import File
from services.notifier.email.signing import Signer
from services.notifier.email.wording import Wording, bare_subject
from shared.messages.outbound import Outbound, side_part
from shared.secrets import Keyring, TicketToken, Visibility, encode_token, message_id

if TYPE_CHECKING:  # the library behind it is imported where there is a key
    from shared.dkim import SigningKey

_LOOP = "X-Trunkline-Loop"
_WORD = re.compile(r"[A-Za-z0-9._-]{1,100}")
_PART = re.compile(r"[0-9a-f]{16}")


class Uncomposable(Exception):
    """There is no mail that could be sent: nobody to send it to, or no content for it. The text says why."""


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What the mails of one inbox have in common. ``address`` is who they are from, ``domain`` that of reply addresses and
    Message-IDs; both as they go onto the wire. ``signer``: what signs them (DKIM), where there is a key."""

    company: str
    address: str
    domain: str
    keyring: Keyring
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail with its envelope. ``primary`` recipients (To) come before ``copies`` (Cc, Bcc). ``smtputf8``: an address needs RFC 6531.
    ``note`` says which addresses were left out because they are none."""

    content: bytes
    message_id: str
    sender: str
    primary: tuple[str, ...]
    copies: tuple[str, ...] = ()
    smtputf8: bool = False
    note: str = ""


def letterhead(
    company: str, address: str, domain: str, keyring: Keyring, key: "SigningKey | None" = None
) -> Letterhead:
    """The letterhead of an inbox; with ``key`` its mails are signed. Raises `Uncomposable` when its address or domain can't be one."""
    wire, ascii_domain = wire_address(address), domain_to_ascii(domain)
    if wire is None or ascii_domain is None:
        raise Uncomposable(f"{address!r} (replies at {domain!r}) can't send mail: it is no mail address")
    signer = Signer(wire.rpartition("@")[2], key) if key is not None else None
    return Letterhead(company, wire, ascii_domain, keyring, signer)


def compose(outbound: Outbound, head: Letterhead, wording: Wording, files: Sequence[File] = ()) -> Mail:
    """The mail for ``outbound`` with these words and attachments.

    Raises `Uncomposable` when no address of To or Cc is one.
    """
    whom = read_recipients(outbound.to, outbound.cc, outbound.bcc)
    if not whom.to and not whom.cc:
        raise Uncomposable(f"no valid address to send to: {', '.join(map(repr, whom.invalid)) or 'none given'}")
    # What answers a mail to an agent is no customer's word: neither its token nor its Message-ID leads into the ticket as such.
    number = 0 if outbound.kind == "alert" else outbound.ticket_number
    identity = message_id(head.keyring, number, outbound.delivery_id, head.domain)
    token = _token(outbound, head)
    reply_to = f"reply+{token}@{head.domain}" if token else head.address
    addresses = [address for _, address in (*whom.to, *whom.cc, *whom.bcc)]
    utf8 = not all(address.isascii() for address in (*addresses, head.address))
    # Behind an agent's text the line belongs to the signature, which readers of replies leave out.
    text = (
        f"{wording.text.rstrip()}\n{'' if outbound.template is None else chr(10)}ref:{token}\n"
        if token
        else wording.text
    )
    html = _html(wording.html, token)
    body = mime.build(text, html, files, outbound.delivery_id)
    content = _head(outbound, head, wording, whom, identity, reply_to).encode("utf-8") + body
    return Mail(
        content=content if head.signer is None else head.signer.signed(content, outbound.created_at),
        message_id=identity,
        # Bounces come back to the reply address, so that they find their ticket.
        sender=reply_to,
        primary=tuple(address for _, address in whom.to),
        copies=tuple(address for _, address in (*whom.cc, *whom.bcc)),
        smtputf8=utf8,
        note=f"no mail addresses: {', '.join(map(repr, whom.invalid))}" if whom.invalid else "",
    )


def _token(outbound: Outbound, head: Letterhead) -> str:
    """The ticket's token, for what belongs to a ticket: the customer's, a side conversation's, or an agent's."""
    day, number = outbound.created_at.date(), outbound.ticket_number
    if not number and outbound.kind == "alert" and _PART.match(outbound.agent_id):
        # About several tickets, or none: what is answered belongs to none of them, and still is an agent's and no customer's.
        return encode_token(head.keyring, TicketToken(0, "agent", "internal", day, outbound.agent_id[:16]))
    if not number:
        return ""
    if outbound.side:
        token = TicketToken(number, "side", "internal", day, side_part(outbound.side))
    elif outbound.kind == "alert":
        agent = _PART.match(outbound.agent_id)
        # Whose answer it is can be told only of whom we know as an agent: anybody else's is a note.
        visibility: Visibility = "internal" if outbound.internal or agent is None else "public"
        token = TicketToken(number, "agent", visibility, day, agent[0] if agent is not None else "")
    else:
        token = TicketToken(number, "customer", "public", day)
    return encode_token(head.keyring, token)


def _head(
    outbound: Outbound, head: Letterhead, wording: Wording, whom: Recipients, identity: str, reply_to: str
) -> str:
    author = sender_name(outbound, head.company)
    parent = headers.valid_id(outbound.in_reply_to)
    written = outbound.created_at.replace(microsecond=0)
    fields = [
        headers.mailboxes("From", [(author, head.address)]),
        headers.mailboxes("To", whom.to) if whom.to else "To: undisclosed-recipients:;\r\n",
        headers.mailboxes("Cc", whom.cc) if whom.cc else "",
        headers.mailboxes("Reply-To", [(author, reply_to)]) if reply_to != head.address else "",
        headers.unstructured("Subject", *subject(wording.subject, outbound.ticket_number)),
        f"Date: {_date(written, written.utcoffset())}\r\n",
        f"Message-ID: <{identity}>\r\n",
        headers.id_list("In-Reply-To", [parent] if parent else []),
        headers.id_list("References", headers.references(outbound.references, parent)),
        _marks(outbound),
        "MIME-Version: 1.0\r\n",
    ]
    return "".join(fields)


@lru_cache(maxsize=16)
def _date(second: datetime, offset: timedelta | None) -> str:
    """A whole second for the field Date; mails of the same second share it.

    ``offset`` from UTC tells times apart that are equal and not the same: a mail sent again has to have the same Date.
    """
    del offset
    return format_datetime(second)


def sender_name(outbound: Outbound, company: str) -> str:
    """Who the mail says it is from: the company, or the agent who wrote it, by way of the company."""
    author = headers.clean(outbound.author, headers.MAX_PHRASE // 2)
    return f"{author} via {company}" if author and not outbound.automatic and author != company else company


def subject(text: str, number: int) -> tuple[str, str]:
    """Text and tag of a subject: prefixes of replies and older tags go, the ticket's tag stands before it once."""
    return bare_subject(text), f"[T-{number}]" if number else ""


def _marks(outbound: Outbound) -> str:
    """Headers by which other machines know automatic mail (RFC 3834 5), and we, and others like us, what answers itself. What a
    person wrote has none of them: at another Trunkline it is a customer's word."""
    if not outbound.automatic:
        return ""
    loop = outbound.delivery_id if _WORD.fullmatch(outbound.delivery_id) else "yes"
    kind = "auto-replied" if outbound.kind == "acknowledgement" else "auto-generated"
    return (
        f"{_LOOP}: {loop}\r\n"
        f"Auto-Submitted: {kind}\r\n"
        "Precedence: bulk\r\n"
        "X-Auto-Response-Suppress: DR, RN, OOF, AutoReply\r\n"
    )


def _html(page: str | None, token: str) -> str | None:
    """A whole page of a (sanitised) piece of one, with the token in its last line."""
    if page is None:
        return None
    line = f'<p style="color:#888;font-size:smaller">ref:{escape(token)}</p>' if token else ""
    return f"<html><body>{page}{line}</body></html>"
