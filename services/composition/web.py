"""One web server in our own event loop, on a port that is taken before anything says it is ready."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from services.composition.errors import CannotStart
from shared.settings.quantities import Listen

STOP_WITHIN = 10


class _Server(uvicorn.Server):
    """uvicorn without its own signal handlers: the process has others, which drain more than the web."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class WebServer:
    """Serves an application at an address."""

    def __init__(self, app: ASGIApp, listen: Listen, key: str) -> None:
        self._listen, self._key = listen, key
        self._socket: socket.socket | None = None
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="off",
            timeout_graceful_shutdown=STOP_WITHIN,
            server_header=False,
            proxy_headers=False,
            # Frames of a WebSocket are words; files go by POST. Compression would cost each socket more than all else about it.
            ws_max_size=256 * 1024,
            ws_per_message_deflate=False,
        )
        self._server = _Server(config)
        self._task: asyncio.Task[None] | None = None

    def bind(self) -> str:
        """Take the port; gives the address with the port that was got. Raises `CannotStart`."""
        family = socket.AF_INET6 if ":" in self._listen.host else socket.AF_INET
        taken = socket.socket(family, socket.SOCK_STREAM)
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind((self._listen.host, self._listen.port))
            taken.listen(512)
        except OSError as error:
            taken.close()
            raise CannotStart(
                f"{self._key} {self._listen}: {error.strerror}; end what uses it or set {self._key}"
            ) from None
        self._socket = taken
        host = f"[{self._listen.host}]" if family == socket.AF_INET6 else self._listen.host
        return f"http://{host}:{taken.getsockname()[1]}"

    async def start(self) -> None:
        """Serve what `bind` took."""
        assert self._socket is not None
        self._task = asyncio.create_task(self._server.serve(sockets=[self._socket]), name="web")
        while not self._server.started and not self._task.done():
            await asyncio.sleep(0.01)

    async def stop(self) -> None:
        """Finish the requests in hand, for a bounded time."""
        self._server.should_exit = True
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=STOP_WITHIN + 2)
        if self._socket is not None:
            self._socket.close()
