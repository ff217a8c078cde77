"""From an Update object to the `Inbound` it stands for (https://core.telegram.org/bots/api#update). Pure, and total: whatever JSON comes.

Only private chats are taken: a message in a group is seen by others, so an answer to it would be too, and nobody there has asked
for one. Channel posts are nobody's question.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from services.intake.errors import Why
from services.intake.telegram.content import Content, RemoteFile, read_content
from services.intake.telegram.members import Json, integer, line, number, obj, objects, text
from shared import phones
from shared.identity import derive
from shared.mail.language import detect_language
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Point

WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update we ask Telegram for."""
PAYLOAD = 256
"""Characters kept of a pressed button's data; Telegram allows 64 octets."""
APP_LANGUAGE = 0.7
"""How far the language of somebody's app is believed to be theirs: where the text itself doesn't say."""

_START = re.compile(r"/start(?:@\w{1,64})?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*", re.ASCII)
_TOKEN = re.compile(r"[a-z2-7]{29}(?:[a-z2-7]{13})?", re.IGNORECASE | re.ASCII)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Account:
    """The bot a message was sent to: the inbox's name, and the bot's own number (the part of its token before the colon)."""

    inbox: str
    bot: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A message; ``files`` are still at Telegram. ``query``: the press of a button that waits for an answer."""

    inbound: Inbound
    files: tuple[RemoteFile, ...] = ()
    query: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Nothing for anybody to read. ``reason`` is what the ledger counts it under."""

    reason: Why


def update_id(update: object) -> int | None:
    """An update's number; null for what is none."""
    return integer(update, "update_id") if isinstance(update, dict) else None


def read_update(update: object, account: Account, received_at: datetime, correlation_id: str) -> Taken | Skipped:
    """The message in ``update``, without its original and its attachments."""
    if not isinstance(update, dict):
        return Skipped("malformed")
    reading = _Reading(account, received_at, correlation_id, integer(update, "update_id") or 0)
    for name, read in (
        ("message", reading.message),
        ("edited_message", reading.edited),
        ("callback_query", reading.pressed),
        ("my_chat_member", reading.membership),
    ):
        if name in update:
            return read(obj(update, name))
    others = [name for name in update if name != "update_id"]
    return Skipped("unsupported" if others else "malformed")


@dataclass(frozen=True, slots=True)
class _Reading:
    account: Account
    received_at: datetime
    correlation_id: str
    update: int

    def message(self, message: Json) -> Taken | Skipped:
        """https://core.telegram.org/bots/api#message"""
        place = _place(message)
        if isinstance(place, Skipped):
            return place
        content = read_content(message)
        if content.service:
            return Skipped("unsupported")
        inbound = self._inbound(message, content, *place)
        return Taken(_started(inbound), content.files)

    def edited(self, message: Json) -> Taken | Skipped:
        """The message as it is now, in place of what it was."""
        if "live_period" in obj(message, "location"):
            return Skipped("unsupported")  # somebody walks: a message every few seconds
        read = self.message(message)
        if isinstance(read, Skipped):
            return read
        replaced = read.inbound.message_id
        changes = {
            "edits": replaced,
            "message_id": f"{replaced}:edit:{self.update}",
            "source_id": derive("telegram", read.inbound.source_id, "edit", str(self.update)),
            "date": _moment(message, "edit_date") or read.inbound.date,
        }
        return Taken(read.inbound.model_copy(update=changes), read.files)

    def pressed(self, query: Json) -> Taken | Skipped:
        """https://core.telegram.org/bots/api#callbackquery: a button under a message of ours."""
        under, data, query_id = obj(query, "message"), text(query, "data")[:PAYLOAD], line(query, "id")[:100]
        place = _place({**under, "from": obj(query, "from")}) if query_id else Skipped("malformed")
        if isinstance(place, Skipped):
            return place
        if not data:
            return Skipped("unsupported")  # a game
        chat, message = place
        inbound = self._frame(obj(query, "from"), chat, f"press:{query_id}")
        words = _label(under, data)
        changes = {"text": words, "reply_text": words, "pressed": data, "in_reply_to": [self._named(chat, message)]}
        return Taken(inbound.model_copy(update=changes), query=query_id)

    def membership(self, change: Json) -> Taken | Skipped:
        """https://core.telegram.org/bots/api#chatmemberupdated: somebody has blocked the bot, or lets it write again."""
        place = _place({**change, "message_id": 0})
        if isinstance(place, Skipped):
            return place
        status = obj(change, "new_chat_member").get("status")
        if status not in ("kicked", "member"):
            return Skipped("unsupported")
        inbound = self._frame(obj(change, "from"), place[0], f"member:{self.update}")
        reachable = {"reachable": "no" if status == "kicked" else "yes"}
        # Nobody wrote this: it is never answered.
        changes = {"fields": reachable, "automatic": "notification", "date": _moment(change, "date")}
        return Taken(inbound.model_copy(update=changes))

    def _named(self, chat: int, what: int | str) -> str:
        return f"telegram:{self.account.inbox}:{chat}:{what}"

    def _frame(self, person: Json, chat: int, what: int | str) -> Inbound:
        """A message of this person of which nothing is known yet."""
        name = " ".join(part for part in (line(person, "first_name"), line(person, "last_name")) if part)
        app = line(person, "language_code").lower().partition("-")[0]
        language = app if _LANGUAGE.fullmatch(app) else None
        return Inbound(
            source_id=derive("telegram", self.account.bot, str(chat), str(what)),
            channel="telegram",
            inbox=self.account.inbox,
            inboxes=[self.account.inbox],
            received_at=self.received_at,
            correlation_id=self.correlation_id,
            recipients=[self.account.bot],
            message_id=self._named(chat, what),
            from_=Address(name=(name or line(person, "username"))[:255], address=str(chat)),
            points=[Point(kind="telegram", value=str(chat))],
            conversation=f"telegram:{self.account.inbox}:{chat}",
            language=language,
            language_confidence=APP_LANGUAGE if language else 0.0,
        )

    def _inbound(self, message: Json, content: Content, chat: int, number: int) -> Inbound:
        person = obj(message, "from")
        inbound = self._frame(person, chat, number)
        replied = integer(obj(message, "reply_to_message"), "message_id")
        values = {**content.values, **_beside(message)}
        changes: dict[str, object] = {
            "text": content.words,
            "reply_text": content.words,
            "date": _moment(message, "date"),
            "in_reply_to": [] if replied is None else [self._named(chat, replied)],
            "fields": values,
            "defects": [] if content.known else ["unsupported-content"],
        }
        language, confidence = detect_language(content.words)
        if language is not None:
            changes |= {"language": language, "language_confidence": confidence}
        if phone := _own_phone(message):
            changes["points"] = [*inbound.points, Point(kind="phone", value=phone)]
        return inbound.model_copy(update=changes)


