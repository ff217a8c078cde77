"""`Sender` for Telegram: one inbox's bot.

Telegram can't be asked what it has. So once a request may have reached it, nothing is repeated: what is not certain is reported as
unknown, for an agent to look at. Of a message in several parts, what certainly did not go out is tried again here, a while, so that the
rest follows and nothing is said twice.
"""

import asyncio
import time
from collections import OrderedDict

import structlog
from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Message, ReplyParameters

from services.notifier.linking import Linking
from services.notifier.sending import (
    Attempt,
    Misconfigured,
    Outcome,
    Permanent,
    Sent,
    Throttled,
    Trouble,
    Uncertain,
    Unreachable,
)
from services.notifier.telegram.parts import Part, Unsendable, compose
from shared.bus.blobs import Blobs
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge, BusError
from shared.messages import reasons
from shared.messages.outbound import Button, Outbound
from shared.settings.inbox import TelegramInbox
from shared.telegram import (
    BadRequest,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
    close,
    connect,
    described,
    is_certainly_unsent,
    wait_asked_for,
)
from shared.texts.alerting import told_buttons, told_words

log = structlog.get_logger(__name__)

CONCURRENCY = 8
CHATS = 10_000
PATIENCE = 120.0
"""Seconds that the rest of a message, of which a part has gone out, waits in all."""
IN_LINE = 60.0
"""Seconds that a message waits for an earlier one to the same chat."""
LONGEST = 400.0
"""Seconds for all of it: below what the notifier waits for a sender."""
_WAITS = (0.5, 1.0, 2.0, 4.0, 8.0)
_TYPING = "typing"


class TelegramSender:
    """Sends through one bot; messages to one chat one after the other, in their order. ``patience`` in seconds; ``linking``: how files
    that are too large are linked (null: they can't be sent)."""

    concurrency = CONCURRENCY

    def __init__(
        self,
        inbox: TelegramInbox,
        blobs: Blobs,
        company: str,
        default_language: str = "en",
        *,
        patience: float = PATIENCE,
        linking: Linking | None = None,
    ) -> None:
        self._linking = linking
        self._blobs, self._company, self._default_language = blobs, company, default_language
        self._has_token = bool(inbox.token.get_secret_value())
        self._bot = connect(inbox)
        self._via = inbox.api_url.rstrip("/")
        self._patience = patience
        self._chats: OrderedDict[int, asyncio.Lock] = OrderedDict()

    async def start(self) -> None:
        """Nothing to prepare: the bot is asked when there is something to send."""

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Send it, all its parts. Raises what `told_words` raises for a text this version doesn't know."""
        if attempt.ambiguous:
            return Uncertain("an earlier attempt may have reached Telegram", self._via)
        try:
            chat = int(outbound.to[0].address)
        except (LookupError, ValueError):
            return Permanent("there is no Telegram chat to send this to")
        try:
            words = told_words(outbound, self._company, self._default_language)
            outbound = outbound.model_copy(update={"buttons": told_buttons(outbound, self._default_language)})
            parts = compose(outbound, words, self._linking, self._default_language)
            contents = [await self._content(part) for part in parts]
        except Unsendable as error:
            return Permanent(str(error))
        except (BlobMissing, BlobDamaged, BlobTooLarge) as error:
            return Permanent(f"an attachment can't be sent: {error}")
        except BusError as error:
            return Unreachable(f"the attachments can't be read: {error}", "bus")
        lock = self._lock(chat)
        try:
            async with asyncio.timeout(IN_LINE):
                await lock.acquire()
        except TimeoutError:
            return Throttled("an earlier message to this chat is still being sent", via=self._via)
        try:
            return await self._bounded(_Sending(chat, parts, contents, _answered(outbound, chat)))
        finally:
            lock.release()

    async def _content(self, part: Part) -> bytes:
        if part.file is None:
            return b""
        if part.file.blob is None:
            raise BlobMissing(f"{part.file.filename!r} was not stored by itself")
        return await self._blobs.get(part.file.blob)

    def _lock(self, chat: int) -> asyncio.Lock:
        lock = self._chats.setdefault(chat, asyncio.Lock())
        self._chats.move_to_end(chat)
        if len(self._chats) > CHATS:
            oldest = next((each for each, its in self._chats.items() if not its.locked()), None)
            if oldest is not None:
                del self._chats[oldest]
        return lock

    async def _bounded(self, sending: "_Sending") -> Outcome:
        try:
            async with asyncio.timeout(LONGEST):
                return await self._all(sending)
        except TimeoutError:
            return Uncertain(sending.told(f"no end after {LONGEST:g} s"), self._via)

    async def _all(self, sending: "_Sending") -> Outcome:
        failures, until = 0, time.monotonic() + self._patience
        while sending.left:
            try:
                message = await self._one(sending)
            except TelegramError as error:
                wait = _certain_wait(error, failures)
                failures += 1
                if not sending.ids or wait is None or time.monotonic() + wait > until:
                    return self._outcome(error, sending)
                await asyncio.sleep(wait)
            else:
                sending.ids.append(message.message_id)
        return Sent(f"{sending.chat}:{','.join(map(str, sending.ids))}", self._via)

    async def _one(self, sending: "_Sending") -> Message:
        place = len(sending.ids)
        part, content = sending.parts[place], sending.contents[place]
        markup = _markup(part.buttons)
        answer = None
        if sending.answers is not None and place == 0:
            answer = ReplyParameters(sending.answers, allow_sending_without_reply=True)
        if part.file is None:
            return await self._bot.send_message(sending.chat, part.text, reply_markup=markup, reply_parameters=answer)
        name = part.file.filename or "file"
        if part.kind == "photo" and place not in sending.plain:
            try:
                return await self._bot.send_photo(
                    sending.chat, content, filename=name, reply_markup=markup, reply_parameters=answer
                )
            except BadRequest as error:
                if not _is_about_picture(error):
                    raise
                sending.plain.add(place)  # too long and thin, or no picture after all: it goes as a file
        return await self._bot.send_document(
            sending.chat,
            content,
            filename=name,
            reply_markup=markup,
            reply_parameters=answer,
            disable_content_type_detection=True,
        )

    def _outcome(self, error: TelegramError, sending: "_Sending") -> Outcome:
        """What an error means that will not be waited out (https://core.telegram.org/api/errors)."""
        said = sending.told(described(error))
        match error:
            case Forbidden():
                return Permanent(f"{reasons.BLOCKED}: {said}", self._via)  # blocked, deactivated, or never started
            case BadRequest():
                return Permanent(said, self._via)
            case _ if sending.ids:
                return Uncertain(said, self._via)
            case RetryAfter():
                return Throttled(said, wait_asked_for(error), self._via)
            case InvalidToken():
                return Misconfigured(self._token_trouble(error), self._via)
            case _ if is_certainly_unsent(error):
                return Unreachable(said, self._via)
            case _:
                return Uncertain(said, self._via)

    def _token_trouble(self, error: TelegramError) -> str:
        return f"Telegram does not know the bot's token: {described(error)}" if self._has_token else "there is no token"

    async def probe(self) -> Trouble | None:
        """Whether Telegram answers and knows the bot."""
        try:
            await self._bot.get_me()
        except InvalidToken as error:
            return Misconfigured(self._token_trouble(error), self._via)
        except TelegramError as error:
            return Unreachable(described(error), self._via)
        return None

    async def show_typing(self, address: str) -> None:
        """Show the customer, for some seconds, that somebody is writing (https://core.telegram.org/bots/api#sendchataction). Of no use
        later, so nothing is repeated."""
        try:
            await self._bot.send_chat_action(int(address), _TYPING)
        except (TelegramError, ValueError) as error:
            log.debug("typing was not shown", error=described(error))

    async def close(self) -> None:
        """Leave Telegram."""
        await close(self._bot)


