"""`Sender` for SMS, WhatsApp and Messenger by Twilio.

A message is never sent twice: one is under way to a recipient at a time, and before any attempt that follows another Twilio is asked what
it has. Not here: what Twilio tells later (`services.intake.twilio.statuses`).
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog
from nats.aio.client import Client

from services.notifier.sending import Attempt, Outcome, Permanent, Sent, Temporary, Trouble
from services.notifier.twilio.asking import FAILED, Listed, is_since, matched
from services.notifier.twilio.compose import House, Part, address, fields, freeform, is_open, segments, templated
from services.notifier.twilio.once import Taken, Turns
from services.notifier.twilio.outcomes import VIA, outcome_of, trouble
from shared import clock
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.messages import reasons
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.outbound import Outbound
from shared.messages.provider import SendingAnswer, SendingQuery
from shared.twilio import TROUBLES, Transport, client
from shared.twiliocodes import described, via

log = structlog.get_logger(__name__)

CONCURRENCY = 8
STORE_SECONDS = 3.0
PAGE, MOST = 100, 400
LOOK_AFTER = 0.5
"""Seconds before Twilio is asked about a message whose answer was lost just now."""


class _Unasked(Exception):
    """It can't be said now what an earlier attempt did."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


class TwilioSender:
    """Sends from one inbox. ``look_after`` as `LOOK_AFTER`."""

    concurrency = CONCURRENCY

    def __init__(self, house: House, bus: Client, *, look_after: float = LOOK_AFTER) -> None:
        self._house, self._bus, self._look_after = house, bus, look_after
        self._transport = Transport(house.inbox.api_url)
        self._client = client(house.inbox, self._transport)
        self._turns, self._taken = Turns(), Taken()

    async def start(self) -> None:
        """Nothing to prepare: connections are made when there is something to send."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._transport.close()

    async def probe(self) -> Trouble | None:
        """Whether Twilio answers us."""
        return await trouble(self._client.messages.page_async(to=self._house.inbox.sender, page_size=1))

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Send its parts, those that Twilio does not have yet. Raises what `short_words` raises for a text this version doesn't know."""
        channel = self._house.inbox.channel
        to = address(outbound, channel)
        if to is None:
            given = outbound.to[0].address if outbound.to else ""
            return Permanent(f"{reasons.INVALID}: {given[:60]!r} is no address of {channel}", VIA)
        async with self._turns.alone(to):
            parts = await self._parts(outbound, to)
            if isinstance(parts, Permanent):
                return parts
            if not parts:
                return Permanent(f"{reasons.UNSENDABLE}: there is nothing in the message", VIA)
            try:
                return await self._send(outbound, attempt, to, parts)
            except _Unasked as error:
                return error.outcome

    async def _parts(self, outbound: Outbound, to: str) -> list[Part] | Permanent:
        """Anything while the person's window is open, a template outside it."""
        if self._house.inbox.channel == "sms" or outbound.kind == "acknowledgement":
            return freeform(outbound, to, self._house)
        try:
            answer = await self._ask_store(outbound, ())
        except _Unasked:
            # Twilio knows too, and says so with 63016.
            return freeform(outbound, to, self._house)
        if is_open(answer.last_inbound, clock.now()):
            return freeform(outbound, to, self._house)
        parts = templated(outbound, self._house) if self._house.inbox.channel == "whatsapp" else None
        if parts is None:
            said = "the person has not written for 24 hours, and no template is configured for this"
            return Permanent(f"{reasons.OUTSIDE_WINDOW}: {said}", VIA)
        return parts

    async def _send(self, outbound: Outbound, attempt: Attempt, to: str, parts: list[Part]) -> Outcome:
        there = await self._look(outbound, to, parts) if attempt.number > 1 or attempt.ambiguous else {}
        sids: list[str] = []
        for place in range(len(parts)):
            done = there.get(place) or await self._send_part(outbound, attempt, to, parts, place)
            if isinstance(done, Listed):
                done = self._found(done, outbound)
            if not isinstance(done, str):
                return done
            sids.append(done)
        return Sent(",".join(sids), via(segments(parts, self._house.inbox.channel)))

    def _found(self, listed: Listed, outbound: Outbound) -> str | Permanent:
        """The sid of a part that an earlier attempt had sent, unless it failed since."""
        self._taken.remember(listed.sid, outbound.delivery_id)
        if listed.status in FAILED:
            return Permanent(described(listed.error_code, listed.status), VIA)
        log.info("Twilio has it already", delivery_id=outbound.delivery_id, sid=listed.sid)
        return listed.sid

    async def _send_part(
        self, outbound: Outbound, attempt: Attempt, to: str, parts: list[Part], place: int
    ) -> str | Listed | Outcome:
        """The sid of the part that is sent now, or what Twilio has of it after an answer was lost."""
        asked = fields(parts, place, to, outbound, attempt.number, self._house)
        try:
            message: Any = await self._client.messages.create_async(**asked)
        except TROUBLES as error:
            outcome = outcome_of(error)
            if not (isinstance(outcome, Temporary) and outcome.unsure):
                return outcome
            log.warning("Twilio is asked for a message whose answer was lost", delivery_id=outbound.delivery_id)
            await asyncio.sleep(self._look_after)
            found = await self._look(outbound, to, parts)
            # Not listed may mean not listed yet: it is asked for again before the next attempt.
            return found.get(place, outcome)
        if not message.sid:
            return Temporary("Twilio's answer names no message", via=VIA, unsure=True)
        self._taken.remember(message.sid, outbound.delivery_id)
        return str(message.sid)

    # -- what Twilio has --------------------------------------------------------------------------------------------------

    async def _look(self, outbound: Outbound, to: str, parts: Sequence[Part]) -> dict[int, Listed]:
        """The parts that Twilio has, by their place. Raises `_Unasked`."""
        listed = await self._list(to, outbound.created_at)
        if not matched(parts, listed, frozenset()):
            return {}
        answer = await self._ask_store(outbound, [each.sid for each in listed])
        others = self._taken.others(outbound.delivery_id)
        return matched(parts, listed, frozenset(answer.elsewhere) | others)

    async def _list(self, to: str, since: datetime) -> list[Listed]:
        """The messages to this recipient, newest first. Without DateSent: one that waits in Twilio's queue has none."""
        found: list[Listed] = []
        try:
            stream = await self._client.messages.stream_async(
                to=to, from_=self._house.inbox.sender, limit=MOST, page_size=PAGE
            )
            async for each in stream:
                listed = _listed(each)
                if not is_since(listed, since):
                    break
                found.append(listed)
        except TROUBLES as error:
            log.warning("Twilio can't be asked for a message", error=str(error))
            raise _Unasked(
                Temporary(f"Twilio can't be asked whether it has it: {error}", via=VIA, unsure=True)
            ) from error
        return found

    async def _ask_store(self, outbound: Outbound, sids: Sequence[str]) -> SendingAnswer:
        query = SendingQuery(delivery_id=outbound.delivery_id, provider_ids=list(sids))
        try:
            data = await rpc.request(self._bus, subjects.query("sending"), query.encode(), timeout=STORE_SECONDS)
            return SendingAnswer.decode(data)
        except (BusError, NewerVersion, Undecodable) as error:
            raise _Unasked(Temporary(f"the store does not say what was sent: {error}", via=VIA, unsure=True)) from error


def _listed(message: Any) -> Listed:
    media = str(message.num_media or "0")
    code = str(message.error_code or "")
    return Listed(
        sid=str(message.sid),
        body=message.body or "",
        media=int(media) if media.isdigit() else 0,
        at=message.date_created if isinstance(message.date_created, datetime) else None,
        direction=_value(message.direction),
        status=_value(message.status),
        error_code=int(code) if code.isdigit() else None,
    )


def _value(given: Any) -> str:
    return str(getattr(given, "value", given) or "")
