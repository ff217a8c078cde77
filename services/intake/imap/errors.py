"""What can go wrong between us and a mailbox, as types. Each text is one line without a password or a token."""

from typing import ClassVar


class MailboxError(Exception):
    """The root. ``kind`` is what metrics count it under; ``certain``: waiting will not mend it, somebody has to."""

    kind: ClassVar[str] = "failed"
    certain: ClassVar[bool] = False


class Unreachable(MailboxError):
    """No connection, or it was lost, or the server did not answer in time."""

    kind = "unreachable"


class IdleUnanswered(Unreachable):
    """The server says that it can wait for news (IDLE), and then is silent for ever."""


class Untrusted(MailboxError):
    """The server cannot prove who it is, or does not offer the TLS that is configured."""

    kind = "tls"
    certain = True


class Nonsense(MailboxError):
    """The server's answer cannot be understood, or is larger than anything asked for."""

    kind = "protocol"


class SignInRefused(MailboxError):
    """The server does not let us in with what is configured."""

    kind = "sign-in"
    certain = True


class FolderMissing(MailboxError):
    """The folder cannot be opened."""

    kind = "folder"
    certain = True


class Denied(MailboxError):
    """The server said no to a command (RFC 3501 7.1)."""

    kind = "denied"


class TokenUnavailable(MailboxError):
    """The token endpoint does not answer as it should; later it may."""

    kind = "token"


class TokenRefused(MailboxError):
    """The refresh token is not accepted any more (RFC 6749 5.2): somebody has to sign in anew."""

    kind = "token-refused"
    certain = True


class NotNow(MailboxError):
    """Not the mailbox's fault: the bus is away or too much waits. Everything stays where it is."""

    kind = "bus"


class Fenced(MailboxError):
    """Somebody else reads this mailbox now; what we were doing is over."""

    kind = "fenced"
