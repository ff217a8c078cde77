"""One SMTP connection: aiosmtpd's protocol with limits, timeouts and manners for every way to go; mails are `session`'s.

What differs from the library, and why:

- a flood of pipelined commands gives way to other sessions; the library would answer all of it in one go;
- a client is told why it is closed, and one that vanishes leaves no unretrieved exception behind;
- while content flows the client is not silent (`pace`);
- STARTTLS is asyncio's: the library's own never ends when a handshake is broken off;
- AUTH and VRFY tell nothing.
"""

import asyncio
import ssl
from collections import defaultdict
from typing import Any, cast

import structlog
from aiosmtpd.smtp import SMTP, syntax

from services.intake.errors import Refusal
from services.intake.smtp.content import CRLF, Content
from services.intake.smtp.door import SESSIONS, Door
from services.intake.smtp.pace import Pace
from services.intake.smtp.tls import handshake
from services.intake.smtp.transaction import Transaction

log = structlog.get_logger(__name__)

# How often a session may give a command. Mails over one session are not limited, idle talk is.
CALLS = {"*": 100, "MAIL": 1_000_000, "RCPT": 100_000_000, "DATA": 1_000_000, "RSET": 1_000_000, "NOOP": 10_000}
COMMAND_LIMIT = 512 + 500
"""Octets of a command line: RFC 5321 4.5.3.1.4 and what its extensions add (RFC 1870, 6152, 6531), with room to spare."""
GIVE_WAY = 8
"""Replies after which other sessions get their turn."""
LINGER = 5.0
"""Seconds a client has to take the last reply."""
GOODBYE = b"421 4.3.2 closing for a restart, try again later\r\n"
HERE = "127.0.0.1"
TIMED_OUT = b"421 4.4.2 waited too long, closing\r\n"