class _Sending:
    """A message that is being sent: ``ids`` are those of the parts that have gone out, ``plain`` the places of pictures that Telegram
    takes as files only."""

    def __init__(self, chat: int, parts: list[Part], contents: list[bytes], answers: int | None) -> None:
        self.chat, self.parts, self.contents, self.answers = chat, parts, contents, answers
        self.ids: list[int] = []
        self.plain: set[int] = set()

    @property
    def left(self) -> int:
        """How many parts have not gone out."""
        return len(self.parts) - len(self.ids)

    def told(self, why: str) -> str:
        """What went wrong, and how far we had come."""
        return f"{len(self.ids)} of {len(self.parts)} parts were sent, then: {why}" if self.ids else why


def _certain_wait(error: TelegramError, failures: int) -> float | None:
    """How long to wait after an error of which we know that nothing was sent, and that it may end; None for any other."""
    if isinstance(error, RetryAfter):
        return wait_asked_for(error)
    return _WAITS[min(failures, len(_WAITS) - 1)] if is_certainly_unsent(error) else None


def _is_about_picture(error: BadRequest) -> bool:
    """PHOTO_INVALID_DIMENSIONS, IMAGE_PROCESS_FAILED and the like."""
    return any(word in str(error).upper() for word in ("PHOTO_", "IMAGE_"))


def _answered(outbound: Outbound, chat: int) -> int | None:
    """The number of the message that is answered, where it is one of this chat (its id is ``telegram:<inbox>:<chat>:<number>``)."""
    words = (outbound.in_reply_to or "").split(":")
    if len(words) == 4 and words[0] == "telegram" and words[2] == str(chat) and words[3].isdecimal():
        return int(words[3])
    return None


def _markup(buttons: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(one.label, callback_data=one.data) for one in row] for row in buttons]
    )
