"""Methods that change what a bot has sent, and its answers to pressed buttons
(https://core.telegram.org/bots/api#updating-messages, #answercallbackquery)."""

import time

from services.simulators.telegram import entities, markup
from services.simulators.telegram.answers import Json, bad
from services.simulators.telegram.asked import Asked
from services.simulators.telegram.bots import Bot

ANSWER_LIMIT = 200
UNCHANGED = (
    "message is not modified: specified new message content and reply markup are exactly the same as a current content"
    " and reply markup of the message"
)


def edit_message_text(bot: Bot, asked: Asked) -> Json:
    message = _own(bot, asked)
    text, styled = entities.parse(asked.text("text"), asked.text("parse_mode"))
    entities.check_length(text, entities.TEXT_LIMIT, "message")
    if "text" not in message:
        raise bad("there is no text in the message to edit")
    changed = {key: value for key, value in message.items() if key not in ("text", "entities", "reply_markup")}
    changed |= {"text": text, **({"entities": styled} if styled else {})}
    return _change(bot, message, changed, asked)


def edit_message_reply_markup(bot: Bot, asked: Asked) -> Json:
    message = _own(bot, asked)
    return _change(bot, message, {key: value for key, value in message.items() if key != "reply_markup"}, asked)


def answer_callback_query(bot: Bot, asked: Asked) -> bool:
    """The little notice after a press. A query is answered once."""
    chat_id = bot.queries.pop(asked.text("callback_query_id"), None)
    if chat_id is None:
        raise bad("query is too old and response timeout expired or query ID is invalid")
    text = asked.text("text")
    if entities.units(text) > ANSWER_LIMIT:
        raise bad("MESSAGE_TOO_LONG")
    bot.chats[chat_id].answers.append({"text": text, "show_alert": asked.flag("show_alert")})
    return True


def _own(bot: Bot, asked: Asked) -> Json:
    chat = bot.chat(asked.text("chat_id"))
    chat.check_open()
    message = chat.messages.get(asked.integer("message_id"))
    if message is None:
        raise bad("message to edit not found")
    if message["from"]["id"] != bot.id:
        raise bad("message can't be edited")
    return message


def _change(bot: Bot, message: Json, changed: Json, asked: Asked) -> Json:
    keyboard = markup.check(asked.structure("reply_markup"))
    if keyboard and keyboard.get("inline_keyboard"):
        changed["reply_markup"] = keyboard
    if {**changed, "edit_date": 0} == {**message, "edit_date": 0}:
        raise bad(UNCHANGED)
    changed["edit_date"] = int(time.time())
    message.clear()
    message.update(changed)
    return message
