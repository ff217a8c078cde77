"""The demonstration's instance: its folder, its ports, and the configuration that points every channel at a stand-in on loopback."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from services.simulators import TelegramSimulator, TwilioSimulator
from shared.settings import Settings, load

PHONE = "+15005550006"
SENDERS = {"sms": PHONE, "whatsapp": f"whatsapp:{PHONE}", "messenger": "messenger:110000000001"}
ADDRESS = "support@acme.example"

_CONFIG = """\
# What `trunkline demo` runs with. The stand-ins of Telegram and Twilio listen on this machine; outgoing mail lies in data/maildir.
[company]
name = "Acme"
public_url = "http://127.0.0.1:{web}"

[web]
listen = "127.0.0.1:{web}"

[smtp]
listen = "127.0.0.1:{smtp}"

[fetch]
allow = ["127.0.0.0/8"]

[logging]
level = "warning"

[[inbox]]
name = "support"
channel = "email"
address = "{address}"

[[inbox]]
name = "bot"
channel = "telegram"
token = "{token}"
api_url = "{telegram}"

[[inbox]]
name = "contact"
channel = "form"
fields = [{{name = "order", label = {{en = "Order number", pl = "Numer zamówienia", hr = "Broj narudžbe"}}, kind = "text"}}]

[[inbox]]
name = "web"
channel = "chat"
greeting = {{en = "Hello! How can we help?", pl = "Dzień dobry! W czym możemy pomóc?", hr = "Dobar dan! Kako možemo pomoći?"}}

[[inbox]]
name = "shop"
channel = "api"
"""
_SENDER = """
[[inbox]]
name = "{channel}"
channel = "{channel}"
number = "{number}"
account_sid = "{account}"
auth_token = "{token}"
api_url = "{url}"
"""
_TELEPHONE = """
[[inbox]]
name = "phone"
channel = "voice"
number = "{number}"
account_sid = "{account}"
auth_token = "{token}"
api_url = "{url}"
transcribe = true
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything is: ``smtp`` and ``web`` are ports on 127.0.0.1."""

    settings: Settings
    config: Path
    smtp: int
    web: int
    telegram: TelegramSimulator
    twilio: TwilioSimulator

    @property
    def url(self) -> str:
        """Of all pages."""
        return f"http://127.0.0.1:{self.web}"

    @property
    def maildir(self) -> Path:
        """Where mail to customers goes."""
        return self.settings.data / "maildir"


def prepare(folder: Path, stack: ExitStack) -> Place:
    """Start the stand-ins, until ``stack`` is closed, and write the configuration. Raises `OSError` and `SimulatorError`."""
    telegram = stack.enter_context(TelegramSimulator())
    twilio = stack.enter_context(TwilioSimulator())
    smtp, web = _free_ports()
    hooks = f"http://127.0.0.1:{web}/hooks/twilio"
    for channel, number in SENDERS.items():
        twilio.register(number, f"{hooks}/{channel}", voice=f"{hooks}/phone", voice_status=f"{hooks}/phone/status")
    text = _CONFIG.format(web=web, smtp=smtp, address=ADDRESS, token=telegram.bot.token, telegram=telegram.url)
    account = {"account": twilio.account.sid, "token": twilio.account.token, "url": twilio.url}
    text += "".join(_SENDER.format(channel=channel, number=number, **account) for channel, number in SENDERS.items())
    text += _TELEPHONE.format(number=PHONE, **account)
    config = folder / "trunkline.toml"
    config.write_text(text)
    # The shell's TRUNKLINE_… belong to the user's own installation, which must not be touched from here.
    return Place(load(config, folder / "data", {}), config, smtp, web, telegram, twilio)


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]
