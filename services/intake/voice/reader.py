"""What nobody's request begins: calls whose callbacks never arrived, and recordings that could not be had at once.

Twilio does not come again reliably with a callback that got 503, so its lists of calls and of recordings are compared with what is stored
always, not only after an outage. Every intake does that for itself: what two find at once is one message to the store.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter

from services.intake.accepting import Accepting
from services.intake.twilio.background import PAGE, SLACK, Background, NotListed, moment, value
from services.intake.twilio.pending import Note
from services.intake.voice import asking, calls, messages
from services.intake.voice.calls import Calls
from services.intake.voice.languages import language_for
from services.intake.voice.making import takers
from services.intake.voice.reading import FINAL, read_call
from shared import clock
from shared.service import Context
from shared.twilio import TROUBLES, client

__all__ = ["NotListed", "Reader", "readers"]

log = structlog.get_logger(__name__)

GRACE = timedelta(minutes=2)
"""For how long after its end a call's callbacks may still be on their way: a recording is worked on before it is told of."""
MOST = 1_000
LATE_EVERY = 20.0

MISSED = Counter("trunkline_intake_calls_missed_total", "Calls found in Twilio's list and not with us", ["inbox"])


class Reader(Background):
    """One inbox's calls and their recordings."""

    kind = "voice"

    def __init__(
        self, context: Context, taking: Calls, *, grace: timedelta | None = None, late_every: float = LATE_EVERY
    ) -> None:
        super().__init__(context.bus, taking.inbox, taking.pending, late_every)
        self._taking = taking
        self._languages = context.settings.company.languages
        self._grace = min(GRACE, self._inbox.reconcile) if grace is None else grace
        MISSED.labels(self._inbox.name)

    async def stop(self) -> None:
        """End; what was under way is found again."""
        await super().stop()
        await self._taking.transport.close()

    async def take_late(self, note: Note) -> bool:
        """See `Background.take_late`."""
        return await self._taking.take_late(note)

    async def look(self) -> int:
        """See `Background.look`."""
        if not self._bus.is_connected:
            raise NotListed("the bus is away")
        now = clock.now()
        since = max(now - self._inbox.window, datetime.fromtimestamp(await self.begin(), UTC) - SLACK)
        listed, recorded = await self._list(since)
        due = [each for each in listed if _is_due(each, since, now - self._grace)]
        known = await self._known([each for call in due for each in messages.ids(self._inbox, call.sid)])
        self._settled &= {call.sid for call in listed}

        async def take(call: Any) -> int:
            return sum([await self._take(call, form) for form in forms[call.sid]])

        forms = {call.sid: self._missing(call, recorded.get(call.sid, []), known) for call in due}
        missing = [call for call in reversed(due) if forms[call.sid]]  # the oldest first
        return await self._take_each(missing, lambda call: str(call.sid), take)

    def _missing(self, call: Any, recordings: list[dict[str, str]], known: set[str]) -> list[dict[str, str]]:
        """What was to be told of a call and is not known; what was taken here once is on the bus."""
        if call.sid in self._settled:
            return []
        if recordings:
            is_known = messages.message_id(self._inbox, call.sid) in known
            return [] if is_known else [each for each in recordings if each["RecordingStatus"] == "completed"]
        return [] if known & set(messages.ids(self._inbox, call.sid)) else [{"CallStatus": value(call.status)}]

    async def _take(self, call: Any, told: dict[str, str]) -> int:
        form = {
            "CallSid": call.sid,
            "AccountSid": call.account_sid or self._inbox.account_sid,
            "From": call._from or "",
            "CallDuration": str(call.duration or ""),
            **told,
        }
        caller = read_call(form)
        language = language_for(caller.number, await asking.language_of(self._bus, caller.number), self._languages)
        take = self._taking.recorded if "RecordingSid" in told else self._taking.ended
        if await take(form, caller, language, moment(call.start_time)) is None:
            return 0
        MISSED.labels(self._inbox.name).inc()
        log.warning("a call that no callback told of was taken", inbox=self._inbox.name, sid=call.sid)
        return 1

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


def _is_due(call: Any, since: datetime, until: datetime) -> bool:
    """Whether it is a call to us that is over for long enough. One that does not say when it was counts: it was asked for by time."""
    if value(call.direction) != "inbound" or value(call.status) not in FINAL:
        return False
    began = moment(call.start_time) or moment(call.date_created) or since
    return since <= began and (moment(call.end_time) or began) <= until


def readers(context: Context, accepting: Accepting) -> list[Reader]:
    """A reader for each inbox."""
    return [Reader(context, each) for each in takers(context, accepting)]
