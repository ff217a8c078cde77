"""What a customer does reaches a bot through the real library, by polling and by webhook."""

import asyncio

import pytest
from telegram import Bot, Message, Update
from telegram.error import BadRequest, Conflict, InvalidToken, NetworkError

from services.simulators import TelegramSimulator
from services.simulators.errors import WrongScript
from services.simulators.faults import ALWAYS
from tests.ports import free_port
from tests.simulators.hooks import Hooks

SECOND = "7000002:another_simulated_bot_of_the_desk_x"


async def message(bot: Bot) -> Message:
    """The newest message that waits; it and all before it are confirmed."""
    updates = await bot.get_updates(timeout=5)
    await bot.get_updates(offset=updates[-1].update_id + 1)
    found = updates[-1].effective_message
    assert isinstance(found, Message)
    return found


async def test_a_text_comes_with_who_wrote_it(bot_api: TelegramSimulator, bot: Bot) -> None:
    bot_api.customer(501, "Ana Kovač", "hr", username="ana").writes("Printer ne radi 🖨")
    got = await message(bot)
    assert got.text == "Printer ne radi 🖨"
    assert got.chat.id == 501
    assert got.from_user is not None
    assert (got.from_user.full_name, got.from_user.language_code) == ("Ana Kovač", "hr")


async def test_what_is_not_confirmed_comes_again_and_what_is_confirmed_never(
    bot_api: TelegramSimulator, bot: Bot
) -> None:
    ana = bot_api.customer(501)
    for text in "abc":
        ana.writes(text)
    first = await bot.get_updates()
    assert [one.message.text for one in first if one.message] == ["a", "b", "c"]
    assert await bot.get_updates() == first
    assert [one.update_id for one in await bot.get_updates(limit=1)] == [first[0].update_id]
    rest = await bot.get_updates(offset=first[1].update_id)
    assert [one.update_id for one in rest] == [first[1].update_id, first[2].update_id]
    last = await bot.get_updates(offset=-1)
    assert [one.update_id for one in last] == [first[2].update_id]
    assert await bot.get_updates(offset=first[2].update_id + 1) == ()


