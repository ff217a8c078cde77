"""The name of a mail without its route (docs: the one path of a message): the same mail by two ways has one name."""

from hashlib import sha256

from shared.mail.defects import Defects
from shared.mail.headers import Headers, read_headers
from shared.mail.model import ParsedMail

_TRACE = {
    "received", "return-path", "delivered-to", "x-original-to", "envelope-to", "authentication-results",
    "received-spf", "x-received", "x-envelope-from", "x-envelope-to", "x-rcpt-to", "delivery-date", "x-delivered-to",
    "x-virus-scanned", "x-uidl", "x-uid", "x-keywords", "status", "x-status", "content-length", "lines",
    "content-transfer-encoding", "x-greylist", "x-forwarded-to", "x-forwarded-for", "resent-from", "resent-to",
    "resent-date", "resent-message-id", "resent-sender", "resent-cc", "mime-version", "x-scanned-by", "x-loop",
    "content-type", "message-id", "bounces-to", "x-evolution-source", "x-mozilla-status", "x-mozilla-status2",
}  # fmt: skip
_TRACE_PREFIXES = ("dkim-", "arc-", "x-spam", "x-ms-exchange-", "x-google-", "x-gm-", "x-dkim", "x-amavis", "x-rspamd")


def source_id(raw: bytes, parsed: ParsedMail) -> str:
    """`mail-` and 40 hexadecimal characters.

    With a Message-ID: over it, From, Date and the decoded body, attachments included. Without one: over the headers
    that no relay adds or rewrites, and the body. `raw` is read only in the second case.
    """
    if parsed.message_id:
        date = parsed.date.isoformat() if parsed.date else ""
        facts = [parsed.message_id, parsed.from_.name, parsed.from_.address.lower(), date, parsed.body_hash]
    else:
        facts = [*_header_facts(read_headers(raw, 0, (), Defects())[0]), parsed.body_hash]
    digest = sha256()
    for fact in facts:
        octets = fact.encode("utf-8", "replace")
        digest.update(len(octets).to_bytes(8, "big") + octets)
    return f"mail-{digest.hexdigest()[:40]}"


def _header_facts(headers: Headers) -> list[str]:
    return [
        f"{name}:{b' '.join(value.split()).decode('latin-1')}"
        for name, value in headers.fields
        if name not in _TRACE and not name.startswith(_TRACE_PREFIXES)
    ]
