"""Bounces: whose mailbox refused which mail, from machine-readable parts first (RFC 3464), then from words."""

import re

from shared.mail.body import read_body
from shared.mail.bouncesigns import is_notice
from shared.mail.bouncetext import read_notice
from shared.mail.charsets import decode_raw
from shared.mail.defects import Defects
from shared.mail.headers import Headers, read_headers
from shared.mail.ids import read_ids, read_message_id
from shared.mail.model import Bounce, FailedRecipient, ParsedAttachment, ParsedMail
from shared.mail.structure import Part, split_mail
from shared.mail.words import decode_header

_MAX_RECIPIENTS = 200
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_ADDRESS = re.compile(r"[^\s<>,;\"]+@[^\s<>,;\"]+")
_ORIGINAL_ID = re.compile(r"^[\s>|]{0,8}message-id:\s*<([^<>\s]{1,998})>", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_STATUS_TYPES = ("message/delivery-status", "message/global-delivery-status")
_ORIGINAL_TYPES = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/global",
    "message/global-headers",
    "message/rfc822-headers",
)


def read_bounce(parsed: ParsedMail, root: Part) -> Bounce | None:
    """What this mail reports as undelivered, or None where it is no bounce.

    A report of success (`delivered`, `relayed`, `expanded`) is none: see `automatic`.
    """
    reported = _reported(parsed.attachments)
    recipients = [recipient for recipient, failed in reported if failed] or _header_recipients(root.headers)
    if not recipients:
        if (reported and root.media_type == "multipart/report") or not _may_be(parsed, root):
            return None
        recipients = _from_attached(parsed) or _from_words(parsed, root)
    unique = {recipient.address.lower(): recipient for recipient in reversed(recipients)}
    return Bounce(
        recipients=list(reversed(unique.values()))[:_MAX_RECIPIENTS], original_message_id=_original_id(parsed, root)
    )


def _may_be(parsed: ParsedMail, root: Part) -> bool:
    """A report whose machine-readable part says nothing is a bounce all the same."""
    report = root.parameters.get("report-type", "").lower() == "delivery-status"
    return (report and root.media_type == "multipart/report") or is_notice(parsed, root.headers)


def _reported(attachments: list[ParsedAttachment]) -> list[tuple[FailedRecipient, bool]]:
    return [
        recipient
        for attachment in attachments
        if attachment.media_type in _STATUS_TYPES
        for recipient in _delivery_status(attachment.content)
    ]


def _from_attached(parsed: ParsedMail) -> list[FailedRecipient]:
    """A gateway may wrap the bounce it got into one of its own: one level of that is looked into."""
    for attachment in parsed.attachments[:3]:
        if attachment.media_type == "message/rfc822":
            inner = read_body(split_mail(attachment.content[:262_144], Defects(), 50), Defects())
            found = [recipient for recipient, failed in _reported(inner.attachments) if failed]
            if found:
                return found
    return []


def _from_words(parsed: ParsedMail, root: Part) -> list[FailedRecipient]:
    own = {each.address.lower() for each in (parsed.from_, *parsed.to, *parsed.cc, *parsed.reply_to)}
    text = parsed.text if parsed.text.strip() else _text_of_parts(root)
    return read_notice(parsed.subject, text[:65_536], parsed.from_.address, own)


def _text_of_parts(root: Part) -> str:
    """Of a notice without readable text: every leaf's octets, as they are."""
    pending = [root]
    pieces: list[str] = []
    while pending and len(pieces) < 20:
        part = pending.pop(0)
        pending += part.parts
        if part.body:
            pieces.append(decode_raw(part.body[:65_536]).replace("\r\n", "\n"))
    return "\n".join(pieces)


def _delivery_status(content: bytes) -> list[tuple[FailedRecipient, bool]]:
    """Each per-recipient block (RFC 3464 2.3) and whether it reports a failure or a delay."""
    found = []
    for block in _BLANK_LINE.split(content.strip()[:262_144])[: _MAX_RECIPIENTS + 1]:
        headers, _ = read_headers(block + b"\n\n", 0, (), Defects())
        address = _recipient(headers.get("original-recipient")) or _recipient(headers.get("final-recipient"))
        if not address:
            continue
        status = _STATUS.search(decode_header(headers.get("status")))
        action = (decode_header(headers.get("action")).lower().split() or [""])[0].strip(";,.")
        code = status[0] if status else None
        # Some write "failure" or "delay" where RFC 3464 2.3.3 has "failed" and "delayed".
        failed = action.startswith(("fail", "delay")) or (action == "" and code is not None and code[0] != "2")
        permanent = action.startswith("fail") or (not action.startswith("delay") and not (code or "5").startswith("4"))
        found.append((FailedRecipient(address=address, status=code, permanent=permanent), failed))
    return found


def _recipient(field: bytes | None) -> str:
    """`rfc822; user@example.org`; some mailers leave the type away or add brackets."""
    text = decode_header(field)
    match = _ADDRESS.search(text.rpartition(";")[2]) or _ADDRESS.search(text)
    return match[0].strip("'().") if match else ""


def _header_recipients(headers: Headers) -> list[FailedRecipient]:
    """Exim names them in X-Failed-Recipients."""
    fields = headers.all("x-failed-recipients")
    return [
        FailedRecipient(address=address) for field in fields[:20] for address in _ADDRESS.findall(decode_raw(field))
    ]


def _original_id(parsed: ParsedMail, root: Part) -> str | None:
    """The Message-ID of the mail that came back: from the returned part, the text, or the reference to it."""
    for attachment in parsed.attachments:
        if attachment.media_type in _ORIGINAL_TYPES:
            headers, _ = read_headers(attachment.content, 0, (), Defects())
            found = read_message_id(headers.get("message-id"))
            if found:
                return found
    match = _ORIGINAL_ID.search(parsed.text)
    if match:
        return match[1]
    ids = read_ids(root.headers.all("in-reply-to")) or parsed.references[-1:]
    return ids[-1] if ids else None
