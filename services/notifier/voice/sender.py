"""`Sender` for calls: nobody is dialled twice.

One call at a time is begun to an agent's telephone, and before any attempt that follows another Twilio is asked what calls it has.
Not here: how a call went (`services.intake.voice.dialled`).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from nats.aio.client import Client

from services.notifier.sending import Attempt, Outcome, Permanent, Sent, Temporary, Trouble
from services.notifier.twilio.once import Taken, Turns
from services.notifier.twilio.outcomes import VIA, outcome_of, trouble
from services.notifier.voice.compose import Numbers, fields, numbers
from shared import clock
from shared.knowing import StoreSilent, known
from shared.messages import reasons
from shared.messages.outbound import Outbound
from shared.secrets import Keyring
from shared.speaking import Speaker
from shared.twilio import TROUBLES, Transport, client

log = structlog.get_logger(__name__)

CONCURRENCY = 4
STORE_SECONDS = 3.0
PAGE, MOST = 50, 100
LOOK_AFTER = 0.5
"""Seconds before Twilio is asked about a call whose answer was lost just now."""
SKEW = timedelta(minutes=2)
"""How far Twilio's clock and ours may be apart."""
PATIENCE = timedelta(minutes=5)
"""After which nobody expects the telephone to ring any more."""


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
        self._turns, self._taken = Turns(), Taken()

    async def start(self) -> None:
        """Nothing to prepare: connections are made when there is somebody to call."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def probe(self) -> Trouble | None:
        """Whether Twilio answers us."""
        return await trouble(self._client.calls.page_async(to=self._inbox.sender, page_size=1))

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Begin the call, unless Twilio has it already or nobody waits for it any more."""
        who = numbers(outbound)
        if who is None:
            return Permanent(f"{reasons.INVALID}: a call needs two telephone numbers", VIA)
        async with self._turns.alone(who.agent):
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
        self._taken.remember(str(call.sid), outbound.delivery_id)
        return Sent(str(call.sid), VIA)

    # -- what Twilio has --------------------------------------------------------------------------------------------------

    async def _look(self, outbound: Outbound, who: Numbers) -> str | None:
        """The call of an earlier attempt: the oldest to this agent since then that is no other delivery's. Raises `_Unasked`."""
        listed = await self._list(outbound, who)
        if not listed:
            return None
        known = await self._known(listed)
        others = self._taken.others(outbound.delivery_id)
        found = next((sid for sid in reversed(listed) if sid not in known and sid not in others), None)
        if found is not None:
            self._taken.remember(found, outbound.delivery_id)
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
            return {ids[each] for each in await known(self._bus, list(ids), STORE_SECONDS) if each in ids}
        except StoreSilent as error:
            raise _Unasked(str(error)) from error
