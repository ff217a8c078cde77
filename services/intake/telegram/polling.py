"""Asks Telegram for a bot's updates (https://core.telegram.org/bots/api#getupdates) and confirms them once the bus has them.

Whoever asks from a number on confirms all before it, and Telegram forgets them: the offset moves only after the bus's acknowledgement of
every update of a batch. It is kept in memory; a new process begins with what was not confirmed, and the message's own id does the rest.
"""

import asyncio
from collections.abc import Sequence
from itertools import groupby

import structlog

from services.intake.errors import NotKept
from services.intake.telegram.bots import BotOfInbox
from services.intake.telegram.members import obj
from services.intake.telegram.updates import WANTED, update_id
from shared.telegram import Conflict, TelegramError, described

log = structlog.get_logger(__name__)

BATCH = 100
AT_ONCE = 8
"""Chats whose messages are taken at the same time; those of one chat in their order."""


class NotAll(Exception):
    """Some updates of a batch could not be kept; they are asked for again."""


class Poller:
    """Of one bot. ``wait`` is how long Telegram holds a request open, in seconds."""

    def __init__(self, one: BotOfInbox, wait: float) -> None:
        self._one, self._wait = one, wait
        self._offset: int | None = None
        self._kept: set[int] = set()
        """Updates from the offset on that the bus has already."""

    async def begin(self) -> None:
        """Take the bot back from a webhook: Telegram gives updates on one way only. What waits stays. Raises `TelegramError`."""
        await self._one.bot.delete_webhook(drop_pending_updates=False)

    async def ask(self) -> int:
        """One request, answered when there is something or ``wait`` is over; gives how many updates were kept.

        Raises `TelegramError`, `NotAll`.
        """
        updates = await self._updates()
        numbers = [number for number in map(update_id, updates) if number is not None]
        if len(numbers) < len(updates):
            log.error("Telegram has sent updates without a number", inbox=self._one.inbox.name)
        await self._take(updates)
        if numbers:
            self._offset = max(numbers) + 1
            self._kept.clear()
        elif updates:
            raise NotAll("updates without a number can't be confirmed")
        else:
            # All before it is confirmed. After a week without updates Telegram begins anew with a number by chance
            # (https://core.telegram.org/bots/api#update), perhaps a smaller one: asking on from the old one would pass it by.
            self._offset = None
        return len(numbers)

    async def _updates(self) -> list[object]:
        """As Telegram wrote them: the library reads them too, and one that it can't would stop all that come after it."""
        try:
            await self._one.bot.get_updates(
                offset=self._offset, limit=BATCH, timeout=round(self._wait), allowed_updates=WANTED
            )
        except TelegramError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever its reading raises; ours reads on
            log.warning("the library can't read an update", inbox=self._one.inbox.name, error=described(error))
        return list(self._one.polling.updates)

    async def _take(self, updates: Sequence[object]) -> None:
        left = [each for each in updates if update_id(each) not in self._kept]
        chats = [list(some) for _, some in groupby(sorted(left, key=_chat), _chat)]
        slots = asyncio.Semaphore(AT_ONCE)
        failed: list[NotKept] = []

        async def take(some: list[object]) -> None:
            async with slots:
                for update in some:
                    try:
                        await self._one.taker.take(update)
                    except NotKept as error:
                        failed.append(error)
                        return
                    number = update_id(update)
                    if number is not None:
                        self._kept.add(number)

        async with asyncio.TaskGroup() as group:
            for some in chats:
                group.create_task(take(some))
        if failed:
            raise NotAll(str(failed[0])) from failed[0]


def is_about_webhook(error: Conflict) -> bool:
    """Whether the bot is at a webhook; otherwise somebody else asks for its updates."""
    return "webhook" in str(error).lower()


def _chat(update: object) -> str:
    """Which chat an update is of, as far as that can be said."""
    if not isinstance(update, dict):
        return ""
    for name in WANTED:
        found = obj(update, name)
        found = obj(found, "message") if name == "callback_query" else found
        if number := obj(found, "chat").get("id"):
            return str(number)[:32]
    return ""
