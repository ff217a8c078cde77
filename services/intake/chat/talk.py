"""One WebSocket from its first word to its last."""

import asyncio
from collections import deque
from typing import Any, Final
from uuid import uuid4

import structlog
from nats.errors import Error as BusClientError
from prometheus_client import Gauge
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from services.intake.chat import files, identity, message, sessions
from services.intake.chat.desk import ChatDesk
from services.intake.chat.frames import Edit, Got, Hello, Malformed, Oversized, Said, Say, Seen, Typing, read
from services.intake.errors import NotKept, Refusal
from shared import clock
from shared.messages.inbound import Inbound
from shared.messages.parts import Attachment
from shared.settings.inbox import ChatInbox

log = structlog.get_logger(__name__)

SOCKETS: Final = Gauge("trunkline_intake_chat_sockets", "Open WebSockets of chats", ["inbox"])
FIRST_WORD: Final = 10.0
"""Seconds a browser has to say who it is."""
MOST_WAITING: Final = 300
"""Frames that may wait for a slow browser; beyond, it is closed and comes back for its history."""

GONE: Final = (RuntimeError, OSError, WebSocketDisconnect)
"""What sending to a browser raises that is there no longer."""
# https://www.iana.org/assignments/websocket/websocket.xhtml#close-code-number
POLICY, TOO_BIG, TRY_LATER = 1008, 1009, 1013


