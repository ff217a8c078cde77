"""What nobody's request begins: messages whose webhook never arrived, and files that could not be had at once.

Twilio does not come again reliably with a webhook that got 503 or no answer, so its list of messages is compared with what is stored
always, not only after an outage. Every intake does that for itself: what two find at once is one message to the store.
"""

import asyncio
import contextlib
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter

from services.intake.accepting import Accepting
from services.intake.errors import NotKept, TooLarge
from services.intake.twilio.making import Takers
from services.intake.twilio.pending import Note, Pending
from services.intake.twilio.reading import MOST_MEDIA, Malformed
from services.intake.twilio.taking import Taking, message_id
from shared import clock
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.ending import end
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.mailbox import KnownAnswer, KnownQuery
from shared.service import Context
from shared.settings.inbox import TwilioInbox
from shared.twilio import TROUBLES, Transport, client

log = structlog.get_logger(__name__)

GRACE = timedelta(minutes=1)
"""Age below which a message may still be on its way from its webhook into the database. Less where the list is asked for more often: one
that is taken too early is a duplicate."""
SLACK = timedelta(minutes=1)
"""Two clocks; what a customer wrote in the minute before the inbox was first connected is taken for theirs to answer."""
MOST = 2_000
"""Messages that one look takes from the list."""
PAGE = 200
ASK = 500
ANSWER = 5.0
LATE_EVERY = 30.0
"""Seconds between two tries to have missing files; each note waits twice as long after each of its own."""
LONGEST_WAIT = 3_600.0
GIVE_UP = timedelta(days=7).total_seconds()

MISSED = Counter("trunkline_intake_twilio_missed_total", "Messages found in Twilio's list and not with us", ["inbox"])


class NotListed(Exception):
    """The list can't be had at the moment, or the store can't say what it knows."""


