"""What Twilio tells of a message we sent, as a report for the store. Pure.

https://www.twilio.com/docs/messaging/guides/track-outbound-message-status. Callbacks come in any order, before the answer to the request
too: the rank of the state decides, in the store.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from shared.messages.outbound import DeliveryReport
from shared.messages.parts import DeliveryState
from shared.secrets import CallbackToken
from shared.settings.inbox import TwilioInbox
from shared.twiliocodes import described, via

STATES: Final[dict[str, DeliveryState]] = {
    "accepted": "accepted",
    "scheduled": "accepted",
    "queued": "accepted",
    "sending": "accepted",
    "sent": "accepted",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


def report(form: Mapping[str, str], token: CallbackToken, inbox: TwilioInbox, now: datetime) -> DeliveryReport | None:
    """The report of a callback, or None for one that says nothing of the delivery as a whole: a state that isn't known, or the arrival of
    a part that isn't the last. A part that fails fails the whole."""
    state = STATES.get((form.get("MessageStatus") or form.get("SmsStatus") or "").lower())
    if state is None or (state != "failed" and not token.is_last):
        return None
    code = form.get("ErrorCode", "")
    words = form.get("ErrorMessage", "")[:500]
    return DeliveryReport(
        delivery_id=token.delivery_id,
        attempt=token.attempt,
        state=state,
        at=now,
        channel=inbox.channel,
        inbox=inbox.name,
        # Of several parts the notifier knows all sids.
        provider_id=((form.get("MessageSid") or form.get("SmsSid") or "")[:64] or None) if token.parts == 1 else None,
        error=described(int(code) if code.isascii() and code.isdigit() and len(code) < 7 else None, words)
        if state == "failed"
        else "",
        via=via(token.segments),
    )
