"""From an update to the bus's acknowledgement; polling and webhook hand theirs to the same `Taker`.

A message never waits long for its files: what can't be had within `FIRST_TRY` comes as a message of its own, in answer to it, once it can.
"""

import asyncio
import json
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import structlog

from services.intake.accepting import Accepting
from services.intake.errors import Away, Full, NotKept, TooLarge
from services.intake.telegram.content import RemoteFile
from services.intake.telegram.files import Delayed, Files, Gone
from services.intake.telegram.shelf import Shelf, ShelfFull, Waiting
from services.intake.telegram.updates import Account, Skipped, Taken, read_update, update_id
from shared import clock
from shared.bus.errors import BusError
from shared.ending import end
from shared.identity import derive
from shared.messages.inbound import Inbound
from shared.messages.parts import Attachment
from shared.telegram import Bot, TelegramError, described

log = structlog.get_logger(__name__)

CHANNEL = "telegram"
FIRST_TRY = 8.0
"""Seconds that a message waits for all its files together."""
GIVEN_UP = timedelta(hours=24)
"""For how long a file is asked for."""
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
"""Seconds between two tries for a late file, doubling."""
NOT_BEFORE = timedelta(seconds=60)
"""So long a file waits for the message it belongs to; then whoever took that has died, and another has taken it."""
ANSWERS_AT_ONCE = 50
LATER = "attachment-later"
CALM = 30.0
"""Seconds in which no message waits for its files, after one that waited in vain: a burst of pictures must not add that up."""
STUMBLES = 3
"""Times that an update may meet a fault of ours before it is left behind."""
REMEMBERED = 1000


