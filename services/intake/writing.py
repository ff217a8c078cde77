"""From a mail's octets to the message on the bus, written out: the same function here and in the clerk's process. Pure."""

from dataclasses import dataclass
from datetime import datetime

from services.intake import mail
from services.intake.mail import Blob, Envelope
from shared.mail import ParsedMail


@dataclass(frozen=True, slots=True)
class Written:
    """A message ready to be published: its payload, and the blobs that must be stored before it."""

    source_id: str
    payload: bytes
    blobs: list[Blob]


def write(
    parsed: ParsedMail, raw: bytes, sha256: str, envelope: Envelope, received_at: datetime, limit: int
) -> Written:
    """The message of a mail that was read, at most ``limit`` octets. ``sha256`` is `mail.fingerprint(raw)`."""
    inbound, blobs = mail.build(parsed, raw, sha256, envelope, received_at)
    return Written(inbound.source_id, mail.encode(inbound, limit), blobs)
