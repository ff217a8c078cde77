"""What intake can say no with: to a mail server (`Refusal`), to a web client or provider (`NotKept`), to whoever starts it
(`IntakeError`)."""

from typing import Literal

from starlette.exceptions import HTTPException

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
    "unfetchable",
    "signature",
    "malformed",
    "unsupported",
    "not-private",
    "forged",
    "robot",
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


class NotKept(Exception):
    """A message of a channel other than mail is not kept; the text is for whoever sent it.

    ``status`` is the HTTP status, ``reason`` what the ledger counts it under, ``again`` after how many seconds to try again (0: never).
    """

    status = 503
    reason: Why = "unavailable"
    again = 5
    said = "the message cannot be stored at the moment"

    def __init__(self) -> None:
        super().__init__(self.said)


class Away(NotKept):
    """The bus or the blob store does not answer."""


class Behind(NotKept):
    """Too many messages wait for the router."""

    reason = "backlog"
    again = 30
    said = "too many messages are waiting"


class Full(NotKept):
    """There is no room on the bus."""

    reason = "full"
    again = 60
    said = "there is no room at the moment"


class TooLarge(NotKept):
    """It cannot be made small enough for the bus."""

    status = 413
    reason = "too-large"
    again = 0
    said = "the message cannot be made small enough to be kept"


class Unprocessable(HTTPException):
    """Parts of a posted message cannot be taken (422). ``errors``: for each a JSON pointer (RFC 6901) as ``field``, and ``detail``."""

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(422, "; ".join(f"{each['field'] or 'body'}: {each['detail']}" for each in errors[:3]))
        self.errors = errors


class IntakeError(Exception):
    """Intake cannot start; the text is one line that says what to do."""


class ListenFailed(IntakeError):
    """Nothing can listen on the configured address."""


class CertificateUnusable(IntakeError):
    """The certificate or its key cannot be used for STARTTLS."""
