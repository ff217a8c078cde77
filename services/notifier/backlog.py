"""Messages in hand that nobody has claimed yet: people's answers before automatic ones, each kind in its order."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from nats.aio.msg import Msg

from shared.messages.outbound import Outbound


@dataclass(slots=True, eq=False)
class Held:
    """A message of the bus in hand. ``redelivered``: somebody had it before and may have died while sending it.
    ``attempt``, ``ambiguous`` and ``granted_at`` (loop time) are set by the grant."""

    msg: Msg
    outbound: Outbound
    redelivered: bool
    attempt: int = 0
    ambiguous: bool = False
    granted_at: float = 0.0

    @property
    def priority(self) -> int:
        """0 for what a person wrote, 1 for automatic messages."""
        return 1 if self.outbound.automatic else 0


class Backlog:
    """Two queues, one before the other."""

    def __init__(self) -> None:
        self._queues: tuple[deque[Held], deque[Held]] = (deque(), deque())

    def __len__(self) -> int:
        return sum(map(len, self._queues))

    def __iter__(self) -> Iterator[Held]:
        for queue in self._queues:
            yield from queue

    def add(self, held: Held) -> None:
        """Behind the others of its kind."""
        self._queues[held.priority].append(held)

    def put_back(self, helds: list[Held]) -> None:
        """Before the others of their kind, as they were taken."""
        for held in reversed(helds):
            self._queues[held.priority].appendleft(held)

    def take(self, count: int) -> list[Held]:
        """At most ``count``, the most urgent first."""
        taken: list[Held] = []
        for queue in self._queues:
            while queue and len(taken) < count:
                taken.append(queue.popleft())
        return taken

    def take_older(self, at: datetime, count: int) -> list[Held]:
        """At most ``count`` of those that were to be sent before ``at``; the others stay in their order."""
        taken = [held for held in self if held.outbound.created_at < at][:count]
        for held in taken:
            self._queues[held.priority].remove(held)
        return taken

    def clear(self) -> list[Held]:
        """All of them, to be given back."""
        return self.take(len(self))
