"""How soon an agent's answer from Telegram is at the customer's provider, beside a bare round trip between the same two providers.

`python -m benchmarks answers [--count 30] [--quiet 0.2]`. `trunkline up` runs as a process of its own, with its bus and SQLite on disk;
both providers are simulated in this one. A customer writes by SMS, an agent is told in Telegram and replies there, ``--count`` times, each
after a pause of ``--quiet`` seconds. Measured is from the reply at Telegram until Twilio has the SMS, and until the agent is told what went
to whom. The bare round trip is what no speed of ours can go below: a process that asks Telegram for updates and has Twilio send their
text, over kept connections, and nothing else: it keeps nothing, decides nothing and threads nothing.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from services.simulators import TelegramSimulator, TwilioSimulator
from shared.settings.inbox import TelegramInbox
from shared.telegram import RawRequest, connect
from tests.system.processes import Process, Up, free_port

OURS, CUSTOMER, AGENT = "+15005550006", "+48600100200", "anna@acme.example"
CONFIG = """
[company]
name = "Acme"
public_url = "http://127.0.0.1:{web}"
[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
[[inbox]]
name = "bot"
channel = "telegram"
token = "{bot}"
api_url = "{telegram}"
[[inbox]]
name = "sms"
channel = "sms"
number = "{ours}"
account_sid = "{account}"
auth_token = "{token}"
api_url = "{twilio}"
"""
LONGEST = 30.0
GOAL = 0.2


class Providers:
    """Telegram and Twilio. ``url``: where Twilio's webhooks go."""

    def __init__(self, telegram: TelegramSimulator, twilio: TwilioSimulator, url: str) -> None:
        self.telegram, self.twilio = telegram, twilio
        twilio.register(OURS, f"{url}/hooks/twilio/sms" if url else "")
        self.phone = twilio.phone(CUSTOMER, "Jan Kowalski")
        self.agent = telegram.customer(7001, "Anna Nowak")

    async def has(self, words: str) -> None:
        """Wait until Twilio has an SMS that begins with these words: the agent's public name stands below them."""
        messages = self.twilio.account.messages
        await self.twilio.until(lambda: any(each.body.startswith(words) for each in messages.values()), LONGEST)

    async def tells(self, words: str, after: int = 0) -> None:
        """Wait until the agent was told something with these words, beyond the first ``after`` messages."""
        await self.telegram.until(lambda: any(words in each for each in self.agent.texts[after:]), LONGEST)


async def _opened(up: Up, providers: Providers) -> dict[str, Any]:
    """A customer has written, and the agent was told of it in Telegram; gives the notification."""
    await asyncio.to_thread(up.run, "agent", "add", AGENT, "--name", "Anna Nowak")
    path = f"/api/v1/agents/{AGENT}"
    claimed = await asyncio.to_thread(up.api, "POST", f"{path}/points", {"kind": "telegram"})
    providers.agent.starts(claimed["code"])
    await providers.telegram.until(lambda: bool(providers.agent.texts), LONGEST)
    await asyncio.to_thread(up.api, "PATCH", path, {"notify": {"channels": ["telegram"]}})
    providers.phone.texts("My device has been making a strange noise since yesterday")
    until = time.monotonic() + LONGEST
    while not (tickets := (await asyncio.to_thread(up.api, "GET", "/api/v1/tickets"))["items"]):
        assert time.monotonic() < until, "the customer's SMS became no ticket"
        await asyncio.sleep(0.1)
    number = tickets[0]["number"]
    await asyncio.to_thread(up.api, "POST", f"/api/v1/tickets/{number}/assign", {"agent": AGENT})
    await providers.tells(number, 1)
    return next(dict(each) for each in reversed(providers.agent.received) if number in each.get("text", ""))


async def _answers(up: Up, providers: Providers, count: int, quiet: float) -> tuple[list[float], list[float]]:
    """Seconds until each answer was at Twilio, and until the agent was told so."""
    notification = await _opened(up, providers)
    sent, told = [], []
    for place in range(-2, count):  # the first two load what is loaded at the first use
        words, before = f"We look into it, {place}.", len(providers.agent.texts)
        began = time.perf_counter()
        providers.agent.replies(notification, words)
        await providers.has(words)
        there = time.perf_counter() - began
        await providers.tells("SMS", before)
        if place >= 0:
            sent.append(there)
            told.append(time.perf_counter() - began)
        await asyncio.sleep(quiet)
    return sent, told


async def _bare(providers: Providers, count: int, quiet: float) -> list[float]:
    """The same between the providers alone."""
    found = []
    for place in range(-2, count):
        words = f"We look into it, bare {place}."
        began = time.perf_counter()
        providers.agent.writes(words)
        await providers.has(words)
        if place >= 0:
            found.append(time.perf_counter() - began)
        await asyncio.sleep(quiet)
    return found


def _relay(telegram: str, bot: str, twilio: str, account: str, token: str) -> None:
    """What the bare round trip is made by: a process of its own, until it is ended."""
    inbox = TelegramInbox.model_validate({"name": "bot", "channel": "telegram", "token": bot, "api_url": telegram})

    async def run() -> None:
        polling = RawRequest()
        asking = connect(inbox, polling)
        url = f"{twilio}/2010-04-01/Accounts/{account}/Messages.json"
        offset = 0
        print("ready", flush=True)
        async with httpx.AsyncClient(auth=(account, token), trust_env=False) as sending:
            while True:
                await asking.get_updates(offset=offset, timeout=10)
                for update in polling.updates:
                    offset = update["update_id"] + 1
                    body = {"To": CUSTOMER, "From": OURS, "Body": update["message"]["text"]}
                    (await sending.post(url, data=body)).raise_for_status()

    asyncio.run(run())


def _shown(what: str, seconds: list[float]) -> str:
    at95 = sorted(seconds)[min(int(len(seconds) * 0.95), len(seconds) - 1)]
    return f"{what}: median {statistics.median(seconds) * 1000:.0f} ms, p95 {at95 * 1000:.0f} ms, worst {max(seconds) * 1000:.0f} ms"


async def _measure(folder: Path, count: int, quiet: float) -> None:
    web = free_port()
    async with TelegramSimulator() as telegram, TwilioSimulator() as twilio:
        providers = Providers(telegram, twilio, f"http://127.0.0.1:{web}")
        account = twilio.account
        given = {"bot": telegram.bot.token, "telegram": telegram.url, "twilio": twilio.url, "web": web, "ours": OURS}
        up = Up(folder / "up", config=CONFIG.format(account=account.sid, token=account.token, **given), web=web)
        await asyncio.to_thread(up.start)
        try:
            sent, told = await _answers(up, providers, count, quiet)
        finally:
            await asyncio.to_thread(up.stop)
        ends = (telegram.url, telegram.bot.token, twilio.url, account.sid, account.token)
        program = (sys.executable, "-m", "benchmarks.answers", "--relay")
        relay = Process(ends, folder / "relay.log", program=program).start()
        try:
            await asyncio.to_thread(relay.ready)
            bare = await _bare(providers, count, quiet)
        finally:
            relay.kill()
    print(_shown(f"{count} answers from Telegram, at the customer's provider", sent))
    print(_shown("the agent told what went to whom", told))
    print(_shown("a bare round trip between the same providers", bare))
    median = statistics.median(sent)
    print(f"ratio of the medians: {median / statistics.median(bare):.1f}; wanted below {GOAL * 1000:.0f} ms: ", end="")
    print("yes" if median < GOAL else "NO")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks answers")
    parser.add_argument("--count", type=int, default=30)
    parser.add_argument("--quiet", type=float, default=0.2)
    parser.add_argument("--relay", nargs=5, help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.relay:
        _relay(*wanted.relay)
        return
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        asyncio.run(_measure(Path(folder), wanted.count, wanted.quiet))


if __name__ == "__main__":
    main()
