"""What is asked of Twilio for a message: its parts, in order, each with text or template and files. Pure.

https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource. Which files a channel takes:
https://www.twilio.com/docs/messaging/guides/accepted-mime-types, https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages.
What it doesn't take, or where we can't tell (MMS exists in few countries), stands as a link in the text.
"""

import json
import mimetypes
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.notifier.linking import LINKS_LAST, link_to
from services.notifier.twilio.splitting import split
from shared.messages.outbound import Outbound
from shared.messages.parts import Attachment
from shared.phones import count_segments, is_e164, region_of
from shared.secrets import CallbackToken, FileLink, Keyring, encode_callback, encode_file
from shared.settings.inbox import TwilioInbox
from shared.texts import text
from shared.texts.alerting import told_words
from shared.texts.short import choices

LONGEST = 1_600
"""UTF-16 units of one message's text; Twilio refuses more with 21617."""
WINDOW = timedelta(hours=24)
"""After a person's message, in which anything may be sent to them (https://www.twilio.com/docs/whatsapp/key-concepts)."""
SLACK = timedelta(minutes=1)
MMS_REGIONS = ("US", "CA")
_VARIABLE = 900
_MIB = 1024 * 1024
_SPACES = re.compile(r"\s+")

_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})
_WHATSAPP = frozenset(
    {"image/jpeg", "image/png", "audio/ogg", "audio/mpeg", "audio/mp4", "audio/amr", "video/mp4", "application/pdf"}
)
_TAKES: dict[str, tuple[frozenset[str], int, int]] = {
    "sms": (_PICTURES, 5 * _MIB, 10),
    "whatsapp": (_WHATSAPP, 16 * _MIB, 1),
    "messenger": (_WHATSAPP | _PICTURES, 16 * _MIB, 1),
}
"""By channel: kinds of files, octets of them all in one message, files in one message."""


@dataclass(frozen=True, slots=True)
class Part:
    """One message of Twilio's. ``template`` is a content sid, then ``body`` is what stands in its first variable."""

    body: str = ""
    media: tuple[str, ...] = ()
    template: str = ""
    variables: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """What all messages of an inbox have in common."""

    inbox: TwilioInbox
    company: str
    public_url: str
    keyring: Keyring = field(repr=False)
    default_language: str = "en"


def address(outbound: Outbound, channel: str) -> str | None:
    """The recipient as Twilio writes it, or None for what can't be one."""
    given = outbound.to[0].address.strip() if outbound.to else ""
    bare = given.removeprefix(f"{channel}:")
    if channel == "messenger":
        return f"messenger:{bare}" if re.fullmatch(r"[0-9A-Za-z_.-]{3,64}", bare) else None
    if not is_e164(bare):
        return None
    return f"whatsapp:{bare}" if channel == "whatsapp" else bare


def is_open(last_inbound: datetime | None, now: datetime) -> bool:
    """Whether the window in which anything may be sent is open."""
    return last_inbound is not None and now < last_inbound + WINDOW - SLACK


def freeform(outbound: Outbound, to: str, house: House) -> list[Part]:
    """The parts of a message: text with the files that may go along, then the files that need a message each. Raises what `told_words`
    raises for a text this version doesn't know."""
    sent, linked = _sorted(outbound, to, house)
    words = "\n\n".join(filter(None, [_words(outbound, house), _links(outbound, linked, house)]))
    urls = [_media_url(each, outbound, house) for each in sent]
    _, _, together = _TAKES[house.inbox.channel]
    pieces = split(words, LONGEST)
    groups = [tuple(urls[start : start + together]) for start in range(0, len(urls), together)]
    if not groups:
        return [Part(body=piece) for piece in pieces]
    # The last piece of the text goes with the first files: a caption.
    caption = pieces.pop() if pieces else ""
    return [
        *(Part(body=piece) for piece in pieces),
        Part(body=caption, media=groups[0]),
        *(Part(media=group) for group in groups[1:]),
    ]


