"""Calls: people who call us and follow our TwiML, and calls that we place through the real library."""

import httpx
import pytest
from starlette.responses import Response
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from services.simulators import TwilioSimulator
from services.simulators.twilio.records import Call
from tests.simulators.conftest import OURS, PUBLIC
from tests.simulators.hooks import Got, Hooks, twiml

ANA, AGENT = "+48600100200", "+48600100300"
MENU = (
    '<Gather action="/menu" numDigits="1"><Say language="pl-PL">Wybierz</Say></Gather><Redirect>/voicemail</Redirect>'
)
VOICEMAIL = (
    '<Record action="/done" recordingStatusCallback="/recorded" transcribeCallback="/transcribed"/><Say>Nothing</Say>'
)


def answering(hooks: Hooks, **documents: str) -> None:
    def answer(got: Got) -> Response:
        inner = documents.get(got.path.strip("/"))
        return Response(status_code=204) if inner is None else twiml(inner)

    hooks.answer = answer


def over(twilio: TwilioSimulator, call: Call) -> None:
    twilio.wait_for(lambda: call.is_over)
    twilio.settled()


def test_a_caller_keys_in_digits_and_leaves_a_voicemail(twilio: TwilioSimulator, hooks: Hooks) -> None:
    answering(hooks, voice=MENU, menu="<Redirect>/voicemail</Redirect>", voicemail=VOICEMAIL, done="<Hangup/>")
    call = twilio.phone(ANA).calls(digits=["17"], recording=b"RIFF", transcript="It beeps", seconds=12)
    over(twilio, call)
    assert (call.status, call.errors, call.said) == ("completed", [], ["Wybierz"])
    assert hooks.forms("/menu")[0]["Digits"] == "1"
    assert hooks.forms("/recorded")[0]["RecordingDuration"] == "12"
    assert hooks.forms("/transcribed")[0]["TranscriptionText"] == "It beeps"
    assert hooks.forms("/calls")[0]["CallStatus"] == "completed"
    validator = RequestValidator(twilio.account.token)
    assert all(validator.validate(PUBLIC + one.path, one.form, one.headers["x-twilio-signature"]) for one in hooks.got)
    address = hooks.forms("/done")[0]["RecordingUrl"]
    assert httpx.get(f"{address}.mp3").status_code == 401
    auth = (twilio.account.sid, twilio.account.token)
    assert httpx.get(f"{address}.mp3", auth=auth).content == b"RIFF"


def test_a_silent_caller_goes_on_to_the_next_verb(twilio: TwilioSimulator, hooks: Hooks) -> None:
    answering(hooks, voice=MENU, voicemail=VOICEMAIL)
    call = twilio.phone(ANA).calls()
    over(twilio, call)
    assert call.said == ["Wybierz", "Nothing"]
    assert hooks.forms("/menu") == hooks.forms("/recorded") == []


def test_a_caller_hangs_up_in_the_middle(twilio: TwilioSimulator, hooks: Hooks) -> None:
    answering(hooks, voice=f"<Say>Hello</Say>{VOICEMAIL}")
    call = twilio.phone(ANA).calls(recording=b"RIFF", hangs_up_at="Record")
    over(twilio, call)
    assert hooks.forms("/done")[0]["Digits"] == "hangup"
    call = twilio.phone(ANA).calls(recording=b"RIFF", hangs_up_at="Say")
    over(twilio, call)
    assert len(hooks.forms("/recorded")) == 1


@pytest.mark.parametrize(("answer", "error"), [("<Dance/>", "12200"), ("<Redirect/>", "11205"), ("<Say>", "12100")])
def test_bad_twiml_ends_the_call_with_twilios_error(
    twilio: TwilioSimulator, hooks: Hooks, answer: str, error: str
) -> None:
    answering(hooks, voice=answer)
    call = twilio.phone(ANA).calls()
    over(twilio, call)
    assert [one[:5] for one in call.errors] == [error]


def test_a_call_that_our_webhook_fails_is_noted(twilio: TwilioSimulator, hooks: Hooks) -> None:
    hooks.faults.broken(status=503)
    call = twilio.phone(ANA).calls()
    over(twilio, call)
    assert call.errors == ["11200: 503"]


def test_an_agent_is_rung_and_then_the_customer(twilio: TwilioSimulator, api: Client, hooks: Hooks) -> None:
    answering(hooks, bridge=f'<Dial callerId="{OURS}" action="/dialled"><Number>{ANA}</Number></Dial>', dialled="")
    twilio.phone(ANA).answers_calls("no-answer")
    made = api.calls.create(
        to=AGENT, from_=OURS, url=f"{PUBLIC}/bridge", status_callback=f"{PUBLIC}/state",
        status_callback_event=["initiated", "ringing", "answered", "completed"],
    )  # fmt: skip
    call = twilio.account.calls[str(made.sid)]
    over(twilio, call)
    states = [form["CallStatus"] for form in hooks.forms("/state")]
    assert states == ["initiated", "ringing", "in-progress", "completed"]
    assert hooks.forms("/dialled")[0]["DialCallStatus"] == "no-answer"
    (leg,) = api.calls.list(parent_call_sid=call.sid)
    assert (leg.to, leg._from, leg.status) == (ANA, OURS, "no-answer")
    assert api.calls(call.sid).fetch().duration == "30"


def test_an_agent_who_is_busy_hears_nothing(twilio: TwilioSimulator, api: Client, hooks: Hooks) -> None:
    twilio.phone(AGENT).answers_calls("busy")
    made = api.calls.create(to=AGENT, from_=OURS, url=f"{PUBLIC}/bridge")
    over(twilio, twilio.account.calls[str(made.sid)])
    assert api.calls(str(made.sid)).fetch().status == "busy"
    assert hooks.forms("/bridge") == []


@pytest.mark.parametrize(
    ("given", "code"),
    [({"to": "1"}, 21211), ({"from_": "+15005550009"}, 21210), ({"url": "x"}, 21205)],
    ids=["to", "from", "url"],
)
def test_calls_are_refused_with_twilios_codes(api: Client, given: dict[str, str], code: int) -> None:
    with pytest.raises(TwilioRestException) as refused:
        api.calls.create(**{"to": AGENT, "from_": OURS, "url": f"{PUBLIC}/bridge", **given})  # type: ignore[arg-type]
    assert refused.value.code == code
