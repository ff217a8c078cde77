"""Who sits at a browser: sessions, which the store keeps as rows that can be ended, known by the SHA-256 of what the cookie holds.

The cookie has 256 random bits and says nothing; what it opens is looked up, and believed for a few seconds. As with API tokens, what is
limited of guessers is the work that they cause.
"""

import asyncio
import hashlib
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import structlog
from fastapi import Response
from prometheus_client import Counter
from starlette.requests import HTTPConnection

from services.desk.errors import DeskError
from services.desk.gate import Gate
from services.desk.tokens import Counts, Expiring, Principal, network_of
from shared.clock import now
from shared.ending import end
from shared.messages.command import Command
from shared.messages.signin import SeenSession, SessionAnswer, SessionQuery
from shared.peers import caller
from shared.settings import Settings

log = structlog.get_logger(__name__)

COOKIE: Final = "trunkline_session"
CACHE_SECONDS: Final = 5.0
"""So long an answer counts: a session that was ended elsewhere works no longer than this."""
KNOWN_SECONDS: Final = 3600.0
WRONG: Final = 60
"""Cookies that open nothing, from one network within a minute; then unknown ones are not even looked up."""
SEEN_EVERY: Final = timedelta(minutes=5)
_LONGEST: Final = 128

_looked = Counter("trunkline_desk_sessions_total", "Requests with a session's cookie, by result.", ["result"])
for _result in ("cached", "good", "unknown", "idle", "limited"):
    _looked.labels(_result)


def digest(cookie: str) -> str:
    """What is kept of a cookie."""
    return hashlib.sha256(cookie.encode("utf-8", "surrogatepass")).hexdigest()


def new_cookie() -> str:
    """What a new session's browser is to keep: 256 random bits."""
    return secrets.token_urlsafe(32)


class Sessions:
    """Finds out who is signed in. ``clock`` gives seconds for what is remembered here, ``today`` the time."""

    def __init__(
        self,
        gate: Gate,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], datetime] = now,
    ) -> None:
        self._gate, self._idle, self._today = gate, settings.signin.idle, today
        self.lasts = settings.signin.longest
        self._secure = settings.company.public_url.lower().startswith("https:")
        self._cache: Expiring[Principal] = Expiring(CACHE_SECONDS, clock)
        self._known: Expiring[bool] = Expiring(KNOWN_SECONDS, clock)
        self._wrong = Counts(60.0, clock)
        self._nobody: Expiring[bool] = Expiring(CACHE_SECONDS, clock)
        self._noted: Expiring[bool] = Expiring(SEEN_EVERY.total_seconds(), clock)
        self._noting: set[asyncio.Task[None]] = set()

    # -- the cookie -----------------------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        """The cookie's name. With ``__Host-`` no other host of the domain can have set it (RFC 6265bis, 4.1.3.2)."""
        return f"__Host-{COOKIE}" if self._secure else COOKIE

    def give(self, answer: Response, cookie: str) -> None:
        """Let the browser keep it. It is known to be one of ours from now on, however many unknown ones come from the same network."""
        self._known.put(digest(cookie), True)
        self.keep(answer, self.name, cookie, self.lasts)

    def keep(self, answer: Response, name: str, value: str, lasts: timedelta) -> None:
        """Let the browser keep something that only we are shown."""
        seconds = int(lasts.total_seconds())
        answer.set_cookie(name, value, max_age=seconds, path="/", secure=self._secure, httponly=True, samesite="lax")

    def take(self, answer: Response) -> None:
        """Let the browser forget it."""
        answer.delete_cookie(self.name, path="/", secure=self._secure, httponly=True, samesite="lax")

    # -- who it is ------------------------------------------------------------------------------------------------------------

    async def of(self, connection: HTTPConnection) -> Principal | None:
        """Who made a request, by its cookie. Raises `Away`."""
        return await self.who(connection.cookies.get(self.name, ""), caller(connection))

    async def who(self, cookie: str, peer: str = "") -> Principal | None:
        """Whose cookie it is; null for nobody's. Raises `Away`, `Broken`."""
        if not cookie or len(cookie) > _LONGEST:
            return None
        sha256 = digest(cookie)
        if (principal := self._cache.get(sha256)) is not None:
            _looked.labels("cached").inc()
            return principal
        if self._nobody.get(sha256):
            return None
        network = network_of(peer)
        if self._wrong.of(network) >= WRONG and not self._known.get(sha256):
            _looked.labels("limited").inc()
            return None
        answer = await self._gate.query("session", SessionQuery(sha256=sha256), SessionAnswer)
        principal = self._principal(answer)
        if principal is None:
            self._wrong.more(network)
            self._nobody.put(sha256, True)
            return None
        self._cache.put(sha256, principal)
        self._known.put(sha256, True)
        return principal

    def forget(self, cookie: str) -> None:
        """It was ended: do not believe it a moment longer."""
        self._cache.drop(digest(cookie))

    def forget_all(self) -> None:
        """Some were ended: look all of them up again."""
        self._cache.clear()

    async def stop(self) -> None:
        """Nothing is to be noted any more."""
        await end(list(self._noting))

    def _principal(self, answer: SessionAnswer) -> Principal | None:
        session = answer.session
        if session is None:
            _looked.labels("unknown").inc()
            return None
        unseen = self._today() - session.seen_at
        if unseen > self._idle or session.expires_at <= self._today():
            _looked.labels("idle").inc()
            return None
        _looked.labels("good").inc()
        if unseen > SEEN_EVERY and not self._noted.get(session.session_id):
            self._noted.put(session.session_id, True)
            noting = asyncio.create_task(self._note(session.session_id, session.agent_id))
            self._noting.add(noting)
            noting.add_done_callback(self._noting.discard)
        return Principal(
            token_id=session.session_id,
            name=answer.name,
            role=answer.role,
            agent_id=session.agent_id,
            email=answer.email,
            session_id=session.session_id,
            languages=tuple(answer.languages),
        )

    async def _note(self, session_id: str, agent_id: str) -> None:
        """Have it written down that the session was used; what cannot be now is the next time."""
        try:
            await self._gate.command(command_of(SeenSession(session_id=session_id), f"agent:{agent_id}"))
        except DeskError as error:
            self._noted.drop(session_id)
            log.info("it could not be noted that a session was used", error=str(error))


DESK: Final = "desk"
"""The actor of what the desk itself has established: who is signing in is nobody yet."""


def command_of(action: Any, actor: str = DESK, name: str = "", correlation_id: str = "") -> Command:
    """A command of the desk's own, made once."""
    return Command(
        command_id=uuid4().hex,
        actor=actor,
        actor_name=name,
        channel="desk",
        at=now(),
        action=action,
        correlation_id=correlation_id,
    )
