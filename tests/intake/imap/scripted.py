"""An IMAP server that does what a test says, for what no real one does when asked: silence, lies, refusals in odd places."""

import asyncio
from collections.abc import Awaitable, Callable

Line = Callable[["Talk", str, str], Awaitable[bool]]


class Talk:
    """One connection. ``tag`` is of the command being answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.tag = reader, writer, ""

    def say(self, *lines: str | bytes) -> None:
        for line in lines:
            self.writer.write((line.encode() if isinstance(line, str) else line) + b"\r\n")

    def ok(self, *lines: str | bytes, text: str = "done") -> bool:
        """Untagged lines, then OK."""
        self.say(*lines, f"{self.tag} OK {text}")
        return True

    async def line(self) -> str:
        return (await self.reader.readline()).decode().rstrip("\r\n")


class Scripted:
    """Says OK to everything a reader asks, for one folder with ``mails``, unless ``answer`` does (and gives True)."""

    def __init__(
        self, answer: Line | None = None, *, capability: str = "IMAP4rev1 SASL-IR", greeting: str = "* OK hi"
    ) -> None:
        self.answer, self.capability, self.greeting = answer, capability, greeting
        self.mails: dict[int, bytes] = {}
        self.heard: list[str] = []
        self.connections = 0
        self.port = 0
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    async def start(self) -> "Scripted":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def stop(self) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._talks:
            task.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        talk = Talk(reader, writer)
        try:
            talk.say(self.greeting)
            while line := await talk.line():
                self.heard.append(line)
                talk.tag, _, rest = line.partition(" ")
                if self.answer is None or not await self.answer(talk, rest.upper(), rest):
                    self._usual(talk, rest.upper())
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def _usual(self, talk: Talk, rest: str) -> None:
        if rest.startswith("CAPABILITY"):
            talk.ok(f"* CAPABILITY {self.capability}")
        elif rest.startswith(("SELECT", "EXAMINE")):
            following = max(self.mails, default=0) + 1
            talk.ok(f"* {len(self.mails)} EXISTS", "* OK [UIDVALIDITY 1] v", f"* OK [UIDNEXT {following}] n")
        elif rest.startswith("UID SEARCH"):
            talk.ok(f"* SEARCH {' '.join(map(str, self.mails))}")
        elif rest.startswith("UID FETCH"):
            self._fetch(talk, rest)
        else:
            talk.ok()

    def _fetch(self, talk: Talk, rest: str) -> None:
        for place, uid in enumerate(named(rest.split()[2]), 1):
            mail = self.mails.get(uid)
            if mail is None:
                continue
            if "SIZE" in rest:
                date = "02-Mar-2026 10:00:00 +0000"
                talk.say(f'* {place} FETCH (UID {uid} RFC822.SIZE {len(mail)} INTERNALDATE "{date}")')
            else:
                talk.say(f"* {place} FETCH (UID {uid} BODY[] {{{len(mail)}}}", mail + b")")
        talk.ok()


def named(uids: str) -> list[int]:
    """The UIDs of a set as we write them."""
    found: list[int] = []
    for part in uids.split(","):
        low, _, high = part.partition(":")
        found += range(int(low), int(high or low) + 1)
    return found
