"""The plain tables of the configuration: company, bus, database, web, smtp, tickets, logging, watchdog, operators."""

import re
from datetime import timedelta
from ipaddress import ip_network
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, SecretStr, field_validator

from shared.settings.base import EMPTY, Secret, Section, split_address
from shared.settings.quantities import (
    Duration,
    Listen,
    ListenAddress,
    Names,
    Network,
    OptionalDuration,
    OptionalListenAddress,
    OptionalLocalListenAddress,
    Size,
    split_commas,
)
from shared.texts.languages import LANGUAGES


class Company(Section):
    """Who the customers write to. ``public_url`` has no slash at its end; ``languages`` names the default first."""

    name: str = Field("Support", min_length=1, max_length=200, pattern=r"^[^\r\n]+$")
    public_url: str = "http://127.0.0.1:8080"
    reply_domain: str = Field("", pattern=r"^[A-Za-z0-9.-]*$")
    languages: Names = LANGUAGES

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        hint = f'{url!r} is no web address; write it like "https://support.example.com"'
        parts = split_address(url, hint)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError(hint)
        return url.rstrip("/")

    @field_validator("languages")
    @classmethod
    def _known_languages(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        for language in languages:
            if language not in LANGUAGES:
                raise ValueError(f"there are no texts in {language!r}; known are {', '.join(LANGUAGES)}")
        if not languages or len(set(languages)) < len(languages):
            raise ValueError("name at least one language, each once")
        return languages


class Bus(Section):
    """The bus. ``url`` empty: embedded. ``max_bytes`` is shared out among the streams; ``max_backlog`` counts messages of INTAKE not yet
    routed, beyond which intake answers 451/503; ``retry_schedule`` holds the waits before the 1st, 2nd… retry;
    ``retention`` is how long processed messages are kept for replay."""

    url: Secret = EMPTY
    replicas: Annotated[int, Field(ge=1, le=5)] = 1
    max_backlog: Annotated[int, Field(ge=1)] = 100_000
    retry_schedule: Annotated[tuple[Duration, ...], BeforeValidator(split_commas)] = (
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=2),
        timedelta(minutes=10),
        timedelta(hours=1),
    )
    max_bytes: Size = 10_000_000_000
    retention: Duration = timedelta(days=30)

    @field_validator("url")
    @classmethod
    def _bus_addresses(cls, url: SecretStr) -> SecretStr:
        hint = 'write bus addresses like "nats://user:password@host:4222", several with commas'
        for server in _servers(url):
            parts = split_address(server, hint)
            if parts.scheme not in ("nats", "tls", "ws", "wss") or not parts.hostname:
                raise ValueError(hint)
        return url

    @property
    def servers(self) -> tuple[str, ...]:
        """The addresses in ``url``, passwords included; none when the bus is embedded."""
        return _servers(self.url)


def _servers(url: SecretStr) -> tuple[str, ...]:
    return tuple(server.strip() for server in url.get_secret_value().split(",") if server.strip())


class Database(Section):
    """The store's database. ``url`` empty: SQLite in the data folder."""

    url: Secret = EMPTY

    @field_validator("url")
    @classmethod
    def _database_address(cls, url: SecretStr) -> SecretStr:
        text = url.get_secret_value()
        hint = 'write the database\'s address like "postgresql://user:password@host/trunkline"'
        if text and split_address(text, hint).scheme not in ("postgresql", "postgres", "sqlite"):
            raise ValueError(hint)
        return url


