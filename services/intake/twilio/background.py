"""The work that nobody's request begins, for an inbox of any kind at Twilio: comparing its list with what is stored, and what came late.

Twilio does not come again reliably with a webhook that got 503 or no answer, so its lists are compared always, not only after an outage.
Every intake does that for itself: what two find at once is one message to the store. One odd message keeps nobody behind it.
"""

import asyncio
import contextlib
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import structlog

from services.intake.errors import NotKept, TooLarge
from services.intake.twilio.pending import Note, Pending
from services.intake.twilio.reading import Malformed
from shared import clock
from shared.bus.connection import BusConnection
from shared.bus.errors import BusError
from shared.ending import end
from shared.knowing import StoreSilent, known
from shared.settings.inbox import TwilioInbox
from shared.twilio import Transport

log = structlog.get_logger(__name__)

SLACK = timedelta(minutes=1)
"""Two clocks; what a customer wrote in the minute before the inbox was first connected is taken for theirs to answer."""
PAGE = 200
ANSWER = 5.0
LONGEST_WAIT = 3_600.0
GIVE_UP = timedelta(days=7).total_seconds()

Listed = TypeVar("Listed")


class NotListed(Exception):
    """The list can't be had at the moment, or the store can't say what it knows."""


class Background(ABC):
    """One inbox's work in the background. ``kind`` names it for operators; times are in seconds where they aren't durations."""

    kind = "twilio"

    def __init__(self, bus: BusConnection, inbox: TwilioInbox, pending: Pending, late_every: float) -> None:
        self._bus, self._inbox, self._pending, self._late_every = bus, inbox, pending, late_every
        self._transport = Transport(inbox.api_url, seconds=30.0, connections=4)
        self._tasks: list[asyncio.Task[None]] = []
        # What was taken here once is on the bus; not every message (a STOP) is stored under its own id.
        self._settled: set[str] = set()

    async def start(self) -> None:
        """Begin; Twilio may be away."""
        name = f"{self.kind}-{self._inbox.name}"
        if self._inbox.reconcile > timedelta(0) and self._inbox.account_sid:
            self._tasks.append(asyncio.create_task(self._reconcile(), name=f"{name}-list"))
        self._tasks.append(asyncio.create_task(self._late(), name=f"{name}-late"))

    async def stop(self) -> None:
        """End; what was under way is found again."""
        await end(self._tasks)
        await self._transport.close()

    def ready(self) -> dict[str, bool]:
        """The work goes on. Twilio being away is no reason to be restarted."""
        going = bool(self._tasks) and not any(task.done() for task in self._tasks)
        return {f"{self.kind}-{self._inbox.name}": going}

    @abstractmethod
    async def look(self) -> int:
        """Compare once; gives how many messages were taken that nobody had told us of. Raises `NotListed`, `NotKept`."""

    @abstractmethod
    async def take_late(self, note: Note) -> bool:
        """Try to have what a note says is missing; gives whether it is settled. Raises `BusError`, `NotKept`, `Malformed`, `TooLarge`."""

    # -- what nobody told us of -------------------------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        interval = self._inbox.reconcile.total_seconds()
        with contextlib.suppress(NotListed):  # the first look does it then
            await self.begin()
        while True:
            await asyncio.sleep(interval * random.uniform(0.75, 1.25))  # noqa: S311 - many intakes don't all ask at once
            try:
                await self.look()
            except (NotListed, NotKept) as error:
                log.warning("not compared with Twilio's list", kind=self.kind, inbox=self._inbox.name, error=str(error))
            except Exception:  # one odd answer must not end the comparing for good
                log.exception("comparing with Twilio's list failed by a fault of ours", inbox=self._inbox.name)

    async def begin(self) -> float:
        """When the inbox was first connected (seconds since 1970), which is noted on the bus. Raises `NotListed`."""
        try:
            return await self._pending.begun(clock.now().timestamp())
        except BusError as error:
            raise NotListed(f"the bus does not say since when the inbox is ours: {error}") from error

    async def _take_each(
        self, missing: Iterable[Listed], sid: Callable[[Listed], str], take: Callable[[Listed], Awaitable[int]]
    ) -> int:
        """Take what is missing, in this order; gives how many were taken. One that cannot be read is left for good, one at which we stumble
        until the next look, which `NotListed` asks for, and one of which nothing is to be had yet, too. Raises `NotListed`, `NotKept`."""
        taken, left = 0, None
        for each in missing:
            try:
                if not (count := await take(each)):
                    continue
                taken += count
            except (Malformed, TooLarge) as error:
                log.error("what is listed can't be kept", inbox=self._inbox.name, sid=sid(each), error=str(error))
            except NotKept:
                raise
            except Exception as error:  # noqa: BLE001 - the others are taken all the same; this one is looked at again next time
                log.error("what is listed was left", inbox=self._inbox.name, sid=sid(each), error=repr(error)[:300])
                left = error
                continue
            self._settled.add(sid(each))
        if left is not None:
            raise NotListed(f"{taken} were taken, and at least one was not: {left!r}"[:300]) from left
        return taken

    async def _known(self, ids: Sequence[str]) -> set[str]:
        try:
            return await known(self._bus, ids, ANSWER)
        except StoreSilent as error:
            raise NotListed(str(error)) from error

    # -- what came late ---------------------------------------------------------------------------------------------------

    async def _late(self) -> None:
        while True:
            await asyncio.sleep(self._late_every)
            try:
                await self.fetch_late()
            except (BusError, NotKept) as error:
                log.info("missing files wait", inbox=self._inbox.name, error=str(error))
            except Exception:  # one odd note must not end it for the others
                log.exception("missing files could not be fetched by a fault of ours", inbox=self._inbox.name)

    async def fetch_late(self) -> int:
        """Try what is due; gives how many notes are settled. Raises `BusError`, `NotKept`."""
        settled = 0
        for note in await self._pending.all():
            age = clock.now().timestamp() - note.since
            if age < min(self._late_every * (2 ** min(note.tries, 20) - 1), note.tries * LONGEST_WAIT):
                continue
            if age > GIVE_UP:
                log.error("files of a message are given up", inbox=self._inbox.name, sid=note.sid, tries=note.tries)
            if age > GIVE_UP or await self._is_over(note):
                await self._pending.remove(note.sid)
                settled += 1
            else:
                await self._pending.tried(note.sid)
        return settled

    async def _is_over(self, note: Note) -> bool:
        try:
            return await self.take_late(note)
        except (Malformed, TooLarge) as error:
            log.error("missing files can't be kept", inbox=self._inbox.name, sid=note.sid, error=str(error))
            return True
        except (BusError, NotKept):
            raise
        except Exception as error:  # one odd note must not end it for those after it
            log.error("missing files failed by a fault of ours", inbox=self._inbox.name, sid=note.sid, exc_info=error)
            return False


def value(given: Any) -> str:
    """A value that the library gives as text or as a member of an enumeration."""
    return str(getattr(given, "value", given) or "")


def moment(given: Any) -> datetime | None:
    """A time that is listed; null for none, and for one that the library could not read and gives as the text that it was."""
    return given if isinstance(given, datetime) and given.tzinfo is not None else None
