"""The simulators, the real client libraries pointed at them, and a server that gets their webhooks."""

from collections.abc import AsyncIterator, Iterator

import pytest
from telegram import Bot
from twilio.rest import Client

from services.simulators import TelegramSimulator, TwilioSimulator
from tests.simulators.hooks import Hooks
from tests.simulators.hooks import hooks as serve_hooks
from tests.simulators.twilioclient import client

PUBLIC = "https://desk.example"
OURS = "+15005550006"


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    with serve_hooks() as started:
        yield started


@pytest.fixture
async def bot_api() -> AsyncIterator[TelegramSimulator]:
    async with TelegramSimulator() as started:
        yield started


@pytest.fixture
async def bot(bot_api: TelegramSimulator) -> AsyncIterator[Bot]:
    made = Bot(bot_api.bot.token, base_url=bot_api.base_url, base_file_url=bot_api.base_file_url)
    async with made:
        yield made


@pytest.fixture
def twilio(hooks: Hooks) -> Iterator[TwilioSimulator]:
    with TwilioSimulator(public_url=PUBLIC, target=hooks.url) as started:
        started.register(OURS, f"{PUBLIC}/sms", voice=f"{PUBLIC}/voice", voice_status=f"{PUBLIC}/calls")
        started.register("whatsapp:+15005550007", f"{PUBLIC}/whatsapp")
        started.register("messenger:110000000001", f"{PUBLIC}/messenger")
        yield started


@pytest.fixture
def api(twilio: TwilioSimulator) -> Client:
    return client(twilio.url, twilio.account.sid, twilio.account.token)
