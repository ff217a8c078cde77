"""The chat's protocol over a real WebSocket: what is kept, what is said again, what is refused, and who is answered where."""

import asyncio
import gzip
import json
import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from services.intake.chat import identity
from services.intake.chat.desk import ChatDesk
from shared.bus import rpc, subjects
from shared.bus.connection import settle
from shared.bus.errors import NoResponders, RequestTimeout
from shared.messages.chat import ChatTyping
from shared.settings.targets import Hours
from shared.texts import text

from .conftest import SECRET, House, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_message_is_on_the_bus_when_the_browser_hears_that_it_is_kept(house: House) -> None:
    async with house.browser(lang="pl") as browser:
        identity = await browser.write("Dzień dobry, gdzie jest moja paczka?", name="Jan", email="Jan@Customer.example")
        session = browser.welcome["id"]
    (message,) = await house.inbound(session)
    assert (message.channel, message.inbox, message.conversation) == ("chat", "web", f"chat:web:{session}")
    assert message.message_id == f"chat:web:{session}:{identity}"
    assert message.reply_text == "Dzień dobry, gdzie jest moja paczka?"
    assert message.language == "pl"
    assert [(point.kind, point.value) for point in message.points] == [("chat", session)]
    assert message.fields == {"name": "Jan", "email": "jan@customer.example"}
    assert message.original is not None
    assert message.original.inline is not None
    assert json.loads(message.original.inline)["verified"] is False


async def test_a_message_sent_again_after_a_lost_connection_is_a_duplicate(house: House) -> None:
    async with house.browser() as browser:
        token, session = browser.welcome["session"], browser.welcome["id"]
        identity = await browser.write("once")
        browser.socket.transport.abort()
    async with house.browser(token, at=1) as again:
        assert again.welcome["id"] == session
        await again.say(t="message", id=identity, text="once")
        assert (await again.hear("kept"))["again"] is True
    assert len(await house.inbound(session)) == 1


async def test_an_answer_reaches_the_browser_at_whichever_intake_and_its_confirmation_makes_it_accepted(
    house: House,
) -> None:
    async with house.browser(at=1) as browser:
        await browser.write("hello?")
        session = browser.welcome["id"]
        ticket = await house.route(session)
        delivery = await house.answer(ticket, session, "Good morning!")
        shown = await browser.hear("message")
        assert (shown["id"], shown["from"], shown["author"]) == (delivery, "agent", "Anna Nowak")
        assert shown["text"] == "Good morning!"
        await browser.say(t="got", id=delivery)
        assert (await house.delivery(ticket, delivery, "accepted", "delivered")).attempt == 1
        await browser.say(t="seen", ids=[delivery])
        await house.delivery(ticket, delivery, "read")
    assert not any("Good morning!" in mail for mail in house.mails())


async def test_the_acknowledgement_is_a_line_with_the_number(house: House) -> None:
    async with house.browser() as browser:
        await browser.write("hello?")
        session = browser.welcome["id"]
        ticket = await house.route(session)
        acknowledged = {"kind": "acknowledgement", "template": "acknowledgement", "automatic": True}
        delivery = await house.answer(ticket, session, variables={"expected_seconds": 3600}, **acknowledged)
        shown = await browser.hear("message")
    assert (shown["id"], shown["from"]) == (delivery, "system")
    assert "T-1" in shown["text"]


async def test_history_has_both_sides_and_what_nobody_could_be_shown(house: House) -> None:
    async with house.browser() as browser:
        token, session = browser.welcome["session"], browser.welcome["id"]
        said = await browser.write("is anybody there?")
        ticket = await house.route(session)
    delivery = await house.answer(ticket, session, "Yes, Anna is.")
    waiting = await house.delivery(ticket, delivery, "accepted")
    assert not waiting.provider_id
    async with house.browser(token) as again:
        history = again.welcome["history"]
        assert [(each["id"], each["from"]) for each in history] == [(said, "me"), (delivery, "agent")]
        await again.say(t="got", id=delivery)
        await house.delivery(ticket, delivery, "delivered")


async def test_a_customer_who_left_an_address_gets_the_answer_by_mail_with_the_tickets_token(house: House) -> None:
    async with house.browser() as browser:
        await browser.write("call me back", email="leaver@customer.example")
        session = browser.welcome["id"]
        ticket = await house.route(session)
    delivery = await house.answer(ticket, session, "We wrote to you instead.")
    sent = await house.delivery(ticket, delivery, "accepted")
    assert sent.provider_id.startswith("t.")
    (mail,) = [each for each in house.mails() if "We wrote to you instead." in each]
    assert "To: leaver@customer.example" in mail
    assert "reply+" in mail
    assert "Your chat with Acme & Sons" in mail


