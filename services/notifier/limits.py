"""How fast an inbox may send: a token bucket."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_second`` messages in the long run, ``burst`` at once."""

    per_second: float
    burst: int = 1


class TokenBucket:
    """Counts what may be sent now. ``clock`` gives seconds and only moves forward."""

    def __init__(self, rate: Rate, clock: Callable[[], float]) -> None:
        if rate.per_second <= 0 or rate.burst < 1:
            raise ValueError("a rate lets at least one message through at some time")
        self._rate, self._clock = rate, clock
        self._tokens, self._at = float(rate.burst), clock()

    def available(self) -> int:
        """Messages that may be sent now."""
        now = self._clock()
        self._tokens = min(self._rate.burst, self._tokens + (now - self._at) * self._rate.per_second)
        self._at = now
        # A sum of many small steps may miss the whole number by a hair.
        return int(self._tokens + 1e-9)

    def take(self, count: int) -> None:
        """``count`` messages are being sent."""
        self._tokens -= count

    def wait(self) -> float:
        """Seconds until the next message may be sent; 0 when it may now."""
        return 0.0 if self.available() else (1 - self._tokens) / self._rate.per_second
