"""The mails of an SMTP session: sender, recipients, content, one answer each.

Addresses are read by an expression first, since the library's grammar was a third of intake's time (`addresses`); content is read in
pieces, not line by line (`content`). What is allowed is the `Door`'s to say.
"""

from typing import Any

from aiosmtpd.smtp import syntax

from services.intake.errors import Refusal, Why
from services.intake.smtp.addresses import fit, usual
from services.intake.smtp.connection import GOODBYE, Connection
from services.intake.smtp.content import CRLF, Content, NoRoom, TooLarge, read_content
from services.intake.smtp.door import MAX_REFUSED
from services.intake.smtp.pace import Pace
from services.intake.smtp.transaction import Transaction

# What the standard library's grammar raises, beside its own error, on paths like "<" and "<a@[".
_GRAMMAR_ERRORS = (AttributeError, IndexError, TypeError, ValueError, RecursionError)


class Session(Connection):
    """A connection that takes mails."""

    _refused_recipients = 0

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
            await self.push(self._nobody())
        else:
            await self._receive()

    def _nobody(self) -> str:
        return "554 5.5.1 no valid recipients" if self._transaction.refused else "503 5.5.1 need RCPT command"

    async def _answer_for(self, transaction: Transaction, status: str) -> None:
        """Give the answer to a mail's content."""
        await self.push(status)

    async def _receive(self) -> None:
        transaction = self._transaction
        self._content = content = Content(self._door.max_size, self._door.memory)
        self._pace = Pace(self.loop.time(), self.loop.time())
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
        await self._answer_for(transaction, status)
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
        transaction.helo = str(getattr(self.session, "host_name", None) or "")
        try:
            return await self._door.content(self.peer, transaction, raw)
        except Refusal as refusal:
            return refusal.reply
        finally:
            self._keeping = False
