"""How often codes may be asked for and tried: by one network, and by all together. What one point gets is the router's to bound, which
knows of all desks.

Loopback, from where a proxy of ours speaks for many, is exempt from what one network may.
"""

import time
from collections.abc import Callable
from typing import Final

from services.desk.tokens import Counts, network_of
from shared.peers import is_loopback

ASKS: Final = 20
"""Codes that one network may ask for in an hour."""
ALL_ASKS: Final = 1_000
"""Codes that all together may ask one desk for in an hour."""
WRONG: Final = 20
"""Wrong codes from one network in an hour."""
ALL_WRONG: Final = 300
"""Wrong codes at one desk in an hour: who tries codes of very many customers from very many networks gets no further than this, which
is one chance in three thousand."""
_HOUR: Final = 3600.0
_EVERYBODY: Final = "*"


class Budgets:
    """What was asked for and tried within the hour."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._asks = Counts(_HOUR, clock)
        self._wrong = Counts(_HOUR, clock)

    def may_ask(self, peer: str) -> bool:
        """Count a code that is asked for; false where that is too often."""
        if not (self._is_left(self._asks, peer, ASKS) and self._is_left(self._asks, _EVERYBODY, ALL_ASKS)):
            return False
        self._count(self._asks, peer)
        return True

    def may_try(self, peer: str) -> bool:
        """Whether another code may be tried."""
        return self._is_left(self._wrong, peer, WRONG) and self._is_left(self._wrong, _EVERYBODY, ALL_WRONG)

    def was_wrong(self, peer: str) -> None:
        """A code was wrong."""
        self._count(self._wrong, peer)

    @staticmethod
    def _is_left(counts: Counts, who: str, most: int) -> bool:
        if who != _EVERYBODY and is_loopback(who):
            return True
        return counts.of(who if who == _EVERYBODY else network_of(who)) < most

    @staticmethod
    def _count(counts: Counts, peer: str) -> None:
        # Everybody's goes last: of a full memory the one that was put longest ago is forgotten.
        for key in (network_of(peer), _EVERYBODY):
            counts.more(key)
