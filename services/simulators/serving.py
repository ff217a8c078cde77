"""A simulator's web server, in a thread with an event loop of its own: it answers whatever the test's loop is doing, and blocking
and asynchronous clients use it alike.

What is kept is guarded by ``lock``; it is taken for short looks and changes only, never across an await.
"""

import asyncio
import contextlib
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from services.simulators.errors import NotRunning, NotSettled
from services.simulators.faults import Faults
from services.simulators.outgoing import Callbacks

START_WITHIN = 10.0
STOP_WITHIN = 5.0
SECOND_HOST = "127.0.0.2"
WAIT = 10.0


class _Protocol(H11Protocol):
    """Puts the transport where a fault finds it: HTTP itself has no way to cut a connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class Simulator(ABC):
    """``with`` or ``async with`` starts and stops it. `stop` then `start` is an outage: the port and all that was taken stay."""

    def __init__(self, port: int = 0) -> None:
        """``port`` 0: any that is free."""
        self.lock = threading.RLock()
        self._condition = threading.Condition(self.lock)
        self.callbacks = Callbacks(self)
        self.faults = Faults(self.fault_answer, self.soon)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._ending: asyncio.Event | None = None
        self._pulse: asyncio.Event | None = None
        self._background: set[asyncio.Task[None]] = set()
        self.port = port
        self.second_host = "localhost"

    # What a provider fills in.

    @abstractmethod
    def application(self) -> ASGIApp:
        """The provider's web application."""

    @abstractmethod
    def fault_answer(self, status: int, retry_after: int) -> ASGIApp:
        """How this provider words a 429 (``retry_after`` seconds) or a 5xx."""

    def resumed(self) -> None:  # noqa: B027 - not abstract: most have nothing to go on with
        """Called in the loop each time the server starts: go on with what was under way."""

    # Running.

    @property
    def url(self) -> str:
        """The base of the provider's API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def is_running(self) -> bool:
        return self._loop is not None

    def start(self) -> Self:
        """Listen, on the port it had before if there was one. Raises `OSError` when that is taken, `NotRunning` when it hangs."""
        if self._thread is not None:
            return self
        first = _listen("127.0.0.1", self.port)
        self.port = first.getsockname()[1]
        listeners = [first]
        with contextlib.suppress(OSError):  # a system that has no second loopback address, or somebody is there
            listeners.append(_listen(SECOND_HOST, self.port))
        self.second_host = SECOND_HOST if len(listeners) > 1 else "localhost"
        ready = threading.Event()
        self._thread = threading.Thread(
            target=asyncio.run, args=(self._serve(listeners, ready),), name=type(self).__name__, daemon=True
        )
        self._thread.start()
        if not ready.wait(START_WITHIN):
            raise NotRunning(f"{type(self).__name__} did not start within {START_WITHIN:.0f} s")
        return self

    def stop(self) -> None:
        """Stop listening and cut what is open, as a provider's outage does. Raises `NotSettled` when that hangs."""
        thread, loop, ending = self._thread, self._loop, self._ending
        if thread is None:
            return
        if loop is not None and ending is not None:
            with contextlib.suppress(RuntimeError):  # the loop ended by itself in between
                loop.call_soon_threadsafe(ending.set)
        thread.join(2 * STOP_WITHIN)
        if thread.is_alive():
            raise NotSettled(f"{type(self).__name__} did not stop within {2 * STOP_WITHIN:.0f} s")
        self._thread = None

    async def _serve(self, listeners: list[socket.socket], ready: threading.Event) -> None:
        self._loop = loop = asyncio.get_running_loop()
        self._ending, self._pulse = asyncio.Event(), asyncio.Event()
        config = uvicorn.Config(
            self._application, log_config=None, access_log=False, lifespan="off", interface="asgi3", proxy_headers=False
        )
        config.load()
        state = ServerState()
        servers = [
            await loop.create_server(lambda: _Protocol(config=config, server_state=state, app_state={}), sock=taken)
            for taken in listeners
        ]
        self.resumed()
        ready.set()
        try:
            await self._ending.wait()
        finally:
            with self.lock:
                self._loop = None
            for server in servers:
                server.close()
            for connection in list(state.connections):
                connection.transport.abort()
            running = [*state.tasks, *self._background]
            for task in running:
                task.cancel()
            if running:
                await asyncio.wait(running, timeout=STOP_WITHIN)
            await self.callbacks.close()

    async def _application(self, scope: Scope, receive: Receive, send: Send) -> None:
        ending = self._ending
        try:
            await self.faults.wrap(self.application())(scope, receive, send)
        except asyncio.CancelledError:
            # The outage cut the connection: there is nobody to tell.
            if ending is None or not ending.is_set():
                raise

    # Between the threads.

    def soon(self, call: Callable[[], None]) -> None:
        """Run this in the server's loop. Raises `NotRunning`."""
        with self.lock:
            if self._loop is None:
                raise NotRunning(f"{type(self).__name__} is not running")
            self._loop.call_soon_threadsafe(call)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Go on with this in the server's loop, until it ends or the server stops. Raises `NotRunning`."""

        def begin() -> None:
            task = asyncio.get_running_loop().create_task(work)
            self._background.add(task)
            task.add_done_callback(self._background.discard)

        try:
            self.soon(begin)
        except NotRunning:
            work.close()
            raise

    def changed(self) -> None:
        """Wake all who wait for something to change, in this loop and in the tests' threads."""
        with self.lock:
            self._condition.notify_all()
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._beat)

    def _beat(self) -> None:
        if self._pulse is not None:
            self._pulse.set()
        self._pulse = asyncio.Event()

    async def change(self, timeout: float) -> None:
        """In the server's loop: wait for the next change, at most so many seconds."""
        assert self._pulse is not None
        # Not wait_for: Python 3.11's may swallow the cancellation that `stop` sends.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._pulse.wait()

    def wait_for(self, happened: Callable[[], object], timeout: float = WAIT) -> None:
        """Block until this is true. Raises `NotSettled`. Where the test's own loop serves the webhooks, use `until`."""
        deadline = time.monotonic() + timeout
        with self._condition:
            while not happened():
                remaining = deadline - time.monotonic()
                if remaining <= 0:
                    raise NotSettled(f"{type(self).__name__}: did not happen within {timeout:g} s")
                self._condition.wait(remaining)

    async def until(self, happened: Callable[[], object], timeout: float = WAIT) -> None:
        """Wait until this is true, and let the test's loop run meanwhile. Raises `NotSettled`."""
        await asyncio.to_thread(self.wait_for, happened, timeout)

    def settled(self, timeout: float = WAIT) -> None:
        """Block until every callback that is under way was delivered or given up. Raises `NotSettled`."""
        self.wait_for(lambda: self.callbacks.is_idle, timeout)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self.stop)


def _listen(host: str, port: int) -> socket.socket:
    """Raises `OSError` when somebody is there."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
