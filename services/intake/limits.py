"""How much one peer, and all together, may ask of us. Loopback and trusted relays speak for many and are exempt from the former."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_network

from services.intake.errors import Refusal
from shared.peers import LOOPBACK as LOOPBACK
from shared.peers import Networks as Networks
from shared.peers import source as source
from shared.settings import Settings

Clock = Callable[[], float]

MAX_PEERS = 10_000
"""Peers whose rate is remembered; beyond that the one that was quiet longest is forgotten."""
MEMORY_SHARE = 4
"""Mails of the largest size that may be in memory at the same time."""


def trusted(settings: Settings) -> Networks:
    """The networks exempt from limits per peer: loopback, and the relays that the configuration trusts."""
    of_inboxes = [relay.network for inbox in settings.email_inboxes for relay in inbox.trusted_relays]
    return (*LOOPBACK, *settings.smtp.trusted_relays, *of_inboxes)


@lru_cache(maxsize=4096)
def holder(peer: str) -> str:
    """Whom a peer's limits are counted for: its address, with IPv6 its /64, of which one customer has all."""
    address = source(peer)
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or peer)


class Rates:
    """A bucket of ``per_minute`` tokens for each peer, refilled evenly."""

    def __init__(self, per_minute: int, clock: Clock = time.monotonic) -> None:
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, peer: str) -> bool:
        """Take a token; False when there is none."""
        now = self._clock()
        tokens, since = self._buckets.pop(peer, (self._size, now))
        tokens = min(self._size, tokens + (now - since) * self._per_second)
        granted = tokens >= 1
        self._buckets[peer] = (tokens - granted, now)
        if len(self._buckets) > MAX_PEERS:
            self._buckets.popitem(last=False)
        return granted

    def give_back(self, peer: str) -> None:
        """What a token was taken for did not come about."""
        if peer in self._buckets:
            tokens, since = self._buckets[peer]
            self._buckets[peer] = (min(self._size, tokens + 1), since)


class Gate:
    """Who may come in, and how often. One per listener; sessions are counted from `enter` to `leave`."""

    def __init__(
        self,
        *,
        sessions: int,
        sessions_per_peer: int,
        rate_per_minute: int,
        exempt: Iterable[IPv4Network | IPv6Network] = LOOPBACK,
        clock: Clock = time.monotonic,
    ) -> None:
        self._most = sessions
        self._most_per_peer = sessions_per_peer
        self._networks: Networks = tuple(exempt)
        self._sessions: Counter[str] = Counter()
        self._mails = Rates(rate_per_minute, clock)
        self._connections = Rates(rate_per_minute, clock)
        self.inside = 0

    @classmethod
    def of(cls, settings: Settings) -> "Gate":
        """The gate that the configuration describes."""
        smtp = settings.smtp
        return cls(
            sessions=smtp.max_sessions,
            sessions_per_peer=smtp.max_sessions_per_peer,
            rate_per_minute=smtp.rate_per_minute,
            exempt=trusted(settings),
        )

    def exempt(self, peer: str) -> bool:
        """Whether the limits per peer do not count for this one."""
        address = source(peer)
        return address is not None and any(address in network for network in self._networks)

    def enter(self, peer: str) -> None:
        """Let a session in. Raises `Refusal` (421) when there are too many, or its peer comes too often."""
        if self.inside >= self._most:
            raise Refusal("421 4.3.2 too many sessions at the moment, try again later", "busy")
        whose = holder(peer)
        if not self.exempt(peer):
            if self._sessions[whose] >= self._most_per_peer:
                raise Refusal("421 4.7.0 too many sessions from your address, try again later", "busy")
            if not self._connections.take(whose):
                raise Refusal("421 4.7.0 too many connections from your address, try again later", "rate")
        self.inside += 1
        self._sessions[whose] += 1

    def leave(self, peer: str) -> None:
        """The session that `enter` let in is over."""
        whose = holder(peer)
        self.inside -= 1
        self._sessions[whose] -= 1
        if self._sessions[whose] <= 0:
            del self._sessions[whose]

    def take_mail(self, peer: str) -> None:
        """One more mail of this peer. Raises `Refusal` (450) above its rate."""
        if not self.exempt(peer) and not self._mails.take(holder(peer)):
            raise Refusal("450 4.7.1 too many mails from your address, try again in a minute", "rate")


class Memory:
    """Octets of mail that sessions hold at the same time. Each session gives back what it took."""

    def __init__(self, total: int) -> None:
        self._free = total

    @classmethod
    def of(cls, settings: Settings) -> "Memory":
        """Room for some of the largest mails, and for many small ones in any case."""
        return cls(max(MEMORY_SHARE * settings.smtp.max_size, 64 * 1024 * 1024))

    def take(self, octets: int) -> bool:
        """Take so many; False, and nothing taken, when they are not there."""
        if octets > self._free:
            return False
        self._free -= octets
        return True

    def give_back(self, octets: int) -> None:
        """What was taken is free again."""
        self._free += octets
