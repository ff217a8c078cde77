"""What Twilio tells of calls, in our terms: payloads to messages, numbers to languages, and what is refused."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.twilio.media import Kept
from services.intake.twilio.reading import Malformed
from services.intake.voice import dialled, messages
from services.intake.voice.languages import language_for
from services.intake.voice.reading import Call, Recording, read_call, read_recording, seconds_of
from shared.identity import derive
from shared.messages.inbound import Inbound
from shared.messages.parts import Point
from shared.secrets import CallbackToken
from shared.settings.inbox import TwilioInbox
from tests.channels.voice.payloads import ACCOUNT, CALL, RECORDING, incoming, recorded

ANA = "+48600100200"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
INBOX = TwilioInbox(name="phone", channel="voice", number="+15005550006", account_sid=ACCOUNT)
OWN = f"voice:phone:{CALL}"


@pytest.mark.parametrize(
    ("given", "number", "shown"),
    [
        ({}, ANA, ""),
        ({"From": "+385 91 234-5678"}, "+385912345678", ""),
        *[({"From": word}, None, "") for word in ("anonymous", "Anonymous", "Restricted", "unavailable", "unknown")],
        # ANONYMOUS, RESTRICTED, BLOCKED, UNKNOWN, UNAVAILABLE on the keys of a telephone
        *[({"From": keys}, None, "") for keys in ("+266696687", "+7378742833", "+2562533", "+8656696", "+86282452253")],
        ({"From": "", "Caller": ""}, None, ""),
        ({"From": "sip:bo@pbx.example"}, None, "sip:bo@pbx.example"),
        ({"From": "client:anna"}, None, "client:anna"),
        ({"From": "112"}, None, "112"),
        ({"From": "+1"}, None, "+1"),
        ({"From": "x\x00y" * 100}, None, ("xy" * 100)[:60]),
        ({"StirVerstat": "TN-Validation-Passed-A"}, ANA, ""),
        ({"StirVerstat": "TN-Validation-Failed-C"}, None, ANA),
    ],
)
def test_a_caller_is_who_their_number_certainly_says(given: dict[str, str], number: str | None, shown: str) -> None:
    call = read_call(incoming(**given))
    assert (call.sid, call.account, call.number, call.shown) == (CALL, ACCOUNT, number, shown)
    assert call.points == ([Point(kind="phone", value=number)] if number else [])


def test_a_later_request_knows_the_caller_by_its_address() -> None:
    for call in (Call(CALL, ACCOUNT, ANA), Call(CALL, ACCOUNT, None, "sip:bo@pbx.example")):
        query = {key: values[0] for key, values in parse_qs(call.query("pl", n=2), keep_blank_values=True).items()}
        assert query["l"] == "pl"
        assert query["n"] == "2"
        assert read_call(recorded(), query) == call


@pytest.mark.parametrize("sid", ["", "CA", "SM" + "z" * 32, CALL + "\n", CALL * 100])
def test_what_names_no_call_is_malformed(sid: str) -> None:
    with pytest.raises(Malformed):
        read_call(incoming(CallSid=sid))


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ({}, 72),
        ({"RecordingDuration": "0"}, None),
        ({"RecordingStatus": "absent"}, None),
        ({"RecordingStatus": "failed"}, None),
        ({"RecordingDuration": ""}, 0),
        ({"RecordingDuration": "9" * 9}, 24 * 3600),
    ],
)
def test_a_recording_has_something_in_it(given: dict[str, str], seconds: int | None) -> None:
    found = read_recording(recorded(**given))
    assert (found.seconds if found else None) == seconds


@pytest.mark.parametrize("given", [{"RecordingSid": "x"}, {"RecordingUrl": ""}])
def test_a_recording_without_name_or_place_is_malformed(given: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        read_recording(recorded(**given))


@given(
    st.dictionaries(st.sampled_from(["CallSid", "From", "Caller", "StirVerstat", "AccountSid"]), st.text(max_size=80))
)
def test_whatever_is_posted_is_a_call_or_malformed(form: dict[str, str]) -> None:
    try:
        call = read_call(form)
    except Malformed:
        return
    assert len(call.shown) <= 60


@pytest.mark.parametrize("given", ["", "x", "-1", "1.5", "²", "1" * 10])
def test_what_is_no_duration_is_none(given: str) -> None:
    assert seconds_of(given) is None


@pytest.mark.parametrize(
    ("number", "known", "language"),
    [
        (ANA, None, "pl"),
        ("+385912345678", None, "hr"),
        ("+38761123456", None, "hr"),
        ("+381641234567", None, "hr"),
        ("+447700900123", None, "en"),
        ("+12025550123", None, "en"),
        ("+4915112345678", None, "pl"),
        (None, None, "pl"),
        (ANA, "hr", "hr"),
        (None, "en", "en"),
        (ANA, "de", "pl"),
    ],
)
def test_a_caller_is_answered_in_their_language(number: str | None, known: str | None, language: str) -> None:
    assert language_for(number, known, ("pl", "hr", "en")) == language


def test_a_language_that_is_not_configured_is_not_spoken() -> None:
    assert language_for("+385912345678", "hr", ("en", "pl")) == "en"


CALLER, NOBODY = Call(CALL, ACCOUNT, ANA), Call(CALL, ACCOUNT, None, "112")
LEFT = Recording(RECORDING, "https://api.twilio.com/x", 72)
MADE: dict[str, tuple[Inbound, dict[str, object]]] = {
    "voicemail": (
        messages.voicemail(CALLER, LEFT, Kept(), INBOX, "pl", NOW),
        {
            "source_id": derive("twilio", ACCOUNT, RECORDING),
            "message_id": OWN,
            "subject": "Voicemail",
            "text": "🎤 1:12",
            "fields": {"seconds": "72"},
        },
    ),
    "missed": (
        messages.missed(CALLER, INBOX, "no-answer", 0, "pl", NOW),
        {
            "source_id": derive("twilio", ACCOUNT, CALL),
            "message_id": f"{OWN}:missed",
            "subject": "Missed call",
            "text": "☎ 0:00",
            "fields": {"call": "missed", "status": "no-answer", "seconds": "0"},
        },
    ),
    "missed, of nobody": (
        messages.missed(NOBODY, INBOX, "completed", 3, "pl", NOW),
        {"text": "☎ 0:03\n112", "points": [], "message_id": f"{OWN}:missed"},
    ),
    "transcription": (
        messages.transcription(CALLER, RECORDING, "My heater does not work since yesterday", INBOX, "pl", NOW),
        {
            "source_id": derive("twilio", ACCOUNT, RECORDING, "transcription"),
            "message_id": f"{OWN}:transcription",
            "text": "My heater does not work since yesterday",
            "language": "en",
        },
    ),
    "keyed": (
        messages.keyed(CALLER, "1001", 2, INBOX, "pl", NOW),
        {
            "source_id": derive("twilio", ACCOUNT, CALL, "keyed-2"),
            "message_id": f"{OWN}:keyed-2",
            "text": "STATUS 1001",
            "fields": {"keyed": "1001"},
        },
    ),
}


@pytest.mark.parametrize("what", MADE)
def test_what_comes_of_a_call_is_a_message_of_its_conversation(what: str) -> None:
    message, expected = MADE[what]
    assert {name: getattr(message, name) for name in expected} == expected
    assert (message.channel, message.inbox, message.inboxes, message.conversation) == ("voice", "phone", ["phone"], OWN)
    assert message.reply_text == message.text
    assert message.message_id in messages.ids(INBOX, CALL)
    assert " " not in str(message.message_id)


TOKEN = CallbackToken("0" * 32, 1)


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        *[(each, "accepted", "") for each in ("queued", "initiated", "ringing", "in-progress")],
        *[
            (each, "failed", "agent: the agent's telephone: " + each)
            for each in ("busy", "no-answer", "failed", "canceled")
        ],
        ("completed", None, None),
        ("nonsense", None, None),
    ],
)
def test_the_agents_telephone_moves_the_delivery_as_far_as_it_can(
    status: str, state: str | None, error: str | None
) -> None:
    found = dialled.agents_leg(status, TOKEN, CALL, INBOX, NOW)
    assert (found.state if found else None, found.error if found else None) == (state, error)


@pytest.mark.parametrize(
    ("status", "state", "kind"),
    [
        ("completed", "delivered", ""),
        ("busy", "failed", "busy"),
        ("no-answer", "failed", "no-answer"),
        ("failed", "failed", "failed"),
        ("canceled", "failed", "failed"),
        ("ringing", None, None),
        ("", None, None),
    ],
)
def test_the_customers_telephone_says_how_the_call_went(status: str, state: str | None, kind: str | None) -> None:
    found = dialled.customers_leg(status, 7, TOKEN, CALL, INBOX, NOW)
    assert (found.state if found else None, found.error.partition(":")[0] if found else None) == (state, kind)
    assert (found.seconds if found else None) == (7 if state == "delivered" else None)
