"""Connections to one SMTP relay: a few at most, kept open between mails, replaced when old, idle or broken.

aiosmtplib opens them; what follows goes over a `Wire`: which command a connection broke at decides whether a mail may have been
taken over, and several commands in one write cost less.
"""

import asyncio
import ssl
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field

import aiosmtplib
import structlog
from prometheus_client import Counter, Gauge

from services.notifier.email.replies import Stage, one_line, trouble_of
from services.notifier.email.wire import Lost, Wire
from services.notifier.sending import Misconfigured, Trouble, Unreachable
from shared.settings.relay import Relay

log = structlog.get_logger(__name__)

UP = Gauge("trunkline_relay_up", "Whether the relay took us the last time we tried (1) or not (0)", ["relay"])
CONNECTIONS = Counter("trunkline_relay_connections_total", "Connections made to the relay", ["relay"])

MAILS_PER_CONNECTION = 100
CONNECT_TIMEOUT = 15.0  # seconds, each for connecting, the greeting, TLS and signing in
COMMAND_TIMEOUT = 60.0
# RFC 5321 4.5.3.2.6 would give the reply to the mail's end ten minutes. By then the store takes us for dead (`lane.LONGEST_SEND`).
DATA_TIMEOUT = 300.0
IDLE = 20.0
COOL_DOWN = 30.0


class Refused(Exception):
    """There is no session with the relay; ``trouble`` says why."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.error)
        self.trouble = trouble


@dataclass(slots=True)
class Timeouts:
    """Seconds to wait for the relay at each step."""

    connect: float = CONNECT_TIMEOUT
    command: float = COMMAND_TIMEOUT
    data: float = DATA_TIMEOUT
    idle: float = IDLE


@dataclass(slots=True, eq=False)
class Session:
    """An open session and what the relay can do. ``size``: the largest mail it takes in octets, where it names one.
    ``mails`` counts what went through it; ``expiry`` closes it when it has been idle."""

    wire: Wire
    pipelining: bool
    smtputf8: bool
    declares_size: bool
    size: int | None
    mails: int = 0
    expiry: asyncio.TimerHandle | None = field(default=None, repr=False)


class RelayPool:
    """The sessions with one relay. How many there are at once is bounded by who uses the pool.

    ``down`` tells that the relay did not take us a short while ago, so that others are tried first; ``last`` is what it was.
    """

    def __init__(self, relay: Relay, hostname: str, timeouts: Timeouts) -> None:
        self.relay, self.name = relay, f"{relay.host}:{relay.port}"
        self.last: Trouble | None = None
        self._hostname, self._timeouts = hostname, timeouts
        self._idle: deque[Session] = deque()
        self._down_until = 0.0
        self._tls: ssl.SSLContext | None = None
        self._closing: set[asyncio.Task[None]] = set()
        UP.labels(self.name).set(1)

    @property
    def down(self) -> bool:
        """Whether it is too early to try again."""
        return self.last is not None and asyncio.get_running_loop().time() < self._down_until

    def mark_down(self, trouble: Trouble) -> None:
        """Try other relays first for a while."""
        if self.last is None:
            log.warning("relay down", relay=self.name, error=trouble.error)
        self.last = trouble
        self._down_until = asyncio.get_running_loop().time() + COOL_DOWN
        UP.labels(self.name).set(0)

    def _mark_up(self) -> None:
        if self.last is not None:
            log.info("relay up", relay=self.name)
        self.last = None
        UP.labels(self.name).set(1)

    async def take(self, *, fresh: bool = False) -> Session:
        """A session ready for MAIL FROM; ``fresh``: never one that was used before. Raises `Refused`."""
        while self._idle and not fresh:
            session = self._idle.pop()
            if session.expiry is not None:
                session.expiry.cancel()
            if session.wire.is_open:
                return session
        if self.last is not None:
            # One try at a time while it is down; whoever comes meanwhile goes elsewhere.
            self._down_until = asyncio.get_running_loop().time() + self._timeouts.connect * 2
        try:
            session = await self._open()
        except Refused as refused:
            self.mark_down(refused.trouble)
            raise
        self._mark_up()
        return session

    def give_back(self, session: Session) -> None:
        """The session is between two mails: keep it for the next one unless it is worn out."""
        if not session.wire.is_open:
            return
        if session.mails >= MAILS_PER_CONNECTION:
            self._quit(session)
            return
        session.expiry = asyncio.get_running_loop().call_later(self._timeouts.idle, self._expire, session)
        self._idle.append(session)

    def discard(self, session: Session) -> None:
        """The session is in an unknown state."""
        session.wire.close()

    def _expire(self, session: Session) -> None:
        if session in self._idle:
            self._idle.remove(session)
            self._quit(session)

    def _quit(self, session: Session) -> None:
        task = asyncio.get_running_loop().create_task(_leave(session))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Leave every idle session politely, within a few seconds."""
        while self._idle:
            session = self._idle.pop()
            if session.expiry is not None:
                session.expiry.cancel()
            self._quit(session)
        if self._closing:
            await asyncio.wait(set(self._closing), timeout=5)

    async def _open(self) -> Session:
        CONNECTIONS.labels(self.name).inc()
        smtp = await self._client()
        try:
            await smtp.connect()
            await _greet(smtp)
            if self.relay.user:
                await smtp.login(self.relay.user, self.relay.password.get_secret_value())
            return _session(smtp)
        except (
            aiosmtplib.SMTPException,
            Lost,
            OSError,
            ValueError,
        ) as error:  # ValueError: a host or password that can't be sent
            smtp.close()
            raise Refused(_trouble(error, self.name)) from error
        except asyncio.CancelledError:
            smtp.close()
            raise

    async def _client(self) -> aiosmtplib.SMTP:
        tls = self.relay.tls
        if tls != "none" and self._tls is None:
            self._tls = await asyncio.to_thread(_context, verify=tls != "auto")
        return aiosmtplib.SMTP(
            hostname=self.relay.host,
            port=self.relay.port,
            local_hostname=self._hostname,
            timeout=self._timeouts.connect,
            use_tls=tls == "tls",
            start_tls={"none": False, "tls": False, "starttls": True, "auto": None}[tls],
            tls_context=self._tls,
        )


