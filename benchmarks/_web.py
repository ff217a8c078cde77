"""The two ends of a measurement of webhooks, written to cost little: requests made beforehand over kept connections, and the bare FastAPI
that takes them, which run as a process of its own prints its port; its argument is the parser of HTTP it has (``h11``, ``httptools``).
"""

import asyncio
import sys
import time
from collections.abc import Iterator
from typing import Literal, cast

import uvicorn
from fastapi import FastAPI, Request, Response

from benchmarks._smtp import Load


class _Connection(asyncio.Protocol):
    """One request after the other; the next when the answer to the last is there."""

    def __init__(self, requests: Iterator[bytes], load: Load, done: asyncio.Future[None]) -> None:
        self._requests, self._load, self._done = requests, load, done
        self._buffer, self._sent = b"", 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._next()

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, end, body = self._buffer.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        if head.startswith(b"HTTP/1.1 200 "):
            self._load.seconds.append(time.perf_counter() - self._sent)
        else:
            self._load.failed += 1
        self._buffer = b""
        self._next()

    def _next(self) -> None:
        assert self._transport is not None
        request = next(self._requests, None)
        if request is None:
            self._load.ended = time.perf_counter()
            self._transport.close()
            return
        self._sent = time.perf_counter()
        self._transport.write(request)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def post(port: int, requests: Iterator[bytes], connections: int) -> Load:
    """Make every request, over so many connections at once."""
    load = Load(began=time.perf_counter())
    loop = asyncio.get_running_loop()
    ends: list[asyncio.Future[None]] = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        ends.append(done)
        await loop.create_connection(lambda done=done: _Connection(requests, load, done), "127.0.0.1", port)  # type: ignore[misc]
    await asyncio.gather(*ends)
    return load


def bare() -> FastAPI:
    """Reads the form, does nothing with it, and answers as ours does."""
    app = FastAPI(openapi_url=None)

    @app.post("/hooks/twilio/{inbox}")
    async def hook(inbox: str, request: Request) -> Response:
        await request.form()
        return Response("<Response/>", media_type="text/xml")

    return app


async def serve(http: Literal["h11", "httptools"]) -> None:
    """Serve until killed, with the server's settings that ours has."""
    config = uvicorn.Config(
        bare(),
        port=0,
        http=http,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await task


if __name__ == "__main__":
    import uvloop

    sys.exit(uvloop.run(serve("h11" if sys.argv[1] == "h11" else "httptools")))
