"""Whose bearer token it is (RFC 6750): the desk's API tokens, known to the store by their SHA-256.

A token carries 256 bits: what is bounded is the work that a guesser can cause, not the chance of a guess.
"""

import hashlib
import time
from collections import OrderedDict
from typing import Final, TypeVar

from fastapi import HTTPException
from nats.aio.client import Client

from services.intake.errors import Away
from services.intake.limits import Clock, Rates, holder
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.ticket import TokenAnswer, TokenQuery

KNOWN_FOR: Final = 5.0
"""Seconds for which an answer counts: a revoked token works no longer than that."""
MOST_KNOWN: Final = 1024
ATTEMPTS: Final = 20
"""Unknown tokens per minute and caller."""
LONGEST: Final = 512
ANSWER: Final = 5.0

Value = TypeVar("Value")


class Tokens:
    """Finds out who calls."""

    def __init__(self, bus: Client, clock: Clock = time.monotonic) -> None:
        self._bus = bus
        self._clock = clock
        self._known: OrderedDict[str, tuple[float, str]] = OrderedDict()
        self._failures = Rates(ATTEMPTS, clock)
        self._locked: OrderedDict[str, float] = OrderedDict()

    async def name(self, authorization: str | None, peer: str) -> str:
        """The name of the token in ``Authorization: Bearer …``. Raises `HTTPException` (401, 403, 429) and `Away`."""
        scheme, _, text = (authorization or "").partition(" ")
        text = text.strip()
        if scheme.lower() != "bearer" or not text or len(text) > LONGEST:
            raise _unauthorized("a bearer token is needed: Authorization: Bearer <token>")
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        until, name = self._known.get(digest, (0.0, ""))
        if self._clock() < until:
            return name
        return await self._looked_up(digest, holder(peer))

    async def _looked_up(self, digest: str, peer: str) -> str:
        if self._clock() < self._locked.get(peer, 0.0):
            raise HTTPException(429, "too many attempts with unknown tokens from this address", {"Retry-After": "60"})
        try:
            query = TokenQuery(sha256=digest).encode()
            answer = TokenAnswer.decode(await rpc.request(self._bus, subjects.query("token"), query, timeout=ANSWER))
        except (BusError, NewerVersion, Undecodable) as error:
            raise Away from error
        if answer.name is None:
            if not self._failures.take(peer):
                self._locked[peer] = self._clock() + 60.0
                _bound(self._locked)
            raise _unauthorized("this token is not known")
        if answer.role == "auditor":
            raise HTTPException(403, "an auditor's token may look, and hand in nothing")
        self._known[digest] = self._clock() + KNOWN_FOR, answer.name
        _bound(self._known)
        return answer.name


def _bound(mapping: OrderedDict[str, Value]) -> None:
    while len(mapping) > MOST_KNOWN:
        mapping.popitem(last=False)


def _unauthorized(detail: str) -> HTTPException:
    return HTTPException(401, detail, {"WWW-Authenticate": 'Bearer realm="trunkline"'})
