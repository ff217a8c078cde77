"""What Twilio tells of an incoming message, in our terms. Pure: a form's fields in, a `Message` out.

https://www.twilio.com/docs/messaging/guides/webhook-request (all channels), https://www.twilio.com/docs/whatsapp/api (WhatsApp's own
fields), https://www.twilio.com/docs/messaging/channels (how addresses are written). Fields that aren't known are kept in the original.
"""

import mimetypes
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.intake.twilio.words import wish
from shared.messages.parts import Automatic, Channel, Point
from shared.phones import to_e164
from shared.settings.inbox import TwilioInbox

MOST_MEDIA = 10
_SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,100}")
_PEER = re.compile(r"[^\s\x00-\x1f:]{1,100}")
_SIGNS = {"image": "📷", "audio": "🎤", "video": "🎬"}
_FILE_SIGN, _PLACE_SIGN, _CONTACT_SIGN = "📎", "📍", "👤"
_ENDINGS = {
    "audio/ogg": ".ogg",
    "audio/amr": ".amr",
    "image/webp": ".webp",
    "text/vcard": ".vcf",
    "text/x-vcard": ".vcf",
}
_LONGEST_TEXT = 20_000
_LONGEST_VALUE = 1_000

# What else is worth showing beside a message: our name and Twilio's.
_KEPT = {
    "latitude": "Latitude",
    "longitude": "Longitude",
    "address": "Address",
    "label": "Label",
    "list_description": "ListDescription",
    "referral_headline": "ReferralHeadline",
    "referral_url": "ReferralSourceUrl",
    "forwarded": "Forwarded",
    "city": "FromCity",
    "country": "FromCountry",
}


class Malformed(Exception):
    """It is no message: a field that every message has is missing, or nothing that it could be."""


@dataclass(frozen=True, slots=True)
class Media:
    """A file that is with Twilio: where, its type as the sender's device said, and a name to show it by."""

    url: str
    media_type: str
    filename: str


@dataclass(frozen=True, slots=True)
class Message:
    """An incoming message. ``peer`` is how the channel knows the sender, ``points`` are all that certainly belong to them. ``wrote``
    is what they wrote, ``text`` that or a line which says what there is instead. ``replied`` is the sid of the message it answers."""

    sid: str
    account: str
    channel: Channel
    sender: str
    peer: str
    name: str
    points: tuple[Point, ...]
    recipient: str
    wrote: str
    text: str
    media: tuple[Media, ...] = ()
    replied: str | None = None
    pressed: str | None = None
    fields: dict[str, str] = field(default_factory=dict)
    automatic: Automatic | None = None


def read(form: Mapping[str, str], inbox: TwilioInbox) -> Message:
    """The message in a webhook's form. Raises `Malformed`."""
    sid = form.get("MessageSid") or form.get("SmsMessageSid") or form.get("SmsSid") or ""
    if not _SID.fullmatch(sid):
        raise Malformed(f"no MessageSid: {sid[:40]!r}")
    sender = form.get("From", "").strip()
    peer, points = _who(sender, inbox.channel)
    media = _media(form, sid)
    wrote = form.get("Body", "").replace("\0", "")[:_LONGEST_TEXT]
    replied = form.get("OriginalRepliedMessageSid", "")
    pressed = form.get("ButtonPayload") or form.get("ListId") or form.get("PostbackPayload") or None
    return Message(
        sid=sid,
        account=form.get("AccountSid", "") or inbox.account_sid,
        channel=inbox.channel,
        sender=sender,
        peer=peer,
        name=_line(form.get("ProfileName", ""), 200),
        points=points,
        recipient=form.get("To", "").strip()[:_LONGEST_VALUE],
        wrote=wrote,
        text=_text(wrote, form, media),
        media=media,
        replied=replied if _SID.fullmatch(replied) else None,
        pressed=pressed[:_LONGEST_VALUE] if pressed else None,
        fields=_fields(form, wrote, inbox.channel),
        # A word or a short code is a machine's; nobody is there to read an acknowledgement.
        automatic="notification" if inbox.channel == "sms" and not points else None,
    )


