"""One SMTP session: aiosmtpd's protocol with our own limits, our own reading of content, and manners for every way to go.

What differs from the library, and why:

- content is read in pieces, not line by line, and lines may have any length (`content`);
- addresses are read by an expression first: the library's grammar was a third of intake's time (`addresses`);
- a flood of pipelined commands gives way to other sessions; the library would answer all of it in one go;
- a client that vanishes leaves no unretrieved exception behind;
- AUTH and VRFY tell nothing; sizes, rates and recipients are the `Door`'s.
"""

import asyncio
import ssl
from collections import defaultdict
from typing import Any, cast

import structlog
from aiosmtpd.smtp import SMTP, syntax

from services.intake.errors import Refusal, Why
from services.intake.smtp.addresses import fit, usual
from services.intake.smtp.content import CRLF, Content, NoRoom, TooLarge, read_content
from services.intake.smtp.door import MAX_REFUSED, SESSIONS, Door
from services.intake.smtp.transaction import Transaction

log = structlog.get_logger(__name__)

# How often a session may give a command. Mails over one session are not limited, idle talk is.
CALLS = {"*": 100, "MAIL": 1_000_000, "RCPT": 100_000_000, "DATA": 1_000_000, "RSET": 1_000_000, "NOOP": 10_000}
COMMAND_LIMIT = 512 + 500
"""Octets of a command line: RFC 5321 4.5.3.1.4 and what its extensions add (RFC 1870, 6152, 6531), with room to spare."""
GIVE_WAY = 8
"""Replies after which other sessions get their turn."""
SLOWEST = 200
"""Octets per second below which content is no longer waited for."""
LINGER = 5.0
"""Seconds a client has to take the last reply."""
GOODBYE = b"421 4.3.2 closing for a restart, try again later\r\n"
TIMED_OUT = b"421 4.4.2 waited too long, closing\r\n"

# What the standard library's grammar raises, beside its own error, on paths like "<" and "<a@[".
_GRAMMAR_ERRORS = (AttributeError, IndexError, TypeError, ValueError, RecursionError)


