"""The sockets of this intake by session, and its ear on the bus for each: what is sent to a session, and who confirms it.

With several intakes behind a balancer each listens only for the sessions whose sockets it holds, so a session that nobody holds has no
listener, and whoever asks hears that at once. A browser with several windows has several sockets; each shows everything, the first to
confirm answers.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as BusClientError

from shared import clock
from shared.bus import subjects
from shared.bus.connection import BusConnection, settle
from shared.bus.errors import BusError
from shared.bus.publish import Publisher
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.chat import ChatConfirmed, ChatPush, ChatSent, ChatTyping
from shared.messages.outbound import RANK, DeliveryReport, Outbound
from shared.texts import MissingVariable, UnknownText

log = structlog.get_logger(__name__)

PER_SESSION: Final = 6
"""Windows of one browser, more or less; the oldest is closed for the newest."""
REMEMBERED: Final = 300
"""Deliveries of a session that a browser may still confirm."""
REPORT: Final = 5.0


class Socket(Protocol):
    """One browser window."""

    def say(self, frame: dict[str, Any]) -> None:
        """Send soon, in order."""

    def close(self, code: int) -> None:
        """End it soon."""


@dataclass(slots=True)
class _Shown:
    """A delivery that the session's browsers know of. ``replies``: who waits for the confirmation."""

    attempt: int
    rank: int
    inbox: str
    replies: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Session:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    sockets: list[Socket] = field(default_factory=list)
    subscription: Subscription | None = None
    shown: dict[str, _Shown] = field(default_factory=dict)


class Sockets:
    """All of one intake. ``show`` makes the frame of what is to be shown. One session is one inbox's."""

    def __init__(self, bus: BusConnection, publisher: Publisher, show: Callable[[Outbound], dict[str, Any]]) -> None:
        self._bus = bus
        self._publisher = publisher
        self._show = show
        self._sessions: dict[str, _Session] = {}
        self._reports: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return sum(len(session.sockets) for session in self._sessions.values())

    async def join(self, session_id: str, socket: Socket) -> None:
        """From now on the socket gets what is sent to the session; returns when the bus knows. Raises `nats.errors.Error` while the
        bus is away."""
        session = self._sessions.setdefault(session_id, _Session())
        session.sockets.append(socket)
        while len(session.sockets) > PER_SESSION:
            session.sockets.pop(0).close(1008)
        async with session.lock:
            if session.subscription is None:
                session.subscription = await self._bus.listen(
                    subjects.chat(session_id), lambda msg: self._arrived(session, msg)
                )
                await settle(self._bus)

    async def leave(self, session_id: str, socket: Socket) -> None:
        """The socket is gone; with the last one the bus is told."""
        session = self._sessions.get(session_id)
        if session is None:
            return
        if socket in session.sockets:
            session.sockets.remove(socket)
        async with session.lock:
            if session.sockets or self._sessions.get(session_id) is not session:
                return
            del self._sessions[session_id]
            if session.subscription is not None:
                try:
                    await session.subscription.unsubscribe()
                except BusClientError as error:  # the connection is closing: the server forgets it with that
                    log.debug("a chat's subscription went with its connection", error=str(error))

    def known(self, session_id: str, sent: list[ChatSent]) -> None:
        """What a history shows may be confirmed, too."""
        session = self._sessions.get(session_id)
        for each in sent if session is not None else ():
            assert session is not None
            entry = session.shown.get(each.outbound.delivery_id)
            if entry is None:
                _remember(session, each.outbound, each.attempt, RANK[each.state])

    def confirm(self, session_id: str, delivery_id: str) -> None:
        """A browser has it."""
        session = self._sessions.get(session_id)
        shown = session.shown.get(delivery_id) if session is not None else None
        if shown is None:
            return
        answer = ChatConfirmed(delivery_id=delivery_id).encode()
        for reply in shown.replies:
            self._send(reply, answer)
        shown.replies.clear()
        self._report(delivery_id, shown, "delivered")

    def seen(self, session_id: str, delivery_ids: tuple[str, ...]) -> None:
        """They were on the screen."""
        session = self._sessions.get(session_id)
        for delivery_id in delivery_ids if session is not None else ():
            assert session is not None
            if (shown := session.shown.get(delivery_id)) is not None:
                self._report(delivery_id, shown, "read")

    def typing(self, session_id: str) -> None:
        """The customer is typing: for whoever listens, kept nowhere."""
        self._send(subjects.chat_customer(session_id), ChatTyping().encode())

    def _arrived(self, session: _Session, msg: Msg) -> None:
        try:
            if not msg.reply:
                frame = {"t": "typing", "name": ChatTyping.decode(msg.data).name[:100]}
            else:
                push = ChatPush.decode(msg.data)
                frame = self._show(push.outbound)
                entry = _remember(session, push.outbound, push.attempt, RANK["sending"])
                entry.replies = [*entry.replies[-4:], msg.reply]
        except (NewerVersion, Undecodable, UnknownText, MissingVariable) as error:
            log.warning("a chat message can't be shown by this version", error=repr(error))
            return
        for socket in list(session.sockets):
            socket.say(frame)

    def _send(self, subject: str, payload: bytes) -> None:
        try:
            self._bus.send(subject, payload)
        except BusClientError as error:  # whoever waits asks again
            log.warning("a chat's word was not sent", error=str(error))

    def _report(self, delivery_id: str, shown: _Shown, state: Any) -> None:
        if RANK[state] <= shown.rank:
            return
        shown.rank = RANK[state]
        report = DeliveryReport(
            delivery_id=delivery_id,
            attempt=shown.attempt,
            state=state,
            at=clock.now(),
            channel="chat",
            inbox=shown.inbox,
            via="browser",
        )
        task = asyncio.create_task(self._publish(report), name="chat-report")
        self._reports.add(task)
        task.add_done_callback(self._reports.discard)

    async def _publish(self, report: DeliveryReport) -> None:
        subject = subjects.delivery("chat", report.state)
        try:
            await self._publisher.publish(
                subjects.DELIVERY, subject, report.encode(), message_id=report.bus_id, timeout=REPORT
            )
        except BusError as error:  # the next visit shows it again, and confirms it again
            log.warning("a chat's confirmation was not reported", delivery_id=report.delivery_id, error=str(error))


def _remember(session: _Session, outbound: Outbound, attempt: int, rank: int) -> _Shown:
    entry = session.shown.pop(outbound.delivery_id, None) or _Shown(attempt, rank, outbound.inbox)
    entry.attempt = max(entry.attempt, attempt)
    session.shown[outbound.delivery_id] = entry
    while len(session.shown) > REMEMBERED:
        del session.shown[next(iter(session.shown))]
    return entry
