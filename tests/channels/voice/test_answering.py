"""The TwiML that callers and agents hear: in every language, with voices that speak it, and bounded."""

import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from services.intake.voice import answering
from services.intake.voice.messages import TURNS
from services.intake.voice.reading import Call
from services.notifier.voice.compose import Numbers, fields, numbers
from shared.messages.calls import ToldAnswer, ToldStatus
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.secrets import CallbackToken, Keyring, decode_callback
from shared.settings.inbox import TwilioInbox
from shared.speaking import LOCALES, VOICES, Speaker
from shared.texts import LANGUAGES
from shared.texts.voice import span, spoken_time

INBOX = TwilioInbox(name="phone", channel="voice", number="+15005550006")
SPEAKER = Speaker(INBOX, "Mills & <Sons>", "https://support.acme.example", "en")
CALL = Call("CA" + "b" * 32, "AC", "+48600100200")
NOBODY = Call("CA" + "b" * 32, "AC", None)
KEYRING = Keyring("a", {"a": b"k" * 32})
ASKED = ToldAnswer(
    decided=True,
    status=ToldStatus(
        number=1001,
        status="open",
        who="Anna Nowak",
        until=datetime(2026, 3, 2, 14, 0, tzinfo=timezone(timedelta(hours=1))),
    ),
)


def verbs(twiml: str) -> list[str]:
    return [each.tag for each in ET.fromstring(twiml)]


def said(twiml: str) -> list[str]:
    return [each.text or "" for each in ET.fromstring(twiml).iter("Say")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_everything_is_spoken_in_the_callers_language_by_a_voice_of_it(language: str) -> None:
    documents = [
        answering.greeting(SPEAKER, CALL, language),
        answering.greeting(SPEAKER, NOBODY, language),
        *(
            answering.stands(SPEAKER, CALL, language, "1001", 1, each)
            for each in (None, ToldAnswer(decided=True), ASKED)
        ),
        answering.thanks(SPEAKER, CALL, language),
    ]
    for twiml in documents:
        for say in ET.fromstring(twiml).iter("Say"):
            assert (say.get("language"), say.get("voice")) == (LOCALES[language], VOICES[language])
    assert said(documents[0])[0].count("Mills & <Sons>") == 1


def test_a_greeting_offers_keys_and_then_the_tone() -> None:
    twiml = answering.greeting(SPEAKER, CALL, "en")
    assert verbs(twiml) == ["Say", "Gather", "Say", "Record", "Say", "Hangup"]
    gather = ET.fromstring(twiml).find("Gather")
    assert gather is not None
    assert gather.get("finishOnKey") == "#"
    assert gather.get("action") == "https://support.acme.example/hooks/twilio/phone/keyed?l=en&c=%2B48600100200&s=&n=1"


@pytest.mark.parametrize(("call", "keys"), [(NOBODY, True), (CALL, False)])
def test_nobody_is_asked_for_keys_who_could_not_be_told_anything(call: Call, keys: bool) -> None:
    assert "Gather" not in verbs(answering.greeting(SPEAKER, call, "en", keys=keys))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Your request 1 0 0 1: open. Taken care of by Anna Nowak. You will hear from us by 2 March, 14:00."),
        ("pl", "Zgłoszenie 1 0 0 1: w toku. Zajmuje się nim Anna Nowak. Odezwiemy się najpóźniej: 2 marca, 14:00."),
        (
            "hr",
            "Upit 1 0 0 1: otvoreno. Za njega je zadužen: Anna Nowak. Javit ćemo Vam se najkasnije: 2. ožujka, 14:00.",
        ),
        # Not one of ours: what the company speaks first.
        ("de", "Your request 1 0 0 1: open. Taken care of by Anna Nowak. You will hear from us by 2 March, 14:00."),
    ],
)
def test_how_a_ticket_stands_is_spoken(language: str, words: str) -> None:
    assert said(answering.stands(SPEAKER, CALL, language, "1001", 1, ASKED))[0] == words