async def _greet(smtp: aiosmtplib.SMTP) -> None:
    # Signing in and TLS greet by themselves; a relay that knows no EHLO still may know HELO (RFC 5321 3.2).
    if not smtp.is_ehlo_or_helo_needed:
        return
    try:
        await smtp.ehlo()
    except aiosmtplib.SMTPHeloError:
        if not smtp.is_connected:
            raise
        await smtp.helo()


def _session(smtp: aiosmtplib.SMTP) -> Session:
    """The session with what the relay said in its greeting (RFC 1870, RFC 2920, RFC 6531). Raises `Lost`."""
    limit = smtp.esmtp_extensions.get("size", "").strip()
    return Session(
        wire=Wire.take_over(smtp),
        pipelining=smtp.supports_extension("pipelining"),
        smtputf8=smtp.supports_extension("smtputf8"),
        declares_size=smtp.supports_extension("size"),
        size=int(limit) if limit.isascii() and limit.isdigit() and int(limit) > 0 else None,
    )


async def _leave(session: Session) -> None:
    # The mails are through; how the farewell goes changes nothing.
    with suppress(Lost):
        await session.wire.ask([b"QUIT"], timeout=2)
    session.wire.close()


def _context(*, verify: bool) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if not verify:
        # Encryption to whoever answers is better than none (RFC 7435), and asking for more is what ?tls=starttls is for.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _trouble(error: Exception, via: str) -> Trouble:
    """Why there is no session. A certificate, a password or a protocol is for an operator to mend; a network comes back."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Misconfigured(f"{via}: the certificate is not accepted: {cause.verify_message}", via)
        if isinstance(cause, ssl.SSLError):
            return Misconfigured(f"{via}: no TLS: {one_line(str(cause))}", via)
        cause = cause.__cause__
    if isinstance(error, aiosmtplib.SMTPResponseException):
        stage = Stage.AUTH if isinstance(error, aiosmtplib.SMTPAuthenticationError) else Stage.CONNECT
        return trouble_of(stage, error.code, error.message, via)
    if isinstance(error, OSError | Lost | aiosmtplib.SMTPTimeoutError | aiosmtplib.SMTPServerDisconnected):
        return Unreachable(f"{via}: {one_line(str(error)) or type(error).__name__}", via)
    # STARTTLS or AUTH is wanted and not offered, or the relay does not speak SMTP.
    return Misconfigured(f"{via}: {one_line(str(error))}", via)