async def test_nothing_automatic_goes_to_an_address_that_anybody_could_have_given(house: House) -> None:
    async with house.browser() as browser:
        await browser.write("hi", email="victim@customer.example")
        session = browser.welcome["id"]
        ticket = await house.route(session)
    acknowledged = {"kind": "acknowledgement", "template": "acknowledgement", "automatic": True}
    delivery = await house.answer(ticket, session, variables={"expected_seconds": 60}, **acknowledged)
    assert not (await house.delivery(ticket, delivery, "accepted")).provider_id
    assert not any("victim@customer.example" in mail for mail in house.mails())


async def test_a_browser_that_does_not_confirm_is_taken_for_gone(house: House) -> None:
    async with house.browser() as browser:
        await browser.write("I am in a tunnel", email="tunnel@customer.example")
        session = browser.welcome["id"]
        ticket = await house.route(session)
        delivery = await house.answer(ticket, session, "Through the tunnel.")
        await house.delivery(ticket, delivery, "accepted")
    assert any("To: tunnel@customer.example" in mail for mail in house.mails())


async def test_a_session_is_shown_nothing_but_its_own(house: House) -> None:
    async with house.browser() as browser:
        await browser.write("mine")
        session = browser.welcome["id"]
        ticket = await house.route(session)
        await house.answer(ticket, "a" * 27, "for somebody else in the same ticket")
        token = browser.welcome["session"]
    async with house.browser(token) as again:
        assert [each["text"] for each in again.welcome["history"]] == ["mine"]
    for forged in (token[:-1] + ("a" if token[-1] != "a" else "b"), "a" * 48, "", "ż" * 48):
        async with house.browser(forged) as stranger:
            assert stranger.welcome["id"] != session
            assert stranger.welcome["history"] == []
    async with house.browser(token, inbox="night") as elsewhere:
        assert elsewhere.welcome["id"] != session


async def test_a_customer_that_the_site_vouches_for_is_the_same_in_every_browser(house: House) -> None:
    proof = identity.sign(SECRET, "Ana@Customer.example", int(time.time()) + 600)
    async with house.browser(identity=proof) as browser, house.browser(identity=proof, at=1) as other:
        session, token = browser.welcome["id"], browser.welcome["session"]
        assert other.welcome["id"] == session
        assert browser.welcome["address"] == "ana@customer.example"
        await browser.write("it is me", email="somebody-else@customer.example")
    (message,) = await house.inbound(session)
    points = [(point.kind, point.value) for point in message.points]
    assert points == [("chat", session), ("email", "ana@customer.example")]
    assert "email" not in message.fields
    async with house.browser(token) as signed_out:
        assert signed_out.welcome["id"] != session
    expired = identity.sign(SECRET, "ana@customer.example", int(time.time()) - 5)
    async with house.browser(token, identity=expired) as still_open:
        assert still_open.welcome["id"] == session
    async with house.browser(identity=expired) as stranger:
        assert stranger.welcome["id"] != session


async def test_typing_is_told_both_ways(house: House) -> None:
    desk = house.contexts["desk"].bus
    async with house.browser() as browser:
        session = browser.welcome["id"]
        heard = await desk.subscribe(subjects.chat_customer(session))
        await settle(desk)
        await browser.say(t="typing")
        assert ChatTyping.decode((await heard.next_msg(60)).data).name == ""
        desk.send(subjects.chat(session), ChatTyping(name="Anna").encode())
        assert (await browser.hear("typing"))["name"] == "Anna"
        await heard.unsubscribe()


async def test_every_window_of_a_browser_shows_an_answer_and_one_confirmation_is_enough(house: House) -> None:
    async with house.browser() as one:
        await one.write("two windows")
        session, token = one.welcome["id"], one.welcome["session"]
        async with house.browser(token, at=1) as two:
            ticket = await house.route(session)
            delivery = await house.answer(ticket, session, "in both")
            assert (await one.hear("message"))["id"] == (await two.hear("message"))["id"] == delivery
            await two.say(t="got", id=delivery)
            await house.delivery(ticket, delivery, "accepted", "delivered")


