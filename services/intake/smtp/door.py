"""What a session may do and what it is told: the hooks of aiosmtpd, and the account of who was turned away and why.

Everything here is about one SMTP listener's mails; what becomes of an accepted one is `Acceptance`'s business.
"""

import time

import structlog
from aiosmtpd.smtp import Session as SmtpSession
from aiosmtpd.smtp import TLSSetupException
from prometheus_client import Counter, Gauge, Histogram

from services.intake.acceptance import Acceptance
from services.intake.errors import Refusal, Why
from services.intake.ledger import LedgerNotes
from services.intake.limits import Gate, Memory
from services.intake.recipients import Recipients
from services.intake.smtp.transaction import Transaction

log = structlog.get_logger(__name__)

MAILS = Counter("trunkline_intake_mails_total", "Mails by how they ended at the door", ["result"])
SECONDS = Histogram(
    "trunkline_intake_accept_seconds",
    "From the end of a mail's content to the answer",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
SESSIONS = Gauge("trunkline_intake_sessions", "SMTP sessions now open")
OCTETS = Counter("trunkline_intake_bytes_total", "Octets of mail content received")
for _result in ("accepted", "duplicate", "refused"):
    MAILS.labels(_result)  # shown as 0 from the start

FAILED = "451 4.3.0 failed, try again later"
MAX_REFUSED = 100
"""Refused recipients in one session after which a stranger guessing addresses is cut off."""


class Door:
    """The rules of the listener, shared by its sessions. Sizes in octets."""

    def __init__(
        self,
        *,
        recipients: Recipients,
        gate: Gate,
        memory: Memory,
        acceptance: Acceptance,
        ledger: LedgerNotes,
        max_size: int,
        max_recipients: int,
    ) -> None:
        self.gate = gate
        self.memory = memory
        self.max_size = max_size
        self.max_recipients = max_recipients
        self._recipients = recipients
        self._acceptance = acceptance
        self._ledger = ledger

    def sender(self, peer: str, options: list[str]) -> None:
        """MAIL: may this peer send a mail now, of the size it says (RFC 1870)? Raises `Refusal`, which is counted."""
        try:
            self._check_size(options)
            self.gate.take_mail(peer)
            self._acceptance.check()
        except Refusal as refusal:
            self.refuse(refusal.reason, peer=peer)
            raise

    def _check_size(self, options: list[str]) -> None:
        size = next((option[5:] for option in options if option.startswith("SIZE=")), "0")
        # More than 20 digits are too many whatever they say (RFC 1870 3), and would be slow to read.
        if len(size) > 20 or (size.isdecimal() and int(size) > self.max_size):
            raise Refusal(f"552 5.3.4 larger than the {self.max_size} octets that are taken", "too-large")

    def recipient(self, transaction: Transaction, address: str) -> None:
        """RCPT: note the recipient and its inbox. Raises `Refusal`; that counts when the whole transaction comes to nothing."""
        if len(transaction.rcpt_tos) >= self.max_recipients:
            raise Refusal("452 4.5.3 too many recipients, send the rest separately", "too-many-recipients")
        inbox = self._recipients.inbox(address)
        if inbox is None:
            raise Refusal("550 5.1.1 no such recipient here", "unknown-recipient")
        transaction.routes[inbox] = None
        if address not in transaction.rcpt_tos:
            transaction.rcpt_tos.append(address)

    async def content(self, peer: str, transaction: Transaction, raw: bytes) -> str:
        """The end of DATA: keep the mail; the reply to give. Raises `Refusal`, which is counted."""
        began = time.perf_counter()
        OCTETS.inc(len(raw))
        try:
            receipt = await self._acceptance.accept(raw, transaction.described(peer))
        except Refusal as refusal:
            self.refuse(refusal.reason, peer=peer, transaction=transaction)
            raise
        except Exception as error:  # a slip of ours must not cost the mail: its sender keeps it and tries again
            log.error("mail failed", correlation_id=transaction.correlation_id, exc_info=error)
            self.refuse("failed", peer=peer, transaction=transaction)
            raise Refusal(FAILED, "failed") from error
        took = time.perf_counter() - began
        SECONDS.observe(took)
        MAILS.labels("duplicate" if receipt.duplicate else "accepted").inc()
        if receipt.duplicate:
            self._ledger.count("duplicate", next(iter(transaction.routes)), "bus")
        log.info(
            "mail accepted",
            correlation_id=transaction.correlation_id,
            source_id=receipt.source_id,
            inboxes=list(transaction.routes),
            octets=len(raw),
            peer=peer,
            seconds=round(took, 4),
            duplicate=receipt.duplicate,
        )
        return f"250 2.0.0 accepted as {transaction.correlation_id}"

    def over(self, peer: str, transaction: Transaction) -> None:
        """A transaction ended without content: all its recipients refused is a mail refused, anything else was given up."""
        if transaction.refused is not None and not transaction.rcpt_tos:
            self.refuse(transaction.refused, peer=peer, transaction=transaction)

    def refuse(self, reason: Why, *, peer: str, transaction: Transaction | None = None) -> None:
        """Count a mail that was turned away, once."""
        inbox = next(iter(transaction.routes), "") if transaction is not None else ""
        MAILS.labels("refused").inc()
        self._ledger.count("refused", inbox, reason)
        correlation_id = transaction.correlation_id if transaction is not None else ""
        log.info("mail refused", correlation_id=correlation_id, inbox=inbox, reason=reason, peer=peer)

    async def handle_exception(self, error: Exception) -> str:
        """Called by aiosmtpd for what a command raised and nobody caught."""
        if isinstance(error, TLSSetupException | OSError):
            log.info("session broken off", error=str(error.__cause__ or error))
        else:
            log.error("a command failed", exc_info=error)
        return FAILED

    async def handle_EHLO(
        self, server: object, session: SmtpSession, envelope: Transaction, hostname: str, responses: list[str]
    ) -> list[str]:
        """What we offer. AUTH is taken out: nobody signs in here, and the library would offer it after STARTTLS."""
        session.host_name = hostname
        offered = [line for line in responses[:-1] if not line.startswith("250-AUTH")]
        more = [f"250-{what}" for what in getattr(server, "offers", ())]
        return [*offered, f"250-SIZE {self.max_size}", "250-PIPELINING", *more, "250 HELP"]
