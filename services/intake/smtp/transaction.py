"""One mail on its way through a session: aiosmtpd's envelope with what we must remember of it."""

import secrets

from aiosmtpd.smtp import Envelope as SmtpEnvelope

from services.intake.errors import Why
from services.intake.mail import Envelope


class Transaction(SmtpEnvelope):
    """From MAIL to the answer after DATA, or to whatever ended it before.

    ``routes`` are the inboxes of the recipients taken so far, ``taken`` (LMTP) is how often one was. ``refused`` is why the latest
    recipient was refused; a transaction that ends with that and without a recipient is a mail refused.
    """

    def __init__(self) -> None:
        super().__init__()
        self.routes: dict[str, None] = {}
        self.taken = 0
        self.refused: Why | None = None
        self.helo = ""
        self._correlation_id = ""

    @property
    def correlation_id(self) -> str:
        """Names this transaction in every log line, in the message and in the reply: 16 hexadecimal characters."""
        if not self._correlation_id:
            self._correlation_id = secrets.token_hex(8)
        return self._correlation_id

    def described(self, peer: str) -> Envelope:
        """What goes with the mail."""
        sender = self.mail_from or ""
        return Envelope(
            correlation_id=self.correlation_id,
            peer=peer,
            sender="" if sender == "<>" else sender,
            recipients=tuple(self.rcpt_tos),
            routes=tuple(self.routes),
            helo=self.helo,
        )