def templated(outbound: Outbound, house: House) -> list[Part] | None:
    """The message in an approved template, or None where none is configured for it. What doesn't fit a variable is cut: one line, no runs
    of spaces (https://www.twilio.com/docs/content/using-variables-with-content-api)."""
    sid = _template(outbound, house.inbox.templates)
    if sid is None:
        return None
    linked = _links(outbound, outbound.attachments, house)
    whole = " ".join(filter(None, [_words(outbound, house), linked]))
    if outbound.event:
        whole = whole.replace("\n\n", " – ")  # what happened, the words, and how it is answered are to be told apart
    words = _SPACES.sub(" ", whole).strip() or "…"
    words = words if len(words) <= _VARIABLE else f"{words[: _VARIABLE - 1].rstrip()}…"
    ticket = f"T-{outbound.ticket_number}" if outbound.ticket_number else "-"
    return [Part(body=words, template=sid, variables=json.dumps({"1": words, "2": ticket}, ensure_ascii=False))]


def segments(parts: Sequence[Part], channel: str) -> int:
    """How many SMS they are; 0 on channels that don't count them."""
    return sum(count_segments(part.body).count for part in parts) if channel == "sms" else 0


def fields(
    parts: Sequence[Part], place: int, to: str, outbound: Outbound, attempt: int, house: House
) -> dict[str, Any]:
    """The library's arguments for the part at ``place`` (from 0)."""
    part = parts[place]
    paid = segments(parts, house.inbox.channel)
    about = CallbackToken(outbound.delivery_id, attempt, place + 1, len(parts), paid)
    token = encode_callback(house.keyring, about)
    asked: dict[str, Any] = {
        "to": to,
        "from_": house.inbox.sender,
        "status_callback": f"{house.public_url}/hooks/twilio/{house.inbox.name}/status?d={token}",
    }
    if part.template:
        return {**asked, "content_sid": part.template, "content_variables": part.variables}
    if part.body:
        asked["body"] = part.body
    if part.media:
        asked["media_url"] = list(part.media)
    return asked


def _template(outbound: Outbound, templates: Mapping[str, str]) -> str | None:
    names = [outbound.template, outbound.kind, "reply"]
    for name in filter(None, names):
        for key in (f"{name}.{outbound.language}", name):
            if key in templates:
                return templates[key]
    return None


def _words(outbound: Outbound, house: House) -> str:
    words = told_words(outbound, house.company, house.default_language).strip()
    # Nothing here can be pressed: what may be answered stands as a list of numbers.
    return "\n".join(filter(None, [words, choices(outbound, house.default_language)]))


def _sorted(outbound: Outbound, to: str, house: House) -> tuple[list[Attachment], list[Attachment]]:
    """Files that go along and files that are linked."""
    channel = house.inbox.channel
    kinds, room, _ = _TAKES[channel]
    if channel == "sms" and not {region_of(to), region_of(house.inbox.number)} <= set(MMS_REGIONS):
        kinds = frozenset()
    sent: list[Attachment] = []
    linked: list[Attachment] = []
    for each in outbound.attachments:
        # Where files travel together they share the room.
        taken = sum(other.size for other in sent) if channel == "sms" else 0
        goes = each.blob is not None and each.media_type in kinds and each.size + taken <= room and len(sent) < 10
        (sent if goes else linked).append(each)
    return sent, linked


def _links(outbound: Outbound, linked: list[Attachment], house: House) -> str:
    if not linked:
        return ""
    expires = outbound.created_at + LINKS_LAST
    until = expires.date().isoformat()
    intro = text("files.shared", outbound.language, default=house.default_language, until=until)
    # Each letter of an SMS is paid for: no names and sizes.
    lines = [link_to(each, house.public_url, house.keyring, expires).url for each in linked if each.blob]
    return "\n".join([intro, *lines]) if lines else ""


def _media_url(attachment: Attachment, outbound: Outbound, house: House) -> str:
    """Where Twilio fetches a file: intake serves it with the type that its name promises."""
    stem = attachment.filename.rpartition(".")[0] or attachment.filename or "file"
    name = attachment.filename
    if mimetypes.guess_type(name)[0] != attachment.media_type:
        name = f"{stem}{mimetypes.guess_extension(attachment.media_type) or ''}"
    token = _link(attachment, name, outbound.created_at + LINKS_LAST, house)
    return f"{house.public_url}/hooks/twilio/{house.inbox.name}/media/{token}"


def _link(attachment: Attachment, name: str, expires: datetime, house: House) -> str:
    clean = "".join(char for char in name if char.isprintable())[:150] or "file"
    return encode_file(house.keyring, FileLink(str(attachment.blob), attachment.size, clean, expires))
