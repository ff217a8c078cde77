"""Somebody who has a page of the console open, without a browser: the page is fetched and its web socket joined as the browser does."""

import ast
import asyncio
import contextlib
import json
import re
import time
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

import httpx
import websockets

from services.desk.sessions import COOKIE

_QUERY: Final = re.compile(r"\bquery: (\{.*?\}),\s*\n\s*extraHeaders")
_ACK_SECONDS: Final = 1.0


@dataclass
class Console:
    """An open page. ``heard`` are the characters that its socket was told; whoever waits for words is told when they came."""

    url: str
    cookie: str
    path: str
    heard: int = 0
    messages: int = 0
    waiting: dict[str, asyncio.Future[float]] = field(default_factory=dict)
    _client: str = ""
    _task: asyncio.Task[None] | None = None

    async def open(self, http: httpx.AsyncClient) -> None:
        """Fetch the page and join. Raises `AssertionError` where the page is not one of the console's."""
        answer = await http.get(self.path, headers={"Cookie": f"{COOKIE}={self.cookie}"})
        assert answer.status_code == 200, (self.path, answer.status_code)
        found = _QUERY.search(answer.text)
        assert found, "this page has no web socket"
        query = ast.literal_eval(
            re.sub(r"\b(true|false)\b", lambda word: word[0].title(), found[1])
        )  # as Python wrote it
        self._client = query["client_id"]
        query = {name: str(value).lower() if isinstance(value, bool) else value for name, value in query.items()}
        ids = {
            "tab_id": self.cookie[:20],
            "document_id": f"document-{self.cookie[:20]}",
            "EIO": "4",
            "transport": "websocket",
        }
        address = f"{self.url.replace('http', 'ws', 1)}/console/_nicegui_ws/socket.io/?{urlencode(query | ids)}"
        socket = await websockets.connect(
            address, additional_headers={"Cookie": f"{COOKIE}={self.cookie}"}, max_size=None
        )
        await socket.recv()  # the transport's greeting (Engine.IO 4: "0{…}")
        await socket.send("40")
        joined = str(await socket.recv())
        assert joined.startswith("40"), joined
        self._task = asyncio.create_task(self._listen(socket))

    def when(self, words: str) -> "asyncio.Future[float]":
        """When the socket is told something with these words in it (`time.perf_counter`)."""
        return self.waiting.setdefault(words, asyncio.get_running_loop().create_future())

    async def close(self) -> None:
        """Leave."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _listen(self, socket: websockets.ClientConnection) -> None:
        acknowledged, said = 0, time.monotonic()
        async with socket:
            async for message in socket:
                text = str(message)
                if text == "2":  # are you there? (Engine.IO)
                    await socket.send("3")
                    continue
                self.heard += len(text)
                self.messages += 1
                for words in [each for each in self.waiting if each in text]:
                    self.waiting.pop(words).set_result(time.perf_counter())
                if time.monotonic() - said > _ACK_SECONDS and (
                    found := re.findall(r'"_id":\s*(\d+)', text[-200:] + text[:200])
                ):
                    # As the browser does, so that the server need not keep what it said.
                    acknowledged = max(acknowledged, int(found[-1]) + 1)
                    ack = json.dumps(["ack", {"client_id": self._client, "next_message_id": acknowledged}])
                    await socket.send(f"42{ack}")
                    said = time.monotonic()
