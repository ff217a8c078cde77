"""Customers, each with what their channel needs: how they write, and what has come back to them there."""

import asyncio
import contextlib
import email
import email.policy
import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import aiosmtplib
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from services.composition.demo.instance import ADDRESS, Place
from services.intake.form.tokens import FASTEST
from services.simulators.telegram.customers import Customer as TelegramCustomer
from services.simulators.twilio.phones import Phone

_TOKEN = re.compile(r'name="token" value="([a-z2-7]{40})"')
_WELCOME_WITHIN = 20.0


class Customer(Protocol):
    """Somebody at the other end of a channel."""

    async def write(self, text: str) -> None:
        """Send this. Raises what the channel's client raises when it isn't taken."""

    def received(self) -> Sequence[str]:
        """Everything that has come to them, oldest first."""


@dataclass
class ByMail:
    """Writes by SMTP and reads the Maildir that outgoing mail lies in."""

    place: Place
    name: str
    address: str
    subject: str = ""

    async def write(self, text: str) -> None:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"{self.name} <{self.address}>", ADDRESS, self.subject
        mail["Message-ID"] = f"<{uuid4().hex}@customer.example>"
        mail.set_content(text)
        await aiosmtplib.send(mail, hostname="127.0.0.1", port=self.place.smtp, timeout=20)

    def received(self) -> Sequence[str]:
        return _mails(self.place.maildir, self.address)


def _mails(maildir: Path, address: str) -> list[str]:
    found = []
    for file in sorted((maildir / "new").glob("*"), key=lambda each: each.stat().st_mtime_ns):
        mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        if address in (each for _, each in getaddresses(mail.get_all("To", []))):
            body = mail.get_body(("plain",))
            found.append(f"{mail['Subject']}\n{body.get_content() if body is not None else ''}")
    return found


@dataclass
class ByForm:
    """Fills in the web form as a browser does; answers come by mail."""

    place: Place
    name: str
    address: str
    language: str

    async def write(self, text: str) -> None:
        async with httpx.AsyncClient(base_url=self.place.url, trust_env=False, timeout=20) as browser:
            page = await browser.get("/form/contact", params={"lang": self.language})
            token = _TOKEN.search(page.raise_for_status().text)
            if token is None:
                raise httpx.DecodingError("the form has no token")
            await asyncio.sleep(FASTEST + 0.5)  # who is faster is taken for a robot
            filled = {"token": token[1], "name": self.name, "email": self.address, "message": text}
            sent = await browser.post("/form/contact", params={"lang": self.language}, data=filled)
            sent.raise_for_status()

    def received(self) -> Sequence[str]:
        return _mails(self.place.maildir, self.address)


@dataclass
class ByApi:
    """Another system hands in what the customer wrote there; answers come by mail."""

    place: Place
    name: str
    address: str
    subject: str
    token: str

    async def write(self, text: str) -> None:
        sender = {"name": self.name, "address": self.address}
        posted = {"inbox": "shop", "from": sender, "subject": self.subject, "text": text}
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid4().hex}
        async with httpx.AsyncClient(base_url=self.place.url, trust_env=False, timeout=20) as shop:
            (await shop.post("/api/v1/messages", json=posted, headers=headers)).raise_for_status()

    def received(self) -> Sequence[str]:
        return _mails(self.place.maildir, self.address)


@dataclass
class ByPhone:
    """At Twilio's stand-in: SMS, WhatsApp or Messenger."""

    phone: Phone

    async def write(self, text: str) -> None:
        self.phone.texts(text)

    def received(self) -> Sequence[str]:
        return self.phone.texts_received


@dataclass
class ByCall:
    """On the telephone: leaves a message after the tone; answers come by SMS."""

    phone: Phone

    async def write(self, text: str) -> None:
        seconds = 1 + len(text) // 15
        self.phone.calls(recording=_SILENCE * (38 * seconds), transcript=text, seconds=seconds)

    def received(self) -> Sequence[str]:
        return self.phone.texts_received


# A frame of MP3 (ISO/IEC 11172-3, 128 kbit/s at 44.1 kHz, a 38th of a second) in which nothing is to be heard.
_SILENCE = b"\xff\xfb\x90\x64" + bytes(413)


@dataclass
class ByTelegram:
    """At Telegram's stand-in."""

    customer: TelegramCustomer

    async def write(self, text: str) -> None:
        self.customer.writes(text)

    def received(self) -> Sequence[str]:
        return self.customer.texts


@dataclass
class ByChat:
    """In the chat's WebSocket, as its page speaks with it (`services.intake.chat.frames`)."""

    socket: ClientConnection
    name: str
    texts: list[str] = field(default_factory=list)

    async def write(self, text: str) -> None:
        await self.socket.send(json.dumps({"t": "message", "id": uuid4().hex, "text": text, "name": self.name}))

    def received(self) -> Sequence[str]:
        return tuple(self.texts)

    async def listen(self) -> None:
        """Take what comes, and confirm it, until the socket is closed."""
        with contextlib.suppress(ConnectionClosed):  # what is missing then is missed by whoever waits for it
            async for frame in self.socket:
                said = json.loads(frame)
                if said["t"] == "message":
                    await self.socket.send(json.dumps({"t": "got", "id": said["id"]}))
                    self.texts.append(said["text"])


@asynccontextmanager
async def chatting(place: Place, name: str, language: str) -> AsyncIterator[ByChat]:
    """A customer with the chat's page open. Raises `OSError` and `websockets.exceptions.WebSocketException`."""
    async with connect(f"ws://127.0.0.1:{place.web}/chat/web/socket", proxy=None) as socket:
        async with asyncio.timeout(_WELCOME_WITHIN):
            await socket.send(json.dumps({"t": "hello", "lang": language}))
            await socket.recv()  # welcome
        customer = ByChat(socket, name)
        listening = asyncio.create_task(customer.listen(), name="demo-chat")
        try:
            yield customer
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
