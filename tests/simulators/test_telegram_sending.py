"""What a bot sends through the real library, and what the Bot API refuses."""

import time
from collections.abc import Awaitable, Callable

import pytest
from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputMediaDocument,
    InputMediaPhoto,
    ReplyParameters,
)
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter

from services.simulators import TelegramSimulator
from services.simulators.telegram.customers import Customer

KEYBOARD = InlineKeyboardMarkup([[InlineKeyboardButton("Yes", callback_data="solved:1")]])


@pytest.fixture
def ana(bot_api: TelegramSimulator) -> Customer:
    return bot_api.customer(501)


async def test_a_text_arrives_with_its_style_buttons_and_what_it_answers(ana: Customer, bot: Bot) -> None:
    asked = ana.writes("It works?")
    sent = await bot.send_message(
        501, "<b>Tak</b> &amp; <i>ć🖨</i>", parse_mode="HTML", reply_markup=KEYBOARD,
        reply_parameters=ReplyParameters(asked["message_id"]),
    )  # fmt: skip
    assert ana.texts == ["Tak & ć🖨"]
    assert [(one.type, one.offset, one.length) for one in sent.entities] == [("bold", 0, 3), ("italic", 6, 3)]
    assert ana.received[0]["reply_to_message"]["text"] == "It works?"
    assert sent.reply_markup == KEYBOARD


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [("x" * 4096, True), ("x" * 4097, False), ("🖨" * 2048, True), ("🖨" * 2048 + "x", False)],
    ids=["4096", "4097", "2048 pairs", "2048 pairs and one"],
)
async def test_a_text_holds_4096_utf_16_units(ana: Customer, bot: Bot, text: str, is_taken: bool) -> None:
    if is_taken:
        await bot.send_message(501, text)
    else:
        with pytest.raises(BadRequest, match="Message is too long"):
            await bot.send_message(501, text)
    assert len(ana.received) == is_taken


Call = Callable[[Bot], Awaitable[object]]
REFUSED: list[tuple[str, Call, str]] = [
    ("unknown chat", lambda bot: bot.send_message(999, "x"), "Chat not found"),
    ("empty text", lambda bot: bot.send_message(501, "  "), "Message text is empty"),
    ("unknown style", lambda bot: bot.send_message(501, "x", parse_mode="Rtf"), "Unsupported parse_mode"),
    ("unknown tag", lambda bot: bot.send_message(501, "<h1>x</h1>", parse_mode="HTML"), "Unsupported start tag"),
    ("open tag", lambda bot: bot.send_message(501, "<b>x", parse_mode="HTML"), "Can't find end tag"),
    ("crossed tags", lambda bot: bot.send_message(501, "<b><i>x</b></i>", parse_mode="HTML"), "Unmatched end tag"),
    ("long caption", lambda bot: bot.send_photo(501, b"x", caption="x" * 1025), "caption is too long"),
    ("unknown file", lambda bot: bot.send_photo(501, "nofile"), "Wrong file identifier"),
    ("address", lambda bot: bot.send_photo(501, "http://127.0.0.1/x.png"), "Failed to get HTTP URL content"),
    ("empty file", lambda bot: bot.send_document(501, b""), "File must be non-empty"),
    ("album of one", lambda bot: bot.send_media_group(501, [InputMediaPhoto(b"x")]), "from 2 to 10"),
    (
        "long data",
        lambda bot: bot.send_message(
            501, "x", reply_markup=InlineKeyboardMarkup([[InlineKeyboardButton("x", callback_data="x" * 65)]])
        ),
        "Button_data_invalid",
    ),
    (
        "lost original",
        lambda bot: bot.send_message(501, "x", reply_parameters=ReplyParameters(77)),
        "Message to be replied not found",
    ),
    ("action", lambda bot: bot.send_chat_action(501, "singing"), "Wrong parameter action"),
    ("edit of nothing", lambda bot: bot.edit_message_text("x", 501, 4711), "Message to edit not found"),
    ("edit of theirs", lambda bot: bot.edit_message_text("x", 501, 1), "Message can't be edited"),
    ("old query", lambda bot: bot.answer_callback_query("1"), "Query is too old"),
]


