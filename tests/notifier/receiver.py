"""A receiver of webhooks: a real HTTP server that keeps what it was sent and answers as a test wants."""

import asyncio
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Request:
    """What was posted: the path, header fields by their names in lower case, and the body's octets."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """``answers`` are statuses, used up one by one, then ``status``; null: no answer at all until `stop`."""

    status: int | None = 200
    answers: list[int | None] = field(default_factory=list)
    more: str = ""
    received: list[Request] = field(default_factory=list)

    async def start(self) -> "Receiver":
        self._over = asyncio.Event()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/in"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            pairs = (line.partition(": ") for line in head[1:] if line)
            headers = {name.lower(): value for name, _, value in pairs}
            body = await reader.readexactly(int(headers["content-length"]))
            self.received.append(Request(head[0].split()[1], headers, body))
            status = self.answers.pop(0) if self.answers else self.status
            if status is None:
                await self._over.wait()
            else:
                writer.write(
                    f"HTTP/1.1 {status} x\r\n{self.more}Content-Length: 0\r\nConnection: close\r\n\r\n".encode()
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def stop(self) -> None:
        self._over.set()
        self._server.close()
        await self._server.wait_closed()
