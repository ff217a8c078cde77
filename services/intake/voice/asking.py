"""What intake asks the store while somebody is on the phone. A caller waits for the answer, so all of it is bounded and none of it raises:
without an answer the call goes on."""

import asyncio
from typing import Final

import structlog
from nats.aio.client import Client

from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.calls import CallerAnswer, CallerQuery, ToldAnswer, ToldQuery

log = structlog.get_logger(__name__)

ANSWER = 1.5
"""Seconds for the language; the caller hears nothing meanwhile."""
PATIENCE = 7.0
"""Seconds for what was decided; Twilio gives up after 15."""
WAITS: Final = (0.05, 0.1, 0.15, 0.2, 0.3)
_FAILURES = (BusError, Undecodable, NewerVersion)


async def language_of(bus: Client, number: str | None) -> str | None:
    """The language of the contact with this number; None when nobody knows, or nobody answers."""
    if number is None or not bus.is_connected:
        return None
    try:
        query = CallerQuery(number=number).encode()
        return CallerAnswer.decode(await rpc.request(bus, subjects.query("caller"), query, timeout=ANSWER)).language
    except _FAILURES as error:
        log.info("the store does not say who calls", error=str(error))
        return None


async def told(bus: Client, cause: str) -> ToldAnswer | None:
    """What was decided about an enquiry; None when that is not known in time."""
    loop = asyncio.get_running_loop()
    until = loop.time() + PATIENCE
    waits = iter(WAITS)
    query = ToldQuery(cause=cause).encode()
    while (left := until - loop.time()) > 0:
        try:
            answer = ToldAnswer.decode(await rpc.request(bus, subjects.query("told"), query, timeout=left))
        except _FAILURES as error:
            log.warning("a caller could not be told how a ticket stands", error=str(error))
            return None
        if answer.decided:
            return answer
        await asyncio.sleep(min(next(waits, WAITS[-1]), max(until - loop.time(), 0)))
    return None
