"""Customers on every channel at once, and what stands in for their providers.

SMS, WhatsApp, Messenger and Telegram come from the providers' stand-ins, which have faults to order; a mail is repeated by its sender
until it has its 250, a message of the API until it has its 202, a form until it is confirmed, and a chat comes back and goes on, as
clients do. Twilio makes a webhook once: what was lost of it has to be found in its list. Every third person sends a picture along, which
is fetched from the provider, uploaded, or comes in the mail.
"""

import asyncio
import json
import random
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.simulators import TelegramSimulator, TwilioSimulator
from tests.system.houses import Alone
from tests.system.mailing import Postman, letter
from tests.system.visitors import Visitors
from tests.system.writing import PAUSE, QUIET, Slow

CHANNELS = ("sms", "whatsapp", "messenger", "telegram", "chat", "form", "api", "email")
OURS = {"sms": "+15005550006", "whatsapp": "whatsapp:+15005550007", "messenger": "messenger:110000000001"}
BY_MAIL = ("api", "form", "email")
"""Who writes there is answered by mail."""

CONFIG = """
[company]
name = "Acme"
public_url = "http://127.0.0.1:{web}"
[fetch]
allow = ["127.0.0.0/8"]
[smtp]
listen = "127.0.0.1:{smtp}"
[web]
listen = "127.0.0.1:{web}"
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = ["{relay}"]
[[inbox]]
name = "api"
channel = "api"
[[inbox]]
name = "contact"
channel = "form"
fields = [{{name = "picture", label = {{en = "Picture"}}, kind = "file"}}]
[[inbox]]
name = "web"
channel = "chat"
[[inbox]]
name = "bot"
channel = "telegram"
token = "{bot}"
api_url = "{telegram}"
"""
AT_TWILIO = """
[[inbox]]
name = "{channel}"
channel = "{channel}"
number = "{number}"
account_sid = "{account}"
auth_token = "{token}"
api_url = "{twilio}"
reconcile = "1s"
"""


PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True)
class Said:
    """One message: ``mark`` is a word that no other message has."""

    channel: str
    person: int
    mark: str

    @property
    def text(self) -> str:
        """What is written."""
        return f"Hello, the printer does not start. My matter is {self.mark}."

    @property
    def picture(self) -> bytes | None:
        """What is sent along, like nothing else that is."""
        return PNG + self.mark.encode() * 2_000 if self.person % 3 == 0 and self.channel != "api" else None


def said(people: int, seed: int) -> list[Said]:
    """So many people on each channel, one to three messages each, in an order by chance; each person keeps theirs."""
    chance, made = random.Random(seed), []
    for channel in CHANNELS:
        for person in range(people):
            count = 1 if channel in BY_MAIL else chance.choices((1, 2, 3), (70, 20, 10))[0]
            made += [Said(channel, person, _mark(channel, person, place)) for place in range(count)]
    chance.shuffle(made)
    return made


def _mark(channel: str, person: int, place: int) -> str:
    # Letters only: the number of a ticket, or an id, must not look like it.
    letters = "".join("abcdefghij"[int(digit)] for digit in f"{person:03}{place}")
    return f"zq{channel}{letters}"


