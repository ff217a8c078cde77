"""What nobody's request begins: calls whose callbacks never arrived, and recordings that could not be had at once.

Twilio does not come again reliably with a callback that got 503, so its lists of calls and of recordings are compared with what is stored
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
from services.intake.errors import NotKept
from services.intake.twilio.reading import Malformed
from services.intake.voice import asking, calls, messages
from services.intake.voice.calls import Calls
from services.intake.voice.languages import language_for
from services.intake.voice.making import takers
from services.intake.voice.reading import FINAL, read_call
from shared import clock
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.ending import end
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.mailbox import KnownAnswer, KnownQuery
from shared.service import Context
from shared.twilio import TROUBLES, Transport, client

log = structlog.get_logger(__name__)

GRACE = timedelta(minutes=2)
"""For how long after its end a call's callbacks may still be on their way: a recording is worked on before it is told of."""
SLACK = timedelta(minutes=1)
MOST, PAGE = 1_000, 200
ASK = 500
ANSWER = 5.0
LATE_EVERY = 20.0
LONGEST_WAIT = 3_600.0
GIVE_UP = timedelta(days=7).total_seconds()

MISSED = Counter("trunkline_intake_calls_missed_total", "Calls found in Twilio's list and not with us", ["inbox"])


class NotListed(Exception):
    """The lists can't be had at the moment, or the store can't say what it knows."""


