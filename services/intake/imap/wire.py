"""aioimaplib's protocol with what it lacks: a reader with bounds, commands that end with the connection, STARTTLS, SASL to its end.

Seen in aioimaplib 2.0.3, and why each method here replaces one of its own:
- its reader recurses per line, is quadratic, has no bound, and takes lines of a mail for answers (`framing`);
- a lost connection leaves every command waiting for ever (its issue 110), a refusing greeting is an exception in a task nobody awaits;
- a server that explains a failed XOAUTH2 waits for an empty line that never comes (RFC 7628 3.2.3, Google and Microsoft both do);
- it knows no STARTTLS; it writes passwords in quotes, and everything received, into its debug log.
"""

import asyncio
import base64
import contextlib
import logging
import ssl
from typing import Any

from aioimaplib import aioimaplib as library

from services.intake.imap.errors import Denied, MailboxError, Nonsense, Unreachable, Untrusted
from services.intake.imap.framing import MAX_LINE, Framer, Response

# It logs passwords that hold a quote, and every octet of every mail.
logging.getLogger(library.__name__).setLevel(logging.CRITICAL)

SILENCE = 30.0
"""Seconds without an octet after which a server that owes an answer counts as gone."""
MAX_RESPONSES = 100_000
"""Responses to one command."""


class Authenticate(library.Command):  # type: ignore[misc]
    """AUTHENTICATE with one answer of ours (RFC 3501 6.2.2), sent at once where the server takes that (SASL-IR, RFC 4959).

    ``said`` is what the server explained (decoded), where it did.
    """

    def __init__(self, tag: str, mechanism: str, answer: bytes, *, at_once: bool, timeout: float) -> None:
        encoded = base64.b64encode(answer).decode("ascii")
        super().__init__("AUTHENTICATE", tag, mechanism, *([encoded] if at_once else []), timeout=timeout)
        self._answer = None if at_once else encoded
        self.said = b""

    def challenged(self, line: bytes) -> str:
        """What to answer to a continuation: ours, and after it nothing but an empty line."""
        answer, self._answer = self._answer, None
        if answer is not None:
            return answer
        with contextlib.suppress(ValueError):
            self.said = base64.b64decode(line[1:].strip(), validate=True)[:1000]
        return ""


