"""What is sent through the real library arrives as it should, and every way in which it can fail means the right thing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.notifier.linking import LINKS_LAST, Linking
from services.notifier.sending import (
    Attempt,
    Misconfigured,
    Outcome,
    Permanent,
    Sent,
    Throttled,
    Uncertain,
    Unreachable,
    report_for,
)
from services.notifier.telegram.sender import TelegramSender
from services.notifier.telegram.splitting import split
from services.simulators import TelegramSimulator
from services.simulators.faults import ALWAYS
from services.simulators.telegram.customers import Customer
from shared.bus.blobs import Blobs
from shared.identity import derive
from shared.messages.outbound import Button, Outbound
from shared.messages.parts import Address, Attachment
from shared.secrets import decode_file
from shared.settings.inbox import TelegramInbox
from tests.channels.telegram.conftest import KEYRING, House

FIRST = Attempt(1)
LONG = "\n\n".join(f"Paragraph {number}. " + "It is being repaired. " * 60 for number in range(8))


@pytest.fixture
def ana(bot_api: TelegramSimulator) -> Customer:
    return bot_api.customer(501)


@pytest.fixture
async def sender(house: House, bot_api: TelegramSimulator) -> AsyncIterator[TelegramSender]:
    made = make(house, bot_api)
    await made.start()
    yield made
    await made.close()


def make(house: House, api: TelegramSimulator, *, token: str = "", patience: float = 5.0) -> TelegramSender:
    values = {"name": "bot", "channel": "telegram", "token": token or api.bot.token, "api_url": api.url}
    return TelegramSender(TelegramInbox.model_validate(values), Blobs(house.tester), "Acme", patience=patience)


def outbound(text: str = "Hello", **fields: Any) -> Outbound:
    values: dict[str, Any] = {
        "delivery_id": derive("delivery", text),
        "ticket_number": 1001,
        "channel": "telegram",
        "inbox": "bot",
        "kind": "reply",
        "to": [Address(address="501")],
        "conversation": "telegram:bot:501",
        "text": text,
        "created_at": datetime.now(UTC),
    }
    return Outbound(**{**values, **fields})


async def attachment(house: House, content: bytes, name: str, media_type: str) -> Attachment:
    key = await Blobs(house.tester).put(content)
    return Attachment(filename=name, media_type=media_type, size=len(content), sha256=key, blob=key)


async def test_a_text_arrives_and_is_named_by_chat_and_number(ana: Customer, sender: TelegramSender) -> None:
    outcome = await sender.send(outbound("Naprawione, ćwierć <b>&"), FIRST)
    assert ana.texts == ["Naprawione, ćwierć <b>&"]
    assert isinstance(outcome, Sent)
    assert outcome.provider_id == f"501:{ana.received[0]['message_id']}"


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "will answer"), ("pl", "Odpowiemy"), ("hr", "Odgovorit ćemo")],
)
async def test_a_text_of_the_catalogue_is_said_in_the_customers_language(
    ana: Customer, sender: TelegramSender, language: str, words: str
) -> None:
    message = outbound("", template="acknowledgement", variables={"expected_seconds": 3600}, language=language)
    assert isinstance(await sender.send(message, FIRST), Sent)
    (text,) = ana.texts
    assert words in text
    assert "T-1001" in text
    assert "Acme" in text


async def test_an_answer_shows_what_it_answers_and_does_without_where_that_is_gone(
    ana: Customer, sender: TelegramSender
) -> None:
    asked = ana.writes("Is it ready?")
    for number in (asked["message_id"], 4711):
        await sender.send(outbound(f"yes {number}", in_reply_to=f"telegram:bot:501:{number}"), FIRST)
    assert [message.get("reply_to_message", {}).get("text") for message in ana.received] == ["Is it ready?", None]


async def test_a_long_text_comes_in_parts_in_their_order(ana: Customer, sender: TelegramSender) -> None:
    outcome = await sender.send(outbound(LONG), FIRST)
    assert isinstance(outcome, Sent)
    assert ana.texts == split(LONG)
    assert len(ana.texts) > 2
    assert outcome.provider_id == "501:" + ",".join(str(message["message_id"]) for message in ana.received)


async def test_files_pictures_and_buttons_arrive(ana: Customer, sender: TelegramSender, house: House) -> None:
    files = [
        await attachment(house, b"\x89PNG picture", "a.png", "image/png"),
        await attachment(house, b"%PDF-1.7", "račun.pdf", "application/pdf"),
    ]
    buttons = [Button(label="Da", data="solved:1001:yes"), Button(label="Ne", data="solved:1001:no")]
    assert isinstance(await sender.send(outbound("Here", attachments=files, buttons=buttons), FIRST), Sent)
    text, photo, document = ana.received
    assert text["text"] == "Here"
    assert (ana.file(photo), ana.file(document)) == (b"\x89PNG picture", b"%PDF-1.7")
    assert document["document"]["file_name"] == "račun.pdf"
    assert "reply_markup" not in text
    ana.presses("Ne", document)


async def test_messages_to_one_chat_keep_their_order_and_others_overtake(
    ana: Customer, sender: TelegramSender, bot_api: TelegramSimulator
) -> None:
    ivo = bot_api.customer(502, "Ivo")
    held = bot_api.faults.hold(on="sendMessage")
    sending = [asyncio.create_task(sender.send(outbound(text), FIRST)) for text in ("1", "2", "3")]
    await asyncio.to_thread(held.taken.wait, 60)
    assert isinstance(await sender.send(outbound("to Ivo", to=[Address(address="502")]), FIRST), Sent)
    held.open()
    await asyncio.gather(*sending)
    assert (ana.texts, ivo.texts) == (["1", "2", "3"], ["to Ivo"])


async def test_typing_is_shown(ana: Customer, sender: TelegramSender, bot_api: TelegramSimulator) -> None:
    await sender.show_typing("501")
    assert ana.actions == ["typing"]
    bot_api.faults.cut(on="sendChatAction")
    await sender.show_typing("501")
    await sender.show_typing("nobody")


# What may go wrong before anything was sent: the fault, what it means, and whether the customer has the message all the same.
FAULTS: list[tuple[str, type[Outcome], str, int]] = [
    ("blocked", Permanent, "failed", 0),
    ("deactivated", Permanent, "failed", 0),
    ("never started", Permanent, "failed", 0),
    ("unknown chat", Permanent, "failed", 0),
    ("no chat", Permanent, "failed", 0),
    ("429", Throttled, "queued", 0),
    ("500", Uncertain, "unknown", 0),
    ("502", Uncertain, "unknown", 0),
    ("cut", Uncertain, "unknown", 0),
    ("answer lost", Uncertain, "unknown", 1),
    ("away", Unreachable, "queued", 0),
]


@pytest.mark.parametrize(("fault", "kind", "state", "arrived"), FAULTS, ids=[row[0] for row in FAULTS])
async def test_each_fault_means_what_can_be_known_of_it(
    bot_api: TelegramSimulator, house: House, fault: str, kind: type[Outcome], state: str, arrived: int
) -> None:
    ana = bot_api.customer(501, started=fault != "never started")
    faults = bot_api.faults
    to = [Address(address={"unknown chat": "999", "no chat": "ana"}.get(fault, "501"))]
    match fault:
        case "blocked":
            ana.blocks()
        case "deactivated":
            ana.deletes_account()
        case "429":
            faults.too_many(retry_after=7, on="sendMessage")
        case "500" | "502":
            faults.broken(status=int(fault), on="sendMessage")
        case "cut":
            faults.cut(on="sendMessage")
        case "answer lost":
            faults.lose_response(on="sendMessage")
        case "away":
            await asyncio.to_thread(bot_api.stop)
    sender = make(house, bot_api)
    message = outbound(to=to)
    outcome = await sender.send(message, FIRST)
    await sender.close()
    assert isinstance(outcome, kind), outcome
    assert bot_api.bot.token not in getattr(outcome, "error", "")
    assert report_for(outcome, message, 1, datetime.now(UTC)).state == state
    assert len(ana.texts) == arrived
    if isinstance(outcome, Throttled):
        assert outcome.retry_after == 7


async def test_a_wrong_token_is_an_operators_matter(house: House, bot_api: TelegramSimulator, ana: Customer) -> None:
    sender = make(house, bot_api, token="7000009:somebody_elses_token_of_a_bot")
    assert isinstance(await sender.send(outbound(), FIRST), Misconfigured)
    assert isinstance(await sender.probe(), Misconfigured)
    await sender.close()


async def test_a_bot_without_a_token_says_so(house: House, bot_api: TelegramSimulator) -> None:
    inbox = TelegramInbox.model_validate({"name": "bot", "channel": "telegram", "api_url": bot_api.url})
    sender = TelegramSender(inbox, Blobs(house.tester), "Acme")
    assert await sender.send(outbound(), FIRST) == Misconfigured("there is no token", bot_api.url)
    await sender.close()


async def test_probing_tells_when_telegram_is_back(sender: TelegramSender, bot_api: TelegramSimulator) -> None:
    await asyncio.to_thread(bot_api.stop)
    assert isinstance(await sender.probe(), Unreachable)
    await asyncio.to_thread(bot_api.start)
    assert await sender.probe() is None


async def test_of_a_message_in_parts_only_what_did_not_go_out_is_repeated(
    ana: Customer, sender: TelegramSender, bot_api: TelegramSimulator
) -> None:
    held = bot_api.faults.hold(on="sendMessage")
    bot_api.faults.too_many(times=1, retry_after=1, on="sendMessage")
    sending = asyncio.create_task(sender.send(outbound(LONG), FIRST))
    await asyncio.to_thread(held.taken.wait, 60)
    held.open()
    assert isinstance(await sending, Sent)
    assert ana.texts == split(LONG)


@pytest.mark.parametrize("fault", ["answer lost", "429 for ever"])
async def test_when_the_rest_of_a_message_is_stuck_the_agent_is_told_how_far_it_came(
    bot_api: TelegramSimulator, house: House, ana: Customer, fault: str
) -> None:
    sender = make(house, bot_api, patience=0.5)
    held = bot_api.faults.hold(on="sendMessage")
    if fault == "answer lost":
        bot_api.faults.lose_response(on="sendMessage")
    else:
        bot_api.faults.too_many(times=ALWAYS, retry_after=1, on="sendMessage")
    sending = asyncio.create_task(sender.send(outbound(LONG), FIRST))
    await asyncio.to_thread(held.taken.wait, 60)
    held.open()
    outcome = await sending
    await sender.close()
    assert isinstance(outcome, Uncertain)
    assert outcome.error.startswith(f"1 of {len(split(LONG))} parts were sent")
    assert len(ana.texts) == (2 if fault == "answer lost" else 1)


async def test_an_attempt_after_one_that_nobody_knows_of_sends_nothing(ana: Customer, sender: TelegramSender) -> None:
    assert isinstance(await sender.send(outbound(), Attempt(2, ambiguous=True)), Uncertain)
    assert ana.texts == []


async def test_a_file_that_is_gone_is_noticed_before_anything_is_sent(ana: Customer, sender: TelegramSender) -> None:
    lost = Attachment(filename="a.pdf", media_type="application/pdf", size=5, blob="0" * 64)
    assert isinstance(await sender.send(outbound("See", attachments=[lost]), FIRST), Permanent)
    assert ana.texts == []


async def test_files_that_are_too_large_come_as_links_that_the_desk_serves(
    ana: Customer, house: House, bot_api: TelegramSimulator
) -> None:
    values = {"name": "bot", "channel": "telegram", "token": bot_api.bot.token, "api_url": bot_api.url}
    linking = Linking("https://desk.acme.example", KEYRING)
    made = TelegramSender(TelegramInbox.model_validate(values), Blobs(house.tester), "Acme", linking=linking)
    small = await attachment(house, b"%PDF-1.7", "manual.pdf", "application/pdf")
    film = await attachment(house, b"film", "film.mp4", "video/mp4")
    large = film.model_copy(update={"size": 51_000_000})
    message = outbound("As you asked.", language="pl", attachments=[large, small])
    assert isinstance(await made.send(message, FIRST), Sent)
    await made.close()
    words, file = ana.received
    assert ana.file(file) == b"%PDF-1.7"
    said, intro, name, url = str(words["text"]).replace("\n\n", "\n").split("\n")
    assert (said, intro.startswith("Pliki (do "), name) == ("As you asked.", True, "film.mp4 (51,0 MB)")
    link = decode_file(KEYRING, url.removeprefix("https://desk.acme.example/files/"))
    assert link is not None
    ends = (message.created_at + LINKS_LAST).replace(second=0, microsecond=0)
    assert (link.key, link.filename, link.expires) == (film.blob, "film.mp4", ends)
