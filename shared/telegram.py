"""Telegram as intake and notifier both need it: the library's `Bot` against the base that is configured, and which of its errors mean what.

Never `Bot.initialize` (nor ``async with``): it asks Telegram who the bot is and fails where Telegram is away. Imported only where an inbox
of Telegram's is configured: the library takes a second.
"""

import hashlib
import hmac
import json
import logging
from typing import Any

import httpx
from telegram import Bot
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest, RequestData

from shared.secrets import Keyring
from shared.settings.inbox import TelegramInbox

__all__ = [
    "BadRequest",
    "Bot",
    "Conflict",
    "Forbidden",
    "InvalidToken",
    "NetworkError",
    "RetryAfter",
    "TelegramError",
    "bot_number",
    "close",
    "connect",
    "described",
    "is_certainly_unsent",
    "wait_asked_for",
    "webhook_secret",
]

SECONDS = 10.0
"""How long an answer may take, a long poll's own time and uploads apart."""
UPLOAD_SECONDS = 120.0
_CONNECTIONS = 16
_UNSENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
_NO_TOKEN = "0:none"  # noqa: S105 - the library insists on one; Telegram will say that it does not know it

# Its lines hold the address of each request, and that holds the bot's token.
logging.getLogger("httpx").setLevel(logging.WARNING)


class RawRequest(HTTPXRequest):
    """Keeps the last answer as it was: an update that the library can't read would otherwise stop all that come after it."""

    def __init__(self) -> None:
        super().__init__(1, SECONDS, SECONDS, SECONDS, httpx_kwargs={"trust_env": False})
        self.payload = b""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        """As the library's, which calls it."""
        self.payload = b""
        status, self.payload = await super().do_request(url, method, request_data, *args, **kwargs)
        return status, self.payload

    @property
    def updates(self) -> list[Any]:
        """What the last answer to ``getUpdates`` held; nothing where it was none."""
        try:
            answer = json.loads(self.payload)
        except (ValueError, RecursionError):
            return []
        result = answer.get("result") if isinstance(answer, dict) else None
        return result if isinstance(result, list) else []


def connect(inbox: TelegramInbox, polling: RawRequest | None = None) -> Bot:
    """The bot of an inbox; touches no wire. Close it with `close`. ``polling`` asks for updates."""
    base = inbox.api_url.rstrip("/")
    request = HTTPXRequest(
        _CONNECTIONS, SECONDS, SECONDS, SECONDS, media_write_timeout=UPLOAD_SECONDS, httpx_kwargs={"trust_env": False}
    )
    return Bot(
        inbox.token.get_secret_value() or _NO_TOKEN,
        base_url=f"{base}/bot",
        base_file_url=f"{base}/file/bot",
        request=request,
        get_updates_request=polling or RawRequest(),
    )


async def close(bot: Bot, polling: RawRequest | None = None) -> None:
    """Let go of its connections. `Bot.shutdown` leaves them open where `initialize` was not called."""
    await bot.request.shutdown()
    if polling is not None:
        await polling.shutdown()


def bot_number(inbox: TelegramInbox) -> str:
    """The bot's own number, which a new token doesn't change; the inbox's name where there is no token."""
    return inbox.token.get_secret_value().partition(":")[0] or inbox.name


def webhook_secret(inbox: TelegramInbox, keyring: Keyring) -> str:
    """What Telegram is to prove itself with: the configured secret, else one made of our own, the same on every host."""
    configured = inbox.secret.get_secret_value()
    key = keyring.keys[keyring.current]
    return configured or hmac.new(key, f"telegram-webhook:{inbox.name}".encode(), hashlib.sha256).hexdigest()


def is_certainly_unsent(error: TelegramError) -> bool:
    """Whether the request never left: no connection was made."""
    return isinstance(error.__cause__, _UNSENT)


def wait_asked_for(error: RetryAfter) -> float:
    """The seconds that Telegram asks to wait (https://core.telegram.org/bots/api#responseparameters)."""
    waits: Any = error._retry_after  # its public name warns of a change to come
    return float(waits.total_seconds())


def described(error: Exception) -> str:
    """One line about an error, without the bot's token."""
    text = " ".join(str(error).split())[:300]
    return text or type(error).__name__