class Town:
    """Customers, and what stands in for the providers."""

    def __init__(self, folder: Path) -> None:
        self.sink = Slow(PAUSE)
        self.sink.start()
        self.twilio, self.telegram = TwilioSimulator().start(), TelegramSimulator().start()
        self.house = Alone(folder, self.sink)
        up = self.house.up
        up.config = CONFIG.format(
            web=up.web, smtp=up.smtp, relay=self.sink.url, bot=self.telegram.bot.token, telegram=self.telegram.url
        )
        for channel, number in OURS.items():
            account = self.twilio.account
            up.config += AT_TWILIO.format(
                channel=channel, number=number, account=account.sid, token=account.token, twilio=self.twilio.url
            )
            self.twilio.register(number, f"http://127.0.0.1:{up.web}/hooks/twilio/{channel}", opt_out="advanced")
        self.visitors = Visitors(up.web)
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []
        self.over = threading.Event()

    def write(self, some: list[Said]) -> None:
        """Let these be written: at the providers at once, by mail and API until they are taken."""
        for one in some:
            picture = one.picture
            if one.channel == "telegram":
                customer = self.telegram.customer(10_000 + one.person, f"Person {one.person}")
                _ = customer.sends_photo(picture, one.text) if picture else customer.writes(one.text)
            elif one.channel in OURS:
                media = [(picture, "image/png")] if picture else []
                self.twilio.phone(self.address(one), f"Person {one.person}").texts(one.text, media=media)
            elif one.channel == "form":
                values = {"name": f"Person {one.person}", "email": self.address(one), "message": one.text}
                self.visitors.fill_in("contact", values, picture)
            elif one.channel == "chat":
                self.visitors.say("web", one.person, one.mark, one.text, picture)
        self._later(self._mail, [one for one in some if one.channel == "email"])
        self._later(self._post, [one for one in some if one.channel == "api"])

    def _later(self, work: Callable[[list[Said]], None], some: list[Said]) -> None:
        def run() -> None:
            try:
                work(some)
            except BaseException as error:  # noqa: BLE001 - told by `finish`, in the thread that asks
                self._failures.append(error)

        self._threads.append(threading.Thread(target=run, daemon=True))
        self._threads[-1].start()

    def _mail(self, some: list[Said]) -> None:
        mails = {}
        for one in some:
            mail = letter(one.mark, self.address(one), to="support@acme.example", text=f"{one.text}\n")
            if picture := one.picture:
                mail.add_attachment(picture, maintype="image", subtype="png", filename="one.png")
            mails[one.mark] = (self.address(one), "support@acme.example", mail.as_bytes())
        postman = Postman(self.house.up.smtp, connections=4)
        asyncio.run(postman.send(mails))
        assert not postman.refused, postman.refused

    def _post(self, some: list[Said]) -> None:
        for one in some:
            person = {"name": f"Person {one.person}", "address": self.address(one)}
            body = json.dumps({"id": one.mark, "from": person, "text": one.text}).encode()
            while not self.over.is_set() and not self._taken(body):
                time.sleep(0.05)  # a client that waits a moment before it comes again

    def _taken(self, body: bytes) -> bool:
        headers = {"Authorization": f"Bearer {self.house.up.token}", "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{self.house.up.web}/api/v1/messages"
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=30) as answer:
                return bool(answer.status == 202)
        except urllib.error.HTTPError as error:
            if error.code != 503:
                raise
        except OSError:
            pass  # killed, and about to be started again
        return False

    @staticmethod
    def address(one: Said) -> str:
        """How the channel knows this person."""
        number = f"+38591234{one.person:04}"
        names = {"sms": number, "whatsapp": f"whatsapp:{number}", "telegram": str(10_000 + one.person)}
        names["messenger"] = f"messenger:{2_470_000_000_000_000 + one.person}"
        return names.get(one.channel, f"person{one.person}@{one.channel}.example")

    @property
    def webhooks(self) -> Counter[int | None]:
        """How often a message's webhook was answered with each status; None: there was no answer."""
        with self.twilio.lock:
            return Counter(each.status for each in self.twilio.callbacks.attempts if each.outgoing.label == "inbound")

    @property
    def all_is_shown(self) -> bool:
        """Whether every open chat shows something."""
        return all(chat.shown for chat in self.visitors.chats.values())

    def finish(self, seconds: float = QUIET) -> None:
        """Wait until every client has its answer. Raises `AssertionError`, or what one of them met."""
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(until - time.monotonic(), 0.01))
        if self._failures:
            raise self._failures[0]
        assert not any(thread.is_alive() for thread in self._threads), f"not all is taken after {seconds:g} s"
        self.visitors.finish(max(until - time.monotonic(), 1.0))
        # What waits for a second one to change places with has none to come.
        self.twilio.callbacks.release()

    def end(self) -> None:
        """End everything."""
        self.over.set()
        self.visitors.end()
        if self.house.up.process is not None:
            self.house.up.kill()
        self.sink.stop()
        self.twilio.stop()
        self.telegram.stop()