class Connection(SMTP):
    """The server's side of a connection. ``open_sessions`` is the listener's set of those that are being served."""

    # The size of the pieces in which content is read; what else the library does with it is overridden.
    line_length_limit = 1 << 16
    ident = "ESMTP Trunkline"
    offers: tuple[str, ...] = ()

    def __init__(
        self,
        door: Door,
        *,
        hostname: str,
        timeout: float,
        tls: ssl.SSLContext | None,
        open_sessions: set["Connection"],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        # The library keeps these on the class, where sessions would widen each other's.
        self.command_size_limits: dict[str, int] = defaultdict(lambda: COMMAND_LIMIT)
        self.command_size_limit = COMMAND_LIMIT
        super().__init__(
            door,
            data_size_limit=None,  # the door's, so that refusals are counted
            enable_SMTPUTF8=True,
            hostname=hostname,
            ident=self.ident,
            tls_context=tls,
            timeout=timeout,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit=CALLS,
            loop=loop,
        )
        self._door = door
        self._open_sessions = open_sessions
        self._replies = 0
        self._content: Content | None = None
        self._pace = Pace(0.0, 0.0)
        self._keeping = False
        self._due = 0.0
        self.leaving = False

    # -- the session as a whole

    @property
    def peer(self) -> str:
        """The client's address; the other end of a Unix socket is on this machine, too."""
        peer = self.session.peer if self.session is not None else None
        return str(peer[0]) if isinstance(peer, tuple) else HERE

    @property
    def _transaction(self) -> Transaction:
        return cast(Transaction, self.envelope)

    @property
    def in_content(self) -> bool:
        """Whether a mail is being received or kept: the time not to be interrupted."""
        return self._content is not None

    async def _handle_client(self) -> None:
        peer = self.peer
        try:
            self._door.gate.enter(peer)
        except Refusal as refusal:
            self._door.refuse(refusal.reason, peer=peer)
            self._last_word(refusal.reply.encode() + CRLF)
            return
        self._open_sessions.add(self)
        SESSIONS.inc()
        try:
            await super()._handle_client()
        except OSError as error:
            # The client went away while it was being answered; nobody would ever collect this exception.
            log.debug("session broken off", peer=peer, error=str(error))
            self._last_word(b"")
        finally:
            self._door.gate.leave(peer)
            self._open_sessions.discard(self)
            SESSIONS.dec()
            self._end_transaction()
            if self._timeout_handle is not None:
                self._timeout_handle.cancel()

    def leave(self) -> None:
        """Say goodbye now, or after the mail that is being received."""
        self.leaving = True
        if not self.in_content:
            self._last_word(GOODBYE)

    def abort(self) -> None:
        """End it at once; the client will send its mail again."""
        if self.transport is not None:
            self._wire.abort()

    @property
    def _wire(self) -> asyncio.Transport:
        # The library declares less of it than there is.
        return cast(asyncio.Transport, self.transport)

    def _last_word(self, octets: bytes) -> None:
        if self.transport is not None:
            if octets:
                self._wire.write(octets)
            self._wire.close()
            # A client that reads nothing would otherwise keep the connection, and its place, for ever.
            self.loop.call_later(LINGER, self._wire.abort)

    def data_received(self, data: bytes) -> None:
        """Asyncio's callback; notes when the client was last heard of, and how much it said."""
        self._pace.note(self.loop.time(), len(data))
        super().data_received(data)

    def _reset_timeout(self, duration: float | None = None) -> None:
        # Called with every command: the timer that runs is let run, and looks again when it is over.
        after = duration or self._timeout_duration
        if self._timeout_handle is None:
            self._look_again(after)
        else:
            self._due = self.loop.time() + after

    def _look_again(self, after: float) -> None:
        self._due = self.loop.time() + after
        self._timeout_handle = self.loop.call_at(self._due, self._timeout_cb)

    def _timeout_cb(self) -> None:
        now = self.loop.time()
        if now < self._due:
            self._look_again(self._due - now)
            return
        # The library restarts its timer at commands only; while content flows, or is being kept, the client is not to blame.
        if self._keeping:
            self._look_again(self._timeout_duration)
            return
        patience = self._pace.patience(now, self._timeout_duration) if self.in_content else 0.0
        if patience:
            self._look_again(patience)
            return
        log.info("session timed out", peer=self.peer)
        self._last_word(TIMED_OUT)

    async def push(self, status: str | bytes) -> None:
        """Send a reply, a single line whatever is in it."""
        octets = status if isinstance(status, bytes) else status.encode("utf-8", "replace")
        self._writer.write(octets.replace(b"\r", b" ").replace(b"\n", b" ") + CRLF)
        await self._writer.drain()
        self._replies += 1
        if self._replies % GIVE_WAY == 0:
            await asyncio.sleep(0)

    # -- where a transaction ends

    def _create_envelope(self) -> Transaction:
        return Transaction()

    def _set_post_data_state(self) -> None:
        # Called wherever a transaction ends: after DATA, at RSET, HELO, EHLO and STARTTLS.
        self._end_transaction()
        self.envelope = self._create_envelope()

    def _end_transaction(self) -> None:
        ended, self.envelope = self.envelope, None
        if ended is not None:
            self._door.over(self.peer, cast(Transaction, ended))

    # -- STARTTLS

    @syntax("STARTTLS", when="tls_context")
    async def smtp_STARTTLS(self, arg: str | None) -> None:
        """Begin TLS and the session anew (RFC 3207 4.2)."""
        if arg:
            await self.push("501 5.5.4 Syntax: STARTTLS")
        elif self.tls_context is None:
            await self.push("454 4.7.0 TLS is not available")
        elif self._tls_protocol is not None:
            await self.push("503 5.5.1 TLS is active already")
        else:
            await self.push("220 2.0.0 begin TLS")
            # What was said in the clear must not be taken for something said under TLS; nothing can arrive between these two.
            self._reader._buffer.clear()  # type: ignore[attr-defined]
            self._over_tls(await handshake(self._wire, self, self.tls_context, self._timeout_duration))

    def _over_tls(self, secure: asyncio.Transport) -> None:
        peer = self.session.peer if self.session is not None else None
        self._reader._transport = secure  # type: ignore[attr-defined]
        self._writer._transport = secure  # type: ignore[attr-defined]
        self.transport = secure
        self._tls_protocol = cast(Any, secure)  # the library only asks whether there is one
        self._set_post_data_state()
        self.session = self._create_session()
        self.session.peer = peer
        self.session.ssl = {"cipher": secure.get_extra_info("cipher")}

    # -- commands that are not for our visitors

    async def smtp_AUTH(self, arg: str | None) -> None:
        """Nobody signs in here (RFC 4954 has no reply for that; RFC 5321 4.2.4 has)."""
        await self.push("502 5.5.1 AUTH is not offered here")

    async def smtp_VRFY(self, arg: str | None) -> None:
        """Tells nothing about any address (RFC 5321 3.5.3)."""
        await self.push("252 2.5.0 send a mail and see" if arg else "501 5.5.4 Syntax: VRFY <address>")
