"""Who is calling: bearer tokens (RFC 6750), known to the store by their SHA-256.

A token carries 256 bits, so guessing is hopeless; what is limited here is how much work a guesser can cause. A token that was
good lately is still looked up when its peer has failed too often, because many callers may share one proxy's address.
"""

import hashlib
import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from prometheus_client import Counter

from services.desk.errors import TooManyAttempts, Unauthorized
from services.desk.gate import Gate
from shared.messages.ticket import TokenAnswer, TokenQuery
from shared.peers import source

CACHE_SECONDS = 5.0
KNOWN_SECONDS = 3600.0
ATTEMPTS = 20
WINDOW_SECONDS = 60.0
_ENTRIES = 4_096
_MAX_LENGTH = 512

_attempts = Counter("trunkline_desk_sign_ins_total", "Calls with a token, by result.", ["result"])
for _result in ("cached", "good", "unknown", "missing", "limited"):
    _attempts.labels(_result)

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who calls: by a token (``token_id``), or an agent in a browser (``session_id``, ``agent_id``, ``email``). ``role`` is what they
    may; ``languages`` are the agent's."""

    token_id: str
    name: str
    role: str = "admin"
    agent_id: str = ""
    email: str = ""
    session_id: str = ""
    languages: tuple[str, ...] = ()

    @property
    def actor(self) -> str:
        """As commands name them."""
        return f"agent:{self.agent_id}" if self.agent_id else f"token:{self.name}"


class Expiring(Generic[Value]):
    """A bounded mapping whose entries end after ``seconds``; when it is full the least recently put one goes first."""

    def __init__(self, seconds: float, clock: Callable[[], float], entries: int = _ENTRIES) -> None:
        self._seconds, self._clock, self._entries = seconds, clock, entries
        self._kept: OrderedDict[str, tuple[float, Value]] = OrderedDict()

    def get(self, key: str) -> Value | None:
        """What was put, unless it has ended."""
        until, value = self._kept.get(key, (0.0, None))
        return value if self._clock() < until else None

    def left(self, key: str) -> float:
        """For how many more seconds there is something."""
        return max(0.0, self._kept[key][0] - self._clock()) if key in self._kept else 0.0

    def put(self, key: str, value: Value, seconds: float | None = None) -> None:
        """Keep it, for ``seconds`` if given."""
        self._kept[key] = (self._clock() + (self._seconds if seconds is None else seconds), value)
        self._kept.move_to_end(key)
        while len(self._kept) > self._entries:
            self._kept.popitem(last=False)

    def drop(self, key: str) -> None:
        """Forget one."""
        self._kept.pop(key, None)

    def clear(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)


class Counts(Expiring[int]):
    """How often something happened, by who did it, within ``seconds`` of the first time: who goes on patiently is not locked out for
    ever."""

    def of(self, key: str) -> int:
        """How often so far."""
        return self.get(key) or 0

    def more(self, key: str) -> int:
        """Once more; gives how often it had happened before."""
        before = self.of(key)
        self.put(key, before + 1, self.left(key) if before else None)
        return before

    def wait(self, key: str) -> int:
        """In how many seconds all of it is forgotten; at least one."""
        return int(self.left(key)) + 1


class Tokens:
    """Finds out who a token belongs to."""

    def __init__(self, gate: Gate, clock: Callable[[], float] = time.monotonic) -> None:
        self._gate = gate
        self._cache: Expiring[Principal] = Expiring(CACHE_SECONDS, clock)
        self._known: Expiring[bool] = Expiring(KNOWN_SECONDS, clock)
        self._failures = Counts(WINDOW_SECONDS, clock)

    async def who(self, authorization: str | None, peer: str) -> Principal:
        """The owner of the token in the header ``Authorization: Bearer …``.

        Raises Unauthorized, TooManyAttempts (``peer`` has tried `ATTEMPTS` unknown tokens within a minute), Away.
        """
        scheme, _, text = (authorization or "").partition(" ")
        text = text.strip()
        # Hashed whatever it is: a malformed token takes as long as any other.
        digest = hashlib.sha256(text[:_MAX_LENGTH].encode("utf-8", "surrogatepass")).hexdigest()
        if scheme.lower() != "bearer" or not text or len(text) > _MAX_LENGTH:
            _attempts.labels("missing").inc()
            raise Unauthorized("a bearer token is needed: Authorization: Bearer <token>")
        if (principal := self._cache.get(digest)) is not None:
            _attempts.labels("cached").inc()
            return principal
        return await self._looked_up(digest, network_of(peer))

    def forgive(self) -> None:
        """Forget all failures: nobody has to wait any more."""
        self._failures.clear()

    async def _looked_up(self, digest: str, network: str) -> Principal:
        if self._failures.of(network) >= ATTEMPTS and not self._known.get(digest):
            _attempts.labels("limited").inc()
            raise TooManyAttempts(self._failures.wait(network))
        answer = await self._gate.query("token", TokenQuery(sha256=digest), TokenAnswer)
        if answer.token_id is None or answer.name is None:
            self._failures.more(network)
            _attempts.labels("unknown").inc()
            raise Unauthorized("this token is not known")
        principal = Principal(answer.token_id, answer.name, answer.role)
        self._cache.put(digest, principal)
        self._known.put(digest, True)
        _attempts.labels("good").inc()
        return principal


def network_of(peer: str) -> str:
    """What counts as one peer: an IPv4 address (also where the socket is an IPv6 one: `::ffff:0:0/96` is everybody), or an IPv6 /64, which
    one household has to itself."""
    address = source(peer)
    if address is None:
        return peer
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)
