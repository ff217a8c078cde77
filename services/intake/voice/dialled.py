"""How a call of ours went, as a report for the store. Pure.

Two telephones are rung. What Twilio tells of the first, the agent's: https://www.twilio.com/docs/voice/api/call-resource#statuscallback; of
the second, the customer's: https://www.twilio.com/docs/voice/twiml/dial#attributes-action. The call is what became of the second.
"""

from datetime import datetime
from typing import Final

from shared.messages.outbound import DeliveryReport
from shared.messages.parts import DeliveryState
from shared.secrets import CallbackToken
from shared.settings.inbox import TwilioInbox

VIA: Final = "twilio"
GOING_ON: Final = frozenset({"queued", "initiated", "ringing", "in-progress"})
FAILED: Final = frozenset({"busy", "no-answer", "failed", "canceled"})


def agents_leg(status: str, token: CallbackToken, sid: str, inbox: TwilioInbox, now: datetime) -> DeliveryReport | None:
    """The report of the agent's telephone: it rings, or was not answered. None for one that has been talked on: the customer's tells."""
    if status in GOING_ON:
        return _report("accepted", token, inbox, now, sid)
    if status in FAILED:
        return _report("failed", token, inbox, now, sid, error=f"agent: the agent's telephone: {status}")
    return None


def customers_leg(
    status: str, seconds: int | None, token: CallbackToken, sid: str, inbox: TwilioInbox, now: datetime
) -> DeliveryReport | None:
    """The report of the customer's telephone; None while it rings. ``sid`` is the agent's call, by which the store knows both: this may
    be the first that it hears."""
    if status in ("completed", "answered"):
        return _report("delivered", token, inbox, now, sid, seconds=seconds or 0)
    if status in FAILED:
        kind = "failed" if status == "canceled" else status
        return _report("failed", token, inbox, now, sid, error=f"{kind}: the customer's telephone: {status}")
    return None


def gone(token: CallbackToken, sid: str, inbox: TwilioInbox, now: datetime) -> DeliveryReport:
    """The report of a call that ended before the customer's telephone was rung."""
    return _report("failed", token, inbox, now, sid, error="gone: the agent hung up before the customer was rung")


def _report(
    state: DeliveryState,
    token: CallbackToken,
    inbox: TwilioInbox,
    now: datetime,
    sid: str,
    *,
    error: str = "",
    seconds: int | None = None,
) -> DeliveryReport:
    return DeliveryReport(
        delivery_id=token.delivery_id,
        attempt=token.attempt,
        state=state,
        at=now,
        channel="voice",
        inbox=inbox.name,
        provider_id=sid,
        error=error,
        via=VIA,
        seconds=seconds,
    )
