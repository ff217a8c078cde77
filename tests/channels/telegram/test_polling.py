"""A bot's updates asked for by the real library: none is confirmed before the bus has it, one intake of all asks, no fault is the end."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from prometheus_client import REGISTRY

from services.intake.accepting import Accepting
from services.intake.backlog import Backlog
from services.intake.errors import Away
from services.intake.telegram.bots import bots
from services.intake.telegram.polling import Poller
from services.simulators import TelegramSimulator
from services.simulators.faults import ALWAYS
from shared.bus.blobs import key_of
from shared.messages.inbound import Inbound
from shared.telegram import close
from tests.channels.telegram.conftest import SECOND, Begin, House, configured, until
from tests.conftest import ROOT

JPEG = b"\xff\xd8\xff\xe0 a picture"


async def test_what_customers_send_is_on_the_bus_with_its_files_and_its_original(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    ana = bot_api.customer(501, "Ana Kovač", "hr")
    ana.writes("Printer ne radi")
    ana.sends_photo(JPEG, "the label")
    ana.sends_album([b"one", b"two"])
    ana.sends_voice(b"OggS" * 9000)
    await polling()
    held = await house.until(5)
    assert [each.text for each in held] == ["Printer ne radi", "the label", "", "", ""]
    assert {each.conversation for each in held} == {"telegram:bot:501"}
    files = [each.attachments[0] for each in held[1:]]
    contents = [await _blob(house, file.blob) for file in files]
    assert contents == [JPEG, b"one", b"two", b"OggS" * 9000]
    assert [(file.filename, file.sha256, file.size) for file in files[:1]] == [("photo.jpg", key_of(JPEG), len(JPEG))]
    original = held[0].original
    assert original is not None
    assert b'"text":"Printer ne radi"' in (original.inline or b"")
    assert not held[1].defects


async def _blob(house: House, key: str | None) -> bytes:
    from shared.bus.blobs import Blobs

    return await Blobs(house.tester).get(key or "")


async def test_updates_are_confirmed_once_the_bus_has_them_and_not_before(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    await polling()
    await bot_api.until(lambda: bot_api.bot.is_polling)
    house.server.kill()
    ana = bot_api.customer(501)
    for text in "abc":
        ana.writes(text)
    # Asked for a second time: what came first time was not confirmed.
    polls = bot_api.bot.polls
    await until(lambda: bot_api.bot.polls > polls or not bot_api.bot.is_polling)
    assert len(bot_api.bot.updates) == 3
    house.server.start()
    held = await house.until(3)
    assert sorted(each.text for each in held) == ["a", "b", "c"]
    await bot_api.until(lambda: not bot_api.bot.updates, 60)
    assert len(await house.held()) == 3


async def test_a_killed_poller_is_replaced_and_nothing_is_lost_or_doubled(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tests.channels.telegram.alone",
            house.server.url("intake"),
            bot_api.url,
            bot_api.bot.token,
        ],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
    )
    try:
        await bot_api.until(lambda: bot_api.bot.is_polling, 40)
        other = await polling()
        ana = bot_api.customer(501)
        ana.writes("0")
        await house.until(1)
        assert not other.reader.lease.held
        confirming = bot_api.faults.hold(on="getUpdates")
        for number in range(1, 40):
            ana.writes(str(number))
        process.send_signal(signal.SIGKILL)
        await asyncio.to_thread(process.wait, 10)
        confirming.open()
    finally:
        process.kill()
        process.wait(60)
    await house.until(40)
    await bot_api.until(lambda: not bot_api.bot.updates)
    assert [each.text for each in await house.held()] == [str(number) for number in range(40)]
    assert other.reader.lease.held


async def test_of_two_intakes_one_asks_and_the_other_goes_on_when_it_stops(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    conflicts = _failures("conflict")
    first, second = await polling(), await polling()
    await bot_api.until(lambda: bot_api.bot.is_polling)
    ana = bot_api.customer(501)
    ana.writes("one")
    await house.until(1)
    holders = [intake for intake in (first, second) if intake.reader.lease.held]
    assert len(holders) == 1
    await holders[0].stop()
    ana.writes("two")
    assert [each.text for each in await house.until(2)] == ["one", "two"]
    assert _failures("conflict") == conflicts


def _failures(kind: str) -> float:
    return REGISTRY.get_sample_value("trunkline_telegram_failures_total", {"inbox": "bot", "kind": kind}) or 0.0


async def test_an_api_that_is_away_at_the_start_delays_messages_and_never_readiness(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    bot_api.customer(501).writes("early")
    await asyncio.to_thread(bot_api.stop)
    intake = await polling()
    assert intake.reader.ready() == {"telegram-bot": True}
    await until(lambda: intake.reader.lease.state.kind == "unreachable")
    assert intake.reader.ready() == {"telegram-bot": True}
    await asyncio.to_thread(bot_api.start)
    assert [each.text for each in await house.until(1)] == ["early"]
    await until(lambda: intake.reader.lease.state.connected)
    assert not intake.reader.lease.state.problem


async def test_a_bot_that_was_at_a_webhook_is_taken_back(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    from telegram import Bot

    bot = Bot(bot_api.bot.token, base_url=bot_api.base_url)
    async with bot:
        await bot.set_webhook("http://127.0.0.1:1/nobody")
        await polling()
        await bot_api.until(lambda: bot_api.bot.webhook is None and bot_api.bot.is_polling)
        await bot.set_webhook("http://127.0.0.1:1/nobody")  # and somebody sets it again
        await bot_api.until(lambda: bot_api.bot.webhook is None and bot_api.bot.is_polling)
    bot_api.customer(501).writes("hello")
    assert (await house.until(1))[0].text == "hello"


async def test_updates_that_nobody_can_read_are_counted_and_stop_nothing(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    intake = await polling()
    ana = bot_api.customer(501)
    ana.writes("before")
    with bot_api.lock:
        bot_api.bot.update("message", {"message_id": "x", "chat": 5})
        bot_api.bot.update("my_chat_member", {"chat": {"id": -5, "type": "group"}, "from": {"id": 501}})
    ana.writes("after")
    assert [each.text for each in await house.until(2)] == ["before", "after"]
    await bot_api.until(lambda: not bot_api.bot.updates)
    assert intake.ledger.waiting == {"telegram/bot/refused/malformed": 1, "telegram/bot/refused/not-private": 1}


async def test_a_file_that_cannot_be_had_now_delays_itself_and_not_its_message(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    bot_api.faults.broken(times=ALWAYS, on="getFile")
    ana = bot_api.customer(501)
    ana.sends_document(b"%PDF", "račun.pdf", caption="here it is")
    ana.writes("thank you")
    await polling()
    held = await house.until(2)
    assert [each.text for each in held] == ["here it is", "thank you"]
    assert held[0].defects == ["attachment-later"]
    assert [(file.filename, file.blob) for file in held[0].attachments] == [("račun.pdf", None)]
    await bot_api.until(lambda: not bot_api.bot.updates)
    bot_api.faults.clear()
    late = (await house.until(3))[2]
    assert late.in_reply_to == [held[0].message_id]
    assert (late.conversation, late.text) == (held[0].conversation, "📎 račun.pdf")
    assert await _blob(house, late.attachments[0].blob) == b"%PDF"


async def test_a_file_that_is_put_off_is_fetched_by_another_intake_too(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    bot_api.faults.broken(times=ALWAYS, on="getFile")
    bot_api.customer(501).sends_document(b"%PDF", "a.pdf")
    first = await polling()
    await house.until(1)
    await bot_api.until(lambda: not bot_api.bot.updates)
    await first.stop()
    bot_api.faults.clear()
    await polling()
    late = (await house.until(2))[1]
    assert late.attachments[0].sha256 == key_of(b"%PDF")


async def test_a_burst_of_pictures_that_hang_is_waited_for_once(house: House, bot_api: TelegramSimulator) -> None:
    hanging = [bot_api.faults.hold(on="getFile") for _ in range(8)]
    ana = bot_api.customer(501)
    for number in range(6):
        ana.sends_photo(JPEG, str(number))
    ana.writes("and this is what I wanted to say")
    await house.intake(configured(bot_api), first_try=0.5)
    held = await house.until(7)
    assert [each.defects for each in held] == [["attachment-later"]] * 6 + [[]]
    # The first of them, and once more what fetches those that were put off.
    assert sum(each.taken.is_set() for each in hanging) <= 2
    for each in hanging:
        each.open()


@pytest.mark.parametrize("times", [1, 3])
async def test_an_update_that_we_stumble_over_is_tried_again_and_then_left_behind(
    house: House, bot_api: TelegramSimulator, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    accept, faults = Accepting.accept, [RuntimeError("a slip of ours")] * times

    async def stumbling(self: Accepting, message: Inbound) -> object:
        if faults and message.text == "odd":
            raise faults.pop()
        return await accept(self, message)

    monkeypatch.setattr(Accepting, "accept", stumbling)
    ana = bot_api.customer(501)
    ana.writes("odd")
    ana.writes("even")
    intake = await house.intake(configured(bot_api))
    expected = ["odd", "even"] if times == 1 else ["even"]
    assert [each.text for each in await house.until(len(expected))] == expected
    await bot_api.until(lambda: not bot_api.bot.updates)
    assert intake.ledger.waiting.get("telegram/bot/refused/failed", 0) == (0 if times == 1 else 1)


async def test_a_file_larger_than_a_bot_may_fetch_is_named_and_its_message_kept(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    bot_api.customer(501).sends_video(bytes((20 << 20) + 1), "the noise")
    await polling()
    (found,) = await house.until(1)
    assert (found.text, found.defects) == ("the noise", ["attachment-too-large"])
    assert [(file.filename, file.blob, file.size) for file in found.attachments] == [
        ("video.mp4", None, (20 << 20) + 1)
    ]


async def test_a_bot_whose_files_hang_holds_up_no_other_bot(house: House, bot_api: TelegramSimulator) -> None:
    other = bot_api.add_bot(SECOND)
    held = bot_api.faults.hold(on=f"{bot_api.bot.token}/getFile")
    bot_api.customer(501).sends_photo(JPEG)
    await house.intake(configured(bot_api, tokens={"bot": bot_api.bot.token, "second": SECOND}))
    await asyncio.to_thread(held.taken.wait, 60)
    bot_api.customer(501, bot=other).writes("quick")
    assert [(each.inbox, each.text) for each in await house.until(1)] == [("second", "quick")]
    held.open()
    first = (await house.until(2))[1]
    assert (first.inbox, first.conversation, len(first.attachments)) == ("bot", "telegram:bot:501", 1)


async def test_a_wrong_token_is_told_and_the_other_bot_works(house: House, bot_api: TelegramSimulator) -> None:
    intake = await house.intake(configured(bot_api, tokens={"second": SECOND, "bot": bot_api.bot.token}))
    bot_api.customer(501).writes("hello")
    assert [each.inbox for each in await house.until(1)] == ["bot"]
    await until(lambda: intake.readers[0].lease.state.certain)
    assert intake.readers[0].lease.state.kind == "token"
    assert SECOND not in intake.readers[0].lease.state.problem


async def test_a_pressed_button_is_a_message_and_stops_turning(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup

    ana = bot_api.customer(501)
    async with Bot(bot_api.bot.token, base_url=bot_api.base_url) as bot:
        markup = InlineKeyboardMarkup([[InlineKeyboardButton("Da", callback_data="solved:1001:yes")]])
        sent = await bot.send_message(501, "Solved?", reply_markup=markup)
    await polling()
    ana.presses("Da")
    (found,) = await house.until(1)
    assert (found.pressed, found.text) == ("solved:1001:yes", "Da")
    assert found.in_reply_to == [f"telegram:bot:501:{sent.message_id}"]
    await bot_api.until(lambda: ana.answers)


async def test_edits_starts_blocks_and_shared_places_arrive_as_what_they_are(
    polling: Begin, house: House, bot_api: TelegramSimulator
) -> None:
    await polling()
    ana = bot_api.customer(501, started=False)
    ana.starts("a" * 29)
    written = ana.writes("one")
    ana.edits(written, "two")
    ana.sends_venue(45.81, 15.98, "Shop", "Ilica 1")
    ana.sends_web_app_data("{}", "Order")
    ana.blocks()
    ana.unblocks()
    held = await house.until(7)
    assert held[0].body_tokens == ["a" * 29]
    assert held[2].edits == held[1].message_id
    assert [each.text for each in held[1:5]] == ["one", "two", "📍 Shop, Ilica 1 (45.81, 15.98)", "Order: {}"]
    assert [each.fields for each in held[5:]] == [{"reachable": "no"}, {"reachable": "yes"}]


@pytest.mark.parametrize("fault", ["too_many", "cut", "broken"])
async def test_no_fault_of_the_api_is_the_end_of_asking(
    polling: Begin, house: House, bot_api: TelegramSimulator, fault: str
) -> None:
    match fault:
        case "too_many":
            bot_api.faults.too_many(times=1, retry_after=1, on="getUpdates")
        case "cut":
            bot_api.faults.cut(times=3, on="getUpdates")
        case _:
            bot_api.faults.broken(times=3, on="getUpdates")
    await polling()
    bot_api.customer(501).writes("still here")
    assert [each.text for each in await house.until(1)] == ["still here"]


async def test_a_file_is_not_lost_when_its_message_has_to_be_taken_again(
    house: House, bot_api: TelegramSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bus took the message and nobody heard of it, just after its file was put off: by the next time the file can be had."""
    accept, faults = Accepting.accept, [Away()]

    async def unheard(self: Accepting, message: Inbound) -> object:
        receipt = await accept(self, message)
        if faults:
            raise faults.pop()
        return receipt

    monkeypatch.setattr(Accepting, "accept", unheard)
    bot_api.faults.broken(times=1, on="/file/")
    bot_api.customer(501).sends_photo(JPEG, "look")
    await house.intake(configured(bot_api))
    held = await house.until(2)
    await bot_api.until(lambda: not bot_api.bot.updates)
    assert [each.text for each in held] == ["look", "📎 photo.jpg"]
    assert [file.sha256 for each in held for file in each.attachments if file.blob] == [key_of(JPEG)]
    assert held[1].in_reply_to == [held[0].message_id]


