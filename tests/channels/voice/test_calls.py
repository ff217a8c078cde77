"""People who call, over real HTTP: what they hear, and what comes of it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from nats.aio.client import Client

from services.intake.voice import asking
from services.intake.voice.reader import NotListed
from services.simulators import TwilioSimulator
from services.simulators.twilio.records import Call
from services.simulators.twilio.signing import HEADER, sign
from shared.bus.errors import BusError
from shared.messages.command import ChangePerson
from tests.channels.voice.conftest import AGENT, ANA, BRIT, LANDLINE, OURS, SAID, House, until


async def test_a_voicemail_becomes_a_ticket_with_the_recording_and_an_sms(
    whole: House, twilio: TwilioSimulator
) -> None:
    call = await whole.call(BRIT, recording=SAID, transcript="It does not heat", seconds=72)
    assert call.errors == []
    assert call.said[0] == "Hello, this is Acme."
    assert call.said[-1] == "Thank you. We have your message and will call you back. Goodbye."
    (ticket,) = await whole.until_tickets(1, messages=2)
    first, transcription = ticket.messages or []
    assert (ticket.channel, ticket.subject, ticket.language) == ("voice", "Voicemail", "en")
    assert [point.value for point in ticket.contact.points] == [BRIT]
    assert (first.text, transcription.text) == ("🎤 1:12", "It does not heat")
    (file,) = first.attachments
    assert (file.filename, file.media_type) == ("voicemail.mp3", "audio/mpeg")
    assert await whole.intake.blobs.get(str(file.blob)) == SAID
    phone = twilio.phone(BRIT)
    await twilio.until(lambda: phone.texts_received, 60)
    assert ticket.number in phone.texts_received[0]
    assert len(await whole.tickets()) == len(phone.texts_received) == 1


@pytest.mark.parametrize(
    "how",
    [{"hangs_up_at": "Say"}, {}],
    ids=["at the greeting", "never said a word"],
)
async def test_a_call_without_a_message_is_a_ticket_that_says_it_was_missed(whole: House, how: dict[str, str]) -> None:
    await whole.call(LANDLINE, **how, seconds=5)
    (ticket,) = await whole.until_tickets(1)
    assert (ticket.subject, [each.text for each in ticket.messages or []]) == ("Missed call", ["☎ 0:05"])
    assert [event.what for event in ticket.events or []].count("ticket_opened") == 1
    assert ticket.deliveries == [], "a landline cannot read an SMS"


@pytest.mark.parametrize("order", ["each twice", "recording last", "recording last, list away", "recording lost"])
async def test_one_call_is_one_ticket_however_its_callbacks_come(
    whole: House, twilio: TwilioSimulator, order: str
) -> None:
    reader = whole.reader()
    await reader.begin()
    if order == "each twice":
        twilio.callbacks.duplicate(9)
    elif order == "recording lost":
        twilio.callbacks.lose(1, on="recording")
    else:
        twilio.callbacks.hold(on="recording")
    if order == "recording last, list away":
        twilio.callbacks.hold(on="transcription")
        twilio.faults.broken(status=503, on="/Recordings.json")
    await whole.call(BRIT, recording=SAID, transcript="It does not heat", seconds=12)
    await whole.until_decided()
    twilio.callbacks.release()
    await twilio.until(lambda: twilio.callbacks.is_idle)
    assert await reader.look() == (1 if order == "recording lost" else 0)
    missed = ["☎ 0:12"] if order == "recording last, list away" else []
    await whole.until_tickets(1, messages=2 + len(missed))
    await whole.until_decided()
    (ticket,) = await whole.tickets()
    texts = sorted(each.text for each in ticket.messages or [])
    assert texts == ["It does not heat", *missed, "🎤 0:12"]
    assert sum(len(each.attachments) for each in ticket.messages or []) == 1
    assert await reader.look() == 0


async def test_a_call_that_nobody_told_of_is_found_in_twilios_list(whole: House, twilio: TwilioSimulator) -> None:
    reader = whole.reader()
    await reader.begin()
    twilio.callbacks.lose(10, on="call:")
    await whole.call(hangs_up_at="Say", seconds=3)
    assert await whole.held() == []
    assert await reader.look() == 1
    assert await reader.look() == 0
    (ticket,) = await whole.until_tickets(1)
    assert ticket.subject == "Missed call"
    assert await whole.reader().look() == 0, "another intake finds it stored"


async def test_one_odd_recording_keeps_nobody_behind_it(
    whole: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = whole.reader()
    await reader.begin()
    twilio.callbacks.lose(30)
    await whole.call(LANDLINE, recording=SAID, seconds=11)
    await whole.call(BRIT, recording=SAID, seconds=12)
    first, *_ = twilio.account.recordings.values()
    shown = type(first).shown
    monkeypatch.setattr(
        type(first), "shown", lambda each: shown(each) | ({"sid": "odd sid", "duration": "?"} if each is first else {})
    )
    assert await reader.look() == 1
    assert [each.text for each in await whole.held()] == ["🎤 0:12"]


async def test_one_odd_call_keeps_nobody_behind_it(
    whole: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = whole.reader()
    await reader.begin()
    twilio.callbacks.lose(30, on="call:")
    odd = await whole.call(LANDLINE, hangs_up_at="Say", seconds=3)
    timeless = await whole.call(BRIT, hangs_up_at="Say", seconds=4)
    stumbling = await whole.call(AGENT, hangs_up_at="Say", seconds=5)
    await whole.call(ANA, hangs_up_at="Say", seconds=6)
    assert await whole.held() == []
    monkeypatch.setattr(type(odd), "shown", _oddly(type(odd).shown, odd.sid, timeless.sid))
    language_of, away = asking.language_of, [stumbling.sender]

    async def stumbles(bus: Client, number: str | None) -> str | None:
        if number in away:
            raise RuntimeError("a fault of ours")
        return await language_of(bus, number)

    monkeypatch.setattr(asking, "language_of", stumbles)
    with pytest.raises(NotListed, match="2 were taken"):
        await reader.look()
    assert sorted(each.text for each in await whole.held()) == ["☎ 0:04", "☎ 0:06"]
    away.clear()
    assert await reader.look() == 1
    assert await reader.look() == 0
    assert len(await whole.held()) == 3, "the one that cannot be read is left"


def _oddly(shown: Callable[[Call], Any], unreadable: str, timeless: str) -> Callable[[Call], Any]:
    """Twilio's list with one call whose id is none, and one that says of no time when it was."""

    def listed(call: Call) -> Any:
        given = shown(call)
        if call.sid == unreadable:
            return given | {"sid": "odd sid"}
        return given | ({"start_time": "soon", "end_time": "", "date_created": "?"} if call.sid == timeless else {})

    return listed


