"""A customer's mail system and a relay's end: senders that do not give up, and a sink that remembers what arrived."""

import asyncio
import email
import email.policy
import random
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

import aiosmtplib
from aiosmtpd.controller import Controller


class Sink:
    """A relay that takes everything. ``got`` maps each recipient to the mails that arrived, in order."""

    def __init__(self, port: int = 0) -> None:
        self.got: dict[str, list[EmailMessage]] = defaultdict(list)
        self.count = 0
        self._lock = threading.Lock()
        self._port = port
        self._controller: Controller | None = None

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = email.message_from_bytes(envelope.content, policy=email.policy.SMTP)
        with self._lock:
            self.count += 1
            for recipient in envelope.rcpt_tos:
                self.got[recipient.lower()].append(message)
        return "250 OK"

    def start(self) -> "Sink":
        """Listen; the port stays the same over a stop and another start."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self._port or _free())
        self._controller.start()
        self._port = self._controller.port
        return self

    def saying(self, recipient: str, words: str) -> list[EmailMessage]:
        """The mails to a recipient whose text has these words, in order: what is awaited is known by what it says, never by its number."""
        with self._lock:
            got = list(self.got[recipient])
        return [each for each in got if (body := each.get_body(("plain",))) is not None and words in body.get_content()]

    @property
    def url(self) -> str:
        """What an inbox's ``send`` says to send here."""
        return f"smtp://127.0.0.1:{self._port}"

    def stop(self) -> None:
        """Refuse connections from now on."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None


def _free() -> int:
    from tests.system.processes import free_port

    return free_port()


def letter(
    name: str, sender: str, *, to: str = "support@localhost", subject: str = "Question", text: str = "", **headers: str
) -> EmailMessage:
    """A plain mail with the Message-ID ``<name@client.example>``."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{name}@client.example>"
    message["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    for key, value in headers.items():
        message[key.replace("_", "-")] = value
    message.set_content(text or f"This is {name}. Does it work?\n")
    return message


@dataclass
class Postman:
    """Sends mails over several connections at once, each again until it is taken or refused for good.

    ``accepted`` has the names that got a 250, ``refused`` those that got a 5xx with the answer.
    """

    port: int
    connections: int = 8
    seed: int = 7
    accepted: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    attempts: int = 0
    pace: float = 0.0
    allowed: int | None = None
    """Nobody begins another mail while so many are accepted."""

    async def send(self, mails: dict[str, tuple[str, str, bytes]]) -> None:
        """Send ``name -> (sender, recipient, bytes)``; returns when each is accepted or refused for good."""
        waiting = list(mails.items())
        random.Random(self.seed).shuffle(waiting)
        await asyncio.gather(*(self._carry(waiting) for _ in range(self.connections)))

    async def _carry(self, waiting: list[tuple[str, tuple[str, str, bytes]]]) -> None:
        client: aiosmtplib.SMTP | None = None
        while waiting:
            if self.allowed is not None and len(self.accepted) >= self.allowed:
                await asyncio.sleep(0.005)
                continue
            name, (sender, recipient, content) = waiting.pop()
            try:
                if client is None:
                    client = aiosmtplib.SMTP(hostname="127.0.0.1", port=self.port, timeout=30)
                    await client.connect()
                self.attempts += 1
                await client.sendmail(sender, [recipient], content)
                self.accepted.add(name)
                if self.pace:
                    await asyncio.sleep(self.pace)
                continue
            except aiosmtplib.SMTPResponseException as error:
                if error.code >= 500:
                    self.refused[name] = str(error)
                    continue
            except aiosmtplib.SMTPRecipientsRefused as error:
                if all(one.code >= 500 for one in error.recipients):
                    self.refused[name] = str(error)
                    continue
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                pass
            if client is not None:
                client.close()
                client = None
            waiting.insert(0, (name, (sender, recipient, content)))
            await asyncio.sleep(0.05)  # a mail server waits minutes; the house is given a moment
        if client is not None:
            try:
                await client.quit()
            except (aiosmtplib.SMTPException, OSError, TimeoutError):
                client.close()
