"""Who looks at a ticket and who writes in it, across channels: a note per ticket in the bucket ``presence``, which forgets by itself.

Whoever is there says so again before `LASTS` is over; who does not is gone. Changes are told on ``presence.<number>`` for those who show
them. Nothing is decided by it: two who write at the same time are kept apart by what is written (``Reply.seen_at``), not by this.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import nats.errors
from nats.aio.client import Client

from shared.bus import subjects
from shared.bus.errors import BusUnavailable
from shared.bus.keyvalue import ANSWER, KeyValue, RevisionConflict
from shared.clock import now
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.presence import Presence, Present, State

LASTS: Final = timedelta(seconds=60)
"""As long as the bucket keeps an entry (`shared.bus.topology.PRESENCE_TTL`)."""
MOST: Final = 50
"""So many are shown with one ticket."""
_NAME: Final = 200
_TRIES: Final = 10


def placed(
    present: Sequence[Present], actor: str, who: str, channel: str, state: State, at: datetime
) -> tuple[list[Present], bool]:
    """All who are there after ``actor`` said on ``channel`` what they do, and whether that is another picture than before (being there
    still is none). Who is on two channels is there twice."""
    there = still(present, at)
    others = [each for each in there if (each.actor, each.channel) != (actor, channel)]
    before = next((each for each in there if (each.actor, each.channel) == (actor, channel)), None)
    if state == "gone":
        return others, before is not None
    same = before is not None and before.state == state
    since = before.since if before is not None and same else at
    mine = Present(actor=actor[:_NAME], who=who[:_NAME], channel=channel, state=state, since=since, until=at + LASTS)
    return sorted([*others[-(MOST - 1) :], mine], key=lambda each: each.since), not same


def still(present: Sequence[Present], at: datetime) -> list[Present]:
    """Those whose time is not over."""
    return [each for each in present if each.until > at]


class PresenceBoard:
    """The bucket, over one connection. Every method raises BusUnavailable."""

    def __init__(self, bus: Client, *, answer: float = ANSWER) -> None:
        self._bus = bus
        self._bucket = KeyValue(bus, subjects.PRESENCE, answer=answer)

    async def read(self, number: int) -> list[Present]:
        """Who is with the ticket now."""
        return still((await self._entry(number))[0], now())

    async def everywhere(self) -> dict[int, list[Present]]:
        """Who is with which ticket now."""
        found: dict[int, list[Present]] = {}
        for key, entry in (await self._bucket.all()).items():
            try:
                presence = Presence.decode(entry.value)
            except (NewerVersion, Undecodable):
                continue  # gone within a minute anyway
            there = still(presence.present, now())
            if there and key == str(presence.number):
                found[presence.number] = there
        return found

    async def note(self, number: int, actor: str, who: str, channel: str, state: State) -> list[Present]:
        """Somebody does this with the ticket, as of now; gives all who are with it."""
        for _ in range(_TRIES):
            present, revision = await self._entry(number)
            after, changed = placed(present, actor, who, channel, state, now())
            if not changed and state == "gone":
                return after
            kept = Presence(number=number, present=after)
            try:
                await self._bucket.update(str(number), kept.encode(), revision)
            except RevisionConflict:
                continue  # somebody else came or went at the same moment
            if changed:
                await self._tell(kept)
            return after
        raise BusUnavailable(f"too many come and go in T-{number} at the same time")

    async def _entry(self, number: int) -> tuple[list[Present], int]:
        entry = await self._bucket.get(str(number))
        if entry is None:
            return [], 0
        try:
            return Presence.decode(entry.value).present, entry.revision
        except (NewerVersion, Undecodable):
            # Gone within a minute anyway: it is replaced rather than left in everybody's way.
            return [], entry.revision

    async def _tell(self, presence: Presence) -> None:
        try:
            await self._bus.publish(subjects.presence(presence.number), presence.encode())
        except nats.errors.Error as error:
            raise BusUnavailable(f"it could not be told who is with T-{presence.number}: {error}") from error
