"""What the chats of one intake have in common: inboxes, limits, sockets; and what a customer is told about when they are answered."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from starlette.requests import HTTPConnection

from services.intake.accepting import Accepting
from services.intake.chat import message
from services.intake.chat.sockets import Sockets
from services.intake.form.asking import pick_language
from services.intake.limits import Gate, Rates
from shared import clock
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.calendars import calendar_of
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.chat import ChatHistory, ChatQuery
from shared.messages.outbound import Outbound
from shared.peers import peer_of
from shared.service import Context
from shared.settings.inbox import ChatInbox
from shared.texts import MissingVariable, UnknownText, expected

log = structlog.get_logger(__name__)

HISTORY: Final = 50
ANSWER: Final = 3.0
"""Seconds that a browser waits for its history; it has a copy of its own."""

AHEAD: Final = timedelta(days=30)
"""A time farther away than this is no help to somebody who has a question now."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is taken. ``sockets`` in all and per peer; ``per_peer`` messages and connections a minute, ``per_session`` messages,
    ``frames`` anything said by one session. Loopback is exempt from what is per peer."""

    sockets: int = 5_000
    sockets_per_peer: int = 50
    per_peer: int = 120
    per_session: int = 30
    uploads: int = 10
    frames: int = 600


@dataclass(slots=True)
class ChatDesk:
    """One for all chat inboxes of an intake. ``now`` is the clock that tokens are timed by, in seconds since 1970."""

    context: Context
    accepting: Accepting
    limits: Limits = field(default_factory=Limits)
    now: Callable[[], float] = time.time
    inboxes: dict[str, ChatInbox] = field(init=False)
    sockets: Sockets = field(init=False)
    gate: Gate = field(init=False)
    messages: Rates = field(init=False)
    uploads: Rates = field(init=False)
    frames: Rates = field(init=False)

    def __post_init__(self) -> None:
        settings, limits = self.context.settings, self.limits
        self.inboxes = {inbox.name: inbox for inbox in settings.inbox if isinstance(inbox, ChatInbox)}
        self.sockets = Sockets(self.context.bus, self.context.publisher, self.shown)
        self.gate = Gate(
            sessions=limits.sockets, sessions_per_peer=limits.sockets_per_peer, rate_per_minute=limits.per_peer
        )
        self.messages, self.uploads = Rates(limits.per_session), Rates(limits.uploads)
        self.frames = Rates(limits.frames)

    def peer(self, connection: HTTPConnection) -> str:
        """Who calls."""
        return peer_of(connection, self.context.settings.web.trusted_proxies)

    def is_own_page(self, connection: HTTPConnection) -> bool:
        """Whether a browser says that a page of ours makes the call. Programs that are no browsers say nothing; all authority is in the
        session's token, which only our page has."""
        origin = connection.headers.get("origin")
        if origin is None:
            return True
        ours = {connection.headers.get("host", ""), urlsplit(self.context.settings.company.public_url).netloc}
        try:
            return urlsplit(origin).netloc in ours - {""}
        except ValueError:
            return False

    def language(self, asked: str, accepted: str = "") -> str:
        """One of the company's languages."""
        return pick_language(asked.partition("-")[0], accepted, self.context.settings.company.languages)

    def shown(self, outbound: Outbound) -> dict[str, Any]:
        """The frame of something sent to a customer. Raises `UnknownText` and `MissingVariable`."""
        company = self.context.settings.company
        return message.shown_sent(outbound, self.context.keyring, company.name, company.languages[0], self.now())

    async def history(self, inbox: str, session: str) -> ChatHistory | None:
        """What was said in the session; null when the store does not answer in time."""
        query = ChatQuery(inbox=inbox, session=session, most=HISTORY).encode()
        try:
            return ChatHistory.decode(
                await rpc.request(self.context.bus, subjects.query("chat"), query, timeout=ANSWER)
            )
        except (BusError, Undecodable, NewerVersion) as error:
            log.warning("a chat's history is not there", inbox=inbox, error=str(error))
            return None

    def frames_of(self, history: ChatHistory, inbox: str, session: str) -> list[dict[str, Any]]:
        """A history as the browser shows it, oldest first."""
        keyring, now = self.context.keyring, self.now()
        shown = [(each.at, message.shown_said(each, keyring, inbox, session, now)) for each in history.said]
        for sent in history.sent:
            try:
                shown.append((sent.outbound.created_at, self.shown(sent.outbound)))
            except (UnknownText, MissingVariable) as error:
                log.warning("a chat message can't be shown by this version", error=repr(error))
        return [frame for _, frame in sorted(shown, key=lambda each: each[0])]

    def opens(self, inbox: ChatInbox, at: datetime | None = None) -> datetime | None:
        """When somebody is there: now, later, or null when nobody is within a month."""
        table = next((each for each in self.context.settings.hours if each.name == inbox.hours), None)
        at = at or clock.now()
        found = calendar_of(table).next_open(at)
        return found if found is not None and found <= at + AHEAD else None

    def expects(self, inbox: ChatInbox, language: str) -> str:
        """By when an answer is promised, in words: the target of an ordinary ticket from here."""
        for sla in self.context.settings.sla:
            when = sla.when
            if (
                (not when.priority or "normal" in when.priority)
                and (not when.inbox or inbox.name in when.inbox)
                and not (when.category or when.team or when.contact or when.customer or when.tags)
            ):
                return expected(language, sla.first_response.total_seconds(), working=bool(sla.hours))
        return expected(language, None)
