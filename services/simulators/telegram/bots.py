"""A bot: what waits for it, whom it talks to, and what was said in each chat."""

import itertools
import re
import time
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from services.simulators.errors import Overfull
from services.simulators.keeping import Bounded, Shelf, Tally
from services.simulators.telegram.answers import Json, Refused, bad

WAITING = 20_000
MESSAGES = 5_000
CHATS = 20_000
TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,60}")
# What a bot doesn't get unless it asks for it by name: https://core.telegram.org/bots/api#getupdates
UNASKED = ("chat_member", "message_reaction", "message_reaction_count")


@dataclass
class Chat:
    """A private chat of a bot and a customer; ``person`` is their User object."""

    person: Json
    is_started: bool = True
    is_blocked: bool = False
    is_deleted: bool = False
    messages: Bounded[int, Json] = field(default_factory=lambda: Bounded(MESSAGES))
    actions: deque[str] = field(default_factory=lambda: deque(maxlen=1_000))
    answers: deque[Json] = field(default_factory=lambda: deque(maxlen=1_000))

    @property
    def description(self) -> Json:
        """Its Chat object."""
        names: Json = {key: self.person[key] for key in ("first_name", "last_name", "username") if key in self.person}
        return {"id": self.person["id"], "type": "private", **names}

    def check_open(self) -> None:
        """Raises `Refused` when the bot may not write here."""
        if self.is_deleted:
            raise Refused(403, "user is deactivated")
        if self.is_blocked:
            raise Refused(403, "bot was blocked by the user")
        if not self.is_started:
            raise Refused(403, "bot can't initiate conversation with a user")


@dataclass
class Webhook:
    """Where updates are pushed: https://core.telegram.org/bots/api#webhookinfo."""

    url: str
    secret: str = ""
    max_connections: int = 40
    last_error_at: int = 0
    last_error: str = ""


class Bot:
    """One bot account; ``token`` is ``<id>:<secret>``."""

    def __init__(self, token: str, username: str) -> None:
        if not TOKEN.fullmatch(token):
            raise ValueError("a bot's token is digits, a colon and at least 20 letters, digits, _ or -")
        self.token, self.username = token, username
        self.id = int(token.partition(":")[0])
        self.name = username.replace("_", " ").title()
        self.updates: OrderedDict[int, Json] = OrderedDict()
        self.allowed: list[str] = []
        self.webhook: Webhook | None = None
        self.polls = 0
        self.open_polls = 0
        self.chats: dict[int, Chat] = {}
        self.queries: Bounded[str, int] = Bounded(MESSAGES)
        self.files = Shelf()
        self.sent: Tally[tuple[int, str]] = Tally()
        self._update_ids = itertools.count(900_000_001)
        self._message_ids = itertools.count(1)
        self._file_ids = itertools.count()

    @property
    def person(self) -> Json:
        """Its User object."""
        return {"id": self.id, "is_bot": True, "first_name": self.name, "username": self.username}

    @property
    def is_polling(self) -> bool:
        """Whether a ``getUpdates`` waits just now."""
        return self.open_polls > 0

    def chat(self, chat_id: str) -> Chat:
        """Raises `Refused`: 400 for a chat that nobody has."""
        try:
            return self.chats[int(chat_id)]
        except (KeyError, ValueError):
            raise bad("chat not found") from None

    def open_chat(self, person: Json) -> Chat:
        """The chat with this person, a new one if they never met. Raises `Overfull`."""
        if person["id"] not in self.chats:
            if len(self.chats) >= CHATS:
                raise Overfull(f"{CHATS} chats are kept")
            self.chats[person["id"]] = Chat(person)
        return self.chats[person["id"]]

    def post(self, chat: Chat, author: Json, content: Json) -> Json:
        """Put a message into a chat, and give it."""
        message = {
            "message_id": next(self._message_ids),
            "from": author,
            "chat": chat.description,
            "date": int(time.time()),
            **content,
        }
        chat.messages[message["message_id"]] = message
        return message

    def update(self, kind: str, content: Json) -> int | None:
        """Let something wait for the bot; None when it doesn't ask for that kind. Raises `Overfull`."""
        if (self.allowed and kind not in self.allowed) or (not self.allowed and kind in UNASKED):
            return None
        if len(self.updates) >= WAITING:
            raise Overfull(f"{WAITING} updates wait for {self.username}")
        update_id = next(self._update_ids)
        self.updates[update_id] = {"update_id": update_id, kind: content}
        return update_id

    def count_from(self, update_id: int) -> None:
        """The next update has this number: a week without any has gone by (https://core.telegram.org/bots/api#update)."""
        self._update_ids = itertools.count(update_id)

    def next_file(self) -> int:
        return next(self._file_ids)