class Taker:
    """Takes the updates of one bot."""

    def __init__(
        self,
        account: Account,
        bot: Bot,
        files: Files,
        shelf: Shelf,
        accepting: Accepting,
        *,
        first_try: float = FIRST_TRY,
    ) -> None:
        self.account, self.bot, self.shelf, self.first_try = account, bot, shelf, first_try
        self._files, self._accepting = files, accepting
        self._answers: set[asyncio.Task[None]] = set()
        self.first_pause = FIRST_PAUSE
        self._calm_until = float("-inf")
        self._stumbles: dict[int | None, int] = {}
        self.put_off = asyncio.Event()
        """Set when a file was put on the shelf."""

    async def take(self, update: object) -> None:
        """Keep what this update says; returns when the bus has it, or when it is counted for what it is. Raises `NotKept`."""
        correlation_id = uuid4().hex
        try:
            payload = json.dumps(update, separators=(",", ":")).encode()
            read = read_update(update, self.account, clock.now(), correlation_id)
        except Exception as error:  # a slip of ours must not stop all that come after it
            log.error("an update could not be read", inbox=self.account.inbox, update=update_id(update), exc_info=error)
            read = Skipped("failed")
        if isinstance(read, Skipped):
            log.info("an update is no message", inbox=self.account.inbox, update=update_id(update), why=read.reason)
            self.refuse(read)
            return
        try:
            await self._keep(read, payload)
        except TooLarge as error:  # and no other try will make it smaller
            log.error(
                "an update is too large for the bus",
                inbox=self.account.inbox,
                update=update_id(update),
                error=str(error),
            )
            return
        except NotKept:
            raise
        except Exception as error:  # noqa: BLE001 - told and counted there
            self._stumble(update_id(update), error)
            return
        if read.query:
            self._in_background(self._answer(read.query))

    def _stumble(self, update: int | None, error: Exception) -> None:
        """Ask for it again a few times, then count it as failed: it must not stop all that come after it. Raises `NotKept`."""
        log.error("an update could not be kept", inbox=self.account.inbox, update=update, exc_info=error)
        times = self._stumbles.pop(update, 0) + 1
        if times < STUMBLES:
            self._stumbles[update] = times
            if len(self._stumbles) > REMEMBERED:
                self._stumbles.pop(next(iter(self._stumbles)))
            raise Away from error
        self.refuse(Skipped("failed"))

    def refuse(self, skipped: Skipped) -> None:
        """Count one that is no message."""
        self._accepting.refused(CHANNEL, self.account.inbox, skipped.reason)

    async def _keep(self, taken: Taken, payload: bytes) -> None:
        inbox, message = self.account.inbox, taken.inbound
        original = await self._accepting.original(CHANNEL, inbox, payload)
        attachments, defects, late = await self._fetch(taken)
        defects = [*message.defects, *dict.fromkeys(defects)]
        changes: dict[str, object] = {"original": original, "attachments": attachments, "defects": defects}
        # Before its message, and fetched only after it: whoever dies in between is given the update again and finds there which files are
        # to come later. Noted afterwards, a file that can be had by then would be in a message that the bus knows already, and be lost.
        await self._put_off(message, late)
        await self._accepting.accept(message.model_copy(update=changes))
        await self._let_come(message, late)

    async def _fetch(self, taken: Taken) -> tuple[list[Attachment], list[str], list[tuple[int, RemoteFile]]]:
        """What could be had, what is to be said of the rest, and which are worth another try. Raises `NotKept`."""
        if not taken.files:
            return [], [], []
        noted = await self._noted()
        attachments: list[Attachment] = []
        defects: list[str] = []
        late: list[tuple[int, RemoteFile]] = []
        loop = asyncio.get_running_loop()
        until = loop.time() + self.first_try
        for place, file in enumerate(taken.files):
            try:
                if loop.time() < self._calm_until:
                    raise Delayed("others were waited for in vain")
                if _late_id(taken.inbound, place) in noted:
                    raise Delayed("it is noted to come later")
                async with asyncio.timeout_at(until):
                    attachments.append(await self._attachment(file))
            except Gone as error:
                log.warning("a file can't be had", inbox=self.account.inbox, error=str(error))
                attachments.append(_named(file))
                defects.append(error.defect)
            except (Delayed, TimeoutError) as error:
                if isinstance(error, TimeoutError):
                    self._calm_until = loop.time() + CALM
                log.warning("a file comes later", inbox=self.account.inbox, error=str(error) or "no end yet")
                attachments.append(_named(file))
                defects.append(LATER)
                late.append((place, file))
        return attachments, defects, late

    async def _attachment(self, file: RemoteFile) -> Attachment:
        content = await self._files.fetch(file)
        return await self._accepting.attach(CHANNEL, self.account.inbox, content, file.filename, file.media_type)

    # Files that come later.

    async def _noted(self) -> set[str]:
        """The source ids of the files that wait. Raises `NotKept`."""
        try:
            return {each.message.source_id for each in await self.shelf.look()}
        except BusError as error:
            raise self._not_noted(error) from error

    async def _put_off(self, message: Inbound, late: list[tuple[int, RemoteFile]]) -> None:
        """Note that these come later, not before their message. Raises `NotKept`."""
        if not late:
            return
        now = clock.now()
        waiting = [
            Waiting(
                message=_beside(message, place, file),
                file_id=file.file_id,
                filename=file.filename,
                media_type=file.media_type,
                size=file.size,
                since=now,
                again=now + NOT_BEFORE,
            )
            for place, file in late
        ]
        try:
            await self.shelf.add(waiting)
        except BusError as error:
            raise self._not_noted(error) from error

    async def _let_come(self, message: Inbound, late: list[tuple[int, RemoteFile]]) -> None:
        """The message is on the bus: its files may follow."""
        if not late:
            return
        try:
            await self.shelf.release({_late_id(message, place) for place, _ in late}, clock.now())
        except BusError as error:  # they come by themselves, a little later
            log.info("late files wait", inbox=self.account.inbox, error=str(error))
        self.put_off.set()

    def _not_noted(self, error: BusError) -> NotKept:
        kept: NotKept = Full() if isinstance(error, ShelfFull) else Away()
        log.warning("a file could not be put off", inbox=self.account.inbox, error=str(error))
        self._accepting.refused(CHANNEL, self.account.inbox, kept.reason)
        return kept

    async def take_late(self, waiting: Waiting, now: datetime) -> bool:
        """Try once more for a file; whether that is settled. Raises `NotKept`, `BusError`."""
        try:
            return await self._take_late(waiting, now)
        except TooLarge as error:  # and no other try will make it smaller
            log.error("a late file is too large for the bus", inbox=self.account.inbox, error=str(error))
            await self.shelf.replace(waiting, None)
            return True
        except (NotKept, BusError):
            raise
        except Exception as error:  # a slip of ours must not stop the bot, nor all files that come after it
            log.error("a late file could not be taken", inbox=self.account.inbox, exc_info=error)
            over = now - waiting.since >= GIVEN_UP
            await self.shelf.replace(waiting, None if over else self._once_more(waiting, now))
            return over

    def _once_more(self, waiting: Waiting, now: datetime) -> Waiting:
        pause = min(self.first_pause * 2.0 ** min(waiting.attempts - 1, 20), LONGEST_PAUSE)
        return waiting.model_copy(update={"again": now + timedelta(seconds=pause), "attempts": waiting.attempts + 1})

    async def _take_late(self, waiting: Waiting, now: datetime) -> bool:
        attachment = _named(waiting.file)
        defects: list[str] = []
        try:
            attachment = await self._attachment(waiting.file)
            self._calm_until = float("-inf")
        except Gone as error:
            defects = [error.defect]
        except Delayed as error:
            if now - waiting.since < GIVEN_UP:
                await self.shelf.replace(waiting, self._once_more(waiting, now))
                return False
            log.warning("a file was given up", inbox=self.account.inbox, error=str(error))
            defects = ["attachment-unavailable"]
        changes: dict[str, object] = {"attachments": [attachment], "defects": defects, "received_at": now}
        await self._accepting.accept(waiting.message.model_copy(update=changes))
        await self.shelf.replace(waiting, None)
        return True

    # Pressed buttons.

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        if len(self._answers) >= ANSWERS_AT_ONCE:
            work.close()
            return
        task = asyncio.create_task(work, name=f"telegram-answer-{self.account.inbox}")
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, query: str) -> None:
        """Let the button stop turning (https://core.telegram.org/bots/api#answercallbackquery); it does so by itself after a while."""
        try:
            await self.bot.answer_callback_query(query)
        except TelegramError as error:
            log.debug("a press was not answered", inbox=self.account.inbox, error=described(error))

    async def stop(self) -> None:
        """Answer nothing more."""
        await end(self._answers)


def _named(file: RemoteFile) -> Attachment:
    """A file of which we have the name only."""
    return Attachment(filename=file.filename, media_type=file.media_type, size=file.size or 0)


def _late_id(message: Inbound, place: int) -> str:
    """The source id that a file of ``message`` has when it comes by itself."""
    return derive("telegram", message.source_id, "file", str(place))


def _beside(message: Inbound, place: int, file: RemoteFile) -> Inbound:
    """What a file of ``message`` comes as when it comes by itself."""
    words = f"📎 {file.filename}"
    changes: dict[str, object] = {
        "source_id": _late_id(message, place),
        "message_id": f"{message.message_id}:file:{place}",
        "in_reply_to": [message.message_id] if message.message_id else [],
        "text": words,
        "reply_text": words,
        "attachments": [],
        "original": None,
        "edits": None,
        "fields": {},
        "defects": [],
        "body_tokens": [],
    }
    return message.model_copy(update=changes)
