"""Parts that several messages share: addresses, stored bytes, attachments, and the reasons for choices."""

from typing import Literal

from pydantic import Field

from shared.messages.base import Record

Channel = Literal["email", "sms", "whatsapp", "messenger", "telegram", "voice", "form", "chat", "api"]
Status = Literal["new", "open", "pending", "on_hold", "solved", "closed", "spam", "merged"]
Priority = Literal["low", "normal", "high", "urgent"]
Kind = Literal["question", "complaint", "suggestion", "order", "offer", "service"]
Direction = Literal["in", "out", "internal"]
Automatic = Literal["auto-reply", "bulk", "notification", "bounce", "report", "loop"]
DeliveryState = Literal[
    "queued", "sending", "accepted", "delivered", "read", "failed", "bounced", "unknown", "cancelled"
]


class Address(Record):
    """A mailbox: display name (may be empty) and address as written, domain lower-cased."""

    name: str = ""
    address: str


class Point(Record):
    """Where a contact can be reached. ``kind`` is ``email``, ``phone``, ``telegram`` and so on; ``value`` is normalised
    (addresses lower-cased, numbers in E.164) because it is compared."""

    kind: str
    value: str


class Stored(Record):
    """Bytes kept with a message: inside it up to 16 KiB, else in the ``blobs`` bucket under their SHA-256."""

    sha256: str
    size: int
    media_type: str = "application/octet-stream"
    inline: bytes | None = None
    blob: str | None = None


class Attachment(Record):
    """An attachment of a message. ``blob`` is its key in the ``blobs`` bucket, null when its bytes are only in the original."""

    filename: str = ""
    media_type: str = "application/octet-stream"
    size: int = 0
    sha256: str = ""
    inline: bool = False
    content_id: str | None = None
    blob: str | None = None


class FailedRecipient(Record):
    """One recipient that a bounce reports. ``status`` is the enhanced status code of RFC 3463, where there was one."""

    address: str
    status: str | None = None
    permanent: bool = True


class Bounce(Record):
    """What a bounce says: who could not be reached, and which message did not arrive."""

    recipients: list[FailedRecipient] = Field(default_factory=list)
    original_message_id: str | None = None


class Reason(Record):
    """Why something was chosen: the rule's name, the evidence it saw, and how sure it is (0 to 1)."""

    rule: str
    evidence: str = ""
    confidence: float = 1.0