class Reader:
    """One inbox's work in the background. Times are in seconds where they aren't durations."""

    def __init__(
        self, context: Context, taking: Calls, *, grace: timedelta | None = None, late_every: float = LATE_EVERY
    ) -> None:
        self._bus, self._taking, self._inbox = context.bus, taking, taking.inbox
        self._languages = context.settings.company.languages
        self._grace = min(GRACE, self._inbox.reconcile) if grace is None else grace
        self._late_every = late_every
        self._transport = Transport(self._inbox.api_url, seconds=30.0, connections=4)
        self._tasks: list[asyncio.Task[None]] = []
        self._settled: set[str] = set()
        MISSED.labels(self._inbox.name)

    async def start(self) -> None:
        """Begin; Twilio may be away."""
        if self._inbox.reconcile > timedelta(0) and self._inbox.account_sid:
            self._tasks.append(asyncio.create_task(self._reconcile(), name=f"voice-{self._inbox.name}-list"))
        self._tasks.append(asyncio.create_task(self._late(), name=f"voice-{self._inbox.name}-recordings"))

    async def stop(self) -> None:
        """End; what was under way is found again."""
        await end(self._tasks)
        await self._transport.close()
        await self._taking.transport.close()

    def ready(self) -> dict[str, bool]:
        """The work goes on. Twilio being away is no reason to be restarted."""
        return {f"voice-{self._inbox.name}": bool(self._tasks) and not any(task.done() for task in self._tasks)}

    # -- calls that nobody told us of -------------------------------------------------------------------------------------

    async def _reconcile(self) -> None:
        interval = self._inbox.reconcile.total_seconds()
        with contextlib.suppress(NotListed):  # the first look does it then
            await self.begin()
        while True:
            await asyncio.sleep(interval * random.uniform(0.75, 1.25))  # noqa: S311 - many intakes don't all ask at once
            try:
                await self.look()
            except (NotListed, NotKept) as error:
                log.warning("calls could not be compared with Twilio's list", inbox=self._inbox.name, error=str(error))
            except Exception:  # one odd answer must not end the comparing for good
                log.exception("comparing with Twilio's calls failed by a fault of ours", inbox=self._inbox.name)

    async def begin(self) -> float:
        """When the inbox was first connected (seconds since 1970), which is noted on the bus. Raises `NotListed`."""
        try:
            return await self._taking.pending.begun(clock.now().timestamp())
        except BusError as error:
            raise NotListed(f"the bus does not say since when the inbox is ours: {error}") from error

    async def look(self) -> int:
        """Compare once; gives how many messages were taken that nobody had told us of. Raises `NotListed`, `NotKept`."""
        if not self._bus.is_connected:
            raise NotListed("the bus is away")
        now = clock.now()
        since = max(now - self._inbox.window, datetime.fromtimestamp(await self.begin(), UTC) - SLACK)
        listed, recorded = await self._list(since)
        due = [each for each in listed if _is_due(each, since, now - self._grace)]
        known = await self._known([each for call in due for each in messages.ids(self._inbox, call.sid)])
        self._settled &= {call.sid for call in listed}
        taken = 0
        for call in reversed(due):  # the oldest first
            for form in self._missing(call, recorded.get(call.sid, []), known):
                taken += await self._take(call, form)
        return taken

    def _missing(self, call: Any, recordings: list[dict[str, str]], known: set[str]) -> list[dict[str, str]]:
        """What was to be told of a call and is not known; what was taken here once is on the bus."""
        if call.sid in self._settled:
            return []
        if recordings:
            is_known = messages.message_id(self._inbox, call.sid) in known
            return [] if is_known else [each for each in recordings if each["RecordingStatus"] == "completed"]
        return [] if known & set(messages.ids(self._inbox, call.sid)) else [{"CallStatus": _value(call.status)}]

    async def _take(self, call: Any, told: dict[str, str]) -> int:
        common = {
            "CallSid": call.sid,
            "AccountSid": call.account_sid or self._inbox.account_sid,
            "From": call._from or "",
            "CallDuration": str(call.duration or ""),
        }
        form, taken = {**common, **told}, 0
        try:
            caller = read_call(form)
            language = language_for(caller.number, await asking.language_of(self._bus, caller.number), self._languages)
            take = self._taking.recorded if "RecordingSid" in told else self._taking.ended
            taken = int(await take(form, caller, language, call.start_time) is not None)
        except Malformed as error:
            log.error("a listed call can't be read", inbox=self._inbox.name, sid=call.sid, error=str(error))
        self._settled.add(call.sid)
        if taken:
            MISSED.labels(self._inbox.name).inc()
            log.warning("a call that no callback told of was taken", inbox=self._inbox.name, sid=call.sid)
        return taken

    async def _list(self, since: datetime) -> tuple[list[Any], dict[str, list[dict[str, str]]]]:
        """The calls to us, newest first, and their recordings."""
        twilio = client(self._inbox, self._transport)
        many: dict[str, Any] = {"limit": MOST, "page_size": PAGE}
        try:
            # By the day is what the API counts these in.
            listed = await twilio.calls.list_async(to=self._inbox.sender, start_time_after=since, **many)
            recordings = await twilio.recordings.list_async(date_created_after=since, **many)
        except TROUBLES as error:
            raise NotListed(f"{type(error).__name__}: {error}") from error
        by_call: dict[str, list[dict[str, str]]] = {}
        for each in recordings:
            if (form := calls.told(each, self._inbox)) is not None:
                by_call.setdefault(form["CallSid"], []).append(form)
        return listed, by_call

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

    # -- recordings that came late ----------------------------------------------------------------------------------------

    async def _late(self) -> None:
        while True:
            await asyncio.sleep(self._late_every)
            try:
                await self.fetch_late()
            except (BusError, NotKept) as error:
                log.info("missing recordings wait", inbox=self._inbox.name, error=str(error))
            except Exception:  # one odd note must not end it for the others
                log.exception("missing recordings could not be fetched by a fault of ours", inbox=self._inbox.name)

    async def fetch_late(self) -> int:
        """Try what is due; gives how many notes are settled. Raises `BusError`, `NotKept`."""
        settled, pending = 0, self._taking.pending
        for note in await pending.all():
            age = clock.now().timestamp() - note.since
            if age < min(self._late_every * (2 ** min(note.tries, 20) - 1), note.tries * LONGEST_WAIT):
                continue
            try:
                is_over = age > GIVE_UP or await self._taking.take_late(note)
            except Malformed as error:
                log.error("a note of a recording can't be read", inbox=self._inbox.name, sid=note.sid, error=str(error))
                is_over = True
            if is_over:
                await pending.remove(note.sid)
                settled += 1
            else:
                await pending.tried(note.sid)
        return settled


def _is_due(call: Any, since: datetime, until: datetime) -> bool:
    """Whether it is a call to us that is over for long enough."""
    began = call.start_time or call.date_created
    ended = call.end_time or began
    return (
        _value(call.direction) == "inbound"
        and _value(call.status) in FINAL
        and began is not None
        and began >= since
        and ended <= until
    )


def _value(given: Any) -> str:
    return str(getattr(given, "value", given) or "")


def readers(context: Context, accepting: Accepting) -> list[Reader]:
    """A reader for each inbox."""
    return [Reader(context, each) for each in takers(context, accepting)]