class Over(Exception):
    """The conversation ends with this close code; 0: the other side has gone."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


class Talk:
    """The talk with one browser window. Frames are handled one after the other, so messages keep their order."""

    def __init__(self, desk: ChatDesk, inbox: ChatInbox, websocket: WebSocket, peer: str) -> None:
        self._desk, self._inbox, self._websocket, self._peer = desk, inbox, websocket, peer
        self._session: sessions.Session | None = None
        self._language = desk.language("")
        self._asked = {each.name: each for each in inbox.fields if each.kind != "file"}
        self._waiting: deque[dict[str, Any]] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._closing: int | None = None

    async def live(self) -> None:
        """Until one side ends it."""
        await self._websocket.accept()
        try:
            self._desk.gate.enter(self._peer)
        except Refusal as refusal:
            self._desk.accepting.refused("chat", self._inbox.name, refusal.reason)
            await self._websocket.close(TRY_LATER)
            return
        SOCKETS.labels(self._inbox.name).inc()
        try:
            await self._begin()
            while True:
                await self._heard(await self._next())
        except Over as over:
            self._closing = over.code
        finally:
            SOCKETS.labels(self._inbox.name).dec()
            self._desk.gate.leave(self._peer)
            if self._session is not None:
                await self._desk.sockets.leave(self._session.id, self)
            await self._end()

    # -- what sockets are told (`services.intake.chat.sockets.Socket`) ---------------------------------------------------

    def say(self, frame: dict[str, Any]) -> None:
        """Send soon, in order; nobody waits for a slow browser."""
        self._waiting.append(frame)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.clear()
            self.close(TRY_LATER)
        elif self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="chat-write")

    def close(self, code: int) -> None:
        """End it after what is on its way."""
        self._closing = self._closing or code
        if self._writing is None:
            self._writing = asyncio.create_task(self._write(), name="chat-write")

    async def _write(self) -> None:
        try:
            while self._waiting:
                await self._websocket.send_json(self._waiting.popleft())
            if self._closing:
                await self._websocket.close(self._closing)
        except GONE as error:  # it went away meanwhile: what it missed is in its history
            log.debug("a chat's browser has gone", error=str(error))
            self._waiting.clear()
        finally:
            self._writing = None

    async def _end(self) -> None:
        if self._writing is not None:
            await asyncio.wait({self._writing}, timeout=2)
        if self._closing and self._websocket.application_state is WebSocketState.CONNECTED:
            try:
                await self._websocket.close(self._closing)
            except GONE as error:
                log.debug("a chat's browser has gone", error=str(error))

    # -- what the browser says -------------------------------------------------------------------------------------------

    async def _next(self) -> Said:
        event = await self._websocket.receive()
        if event["type"] != "websocket.receive":
            raise Over(0)
        try:
            return read(event.get("text") or "")
        except Malformed as error:
            self._desk.accepting.refused("chat", self._inbox.name, "malformed")
            log.info("a chat frame was refused", inbox=self._inbox.name, peer=self._peer, error=str(error))
            raise Over(TOO_BIG if isinstance(error, Oversized) else POLICY) from None

    async def _begin(self) -> None:
        try:
            async with asyncio.timeout(FIRST_WORD):
                hello = await self._next()
        except TimeoutError:
            raise Over(POLICY) from None
        if not isinstance(hello, Hello):
            raise Over(POLICY)
        self._language = self._desk.language(hello.lang)
        self._session = session = self._who(hello)
        try:
            await self._desk.sockets.join(session.id, self)
        except BusClientError:
            raise Over(TRY_LATER) from None
        history = await self._desk.history(self._inbox.name, session.id)
        keyring, now = self._desk.context.keyring, self._desk.now()
        opens = self._desk.opens(self._inbox)
        welcome: dict[str, Any] = {
            "t": "welcome",
            "session": sessions.token(keyring, self._inbox.name, session, now),
            "id": session.id,
            "open": opens is not None and opens <= clock.now(),
            "opens": opens.isoformat() if opens is not None else None,
            "expects": self._desk.expects(self._inbox, self._language),
            "address": session.address,
            "now": clock.now().isoformat(),
            "history": None,
        }
        if history is not None:
            self._desk.sockets.known(session.id, history.sent)
            welcome["history"] = self._desk.frames_of(history, self._inbox.name, session.id)
            if session.address is None and history.certainty == "given":
                welcome["address"] = history.address
        self.say(welcome)

    def _who(self, hello: Hello) -> sessions.Session:
        now, keyring, inbox = self._desk.now(), self._desk.context.keyring, self._inbox
        claimed = identity.read(inbox.secret.get_secret_value(), hello.identity, now) if hello.identity else None
        return sessions.resume(
            keyring,
            inbox.name,
            hello.session,
            vouched=claimed.address if claimed is not None and claimed.certain else None,
            named=claimed.address if claimed is not None else None,
            now=now,
        )

    async def _heard(self, frame: Said) -> None:
        assert self._session is not None
        if not self._desk.frames.take(self._session.id):
            self._desk.accepting.refused("chat", self._inbox.name, "rate")
            raise Over(TRY_LATER)
        match frame:
            case Say() | Edit():
                await self._said(frame, self._session)
            case Got():
                self._desk.sockets.confirm(self._session.id, frame.id)
            case Seen():
                self._desk.sockets.seen(self._session.id, frame.ids)
            case Typing():
                self._desk.sockets.typing(self._session.id)
            case Hello():
                raise Over(POLICY)

    async def _said(self, say: Say | Edit, session: sessions.Session) -> None:
        """Keep a message or a change of one, and say so; or say why not, and after how many seconds (0: never) it is worth another try."""
        desk, name = self._desk, self._inbox.name
        try:
            desk.gate.take_mail(self._peer)
            limited = not desk.messages.take(session.id)
        except Refusal:
            limited = True
        if limited:
            desk.accepting.refused("chat", name, "rate")
            return self._refuse(say, "rate", 15)
        keyring = desk.context.keyring
        found = [files.read(keyring, name, each, desk.now()) for each in say.files]
        attachments = [each for each in found if each is not None]
        empty = not (message.clean(say.text) or attachments)
        if len(attachments) < len(found) or (empty and not (say.pressed if isinstance(say, Say) else say.deleted)):
            desk.accepting.refused("chat", name, "malformed")
            return self._refuse(say, "malformed", 0)
        try:
            inbound = await self._inbound(say, session, attachments)
            receipt = await desk.accepting.accept(inbound)
        except NotKept as error:
            return self._refuse(say, error.reason, error.again)
        self.say({"t": "kept", "id": say.id, "again": receipt.duplicate, "at": inbound.received_at.isoformat()})
        return None

    async def _inbound(self, say: Say | Edit, session: sessions.Session, attachments: list[Attachment]) -> Inbound:
        """What was said as it travels. Raises `NotKept`."""
        name, accepting = self._inbox.name, self._desk.accepting
        said = say if isinstance(say, Say) else Say(t="message", id=say.id, text="" if say.deleted else say.text)
        fields = message.fields_of(said, session, frozenset(self._asked))
        built = message.build(
            said,
            session=session,
            inbox=name,
            fields=fields,
            attachments=attachments,
            kept=await accepting.original("chat", name, message.original(said, session, fields)),
            language=self._language,
            peer=self._peer,
            correlation_id=uuid4().hex[:16],
            received_at=clock.now(),
            labels={n: each.label.get(self._language) or n for n, each in self._asked.items()},
        )
        return message.changing(built, say, session.id) if isinstance(say, Edit) else built

    def _refuse(self, say: Say | Edit, why: str, again: int) -> None:
        self.say({"t": "refused", "id": say.id, "why": why, "again": again})
