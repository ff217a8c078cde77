"""Mails of all kinds by the hundred, who sends them while a house is killed, and a relay that is slow to answer."""

import asyncio
import random
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from tests.system.mailing import Postman, Sink

ADDRESS = "support@acme.example"
Mail = tuple[str, str, bytes]

QUIET = 180.0
"""Seconds that a house has to come to rest on its own; on a machine that does nothing else it takes a fraction of them."""
PAUSE = 0.1
"""Seconds that the sink takes for its answer: so there is always something under way to be killed."""


TEXTS = (
    ("The device does not start", "it shows error {n} after the update, and nothing helps."),
    ("Faktura nr {n}", "proszę o kopię faktury {n}, dziękuję i pozdrawiam."),
    ("Narudžba {n} kasni", "gdje je moja narudžba {n}? Hvala lijepa."),
    ("Where is my order {n}?", "it was to be here last week. Could you please look?"),
)


@dataclass
class Post:
    """``mails`` maps a name (the local part of the Message-ID) to sender, recipient and bytes; ``conversations`` are the names that
    belong together: every reply names all the mails before it in References."""

    mails: dict[str, Mail] = field(default_factory=dict)
    conversations: list[list[str]] = field(default_factory=list)


def post(count: int, seed: int) -> Post:
    """So many mails, the same for the same seed. A sender writes four or so, below every budget for automatic answers."""
    chance, made = random.Random(seed), Post()
    while len(made.mails) < count:
        person = f"customer{chance.randrange(max(count // 3, 1))}.{seed}@client{chance.randrange(40)}.example"
        length = min(chance.choices((1, 2, 3, 4), (80, 10, 6, 4))[0], count - len(made.mails))
        names = [f"{seed}.{len(made.mails) + place}" for place in range(length)]
        for place, name in enumerate(names):
            mail = _mail(name, person, names[:place], chance)
            made.mails[name] = (str(mail["From"]), ADDRESS, mail.as_bytes())
        made.conversations.append(names)
    return made


def _mail(name: str, person: str, before: Sequence[str], chance: random.Random) -> EmailMessage:
    subject, text = (part.format(n=name) for part in chance.choice(TEXTS))
    mail = EmailMessage()
    colleague = person.replace("@", ".colleague@", 1)
    mail["From"], mail["To"] = person, ADDRESS
    if chance.random() < 0.1:
        mail["Cc"] = colleague
    mail["Subject"] = f"Re: {subject}" if before else subject
    mail["Message-ID"] = f"<{name}@client.example>"
    mail["Date"] = "Mon, 02 Mar 2026 10:00:00 +0000"
    if before:
        mail["In-Reply-To"] = f"<{before[-1]}@client.example>"
        mail["References"] = " ".join(f"<{one}@client.example>" for one in before)
    # Below 16 KiB an original travels in the message, above it by reference, above 64 KiB it is parsed by another process.
    size = chance.choices((0, 2_000, 24_000, 90_000), (50, 35, 10, 5))[0]
    # Each says something else, in words: what one sender says for the third time is not acknowledged.
    matter = name.translate(str.maketrans("0123456789.", "abcdefghijx"))
    mail.set_content(f"Hello, {text} My matter is {matter}.\n{_words(size, chance)}\n")
    if chance.random() < 0.12:
        content = chance.randbytes(chance.choice((800, 20_000, 70_000)))
        mail.add_attachment(content, maintype="application", subtype="octet-stream", filename=f"{name}.bin")
    return mail


def _words(size: int, chance: random.Random) -> str:
    words = [f"{chance.choice(('part', 'cable', 'lamp', 'screen'))}{chance.randrange(1000)}" for _ in range(size // 8)]
    return "\n".join(" ".join(words[start : start + 9]) for start in range(0, len(words), 9))


class Sending:
    """A `Postman` at work in a thread of its own, while this one kills."""

    def __init__(self, port: int, mails: dict[str, Mail], *, seed: int) -> None:
        self.postman = Postman(port, connections=16, seed=seed)
        self._mails = mails
        self.seconds = 0.0
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> "Sending":
        """Begin."""
        self._thread.start()
        return self

    def _run(self) -> None:
        began = time.monotonic()
        try:
            asyncio.run(self.postman.send(self._mails))
        except BaseException as error:  # noqa: BLE001 - told by `finish`, in the thread that asks
            self._error = error
        self.seconds = time.monotonic() - began

    @property
    def accepted(self) -> int:
        """Mails that got their 250."""
        return len(self.postman.accepted)

    @property
    def done(self) -> bool:
        """Everything was accepted, or refused for good."""
        return not self._thread.is_alive()

    def finish(self, seconds: float = QUIET) -> None:
        """Wait until all is accepted. Raises `AssertionError` when it is not, or one was refused."""
        self.postman.allowed = None
        self._thread.join(seconds)
        assert self.done, f"after {seconds:g} s only {self.accepted} of {len(self._mails)} mails are accepted"
        if self._error is not None:
            raise self._error
        assert not self.postman.refused, self.postman.refused


class Slow(Sink):
    """A relay that has taken a mail a while before it says so: a kill in between leaves the sender in doubt."""

    def __init__(self, pause: float) -> None:
        super().__init__()
        self._pause = pause

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        answer = await super().handle_DATA(_server, _session, envelope)
        await asyncio.sleep(self._pause)
        return answer
