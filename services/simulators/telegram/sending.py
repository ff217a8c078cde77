"""Methods with which a bot sends: https://core.telegram.org/bots/api#sendmessage and the media methods after it."""

import re
import secrets
from typing import Any

from services.simulators.keeping import Kept
from services.simulators.telegram import entities, files, markup
from services.simulators.telegram.answers import Json, Refused, bad
from services.simulators.telegram.asked import PHOTO_LIMIT, Asked
from services.simulators.telegram.bots import Bot, Chat

ALBUM = range(2, 11)
ALBUM_KINDS = ("photo", "video", "document", "audio")
# https://core.telegram.org/bots/api#sendchataction
CHAT_ACTIONS = (
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
)


def send_message(bot: Bot, asked: Asked) -> Json:
    chat = _chat(bot, asked)
    text, styled = entities.parse(asked.text("text"), asked.text("parse_mode"))
    entities.check_length(text, entities.TEXT_LIMIT, "message")
    styled = styled or asked.structure("entities") or []
    content: Json = {"text": text, **({"entities": styled} if styled else {})}
    return _post(bot, chat, asked, content, text)


def send_media(bot: Bot, asked: Asked, kind: str) -> Json:
    """sendPhoto, sendDocument, sendVoice, sendAudio, sendVideo."""
    chat = _chat(bot, asked)
    kept = _file(bot, asked, asked.text(kind), asked.upload(kind))
    if kind == "photo" and len(kept.content) > PHOTO_LIMIT:
        raise Refused(413)
    content = files.describe(bot, kind, kept, asked.integer("duration"))
    caption = _caption(asked.text("caption"), asked.text("parse_mode"))
    return _post(bot, chat, asked, {**content, **caption}, asked.text("caption"))


def send_media_group(bot: Bot, asked: Asked) -> list[Json]:
    """An album: two to ten files, as many messages with one ``media_group_id``."""
    chat = _chat(bot, asked)
    album = asked.structure("media")
    if not isinstance(album, list) or not all(isinstance(one, dict) for one in album):
        raise bad("can't parse media JSON object")
    if len(album) not in ALBUM:
        raise bad("there must be from 2 to 10 items in the album" if album else "there are no messages to send")
    ready = [_album_part(bot, asked, one) for one in album]
    group = {"media_group_id": str(secrets.randbits(60))}
    return [_post(bot, chat, asked, {**content, **group}, content.get("caption", "")) for content in ready]


def _album_part(bot: Bot, asked: Asked, one: Json) -> Json:
    kind = one.get("type")
    if kind not in ALBUM_KINDS:
        raise bad("can't parse InputMedia: wrong type")
    reference = str(one.get("media", ""))
    kept = _file(bot, asked, reference, asked.attached(reference))
    caption = _caption(str(one.get("caption") or ""), str(one.get("parse_mode") or ""))
    return {**files.describe(bot, kind, kept), **caption}


def send_chat_action(bot: Bot, asked: Asked) -> bool:
    chat = _chat(bot, asked)
    if asked.text("action") not in CHAT_ACTIONS:
        raise bad("wrong parameter action in request")
    chat.actions.append(asked.text("action"))
    return True


def _chat(bot: Bot, asked: Asked) -> Chat:
    if not asked.text("chat_id"):
        raise bad("chat_id is empty")
    chat = bot.chat(asked.text("chat_id"))
    chat.check_open()
    return chat


def _caption(given: str, mode: str) -> Json:
    text, styled = entities.parse(given, mode)
    entities.check_length(text, entities.CAPTION_LIMIT, "message caption")
    if not text:
        return {}
    return {"caption": text, **({"caption_entities": styled} if styled else {})}


def _file(bot: Bot, asked: Asked, reference: str, uploaded: Kept | None) -> Kept:
    """An uploaded file or one Telegram has. An address is not fetched: it answers as for a host that can't be reached."""
    if uploaded is not None:
        if not uploaded.content:
            raise bad("file must be non-empty")
        return uploaded
    if re.match(r"https?://", reference):
        raise bad("failed to get HTTP URL content")
    known = bot.files.get(reference)
    if known is None:
        raise bad("wrong file identifier/HTTP URL specified" if reference else "there is no file in the request")
    return known


def _post(bot: Bot, chat: Chat, asked: Asked, content: Json, counted: str) -> Json:
    content = {**content, **_reply(chat, asked)}
    keyboard = markup.check(asked.structure("reply_markup"))
    if keyboard and keyboard.get("inline_keyboard"):
        content["reply_markup"] = keyboard
    message = bot.post(chat, bot.person, content)
    bot.sent.add((chat.person["id"], counted))
    return message


def _reply(chat: Chat, asked: Asked) -> Json:
    """https://core.telegram.org/bots/api#replyparameters"""
    given: Any = asked.structure("reply_parameters")
    if given is None:
        return {}
    if not isinstance(given, dict) or not isinstance(given.get("message_id"), int):
        raise bad("can't parse reply parameters")
    original = chat.messages.get(given["message_id"])
    if original is not None:
        return {"reply_to_message": {key: value for key, value in original.items() if key != "reply_to_message"}}
    if given.get("allow_sending_without_reply"):
        return {}
    raise bad("message to be replied not found")