class Session(SMTP):
    """The server's side of a connection. ``open_sessions`` is the listener's set of those that are being served."""

    line_length_limit = (
        1 << 16
    )  # the size of the pieces in which content is read; the library's use of it is overridden

    def __init__(
        self,
        door: Door,
        *,
        hostname: str,
        timeout: float,
        tls: ssl.SSLContext | None,
        open_sessions: set["Session"],
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
            ident="ESMTP Trunkline",
            tls_context=tls,
            timeout=timeout,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            command_call_limit=CALLS,
            loop=loop,
        )
        self._door = door
        self._open_sessions = open_sessions
        self._replies = 0
        self._refused_recipients = 0
        self._content: Content | None = None
        self._content_began = self._last_octets = 0.0
        self._octets = 0
        self._keeping = False
        self.leaving = False

    # -- the session as a whole

    @property
    def peer(self) -> str:
        """The client's address."""
        peer = self.session.peer if self.session is not None else None
        return str(peer[0]) if isinstance(peer, tuple) else str(peer or "")

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
        self._last_octets = self.loop.time()
        self._octets += len(data)
        super().data_received(data)

    def _timeout_cb(self) -> None:
        # The library restarts its timer at commands only; while content flows, or is being kept, the client is not to blame.
        if self._keeping:
            self._reset_timeout()
            return
        if self._content is not None:
            now = self.loop.time()
            quiet = now - self._last_octets
            fast_enough = self._octets >= SLOWEST * (now - self._content_began - self._timeout_duration)
            if quiet < self._timeout_duration and fast_enough:
                self._reset_timeout(max(self._timeout_duration - quiet, 0.1))
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

    # -- transactions

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

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        found: tuple[str | None, str | None] | None = usual(arg, self.local_part_limit)
        if found is None:
            try:
                found = super()._getaddr(arg)
            except _GRAMMAR_ERRORS:
                found = None, None
        if found[0] is not None and fit(found[0]):
            return found
        self._malformed_address()
        return None, None

    def _malformed_address(self) -> None:
        # In MAIL the mail has failed with it; in RCPT it has when no other recipient is taken.
        if self._transaction.mail_from:
            self._transaction.refused = "bad-address"
        else:
            self._door.refuse("bad-address", peer=self.peer)

    async def _call_handler_hook(self, command: str, *args: Any) -> Any:
        # The library calls this for MAIL and RCPT when it has found their syntax right.
        try:
            if command == "MAIL":
                return self._mail(*args)
            if command == "RCPT":
                return self._rcpt(args[0])
        except Refusal as refusal:
            return self._refused(command, refusal)
        return await super()._call_handler_hook(command, *args)

    def _mail(self, address: str, options: list[str]) -> str:
        self._door.sender(self.peer, options)
        self._transaction.mail_from = address
        self._transaction.mail_options.extend(options)
        return "250 2.1.0 sender ok"

    def _rcpt(self, address: str) -> str:
        self._door.recipient(self._transaction, address)
        return "250 2.1.5 recipient ok"

    def _refused(self, command: str, refusal: Refusal) -> str:
        if command == "RCPT":
            self._transaction.refused = refusal.reason
            self._refused_recipients += 1
            if self._refused_recipients > MAX_REFUSED and not self._door.gate.exempt(self.peer):
                self.loop.call_soon(self._last_word, b"")
                return "421 4.7.0 too many unknown recipients, closing"
        return refusal.reply

    # -- content

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:
        """Receive the mail and answer for it (RFC 5321 4.1.1.4)."""
        if await self.check_helo_needed():
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
        elif not self._transaction.mail_from:
            await self.push("503 5.5.1 need MAIL command")
        elif not self._transaction.rcpt_tos:
            await self.push(
                "554 5.5.1 no valid recipients" if self._transaction.refused else "503 5.5.1 need RCPT command"
            )
        else:
            await self._receive()

    async def _receive(self) -> None:
        transaction = self._transaction
        self._content = content = Content(self._door.max_size, self._door.memory)
        self._content_began = self._last_octets = self.loop.time()
        self._octets = 0
        try:
            # The line end before the mail, for the dot that may be its first octet. The library clears the same buffer at STARTTLS.
            self._reader._buffer[:0] = CRLF  # type: ignore[attr-defined]
            await self.push("354 end with <CR><LF>.<CR><LF>")
            status, cut_off = await self._answer(transaction, content)
        finally:
            content.close()
            self._content = None
        transaction.refused = None  # whatever became of it is counted
        self._set_post_data_state()
        self._reset_timeout()
        await self.push(status)
        if cut_off:
            self._last_word(b"")
        elif self.leaving:
            self._last_word(GOODBYE)

    async def _answer(self, transaction: Transaction, content: Content) -> tuple[str, bool]:
        """The reply to a mail's content, and whether the connection is of no more use."""
        why: Why
        try:
            await read_content(self._reader, content)
            raw = content.whole()
        except TooLarge as error:
            cut_off, why = error.cut_off, "too-large"
            status = f"552 5.3.4 larger than the {self._door.max_size} octets that are taken"
        except NoRoom:
            cut_off, why, status = False, "busy", "452 4.3.1 too much mail at once, try again later"
        else:
            return await self._keep(transaction, raw), False
        self._door.refuse(why, peer=self.peer, transaction=transaction)
        return status, cut_off

    async def _keep(self, transaction: Transaction, raw: bytes) -> str:
        self._keeping = True
        try:
            return await self._door.content(self.peer, transaction, raw)
        except Refusal as refusal:
            return refusal.reply
        finally:
            self._keeping = False

    # -- commands that are not for our visitors

    async def smtp_AUTH(self, arg: str | None) -> None:
        """Nobody signs in here (RFC 4954 has no reply for that; RFC 5321 4.2.4 has)."""
        await self.push("502 5.5.1 AUTH is not offered here")

    async def smtp_VRFY(self, arg: str | None) -> None:
        """Tells nothing about any address (RFC 5321 3.5.3)."""
        await self.push("252 2.5.0 send a mail and see" if arg else "501 5.5.4 Syntax: VRFY <address>")