NEAR = tuple(
    ip_network(each) for each in ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
"""This machine and private networks (RFC 1918, RFC 4193)."""


class Web(Section):
    """Web ports. ``intake_listen`` and ``health_listen`` (health and metrics of services without a web part) are for
    the split set-up; empty: none. ``trusted_proxies``: networks of proxies in front of us whose X-Forwarded-For says who calls.
    ``metrics_from``: networks that may read ``/metrics``, asking without a proxy; empty: nobody."""

    listen: ListenAddress = Listen("127.0.0.1", 8080)
    intake_listen: OptionalListenAddress = None
    health_listen: OptionalListenAddress = None
    trusted_proxies: Annotated[tuple[Network, ...], BeforeValidator(split_commas)] = ()
    metrics_from: Annotated[tuple[Network, ...], BeforeValidator(split_commas)] = NEAR


class Smtp(Section):
    """Our own listener for incoming mail. ``certificate`` and ``key`` are paths of PEM files, relative to the
    configuration file; ``lmtp_listen`` is for a mail server that hands over by LMTP (RFC 2033), ``host:port`` or ``unix:/path``, empty:
    none; ``timeout`` is the silence after which a session is closed (RFC 5321 4.5.3.2.7: 5 minutes);
    ``trusted_relays`` are networks exempt from the limits per peer, as loopback is."""

    listen: ListenAddress = Listen("127.0.0.1", 2525)
    lmtp_listen: OptionalLocalListenAddress = None
    max_size: Size = 35_000_000
    certificate: str = ""
    key: str = ""
    rate_per_minute: Annotated[int, Field(ge=1)] = 600
    max_recipients: Annotated[int, Field(ge=1)] = 100
    max_sessions: Annotated[int, Field(ge=1)] = 200
    max_sessions_per_peer: Annotated[int, Field(ge=1)] = 50
    trusted_relays: Annotated[tuple[Network, ...], BeforeValidator(split_commas)] = ()
    timeout: Duration = timedelta(minutes=5)


_SENDER = re.compile(r"[^\s@]*@?[^\s@]+\.[^\s@.]+")


def _or_none(value: object) -> object:
    return None if value == "" else value


class Tickets(Section):
    """Life of a ticket. ``close_after``: from solved to closed. ``reopen_within``: how long after closing a customer's
    message still reopens it; later it opens a linked follow-up. ``follow_up_after``: how long a ticket waits for its
    customer until its agent is reminded; empty: never. ``reply_valid``: how long a signed reply address proves its
    ticket by itself; later it counts only for those who take part in the ticket; empty: for ever.
    ``status_links``: customers get a private link to the page of their ticket, which works for ``status_link_valid``.
    ``portal``: they can also sign in by a code that is sent to them, and see all of their tickets.
    ``same_subject_within``: so long after a ticket was opened another mail of its sender with the same subject belongs
    to it; empty: never. ``fallback``: the channels that are tried, in this order, for a message to a customer who could
    not be reached on the conversation channel it was sent on; empty: none."""

    close_after: Duration = timedelta(days=7)
    reopen_within: Duration = timedelta(0)
    follow_up_after: OptionalDuration = None
    reply_valid: OptionalDuration = timedelta(days=730)
    same_subject_within: OptionalDuration = None
    fallback: Annotated[tuple[Literal["email", "sms"], ...], BeforeValidator(split_commas)] = ("email", "sms")
    status_links: bool = True
    status_link_valid: Duration = timedelta(days=90)
    portal: bool = True


class Spam(Section):
    """What is done about spam. ``honour``: the verdicts of spam filters in mail headers count, those of loopback and of an inbox's
    ``trusted_relays`` for certain; ``threshold``: points from which such a filter's score counts as a verdict, empty: only what it says
    itself. ``action``: what becomes of what is certain. ``learn``: agents' "spam" and "not spam" teach a filter of our own.
    ``blocked``: addresses and domains whose mail is always quarantined. ``acknowledge_within``: a message that is released later than
    this is no longer acknowledged."""

    honour: bool = True
    threshold: Annotated[float | None, BeforeValidator(_or_none)] = None
    action: Literal["tag", "quarantine"] = "tag"
    learn: bool = True
    blocked: Names = ()
    acknowledge_within: Duration = timedelta(hours=24)

    @field_validator("blocked")
    @classmethod
    def _senders(cls, blocked: tuple[str, ...]) -> tuple[str, ...]:
        for sender in blocked:
            if not _SENDER.fullmatch(sender):
                raise ValueError(
                    f'{sender!r} is neither an address nor a domain; write "ann@spam.example" or "spam.example"'
                )
        return tuple(sender.lower().removeprefix("@") for sender in blocked)


class Retention(Section):
    """How long is kept what nobody asked to keep. ``quarantine``: messages held back. ``words``: what was said in tickets that are over,
    with their people and files (numbers, dates and figures stay); ``files``: only their attachments and originals; empty: for ever."""

    quarantine: Duration = timedelta(days=30)
    words: OptionalDuration = None
    files: OptionalDuration = None


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


class Logging(Section):
    """How much is written to stderr."""

    level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"


class Watchdog(Section):
    """When the operators are told. ``silent_channel``: an inbox that has received nothing for so long; empty: never."""

    oldest_delivery: Duration = timedelta(minutes=15)
    silent_channel: OptionalDuration = None
    disk_free: Size = 1_000_000_000
    interval: Duration = timedelta(seconds=60)


class Operators(Section):
    """Who runs this installation. ``alerts``: addresses the watchdog writes to."""

    alerts: Names = ()

    @field_validator("alerts")
    @classmethod
    def _addresses(cls, alerts: tuple[str, ...]) -> tuple[str, ...]:
        for address in alerts:
            if "@" not in address.strip("@"):
                raise ValueError(f"{address!r} is no mail address")
        return alerts