def test_keys_are_asked_for_so_often_and_then_a_message_may_be_left() -> None:
    for turn in range(1, TURNS + 3):
        twiml = answering.stands(SPEAKER, CALL, "en", "7", turn, ToldAnswer(decided=True))
        assert said(twiml)[0] == "We find no request 7 that belongs to this telephone."
        assert ("Gather" in verbs(twiml)) == (turn < TURNS)
        assert "Record" in verbs(twiml)


def recording(speaker: Speaker, language: str = "en") -> dict[str, str]:
    record = ET.fromstring(answering.greeting(speaker, CALL, language)).find("Record")
    assert record is not None
    return dict(record.attrib)


def test_a_recording_ends_and_is_told_of() -> None:
    found = recording(SPEAKER)
    assert (found["maxLength"], found["finishOnKey"], found["playBeep"]) == ("300", "#", "true")
    assert found["recordingStatusCallback"].startswith("https://support.acme.example/hooks/twilio/phone/recorded?")
    assert "transcribe" not in found
    writing = TwilioInbox(name="phone", channel="voice", number="+15005550006", transcribe=True)
    found = recording(Speaker(writing, "Acme", "https://support.acme.example"))
    assert found["transcribe"] == "true"
    assert "/transcribed?" in found["transcribeCallback"]
    assert "transcribe" not in recording(Speaker(writing, "Acme", "https://support.acme.example"), "pl")


def test_another_voice_may_be_configured() -> None:
    inbox = TwilioInbox(name="phone", channel="voice", number="+15005550006", voices={"hr": "Google.hr-HR-Standard-A"})
    twiml = answering.thanks(Speaker(inbox, "Acme", "https://x.example"), CALL, "hr")
    assert 'voice="Google.hr-HR-Standard-A"' in twiml


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_month_is_spoken(language: str) -> None:
    spoken = {spoken_time(datetime(2026, month, 1, 9, 5, tzinfo=UTC), language) for month in range(1, 13)}
    assert len(spoken) == 12
    assert all(each.endswith("09:05") for each in spoken)


@pytest.mark.parametrize(("seconds", "words"), [(0, "0 s"), (59, "59 s"), (192, "3 min 12 s"), (-5, "0 s")])
def test_how_long_a_call_was(seconds: int, words: str) -> None:
    assert span(seconds) == words


# -- an agent calls -------------------------------------------------------------------------------------------------------


def outbound(**more: Any) -> Outbound:
    values: dict[str, Any] = {
        "delivery_id": "0" * 32,
        "channel": "voice",
        "inbox": "phone",
        "kind": "message",
        "ticket_number": 1001,
        "to": [Address(address="+48600100200")],
        "variables": {"agent_number": "+48600100300"},
        "created_at": datetime(2026, 3, 2, tzinfo=UTC),
    }
    return Outbound(**values | more)


def test_twilio_is_asked_to_ring_the_agent_and_then_the_customer_from_our_number() -> None:
    asked = fields(outbound(), Numbers("+48600100300", "+48600100200"), 2, SPEAKER, KEYRING)
    assert (asked["to"], asked["from_"]) == ("+48600100300", "+15005550006")
    assert asked["status_callback_event"] == ["initiated", "ringing", "answered", "completed"]
    dial = ET.fromstring(asked["twiml"]).find("Dial")
    assert dial is not None
    assert (dial.get("callerId"), dial.findtext("Number")) == ("+15005550006", "+48600100200")
    address, _, token = asked["status_callback"].partition("?d=")
    assert address == "https://support.acme.example/hooks/twilio/phone/status"
    assert decode_callback(KEYRING, token) == CallbackToken("0" * 32, 2)
    assert str(dial.get("action")).endswith(f"/dialled?d={token}")
    assert len(asked["twiml"]) < 4_000, "more Twilio does not take"


@pytest.mark.parametrize(
    "more",
    [
        {"to": []},
        {"to": [Address(address="ana@customer.example")]},
        {"variables": {}},
        {"variables": {"agent_number": "1"}},
    ],
)
def test_a_call_needs_two_telephones(more: dict[str, Any]) -> None:
    assert numbers(outbound(**more)) is None
