"""Customers on the company's web site: some fill in the form, some chat. Like their browsers they don't give up.

A form is sent again with the same page until there is a confirmation; a chat comes back with its session, asks for what it missed, and
says again, under the same id, what it never heard to be kept. All of them live in one thread of their own.
"""

import asyncio
import json
import threading
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from tests.system.processes import wait_until

AGAIN = 0.05
"""Seconds before somebody comes back; people take longer, the house is given a moment."""
OLD_ENOUGH = 3.2
"""Seconds that a page has been open when it is sent: nobody is faster (`services.intake.form.tokens.FASTEST`)."""
HEARD_WITHIN = 15.0


@dataclass
class Chat:
    """One person's window. ``said`` are texts by their ids, not yet known to be kept; ``shown`` what the house has sent, by its id."""

    said: dict[str, tuple[str, bytes | None]] = field(default_factory=dict)
    shown: dict[str, str] = field(default_factory=dict)
    session: str = ""
    files: dict[str, str] = field(default_factory=dict)
    more: asyncio.Event = field(default_factory=asyncio.Event)


class Visitors:
    """Everybody on the web site at ``port``."""

    def __init__(self, port: int) -> None:
        self._url = f"127.0.0.1:{port}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._http = httpx.AsyncClient(base_url=f"http://{self._url}", timeout=30, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()
        self._forms: set[asyncio.Task[None]] = set()
        self._failures: list[BaseException] = []
        self.chats: dict[int, Chat] = defaultdict(Chat)

    # -- the form ----------------------------------------------------------------------------------------------------------

    def fill_in(self, inbox: str, values: dict[str, str], picture: bytes | None) -> None:
        """Open the form, fill it in, and send it until it is confirmed."""
        self._begin(self._fill_in(inbox, values, picture), self._forms)

    async def _fill_in(self, inbox: str, values: dict[str, str], picture: bytes | None) -> None:
        page = (await self._until_answered("GET", f"/form/{inbox}")).text
        token = page.partition('name="token" value="')[2].partition('"')[0]
        await asyncio.sleep(OLD_ENOUGH)
        data = {"token": token, "website": "", **values}
        files = {"own-picture": ("one.png", picture, "image/png")} if picture else None
        done = await self._until_answered("POST", f"/form/{inbox}", data=data, files=files)
        assert done.status_code == 200, done.text[:2000]

    async def _until_answered(self, method: str, path: str, **more: Any) -> httpx.Response:
        while True:
            try:
                answer = await self._http.request(method, path, **more)
                if answer.status_code != 503:
                    return answer
            except httpx.HTTPError:
                pass  # killed, and about to be started again
            await asyncio.sleep(AGAIN)

    # -- the chat ----------------------------------------------------------------------------------------------------------

    def say(self, inbox: str, person: int, identity: str, text: str, picture: bytes | None) -> None:
        """Let this person write in their chat, which stays open."""

        def add() -> None:
            known = person in self.chats
            chat = self.chats[person]
            chat.said[identity] = (text, picture)
            chat.more.set()
            if not known:
                self._keep(self._chat(inbox, chat), self._tasks)

        self._loop.call_soon_threadsafe(add)

    async def _chat(self, inbox: str, chat: Chat) -> None:
        while True:
            try:
                async with connect(f"ws://{self._url}/chat/{inbox}/socket", proxy=None, open_timeout=20) as socket:
                    await self._talk(inbox, chat, socket)
            except (OSError, WebSocketException, TimeoutError):
                await asyncio.sleep(AGAIN)

    async def _talk(self, inbox: str, chat: Chat, socket: ClientConnection) -> None:
        """Until the connection ends."""
        await socket.send(json.dumps({"t": "hello", "session": chat.session, "lang": "en"}))
        writing: asyncio.Task[None] | None = None
        try:
            while True:
                # Whoever waits to hear that something is kept does not wait for ever.
                async with asyncio.timeout(HEARD_WITHIN if chat.said else None):
                    frame = json.loads(await socket.recv())
                if frame["t"] == "welcome":
                    chat.session = frame["session"]
                    for each in frame["history"] or ():
                        await self._show(chat, socket, each)
                    writing = asyncio.create_task(self._write(inbox, chat, socket))
                elif frame["t"] == "message":
                    await self._show(chat, socket, frame)
                elif frame["t"] == "kept":
                    chat.said.pop(frame["id"], None)
                elif frame["t"] == "refused":
                    assert frame["again"] or frame["why"] == "unavailable", frame
                    return
        finally:
            if writing is not None:
                writing.cancel()

    async def _show(self, chat: Chat, socket: ClientConnection, frame: dict[str, Any]) -> None:
        if frame["from"] != "me":
            assert chat.shown.setdefault(frame["id"], frame["text"]) == frame["text"]
            await socket.send(json.dumps({"t": "got", "id": frame["id"]}))

    async def _write(self, inbox: str, chat: Chat, socket: ClientConnection) -> None:
        while True:
            chat.more.clear()
            for identity, (text, picture) in list(chat.said.items()):
                frame: dict[str, Any] = {"t": "message", "id": identity, "text": text}
                if picture is not None:
                    frame["files"] = [await self._uploaded(inbox, chat, identity, picture)]
                await socket.send(json.dumps(frame))
            await chat.more.wait()

    async def _uploaded(self, inbox: str, chat: Chat, identity: str, picture: bytes) -> str:
        if identity not in chat.files:
            headers = {"Authorization": f"Bearer {chat.session}", "Content-Type": "image/png"}
            path = f"/chat/{inbox}/files?name=one.png"
            done = await self._until_answered("POST", path, content=picture, headers=headers)
            assert done.status_code == 201, done.text
            chat.files[identity] = done.json()["file"]
        return chat.files[identity]

    # -- all of them -------------------------------------------------------------------------------------------------------

    def _begin(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        asyncio.run_coroutine_threadsafe(self._start(work, among), self._loop).result(10)

    async def _start(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        self._keep(work, among)

    def _keep(self, work: Coroutine[Any, Any, None], among: set[asyncio.Task[None]]) -> None:
        task = self._loop.create_task(work)
        among.add(task)

        def over(done: asyncio.Task[None]) -> None:
            among.discard(done)
            if not done.cancelled() and (error := done.exception()) is not None:
                self._failures.append(error)

        task.add_done_callback(over)

    def finish(self, seconds: float) -> None:
        """Wait until every form is confirmed and everything said in a chat is kept. Raises `AssertionError`, or what one of them met."""
        wait_until(self._is_over, "every form is confirmed, every chat message kept", seconds)
        if self._failures:
            raise self._failures[0]

    def _is_over(self) -> bool:
        return bool(self._failures) or not (self._forms or any(chat.said for chat in self.chats.values()))

    def end(self) -> None:
        """Close the browsers."""

        async def close() -> None:
            for task in [*self._tasks, *self._forms]:
                task.cancel()
            await asyncio.gather(*self._tasks, *self._forms, return_exceptions=True)
            await self._http.aclose()

        asyncio.run_coroutine_threadsafe(close(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
