"""One way to connect to the bus: it never gives up reconnecting, says what happens, and never logs a password.

Not here: starting a server (`embedded`) and declaring streams (`topology`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from urllib.parse import unquote, urlsplit

import nats.errors
from nats.aio.client import Client
from nats.aio.subscription import Subscription

from shared.bus.errors import BusRefused, BusUnavailable

log = logging.getLogger(__name__)

OnClosed = Callable[[], Awaitable[None]]

RECONNECT_WAIT = 0.25  # seconds between attempts: a restarted server is found at once
PING_INTERVAL = 10  # seconds; two unanswered pings and the connection counts as dead
PENDING_BYTES = 8 * 1024 * 1024
_POLL = 0.05


class BusConnection(Client):
    """nats-py's client, which in addition tells listeners when it has reconnected and knows whether we closed it."""

    def __init__(self) -> None:
        super().__init__()
        self._listeners: list[Callable[[], None]] = []
        self.closing = False

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
            attempt.cancel()
            await asyncio.gather(attempt, return_exceptions=True)
            await nc.close()
    if refused.is_set():
        raise BusRefused(f"the bus at {shown} refuses user {user!r}: check the user and password in bus.url")
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