async def test_files_go_with_a_message_and_come_down_again(house: House) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + b"\0" * 100
    async with house.browser() as browser:
        session = browser.welcome["id"]
        headers = {"Authorization": f"Bearer {browser.welcome['session']}"}
        answer = await house.http.post("/chat/web/files?name=broken.png", content=picture, headers=headers)
        assert answer.status_code == 201, answer.text
        await browser.write("", files=[answer.json()["file"]])
    (message,) = await house.inbound(session)
    (attachment,) = message.attachments
    assert (attachment.filename, attachment.media_type, attachment.size) == ("broken.png", "image/png", len(picture))
    down = await house.http.get(f"/chat/web/files/{answer.json()['file']}")
    assert (down.content, down.headers["content-type"]) == (picture, "image/png")
    assert "sandbox" in down.headers["content-security-policy"]
    assert (await house.http.get(f"/chat/night/files/{answer.json()['file']}")).status_code == 404
    assert (await house.http.get(f"/chat/web/files/{answer.json()['file'][:-1]}!")).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [
        ("run.exe", b"MZ\x90\0", 415),
        ("page.html", b"<html><script>alert(1)</script>", 415),
        ("picture.png", b"%PDF-1.7", 415),
        ("empty.txt", b"", 413),
        ("large.bin", b"x" * (10 * 1024 * 1024 + 1), 413),
    ],
)
async def test_files_that_are_not_taken(house: House, name: str, content: bytes, status: int) -> None:
    async with house.browser() as browser:
        headers = {"Authorization": f"Bearer {browser.welcome['session']}"}
        answer = await house.http.post(f"/chat/web/files?name={name}", content=content, headers=headers)
    assert answer.status_code == status


async def test_nobody_uploads_without_a_session(house: House) -> None:
    assert (await house.http.post("/chat/web/files?name=a.txt", content=b"a")).status_code == 401


async def test_a_file_nobody_uploaded_is_refused_with_its_message(house: House) -> None:
    async with house.browser() as browser:
        await browser.say(t="message", id="with-a-file", text="look", files=["made-up-by-somebody.a" + "b" * 16])
        refused = await browser.hear("refused")
        assert refused == {"t": "refused", "id": "with-a-file", "why": "malformed", "again": 0}
        assert await house.inbound(browser.welcome["id"]) == []


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("", 1008),
        ("{", 1008),
        ("[]", 1008),
        ('{"t": "fly"}', 1008),
        ('{"t": "message", "id": "short", "text": "x"}', 1008),
        ('{"t": "message", "id": "12345678", "text": "' + "x" * 5001 + '"}', 1008),
        ('{"t": "message", "id": "12345678", "text": "\\ud800"}', 1008),
        ("[" * 60_000, 1008),
        ('{"t": "typing", "x": "' + "x" * 70_000 + '"}', 1009),
    ],
)
async def test_what_is_no_frame_ends_the_talk(house: House, frame: str, code: int) -> None:
    async with house.browser() as browser:
        await browser.socket.send(frame)
        with pytest.raises(ConnectionClosed) as closed:
            await browser.hear("never")
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


async def test_a_frame_beyond_all_measure_is_not_even_read(house: House) -> None:
    async with house.browser() as browser:
        await browser.socket.send("x" * 300_000)
        with pytest.raises(ConnectionClosed):
            await browser.hear("never")


async def test_more_messages_than_a_person_writes_wait_and_stand_in_the_ledger(house: House) -> None:
    before = (await house.ledger()).get("refused: rate", 0)
    async with house.browser() as browser:
        for each in range(31):
            await browser.say(t="message", id=f"message-{each:04}", text="spam")
        refused = await browser.hear("refused")
        assert (refused["id"], refused["why"]) == ("message-0030", "rate")
        assert refused["again"] > 0
        assert len(await house.inbound(browser.welcome["id"])) == 30

    async def told() -> bool:
        return (await house.ledger()).get("refused: rate", 0) == before + 1

    await until(told)


async def test_another_sites_page_gets_no_socket(house: House) -> None:
    url = f"{house.urls[0].replace('http', 'ws')}/chat/web/socket"
    for origin in ("https://evil.example", "null", "http://["):
        with pytest.raises(InvalidStatus):
            async with connect(url, additional_headers={"Origin": origin}, proxy=None):
                pass
    async with connect(url, additional_headers={"Origin": house.urls[0]}, proxy=None):
        pass


async def test_the_seventh_window_closes_the_first(house: House) -> None:
    async with house.browser() as first:
        token = first.welcome["session"]
        others = [house.browser(token) for _ in range(6)]
        for each in others:
            await each.__aenter__()
        with pytest.raises(ConnectionClosed):
            await first.hear("never")
        for each in others:
            await each.__aexit__(None, None, None)


