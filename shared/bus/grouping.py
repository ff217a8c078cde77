"""Publishing together what is published at the same time: one sync to disk for all of it instead of one each.

With `sync_interval: always` a publish costs the server 0.24 ms, most of it in fsync; a JetStream atomic batch (ADR-50, nats-server
2.12) costs 1.2 ms however many messages it has (measured with 2.15: 45 us a message at 32, 25 at 100). So the first message goes out
by itself, and what comes until it is confirmed gathers: few go out by themselves, many as a batch. Nobody waits for company.

A batch is stored whole or not at all, its ids are remembered like any others, and its confirmation comes after the sync (tried: strace,
SIGKILL). Whatever it fails for (one id of it was there already, the stream has no room for all, the connection is lost), each message
is then published by itself and gets its own answer; the ids keep that from doubling anything.
"""

import asyncio
import json
import secrets
import weakref
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.bus import headers as hdr
from shared.bus.asking import Asker, asker
from shared.bus.connection import BusConnection
from shared.bus.errors import BusError, BusUnavailable

log = structlog.get_logger(__name__)

# Fewer than this are cheaper one by one.
FEWEST = 6
MOST = 200
MOST_BYTES = 2 * 1024 * 1024
# What is larger than this pays for its own sync.
LARGE = 64 * 1024
# How long a batch may take before its messages go out by themselves, each with what remains of its own time.
PATIENCE = 3.0

# nats-server, server/errors.json: atomic publish is not enabled for the stream; an older server stores the messages and knows no batch.
_DISABLED = 10174


@dataclass(slots=True)
class _Waiting:
    subject: str
    payload: bytes
    head: dict[str, str]
    until: float
    answer: asyncio.Future[dict[str, Any]]


@dataclass(slots=True)
class _Lane:
    """One stream on one connection."""

    waiting: deque[_Waiting] = field(default_factory=deque)
    in_flight: int = 0
    able: bool = True


class Grouping:
    """Publishes on one connection; get it with `grouping(nc)`."""

    def __init__(self, nc: BusConnection) -> None:
        self._nc = weakref.ref(nc)
        self._asker = weakref.ref(asker(nc))
        self._loop = asyncio.get_running_loop()  # asked for once: it costs a system call each time
        self._lanes: dict[str, _Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def publish(self, stream: str, subject: str, payload: bytes, head: dict[str, str], timeout: float) -> Any:
        """The server's answer as it came (``{"stream", "seq", …}`` or ``{"error"}``). Raises what `Asker.ask` raises."""
        lane = self._lanes.get(stream)
        if lane is None:
            lane = self._lanes[stream] = _Lane()
        if not lane.able or len(payload) > LARGE:
            return await self._alone(subject, payload, head, timeout)
        if not lane.in_flight:
            lane.in_flight += 1
            try:
                return await self._alone(subject, payload, head, timeout)
            finally:
                lane.in_flight -= 1
                self._go_on(lane)
        one = _Waiting(subject, payload, head, self._loop.time() + timeout, self._loop.create_future())
        lane.waiting.append(one)
        return await one.answer

    async def _alone(self, subject: str, payload: bytes, head: dict[str, str], timeout: float) -> Any:
        answer = await self._ask().ask(subject, payload, hdr.block(head), timeout=timeout, repeatable=True)
        return json.loads(answer.data)

    def _ask(self) -> Asker:
        found = self._asker()
        assert found is not None  # whoever publishes holds the connection, and that its asker
        return found

    # -- groups ---------------------------------------------------------------------------------------------------------

    def _go_on(self, lane: _Lane) -> None:
        """Send what gathered, when nothing is in flight any more."""
        if lane.in_flight or not lane.waiting:
            return
        group = _take(lane.waiting)
        lane.in_flight += 1
        task = self._loop.create_task(self._send(lane, group), name="bus-group")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _send(self, lane: _Lane, group: list[_Waiting]) -> None:
        try:
            if len(group) < FEWEST or not lane.able or not await self._together(lane, group):
                await asyncio.gather(*(self._settle(one) for one in group))
        finally:
            for one in group:
                if not one.answer.done():  # this task was cancelled: the loop ends
                    one.answer.cancel()
            lane.in_flight -= 1
            self._go_on(lane)

    async def _settle(self, one: _Waiting) -> None:
        """Publish one message by itself and tell whoever waits for it how that went."""
        if one.answer.done():  # whoever wanted it has gone
            return
        remaining = max(one.until - self._loop.time(), 0.1)
        try:
            answer = await self._alone(one.subject, one.payload, one.head, remaining)
        except BusError as error:
            if not one.answer.done():
                one.answer.set_exception(error)
        else:
            if not one.answer.done():
                one.answer.set_result(answer)

    async def _together(self, lane: _Lane, group: list[_Waiting]) -> bool:
        """Publish a batch; False when it was refused, or nobody knows."""
        try:
            answer: dict[str, Any] = json.loads((await self._commit(group)).data)
        except (BusError, nats.errors.Error) as error:
            log.info("a batch is published one by one", messages=len(group), error=str(error))
            return False
        if "error" in answer or answer.get("count") != len(group):
            if answer.get("error", {}).get("err_code") == _DISABLED or "error" not in answer:
                lane.able = False
                log.warning("the bus knows no atomic batches: publishing one by one", stream=answer.get("stream"))
            return False
        last = int(answer["seq"])
        for number, one in enumerate(group, start=1 - len(group)):
            if not one.answer.done():
                one.answer.set_result({"stream": answer["stream"], "seq": last + number})
        return True

    async def _commit(self, group: list[_Waiting]) -> Msg:
        nc = self._nc()
        assert nc is not None
        if not nc.is_connected:
            raise BusUnavailable("no connection to the bus")
        batch = secrets.token_hex(8)
        *first, last = [
            (one.subject, one.payload, {**one.head, hdr.BATCH_ID: batch, hdr.BATCH_SEQUENCE: str(number)})
            for number, one in enumerate(group, start=1)
        ]
        for subject, payload, head in first:
            nc.send(subject, payload, head=hdr.block(head), lazily=True)
        subject, payload, head = last
        head[hdr.BATCH_COMMIT] = "1"
        return await self._ask().ask(subject, payload, hdr.block(head), timeout=PATIENCE, repeatable=False)


def _take(waiting: deque[_Waiting]) -> list[_Waiting]:
    group: list[_Waiting] = []
    size = 0
    while waiting and len(group) < MOST and size < MOST_BYTES:
        one = waiting.popleft()
        if one.answer.done():  # whoever wanted it has gone, and may not have it published
            continue
        group.append(one)
        size += len(one.payload)
    return group


_groupings: weakref.WeakKeyDictionary[Client, Grouping] = weakref.WeakKeyDictionary()


def grouping(nc: Client) -> Grouping:
    """The one Grouping of a connection."""
    found = _groupings.get(nc)
    if found is None:
        assert isinstance(nc, BusConnection)
        found = _groupings[nc] = Grouping(nc)
    return found
