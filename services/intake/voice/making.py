"""What takes calls, for each inbox of channel ``voice``: webhooks and the reader share it, so that they agree on what is in hand."""

from services.intake.accepting import Accepting
from services.intake.twilio.media import MediaKeeper
from services.intake.twilio.pending import Pending
from services.intake.voice.calls import Calls
from shared.bus import subjects
from shared.bus.keyvalue import KeyValue
from shared.fetch import Fetcher
from shared.service import Context
from shared.settings.inbox import TwilioInbox
from shared.twilio import Transport


def takers(context: Context, accepting: Accepting) -> list[Calls]:
    """One `Calls` per inbox."""
    bucket = KeyValue(context.bus, subjects.CURSORS)
    fetcher = Fetcher(context.settings.fetch.allow)
    every = context.settings.inbox
    return [
        Calls(
            inbox,
            accepting,
            MediaKeeper(inbox, accepting, fetcher),
            Pending(bucket, inbox.name),
            Transport(inbox.api_url, seconds=6.0, connections=4),
        )
        for inbox in every
        if isinstance(inbox, TwilioInbox) and inbox.channel == "voice"
    ]
