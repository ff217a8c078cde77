"""POST Messages.json: what is checked, in which order, and with which code it is refused
(https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource)."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlsplit

from services.simulators.twilio import addresses, segments
from services.simulators.twilio.account import Account
from services.simulators.twilio.answers import Refused
from services.simulators.twilio.records import Message, now

BODY_LIMIT = 1600
MEDIA_LIMIT = 10
WINDOW = timedelta(hours=24)  # https://www.twilio.com/docs/whatsapp/key-concepts#the-customer-service-window
TEMPLATE = re.compile(r"HX[0-9a-fA-F]{32}")
VARIABLE = re.compile(r"\{\{([^{}]+)\}\}")


def take(account: Account, form: Mapping[str, str], media: list[str]) -> Message:
    """The message, kept and counted. Raises `Refused`."""
    sender, recipient = _pair(account, form.get("From", "").strip(), form.get("To", "").strip())
    content_sid = form.get("ContentSid", "")
    body = _content(account, form, media)
    callback = form.get("StatusCallback", "")
    if callback and not is_url(callback):
        raise Refused(21609, f"The 'StatusCallback' URL {callback} is not a valid URL.")
    if (sender, recipient) in account.opted_out:
        raise Refused(21610, "Attempt to send to unsubscribed recipient")
    message = Message(
        account=account.sid,
        sender=sender,
        recipient=recipient,
        body=body,
        direction="outbound-api",
        status="queued",
        segments=segments.count(body) if addresses.channel(sender) == "sms" else 1,
        media=media,
        callback=callback,
        content_sid=content_sid,
        in_window=bool(content_sid) or _in_window(account, sender, recipient),
    )
    account.messages[message.sid] = message
    account.sent.add((recipient, body))
    return message


def is_url(given: str) -> bool:
    """Whether it is a full http address; Twilio refuses underscores in hosts too."""
    try:
        parts = urlsplit(given)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and "_" not in (parts.hostname or "")


def _pair(account: Account, sender: str, recipient: str) -> tuple[str, str]:
    if not recipient:
        raise Refused(21604, "A 'To' phone number is required.")
    if not sender:
        raise Refused(21603, "A 'From' phone number is required.")
    if not addresses.can_receive(recipient):
        raise Refused(21211, f"Invalid 'To' Phone Number: {recipient}")
    if not addresses.can_send(sender):
        raise Refused(
            21212, f"The 'From' number {sender} is not a valid phone number, shortcode, or alphanumeric sender ID."
        )
    if addresses.channel(sender) != addresses.channel(recipient):
        raise Refused(21910, "Invalid From and To pair. From and To should be of the same channel")
    if sender == recipient:
        raise Refused(21266, "'To' and 'From' number cannot be the same")
    if sender not in account.senders:
        if addresses.channel(sender) != "sms":
            raise Refused(63007, "Twilio could not find a Channel with the specified From address")
        raise Refused(
            21606,
            f"The From phone number {sender} is not a valid, SMS-capable inbound phone number or short code for your"
            " account.",
        )
    return sender, recipient


def _content(account: Account, form: Mapping[str, str], media: list[str]) -> str:
    """The body that is sent: the template's when one is named."""
    if form.get("ContentSid"):
        return _template(account, form["ContentSid"], form.get("ContentVariables", ""))
    body = form.get("Body", "")
    if not body.strip() and not media:
        raise Refused(21602, "Message body is required.")
    if len(body) > BODY_LIMIT:
        raise Refused(21617, "The concatenated message body exceeds the 1600 character limit")
    if len(media) > MEDIA_LIMIT:
        raise Refused(21623, "Number of media files exceeds allowed limit")
    if not all(is_url(url) for url in media):
        raise Refused(21620, "Invalid media URL(s)")
    return body


def _template(account: Account, content_sid: str, variables: str) -> str:
    """https://www.twilio.com/docs/content/using-variables-with-content-api"""
    if not TEMPLATE.fullmatch(content_sid) or content_sid not in account.templates:
        raise Refused(21655, "The ContentSid is Invalid")
    invalid = Refused(21656, "The ContentVariables Parameter is invalid")
    try:
        values = json.loads(variables or "{}")
    except ValueError:
        raise invalid from None
    if not isinstance(values, dict):
        raise invalid
    for value in values.values():
        if not isinstance(value, str) or not value or re.search(r"[\n\t]| {5}", value):
            raise invalid
    text = account.templates[content_sid]
    if any(name not in values for name in VARIABLE.findall(text)):
        raise invalid
    return VARIABLE.sub(lambda found: str(values[found[1]]), text)


def _in_window(account: Account, sender: str, recipient: str) -> bool:
    if addresses.channel(sender) == "sms":
        return True
    last = account.last_inbound.get((recipient, sender))
    return last is not None and now() - last < WINDOW
