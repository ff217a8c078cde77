"""What happens to a message that failed: soon again, later again, and in the end a dead letter; its neighbours never wait.

The first two failures are repeated in place, by a nak with delay. From the third on the message waits in stream RETRY and the
original is acknowledged, because delayed naks count against `max_ack_pending` and would stop fresh messages (bus-notes, 16).
Past the schedule it becomes a dead letter (`shared.bus.dead`).

Not here: retries of sending, which the store keeps.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from nats.aio.client import Client
from nats.aio.msg import Msg

from shared.bus import headers as hdr
from shared.bus import subjects as s
from shared.bus.dead import DeadLetter, get_dead, list_dead, replay
from shared.bus.errors import BusError, BusUnavailable, NewerVersion
from shared.bus.publish import Publisher
from shared.bus.pull import ContinuousPull, Handler

__all__ = ["DeadLetter", "FailurePolicy", "RetryPump", "get_dead", "isolating", "list_dead", "replay"]

log = logging.getLogger(__name__)

SCHEDULE = (1.0, 5.0, 30.0, 120.0, 600.0, 1800.0, 7200.0)  # seconds after the first, second, … failure
IN_PLACE = 2  # failures that are repeated where the message is
NEWER_DELAY = 600.0
_LONGEST_NAK = 60.0  # seconds; a waiting message is looked at again at least this often


class FailurePolicy:
    """Decides what becomes of a message that one durable failed on.

    `schedule` in seconds: after the n-th failure the message waits `schedule[n-1]`; after one more it is dead. `newer_seen` is
    the time (epoch seconds) of the last message of a newer major version, for readiness; None if never.
    """

    def __init__(self, nc: Client, durable: s.Durable, schedule: Sequence[float] = SCHEDULE) -> None:
        self.durable = durable
        self.newer_seen: float | None = None
        self._schedule = tuple(schedule)
        self._publisher = Publisher(nc)

    async def fail(self, msg: Msg, error: BaseException) -> None:
        """Take over `msg` after `error`: it is acknowledged or given back here, and never lost.

        When the bus does not take the copy, the original comes back later instead.
        """
        try:
            await self._decide(msg, error)
        except BusError as trouble:
            log.error("could not move %s aside (%s); it comes back in a minute", msg.subject, trouble)
            await msg.nak(_LONGEST_NAK)

    async def _decide(self, msg: Msg, error: BaseException) -> None:
        attempts = self.attempts(msg) + 1
        if isinstance(error, NewerVersion):
            # Nobody's failure: it waits for the upgrade, however long that takes.
            self.newer_seen = time.time()
            log.error("%s is of a newer version than this reader: upgrade %s", msg.subject, self.durable.name)
            await self._move(msg, error, attempts - 1, NEWER_DELAY)
        elif attempts > len(self._schedule):
            log.error("%s failed %d times and is a dead letter now: %r", msg.subject, attempts, error)
            await self._bury(msg, error, attempts)
        elif attempts <= IN_PLACE and msg.metadata.stream != s.RETRY:
            log.warning("%s failed (%d): %r", msg.subject, attempts, error)
            await msg.nak(self._schedule[attempts - 1])
        else:
            log.warning("%s failed (%d), waiting aside: %r", msg.subject, attempts, error)
            await self._move(msg, error, attempts, self._schedule[attempts - 1])

    @staticmethod
    def attempts(msg: Msg) -> int:
        """Failures before this delivery, as far as known: in its first stream a message has no other count than deliveries,
        and those rise for other reasons too (a restart, another service away). So they lead aside, never to the dead."""
        if msg.metadata.stream == s.RETRY:
            return int(_number((msg.headers or {}).get(hdr.ATTEMPT)))
        return min(msg.metadata.num_delivered - 1, IN_PLACE)

    async def _move(self, msg: Msg, error: BaseException, attempts: int, delay: float) -> None:
        head = self._headers(msg, error, attempts)
        head[hdr.NOT_BEFORE] = f"{time.time() + delay:.3f}"
        subject = s.retry(msg.subject)
        await self._publisher.publish(
            s.RETRY, subject, msg.data, message_id=self._id(msg, "retry", attempts), headers=head
        )
        await msg.ack()

    async def _bury(self, msg: Msg, error: BaseException, attempts: int) -> None:
        head = self._headers(msg, error, attempts)
        subject = s.dead(msg.subject)
        await self._publisher.publish(
            s.DEAD, subject, msg.data, message_id=self._id(msg, "dead", attempts), headers=head
        )
        await msg.ack()

    def _headers(self, msg: Msg, error: BaseException, attempts: int) -> dict[str, str]:
        old: Mapping[str, str] = msg.headers or {}
        head = {key: value for key, value in old.items() if not key.startswith("Nats-")}
        text = hdr.clean_ascii(f"{type(error).__name__}: {error}")
        meta = msg.metadata
        head.setdefault(hdr.FIRST_ERROR, text)
        head.setdefault(hdr.FIRST_SEEN, f"{meta.timestamp.timestamp():.3f}")
        head.setdefault(hdr.ORIGINAL_ID, hdr.clean_ascii(old.get(hdr.MESSAGE_ID, "")))
        head.setdefault(hdr.ORIGINAL_SEQUENCE, f"{meta.stream}:{meta.sequence.stream}")
        head[hdr.ORIGINAL_SUBJECT] = s.original(msg.subject)
        head[hdr.LAST_ERROR] = text
        head[hdr.ATTEMPT] = str(attempts)
        head[hdr.DURABLE] = self.durable.name
        return head

    def _id(self, msg: Msg, what: str, attempts: int) -> str:
        # Made of where the message lies: after a crash between the copy and the acknowledgement the same copy is a duplicate.
        meta = msg.metadata
        return f"{what}-{self.durable.name}-{meta.stream}-{meta.sequence.stream}-{attempts}"


def isolating(handler: Handler, policy: FailurePolicy, *, pause: float = 0.5, delay: float = 2.0) -> Handler:
    """`handler` for batches, so that one bad message fails alone.

    When a batch raises, its messages are handled again one by one; those that raise go to `policy`. When the bus or another
    service was not there (BusUnavailable), it is no message's fault: all come back after `delay` seconds.
    """

    async def unavailable(messages: list[Msg], error: BusUnavailable) -> None:
        log.warning("%s: %s; %d messages wait", policy.durable.name, error, len(messages))
        for msg in messages:
            if not msg.is_acked:
                await msg.nak(delay)
        await asyncio.sleep(pause)  # what follows would meet the same

    async def handle(messages: list[Msg]) -> None:
        try:
            await handler(messages)
            return
        except BusUnavailable as error:
            await unavailable(messages, error)
            return
        except Exception as error:
            left = [msg for msg in messages if not msg.is_acked]
            if len(messages) == 1 and left:
                log.warning("a message on %s failed", messages[0].subject, exc_info=error)
                await policy.fail(messages[0], error)
                return
            log.warning("a batch of %d failed (%r): handling them one by one", len(messages), error)
        for msg in left:
            await handle([msg])

    return handle


class RetryPump:
    """Gives the messages that one durable failed on to its handler again, each when it is due.

    `handler` is the one of the first delivery; it sees the original subject. Start and stop like a `ContinuousPull`.
    """

    def __init__(
        self,
        nc: Client,
        policy: FailurePolicy,
        handler: Handler,
        *,
        on_missing: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        durable = policy.durable.retries
        self._handler = isolating(handler, policy)
        self._owner = policy.durable.name
        # The window is wide: messages that are not due pass through at once and must not hold up those that are.
        self._pull = ContinuousPull(nc, s.RETRY, durable.name, self._sort, window=500, on_missing=on_missing)

    async def start(self) -> None:
        """Begin to pull."""
        await self._pull.start()

    async def stop(self, timeout: float = 20.0) -> None:
        """Finish what is in hand and stop."""
        await self._pull.stop(timeout)

    @property
    def healthy(self) -> bool:
        """As ContinuousPull.healthy."""
        return self._pull.healthy

    async def _sort(self, messages: list[Msg]) -> None:
        due: list[Msg] = []
        now = time.time()
        for msg in messages:
            head = msg.headers or {}
            if head.get(hdr.DURABLE, self._owner) != self._owner:
                await msg.ack()  # another durable failed on it; it has a copy of its own
            elif (rest := _number(head.get(hdr.NOT_BEFORE)) - now) > 0:
                await msg.nak(min(rest, _LONGEST_NAK))
            else:
                msg.subject = s.original(msg.subject)
                due.append(msg)
        if due:
            await self._handler(due)


def _number(text: str | None) -> float:
    try:
        return float(text) if text is not None else 0.0
    except ValueError:
        return 0.0