def _who(sender: str, channel: str) -> tuple[str, tuple[Point, ...]]:
    """How the channel knows the sender, and what certainly belongs to them."""
    prefix, colon, bare = sender.rpartition(":")
    if (prefix if colon else "sms") != channel:
        raise Malformed(f"From is no sender of {channel}: {sender[:60]!r}")
    if channel == "messenger":
        if not _PEER.fullmatch(bare):
            raise Malformed(f"From is no sender of Messenger: {sender[:60]!r}")
        return bare, (Point(kind="messenger", value=bare),)
    number = to_e164(bare) if bare.startswith("+") else None
    if number is None:
        peer = re.sub(r"\s+", "-", bare.strip())
        if channel == "whatsapp" or not _PEER.fullmatch(peer):
            raise Malformed(f"From is no number: {sender[:60]!r}")
        return peer, ()
    if channel == "whatsapp":
        return number, (Point(kind="whatsapp", value=number), Point(kind="phone", value=number))
    return number, (Point(kind="phone", value=number),)


def _media(form: Mapping[str, str], sid: str) -> tuple[Media, ...]:
    found: list[Media] = []
    for number in range(MOST_MEDIA):
        url = form.get(f"MediaUrl{number}", "").strip()
        if url:
            media_type = form.get(f"MediaContentType{number}", "").partition(";")[0].strip().lower()
            media_type = media_type if _TYPE.fullmatch(media_type) else "application/octet-stream"
            found.append(Media(url, media_type, name_of(media_type, number)))
    return tuple(found)


def name_of(media_type: str, number: int) -> str:
    """What a file without a name is shown as: ``image-1.jpg``."""
    kind = media_type.partition("/")[0]
    kind = kind if kind in _SIGNS else "file"
    ending = _ENDINGS.get(media_type) or mimetypes.guess_extension(media_type) or ""
    return f"{kind}-{number + 1}{ending}"


def _text(wrote: str, form: Mapping[str, str], media: tuple[Media, ...]) -> str:
    """What they wrote, with a line for a place; where they wrote nothing, signs of what they sent."""
    lines = [wrote] if wrote.strip() else []
    place = _place(form)
    if place:
        lines.append(place)
    if not lines:
        lines = [" ".join(_sign(each.media_type) for each in media)] if media else []
    if not lines:
        lines = [form.get("ButtonText") or form.get("ListTitle") or ""]
    return "\n".join(lines)


def _sign(media_type: str) -> str:
    if media_type in ("text/vcard", "text/x-vcard"):
        return _CONTACT_SIGN
    return _SIGNS.get(media_type.partition("/")[0], _FILE_SIGN)


def _place(form: Mapping[str, str]) -> str:
    try:
        latitude, longitude = float(form.get("Latitude", "")), float(form.get("Longitude", ""))
    except ValueError:
        return ""
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        return ""
    words = [_line(form.get(each, ""), 300) for each in ("Label", "Address")]
    return " · ".join([f"{_PLACE_SIGN} {latitude}, {longitude}", *filter(None, words)])


def _fields(form: Mapping[str, str], wrote: str, channel: str) -> dict[str, str]:
    fields = {
        ours: _line(form[theirs], _LONGEST_VALUE) for ours, theirs in _KEPT.items() if form.get(theirs, "").strip()
    }
    wanted = wish(wrote, channel, form.get("OptOutType", ""))
    if wanted == "help":
        # Twilio answers by itself; whoever reads the ticket sees why.
        return {**fields, "help": "yes"}
    return {**fields, "opt": wanted} if wanted else fields


def _line(value: str, longest: int) -> str:
    """On one line, without control characters."""
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())[:longest]


def contact_line(card: bytes) -> str:
    """A line for a shared contact: the name and numbers of a vCard (RFC 6350); empty where it has none. Bounded."""
    # A line goes on after a break and a space (3.2).
    text = re.sub(r"\r?\n[ \t]", "", card[:65_536].decode("utf-8", "replace"))
    found: dict[str, list[str]] = {"FN": [], "TEL": [], "EMAIL": []}
    for line in text.splitlines()[:500]:
        key, colon, value = line.partition(":")
        name = key.partition(";")[0].rpartition(".")[2].upper()
        if colon and name in found and len(found[name]) < 5 and (shown := _line(value.replace("\\,", ","), 200)):
            found[name].append(shown.removeprefix("tel:"))
    parts = [*found["FN"][:1], *found["TEL"], *found["EMAIL"]]
    return f"{_CONTACT_SIGN} {' · '.join(parts)}" if parts else ""
