"""Messages through the real twilio library, both ways, with the faults that can be ordered."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from requests import ConnectionError as Cut
from starlette.responses import Response
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from services.simulators import TwilioSimulator
from services.simulators.twilio import segments
from services.simulators.twilio.phones import STOPPED, Place
from tests.simulators.conftest import OURS, PUBLIC
from tests.simulators.hooks import Hooks, twiml
from tests.simulators.twilioclient import client

ANA = "+48600100200"
CALLBACK = f"{PUBLIC}/status"
TEMPLATE = "HX" + "0a" * 16


def send(api: Client, body: str = "hello", to: str = ANA, from_: str = OURS, **more: object) -> str:
    sid = api.messages.create(to=to, from_=from_, body=body, status_callback=CALLBACK, **more).sid  # type: ignore[arg-type]
    assert sid
    return sid


def test_a_sent_message_is_queued_then_told_to_be_delivered(twilio: TwilioSimulator, api: Client, hooks: Hooks) -> None:
    made = api.messages.create(to=ANA, from_=OURS, body="Dzień dobry", status_callback=CALLBACK)
    assert (made.status, made.direction, made.num_segments, made.date_sent) == ("queued", "outbound-api", "1", None)
    twilio.settled()
    assert hooks.all_statuses() == ["queued", "sent", "delivered"]
    assert api.messages(str(made.sid)).fetch().status == "delivered"
    assert twilio.phone(ANA).texts_received == ["Dzień dobry"]


def test_every_webhook_is_signed_for_the_public_url(twilio: TwilioSimulator, api: Client, hooks: Hooks) -> None:
    twilio.phone(ANA).texts("Zażółć & more = 1+1")
    send(api)
    twilio.settled()
    validator = RequestValidator(twilio.account.token)
    for got in hooks.got:
        signature = got.headers["x-twilio-signature"]
        assert validator.validate(PUBLIC + got.path, got.form, signature)
        assert not validator.validate(hooks.url + got.path, got.form, signature)
        assert not validator.validate(PUBLIC + got.path, {**got.form, "AccountSid": "AC0"}, signature)
    assert len(hooks.got) == 4


REFUSED: list[tuple[str, dict[str, object], int]] = [
    ("bad to", {"to": "600100200"}, 21211),
    ("bad from", {"from_": "+0"}, 21212),
    ("not ours", {"from_": "+15005550009"}, 21606),
    ("no such channel", {"from_": "whatsapp:+15005550009", "to": f"whatsapp:{ANA}"}, 63007),
    ("mixed", {"to": f"whatsapp:{ANA}"}, 21910),
    ("to itself", {"to": OURS}, 21266),
    ("no from", {"from_": ""}, 21603),
    ("no to", {"to": ""}, 21604),
    ("no body", {"body": " "}, 21602),
    ("long body", {"body": "x" * 1601}, 21617),
    ("media", {"media_url": ["file:///etc/passwd"]}, 21620),
    ("much media", {"media_url": ["https://a.example/1.png"] * 11}, 21623),
    ("template", {"content_sid": "HX1"}, 21655),
    ("variables", {"content_sid": TEMPLATE, "content_variables": "[1]"}, 21656),
    ("callback", {"status_callback": "mailto:x"}, 21609),
]


@pytest.mark.parametrize(("given", "code"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_what_twilio_refuses_is_refused_with_its_code(
    twilio: TwilioSimulator, api: Client, given: dict[str, object], code: int
) -> None:
    twilio.template(TEMPLATE, "Ticket {{1}}")
    with pytest.raises(TwilioRestException) as refused:
        api.messages.create(**{"to": ANA, "from_": OURS, "body": "x", **given})  # type: ignore[arg-type]
    assert (refused.value.code, refused.value.status) == (code, 400)
    assert api.messages.list() == []


def test_a_wrong_token_or_account_is_refused(twilio: TwilioSimulator) -> None:
    for wrong, status, code in (("nonsense", 401, 20003), (twilio.account.token, 404, 20404)):
        sid = twilio.account.sid if status == 401 else "AC" + "0" * 32
        api = client(twilio.url, twilio.account.sid, wrong)
        with pytest.raises(TwilioRestException) as refused:
            api.api.v2010.accounts(sid).messages("SM1").fetch()
        assert (refused.value.status, refused.value.code) == (status, code)


def test_media_need_our_credentials_and_the_redirect_must_not_get_them(twilio: TwilioSimulator, hooks: Hooks) -> None:
    twilio.phone(ANA).texts("look", media=[(b"jpeg", "image/jpeg"), (b"%PDF", "application/pdf")])
    twilio.settled()
    form = hooks.forms("/sms")[0]
    assert (form["NumMedia"], form["MediaContentType1"], form["MessageSid"][:2]) == ("2", "application/pdf", "MM")
    auth = (twilio.account.sid, twilio.account.token)
    assert httpx.get(form["MediaUrl1"]).status_code == 401
    redirect = httpx.get(form["MediaUrl1"], auth=auth)
    assert redirect.status_code == 307
    target = redirect.headers["location"]
    assert httpx.URL(target).host != httpx.URL(form["MediaUrl1"]).host
    assert httpx.get(target).content == b"%PDF"
    assert httpx.get(target, auth=auth).status_code == 400


def test_the_list_filters_and_pages(twilio: TwilioSimulator, api: Client) -> None:
    for number in range(5):
        send(api, f"n{number}")
    send(api, "other", to="+48600100201")
    twilio.phone(ANA).texts("mine")
    found = api.messages.list(to=ANA, page_size=2)
    assert [message.body for message in found] == ["n4", "n3", "n2", "n1", "n0"]
    assert [message.body for message in api.messages.list(from_=ANA)] == ["mine"]
    today, day = datetime.now(UTC), timedelta(days=1)
    assert len(api.messages.list(date_sent_after=today - day)) == 7
    assert api.messages.list(date_sent_before=today - 2 * day) == []


def test_a_message_that_comes_between_two_pages_shifts_nothing(twilio: TwilioSimulator, api: Client) -> None:
    for number in range(4):
        send(api, f"n{number}")
    pages = api.messages.stream(page_size=2)
    seen = [next(pages).body, next(pages).body]
    send(api, "late")
    assert seen + [message.body for message in pages] == ["n3", "n2", "n1", "n0"]


def test_whatsapp_is_freeform_for_a_day_and_templates_after(twilio: TwilioSimulator, api: Client, hooks: Hooks) -> None:
    ana = twilio.phone(f"whatsapp:{ANA}", "Ana")
    ana.texts("Hi", place=Place(45.8, 15.9, "Shop"), reply_to="SM1")
    twilio.settled()
    form = hooks.forms("/whatsapp")[0]
    wanted = {"ProfileName": "Ana", "WaId": ANA[1:], "MessageType": "location", "OriginalRepliedMessageSid": "SM1"}
    assert wanted.items() <= form.items()
    ours = {"from_": "whatsapp:+15005550007", "to": ana.address}
    first = send(api, "in time", **ours)
    ana.reads(first)
    ana.lets_window_pass()
    late = send(api, "too late", **ours)
    twilio.template(TEMPLATE, "Ticket {{1}} waits")
    send(api, content_sid=TEMPLATE, content_variables='{"1": "T-7"}', **ours)
    twilio.settled()
    assert api.messages(first).fetch().status == "read"
    failed = api.messages(late).fetch()
    assert (failed.status, failed.error_code) == ("failed", 63016)
    assert "63016" in {got.get("ErrorCode") for got in hooks.forms("/status")}
    assert ana.texts_received == ["in time", "Ticket T-7 waits"]


def test_messenger_has_its_own_addresses(twilio: TwilioSimulator, api: Client, hooks: Hooks) -> None:
    ivo = twilio.phone("messenger:4711000", "Ivo")
    ivo.texts("hey")
    send(api, to="messenger:4711000", from_="messenger:110000000001")
    twilio.settled()
    assert hooks.forms("/messenger")[0]["From"] == "messenger:4711000"
    assert ivo.texts_received == ["hello"]


def test_who_says_stop_is_not_written_to_until_start(twilio: TwilioSimulator, api: Client, hooks: Hooks) -> None:
    ana = twilio.phone(ANA)
    ana.texts(" Stop. ")
    assert ana.texts_received == [STOPPED]
    with pytest.raises(TwilioRestException) as refused:
        send(api)
    assert refused.value.code == 21610
    twilio.register(OURS, f"{PUBLIC}/sms", opt_out="advanced")
    ana.texts("START")
    send(api)
    twilio.settled()
    assert [form.get("OptOutType") for form in hooks.forms("/sms")] == [None, "START"]


def test_who_cannot_be_reached_is_told_with_the_code(twilio: TwilioSimulator, api: Client, hooks: Hooks) -> None:
    ana = twilio.phone(ANA)
    ana.cannot_be_reached(30005)
    message = api.messages(send(api)).fetch()
    twilio.settled()
    assert (message.status, message.error_code) == ("undelivered", 30005)
    assert hooks.forms("/status")[-1]["ErrorCode"] == "30005"
    assert ana.texts_received == []


def test_a_lost_answer_can_be_asked_for_and_a_repeated_send_is_counted(twilio: TwilioSimulator, api: Client) -> None:
    twilio.faults.cut(on="POST ")
    twilio.faults.lose_response(on="POST ")
    for taken in (0, 1):
        with pytest.raises(Cut):
            send(api, "once")
        assert len(api.messages.list(to=ANA)) == twilio.times_sent(ANA, "once") == taken
    assert twilio.sent_twice() == {}
    send(api, "once")
    assert twilio.sent_twice() == {(ANA, "once"): 2}


def test_too_many_requests_and_outages_have_their_codes(twilio: TwilioSimulator, api: Client) -> None:
    twilio.faults.too_many(retry_after=9, on="Messages")
    twilio.faults.broken(status=503, on="Messages")
    refusal = httpx.get(f"{twilio.url}/2010-04-01/Accounts/{twilio.account.sid}/Messages.json")
    assert (refusal.status_code, refusal.headers["retry-after"], refusal.json()["code"]) == (429, "9", 20429)
    with pytest.raises(TwilioRestException) as refused:
        send(api)
    assert refused.value.status == 503
    assert send(api)


async def test_callbacks_may_come_before_the_answer(twilio: TwilioSimulator, hooks: Hooks) -> None:
    held = twilio.faults.hold(on="Messages.json")
    path = f"{twilio.url}/2010-04-01/Accounts/{twilio.account.sid}/Messages.json"
    credentials = base64.b64encode(f"{twilio.account.sid}:{twilio.account.token}".encode()).decode()
    async with httpx.AsyncClient(headers={"Authorization": f"Basic {credentials}"}) as browser:
        form = {"To": ANA, "From": OURS, "Body": "x", "StatusCallback": CALLBACK}
        sending = asyncio.create_task(browser.post(path, data=form))
        await hooks.until(lambda: "delivered" in hooks.all_statuses())
        assert held.taken.is_set()
        assert not sending.done()
        held.open()
        assert (await sending).json()["status"] == "queued"


def test_callbacks_are_lost_doubled_held_and_reordered_when_ordered(
    twilio: TwilioSimulator, api: Client, hooks: Hooks
) -> None:
    twilio.callbacks.lose(on="status:queued")
    twilio.callbacks.duplicate(on="status:sent")
    send(api)
    twilio.settled()
    assert hooks.all_statuses() == ["sent", "sent", "delivered"]
    hooks.got.clear()
    twilio.callbacks.reorder(3, on="status")
    send(api)
    twilio.settled()
    assert hooks.all_statuses() == ["delivered", "sent", "queued"]
    hooks.got.clear()
    twilio.callbacks.hold()
    twilio.phone(ANA).texts("later")
    twilio.settled()
    assert hooks.got == []
    twilio.callbacks.release()
    twilio.settled()
    assert [form["Body"] for form in hooks.forms("/sms")] == ["later"]


def test_a_repeated_webhook_is_the_same_and_a_failed_one_is_not_tried_again(
    twilio: TwilioSimulator, hooks: Hooks
) -> None:
    hooks.faults.broken(status=503)
    ana = twilio.phone(ANA)
    message = ana.texts("hello")
    twilio.settled()
    assert [attempt.status for attempt in twilio.callbacks.attempts] == [503]
    ana.again(message)
    ana.again(message)
    twilio.settled()
    first, second = hooks.got
    assert first.form == second.form
    assert first.headers["x-twilio-signature"] == second.headers["x-twilio-signature"]


def test_an_answer_in_twiml_or_plain_text_is_sent_as_a_reply(twilio: TwilioSimulator, hooks: Hooks) -> None:
    ana = twilio.phone(ANA)
    for answer in (twiml("<Message>Thanks</Message>"), Response("oops", media_type="text/plain"), twiml("")):
        hooks.answer = lambda got, answer=answer: answer  # type: ignore[misc]
        ana.texts("hello")
        twilio.settled()
    assert ana.texts_received == ["Thanks", "oops"]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("ą" * 70, 1),
        ("ą" * 71, 2),
        ("🖨" * 36, 2),
    ],
)
def test_segments_are_counted_in_septets_or_utf_16_units(text: str, count: int) -> None:
    assert segments.count(text) == count
