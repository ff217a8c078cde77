"""``[[inbox]]``: where customers' messages come in, one model per kind of channel, told apart by ``channel``."""

import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from shared.settings.base import EMPTY, Name, Secret, Section
from shared.settings.quantities import Network
from shared.settings.relay import Relay

Translations = dict[str, str]
"""A text per language code."""


def _as_list(value: Any) -> Any:
    if isinstance(value, str):
        return [value] if value else []
    return [value] if isinstance(value, dict) else value


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


class Oauth(Section):
    """Signing in to a mailbox with a refresh token instead of a password."""

    client_id: str
    client_secret: Secret = EMPTY
    refresh_token: Secret = EMPTY
    token_url: str


class Imap(Section):
    """The mailbox of an inbox with ``receive = "imap"``. ``start``: ``new``, ``all`` or an ISO date."""

    host: str = Field(min_length=1)
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    user: str = ""
    password: Secret = EMPTY
    oauth: Oauth | None = None
    folder: str = "INBOX"
    start: Annotated[str, BeforeValidator(_as_text)] = "new"
    after: str = Field("keep", pattern=r"^(keep|flag|delete|move:.+)$")

    @field_validator("start")
    @classmethod
    def _start(cls, start: str) -> str:
        if start in ("new", "all"):
            return start
        try:
            return datetime.date.fromisoformat(start).isoformat()
        except ValueError:
            raise ValueError(f'{start!r} is no start; write "new", "all" or a date such as "2026-01-31"') from None


class Dkim(Section):
    """What outgoing mail of the inbox is signed with (RFC 6376): selector and PEM private key."""

    selector: str = Field(min_length=1)
    key: Secret = EMPTY


class TrustedRelay(Section):
    """Whose Authentication-Results count (RFC 8601): the network they come from and the name they sign with."""

    network: Network
    authserv_id: str = Field(min_length=1)


class EmailInbox(Section):
    """Mail. ``address`` empty takes every recipient; ``send`` empty writes outgoing mail to a Maildir."""

    name: Name
    channel: Literal["email"]
    address: str = ""
    receive: Literal["smtp", "imap"] = "smtp"
    send: Annotated[tuple[Relay, ...], BeforeValidator(_as_list)] = ()
    trusted_relays: tuple[TrustedRelay, ...] = ()
    imap: Imap | None = None
    dkim: Dkim | None = None

    @field_validator("address")
    @classmethod
    def _mail_address(cls, address: str) -> str:
        local, at, domain = address.rpartition("@")
        if address and not (local and at and domain and address.isprintable() and " " not in address):
            raise ValueError(f"{address!r} is no mail address")
        return f"{local}{at}{domain.lower()}"

    @model_validator(mode="after")
    def _has_mailbox(self) -> "EmailInbox":
        if self.receive == "imap" and self.imap is None:
            raise ValueError('receive = "imap" needs a table [inbox.imap] with host, user and password')
        return self


class TelegramInbox(Section):
    """A Telegram bot. ``secret`` is the webhook's secret token; ``api_url`` the base that stands for Telegram."""

    name: Name
    channel: Literal["telegram"]
    token: Secret = EMPTY
    api_url: str = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    secret: Secret = EMPTY


class TwilioInbox(Section):
    """A sender at Twilio: a number in E.164, or the sender's id of WhatsApp and Messenger."""

    name: Name
    channel: Literal["sms", "whatsapp", "messenger", "voice"]
    number: str = Field(min_length=1)
    account_sid: str = ""
    auth_token: Secret = EMPTY
    api_url: str = "https://api.twilio.com"


class FormField(Section):
    """A question of a form. ``choices`` are for kind ``choice``."""

    name: Name
    label: Translations = Field(default_factory=dict)
    kind: Literal["text", "long", "choice", "file", "consent"] = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


class FormInbox(Section):
    """A web form."""

    name: Name
    channel: Literal["form"]
    fields: tuple[FormField, ...] = ()


class ChatInbox(Section):
    """A live chat: a form's fields before it begins, a greeting, and the ``[[hours]]`` somebody is there."""

    name: Name
    channel: Literal["chat"]
    fields: tuple[FormField, ...] = ()
    greeting: Translations = Field(default_factory=dict)
    hours: str = ""


class ApiInbox(Section):
    """Any other system that posts messages to ``/api/v1/messages``."""

    name: Name
    channel: Literal["api"]


Inbox = Annotated[
    EmailInbox | TelegramInbox | TwilioInbox | FormInbox | ChatInbox | ApiInbox, Field(discriminator="channel")
]
