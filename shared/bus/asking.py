"""Questions and their answers on one connection, which survive the loss of it.

The client library's own `request` waits its whole timeout when the connection is lost meanwhile: the question, or the answer,
went down with it. Here a question that may be repeated is sent again after the reconnect, and any other is given up soon.

Not here: what is asked (`publish`, `rpc`).
"""

import asyncio
import weakref
from dataclasses import dataclass

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.bus import headers as hdr
from shared.bus.connection import BusConnection, wait_connected
from shared.bus.errors import BusUnavailable, NoResponders, PayloadTooLarge, RequestTimeout

# Seconds an answer may still take after a reconnect: its server may have been on another connection all the time.
_GRACE = 1.0


@dataclass(slots=True)
class _Question:
    subject: str
    payload: bytes
    head: bytes
    answer: asyncio.Future[Msg]
    repeatable: bool


class Asker:
    """Asks on one connection; get it with `asker(nc)`. No task per question: answers find theirs by number."""

    def __init__(self, nc: BusConnection) -> None:
        self._nc = weakref.ref(nc)
        self._prefix = f"{nc.new_inbox()}."
        self._waiting: dict[str, _Question] = {}
        self._number = 0
        self._subscribed = False
        nc.on_reconnect(self._reconnected)

    async def ask(self, subject: str, payload: bytes, head: bytes, *, timeout: float, repeatable: bool) -> Msg:
        """Send and wait up to `timeout` seconds, including the wait for a connection. `head`: see `headers.block`.

        `repeatable`: handling it twice does no harm (a publish with a message id). Raises BusUnavailable (not sent),
        NoResponders, RequestTimeout, PayloadTooLarge.
        """
        nc = self._nc()
        assert nc is not None  # whoever asks holds it
        remaining = timeout if nc.is_connected else await wait_connected(nc, timeout)
        size = len(payload) + len(head)
        if size > nc.max_payload:  # the server would end the connection, with everything else in flight on it
            raise PayloadTooLarge(f"{size} bytes for {subject}: the bus takes at most {nc.max_payload}")
        loop = asyncio.get_running_loop()
        self._number += 1
        number = str(self._number)
        question = _Question(subject, payload, head, loop.create_future(), repeatable)
        self._waiting[number] = question
        timer = loop.call_later(remaining, _late, question, timeout)
        try:
            if not self._subscribed:
                self._subscribed = True  # the subscription is queued before the first question, which is all it takes
                await nc.listen(f"{self._prefix}*", self._arrived)
            nc.send(subject, payload, self._prefix + number, head)
            await nc.room()
            answer = await question.answer
        except nats.errors.Error as error:
            raise BusUnavailable(f"{subject} was not sent: {error}") from error
        finally:
            timer.cancel()
            del self._waiting[number]
        if not answer.data and answer.headers and answer.headers.get(hdr.STATUS) == "503":
            raise NoResponders(f"nobody answers {subject} at the moment")
        return answer

    def _arrived(self, msg: Msg) -> None:
        question = self._waiting.get(msg.subject[len(self._prefix) :])
        if question is not None and not question.answer.done():
            question.answer.set_result(msg)

    def _reconnected(self) -> None:
        loop = asyncio.get_running_loop()
        nc = self._nc()
        for number, question in self._waiting.items():
            if not question.repeatable:
                loop.call_later(
                    _GRACE, _give_up, question, f"the connection was lost while {question.subject} answered"
                )
            elif nc is not None and not question.answer.done():
                try:
                    nc.send(question.subject, question.payload, self._prefix + number, question.head)
                except nats.errors.Error as error:
                    _give_up(question, f"{question.subject} could not be repeated: {error}")


def _late(question: _Question, timeout: float) -> None:
    _give_up(question, f"no answer from {question.subject} within {timeout:g} s")


def _give_up(question: _Question, why: str) -> None:
    if not question.answer.done():
        question.answer.set_exception(RequestTimeout(f"{why}; it may still have arrived"))


_askers: weakref.WeakKeyDictionary[Client, Asker] = weakref.WeakKeyDictionary()


def asker(nc: Client) -> Asker:
    """The one Asker of a connection."""
    found = _askers.get(nc)
    if found is None:
        assert isinstance(nc, BusConnection)
        found = _askers[nc] = Asker(nc)
    return found