class Wire(library.IMAP4ClientProtocol):  # type: ignore[misc]
    """One connection. ``limit``: octets of literals in one response, and, with one line of any length, of all that is answered to one
    command. One command at a time.

    ``greeting`` ends with the server's first line. ``news`` is set by every change of the folder that the server tells of.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int) -> None:
        super().__init__(loop)
        self._framer = Framer(limit)
        self._limit = limit
        self._responses = 0
        self._held = 0
        self._unasked = 0
        self.capabilities: set[str] = set()
        self.transport: Any = None
        self.failure: MailboxError | None = None
        self.greeting: asyncio.Future[bytes] = loop.create_future()
        self.idling = asyncio.Event()
        self.news = asyncio.Event()
        self.gone = asyncio.Event()

    # -- reading

    def data_received(self, d: bytes) -> None:
        """Octets from the server."""
        if self.failure is not None:
            return
        for command in self._pending():
            command._reset_timer()
        try:
            for response in self._framer.feed(d):
                self._take(response)
        except (MailboxError, library.AioImapException, UnicodeDecodeError) as error:
            self.fail(error if isinstance(error, MailboxError) else Nonsense(_line(str(error))))

    def _take(self, response: Response) -> None:
        line = bytes(response[0])
        if not self.greeting.done():
            self.greeting.set_result(line)
        elif line.startswith(b"* "):
            self._untagged(line, response)
        elif line.startswith(b"+"):
            self._continuation(line)
        elif line:  # some servers send an empty one after a literal
            self._response_done(line)

    def _untagged(self, line: bytes, response: Response) -> None:
        word = line[2:].split(b" ", 2)
        if word[0].upper() == b"BYE":
            self.failure = self.failure or Unreachable(f"the server ends the connection: {_line(line[6:])}")
        if len(word) > 1 and word[1].upper() in (b"EXISTS", b"RECENT"):
            self.news.set()
        pending = self._pending()
        self._unasked += not pending
        for command in pending:
            self._responses += 1
            if self._responses > MAX_RESPONSES:
                raise Nonsense("the server does not come to an end")
            if command.name != "IDLE":
                self._held += sum(map(len, response))
                if self._held > self._limit + MAX_LINE:
                    raise Nonsense(
                        f"the server sends more than {self._limit + MAX_LINE} octets in answer to one command"
                    )
                command._resp_lines.append(response)

    def _continuation(self, line: bytes) -> None:
        command = self.pending_sync_command
        if isinstance(command, Authenticate):
            self.transport.write(command.challenged(line).encode() + b"\r\n")
        elif command is not None and command.name == "IDLE":
            self.idling.set()

    def _pending(self) -> list[Any]:
        pending = [self.pending_sync_command, *self.pending_async_commands.values()]
        return [command for command in pending if command is not None]

    # -- writing

    def send(self, line: str, scrub: str | None = None) -> None:
        """Write a command; nothing of it is logged."""
        self._responses = self._held = 0
        self.transport.write(f"{line}\r\n".encode())

    async def run(self, command: Any) -> tuple[bytes, list[Response]]:
        """One command; gives the text of its tagged OK and the untagged responses before it.

        Raises `Denied` for NO and BAD, `Unreachable` when the connection ends or is silent, `Nonsense`.
        """
        if self.failure is not None:
            raise self.failure
        try:
            await self.execute(command)
        except library.CommandTimeout as error:
            self.fail(Unreachable(f"the server does not answer {command.name}"))
            raise Unreachable(f"the server does not answer {command.name}") from error
        except library.AioImapException as error:
            raise self.failure or Nonsense(_line(str(error))) from error
        except asyncio.CancelledError:
            # Its answer would be taken for the next command's.
            self.fail(Unreachable("given up"))
            raise
        *responses, text = command.response.lines
        if command.response.result != "OK":
            raise Denied(f"{command.name}: {_line(bytes(text)) or command.response.result}")
        return bytes(text), responses

    def command(self, name: str, *words: str, prefix: str | None = None, silence: float = SILENCE) -> Any:
        """A command of the library's, to be `run`. ValueError for control characters in a word."""
        return library.Command(name, self.new_tag(), *words, prefix=prefix, timeout=silence, loop=self.loop)

    # -- the connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        super().connection_made(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is closed: whoever waits for an answer hears so."""
        self.fail(Unreachable(f"the connection was lost{f': {exc}' if exc else ''}"))

    def fail(self, error: MailboxError) -> None:
        """End the connection; every command in flight raises ``error`` or what was wrong before."""
        self.failure = self.failure or error
        if not self.greeting.done():
            self.greeting.set_exception(self.failure)
            self.greeting.exception()  # looked at, whoever else does
        for command in self._pending():
            command._exception = command._exception or self.failure
            command._timer.cancel()
            command._event.set()
        self.gone.set()
        self.news.set()
        if self.transport is not None:
            self.transport.abort()

    def close(self) -> None:
        """End the connection, whatever is going on."""
        self.fail(Unreachable("closed"))

    async def starttls(self, context: ssl.SSLContext, host: str, timeout: float) -> None:
        """Begin TLS (RFC 3501 6.2.1). Raises `Untrusted`, `Denied`, `Unreachable`.

        What the server, or somebody between, sent before TLS began is no part of it.
        """
        before = self._unasked
        await self.run(self.command("STARTTLS"))
        if not self._framer.empty or self._unasked != before:
            self.fail(Untrusted("the server sends more before TLS begins"))
            raise Untrusted("the server sends more before TLS begins")
        self.transport.pause_reading()
        try:
            self.transport = await self.loop.start_tls(
                self.transport, self, context, server_hostname=host, ssl_handshake_timeout=timeout
            )
        except (OSError, ssl.SSLError) as error:
            self.fail(Untrusted(f"TLS could not begin: {_line(str(error))}"))
            raise Untrusted(f"TLS could not begin: {_line(str(error))}") from error
        self.capabilities = set()


def _line(text: str | bytes) -> str:
    """What a server says, fit for one line of a log."""
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return "".join(char if char.isprintable() else " " for char in words)[:300].strip()
