"""A company whose agents answer from where they are: one from Telegram, one by SMS, one by mail, one by WhatsApp; and its customers.

Everybody's addresses, numbers and ids are known here, so that whatever reached somebody can be searched for the other side's.
"""

import asyncio
import re
import urllib.error
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.simulators import TelegramSimulator, TwilioSimulator
from tests.system.mailing import Postman, Sink, letter
from tests.system.processes import Up, wait_until
from tests.system.visitors import Visitors

OURS = {"sms": "+15005550006", "whatsapp": "whatsapp:+15005550007"}

CONFIG = """
[company]
name = "Acme"
public_url = "http://127.0.0.1:{web}"
languages = ["en", "pl", "hr"]
[fetch]
allow = ["127.0.0.0/8"]
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = "{relay}"
trusted_relays = [{{network = "127.0.0.0/8", authserv_id = "mx.acme.example"}}]
[[inbox]]
name = "bot"
channel = "telegram"
token = "{bot}"
api_url = "{telegram}"
[[inbox]]
name = "web"
channel = "chat"
[[inbox]]
name = "api"
channel = "api"
"""
AT_TWILIO = """
[[inbox]]
name = "{channel}"
channel = "{channel}"
number = "{number}"
account_sid = "{account}"
auth_token = "{token}"
api_url = "{twilio}"
templates = {{reply = "{template}"}}
"""
TEMPLATE = f"HX{1:032x}"
"""What WhatsApp has approved for those who have not written for a day: agents, as a rule."""


@dataclass(frozen=True)
class Agent:
    """An agent as the company knows them, and where they are reached: ``kind`` and ``value`` of their point."""

    email: str
    name: str
    public_name: str
    kind: str
    value: str

    @property
    def secrets(self) -> list[str]:
        """What no customer may ever see of them."""
        own = [self.email, self.email.partition("@")[0] + "%40", self.name]
        return [*own, *([digits(self.value)] if self.kind != "email" else [])]


def digits(value: str) -> str:
    """A number without what stands before it."""
    return re.sub(r"\D", "", value)


ANNA = Agent("anna.nowak@agents.example", "Anna Nowak-Private", "Anna", "telegram", "770001234567")
MAREK = Agent("marek.w@agents.example", "Marek Wolski-Private", "Marek", "phone", "+48600200300")
LEA = Agent("lea.h@agents.example", "Lea Horvat-Private", "Lea", "email", "lea.h@agents.example")
IVO = Agent("ivo.k@agents.example", "Ivo Kos-Private", "Ivo", "whatsapp", "+385912223344")
AGENTS = (ANNA, MAREK, LEA, IVO)

COURIER = "+48600999888"


