"""Twilio's requests over real HTTP: what they bring stands on the bus before they are answered, and what isn't Twilio's gets 403."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest

from services.intake.accepting import Accepting
from services.intake.errors import Away
from services.intake.twilio import media as fetching
from services.intake.twilio.pending import Note
from services.intake.twilio.reader import NotListed
from services.intake.twilio.taking import Taking
from services.simulators import TwilioSimulator
from services.simulators.twilio.phones import Place
from services.simulators.twilio.signing import HEADER, sign
from shared.identity import derive
from shared.messages.inbound import Inbound

from .conftest import ANA, House
from .payloads import sms

AT_ONCE = timedelta(seconds=-5)
"""No grace: the list may bring what has only just been sent."""
PICTURE = b"\x89PNG\r\n\x1a\n" + b"p" * 5_000


def answered(twilio: TwilioSimulator) -> list[int | None]:
    return [attempt.status for attempt in twilio.callbacks.attempts]


async def test_a_message_is_on_the_bus_when_twilio_gets_its_answer(house: House, twilio: TwilioSimulator) -> None:
    sent = twilio.phone(ANA["sms"]).texts("The printer is broken")
    await twilio.until(lambda: answered(twilio) == [200])
    (found,) = await house.held()
    assert found.source_id == derive("twilio", twilio.account.sid, sent.sid)
    assert (found.text, found.from_ and found.from_.address) == ("The printer is broken", ANA["sms"])
    assert found.original is not None
    assert b"FromCity" in (found.original.inline or b"")
    # An empty answer: Twilio sends nothing of its own on its account.
    assert "Message" not in twilio.callbacks.attempts[0].body
    assert twilio.callbacks.attempts[0].media_type == "text/xml"


async def test_every_channel_comes_in_by_its_own_webhook(house: House, twilio: TwilioSimulator) -> None:
    for channel, address in ANA.items():
        twilio.phone(address, "Ana").texts(f"by {channel}")
    held = await house.until_held(3)
    assert {each.channel: each.text for each in held} == {channel: f"by {channel}" for channel in ANA}
    assert {each.channel: each.points[0].kind for each in held} == {
        "sms": "phone",
        "whatsapp": "whatsapp",
        "messenger": "messenger",
    }


async def test_a_webhook_that_comes_twice_is_one_message_and_the_ledger_counts_a_duplicate(
    house: House, twilio: TwilioSimulator
) -> None:
    phone = twilio.phone(ANA["sms"])
    phone.again(phone.texts("once"))
    await twilio.until(lambda: answered(twilio) == [200, 200])
    assert len(await house.held()) == 1
    assert house.ledger.waiting == {"sms/sms/duplicate/bus": 1}


async def test_what_twilio_did_not_sign_is_refused_and_counted(house: House, twilio: TwilioSimulator) -> None:
    form = sms(AccountSid=twilio.account.sid)
    url = f"{house.public}/hooks/twilio/sms"
    good = sign(twilio.account.token, url, form)
    body = urlencode(form)
    path = "/hooks/twilio/sms"
    refused = [
        await house.post(path, body),
        await house.post(path, body, **{HEADER: good[:-2] + ("A=" if good[-2] != "A" else "E=")}),
        await house.post(path, body.replace("broken", "brokem"), **{HEADER: good}),
        await house.post(f"{path}?a=1", body, **{HEADER: good}),
        await house.post("/hooks/twilio/whatsapp", body, **{HEADER: good}),
        await house.post(f"{path}/status", body, **{HEADER: good}),
        await house.post(path, body, **{HEADER: sign("another token", url, form)}),
    ]
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert sum(house.ledger.waiting.values()) == len(refused)
    assert house.ledger.waiting["sms/sms/refused/signature"] == 6
    assert await house.held() == []
    accepted = await house.post(path, body, **{HEADER: good, "Host": "inside.example", "X-Forwarded-Proto": "https"})
    assert accepted.status_code == 200, "only the configured address counts, whatever a proxy says"


async def test_a_signed_request_that_is_no_message_is_refused_and_counted(
    house: House, twilio: TwilioSimulator
) -> None:
    form = {"AccountSid": twilio.account.sid, "Body": "hello"}
    url = f"{house.public}/hooks/twilio/sms"
    answer = await house.post("/hooks/twilio/sms", urlencode(form), **{HEADER: sign(twilio.account.token, url, form)})
    assert answer.status_code == 400
    many = await house.post("/hooks/twilio/sms", "&".join(f"a{each}=1" for each in range(2_000)))
    assert many.status_code == 400
    assert (await house.post("/hooks/twilio/nobody", "")).status_code == 404
    assert house.ledger.waiting == {"sms/sms/refused/malformed": 2}


async def test_files_come_from_twilio_with_our_credentials_and_from_its_storage_without(
    house: House, twilio: TwilioSimulator
) -> None:
    card = b"BEGIN:VCARD\nFN:Ivo Ban\nTEL:+385911111111\nEND:VCARD"
    twilio.phone(ANA["whatsapp"]).texts("", media=[(PICTURE, "image/png"), (card, "text/vcard")])
    (found,) = await house.until_held(1)
    assert [(each.filename, each.media_type, each.size) for each in found.attachments] == [
        ("image-1.png", "image/png", len(PICTURE)),
        ("file-2.vcf", "text/vcard", len(card)),
    ]
    assert await house.intake.blobs.get(str(found.attachments[0].blob)) == PICTURE
    assert found.text == "👤 Ivo Ban · +385911111111"
    assert found.defects == []


async def test_a_file_that_is_not_what_it_is_called_is_kept_and_marked(house: House, twilio: TwilioSimulator) -> None:
    twilio.phone(ANA["sms"]).texts("look", media=[(b"MZ" + b"\0" * 100, "image/png")])
    (found,) = await house.until_held(1)
    assert found.attachments[0].media_type != "image/png"
    assert found.defects == ["media-mistyped"]


async def test_a_file_that_is_too_large_does_not_cost_the_text(
    house: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "LARGEST", 1_000)
    twilio.phone(ANA["sms"]).texts("look", media=[(PICTURE, "image/png")])
    (found,) = await house.until_held(1)
    assert (found.text, found.attachments, found.defects) == ("look", [], ["media-too-large"])


async def test_files_that_cannot_be_had_follow_their_message_even_after_a_restart(
    house: House, twilio: TwilioSimulator
) -> None:
    twilio.faults.broken(times=1, on="/Media/")
    sent = twilio.phone(ANA["sms"]).texts("look", media=[(PICTURE, "image/png"), (b"two" * 100, "text/plain")])
    (first,) = await house.until_held(1)
    assert (first.text, first.defects, len(first.attachments)) == ("look", ["media-pending"], 1)
    reader = house.reader(late_every=0.0)  # knows nothing but what stands on the bus
    assert await reader.fetch_late() == 1
    _, late = await house.until_held(2)
    assert late.in_reply_to == [first.message_id] == [f"sms:sms:{sent.sid}"]
    assert late.conversation == first.conversation
    assert len(late.attachments) == 1
    assert {late.attachments[0].size, first.attachments[0].size} == {len(PICTURE), 300}
    assert await reader.fetch_late() == 0


async def test_a_place_and_a_pressed_button_come_as_such(house: House, twilio: TwilioSimulator) -> None:
    phone = twilio.phone(ANA["whatsapp"], "Ana")
    phone.texts("", place=Place(45.81, 15.98, "Trg", "Zagreb"))
    await house.until_held(1)
    phone.texts("Yes", button="solved:1001:yes")
    place, pressed = await house.until_held(2)
    assert place.text == "📍 45.81, 15.98 · Trg · Zagreb"
    assert (pressed.pressed, pressed.text) == ("solved:1001:yes", "Yes")


async def test_while_the_bus_is_away_twilio_is_told_to_come_later_and_the_list_brings_what_it_forgot(
    house: House, twilio: TwilioSimulator
) -> None:
    await house.remember()
    house.server.stop()
    phone = twilio.phone(ANA["sms"])
    lost = phone.texts("while you were away")
    await twilio.until(lambda: answered(twilio) == [503])
    assert house.ledger.waiting == {"sms/sms/refused/unavailable": 1}
    house.server.start()
    async with asyncio.timeout(60):
        while not house.intake.bus.is_connected:
            await asyncio.sleep(0.02)
    kept = phone.texts("here again")
    await house.until_held(1)
    reader = house.reader(grace=AT_ONCE)
    # Nothing is stored yet, so both are found; the one that is on the bus already is the same message there.
    assert await reader.look() == 2
    held = await house.held()
    assert {each.text for each in held} == {"while you were away", "here again"}
    assert {each.message_id for each in held} == {f"sms:sms:{lost.sid}", f"sms:sms:{kept.sid}"}
    assert len(held) == 2


async def test_a_listed_message_brings_its_files(house: House, twilio: TwilioSimulator) -> None:
    await house.remember()
    twilio.callbacks.lose()
    twilio.phone(ANA["whatsapp"]).texts("see", media=[(PICTURE, "image/png")])
    assert await house.reader("whatsapp", grace=AT_ONCE).look() == 1
    (found,) = await house.held()
    assert [each.media_type for each in found.attachments] == ["image/png"]
    assert found.date is not None


async def test_a_list_that_cannot_be_had_changes_nothing(house: House, twilio: TwilioSimulator) -> None:
    await house.remember()
    twilio.faults.broken(on="Messages.json")
    with pytest.raises(NotListed):
        await house.reader().look()


async def test_what_lay_with_twilio_before_the_inbox_was_connected_is_not_taken(
    house: House, twilio: TwilioSimulator
) -> None:
    await house.remember()
    twilio.callbacks.lose()
    old = twilio.phone(ANA["sms"]).texts("long ago")
    old.sent = datetime.now(UTC) - timedelta(hours=1)
    assert await house.reader(grace=AT_ONCE).look() == 0
    assert await house.held() == []


async def test_a_file_comes_once_when_its_message_has_to_be_taken_again(
    house: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Noted as missing, and then the bus did not take the message: by the next time the file can be had."""
    await house.remember()
    accept, faults = Accepting.accept, [Away()]

    async def dying(self: Accepting, message: Inbound) -> object:
        if faults:
            raise faults.pop()
        return await accept(self, message)

    monkeypatch.setattr(Accepting, "accept", dying)
    twilio.faults.broken(times=1, on="/Media/")
    sent = twilio.phone(ANA["sms"]).texts("look", media=[(PICTURE, "image/png")])
    await twilio.until(lambda: answered(twilio) == [503])
    reader = house.reader(grace=AT_ONCE, late_every=0.0)
    assert await reader.look() == 1
    (first,) = await house.held()
    assert (first.message_id, first.attachments, first.defects) == (f"sms:sms:{sent.sid}", [], ["media-pending"])
    assert await reader.fetch_late() == 1
    assert [len(each.attachments) for each in await house.held()] == [0, 1]


