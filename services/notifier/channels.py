"""Which channels can be sent on, and how a sender is made for an inbox of each. A new channel is one line here, one package
beside `email`, and one table of tests."""

from collections.abc import Callable
from typing import Any

from services.notifier.email.compose import letterhead
from services.notifier.email.sender import EmailSender
from services.notifier.sending import Sender
from shared.service import Context
from shared.settings.inbox import EmailInbox

Maker = Callable[[Context, Any], Sender]
"""Makes the sender of an inbox. Raises an error with a one-line text when the inbox can't be sent from."""


def email(context: Context, inbox: EmailInbox) -> Sender:
    """Mail by the relays of ``inbox.send``, or into ``<data>/maildir``."""
    settings = context.settings
    head = letterhead(
        settings.company.name, settings.sender_address(inbox), settings.reply_domain(inbox), context.keyring
    )
    return EmailSender(
        head,
        inbox.send,
        context.data / "maildir",
        context.blobs,
        default_language=settings.company.languages[0],
    )


MAKERS: dict[str, Maker] = {"email": email}
