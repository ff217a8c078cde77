"""What nobody's request begins: messages whose webhook never arrived, and files that could not be had at once.

Twilio does not come again reliably with a webhook that got 503 or no answer, so its list of messages is compared with what is stored
always, not only after an outage. Every intake does that for itself: what two find at once is one message to the store.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from prometheus_client import Counter

from services.intake.accepting import Accepting
from services.intake.twilio.background import PAGE, SLACK, Background, NotListed, moment
from services.intake.twilio.making import Takers
from services.intake.twilio.pending import Note, Pending
from services.intake.twilio.reading import MOST_MEDIA
from services.intake.twilio.taking import Taking, message_id
from shared import clock
from shared.service import Context
from shared.twilio import TROUBLES, client

__all__ = ["NotListed", "Reader", "readers"]

log = structlog.get_logger(__name__)

GRACE = timedelta(minutes=1)
"""Age below which a message may still be on its way from its webhook into the database. Less where the list is asked for more often: one
that is taken too early is a duplicate."""
MOST = 2_000
"""Messages that one look takes from the list."""
LATE_EVERY = 30.0
"""Seconds between two tries to have missing files; each note waits twice as long after each of its own."""

MISSED = Counter("trunkline_intake_twilio_missed_total", "Messages found in Twilio's list and not with us", ["inbox"])


class Reader(Background):
    """One inbox's messages and their files."""

    def __init__(
        self,
        context: Context,
        taking: Taking,
        pending: Pending,
        *,
        grace: timedelta | None = None,
        late_every: float = LATE_EVERY,
    ) -> None:
        super().__init__(context.bus, taking.inbox, pending, late_every)
        self._taking = taking
        self._grace = min(GRACE, self._inbox.reconcile) if grace is None else grace
        MISSED.labels(self._inbox.name)

    async def take_late(self, note: Note) -> bool:
        """See `Background.take_late`."""
        return await self._taking.take_late(note)

    async def look(self) -> int:
        """See `Background.look`."""
        if not self._bus.is_connected:
            raise NotListed("the bus is away")
        now = clock.now()
        begun = datetime.fromtimestamp(await self.begin(), UTC) - SLACK
        listed = await self._list(max(now - self._inbox.window, begun))
        due = [
            each for each in listed if each.direction == "inbound" and begun <= _at(each, begun) <= now - self._grace
        ]
        known = await self._known([message_id(self._inbox, each.sid) for each in due])
        self._settled &= {each.sid for each in listed}
        missing = [
            each for each in due if each.sid not in self._settled and message_id(self._inbox, each.sid) not in known
        ]
        # The oldest first, as they were written.
        return await self._take_each(reversed(missing), lambda each: str(each.sid), self._take)

    async def _take(self, listed: Any) -> int:
        await self._taking.take(await self._form(listed), date=moment(listed.date_sent))
        MISSED.labels(self._inbox.name).inc()
        log.warning("a message that no webhook brought was taken", inbox=self._inbox.name, sid=listed.sid)
        return 1

    async def _list(self, since: datetime) -> list[Any]:
        twilio = client(self._inbox, self._transport)
        try:
            found: list[Any] = await twilio.messages.list_async(
                to=self._inbox.sender, date_sent_after=since, limit=MOST, page_size=PAGE
            )
        except TROUBLES as error:
            raise NotListed(f"{type(error).__name__}: {error}") from error
        return found

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


def _at(listed: Any, otherwise: datetime) -> datetime:
    """When it was sent; ``otherwise`` where nobody can tell: it was asked for by time."""
    return moment(listed.date_sent) or moment(listed.date_created) or otherwise


def readers(context: Context, accepting: Accepting) -> list[Reader]:
    """A reader for each inbox."""
    takers = Takers(context, accepting)
    return [Reader(context, taking, takers.pending[name]) for name, taking in takers.by_name.items()]