async def test_a_long_poll_ends_when_something_is_written(bot_api: TelegramSimulator, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await bot_api.until(lambda: bot_api.bot.is_polling)
    bot_api.customer(501).writes("now")
    assert len(await asyncio.wait_for(poll, 60)) == 1


async def test_a_second_poller_ends_the_first_with_a_conflict(bot_api: TelegramSimulator, bot: Bot) -> None:
    first = asyncio.create_task(bot.get_updates(timeout=30))
    await bot_api.until(lambda: bot_api.bot.is_polling)
    async with Bot(bot.token, base_url=bot_api.base_url) as other:
        second = asyncio.create_task(other.get_updates(timeout=30))
        with pytest.raises(Conflict, match="terminated by other getUpdates request"):
            await asyncio.wait_for(first, 60)
        bot_api.customer(501).writes("one")
        assert len(await asyncio.wait_for(second, 60)) == 1


async def test_every_kind_of_message_is_understood_by_the_library(bot_api: TelegramSimulator, bot: Bot) -> None:
    ana = bot_api.customer(501)
    ana.sends_sticker("👍")
    got = await message(bot)
    assert got.sticker is not None
    assert got.sticker.emoji == "👍"
    ana.sends_location(45.81, 15.98)
    got = await message(bot)
    assert got.location is not None
    assert got.location.latitude == 45.81
    ana.sends_venue(45.81, 15.98, "Shop", "Ilica 1")
    got = await message(bot)
    assert got.venue is not None
    assert got.venue.address == "Ilica 1"
    ana.sends_contact("+385911234567", "Ivo")
    got = await message(bot)
    assert got.contact is not None
    assert got.contact.phone_number == "+385911234567"
    ana.sends_web_app_data('{"order": 7}')
    got = await message(bot)
    assert got.web_app_data is not None
    assert got.web_app_data.data == '{"order": 7}'


async def test_files_are_described_and_downloaded_in_two_steps(bot_api: TelegramSimulator, bot: Bot) -> None:
    ana = bot_api.customer(501)
    ana.sends_photo(b"jpeg", "the display")
    got = await message(bot)
    assert got.caption == "the display"
    assert bytes(await (await got.photo[-1].get_file()).download_as_bytearray()) == b"jpeg"
    ana.sends_document(b"%PDF", "invoice.pdf")
    got = await message(bot)
    assert got.document is not None
    assert (got.document.file_name, got.document.mime_type, got.document.file_size) == (
        "invoice.pdf",
        "application/pdf",
        4,
    )
    assert bytes(await (await got.document.get_file()).download_as_bytearray()) == b"%PDF"
    ana.sends_voice(b"OggS", seconds=4)
    got = await message(bot)
    assert got.voice is not None
    assert got.voice.duration == 4
    ana.sends_video(b"mp4")
    assert (await message(bot)).video is not None
    with pytest.raises(BadRequest, match=r"(?i)wrong file_id"):
        await bot.get_file("unknown")


async def test_an_album_is_several_messages_of_one_group(bot_api: TelegramSimulator, bot: Bot) -> None:
    bot_api.customer(501).sends_album([b"1", b"2", b"3"], "before and after")
    found = [one.message for one in await bot.get_updates() if one.message]
    assert len({one.media_group_id for one in found}) == 1
    assert [one.caption for one in found] == ["before and after", None, None]


async def test_a_file_over_20_mb_is_not_given_out(bot_api: TelegramSimulator, bot: Bot) -> None:
    sent = bot_api.customer(501).sends_document(bytes((20 << 20) + 1), "big.bin")
    with pytest.raises(BadRequest, match=r"(?i)file is too big"):
        await bot.get_file(sent["document"]["file_id"])


async def test_edits_replies_and_start_payloads_come(bot_api: TelegramSimulator, bot: Bot) -> None:
    ana = bot_api.customer(501, started=False)
    ana.starts("order-17")
    got = await message(bot)
    assert got.text == "/start order-17"
    assert [(entity.type, entity.offset, entity.length) for entity in got.entities] == [("bot_command", 0, 6)]
    answer = await bot.send_message(501, "Which one?")
    ana.replies(ana.received[-1], "the blue one")
    got = await message(bot)
    assert got.reply_to_message is not None
    assert got.reply_to_message.message_id == answer.message_id
    written = ana.writes("teh green")
    ana.edits(written, "the green")
    updates = await bot.get_updates()
    assert updates[-1].edited_message is not None
    assert updates[-1].edited_message.text == "the green"
    with pytest.raises(WrongScript):
        ana.edits(ana.received[-1], "not mine")


async def test_bots_and_wrong_tokens_are_kept_apart(bot_api: TelegramSimulator, bot: Bot) -> None:
    other = bot_api.add_bot(SECOND, "sales_bot")
    bot_api.customer(501, bot=other).writes("to sales")
    assert await bot.get_updates() == ()
    async with Bot(SECOND, base_url=bot_api.base_url) as sales:
        assert sales.username == "sales_bot"
        assert len(await sales.get_updates()) == 1
    with pytest.raises(InvalidToken):
        await Bot("7000003:nobody_has_this_token_at_all_", base_url=bot_api.base_url).get_me()


async def test_only_the_kinds_asked_for_are_kept(bot_api: TelegramSimulator, bot: Bot) -> None:
    ana = bot_api.customer(501)
    await bot.get_updates(allowed_updates=[Update.MESSAGE])
    written = ana.writes("one")
    ana.edits(written, "two")
    assert [one.edited_message for one in await bot.get_updates()] == [None]


async def test_updates_are_pushed_with_the_secret_and_again_until_taken(
    bot_api: TelegramSimulator, bot: Bot, hooks: Hooks
) -> None:
    hooks.faults.broken(times=2)
    await bot.set_webhook(f"{hooks.url}/hook", secret_token="sesame_1")
    ana = bot_api.customer(501)
    ana.writes("one")
    ana.writes("two")
    await hooks.until(lambda: len(hooks.got) == 2)
    assert [got.json["message"]["text"] for got in hooks.got] == ["one", "two"]
    assert {got.headers["x-telegram-bot-api-secret-token"] for got in hooks.got} == {"sesame_1"}
    await bot_api.until(lambda: not bot_api.bot.updates)
    info = await bot.get_webhook_info()
    assert info.last_error_message == "Wrong response from the webhook: 503"
    assert [attempt.status for attempt in bot_api.callbacks.attempts] == [503, 503, 204, 204]
    with pytest.raises(Conflict, match="webhook is active"):
        await bot.get_updates()
    await bot.delete_webhook()
    assert await bot.get_updates() == ()


async def test_pushed_updates_come_twice_late_or_out_of_order_when_ordered(
    bot_api: TelegramSimulator, bot: Bot, hooks: Hooks
) -> None:
    ana = bot_api.customer(501)
    for text in ("1", "2", "3", "4"):
        ana.writes(text)
    bot_api.callbacks.reorder(1)
    bot_api.callbacks.duplicate(1)
    bot_api.callbacks.lose(1)
    await bot.set_webhook(hooks.url)
    await bot_api.until(lambda: not bot_api.bot.updates)
    assert [got.json["message"]["text"] for got in hooks.got] == ["2", "1", "1", "3", "4"]


async def test_a_bad_webhook_is_refused(bot: Bot) -> None:
    with pytest.raises(BadRequest, match=r"(?i)HTTPS URL must be provided"):
        await bot.set_webhook("ftp://desk.example/hook")
    with pytest.raises(BadRequest, match="unallowed characters"):
        await bot.set_webhook("https://desk.example/hook", secret_token="with blank")


async def test_an_outage_loses_nothing(bot_api: TelegramSimulator) -> None:
    async with TelegramSimulator(port=free_port()) as api, Bot(api.bot.token, base_url=api.base_url) as bot:
        api.customer(501).writes("before")
        await asyncio.to_thread(api.stop)
        with pytest.raises(NetworkError):
            await bot.get_updates()
        await asyncio.to_thread(api.start)
        assert len(await bot.get_updates()) == 1


async def test_a_lost_answer_to_a_poll_loses_no_update(bot_api: TelegramSimulator, bot: Bot) -> None:
    bot_api.customer(501).writes("once")
    bot_api.faults.lose_response(on="getUpdates")
    with pytest.raises(NetworkError):
        await bot.get_updates()
    assert len(await bot.get_updates()) == 1


async def test_a_stopped_simulator_lets_its_pollers_go(bot_api: TelegramSimulator, bot: Bot) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=30))
    await bot_api.until(lambda: bot_api.bot.is_polling)
    await asyncio.to_thread(bot_api.stop)
    with pytest.raises(NetworkError):
        await asyncio.wait_for(poll, 60)
    assert not bot_api.bot.is_polling


async def test_a_standing_fault_lasts_until_it_is_cleared(bot_api: TelegramSimulator, bot: Bot) -> None:
    bot_api.faults.broken(times=ALWAYS, status=502)
    for _ in range(3):
        with pytest.raises(NetworkError):
            await bot.get_me()
    bot_api.faults.clear()
    assert (await bot.get_me()).is_bot
