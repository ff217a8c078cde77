"""`Sender` for calls: nobody is dialled twice.

One call at a time is begun to an agent's telephone, and before any attempt that follows another Twilio is asked what calls it has.
Not here: how a call went (`services.intake.voice.dialled`).
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from nats.aio.client import Client

from services.notifier.sending import Attempt, Misconfigured, Outcome, Permanent, Sent, Temporary, Trouble, Unreachable
from services.notifier.twilio.outcomes import VIA, outcome_of
from services.notifier.voice.compose import Numbers, fields, numbers
from shared import clock
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.messages import reasons
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.mailbox import KnownAnswer, KnownQuery
from shared.messages.outbound import Outbound
from shared.secrets import Keyring
from shared.speaking import Speaker
from shared.twilio import TROUBLES, Transport, client

log = structlog.get_logger(__name__)

CONCURRENCY = 4
STORE_SECONDS = 3.0
PAGE, MOST = 50, 100
REMEMBERED = 10_000
LOOK_AFTER = 0.5
"""Seconds before Twilio is asked about a call whose answer was lost just now."""
SKEW = timedelta(minutes=2)
"""How far Twilio's clock and ours may be apart."""
PATIENCE = timedelta(minutes=5)
"""After which nobody expects the telephone to ring any more."""


@dataclass
class _Lock:
    """The right to ring one telephone, and how many want it."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class _Unasked(Exception):
    """It can't be said now what an earlier attempt did."""


class VoiceSender:
    """Calls from one inbox. ``look_after`` as `LOOK_AFTER`."""

    concurrency = CONCURRENCY

    def __init__(self, speaker: Speaker, keyring: Keyring, bus: Client, *, look_after: float = LOOK_AFTER) -> None:
        self._speaker, self._keyring, self._bus, self._look_after = speaker, keyring, bus, look_after
        self._inbox = speaker.inbox
        self._transport = Transport(self._inbox.api_url)
        self._client = client(self._inbox, self._transport)
        self._locks: dict[str, _Lock] = {}
        self._ours: OrderedDict[str, str] = OrderedDict()

    async def start(self) -> None:
        """Nothing to prepare: connections are made when there is somebody to call."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def probe(self) -> Trouble | None:
        """Whether Twilio answers us."""
        try:
            await self._client.calls.page_async(to=self._inbox.sender, page_size=1)
        except TROUBLES as error:
            outcome = outcome_of(error)
            return outcome if isinstance(outcome, Misconfigured | Unreachable) else Unreachable(str(error), VIA)
        return None

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Begin the call, unless Twilio has it already or nobody waits for it any more."""
        who = numbers(outbound)
        if who is None:
            return Permanent(f"{reasons.INVALID}: a call needs two telephone numbers", VIA)
        async with self._alone(who.agent):
            if attempt.number > 1 or attempt.ambiguous:
                try:
                    sid = await self._look(outbound, who)
                except _Unasked as error:
                    return Temporary(str(error), via=VIA, unsure=True)
                if sid is not None:
                    log.info("Twilio has the call already", delivery_id=outbound.delivery_id, sid=sid)
                    return Sent(sid, VIA)
            if clock.now() > outbound.created_at + PATIENCE:
                return Permanent("late: it could not be begun within five minutes", VIA)
            return await self._dial(outbound, who, attempt)

    async def _dial(self, outbound: Outbound, who: Numbers, attempt: Attempt) -> Outcome:
        asked = fields(outbound, who, attempt.number, self._speaker, self._keyring)
        try:
            call: Any = await self._client.calls.create_async(**asked)
        except TROUBLES as error:
            outcome = outcome_of(error)
            if not (isinstance(outcome, Temporary) and outcome.unsure):
                return outcome
            log.warning("Twilio is asked for a call whose answer was lost", delivery_id=outbound.delivery_id)
            await asyncio.sleep(self._look_after)
            try:
                sid = await self._look(outbound, who)
            except _Unasked:
                sid = None
            # Not listed may mean not listed yet: it is asked for again before the next attempt.
            return Sent(sid, VIA) if sid is not None else outcome
        if not call.sid:
            return Temporary("Twilio's answer names no call", via=VIA, unsure=True)
        self._remember(str(call.sid), outbound)
        return Sent(str(call.sid), VIA)

    # -- what Twilio has --------------------------------------------------------------------------------------------------

    async def _look(self, outbound: Outbound, who: Numbers) -> str | None:
        """The call of an earlier attempt: the oldest to this agent since then that is no other delivery's. Raises `_Unasked`."""
        listed = await self._list(outbound, who)
        if not listed:
            return None
        known = await self._known(listed)
        others = {sid for sid, delivery in self._ours.items() if delivery != outbound.delivery_id}
        found = next((sid for sid in reversed(listed) if sid not in known and sid not in others), None)
        if found is not None:
            self._remember(found, outbound)
        return found

    async def _list(self, outbound: Outbound, who: Numbers) -> list[str]:
        """The calls to this agent since it was asked for, newest first. Without StartTime: one that waits in Twilio's queue has none."""
        found: list[str] = []
        try:
            stream = await self._client.calls.stream_async(
                to=who.agent, from_=self._inbox.sender, limit=MOST, page_size=PAGE
            )
            async for each in stream:
                at = each.date_created
                if isinstance(at, datetime) and at < outbound.created_at - SKEW:
                    break
                if str(getattr(each.direction, "value", each.direction)) == "outbound-api":
                    found.append(str(each.sid))
        except TROUBLES as error:
            raise _Unasked(f"Twilio can't be asked whether it has the call: {error}") from error
        return found

    async def _known(self, sids: Sequence[str]) -> set[str]:
        """Those of the calls that the store knows for another delivery's; this one's it would not have had attempted again."""
        ids = {f"voice:{self._inbox.name}:{sid}": sid for sid in sids}
        try:
            query = KnownQuery(message_ids=list(ids)).encode()
            data = await rpc.request(self._bus, subjects.query("known"), query, timeout=STORE_SECONDS)
            return {ids[each] for each in KnownAnswer.decode(data).message_ids if each in ids}
        except (BusError, NewerVersion, Undecodable) as error:
            raise _Unasked(f"the store does not say whose calls there are: {error}") from error

    def _remember(self, sid: str, outbound: Outbound) -> None:
        """The report of it may not be in the store yet when the next call is asked for."""
        self._ours[sid] = outbound.delivery_id
        if len(self._ours) > REMEMBERED:
            self._ours.popitem(last=False)

    @asynccontextmanager
    async def _alone(self, to: str) -> AsyncIterator[None]:
        one = self._locks.setdefault(to, _Lock())
        one.users += 1
        try:
            async with one.lock:
                yield
        finally:
            one.users -= 1
            if not one.users:
                del self._locks[to]