@pytest.mark.parametrize(("call", "words"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_telegram_refuses_is_refused_in_its_words(ana: Customer, bot: Bot, call: Call, words: str) -> None:
    ana.writes("hello")
    with pytest.raises(BadRequest, match=f"(?i){words}"):
        await call(bot)
    assert ana.received == []


async def test_files_and_albums_arrive(ana: Customer, bot: Bot) -> None:
    await bot.send_photo(501, b"png", caption="here")
    await bot.send_document(501, b"%PDF", filename="račun.pdf")
    await bot.send_voice(501, b"OggS", duration=3)
    album = await bot.send_media_group(501, [InputMediaDocument(b"1", filename="1.txt"), InputMediaDocument(b"2")])
    assert [ana.file(message) for message in ana.received] == [b"png", b"%PDF", b"OggS", b"1", b"2"]
    assert ana.received[1]["document"]["file_name"] == "račun.pdf"
    assert len({message.media_group_id for message in album}) == 1
    photo = ana.received[0]["photo"][-1]["file_id"]
    await bot.send_photo(501, photo)
    assert ana.file(ana.received[-1]) == b"png"


async def test_a_pressed_button_comes_once_and_is_answered_once(ana: Customer, bot: Bot) -> None:
    sent = await bot.send_message(501, "Solved?", reply_markup=KEYBOARD)
    ana.presses("Yes")
    (update,) = await bot.get_updates()
    query = update.callback_query
    assert query is not None
    assert query.data == "solved:1"
    await query.answer("Thank you")
    assert ana.answers == [{"text": "Thank you", "show_alert": False}]
    with pytest.raises(BadRequest, match="Query is too old"):
        await query.answer()
    await bot.edit_message_text("Solved. Thank you", 501, sent.message_id)
    assert ana.texts == ["Solved. Thank you"]
    assert "reply_markup" not in ana.received[0]


async def test_an_edit_that_changes_nothing_is_refused(ana: Customer, bot: Bot) -> None:
    sent = await bot.send_message(501, "Solved?", reply_markup=KEYBOARD)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await bot.edit_message_text("Solved?", 501, sent.message_id, reply_markup=KEYBOARD)
    await bot.edit_message_reply_markup(501, sent.message_id)
    assert "reply_markup" not in ana.received[0]


async def test_typing_is_shown(ana: Customer, bot: Bot) -> None:
    await bot.send_chat_action(501, "typing")
    assert ana.actions == ["typing"]


async def test_who_blocked_the_bot_gets_nothing_until_unblocked(ana: Customer, bot: Bot) -> None:
    ana.blocks()
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(501, "x")
    (update,) = await bot.get_updates()
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"
    ana.unblocks()
    await bot.send_message(501, "x")
    ana.deletes_account()
    with pytest.raises(Forbidden, match="user is deactivated"):
        await bot.send_message(501, "x")
    assert ana.texts == ["x"]


async def test_a_bot_never_begins_a_conversation(bot_api: TelegramSimulator, bot: Bot) -> None:
    bot_api.customer(502, started=False)
    with pytest.raises(Forbidden, match="can't initiate conversation"):
        await bot.send_message(502, "x")


async def test_too_many_requests_say_how_long_to_wait(ana: Customer, bot_api: TelegramSimulator, bot: Bot) -> None:
    bot_api.faults.too_many(times=2, retry_after=7, on="sendMessage")
    for _ in range(2):
        with pytest.raises(RetryAfter) as refused:
            await bot.send_message(501, "x")
        assert refused.value._retry_after.total_seconds() == 7
    await bot.send_chat_action(501, "typing")
    await bot.send_message(501, "x")
    assert bot_api.times_sent(501, "x") == 1


async def test_a_lost_answer_is_told_from_a_connection_that_was_cut_before(
    ana: Customer, bot_api: TelegramSimulator, bot: Bot
) -> None:
    bot_api.faults.cut(on="sendMessage")
    bot_api.faults.lose_response(on="sendMessage")
    with pytest.raises(NetworkError):
        await bot.send_message(501, "x")
    assert ana.texts == []
    with pytest.raises(NetworkError):
        await bot.send_message(501, "x")
    assert ana.texts == ["x"]
    await bot.send_message(501, "x")
    assert bot_api.times_sent(501, "x") == 2


async def test_a_slow_answer_comes_after_the_message_was_taken(
    ana: Customer, bot_api: TelegramSimulator, bot: Bot
) -> None:
    bot_api.faults.slow(0.2, on="sendMessage")
    begun = time.monotonic()
    await bot.send_message(501, "x")
    assert time.monotonic() - begun >= 0.2
