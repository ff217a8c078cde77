"""What takes messages, for each inbox of Twilio's: webhooks and the reader share it, so that they agree on what is in hand."""

from services.intake.accepting import Accepting
from services.intake.twilio.media import MediaKeeper
from services.intake.twilio.pending import Pending
from services.intake.twilio.taking import Taking
from shared.bus import subjects
from shared.bus.keyvalue import KeyValue
from shared.fetch import Fetcher
from shared.service import Context
from shared.settings.inbox import TwilioInbox

CHANNELS = ("sms", "whatsapp", "messenger")


def inboxes(context: Context) -> tuple[TwilioInbox, ...]:
    """The inboxes that get messages from Twilio (voice has its own way)."""
    every = context.settings.inbox
    return tuple(each for each in every if isinstance(each, TwilioInbox) and each.channel in CHANNELS)


class Takers:
    """One `Taking` per inbox; ``pending`` are its missing files."""

    def __init__(self, context: Context, accepting: Accepting) -> None:
        bucket = KeyValue(context.bus, subjects.CURSORS)
        fetcher = Fetcher(context.settings.fetch.allow)
        self.pending = {inbox.name: Pending(bucket, inbox.name) for inbox in inboxes(context)}
        self.by_name = {
            inbox.name: Taking(inbox, accepting, MediaKeeper(inbox, accepting, fetcher), self.pending[inbox.name])
            for inbox in inboxes(context)
        }
