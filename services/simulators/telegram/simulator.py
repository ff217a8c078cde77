"""The Bot API's web server: bots by their tokens, methods by their names, files by their paths."""

from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from services.simulators.serving import Simulator
from services.simulators.telegram import asked as asking
from services.simulators.telegram import editing, files, receiving, sending
from services.simulators.telegram.answers import Json, Refused, ok
from services.simulators.telegram.asked import Asked
from services.simulators.telegram.bots import Bot
from services.simulators.telegram.customers import Customer

Method = Callable[[Bot, Asked], Any]
FIRST = f"{7_000_001}:{'simulated_bot_' * 3}"[:43]

# Methods that answer at once; names count in any case (https://core.telegram.org/bots/api#making-requests).
METHODS: dict[str, Method] = {
    "getme": lambda bot, asked: {
        **bot.person,
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    },
    "getwebhookinfo": lambda bot, asked: receiving.get_webhook_info(bot),
    "getfile": files.get_file,
    "sendmessage": sending.send_message,
    "sendmediagroup": sending.send_media_group,
    "sendchataction": sending.send_chat_action,
    "editmessagetext": editing.edit_message_text,
    "editmessagereplymarkup": editing.edit_message_reply_markup,
    "answercallbackquery": editing.answer_callback_query,
    **{
        f"send{kind}": partial(sending.send_media, kind=kind)
        for kind in ("photo", "document", "voice", "audio", "video")
    },
}


class TelegramSimulator(Simulator):
    """``base_url`` and ``base_file_url`` are what python-telegram-bot takes; ``url`` stands for https://api.telegram.org."""

    def __init__(self, *tokens: str, port: int = 0) -> None:
        super().__init__(port)
        self.bots: dict[str, Bot] = {}
        for token in tokens or (FIRST,):
            self.add_bot(token)
        self._app = Starlette(
            routes=[
                Route("/bot{token}/{method}", self._method, methods=["GET", "POST"]),
                Route("/file/bot{token}/{path:path}", self._file, methods=["GET"]),
            ]
        )

    def application(self) -> ASGIApp:
        return self._app

    def fault_answer(self, status: int, retry_after: int) -> ASGIApp:
        if retry_after:
            return Refused(status, f"retry after {retry_after}", retry_after).answer()
        return Refused(status).answer()

    def resumed(self) -> None:
        for bot in self.bots.values():
            if bot.webhook is not None:
                self.spawn(receiving.push(self, bot, bot.webhook))

    @property
    def base_url(self) -> str:
        return f"{self.url}/bot"

    @property
    def base_file_url(self) -> str:
        return f"{self.url}/file/bot"

    @property
    def bot(self) -> Bot:
        """The first bot."""
        return next(iter(self.bots.values()))

    def add_bot(self, token: str, username: str = "") -> Bot:
        """One more bot. Raises `ValueError` for what can't be a token."""
        bot = Bot(token, username or f"trunkline_{len(self.bots) + 1}_bot")
        self.bots[token] = bot
        return bot

    def customer(
        self,
        chat_id: int,
        name: str = "Ana Kovač",
        language: str = "en",
        *,
        username: str = "",
        bot: Bot | None = None,
        started: bool = True,
    ) -> Customer:
        """Somebody who has opened a chat with this bot (the first one); ``started`` False: but never pressed Start."""
        bot = bot or self.bot
        first, _, last = name.partition(" ")
        person: Json = {"id": chat_id, "is_bot": False, "first_name": first, "language_code": language}
        person |= {"last_name": last} if last else {}
        person |= {"username": username} if username else {}
        with self.lock:
            is_new = chat_id not in bot.chats
            chat = bot.open_chat(person)
            chat.is_started = started if is_new else chat.is_started
        return Customer(self, bot, chat)

    def times_sent(self, chat_id: int, text: str, bot: Bot | None = None) -> int:
        """How often the bot sent this very text (or caption) to this chat."""
        with self.lock:
            return (bot or self.bot).sent.count((chat_id, text))

    async def _method(self, request: Request) -> Response:
        bot = self.bots.get(request.path_params["token"])
        if bot is None:
            return Refused(401).answer()
        name = request.path_params["method"].lower()
        try:
            answer = await self._call(bot, name, await asking.read(request))
        except Refused as refused:
            return refused.answer()
        self.changed()
        return answer

    async def _call(self, bot: Bot, name: str, asked: Asked) -> Response:
        """Written out under the lock: a customer may change a message meanwhile."""
        if name == "getupdates":
            return ok(await receiving.get_updates(self, bot, asked))
        with self.lock:
            if name == "setwebhook":
                return ok(receiving.set_webhook(self, bot, asked))
            if name == "deletewebhook":
                return ok(receiving.delete_webhook(self, bot, asked))
            if name not in METHODS:
                raise Refused(404)
            return ok(METHODS[name](bot, asked))

    async def _file(self, request: Request) -> Response:
        bot = self.bots.get(request.path_params["token"])
        if bot is None:
            return Refused(401).answer()
        with self.lock:
            kept = files.at_path(bot, request.path_params["path"])
        if kept is None:
            return Refused(404).answer()
        # Telegram says nothing better of any file.
        return Response(kept.content, media_type="application/octet-stream")