async def test_a_late_file_waits_for_its_message(
    house: House, bot_api: TelegramSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept, refusing = Accepting.accept, [True]

    async def refused(self: Accepting, message: Inbound) -> object:
        if refusing and message.text == "look":
            raise Away
        return await accept(self, message)

    monkeypatch.setattr(Accepting, "accept", refused)
    bot_api.faults.broken(times=1, on="/file/")
    ana = bot_api.customer(501)
    ana.sends_photo(JPEG, "look")
    intake = await house.intake(configured(bot_api))
    shelf = bots(intake.context, intake.accepting)["bot"].taker.shelf
    async with asyncio.timeout(60):
        while not await shelf.look():
            await asyncio.sleep(0.01)
    bot_api.customer(502).writes("meanwhile")
    await house.until(1)
    refusing.clear()
    assert [each.text for each in await house.until(3)] == ["meanwhile", "look", "📎 photo.jpg"]


async def test_a_late_file_that_we_stumble_over_stops_neither_the_bot_nor_the_next_file(
    house: House, bot_api: TelegramSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    accept = Accepting.accept

    async def stumbling(self: Accepting, message: Inbound) -> object:
        if message.text == "📎 one.pdf":
            raise RuntimeError("a slip of ours")
        return await accept(self, message)

    monkeypatch.setattr(Accepting, "accept", stumbling)
    bot_api.faults.broken(times=ALWAYS, on="/file/")
    ana = bot_api.customer(501)
    ana.sends_document(b"%PDF-1", "one.pdf", "application/pdf", "first")
    ana.sends_document(b"%PDF-2", "two.pdf", "application/pdf", "second")
    intake = await house.intake(configured(bot_api))
    await house.until(2)
    bot_api.faults.clear()
    assert [each.text for each in await house.until(3)] == ["first", "second", "📎 two.pdf"]
    ana.writes("and so on")
    assert (await house.until(4))[3].text == "and so on"
    assert not intake.reader.lease.state.failures


async def test_after_a_long_silence_updates_with_smaller_numbers_are_taken(
    house: House, bot_api: TelegramSimulator
) -> None:
    """After a week without updates Telegram goes on from a number by chance."""
    intake = await house.intake(configured(bot_api, tokens={"second": SECOND}))
    context = replace(intake.context, settings=configured(bot_api))
    accepting = Accepting(context.bus, context.publisher, context.blobs, Backlog(context.bus, 1000), intake.ledger)
    one = bots(context, accepting)["bot"]
    poller = Poller(one, 0.0)
    bot_api.customer(501).writes("before")
    assert [await poller.ask(), await poller.ask()] == [1, 0]
    bot_api.bot.count_from(5)
    bot_api.customer(501).writes("after")
    assert await poller.ask() == 1
    assert [each.text for each in await house.until(2)] == ["before", "after"]
    await close(one.bot, one.polling)
