"""An SMTP server that keeps what it gets and answers as a test wants."""

import asyncio
import ssl
from collections import defaultdict, deque
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Received:
    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> Message:
        return message_from_bytes(self.content)

    @property
    def message_id(self) -> str:
        return str(self.message["Message-ID"])


class Sink:
    """``script[stage]`` holds answers to be given next at MAIL, RCPT or DATA: a reply line, ``hang``, ``drop``, or
    for DATA ``keep``: the mail is kept, and the answer hangs."""

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, password: str = "", pipelining: bool = True, **options: Any
    ) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.script: dict[str, deque[str]] = defaultdict(deque)
        self.always: dict[str, str] = {}
        self.release = asyncio.Event()
        self.hanging = 0
        self._tls, self._password, self._options = tls, password, options
        self._pipelining = pipelining
        self._server: asyncio.Server | None = None
        self._open: list[SMTP] = []
        self.port = 0

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._make, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Nobody listens any more, and open sessions are cut."""
        self.release.set()
        if self._server is not None:
            self._server.close()
            self._server = None
        for smtp in self._open:
            _abort(smtp)
        self._open.clear()

    def cut(self) -> None:
        """Cut the open sessions; new ones are welcome."""
        for smtp in self._open:
            _abort(smtp)
        self._open.clear()

    def _make(self) -> SMTP:
        self.connections += 1
        auth: dict[str, Any] = {}
        if self._password:
            auth = {"authenticator": self._authenticate, "auth_required": True, "auth_require_tls": False}
        smtp = SMTP(self, hostname="sink", enable_SMTPUTF8=True, tls_context=self._tls, **auth, **self._options)
        self._open.append(smtp)
        return smtp

    def _authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == self._password.encode(), handled=False)

    async def _scripted(self, stage: str, server: SMTP) -> str:
        answer = self.script[stage].popleft() if self.script[stage] else self.always.get(stage, "")
        if answer in ("hang", "keep"):
            self.hanging += 1
            await self.release.wait()
            return "250 OK" if answer == "keep" else ""
        if answer == "drop":
            _abort(server)
            return "451 nobody hears this"
        return answer

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return [responses[0], *(["250-PIPELINING"] if self._pipelining else []), *responses[1:]]

    async def handle_MAIL(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if answer := await self._scripted("MAIL", server):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if answer := await self._scripted("RCPT", server):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        received = Received(str(envelope.mail_from), list(envelope.rcpt_tos), content)
        taken = self.script["DATA"] and self.script["DATA"][0] in ("drop", "keep")
        if taken:
            self.received.append(received)
        if answer := await self._scripted("DATA", server):
            return answer
        self.received.append(received)
        return "250 OK"


def _abort(smtp: SMTP) -> None:
    if isinstance(smtp.transport, asyncio.Transport):
        smtp.transport.abort()
