"""What becomes of a message after it was taken, and the callbacks that tell it
(https://www.twilio.com/docs/messaging/guides/track-outbound-message-status)."""

from collections.abc import Callable, Mapping

from services.simulators.twilio.account import Account
from services.simulators.twilio.addresses import channel
from services.simulators.twilio.records import VERSION, Message, now

# Sends a signed request: lane, label, public URL, parameters.
Send = Callable[[str, str, str, Mapping[str, str]], None]
FINAL = ("delivered", "undelivered", "failed", "read")
OUTSIDE = 63016


def proceed(account: Account, message: Message, send: Send) -> None:
    """All the states that the recipient's line lets it go through. Freeform outside the window is taken, and fails afterwards."""
    line = account.line(message.recipient)
    progress, error = (line.progress, line.error) if message.in_window else (("queued", "failed"), OUTSIDE)
    for status in progress:
        report(message, status, error if status in ("failed", "undelivered") else None, send)


def report(message: Message, status: str, error: int | None, send: Send) -> None:
    """Move a message to a state and tell it, whatever state it had."""
    message.status, message.error, message.updated = status, error, now()
    if status == "sent":
        message.sent = message.updated
    if message.callback:
        send(message.sid, f"status:{status}", message.callback, _form(message))


def _form(message: Message) -> dict[str, str]:
    form = {
        "AccountSid": message.account,
        "ApiVersion": VERSION,
        "From": message.sender,
        "MessageSid": message.sid,
        "MessageStatus": message.status,
        "SmsSid": message.sid,
        "SmsStatus": message.status,
        "To": message.recipient,
    }
    if message.error:
        form["ErrorCode"] = str(message.error)
    if channel(message.recipient) != "sms":
        form["ChannelPrefix"] = channel(message.recipient)
        form["ChannelToAddress"] = message.recipient
        if message.status in ("delivered", "read"):
            form["EventType"] = message.status.upper()
    return form