async def test_a_customer_hears_how_their_ticket_stands_and_it_is_noted(whole: House, twilio: TwilioSimulator) -> None:
    twilio.phone(ANA).texts("Drukarka nie działa, proszę o pomoc")
    (ticket,) = await whole.until_tickets(1)
    number = ticket.number.removeprefix("T-")
    call = await whole.call(digits=[f"{number}#"])
    heard = next(each for each in call.said if each.startswith("Zgłoszenie"))
    assert " ".join(number) in heard
    assert "w toku" in heard
    await whole.until_decided()
    (ticket,) = await whole.tickets()
    asked = [event for event in ticket.events or [] if event.what == "status_asked"]
    assert [event.data["answered"] for event in asked] == [True]
    assert [each.text for each in ticket.messages or [] if each.channel == "voice"] == [f"STATUS {number}"]
    assert ticket.status == "new", "asking changes nothing"
    assert "call_ended" in [event.what for event in ticket.events or []], "and it was no missed call"


async def test_a_message_after_asking_goes_into_the_ticket_that_was_asked_for(
    whole: House, twilio: TwilioSimulator
) -> None:
    twilio.phone(ANA).texts("Drukarka nie działa, proszę o pomoc")
    (ticket,) = await whole.until_tickets(1)
    await whole.call(digits=["1#"], recording=SAID, seconds=9)
    await whole.until_tickets(1, messages=3)
    await whole.until_decided()
    (ticket,) = await whole.tickets()
    assert [each.text for each in ticket.messages or []][:3] == [
        "Drukarka nie działa, proszę o pomoc",
        "STATUS",
        "🎤 0:09",
    ]


async def test_a_stranger_hears_nothing_and_may_try_three_times(whole: House, twilio: TwilioSimulator) -> None:
    twilio.phone(ANA).texts("Drukarka nie działa, proszę o pomoc")
    (ticket,) = await whole.until_tickets(1)
    number = ticket.number.removeprefix("T-")
    call = await whole.call("+385912345678", digits=[number, "9999", number, number, number], recording=SAID, seconds=4)
    assert call.errors == []
    assert sum(each.verb == "Gather" for each in call.heard) == 3
    none = [each for each in call.said if each.startswith("Ne nalazimo upit")]
    assert len(none) == 3
    assert not any("otvoreno" in each for each in call.said)
    await whole.until_tickets(2)
    await whole.until_decided()
    kept, voicemail = await whole.tickets()
    assert [each.text for each in kept.messages or []] == ["Drukarka nie działa, proszę o pomoc"]
    assert voicemail.subject == "Voicemail"