class Reader:
    """One inbox's work in the background. ``known`` asks the store; times are in seconds where they aren't durations."""

    def __init__(
        self,
        context: Context,
        taking: Taking,
        pending: Pending,
        *,
        grace: timedelta | None = None,
        late_every: float = LATE_EVERY,
    ) -> None:
        self._bus, self._taking, self._pending = context.bus, taking, pending
        self._inbox: TwilioInbox = taking.inbox
        self._grace = min(GRACE, self._inbox.reconcile) if grace is None else grace
        self._late_every = late_every
        self._transport = Transport(self._inbox.api_url, seconds=30.0, connections=4)
        self._tasks: list[asyncio.Task[None]] = []
        self._settled: set[str] = set()
        MISSED.labels(self._inbox.name)

    async def start(self) -> None:
        """Begin; Twilio may be away."""
        if self._inbox.reconcile > timedelta(0) and self._inbox.account_sid:
            self._tasks.append(asyncio.create_task(self._reconcile(), name=f"twilio-{self._inbox.name}-list"))
        self._tasks.append(asyncio.create_task(self._late(), name=f"twilio-{self._inbox.name}-media"))

    async def stop(self) -> None:
        """End; what was under way is found again."""
        await end(self._tasks)
        await self._transport.close()

    def ready(self) -> dict[str, bool]:
        """The work goes on. Twilio being away is no reason to be restarted."""
        return {f"twilio-{self._inbox.name}": bool(self._tasks) and not any(task.done() for task in self._tasks)}

    # -- messages whose webhook never came ------------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        interval = self._inbox.reconcile.total_seconds()
        with contextlib.suppress(NotListed):  # the first look does it then
            await self.begin()
        while True:
            await asyncio.sleep(interval * random.uniform(0.75, 1.25))  # noqa: S311 - many intakes don't all ask at once
            try:
                await self.look()
            except (NotListed, NotKept) as error:
                log.warning(
                    "messages could not be compared with Twilio's list", inbox=self._inbox.name, error=str(error)
                )
            except Exception:  # one odd answer must not end the comparing for good
                log.exception("comparing with Twilio's list failed by a fault of ours", inbox=self._inbox.name)

    async def begin(self) -> float:
        """When the inbox was first connected (seconds since 1970), which is noted on the bus. Raises `NotListed`."""
        try:
            return await self._pending.begun(clock.now().timestamp())
        except BusError as error:
            raise NotListed(f"the bus does not say since when the inbox is ours: {error}") from error

    async def look(self) -> int:
        """Compare once; gives how many messages were taken that nobody had told us of. Raises `NotListed`, `NotKept`."""
        if not self._bus.is_connected:
            raise NotListed("the bus is away")
        now = clock.now()
        begun = datetime.fromtimestamp(await self.begin(), UTC) - SLACK
        listed = await self._list(max(now - self._inbox.window, begun))
        due = [each for each in listed if each.direction == "inbound" and begun <= _at(each, now) <= now - self._grace]
        known = await self._known([message_id(self._inbox, each.sid) for each in due])
        # What was taken here once is on the bus; not every message (a STOP) is stored under its own id.
        self._settled &= {each.sid for each in listed}
        missing = [
            each for each in due if each.sid not in self._settled and message_id(self._inbox, each.sid) not in known
        ]
        taken, left = 0, None
        for each in reversed(missing):  # the oldest first, as they were written
            try:
                await self._taking.take(await self._form(each), date=each.date_sent)
            except (Malformed, TooLarge) as error:
                log.error("a listed message can't be kept", inbox=self._inbox.name, sid=each.sid, error=str(error))
                self._settled.add(each.sid)
                continue
            except NotKept:
                raise
            except Exception as error:  # noqa: BLE001 - the others are taken all the same; this one is looked at again next time
                log.error("a listed message was left", inbox=self._inbox.name, sid=each.sid, error=repr(error)[:300])
                left = error
                continue
            self._settled.add(each.sid)
            taken += 1
            MISSED.labels(self._inbox.name).inc()
            log.warning("a message that no webhook brought was taken", inbox=self._inbox.name, sid=each.sid)
        if left is not None:
            raise NotListed(f"{taken} of {len(missing)} missing messages were taken: {left!r}"[:300]) from left
        return taken

    async def _list(self, since: datetime) -> list[Any]:
        twilio = client(self._inbox, self._transport)
        try:
            found: list[Any] = await twilio.messages.list_async(
                to=self._inbox.sender, date_sent_after=since, limit=MOST, page_size=PAGE
            )
        except TROUBLES as error:
            raise NotListed(f"{type(error).__name__}: {error}") from error
        return found

    async def _known(self, ids: Sequence[str]) -> set[str]:
        known: set[str] = set()
        try:
            for start in range(0, len(ids), ASK):
                query = KnownQuery(message_ids=list(ids[start : start + ASK]))
                data = await rpc.request(self._bus, subjects.query("known"), query.encode(), timeout=ANSWER)
                known.update(KnownAnswer.decode(data).message_ids)
        except (BusError, NewerVersion, Undecodable) as error:
            raise NotListed(f"the store does not say what it knows: {error}") from error
        return known

    async def _form(self, listed: Any) -> dict[str, str]:
        """A listed message as its webhook would have told it, as far as the list knows."""
        form = {
            "MessageSid": listed.sid,
            "AccountSid": listed.account_sid or self._inbox.account_sid,
            "From": listed.from_ or "",
            "To": listed.to or "",
            "Body": listed.body or "",
            "NumMedia": str(listed.num_media or "0"),
        }
        if form["NumMedia"] == "0":
            return form
        try:
            files = await listed.media.list_async(limit=MOST_MEDIA)
        except TROUBLES as error:
            raise NotListed(f"{type(error).__name__}: {error}") from error
        for number, file in enumerate(files):
            form[f"MediaUrl{number}"] = self._inbox.api_url.rstrip("/") + file.uri.removesuffix(".json")
            form[f"MediaContentType{number}"] = file.content_type or ""
        return form

    # -- files that came late -------------------------------------------------------------------------------------------

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
            return await self._taking.take_late(note)
        except (Malformed, TooLarge) as error:
            log.error("missing files can't be kept", inbox=self._inbox.name, sid=note.sid, error=str(error))
            return True
        except (BusError, NotKept):
            raise
        except Exception as error:  # one odd note must not end it for those after it
            log.error("missing files failed by a fault of ours", inbox=self._inbox.name, sid=note.sid, exc_info=error)
            return False


def _at(listed: Any, now: datetime) -> datetime:
    found: datetime | None = listed.date_sent or listed.date_created
    return found or now


def readers(context: Context, accepting: Accepting) -> list[Reader]:
    """A reader for each inbox."""
    takers = Takers(context, accepting)
    return [Reader(context, taking, takers.pending[name]) for name, taking in takers.by_name.items()]
