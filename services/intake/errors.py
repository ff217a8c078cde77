"""What intake can say no with: to a sender (`Refusal`) and to whoever starts it (`IntakeError`)."""

from typing import Literal

Why = Literal[
    "unknown-recipient",
    "too-many-recipients",
    "bad-address",
    "too-large",
    "rate",
    "busy",
    "backlog",
    "full",
    "unavailable",
    "failed",
]


class Refusal(Exception):
    """A sender is turned away.

    ``reply`` is the SMTP reply with its enhanced status (RFC 5321 4.2, RFC 3463), one line of ASCII; ``reason`` is what the ledger
    and the metrics count it under.
    """

    def __init__(self, reply: str, reason: Why) -> None:
        super().__init__(reply)
        self.reply = reply
        self.reason = reason

    @property
    def temporary(self) -> bool:
        """Whether the sender is asked to try again."""
        return self.reply.startswith("4")


class IntakeError(Exception):
    """Intake cannot start; the text is one line that says what to do."""


class ListenFailed(IntakeError):
    """Nothing can listen on the configured address."""


class CertificateUnusable(IntakeError):
    """The certificate or its key cannot be used for STARTTLS."""
