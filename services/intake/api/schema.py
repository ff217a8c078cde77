"""What ``POST /api/v1/messages`` takes and gives, as models; from them the OpenAPI description is made. Unknown fields are refused."""

import re
from base64 import b64decode
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from shared.mail.attachment import safe_filename
from shared.phones import to_e164

MOST_TEXT: Final = 500_000
MOST_HTML: Final = 1_000_000
MOST_ATTACHMENTS: Final = 20
MOST_ID: Final = 200

_ADDRESS: Final = re.compile(r"[^\s@<>,;]{1,64}@[^\s@<>,;]{1,255}")
_MEDIA_TYPE: Final = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,100}/[A-Za-z0-9!#$&^_.+-]{1,100}")


def _no_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("must not contain a NUL character")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line, without control characters")
    return text


def _address(text: str) -> str:
    if not text.isprintable() or not _ADDRESS.fullmatch(text):
        raise ValueError("is no mail address")
    local, _, domain = text.rpartition("@")
    return f"{local}@{domain.lower()}"


def _phone(text: str) -> str:
    number = to_e164(text)
    if number is None:
        raise ValueError("is no phone number with its country's code, such as +385911234567")
    return number


def _media_type(text: str) -> str:
    if not _MEDIA_TYPE.fullmatch(text):
        raise ValueError("is no media type, such as image/png")
    return text.lower()


def _from_base64(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("must be a text in Base64")
    try:
        # It is often folded into lines; anything else that is not of the alphabet is a mistake, which must not go unnoticed.
        return b64decode(re.sub(r"\s+", "", value), validate=True)
    except ValueError:
        raise ValueError("is no Base64") from None


Line = Annotated[str, Field(max_length=998), AfterValidator(_one_line)]
Identity = Annotated[str, Field(min_length=1, max_length=MOST_ID), AfterValidator(_one_line)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Sender(_Body):
    """Who wrote: a mail address or a phone number, to which an answer goes, and a name."""

    name: Annotated[str, Field(max_length=200), AfterValidator(_one_line)] = ""
    address: Annotated[str, Field(max_length=320), AfterValidator(_address)] | None = None
    phone: Annotated[str, Field(max_length=40), AfterValidator(_phone)] | None = Field(
        default=None, description="With its country's code."
    )

    @model_validator(mode="after")
    def _reachable(self) -> "Sender":
        if self.address is None and self.phone is None:
            raise ValueError("needs an address or a phone")
        return self


class PostedFile(_Body):
    """A file that came with it."""

    filename: Annotated[str, Field(max_length=500), AfterValidator(safe_filename)] = ""
    media_type: Annotated[str, AfterValidator(_media_type)] = "application/octet-stream"
    content: Annotated[bytes, BeforeValidator(_from_base64)] = Field(
        description="In Base64 (RFC 4648, section 4).",
        json_schema_extra={"format": "byte", "contentEncoding": "base64"},
    )


class PostedMessage(_Body):
    """A message from any other system. ``id``, ``in_reply_to`` and ``conversation`` are that system's own names, unique among all that
    comes with tokens of one name into one inbox."""

    inbox: Annotated[str, Field(max_length=200)] | None = Field(
        default=None, description="An inbox of channel `api`; none: the first one."
    )
    id: Identity | None = Field(
        default=None, description="The same id again is the same message. None: what the header `Idempotency-Key` says."
    )
    sender: Sender = Field(alias="from")
    subject: Line = ""
    text: Annotated[str, Field(max_length=MOST_TEXT), AfterValidator(_no_nul)] = ""
    html: Annotated[str, Field(max_length=MOST_HTML), AfterValidator(_no_nul)] | None = None
    attachments: Annotated[list[PostedFile], Field(max_length=MOST_ATTACHMENTS)] = []
    conversation: Identity | None = Field(
        default=None, description="Messages of one conversation belong to one ticket until it is over."
    )
    in_reply_to: Identity | None = Field(default=None, description="The `id` of an earlier message.")
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9-]{1,20})?$")] | None = None

    @model_validator(mode="after")
    def _says_something(self) -> "PostedMessage":
        if not (self.text.strip() or (self.html or "").strip() or self.attachments or self.subject.strip()):
            raise ValueError("needs a text, html, a subject or an attachment")
        return self


class Taken(BaseModel):
    """The message is kept. ``duplicate``: it was there already."""

    source_id: str
    duplicate: bool = False
