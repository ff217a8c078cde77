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
Verdict = Literal["pass", "fail", "softfail", "neutral", "none", "temperror", "permerror"]


POINT_OF_CHANNEL: dict[str, str] = {
    "email": "email",
    "sms": "phone",
    "voice": "phone",
    **{name: name for name in ("whatsapp", "messenger", "telegram", "chat")},
}
"""The kind of point by which a channel knows a person. A form's or an API client's sender is whatever they say they are."""


class Address(Record):
    """A mailbox: display name (may be empty) and address as written, domain lower-cased."""

    name: str = ""
    address: str


class Point(Record):
    """Where a contact can be reached. ``kind`` is ``email``, ``phone``, ``telegram`` and so on; ``value`` is normalised
    (addresses lower-cased, numbers in E.164) because it is compared."""

    kind: str
    value: str


def delivered_to(channel: str, to: str) -> Point | None:
    """The point that a delivery of this channel goes to; null where a channel knows nobody by a point."""
    kind = POINT_OF_CHANNEL.get(channel)
    return Point(kind=kind, value=to.lower() if kind == "email" else to) if kind and to else None


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


class SpamSign(Record):
    """What a spam filter wrote into a mail's header. ``spam`` is what it says, ``score`` and ``limit`` are its figures. Anybody can
    write such a header: whose word counts is for the decision to say."""

    by: str
    header: str
    spam: bool
    score: float | None = None
    limit: float | None = None


class Authentication(Record):
    """Whether a mail is from whom it says it is: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), in the words of RFC 8601 2.7.

    ``domain`` is the one of From, lower-cased, that the rest is measured against; empty where From names nobody, or several.
    ``spf_domain`` is what SPF was asked about, ``dkim_domains`` are those whose signatures hold for the whole mail. The two
    ``…_aligned`` say whether a pass belongs to ``domain`` or its organisation. ``policy`` is what the domain asks for where
    DMARC fails. ``by``: ``trunkline``, a relay's authserv-id, or empty where nobody checked. ``note`` says why, for people who look
    into it.
    """

    spf: Verdict = "none"
    dkim: Verdict = "none"
    dmarc: Verdict = "none"
    domain: str = ""
    spf_domain: str = ""
    dkim_domains: list[str] = Field(default_factory=list)
    spf_aligned: bool = False
    dkim_aligned: bool = False
    policy: str = ""
    by: str = ""
    note: str = ""

    @property
    def aligned(self) -> bool:
        """Whether anything proves the domain in From."""
        return self.spf_aligned or self.dkim_aligned


BY_HAND = "opened by hand"
"""The rule by which a ticket, and what one of us wrote down for it, came to be."""


class Reason(Record):
    """Why something was chosen: the rule's name, the evidence it saw, and how sure it is (0 to 1)."""

    rule: str
    evidence: str = ""
    confidence: float = 1.0