async def test_a_session_whose_browser_has_gone_has_no_listener(house: House) -> None:
    desk = house.contexts["desk"].bus
    async with house.browser() as browser:
        session = browser.welcome["id"]

    async def unheard() -> bool:
        try:
            await rpc.request(desk, subjects.chat(session), b"", timeout=0.2)
        except NoResponders:
            return True
        except RequestTimeout:
            return False
        return False

    await until(unheard)


async def test_outside_the_hours_the_page_says_so_and_takes_a_message(house: House) -> None:
    async with house.browser(inbox="night") as browser:
        assert (browser.welcome["open"], browser.welcome["opens"]) == (False, None)
        await browser.write("see you", email="night@customer.example", fields={"order": "4711", "unasked": "x"})
        (message,) = await house.inbound(browser.welcome["id"])
    assert message.fields == {"email": "night@customer.example", "order": "4711"}
    assert message.text == "see you\n\nOrder number: 4711"
    assert message.reply_text == "see you"


async def test_what_was_written_can_be_changed_and_taken_back_by_whoever_wrote_it(house: House) -> None:
    async with house.browser() as browser:
        session = browser.welcome["id"]
        first = await browser.write("one")
        edit = {"t": "edit", "id": "the-change-1", "edits": first, "text": "uno"}
        for _ in range(2):  # said again after a lost answer
            await browser.say(**edit)
            assert (await browser.hear("kept"))["id"] == "the-change-1"
        await browser.say(t="edit", id="the-change-2", edits=first, deleted=True)
        await browser.hear("kept")
        await browser.say(t="edit", id="the-change-3", edits=first)
        assert (await browser.hear("refused"))["why"] == "malformed"
    message, changed, gone = await house.inbound(session)
    assert message.edits is None
    assert (changed.edits, changed.text, changed.deleted) == (message.message_id, "uno", False)
    assert (gone.edits, gone.text, gone.deleted) == (message.message_id, "", True)
    assert len({each.message_id for each in (message, changed, gone)}) == 3


async def test_on_a_public_holiday_nobody_is_there_until_the_next_working_day(house: House) -> None:
    office = {"name": "never", "timezone": "Europe/Warsaw", "holidays": "PL", "week": {
        "tue": ["08:00-17:00"], "wed": ["08:00-17:00"], "thu": ["08:00-12:00", "13:00-17:00"]}}  # fmt: skip
    context = house.contexts["intake"]
    settings = context.settings.model_copy(update={"hours": (Hours.model_validate(office),)})
    desk = ChatDesk(replace(context, settings=settings), house.intakes[0].accepting)

    def opens(day: str) -> str:
        found = desk.opens(desk.inboxes["night"], datetime.fromisoformat(day).replace(tzinfo=UTC))
        return found.isoformat() if found else ""

    assert opens("2026-11-10T10:00") == "2026-11-10T10:00:00+00:00"
    assert opens("2026-11-10T16:00") == "2026-11-12T07:00:00+00:00"  # Independence Day is a Wednesday
    assert opens("2026-11-11T10:00") == "2026-11-12T07:00:00+00:00"
    assert opens("2026-11-12T11:30") == "2026-11-12T12:00:00+00:00"


async def test_the_page_loads_nothing_from_elsewhere_and_names_who_may_show_it(house: House) -> None:
    page = await house.http.get("/chat/web?lang=hr&embed=1")
    assert page.status_code == 200
    policy = page.headers["content-security-policy"]
    assert "frame-ancestors 'self' http://localhost:*" in policy
    assert "default-src 'none'" in policy
    assert text("chat.write", "hr") in page.text
    assert "Acme &amp; Sons" in page.text
    assert "http" not in page.text.replace("http-equiv", "")
    assert (await house.http.get("/chat/nowhere")).status_code == 404


async def test_the_widget_is_small(house: House) -> None:
    names = ("embed.js", "static/intake/chat.js", "static/intake/chat-window.js", "static/intake/chat-window.css")
    whole = (await house.http.get("/chat/web")).content
    for name in names:
        whole += (await house.http.get(f"/{name}")).raise_for_status().content
    assert len(gzip.compress(whole)) < 20_000


async def test_while_the_bus_is_away_a_message_is_refused_and_kept_when_it_is_back(house: House) -> None:
    async with house.browser() as browser:
        await asyncio.to_thread(house.server.kill)
        await browser.say(t="message", id="patience-1", text="still there?")
        refused = await browser.hear("refused", 20)
        assert refused["again"] > 0
        await asyncio.to_thread(house.server.start)
        await until(lambda: _connected(house))
        await browser.write("still there?", "patience-1")
        assert len(await house.inbound(browser.welcome["id"])) == 1


async def _connected(house: House) -> bool:
    return all(context.bus.is_connected for context in house.contexts.values())
