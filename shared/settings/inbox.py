"""``[[inbox]]``: where customers' messages come in, one model per kind of channel, told apart by ``channel``."""

import datetime
import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator, model_validator

from shared.settings.base import EMPTY, Name, Secret, Section, split_address
from shared.settings.quantities import Duration, Names, Network, Size
from shared.settings.relay import Relay

Translations = dict[str, str]
"""A text per language code."""


def _as_list(value: Any) -> Any:
    if isinstance(value, str):
        return [value] if value else []
    return [value] if isinstance(value, dict) else value


def _as_text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


_ORIGIN = re.compile(r"https?://(\*\.)?[A-Za-z0-9.-]+(:(\d{1,5}|\*))?", re.ASCII)
_FOLDER = r"^[^\x00-\x1f\x7f]+$"
_LOOPBACK = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|::1|\[::1\])", re.IGNORECASE | re.ASCII)


class Oauth(Section):
    """Signing in to a mailbox with a refresh token instead of a password (RFC 6749, section 6). ``scope`` is asked for where the
    provider wants it named again. ``token_url`` is https, plain http only on this machine: the secrets travel to it."""

    client_id: str = Field(min_length=1)
    client_secret: Secret = EMPTY
    refresh_token: Secret = EMPTY
    token_url: str
    scope: str = ""

    @field_validator("token_url")
    @classmethod
    def _token_url(cls, url: str) -> str:
        parts = split_address(url, "the token_url is no address; write it like https://login.example/token")
        if parts.username or parts.password:
            raise ValueError("the token_url holds no user or password; they belong into client_id and client_secret")
        loopback = _LOOPBACK.fullmatch(parts.hostname or "") is not None
        if not parts.hostname or (parts.scheme != "https" and not (parts.scheme == "http" and loopback)):
            raise ValueError(f"{url!r} has to begin with https:// (http only for this machine)")
        return url


class Imap(Section):
    """The mailbox of an inbox with ``receive = "imap"``. ``start``: ``new``, ``all`` or an ISO date. ``tls``: from the first byte, by
    STARTTLS, or none, which only a server on this machine may have. ``authority``: PEM file of who signed the server's certificate,
    relative to the configuration file; empty: whom the system trusts. ``poll``: how often to look where the server has no IDLE.
    ``reconcile``: how often the mails of the last ``window`` are compared with what is stored; 0: never."""

    host: str = Field(min_length=1)
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    tls: Literal["tls", "starttls", "none"] = "tls"
    authority: str = ""
    user: str = Field("", pattern=r"^[^\x00-\x1f\x7f]*$")
    password: Secret = EMPTY
    oauth: Oauth | None = None
    folder: str = Field("INBOX", pattern=_FOLDER)
    start: Annotated[str, BeforeValidator(_as_text)] = "new"
    after: str = Field("keep", pattern=r"^(keep|flag|delete|move:[^\x00-\x1f\x7f]+)$")
    poll: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(seconds=30)
    reconcile: Duration = timedelta(hours=6)
    window: Duration = timedelta(days=7)

    @field_validator("start")
    @classmethod
    def _start(cls, start: str) -> str:
        if start in ("new", "all"):
            return start
        try:
            return datetime.date.fromisoformat(start).isoformat()
        except ValueError:
            raise ValueError(f'{start!r} is no start; write "new", "all" or a date such as "2026-01-31"') from None

    @model_validator(mode="after")
    def _agrees(self) -> "Imap":
        if self.tls == "none" and not _LOOPBACK.fullmatch(self.host):
            raise ValueError(
                f'tls = "none" would show the password and every mail on the way to {self.host}; write "tls"'
            )
        if self.after == f"move:{self.folder}":
            raise ValueError(f"after = {self.after!r} moves mails to where they are; name another folder")
        return self


class Dkim(Section):
    """What outgoing mail of the inbox is signed with (RFC 6376, RFC 8463): selector and private key, RSA or Ed25519 in PEM."""

    selector: str = Field(min_length=1)
    key: Secret = EMPTY


class TrustedRelay(Section):
    """Whose Authentication-Results count (RFC 8601): the network they come from and the name they sign with."""

    network: Network
    authserv_id: str = Field(min_length=1)


