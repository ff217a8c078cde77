"""One way to connect to the bus: it never gives up reconnecting, says what happens, and never logs a password.

Not here: starting a server (`embedded`) and declaring streams (`topology`).
"""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from urllib.parse import unquote, urlsplit

import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription

from shared.bus.errors import BusRefused, BusUnavailable
from shared.bus.reading import MessageReader, read_headers
from shared.ending import end

log = logging.getLogger(__name__)

OnClosed = Callable[[], Awaitable[None]]

RECONNECT_WAIT = 0.25  # seconds between attempts: a restarted server is found at once
PING_INTERVAL = 10  # seconds; two unanswered pings and the connection counts as dead
PENDING_BYTES = 8 * 1024 * 1024
_POLL = 0.05


# Seconds an acknowledgement may wait for company: each write to the socket costs more than all else about a small message.
LAZY = 0.005
_BREAKS_A_LINE = re.compile(r"\s")

Take = Callable[[Msg], None]


class BusMsg(Msg):
    """A message whose headers are read when somebody looks, and whose acknowledgement goes out with whatever is sent next, at the
    latest after `LAZY` seconds."""

    _block: bytes | None = None
    _read: dict[str, str] | None = None

    @property
    def headers(self) -> dict[str, str] | None:
        """The headers by name, or None."""
        if self._block is not None:
            self._read, self._block = read_headers(self._block), None
        return self._read

    @headers.setter
    def headers(self, value: dict[str, str] | None) -> None:
        self._read = value

    async def ack(self) -> None:
        """Acknowledge; raises what `send` raises."""
        self._check_reply()
        connection = self._client
        if isinstance(connection, BusConnection):
            connection.send(self.reply, lazily=True)
            self._ackd = True
        else:
            await super().ack()


def deliveries(msg: Msg) -> int:
    """How often the message has been given out, this time included: `metadata.num_delivered` without all the rest of it.

    The reply subject is `$JS.ACK.<stream>.<consumer>.<delivered>…`, since ADR-15 with a domain and an account before the stream.
    """
    words = msg.reply.split(".")
    return int(words[4] if len(words) == 9 else words[6])


def sequence(msg: Msg) -> str:
    """Stream and place in it, ``<stream>:<sequence>``; see `deliveries`."""
    words = msg.reply.split(".")
    return f"{words[2]}:{words[5]}" if len(words) == 9 else f"{words[4]}:{words[7]}"


