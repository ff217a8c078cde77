"""A customer in Telegram, played by a test: writes, sends, presses, blocks, and sees what the bot sent."""

import secrets
import time
from typing import Any

from services.simulators.errors import WrongScript
from services.simulators.keeping import Kept
from services.simulators.serving import Simulator
from services.simulators.telegram import entities, files
from services.simulators.telegram.answers import Json
from services.simulators.telegram.bots import Bot, Chat


class Customer:
    """Each thing done gives the Message object the bot will get."""

    def __init__(self, simulator: Simulator, bot: Bot, chat: Chat) -> None:
        self._simulator, self._bot, self._chat = simulator, bot, chat

    # What has come.

    @property
    def received(self) -> list[Json]:
        """Messages of the bot, in their present form: edits and buttons included."""
        with self._simulator.lock:
            return [dict(one) for one in self._chat.messages.values() if one["from"]["id"] == self._bot.id]

    @property
    def texts(self) -> list[str]:
        return [message.get("text") or message.get("caption", "") for message in self.received]

    @property
    def actions(self) -> list[str]:
        """Chat actions shown, ``typing`` among them."""
        return list(self._chat.actions)

    @property
    def answers(self) -> list[Json]:
        """Notices after a press: ``text``, ``show_alert``."""
        return list(self._chat.answers)

    def file(self, message: Json) -> bytes:
        """The content of a message's file. Raises `WrongScript` when there is none."""
        for kind in ("document", "voice", "audio", "video", "photo"):
            found = message.get(kind)
            if found:
                kept = self._bot.files.get((found[-1] if kind == "photo" else found)["file_id"])
                if kept is not None:
                    return kept.content
        raise WrongScript("there is no file in this message")

    # What is written and sent.

    def writes(self, text: str) -> Json:
        found = entities.commands(text)
        return self._send({"text": text, **({"entities": found} if found else {})})

    def starts(self, payload: str = "") -> Json:
        """``/start``, with the payload of a deep link (https://core.telegram.org/bots/features#deep-linking)."""
        with self._simulator.lock:
            self._chat.is_started = True
        return self.writes(f"/start {payload}".rstrip())

    def replies(self, to: Json, text: str) -> Json:
        original = {key: value for key, value in to.items() if key != "reply_to_message"}
        return self._send({"text": text, "reply_to_message": original})

    def sends_photo(self, content: bytes, caption: str = "") -> Json:
        return self._send_file("photo", Kept(content, "image/jpeg", "photo.jpg"), caption)

    def sends_album(self, photos: list[bytes], caption: str = "") -> list[Json]:
        """As many messages with one ``media_group_id``; the caption is on the first."""
        group: Json = {"media_group_id": str(secrets.randbits(60))}
        return [
            self._send_file("photo", Kept(one, "image/jpeg", "photo.jpg"), caption if first == 0 else "", **group)
            for first, one in enumerate(photos)
        ]

    def sends_document(self, content: bytes, name: str, media_type: str = "application/pdf", caption: str = "") -> Json:
        return self._send_file("document", Kept(content, media_type, name), caption)

    def sends_voice(self, content: bytes, seconds: int = 3) -> Json:
        return self._send_file("voice", Kept(content, "audio/ogg", "voice.oga"), "", seconds=seconds)

    def sends_video(self, content: bytes, caption: str = "", seconds: int = 3) -> Json:
        return self._send_file("video", Kept(content, "video/mp4", "video.mp4"), caption, seconds=seconds)

    def sends_sticker(self, emoji: str = "👍", content: bytes = b"RIFF....WEBP") -> Json:
        with self._simulator.lock:
            fields = files.describe(self._bot, "sticker", Kept(content, "image/webp", "sticker.webp"))
        fields["sticker"] |= {"emoji": emoji, "set_name": "Simulated"}
        return self._send(fields)

    def sends_location(self, latitude: float, longitude: float) -> Json:
        return self._send({"location": {"latitude": latitude, "longitude": longitude}})

    def sends_venue(self, latitude: float, longitude: float, title: str, address: str) -> Json:
        place = {"latitude": latitude, "longitude": longitude}
        return self._send({"location": place, "venue": {"location": place, "title": title, "address": address}})

    def sends_contact(self, phone: str, first_name: str) -> Json:
        return self._send({"contact": {"phone_number": phone, "first_name": first_name}})

    def sends_web_app_data(self, data: str, button: str = "Open") -> Json:
        return self._send({"web_app_data": {"data": data, "button_text": button}})

    def edits(self, message: Json, text: str) -> Json:
        """Change an own message. Raises `WrongScript`."""
        with self._simulator.lock:
            own = self._chat.messages.get(message["message_id"])
            if own is None or own["from"]["id"] != self._chat.person["id"]:
                raise WrongScript("a customer edits own messages only")
            own["caption" if "caption" in own else "text"] = text
            own["edit_date"] = int(time.time())
            self._bot.update("edited_message", dict(own))
        self._simulator.changed()
        return dict(own)

    def presses(self, button: str, message: Json | None = None) -> str:
        """Press the button with this text or data, under this message or the latest that has it; gives the query's id.
        Raises `WrongScript` when there is no such button."""
        for shown in [message] if message else reversed(self.received):
            data = _data_of(shown, button)
            if data is not None:
                return self._press(shown, data)
        raise WrongScript(f"there is no button {button!r}")

    def _press(self, message: Json, data: str) -> str:
        query: Json = {
            "id": str(secrets.randbits(62)),
            "from": self._chat.person,
            "message": message,
            "chat_instance": str(self._chat.person["id"]),
            "data": data,
        }
        with self._simulator.lock:
            self._bot.queries[query["id"]] = self._chat.person["id"]
            self._bot.update("callback_query", query)
        self._simulator.changed()
        return str(query["id"])

    # What becomes of the chat.

    def blocks(self) -> None:
        """Block the bot: it is told (my_chat_member), and can't write any more."""
        self._chat.is_blocked = True
        self._membership("member", "kicked")

    def unblocks(self) -> None:
        self._chat.is_blocked = False
        self._membership("kicked", "member")

    def deletes_account(self) -> None:
        """The bot is not told; it can't write any more."""
        self._chat.is_deleted = True

    def _membership(self, old: str, new: str) -> None:
        """https://core.telegram.org/bots/api#chatmemberupdated"""
        with self._simulator.lock:
            change = {
                "chat": self._chat.description,
                "from": self._chat.person,
                "date": int(time.time()),
                "old_chat_member": _member(self._bot, old),
                "new_chat_member": _member(self._bot, new),
            }
            self._bot.update("my_chat_member", change)
        self._simulator.changed()

    def _send_file(self, kind: str, kept: Kept, caption: str, seconds: int = 0, **more: Any) -> Json:
        with self._simulator.lock:
            fields = files.describe(self._bot, kind, kept, seconds)
        return self._send({**fields, **({"caption": caption} if caption else {}), **more})

    def _send(self, content: Json) -> Json:
        with self._simulator.lock:
            message = self._bot.post(self._chat, self._chat.person, content)
            self._bot.update("message", dict(message))
        self._simulator.changed()
        return dict(message)


def _data_of(message: Json, button: str) -> str | None:
    for row in message.get("reply_markup", {}).get("inline_keyboard", []):
        for shown in row:
            if button in (shown["text"], shown.get("callback_data")):
                data = shown.get("callback_data")
                return None if data is None else str(data)
    return None


def _member(bot: Bot, status: str) -> Json:
    return {"user": bot.person, "status": status, **({"until_date": 0} if status == "kicked" else {})}
