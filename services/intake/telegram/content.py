"""What a Message object holds, as words, files and named values (https://core.telegram.org/bots/api#message). Pure.

Words are the customer's own, or a symbol and facts where they sent no words: no language has to be chosen for them here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from services.intake.telegram.members import Json, integer, line, number, obj, objects, text

FILE_LIMIT = 20 << 20
"""Octets of the largest file a bot may fetch (https://core.telegram.org/bots/api#getfile)."""
VALUE = 500
"""Characters kept of a named value."""

# Members that say nothing of what was written: what a message is besides its content.
# fmt: off
_FRAME = frozenset((
    "message_id", "message_thread_id", "from", "sender_chat", "sender_boost_count", "sender_business_bot",
    "business_connection_id", "chat", "date", "edit_date", "via_bot", "forward_origin", "forward_from",
    "forward_from_chat", "forward_from_message_id", "forward_signature", "forward_sender_name",
    "forward_date", "is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply",
    "quote", "reply_to_story", "reply_to_checklist_task_id", "has_protected_content", "is_from_offline",
    "is_paid_post", "media_group_id", "author_signature", "paid_star_count", "entities", "caption",
    "caption_entities", "link_preview_options", "effect_id", "show_caption_above_media",
    "has_media_spoiler", "reply_markup", "direct_messages_topic", "suggested_post_info",
))
# fmt: on
# What Telegram itself says about a chat; nobody wrote it.
# fmt: off
_SERVICE = frozenset((
    "new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "delete_chat_photo",
    "group_chat_created", "supergroup_chat_created", "channel_chat_created",
    "message_auto_delete_timer_changed", "migrate_to_chat_id", "migrate_from_chat_id", "pinned_message",
    "write_access_allowed", "connected_website", "proximity_alert_triggered", "boost_added",
    "chat_background_set", "video_chat_scheduled", "video_chat_started", "video_chat_ended",
    "video_chat_participants_invited", "forum_topic_created", "forum_topic_edited", "forum_topic_closed",
    "forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden",
    "giveaway_created", "giveaway_completed",
))
# fmt: on


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file that lies at Telegram. ``size`` in octets, where it is told."""

    file_id: str
    filename: str
    media_type: str
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a message holds. ``known`` is False for a kind that this code has no words for; ``service``: nobody wrote it."""

    words: str = ""
    files: tuple[RemoteFile, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    known: bool = True
    service: bool = False


def read_content(message: Json) -> Content:
    """What ``message`` holds, whatever it is."""
    written = _with_links(text(message, "text"), objects(message, "entities"))
    caption = _with_links(text(message, "caption"), objects(message, "caption_entities"))
    found = next((read(message) for name, read in _KINDS.items() if name in message), None)
    if found is None and not written:
        kinds = sorted(name for name in message if name not in _FRAME)[:5]
        if kinds and all(name in _SERVICE for name in kinds):
            return Content(service=True)
        shown = ", ".join(line({"name": name[:40]}, "name") for name in kinds)
        return Content(words=_join(f"❔ {shown}".rstrip(), caption), known=False)
    found = found or Content()
    words = _join(written, found.words, caption)
    return Content(words, found.files, {name: value[:VALUE] for name, value in found.values.items()})


def _join(*parts: str) -> str:
    return "\n".join(part for part in parts if part)


def _with_links(written: str, entities: list[Json]) -> str:
    """The text with the address of each link that hides behind words. Places count in UTF-16 units
    (https://core.telegram.org/bots/api#messageentity)."""
    links: list[tuple[int, str]] = []
    for entity in entities[:100]:
        offset, length, url = integer(entity, "offset"), integer(entity, "length"), line(entity, "url")
        if entity.get("type") == "text_link" and url and offset is not None and length is not None:
            links.append((offset + length, url[:2000]))
    if not links:
        return written
    units = written.encode("utf-16-le")
    for end, url in sorted(links, reverse=True):
        if 0 <= 2 * end <= len(units):
            units = units[: 2 * end] + f" ({url})".encode("utf-16-le") + units[2 * end :]
    return units.decode("utf-16-le", "replace")


# Kinds of content, each by the member that names it. The order matters: an animation is given as a document too, a venue as a place.


def _file(parent: Json, filename: str, media_type: str) -> tuple[RemoteFile, ...]:
    file_id = text(parent, "file_id")
    if not file_id:
        return ()
    named = line(parent, "file_name").replace("\\", "/").rpartition("/")[2] or filename
    return (
        RemoteFile(file_id, named[:255], line(parent, "mime_type")[:100] or media_type, integer(parent, "file_size")),
    )


def _media(name: str, filename: str, media_type: str) -> Callable[[Json], Content]:
    return lambda message: Content(files=_file(obj(message, name), filename, media_type))


def _photo(message: Json) -> Content:
    """The same picture in several sizes: the largest is wanted."""
    sizes = objects(message, "photo")
    largest = max(sizes, key=lambda one: (integer(one, "width") or 0) * (integer(one, "height") or 0), default={})
    return Content(files=_file(largest, "photo.jpg", "image/jpeg"))


def _sticker(message: Json) -> Content:
    """https://core.telegram.org/bots/api#sticker"""
    sticker = obj(message, "sticker")
    name, media_type = "sticker.webp", "image/webp"
    if sticker.get("is_animated") is True:
        name, media_type = "sticker.tgs", "application/x-tgsticker"
    elif sticker.get("is_video") is True:
        name, media_type = "sticker.webm", "video/webm"
    return Content(line(sticker, "emoji"), _file(sticker, name, media_type))


def _place(place: Json, said: str = "") -> Content:
    latitude, longitude = number(place, "latitude"), number(place, "longitude")
    if latitude is None or longitude is None:
        return Content(f"📍 {said}".rstrip())
    where = f"{_degrees(latitude)}, {_degrees(longitude)}"
    values = {"latitude": repr(latitude), "longitude": repr(longitude)}
    return Content(f"📍 {said} ({where})" if said else f"📍 {where}", values=values)


def _degrees(value: float) -> str:
    """A metre of precision, which is more than a telephone knows."""
    return f"{value:.5f}".rstrip("0").rstrip(".")


def _location(message: Json) -> Content:
    return _place(obj(message, "location"))


def _venue(message: Json) -> Content:
    venue = obj(message, "venue")
    said = ", ".join(part for part in (line(venue, "title"), line(venue, "address")) if part)
    return _place(obj(venue, "location"), said)


def _contact(message: Json) -> Content:
    contact = obj(message, "contact")
    name = " ".join(part for part in (line(contact, "first_name"), line(contact, "last_name")) if part)
    phone = line(contact, "phone_number")
    shown = phone if phone.startswith("+") or not phone else f"+{phone}"
    return Content(
        f"👤 {' '.join(part for part in (name, shown) if part)}", values={"contact_phone": shown} if shown else {}
    )


def _web_app(message: Json) -> Content:
    """A bad client can send anything here, says https://core.telegram.org/bots/api#webappdata: it is text to be read, no more."""
    given = obj(message, "web_app_data")
    button, data = line(given, "button_text"), text(given, "data")
    return Content(f"{button}: {data}" if button else data, values={"web_app_button": button, "web_app_data": data})


def _poll(message: Json) -> Content:
    poll = obj(message, "poll")
    choices = [f"- {line(option, 'text')}" for option in objects(poll, "options")[:20]]
    return Content("\n".join([f"📊 {line(poll, 'question')}", *choices]))


def _dice(message: Json) -> Content:
    dice = obj(message, "dice")
    return Content(f"{line(dice, 'emoji') or '🎲'} {integer(dice, 'value') or ''}".rstrip())


_KINDS: dict[str, Callable[[Json], Content]] = {
    "animation": _media("animation", "animation.mp4", "video/mp4"),
    "photo": _photo,
    "document": _media("document", "document", "application/octet-stream"),
    "video": _media("video", "video.mp4", "video/mp4"),
    "video_note": _media("video_note", "video-note.mp4", "video/mp4"),
    "voice": _media("voice", "voice.oga", "audio/ogg"),
    "audio": _media("audio", "audio.mp3", "audio/mpeg"),
    "sticker": _sticker,
    "venue": _venue,
    "location": _location,
    "contact": _contact,
    "web_app_data": _web_app,
    "poll": _poll,
    "dice": _dice,
}
