"""Which channels can be sent on, and how a sender is made for an inbox of each. A new channel is one line here, one package
beside `email`, and one table of tests."""

from collections.abc import Callable
from typing import Any

from services.notifier.email.compose import letterhead
from services.notifier.email.enclosing import Enclosing
from services.notifier.email.sender import EmailSender
from services.notifier.email.wording import Signature
from services.notifier.linking import Linking
from services.notifier.sending import Sender
from shared.service import Context
from shared.settings.hooks import Webhook
from shared.settings.inbox import ChatInbox, EmailInbox, TelegramInbox, TwilioInbox

Maker = Callable[[Context, Any], Sender]
"""Makes the sender of an inbox. Raises an error with a one-line text when the inbox can't be sent from."""


def email(context: Context, inbox: EmailInbox) -> Sender:
    """Mail by the relays of ``inbox.send``, or into ``<data>/maildir``."""
    settings = context.settings
    key = None
    if inbox.dkim is not None:
        from shared.dkim import load_key

        key = load_key(inbox.dkim.selector, inbox.dkim.key.get_secret_value())
    head = letterhead(
        settings.company.name, settings.sender_address(inbox), settings.reply_domain(inbox), context.keyring, key
    )
    return EmailSender(
        head,
        inbox.send,
        context.data / "maildir",
        context.blobs,
        default_language=settings.company.languages[0],
        signature=Signature(inbox.signature, inbox.signature_html),
        enclosing=Enclosing(settings.company.public_url, context.keyring, inbox.max_outgoing, inbox.links_last),
    )


def telegram(context: Context, inbox: TelegramInbox) -> Sender:
    """Messages of a Telegram bot."""
    from services.notifier.telegram.sender import TelegramSender  # with the library, which takes a while

    company = context.settings.company
    linking = Linking(company.public_url, context.keyring)
    return TelegramSender(inbox, context.blobs, company.name, company.languages[0], linking=linking)


def twilio(context: Context, inbox: TwilioInbox) -> Sender:
    """SMS, WhatsApp and Messenger."""
    from services.notifier.twilio.compose import House
    from services.notifier.twilio.sender import TwilioSender  # with the library, which takes a while

    company = context.settings.company
    house = House(inbox, company.name, company.public_url, context.keyring, company.languages[0])
    return TwilioSender(house, context.bus)


def chat(context: Context, inbox: ChatInbox) -> Sender:
    """Answers in a live chat; by the first mail inbox when the customer has left."""
    from services.notifier.chat.sender import ChatSender

    settings = context.settings
    mail = settings.email_inboxes[0] if settings.email_inboxes else None
    company = settings.company
    post = email(context, mail) if mail is not None else None
    return ChatSender(context.bus, company.name, company.languages[0], post, mail.name if mail else "")


def voice(context: Context, inbox: TwilioInbox) -> Sender:
    """Calls that agents make from a ticket."""
    from services.notifier.voice.sender import VoiceSender  # with the library, which takes a while
    from shared.speaking import Speaker

    company = context.settings.company
    return VoiceSender(
        Speaker(inbox, company.name, company.public_url, company.languages[0]), context.keyring, context.bus
    )


def webhook(context: Context, hook: Webhook) -> Sender:
    """Another system that is told of events."""
    from services.notifier.webhook.sender import WebhookSender

    return WebhookSender(hook, context.settings.fetch.allow)


MAKERS: dict[str, Maker] = {
    "chat": chat,
    "email": email,
    "telegram": telegram,
    "sms": twilio,
    "whatsapp": twilio,
    "messenger": twilio,
    "voice": voice,
    "api": webhook,
}