class BusConnection(Client):
    """nats-py's client, which in addition tells listeners when it has reconnected and knows whether we closed it.

    `send` and `listen` are its own `publish` and `subscribe` without what they cost per message: a coroutine, header checks and
    a task for each (45 us became 25 us for an acknowledged publish).
    """

    msg_class = BusMsg

    def __init__(self) -> None:
        super().__init__()
        self._listeners: list[Callable[[], None]] = []
        self._takers: dict[int, Take] = {}
        self._lazy: asyncio.TimerHandle | None = None
        self._ps = MessageReader(self)
        self.closing = False

    def send(
        self, subject: str, payload: bytes = b"", reply: str = "", head: bytes = b"", *, lazily: bool = False
    ) -> None:
        """Send soon, without waiting for anything; without a connection it is kept for the next one, as `publish` does.

        `head` is a whole header block as `headers.block` makes it. Raises nats.errors.Error.
        """
        if _BREAKS_A_LINE.search(subject) or not subject:
            raise nats.errors.BadSubjectError
        if self.is_closed:
            raise nats.errors.ConnectionClosedError
        if self.is_draining_pubs:
            raise nats.errors.ConnectionDrainingError
        size = len(head) + len(payload)
        if size > self._max_payload:
            raise nats.errors.MaxPayloadError
        if self._pending_data_size + size > self._max_pending_size and not self.is_connected:
            raise nats.errors.OutboundBufferLimitError
        line = f"HPUB {subject} {reply} {len(head)} {size}\r\n" if head else f"PUB {subject} {reply} {size}\r\n"
        command = b"%b%b%b\r\n" % (line.encode(), head, payload)
        self._pending.append(command)
        self._pending_data_size += len(command)
        self.stats["out_msgs"] += 1
        self.stats["out_bytes"] += len(payload)
        if not lazily:
            self._write_out()
        elif self._lazy is None:
            self._lazy = asyncio.get_running_loop().call_later(LAZY, self._company_is_here)

    def _write_out(self) -> None:
        """Wake the client's own task that writes; it takes all that has been queued by then."""
        queue = self._flush_queue
        if queue is not None and queue.empty() and self.is_connected:
            queue.put_nowait(asyncio.get_running_loop().create_future())

    def _company_is_here(self) -> None:
        self._lazy = None
        if self._pending_data_size:
            self._write_out()

    async def room(self) -> None:
        """Wait while more is queued than the socket takes: whoever sends large messages asks before each."""
        if self._pending_data_size > self._max_pending_size and self.is_connected:
            await self._flush_pending(force_flush=True)

    async def listen(self, subject: str, take: Take) -> Subscription:
        """Subscribe; `take` gets each message while the socket is read, so it must be quick, and never waits its turn in a task."""

        async def early(msg: Msg) -> None:
            take(msg)

        # No limit of the client's own: what exceeds it would be thrown away.
        subscription = await self.subscribe(subject, cb=early, pending_msgs_limit=0, pending_bytes_limit=0)
        self._takers[subscription._id] = take
        return subscription

    async def _process_msg(self, sid: int, subject: bytes, reply: bytes, data: bytes, headers: bytes) -> None:
        take = self._takers.get(sid)
        if take is None:
            await super()._process_msg(sid, subject, reply, data, headers)
            return
        self.stats["in_msgs"] += 1
        self.stats["in_bytes"] += len(data)
        msg = BusMsg(subject=subject.decode(), reply=reply.decode(), data=data, _client=self, _sid=sid)
        msg._block = headers
        try:
            take(msg)
        except Exception as error:  # noqa: BLE001  # a listener's fault must not end the reading of the socket
            await self._error_cb(error)

    def _remove_sub(self, sid: int, max_msgs: int = 0) -> None:
        self._takers.pop(sid, None)
        super()._remove_sub(sid, max_msgs)

    def on_reconnect(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every reconnect; the returned function ends that."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    async def tell_reconnected(self) -> None:
        """Callback for the client library."""
        for listener in list(self._listeners):
            listener()

    async def close(self) -> None:
        """Close for good; `on_closed` is not called for what was asked for."""
        self.closing = True
        await super().close()

    async def drain(self) -> None:
        """Finish what is in flight, then close for good."""
        self.closing = True
        await super().drain()


def without_password(url: str) -> str:
    """The url as it may appear in a log: `nats://a:4222,nats://b:4222`."""
    parts = [urlsplit(part if "//" in part else f"nats://{part}") for part in _split(url)]
    return ",".join(f"{part.scheme}://{part.netloc.rpartition('@')[2]}" for part in parts)


def _split(url: str) -> list[str]:
    return [part.strip() for part in url.split(",") if part.strip()]


def _credentials(url: str) -> tuple[str | None, str | None]:
    """The first user and password in the url, decoded.

    They count for every server: `nats://user:password@a,nats://b` names them once, and servers that the cluster tells us
    about have none.
    """
    for part in _split(url):
        found = urlsplit(part)
        if found.username and found.password:
            return unquote(found.username), unquote(found.password)
    return None, None


async def connect(
    url: str,
    *,
    name: str,
    user_inbox_prefix: str = "_INBOX",
    on_closed: OnClosed | None = None,
    timeout: float = 30.0,
) -> BusConnection:
    """Connect to the server or servers of `url` (separated by commas), waiting up to `timeout` seconds for one.

    `name` is what the server's monitoring shows. `user_inbox_prefix` is `subjects.inbox_prefix(user)`: the server lets
    nobody listen elsewhere. `on_closed` is awaited when the connection is gone for good without our asking; a service should
    then end, so that it is started anew (bus-notes, 1).

    Raises BusUnavailable when no server answers in time, BusRefused at once for a wrong name or password.
    """
    nc = BusConnection()
    shown = without_password(url)
    refused = asyncio.Event()
    forbidden: set[str] = set()

    async def failed(error: Exception) -> None:
        text = str(error)
        if "authorization violation" in text.lower():
            refused.set()
        if "permissions violation" in text:
            # The server tells nobody but us, and the asker only times out. Said once: it is a mistake in the rights table.
            if text not in forbidden and len(forbidden) < 1000:
                forbidden.add(text)
                log.error("bus: %s (%s at %s)", text, name, shown)
            return
        level = logging.DEBUG if isinstance(error, OSError | nats.errors.UnexpectedEOF) else logging.WARNING
        log.log(level, "bus: %s (%s at %s)", error or type(error).__name__, name, shown)

    async def disconnected() -> None:
        if not nc.closing:
            log.warning("bus: connection lost, reconnecting (%s at %s)", name, shown)

    async def reconnected() -> None:
        log.info("bus: reconnected (%s at %s)", name, shown)
        await nc.tell_reconnected()

    async def closed() -> None:
        if nc.closing:
            return
        log.error("bus: connection closed for good (%s at %s)", name, shown)
        if on_closed is not None:
            await on_closed()

    user, password = _credentials(url)
    attempt = asyncio.ensure_future(
        nc.connect(
            servers=without_password(url).split(","),
            user=user,
            password=password,
            name=name,
            inbox_prefix=user_inbox_prefix,
            error_cb=failed,
            disconnected_cb=disconnected,
            reconnected_cb=reconnected,
            closed_cb=closed,
            max_reconnect_attempts=-1,  # with a limit, the client's pull loop spins when it is reached (bus-notes, 1)
            reconnect_time_wait=RECONNECT_WAIT,  # type: ignore[arg-type]  # any number of seconds will do
            connect_timeout=5,
            ping_interval=PING_INTERVAL,
            max_outstanding_pings=2,
            pending_size=PENDING_BYTES,
        )
    )
    refusal = asyncio.ensure_future(refused.wait())
    try:
        await asyncio.wait({attempt, refusal}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if attempt.done():
            attempt.result()
            return nc
    finally:
        refusal.cancel()
        if not attempt.done():
            await end([attempt])
            await nc.close()
    if refused.is_set():
        who = f"user {user!r}" if user else "a connection without a user"
        raise BusRefused(f"the bus at {shown} refuses {who}: check the user and password in bus.url")
    raise BusUnavailable(f"no bus answers at {shown} (tried for {timeout:g} s): is nats-server running there?")


async def settle(nc: Client) -> None:
    """Return when the server has handled everything sent so far. Raises nats.errors.Error without a connection.

    The client's `flush` writes its ping ahead of what is still queued, so its answer proves nothing about that; the second
    ping comes after it.
    """
    await nc.flush()
    await nc.flush()


async def leave(nc: Client, subscription: Subscription) -> None:
    """End a subscription without losing a message: what the server had already sent is still given to its callback.

    The client's `drain` has the same flaw as its `flush`, and drops what arrives after it.
    """
    await nc._send_unsubscribe(subscription._id)
    await settle(nc)
    await subscription._pending_queue.join()
    await subscription.unsubscribe()


async def wait_connected(nc: Client, timeout: float) -> float:
    """Wait until there is a connection; gives the seconds that remain of `timeout`.

    What is published without a connection would only be buffered and perhaps sent much later: better to wait here and
    then say truthfully that nothing was sent. Raises BusUnavailable.
    """
    if nc.is_connected:
        return timeout
    loop = asyncio.get_running_loop()
    until = loop.time() + timeout
    while not nc.is_connected:
        if nc.is_closed:
            raise BusUnavailable("the connection to the bus is closed")
        if loop.time() >= until:
            raise BusUnavailable(f"no connection to the bus for {timeout:g} s; nothing was sent")
        await asyncio.sleep(_POLL)
    return max(until - loop.time(), _POLL)