class EmailInbox(Section):
    """Mail. ``address`` empty takes every recipient; ``send`` empty writes outgoing mail to a Maildir. ``signature`` (a text per language,
    in which ``{agent}`` and ``{company}`` are filled in) stands below agents' answers, ``signature_html`` in their HTML instead. Files
    beyond ``max_outgoing`` (octets of the whole mail) are replaced by links that work for ``links_last``."""

    name: Name
    channel: Literal["email"]
    address: str = ""
    receive: Literal["smtp", "imap"] = "smtp"
    send: Annotated[tuple[Relay, ...], BeforeValidator(_as_list)] = ()
    trusted_relays: tuple[TrustedRelay, ...] = ()
    imap: Imap | None = None
    dkim: Dkim | None = None
    signature: Translations = Field(default_factory=dict)
    signature_html: Translations = Field(default_factory=dict)
    max_outgoing: Annotated[Size, Field(ge=100_000)] = 20_000_000
    links_last: Duration = timedelta(days=30)

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
    """A Telegram bot. ``secret`` is the webhook's secret token; ``api_url`` the base that stands for Telegram. ``username`` is the bot's
    name, for links by which agents open a chat with it; without one they are given the code alone."""

    name: Name
    channel: Literal["telegram"]
    token: Secret = EMPTY
    api_url: str = "https://api.telegram.org"
    mode: Literal["polling", "webhook"] = "polling"
    secret: Secret = EMPTY
    username: str = Field(default="", pattern=r"^(@?[A-Za-z0-9_]{5,32})?$")


class TwilioInbox(Section):
    """A sender at Twilio: a number in E.164, or the sender's id of WhatsApp and Messenger, with or without ``whatsapp:`` before it.

    ``templates`` are the content sids that WhatsApp has approved, by kind of message (``reply``, ``acknowledgement``, ``notice``; with a
    language behind it, ``reply.pl``, for that one): outside the 24 hours one of them is sent, with the text in ``{{1}}`` and the ticket
    in ``{{2}}``. Every ``reconcile`` the messages (or calls) of the last ``window`` are listed and compared with what is stored; 0: never.

    Of ``voice``: ``transcribe`` has Twilio write down what is said in English, the one language it knows; ``voices`` are those
    that speak a language in place of ours, as Twilio names them, ``{hr = "Google.hr-HR-Standard-A"}``."""

    name: Name
    channel: Literal["sms", "whatsapp", "messenger", "voice"]
    number: str = Field(min_length=1)
    account_sid: str = ""
    auth_token: Secret = EMPTY
    api_url: str = "https://api.twilio.com"
    templates: dict[str, Annotated[str, Field(pattern=r"^HX\S+$")]] = Field(default_factory=dict)
    reconcile: Duration = timedelta(minutes=5)
    window: Annotated[Duration, Field(gt=timedelta(0))] = timedelta(days=2)
    transcribe: bool = False
    voices: dict[str, str] = Field(default_factory=dict)

    @property
    def sender(self) -> str:
        """Our address as Twilio writes it: with the channel before it, except for numbers of SMS and voice."""
        if self.channel in ("sms", "voice") or self.number.startswith(f"{self.channel}:"):
            return self.number
        return f"{self.channel}:{self.number}"


def _origins(origins: tuple[str, ...]) -> tuple[str, ...]:
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(f'{origin!r} is no site; write it like "https://www.acme.example", without a path')
    return origins


class FormField(Section):
    """A question of a form. ``choices`` are for kind ``choice``."""

    name: Name
    label: Translations = Field(default_factory=dict)
    kind: Literal["text", "long", "choice", "file", "consent"] = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


class FormInbox(Section):
    """A web form. ``embed_on``: the sites that may show it within their pages, as a browser names them
    (``https://www.acme.example``); ``*``: every site; empty: none."""

    name: Name
    channel: Literal["form"]
    fields: tuple[FormField, ...] = ()
    embed_on: Names = ("*",)

    _embed_on = field_validator("embed_on")(_origins)


class ChatInbox(Section):
    """A live chat: a form's fields before it begins, a greeting, and the ``[[hours]]`` somebody is there. ``embed_on``: as for a form.
    ``secret``: what a site signs its signed-in customers' addresses with, at least 16 characters; empty: none is believed."""

    name: Name
    channel: Literal["chat"]
    fields: tuple[FormField, ...] = ()
    greeting: Translations = Field(default_factory=dict)
    hours: str = ""
    embed_on: Names = ("*",)
    secret: Secret = EMPTY

    _embed_on = field_validator("embed_on")(_origins)

    @field_validator("secret")
    @classmethod
    def _long_enough(cls, secret: SecretStr) -> SecretStr:
        if 0 < len(secret.get_secret_value()) < 16:
            raise ValueError("the secret has at least 16 characters")
        return secret


class ApiInbox(Section):
    """Any other system that posts messages to ``/api/v1/messages``."""

    name: Name
    channel: Literal["api"]


Inbox = Annotated[
    EmailInbox | TelegramInbox | TwilioInbox | FormInbox | ChatInbox | ApiInbox, Field(discriminator="channel")
]