async def test_a_message_whose_files_cannot_be_listed_keeps_nobody_behind_it(
    house: House, twilio: TwilioSimulator
) -> None:
    await house.remember()
    twilio.callbacks.lose(2)
    phone = twilio.phone(ANA["sms"])
    phone.texts("look", media=[(PICTURE, "image/png")])
    phone.texts("are you there?")
    twilio.faults.broken(times=1, on="/Media.json")
    reader = house.reader(grace=AT_ONCE)
    with pytest.raises(NotListed):
        await reader.look()
    assert [each.text for each in await house.held()] == ["are you there?"]
    assert await reader.look() == 1
    assert [each.text for each in await house.held()] == ["are you there?", "look"]


async def test_a_note_that_we_stumble_over_keeps_no_other_file_behind_it(
    house: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    twilio.faults.broken(times=2, on="/Media/")
    phone = twilio.phone(ANA["sms"])
    first = phone.texts("one", media=[(PICTURE, "image/png")])
    await house.until_held(1)
    phone.texts("two", media=[(PICTURE + b"2", "image/png")])
    await house.until_held(2)
    take = Taking.take_late

    async def stumbling(self: Taking, note: Note) -> bool:
        if note.sid == first.sid:
            raise RuntimeError("a slip of ours")
        return await take(self, note)

    monkeypatch.setattr(Taking, "take_late", stumbling)
    assert await house.reader(late_every=0.0).fetch_late() == 1
    assert [len(each.attachments) for each in await house.held()] == [0, 0, 1]
