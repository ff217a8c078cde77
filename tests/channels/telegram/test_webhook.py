"""Updates that the simulator pushes to ``/hooks/telegram/{inbox}``."""

import httpx
import pytest

from services.simulators import TelegramSimulator
from shared.telegram import webhook_secret
from tests.channels.telegram.conftest import KEYRING, House, Intake, configured, until

HEADER = "X-Telegram-Bot-Api-Secret-Token"
UPDATE = {
    "update_id": 1,
    "message": {
        "message_id": 1,
        "date": 1_772_445_600,
        "chat": {"id": 5, "type": "private"},
        "from": {"id": 5, "first_name": "Ana"},
        "text": "x",
    },
}


async def test_what_is_pushed_is_on_the_bus_once_even_when_it_is_pushed_twice(
    pushed: Intake, house: House, bot_api: TelegramSimulator
) -> None:
    bot_api.callbacks.duplicate(times=1, on="update")
    ana = bot_api.customer(501)
    ana.writes("one")
    ana.sends_photo(b"picture")
    held = await house.until(2)
    await bot_api.until(lambda: not bot_api.bot.updates)
    assert [each.text for each in await house.held()] == ["one", ""]
    assert len(held[1].attachments) == 1
    assert pushed.ledger.waiting == {"telegram/bot/duplicate/bus": 1}


async def test_only_who_knows_the_secret_is_heard(pushed: Intake, house: House) -> None:
    secret = webhook_secret(pushed.readers[0]._one.inbox, KEYRING)
    base = pushed.reader.webhook
    async with httpx.AsyncClient(trust_env=False) as client:
        for given in ({}, {HEADER: "wrong"}, {HEADER: secret[:-1]}, {HEADER: secret + "x"}, {HEADER: ""}):
            assert (await client.post(base, json=UPDATE, headers=given)).status_code == 403
        assert await house.held() == []
        assert pushed.ledger.waiting == {"telegram/bot/refused/signature": 5}
        assert (await client.post(base, json=UPDATE, headers={HEADER: secret})).status_code == 200
        assert (await client.post(base[:-3] + "nobody", json=UPDATE, headers={HEADER: secret})).status_code == 404
        assert (await client.get(base, headers={HEADER: secret})).status_code == 405
    assert [each.text for each in await house.held()] == ["x"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"5", b'{"update_id":1}', b"[" * 100_000, b'{"update_id":1,"message":null}', b"\xff\xfe"]
)
async def test_a_push_that_nobody_can_read_is_counted_and_not_asked_for_again(pushed: Intake, body: bytes) -> None:
    secret = webhook_secret(pushed.reader._one.inbox, KEYRING)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(pushed.reader.webhook, content=body, headers={HEADER: secret})
    assert answer.status_code == 200
    assert pushed.ledger.waiting == {"telegram/bot/refused/malformed": 1}


async def test_a_push_larger_than_any_update_is_refused(pushed: Intake) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(pushed.reader.webhook, content=b"x" * (2 << 20))
    assert answer.status_code == 413


async def test_while_the_bus_is_away_telegram_is_asked_to_come_again_and_nothing_is_lost(
    pushed: Intake, house: House, bot_api: TelegramSimulator
) -> None:
    house.server.kill()
    await until(lambda: not pushed.context.bus.is_connected)
    ana = bot_api.customer(501)
    ana.writes("one")
    await bot_api.until(lambda: any(attempt.status == 503 for attempt in bot_api.callbacks.attempts))
    house.server.start()
    assert [each.text for each in await house.until(1)] == ["one"]
    await bot_api.until(lambda: not bot_api.bot.updates)


async def test_a_webhook_that_somebody_removed_is_set_again(
    pushed: Intake, house: House, bot_api: TelegramSimulator
) -> None:
    assert bot_api.bot.webhook is not None
    assert bot_api.bot.allowed == ["message", "edited_message", "callback_query", "my_chat_member"]
    with bot_api.lock:
        bot_api.bot.webhook = None
    await bot_api.until(lambda: bot_api.bot.webhook is not None)
    bot_api.customer(501).writes("hello")
    assert [each.text for each in await house.until(1)] == ["hello"]


async def test_an_inbox_that_polls_takes_no_pushes(house: House, bot_api: TelegramSimulator) -> None:
    from tests.natsserver import free_port

    port = free_port()
    intake = await house.intake(configured(bot_api, port=port), port=port)
    secret = webhook_secret(intake.reader._one.inbox, KEYRING)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(intake.reader.webhook, json=UPDATE, headers={HEADER: secret})
    assert answer.status_code == 404
