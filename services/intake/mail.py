"""From a mail that was read to the `Inbound` that travels. Pure: what belongs into the blob store is named, not stored.

Bytes are kept under their SHA-256, so that the references can be written before the bytes are.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic_core import PydanticSerializationError

from services.intake.authentication.results import from_relays
from services.intake.authentication.trust import Believed
from services.intake.recipients import lower_domain
from shared.mail import Address as ParsedAddress
from shared.mail import Bounce as ParsedBounce
from shared.mail import ParsedAttachment, ParsedMail
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Attachment, Authentication, Bounce, FailedRecipient, SpamSign, Stored

INLINE = 16 * 1024
"""Octets up to which an original travels inside the message."""
MAX_ATTACHMENTS = 100
"""Attachments stored one by one; further ones are only in the original."""
TEXT_KEPT = 32 * 1024
"""Characters left of a text that has to be cut for the bus."""
MAX_HELO = 255
LIST_KEPT = 50
"""Entries left of a list that has to be cut for the bus."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a mail came (RFC 5321 2.3.1). ``routes``: the inboxes of its recipients, in their order, each once, at least one.

    ``silent``: nothing is answered on its account, because it is older than our part in it. ``helo`` is what the peer calls itself.
    ``believed`` are the relays whose Authentication-Results count (`Trust.believed`): none for a peer of our own that says nothing;
    null: nobody's word counts, the mail is to be checked.
    """

    correlation_id: str
    peer: str
    sender: str
    recipients: tuple[str, ...]
    routes: tuple[str, ...]
    silent: bool = False
    helo: str = ""
    believed: tuple[Believed, ...] | None = None


@dataclass(frozen=True, slots=True)
class Blob:
    """Bytes to be stored under ``key``, their SHA-256."""

    key: str
    content: bytes
    media_type: str


def fingerprint(raw: bytes) -> str:
    """The SHA-256 of the original, in hexadecimal; 35 MB take a tenth of a second, so large ones belong in a thread."""
    return hashlib.sha256(raw).hexdigest()


def build(
    parsed: ParsedMail, raw: bytes, sha256: str, envelope: Envelope, received_at: datetime
) -> tuple[Inbound, list[Blob]]:
    """The message to publish and the blobs that must be stored before it.

    ``sha256`` is `fingerprint(raw)`.
    """
    stored = parsed.attachments[:MAX_ATTACHMENTS]
    inbound = Inbound(
        source_id=parsed.source_id,
        channel="email",
        inbox=envelope.routes[0],
        inboxes=list(envelope.routes),
        received_at=received_at,
        correlation_id=envelope.correlation_id,
        peer=envelope.peer or None,
        silent=envelope.silent,
        envelope_from=lower_domain(envelope.sender),
        recipients=[lower_domain(address) for address in envelope.recipients],
        message_id=parsed.message_id,
        in_reply_to=parsed.in_reply_to,
        references=parsed.references,
        from_=_sender(parsed.from_),
        reply_to=_addresses(parsed.reply_to),
        to=_addresses(parsed.to),
        cc=_addresses(parsed.cc),
        subject=parsed.subject,
        date=parsed.date,
        text=parsed.text,
        reply_text=parsed.reply_text,
        html=parsed.html,
        language=parsed.language,
        language_confidence=parsed.language_confidence,
        attachments=[_attachment(each, place < MAX_ATTACHMENTS) for place, each in enumerate(parsed.attachments)],
        automatic=parsed.automatic,
        bounce=_bounce(parsed.bounce),
        forwarded_from=lower_domain(parsed.forwarded_from.address) if parsed.forwarded_from else None,
        body_tokens=parsed.body_tokens,
        spam_signs=[_sign(*each) for each in parsed.spam_signs],
        defects=[*parsed.defects, *(["too-many-attachments"] if len(parsed.attachments) > MAX_ATTACHMENTS else [])],
        original=_original(raw, sha256),
        helo=envelope.helo[:MAX_HELO],
        authentication=_authentication(parsed, raw, envelope),
    )
    return inbound, list(_blobs(stored, raw, sha256))


def _authentication(parsed: ParsedMail, raw: bytes, envelope: Envelope) -> Authentication | None:
    """What is known already of who wrote this: the word of a relay, or that nobody will ask. Null: it is to be checked."""
    if envelope.silent:
        return Authentication()  # years later the keys are gone
    if envelope.believed is None:
        return None
    found = from_relays(raw, _address(parsed.from_).address, envelope.believed)
    # What was fetched from a mailbox whose provider says nothing has no peer that would vouch for it.
    return found or (None if envelope.believed and not envelope.peer else Authentication())


def _blobs(attachments: list[ParsedAttachment], raw: bytes, sha256: str) -> Iterator[Blob]:
    seen: set[str] = set()
    if len(raw) > INLINE:
        seen.add(sha256)
        yield Blob(sha256, raw, "message/rfc822")
    for each in attachments:
        if each.sha256 not in seen:
            seen.add(each.sha256)
            yield Blob(each.sha256, each.content, each.media_type)


def _original(raw: bytes, sha256: str) -> Stored:
    inline = len(raw) <= INLINE
    return Stored(
        sha256=sha256,
        size=len(raw),
        media_type="message/rfc822",
        inline=raw if inline else None,
        blob=None if inline else sha256,
    )


def _sender(address: ParsedAddress) -> Address | None:
    return _address(address) if address.name or address.address else None


def _address(address: ParsedAddress) -> Address:
    return Address(name=address.name, address=lower_domain(address.address))


def _addresses(addresses: list[ParsedAddress]) -> list[Address]:
    return [_address(each) for each in addresses]


def _attachment(each: ParsedAttachment, stored: bool) -> Attachment:
    return Attachment(
        filename=each.filename,
        media_type=each.media_type,
        size=each.size,
        sha256=each.sha256,
        inline=each.inline,
        content_id=each.content_id,
        blob=each.sha256 if stored else None,
    )


def _sign(by: str, header: str, spam: bool, score: float | None, limit: float | None) -> SpamSign:
    return SpamSign(by=by, header=header, spam=spam, score=score, limit=limit)


def _bounce(bounce: ParsedBounce | None) -> Bounce | None:
    if bounce is None:
        return None
    failed = [FailedRecipient(**each.model_dump()) for each in bounce.recipients]
    return Bounce(recipients=failed, original_message_id=bounce.original_message_id)


def encode(inbound: Inbound, limit: int) -> bytes:
    """The message as it is published, at most ``limit`` bytes: what does not fit is cut, with a defect that says so.

    The original is complete in any case, so nothing is lost but comfort. ``limit`` is at least some tens of KiB.
    """
    payload = _json(inbound)
    for slug, cut in _CUTS:
        if len(payload) <= limit:
            break
        inbound = inbound.model_copy(update={**cut(inbound), "defects": [*inbound.defects[:LIST_KEPT], slug]})
        payload = _json(inbound)
    return payload


def _without_html(_: Inbound) -> dict[str, object]:
    return {"html": None}


def _shorter_text(inbound: Inbound) -> dict[str, object]:
    return {"text": inbound.text[:TEXT_KEPT], "reply_text": inbound.reply_text[:TEXT_KEPT]}


def _shorter_lists(inbound: Inbound) -> dict[str, object]:
    names = ("in_reply_to", "references", "reply_to", "to", "cc", "attachments", "recipients", "body_tokens")
    return {name: getattr(inbound, name)[:LIST_KEPT] for name in names}


def _few_headers(inbound: Inbound) -> dict[str, object]:
    return {"reply_to": [], "to": [], "cc": [], "subject": inbound.subject[:1000]}


_CUTS = (
    ("html-dropped", _without_html),
    ("text-truncated", _shorter_text),
    ("lists-truncated", _shorter_lists),
    ("headers-dropped", _few_headers),
)


def _json(inbound: Inbound) -> bytes:
    try:
        return inbound.encode()
    except (PydanticSerializationError, UnicodeEncodeError):
        # Half a surrogate pair somewhere: no UTF-8 can hold it. It is replaced rather than the mail refused.
        return Inbound.model_validate(_scrub(inbound.model_dump())).encode()


def _scrub(value: object) -> object:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {key: _scrub(each) for key, each in value.items()}
    return [_scrub(each) for each in value] if isinstance(value, list) else value