@dataclass
class Office:
    """The house with everybody around it."""

    up: Up
    sink: Sink
    twilio: TwilioSimulator
    telegram: TelegramSimulator
    visitors: Visitors
    mails: int = 0
    ids: dict[str, str] = field(default_factory=dict)

    # -- the agents ---------------------------------------------------------------------------------------------------------

    def employ(self, agent: Agent) -> None:
        """Add an agent, let them prove their point, and be told there of everything."""
        up = self.up
        made = up.api("POST", "/api/v1/agents", {"email": agent.email, "name": agent.name})
        self.ids[agent.email] = made["id"]
        choice: dict[str, Any] = {"channels": [_CHANNEL[agent.kind]]}
        up.api("PATCH", f"/api/v1/agents/{agent.email}", {"public_name": agent.public_name, "notify": choice})
        if agent.kind == "email":
            return
        path = f"/api/v1/agents/{agent.email}/points"
        if agent.kind == "telegram":
            claimed = up.api("POST", path, {"kind": agent.kind, "value": ""})
            self.telegram.customer(int(agent.value), agent.name).starts(claimed["code"])
        else:
            phone = self.phone(agent)
            up.api("POST", path, {"kind": agent.kind, "value": agent.value})
            wait_until(lambda: len(phone.texts_received) > 0, f"{agent.name} gets a code")
            code = re.search(r"\b[A-Z2-7]{4}-?[A-Z2-7]{4}\b", phone.texts_received[-1])
            assert code is not None, phone.texts_received
            up.api("POST", f"{path}/verify", {"kind": agent.kind, "value": agent.value, "code": code[0]})
        wait_until(
            lambda: any(each["verified"] for each in up.api("GET", path)["items"]), f"{agent.name}'s point is proven"
        )

    def phone(self, agent: Agent) -> Any:
        """An agent's telephone."""
        address = f"whatsapp:{agent.value}" if agent.kind == "whatsapp" else agent.value
        return self.twilio.phone(address, agent.name)

    def chat(self, agent: Agent) -> Any:
        """An agent's chat with the bot."""
        return self.telegram.customer(int(agent.value), agent.name)

    def told(self, agent: Agent) -> list[str]:
        """What an agent was told where they are, oldest first; of a mail subject and text."""
        if agent.kind == "telegram":
            return list(self.chat(agent).texts)
        if agent.kind == "email":
            return [_words(each) for each in self.sink.got[agent.email]]
        return list(self.phone(agent).texts_received)

    def hears(self, agent: Agent, after: int, *words: str) -> str:
        """Wait until, after so many messages, an agent is told something with all these words, and give it."""

        def found() -> str | None:
            return next((each for each in self.told(agent)[after:] if all(word in each for word in words)), None)

        try:
            wait_until(lambda: found() is not None, f"{agent.name} is told of {words}")
        except AssertionError as error:
            raise AssertionError(f"{error}; they were told {self.told(agent)[after:]}") from None
        return found() or ""

    def mail_of(self, agent: Agent, *words: str) -> Any:
        """The newest mail to an agent with these words."""
        return next(
            each for each in reversed(self.sink.got[agent.email]) if all(word in _words(each) for word in words)
        )

    # -- mail ---------------------------------------------------------------------------------------------------------------

    def send(self, sender: str, to: str, subject: str, text: str, *, proven: bool = False, **headers: str) -> None:
        """Bring a mail; ``proven``: our mail server says that it comes from the sender's domain."""
        self.mails += 1
        mail = letter(f"office-{self.mails}", sender, to=to, subject=subject, text=text, **headers)
        domain = sender.rpartition("@")[2]
        if proven:
            mail["Authentication-Results"] = (
                f"mx.acme.example; dmarc=pass header.from={domain}; dkim=pass header.d={domain}; spf=pass smtp.mailfrom={domain}"
            )
        postman = Postman(self.up.smtp, connections=1)
        asyncio.run(postman.send({"one": (sender, to, mail.as_bytes())}))
        assert not postman.refused, postman.refused

    # -- the desk -----------------------------------------------------------------------------------------------------------

    def ticket(self, number: str) -> dict[str, Any]:
        """A ticket as the API shows it."""
        shown: dict[str, Any] = self.up.api("GET", f"/api/v1/tickets/{number}")
        return shown

    def is_reported(self, number: str, channel: str) -> bool:
        """Whether all that went out for a ticket on a channel is known to have been taken there."""
        sent = [each for each in self.ticket(number)["deliveries"] if each["channel"] == channel]
        return bool(sent) and all(each["state"] in ("accepted", "delivered", "read") for each in sent)

    def is_quiet(self) -> bool:
        """Whether everything that came in is decided, and of everything that went out it is known what became of it."""
        under_way = {each["state"] for ticket in self.up.tickets() for each in ticket["deliveries"]} & _UNDER_WAY
        return not under_way and self.up.at_rest()

    def do(self, number: str, where: str, /, **body: Any) -> Any:
        """A call about a ticket."""
        try:
            return self.up.api("POST", f"/api/v1/tickets/{number}/{where}", body)
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{where}: {error.read().decode()}") from None

    def spoken(self, verdict: str) -> list[dict[str, Any]]:
        """What was said in agents' names with this outcome, newest first."""
        found: list[dict[str, Any]] = self.up.api("GET", f"/api/v1/agents/spoken?verdict={verdict}")["items"]
        return found


_UNDER_WAY = {"queued", "sending"}
_CHANNEL = {"telegram": "telegram", "phone": "sms", "whatsapp": "whatsapp", "email": "email"}


def _words(mail: Any) -> str:
    body = mail.get_body(("plain",))
    return f"{mail['Subject']}\n{body.get_content() if body else ''}"


def code_in(text: str) -> str:
    """The short code in a notification."""
    found = re.findall(r"\b[A-Z2-7]{6}\b", text)
    assert found, f"there is no code in {text!r}"
    return str(found[-1])


def open_office(build: Callable[..., Up], sink: Sink, twilio: TwilioSimulator, telegram: TelegramSimulator) -> Office:
    """Start it and employ everybody."""
    up = build()
    up.config = CONFIG.format(web=up.web, relay=sink.url, bot=telegram.bot.token, telegram=telegram.url)
    for channel, number in OURS.items():
        up.config += AT_TWILIO.format(
            channel=channel, number=number, account=twilio.account.sid, token=twilio.account.token, twilio=twilio.url,
            template=TEMPLATE,
        )  # fmt: skip
        twilio.register(number, f"http://127.0.0.1:{up.web}/hooks/twilio/{channel}")
    twilio.template(TEMPLATE, "Acme: {{1}}")
    twilio.target = f"http://127.0.0.1:{up.web}"
    up.start()
    office = Office(up, sink, twilio, telegram, Visitors(up.web))
    for agent in AGENTS:
        office.employ(agent)
    return office


def assert_nothing_of(secrets: list[str], wire: dict[str, str]) -> None:
    """Nothing of these stands in what somebody got, in any spelling of a number."""
    for whom, got in wire.items():
        squeezed = re.sub(r"[\s().-]", "", got)
        for secret in secrets:
            assert secret.lower() not in got.lower(), f"{whom} got {secret!r}: …{_around(got, secret)}…"
            if secret.isdigit():
                assert secret not in squeezed, f"{whom} got the number {secret}"


def _around(text: str, secret: str) -> str:
    at = text.lower().find(secret.lower())
    return text[max(0, at - 80) : at + len(secret) + 40]