async def test_a_known_customer_is_spoken_to_in_their_language(whole: House, twilio: TwilioSimulator) -> None:
    await whole.call(recording=SAID)
    (ticket,) = await whole.until_tickets(1)
    done = await whole.do(ChangePerson(contact_id=str(ticket.contact.id), fields={"language": "hr"}))
    assert done.error is None
    call = await whole.call(recording=SAID)
    assert call.said[0] == "Dobar dan, ovdje Acme."
    said = next(each for each in call.heard if each.verb == "Say")
    assert (said.attributes["language"], said.attributes["voice"][:13]) == ("hr-HR", "Google.hr-HR-")


async def test_who_withholds_their_number_leaves_a_message_and_is_nobody(whole: House) -> None:
    call = await whole.call("anonymous", recording=SAID, transcript="Call me at home", digits=["1001"], seconds=8)
    assert "Gather" not in [each.verb for each in call.heard], "nobody could be told anything"
    await whole.until_tickets(1, messages=2)
    await whole.until_decided()
    (ticket,) = await whole.tickets()
    assert (ticket.contact.points, ticket.deliveries) == ([], [])
    assert len(ticket.messages or []) == 2
    await whole.call("anonymous", recording=SAID, seconds=9)
    assert len(await whole.until_tickets(2)) == 2, "two of them have nothing in common"


async def test_a_recording_that_is_not_there_yet_follows(whole: House, twilio: TwilioSimulator) -> None:
    twilio.faults.broken(times=1, status=404, on="Recordings/RE")
    await whole.call(recording=SAID, seconds=9)
    (ticket,) = await whole.until_tickets(1)
    assert [each.attachments for each in ticket.messages or []] == [[]]
    assert await whole.reader().fetch_late() == 1
    (ticket,) = await whole.until_tickets(1, messages=2)
    (file,) = (ticket.messages or [])[1].attachments
    assert await whole.intake.blobs.get(str(file.blob)) == SAID
    assert await whole.reader().fetch_late() == 0


async def test_a_call_is_answered_while_the_store_is_away_and_nothing_of_it_is_lost(
    house: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "ANSWER", 0.1)
    monkeypatch.setattr(asking, "PATIENCE", 0.2)
    call = await house.call(digits=["1001"], recording=SAID, seconds=9)
    assert call.errors == []
    assert "W tej chwili nie możemy tego sprawdzić." in call.said
    assert [each.subject for each in await house.held()] == ["", "Voicemail"]


async def test_callbacks_get_503_while_the_bus_is_away_and_the_caller_is_still_answered(
    house: House, twilio: TwilioSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise BusError("away")

    monkeypatch.setattr(house.accepting._publisher, "publish", away)
    call = await house.call(BRIT, recording=SAID, transcript="words", seconds=9)
    assert call.errors == []
    statuses = {each.outgoing.label: each.status for each in twilio.callbacks.attempts}
    assert statuses["recording"] == statuses["transcription"] == 503
    assert {key.rpartition("/")[2] for key in house.ledger.waiting} == {"unavailable"}
    assert await house.held() == []


async def test_what_twilio_did_not_sign_is_refused_and_counted(house: House, twilio: TwilioSimulator) -> None:
    form = {
        "AccountSid": twilio.account.sid,
        "CallSid": "CA" + "0" * 32,
        "From": ANA,
        "To": OURS,
        "CallStatus": "ringing",
    }
    base = "/hooks/twilio/phone"
    good = sign(twilio.account.token, f"{house.public}{base}", form)
    body = urlencode(form)
    every = ["", "/keyed", "/left", "/recorded", "/transcribed", "/status", "/dialled"]
    refused = [await house.post(f"{base}{path}?x=1", body, **{HEADER: good}) for path in every]
    refused.append(await house.post(base, body.replace("48600100200", "48600100201"), **{HEADER: good}))
    assert [answer.status_code for answer in refused] == [403] * (len(every) + 1)
    assert house.ledger.waiting == {"voice/phone/refused/signature": len(every) + 1}
    assert (await house.post(base, body, **{HEADER: good})).status_code == 200
    form["CallSid"] = "nonsense"
    odd = await house.post(base, urlencode(form), **{HEADER: sign(twilio.account.token, f"{house.public}{base}", form)})
    assert odd.status_code == 400
    assert await house.held() == []


async def test_the_same_callback_again_is_a_duplicate_in_the_ledger(house: House, twilio: TwilioSimulator) -> None:
    twilio.callbacks.duplicate(1, on="recording")
    await house.call(recording=SAID, seconds=9)

    async def counted() -> bool:
        return house.ledger.waiting.get("voice/phone/duplicate/bus") == 1

    await until(counted)
    assert [each.subject for each in await house.held()].count("Voicemail") == 1
