"""Faults to order for requests that come in: late answers, 429, 5xx, and connections cut before or after the request was taken.

Each order counts down on the requests whose ``METHOD /path`` contains ``on``; a request meets the oldest order that fits it.
"""

import asyncio
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

Kind = Literal["slow", "answer", "cut", "lose", "hold"]
ALWAYS = 1 << 60


@dataclass
class _Order:
    kind: Kind
    times: int
    on: str
    seconds: float = 0.0
    status: int = 0
    retry_after: int = 0
    held: "Held | None" = None


@dataclass
class Held:
    """An answer that waits: the request was taken when `taken` is set; `open` lets the answer go."""

    soon: Callable[[Callable[[], None]], None]
    taken: threading.Event = field(default_factory=threading.Event)
    _gate: asyncio.Event = field(default_factory=asyncio.Event)

    def open(self) -> None:
        self.soon(self._gate.set)

    async def wait(self) -> None:
        self.taken.set()
        await self._gate.wait()


class Faults:
    """What is to go wrong next. ``ALWAYS`` as ``times`` means: until `clear`."""

    def __init__(self, answer: Callable[[int, int], ASGIApp], soon: Callable[[Callable[[], None]], None]) -> None:
        self._answer, self._soon = answer, soon
        self._orders: list[_Order] = []
        self._lock = threading.Lock()

    def slow(self, seconds: float, times: int = 1, on: str = "") -> None:
        """The request is taken at once and answered late: callbacks may come before the answer."""
        self._order(_Order("slow", times, on, seconds=seconds))

    def too_many(self, times: int = 1, retry_after: int = 1, on: str = "") -> None:
        """429, with the seconds to wait; nothing is taken."""
        self._order(_Order("answer", times, on, status=429, retry_after=retry_after))

    def broken(self, times: int = 1, status: int = 503, on: str = "") -> None:
        """An error of the provider's own; nothing is taken."""
        self._order(_Order("answer", times, on, status=status))

    def cut(self, times: int = 1, on: str = "") -> None:
        """The connection ends before anything was taken."""
        self._order(_Order("cut", times, on))

    def lose_response(self, times: int = 1, on: str = "") -> None:
        """All is done as asked, and the connection ends before the answer: the client can't know."""
        self._order(_Order("lose", times, on))

    def hold(self, on: str = "") -> Held:
        """The next such request is taken, and its answer waits until it is opened."""
        held = Held(self._soon)
        self._order(_Order("hold", 1, on, held=held))
        return held

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            self._orders.clear()

    def _order(self, order: _Order) -> None:
        with self._lock:
            self._orders.append(order)

    def _next(self, asked: str) -> _Order | None:
        with self._lock:
            for order in self._orders:
                if order.on in asked:
                    order.times -= 1
                    if order.times <= 0:
                        self._orders.remove(order)
                    return order
        return None

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """The application with the faults in front of it."""

        async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
            order = self._next(f"{scope['method']} {scope['path']}")
            if order is None:
                await app(scope, receive, send)
            elif order.kind == "answer":
                await self._answer(order.status, order.retry_after)(scope, receive, send)
            elif order.kind == "cut":
                await _cut(scope, receive)
            else:
                answer: list[Message] = []
                await app(scope, receive, _keep(answer))
                await _finish(order, answer, scope, receive, send)

        return faulty


async def _finish(order: _Order, answer: list[Message], scope: Scope, receive: Receive, send: Send) -> None:
    """The request was taken: what becomes of its answer."""
    if order.kind == "lose":
        await _cut(scope, receive)
        return
    if order.held is not None:
        await order.held.wait()
    else:
        await asyncio.sleep(order.seconds)
    for message in answer:
        await send(message)


def _keep(answer: list[Message]) -> Send:
    async def keep(message: Message) -> None:
        answer.append(message)

    return keep


async def _cut(scope: Scope, receive: Receive) -> None:
    """End the connection without a byte, and wait until the server knows: it would answer 500 otherwise."""
    scope["state"]["transport"].abort()
    while (await receive())["type"] != "http.disconnect":
        pass
