"""Mail by LMTP (RFC 2033): a session like SMTP's, greeted with LHLO, that answers after DATA once for every recipient it took.

A mail server hands over with it what it has queued. One mail is one message on the bus whatever the number of its recipients, so they
share their fate; a recipient we don't know was refused at its RCPT already.
"""

import re

from aiosmtpd.smtp import syntax

from services.intake.errors import Refusal
from services.intake.smtp.session import Session
from services.intake.smtp.transaction import Transaction

_BARE = re.compile(r"(?!220 )([245])\d\d (?!\1\.\d{1,3}\.\d{1,3} )")


class LmtpSession(Session):
    """A connection of a mail server that delivers to us."""

    ident = "LMTP Trunkline"
    offers = ("ENHANCEDSTATUSCODES",)
    _greeting = False

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str | None) -> None:
        """The greeting, used instead of EHLO (RFC 2033 4.1)."""
        self._greeting = True
        await super().smtp_EHLO(arg or "")
        self._greeting = False

    async def smtp_HELO(self, arg: str | None) -> None:
        """No command of LMTP (RFC 2033 4.1)."""
        await self.push("500 5.5.1 this is LMTP, say LHLO")

    async def smtp_EHLO(self, arg: str | None) -> None:
        """No command of LMTP (RFC 2033 4.1)."""
        await self.push("500 5.5.1 this is LMTP, say LHLO")

    async def check_helo_needed(self, helo: str = "LHLO") -> bool:
        """Whether the client has yet to say LHLO; then it is told so."""
        needed: bool = await super().check_helo_needed("LHLO")
        return needed

    async def push(self, status: str | bytes) -> None:
        """Send a reply; each but the greetings' has a status code of RFC 2034, which LMTP requires (RFC 2033 5), the library's too."""
        if isinstance(status, str) and not self._greeting and (bare := _BARE.match(status)):
            status = f"{status[:3]} {bare[1]}.{'0' if bare[1] == '2' else '5'}.0 {status[4:]}"
        await super().push(status)

    # -- one answer for each recipient

    def _rcpt(self, address: str) -> str:
        if self._transaction.taken >= self._door.max_recipients:
            raise Refusal("452 4.5.3 too many recipients, send the rest separately", "too-many-recipients")
        reply = super()._rcpt(address)
        # The same recipient named twice is answered twice (RFC 2033 4.2), though it gets one mail.
        self._transaction.taken += 1
        return reply

    def _nobody(self) -> str:
        return "503 5.5.1 no valid recipients"  # RFC 2033 4.2 asks for this very code

    async def _answer_for(self, transaction: Transaction, status: str) -> None:
        for _ in range(transaction.taken):
            await self.push(status)