def _place(message: Json) -> tuple[int, int] | Skipped:
    """The private chat and the message's number in it."""
    chat = obj(message, "chat")
    chat_id, number = integer(chat, "id"), integer(message, "message_id")
    if chat_id is None or number is None:
        return Skipped("malformed")
    if chat.get("type") != "private":
        return Skipped("not-private")
    if integer(obj(message, "from"), "id") != chat_id:
        return Skipped("malformed")  # in a private chat they are the same person
    return chat_id, number


def _of_ours(message: Json) -> str:
    """How the message of a bot begins that is answered; in a private chat the bot is ours."""
    answered = obj(message, "reply_to_message")
    if obj(answered, "from").get("is_bot") is not True:
        return ""
    return (text(answered, "text") or text(answered, "caption"))[:200]


def _moment(parent: Json, name: str) -> datetime | None:
    seconds = number(parent, name)
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None and 0 < seconds < 2**33 else None


def _beside(message: Json) -> dict[str, str]:
    """What stands beside the words: whose message was forwarded, which part of an earlier one is answered, which album it is of; of a
    message of ours that is answered its beginning."""
    origin = obj(message, "forward_origin")
    author = obj(origin, "sender_user")
    name = (
        line(origin, "sender_user_name")
        or line(obj(origin, "chat"), "title")
        or line(obj(origin, "sender_chat"), "title")
    )
    name = name or f"{line(author, 'first_name')} {line(author, 'last_name')}".strip()
    quoted, album = text(obj(message, "quote"), "text"), line(message, "media_group_id")
    found = {"forwarded_from": name, "quoted": quoted, "album": album, "answered": _of_ours(message)}
    return {key: value[:500] for key, value in found.items() if value}


def _own_phone(message: Json) -> str | None:
    """The number of somebody who shared their own contact: Telegram vouches that it is theirs."""
    contact, person = obj(message, "contact"), obj(message, "from")
    owner = integer(contact, "user_id")
    if owner is None or owner != integer(person, "id") or obj(message, "forward_origin"):
        return None
    digits = re.sub(r"[^0-9]", "", line(contact, "phone_number"))
    return f"+{digits}" if phones.is_e164(f"+{digits}") else None


def _started(inbound: Inbound) -> Inbound:
    """``/start``, which Telegram sends when somebody opens the chat (https://core.telegram.org/bots/features#deep-linking).

    By itself it says no more than that we may write. With a ticket's token it proves the ticket; another payload is said as it is.
    """
    found = _START.fullmatch(inbound.text)
    if found is None:
        return inbound
    payload = found[1] or ""
    changes: dict[str, object] = {"fields": {**inbound.fields, "start": payload}, "language_confidence": 0.0}
    if not payload:
        changes |= {"fields": {**inbound.fields, "start": "", "reachable": "yes"}, "automatic": "notification"}
        changes |= {"text": "", "reply_text": ""}
    elif _TOKEN.fullmatch(payload):
        changes |= {"body_tokens": [payload.lower()], "text": "/start", "reply_text": "/start"}
    return inbound.model_copy(update=changes)


def _label(message: Json, data: str) -> str:
    """What was written on the button with this data."""
    keyboard = obj(message, "reply_markup").get("inline_keyboard")
    rows = keyboard if isinstance(keyboard, list) else []
    for row in rows[:100]:
        for button in objects({"row": row}, "row"):
            if button.get("callback_data") == data:
                return line(button, "text")[:100]
    return ""
