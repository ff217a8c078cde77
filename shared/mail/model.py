"""What reading a mail gives: the shape of `trunkline parse`, and nothing about how it was read."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, field_serializer

Automatic = Literal["auto-reply", "bulk", "notification", "bounce", "report", "loop"]


class Address(BaseModel):
    """One mailbox (RFC 5322 3.4); either half is empty where the mail does not say it."""

    name: str = ""
    address: str = ""


class ParsedAttachment(BaseModel):
    """A part that is not the text of the mail. `content` travels beside the JSON, never in it."""

    filename: str
    media_type: str
    size: int
    sha256: str
    inline: bool = False
    content_id: str | None = None
    content: bytes = Field(default=b"", exclude=True, repr=False)


class FailedRecipient(BaseModel):
    """An address that a bounce reports: `status` is an enhanced status code (RFC 3463) where one was given."""

    address: str
    status: str | None = None
    permanent: bool = True


class Bounce(BaseModel):
    """What a bounce says about the mail that came back."""

    recipients: list[FailedRecipient] = Field(default_factory=list)
    original_message_id: str | None = None


class ParsedMail(BaseModel):
    """A mail, read. Dates are aware and in UTC; message ids stand without angle brackets."""

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, serialize_by_alias=True)

    source_id: str = ""
    message_id: str | None = None
    in_reply_to: list[str] = Field(default_factory=list)
    references: list[str] = Field(default_factory=list)
    from_: Address = Field(default_factory=Address, alias="from")
    reply_to: list[Address] = Field(default_factory=list)
    to: list[Address] = Field(default_factory=list)
    cc: list[Address] = Field(default_factory=list)
    subject: str = ""
    date: datetime | None = None
    text: str = ""
    reply_text: str = ""
    html: str | None = None
    language: str | None = None
    attachments: list[ParsedAttachment] = Field(default_factory=list)
    automatic: Automatic | None = None
    bounce: Bounce | None = None
    forwarded_from: Address | None = None
    defects: list[str] = Field(default_factory=list)

    # What threading and de-duplication need and the outside does not.
    language_confidence: float = Field(default=0.0, exclude=True)
    body_tokens: list[str] = Field(default_factory=list, exclude=True)
    loop: bool = Field(default=False, exclude=True)
    body_hash: str = Field(default="", exclude=True)
    spam_signs: list[tuple[str, str, bool, float | None, float | None]] = Field(default_factory=list, exclude=True)

    @field_serializer("date")
    def _date_as_offset(self, value: datetime | None) -> str | None:
        # pydantic would write "Z"; the interface promises "+00:00".
        return value.isoformat() if value is not None else None
