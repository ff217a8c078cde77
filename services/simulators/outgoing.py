"""Requests that a provider makes to us: webhooks and status callbacks, with faults to order for them.

Callbacks of one lane (a message's states, say) go out one after the other; lanes don't wait for each other.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import httpx

from services.simulators.errors import Overfull

KEPT = 20_000
WAITING = 20_000
TIMEOUT = (
    15.0  # seconds; Twilio gives a webhook 15, https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
)
ANSWER_LIMIT = 1 << 20

Kind = Literal["duplicate", "lose", "reorder", "hold"]


class Threads(Protocol):
    """What is needed of the simulator: its lock, its loop, and a way to say that something changed."""

    lock: threading.RLock

    def spawn(self, work: Coroutine[Any, Any, None]) -> None: ...

    def changed(self) -> None: ...


@dataclass(frozen=True)
class Outgoing:
    """One request to us. ``label`` says what it is: ``inbound``, ``status:delivered``, ``update``, …"""

    label: str
    url: str
    form: Mapping[str, str] | None = None
    json: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"


@dataclass(frozen=True)
class Attempt:
    """What came of a request: the status we answered, or none with the reason (``lost`` was ordered, it never left)."""

    outgoing: Outgoing
    status: int | None
    body: str = ""
    media_type: str = ""
    failure: str = ""

    @property
    def is_accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


@dataclass
class _Order:
    kind: Kind
    times: int
    on: str
    together: list[tuple[Outgoing, Callable[[Attempt], None] | None]] = field(default_factory=list)


class Callbacks:
    """Sends them, and remembers the last `KEPT` in ``attempts``."""

    def __init__(self, threads: Threads) -> None:
        self._threads = threads
        self.attempts: deque[Attempt] = deque(maxlen=KEPT)
        self._orders: list[_Order] = []
        self._lanes: dict[str, deque[tuple[Outgoing, Callable[[Attempt], None] | None]]] = {}
        self._waiting = 0
        self._client: httpx.AsyncClient | None = None

    # Faults.

    def duplicate(self, times: int = 1, on: str = "") -> None:
        """The next so many come twice."""
        self._order(_Order("duplicate", times, on))

    def lose(self, times: int = 1, on: str = "") -> None:
        """The next so many never come."""
        self._order(_Order("lose", times, on))

    def reorder(self, count: int = 2, on: str = "") -> None:
        """The next so many come when the last of them is due, and the last one comes first."""
        self._order(_Order("reorder", count, on))

    def hold(self, on: str = "") -> None:
        """They wait until `release`."""
        self._order(_Order("hold", 1 << 60, on))

    def release(self) -> None:
        """Let go, in their order, what is held or waits to be reordered, and order nothing more."""
        with self._threads.lock:
            orders, self._orders = self._orders, []
            for order in orders:
                for outgoing, then in order.together:
                    self._enqueue("released", outgoing, then)

    def _order(self, order: _Order) -> None:
        with self._threads.lock:
            self._orders.append(order)

    def take(self, label: str) -> Kind | None:
        """Use up one order for such a callback: for a sender that keeps the order of its callbacks itself."""
        with self._threads.lock:
            order = self._fitting(label)
            return order.kind if order else None

    def _fitting(self, label: str) -> _Order | None:
        for order in self._orders:
            if order.on in label:
                order.times -= 1
                if order.times <= 0:
                    self._orders.remove(order)
                return order
        return None

    # Sending.

    @property
    def is_idle(self) -> bool:
        """Whether nothing is under way (what is held doesn't count)."""
        with self._threads.lock:
            return self._waiting == 0

    def send(self, lane: str, outgoing: Outgoing, then: Callable[[Attempt], None] | None = None) -> None:
        """Send it after what is already in its lane; ``then`` hears what came of it. Raises `Overfull`, `NotRunning`."""
        with self._threads.lock:
            order = self._fitting(outgoing.label)
            if order is None:
                self._enqueue(lane, outgoing, then)
            elif order.kind == "lose":
                self._note(Attempt(outgoing, None, failure="lost"), None)
            elif order.kind == "duplicate":
                self._enqueue(lane, outgoing, then)
                self._enqueue(lane, outgoing, None)
            else:
                self._gather(order, outgoing, then)

    def _gather(self, order: _Order, outgoing: Outgoing, then: Callable[[Attempt], None] | None) -> None:
        if len(order.together) >= WAITING:
            raise Overfull(f"{WAITING} callbacks are held")
        order.together.append((outgoing, then))
        if order.kind == "reorder" and order.times <= 0:
            for late, hear in reversed(order.together):
                self._enqueue("reordered", late, hear)

    def _enqueue(self, lane: str, outgoing: Outgoing, then: Callable[[Attempt], None] | None) -> None:
        if self._waiting >= WAITING:
            raise Overfull(f"{WAITING} callbacks are waiting")
        queue = self._lanes.get(lane)
        if queue is not None:
            queue.append((outgoing, then))
        else:
            self._lanes[lane] = deque([(outgoing, then)])
            self._threads.spawn(self._run(lane))
        self._waiting += 1

    async def _run(self, lane: str) -> None:
        while True:
            with self._threads.lock:
                if not self._lanes[lane]:
                    del self._lanes[lane]
                    return
                outgoing, then = self._lanes[lane].popleft()
            try:
                self._note(await self.post(outgoing), then)
            finally:
                with self._threads.lock:
                    self._waiting -= 1
                self._threads.changed()

    def _note(self, attempt: Attempt, then: Callable[[Attempt], None] | None) -> None:
        with self._threads.lock:
            self.attempts.append(attempt)
        if then is not None:
            then(attempt)
        self._threads.changed()

    async def fetch(self, outgoing: Outgoing) -> Attempt:
        """Send it now, in the simulator's loop, and remember what came of it."""
        attempt = await self.post(outgoing)
        self._note(attempt, None)
        return attempt

    async def post(self, outgoing: Outgoing) -> Attempt:
        """Send it now; redirects are not followed."""
        if self._client is None:
            self._client = httpx.AsyncClient(trust_env=False, timeout=TIMEOUT)
        body: dict[str, Any] = {}
        if outgoing.json is not None:
            body = {"json": outgoing.json}
        elif outgoing.form:
            body = {"data": outgoing.form}
        try:
            answer = await self._client.request(outgoing.method, outgoing.url, headers=outgoing.headers, **body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return Attempt(outgoing, None, failure=f"{type(error).__name__}: {error}")
        media_type = answer.headers.get("content-type", "").partition(";")[0].strip()
        return Attempt(outgoing, answer.status_code, answer.text[:ANSWER_LIMIT], media_type)

    async def close(self) -> None:
        """The server stops: what is under way is lost, as in a provider's outage."""
        with self._threads.lock:
            self._lanes.clear()
            self._waiting = 0
        if self._client is not None:
            client, self._client = self._client, None
            await client.aclose()
        await asyncio.sleep(0)
