"""The chat with everything behind it: `trunkline up`, a browser's side of the socket, an agent, and the customer's mail program."""

import asyncio
import email
import email.policy
import json
import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.system.processes import Up

from .conftest import until

CONFIG = """
[company]
name = "Acme"

[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"

[[inbox]]
name = "web"
channel = "chat"
"""


async def _hear(socket: ClientConnection, kind: str, source: str = "") -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            frame: dict[str, Any] = json.loads(await socket.recv())
            if frame["t"] == "message":
                await socket.send(json.dumps({"t": "got", "id": frame["id"]}))
            if frame["t"] == kind and source in ("", frame.get("from")):
                return frame


def _mails(up: Up, words: str) -> list[EmailMessage]:
    found = (each.read_bytes() for each in (up.data / "maildir").rglob("*") if each.is_file())
    return [email.message_from_bytes(each, policy=email.policy.default) for each in found if words.encode() in each]


def _answer(mail: EmailMessage, words: str) -> EmailMessage:
    reply = EmailMessage()
    reply["From"], reply["To"] = str(mail["To"]), str(mail["Reply-To"])
    reply["Subject"], reply["Message-ID"] = f"Re: {mail['Subject']}", "<back@customer.example>"
    reply["In-Reply-To"] = str(mail["Message-ID"])
    reply.set_content(words)
    return reply


async def test_a_chat_becomes_a_ticket_and_goes_on_by_mail_when_the_customer_has_left(tmp_path: Path) -> None:
    up = await asyncio.to_thread(Up(tmp_path, config=CONFIG).start)
    try:
        await _conversation(up)
    finally:
        await asyncio.to_thread(up.stop)


async def _conversation(up: Up) -> None:
    url = f"ws://127.0.0.1:{up.web}/chat/web/socket"
    async with connect(url, proxy=None) as socket:
        await socket.send('{"t": "hello", "lang": "en"}')
        token = (await _hear(socket, "welcome"))["session"]
        for number, words in enumerate(("Where is my parcel?", "It should have come yesterday.")):
            say = {"t": "message", "id": f"message-{number}", "text": words, "email": "ann@customer.example"}
            await socket.send(json.dumps(say))
        assert "T-1001" in (await _hear(socket, "message", "system"))["text"]
        change = {"t": "edit", "id": "changed-it", "edits": "message-1", "text": "It should have come on Monday."}
        back = (
            {"t": "message", "id": "message-2", "text": "Never mind."},
            {"t": "edit", "id": "taken-back", "edits": "message-2", "deleted": True},
        )
        for frame in (change, *back):
            await socket.send(json.dumps(frame))
            assert (await _hear(socket, "kept"))["id"] == frame["id"]
        await asyncio.to_thread(up.api, "POST", "/api/v1/tickets/T-1001/replies", {"text": "It comes tomorrow."})
        assert (await _hear(socket, "message", "agent"))["text"] == "It comes tomorrow."
    await asyncio.to_thread(up.api, "POST", "/api/v1/tickets/T-1001/replies", {"text": "It is at your door."})

    async def mailed() -> EmailMessage | None:
        return next(iter(_mails(up, "It is at your door.")), None)

    mail = await until(mailed)
    assert mail["To"] == "ann@customer.example"
    assert "[T-1001]" in mail["Subject"]
    with smtplib.SMTP("127.0.0.1", up.smtp, timeout=60) as smtp:
        smtp.send_message(_answer(mail, "Thank you, found it!"))

    async def joined() -> dict[str, Any] | None:
        (ticket,) = await asyncio.to_thread(up.tickets)
        return ticket if any(each["channel"] == "email" for each in ticket["messages"]) else None

    ticket = await until(joined)
    assert [(each["direction"], each["channel"]) for each in ticket["messages"]] == [
        ("in", "chat"), ("in", "chat"), ("in", "chat"), ("out", "chat"), ("out", "chat"), ("in", "email"),
    ]  # fmt: skip
    assert sum(each["kind"] == "acknowledgement" for each in ticket["deliveries"]) == 1
    async with connect(url, proxy=None) as again:
        await again.send(json.dumps({"t": "hello", "session": token}))
        history = (await _hear(again, "welcome"))["history"]
    assert [each["text"] for each in history if each["from"] == "agent"] == [
        "It comes tomorrow.",
        "It is at your door.",
    ]
    assert [(each["text"], each["edited"], each["deleted"]) for each in history if each["from"] == "me"] == [
        ("Where is my parcel?", False, False), ("It should have come on Monday.", True, False), ("", False, True),
    ]  # fmt: skip
