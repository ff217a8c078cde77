"""How many messages of an inbox to claim now: as many as will soon be begun, no faster than allowed. No I/O."""

import time
from collections.abc import Callable

from services.notifier.limits import Rate, TokenBucket

MAX_ACTIVE = 64
SECONDS_IN_LINE = 4.0  # as many are claimed as will be begun within this
THROTTLE_PAUSE = 5.0
LONGEST_PAUSE = 60.0


class Pacing:
    """Of one inbox that sends ``concurrency`` messages at once. ``clock`` gives seconds and only moves forward."""

    def __init__(self, concurrency: int, rate: Rate | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._concurrency, self._clock = concurrency, clock
        self._bucket = TokenBucket(rate, clock) if rate is not None else None
        self._took = 0.0  # seconds a message takes lately
        self._until = 0.0

    def observe(self, seconds: float) -> None:
        """A message took so long to send."""
        self._took = seconds if not self._took else 0.8 * self._took + 0.2 * seconds

    def throttle(self, retry_after: float | None) -> None:
        """The other side asked us to slow down, for so many seconds where it said so."""
        self._until = self._clock() + min(retry_after or THROTTLE_PAUSE, LONGEST_PAUSE)

    def rest(self, waiting: int) -> float:
        """Seconds until one of ``waiting`` messages may be claimed."""
        pause = max(0.0, self._until - self._clock())
        return max(pause, self._bucket.wait()) if waiting and self._bucket is not None else pause

    def take(self, waiting: int, active: int) -> int:
        """How many of ``waiting`` to claim while ``active`` are claimed and not yet reported; they count against the rate."""
        room = MAX_ACTIVE
        if self._took * room > SECONDS_IN_LINE * self._concurrency:
            # What waits for its turn longer than its claim holds would only have to be claimed again.
            room = max(self._concurrency, int(self._concurrency * SECONDS_IN_LINE / self._took))
        # Claims are asked for together: not before half of the line is free.
        count = min(waiting, room - active) if active <= room // 2 else 0
        if self._bucket is not None:
            count = min(count, self._bucket.available())
            self._bucket.take(count)
        return count
