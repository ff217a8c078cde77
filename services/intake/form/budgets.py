"""How many forms one caller, and one mail address, may send. Loopback, from where a proxy of ours speaks for many, is exempt."""

import time

from services.intake.limits import LOOPBACK, Clock, Rates, holder, source

PER_PEER = 20
"""Forms a caller may send at once; as many come back within ten minutes."""
PER_ADDRESS = 5
"""Forms in the name of one address at once; as many come back within an hour: each may make us write to it."""


class Budget(Rates):
    """``size`` tokens for each key, refilled evenly within ``seconds``."""

    def __init__(self, size: int, seconds: float, clock: Clock) -> None:
        super().__init__(size, clock)
        self._per_second = size / seconds


class Budgets:
    """Both budgets."""

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._peers = Budget(PER_PEER, 600, clock)
        self._addresses = Budget(PER_ADDRESS, 3600, clock)

    def take(self, peer: str, address: str) -> bool:
        """Take one of each; False where one has run out, and then nothing is taken."""
        if not _is_local(peer) and not self._peers.take(holder(peer)):
            return False
        if self._addresses.take(address.lower()):
            return True
        self._peers.give_back(holder(peer))
        return False

    def give_back(self, peer: str, address: str) -> None:
        """The form could not be kept: whoever sends it again until it can shall not be told that this is too often."""
        self._peers.give_back(holder(peer))
        self._addresses.give_back(address.lower())


def _is_local(peer: str) -> bool:
    caller = source(peer)
    return caller is not None and any(caller in network for network in LOOPBACK)
