"""The table of what goes out: an `Outbound`, and exactly what is asked of Twilio; how answers and errors are taken; how texts are split."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.base.exceptions import TwilioRestException

from services.notifier.sending import Misconfigured, OptedOut, Permanent, Temporary, Throttled, Unreachable
from services.notifier.twilio.asking import Listed, is_since, matched
from services.notifier.twilio.compose import House, Part, address, fields, freeform, is_open, templated
from services.notifier.twilio.outcomes import outcome_of
from services.notifier.twilio.splitting import split, units
from shared.messages.outbound import Button, Outbound
from shared.messages.parts import Address, Attachment
from shared.messages.reasons import reason_of
from shared.secrets import Keyring, decode_callback, decode_file
from shared.twilio import TooMany, Trouble

from .payloads import OTHER, SID, TEMPLATE, inbox

KEYRING = Keyring("a", {"a": b"k" * 32})
NOW = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
AMERICAN, CROATIAN = "+12025550123", "+385912345678"


def house(channel: str = "sms", **more: Any) -> House:
    return House(inbox(channel, **more), "Acme", "https://desk.example", KEYRING)


def message(text: str = "It is repaired.", *, channel: str = "sms", to: str = CROATIAN, **more: Any) -> Outbound:
    values = {"delivery_id": "0" * 32, "ticket_number": 1001, "channel": channel, "inbox": channel, "kind": "reply"}
    return Outbound(**{**values, "to": [Address(address=to)], "text": text, "created_at": NOW, **more})


def file(name: str, media_type: str, size: int = 1000) -> Attachment:
    return Attachment(filename=name, media_type=media_type, size=size, sha256="a" * 64, blob="a" * 64)


def sent(outbound: Outbound, where: House) -> list[dict[str, Any]]:
    to = address(outbound, where.inbox.channel)
    assert to is not None
    parts = freeform(outbound, to, where)
    return [fields(parts, place, to, outbound, 1, where) for place in range(len(parts))]


def shown(asked: dict[str, Any]) -> dict[str, Any]:
    """Without what is signed; files by the name that stands in their link."""
    link = decode_callback(KEYRING, asked.pop("status_callback").partition("?d=")[2])
    assert link is not None
    assert (link.delivery_id, link.attempt) == ("0" * 32, 1)
    media = [decode_file(KEYRING, url.rpartition("/")[2]) for url in asked.pop("media_url", [])]
    return {**asked, **({"media": [each.filename for each in media if each]} if media else {})}


SMS = {"from_": "+15005550006", "to": CROATIAN}
WHATSAPP = {"from_": "whatsapp:+15005550006", "to": f"whatsapp:{CROATIAN}"}
TABLE: list[tuple[str, Outbound, list[dict[str, Any]]]] = [
    ("a text by SMS", message(), [{**SMS, "body": "It is repaired."}]),
    ("a text by WhatsApp", message(channel="whatsapp"), [{**WHATSAPP, "body": "It is repaired."}]),
    (
        "a text by Messenger",
        message(channel="messenger", to="2470000000000001"),
        [{"from_": "messenger:110000000001", "to": "messenger:2470000000000001", "body": "It is repaired."}],
    ),
    (
        "a long text",
        message("a" * 1_500 + "\n\n" + "b" * 200),
        [{**SMS, "body": "a" * 1_500}, {**SMS, "body": "b" * 200}],
    ),
    (
        "choices, which nobody can press in an SMS",
        message(
            "Is it solved?", buttons=[Button(label="Yes", data="solved:1:yes"), Button(label="No", data="solved:1:no")]
        ),
        [{**SMS, "body": "Is it solved?\nPlease answer with a number:\n1 = Yes\n2 = No"}],
    ),
    (
        "pictures by MMS in America",
        message(to=AMERICAN, attachments=[file("a.jpg", "image/jpeg"), file("b", "image/png")]),
        [{**SMS, "to": AMERICAN, "body": "It is repaired.", "media": ["a.jpg", "b.png"]}],
    ),
    (
        "files by WhatsApp, one in each message",
        message("", channel="whatsapp", attachments=[file("a.jpg", "image/jpeg"), file("b.pdf", "application/pdf")]),
        [{**WHATSAPP, "media": ["a.jpg"]}, {**WHATSAPP, "media": ["b.pdf"]}],
    ),
]


@pytest.mark.parametrize(("outbound", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_message_becomes_the_requests_that_the_table_says(outbound: Outbound, expected: list[dict[str, Any]]) -> None:
    assert [shown(each) for each in sent(outbound, house(outbound.channel))] == expected


@pytest.mark.parametrize(
    ("channel", "to", "attached"),
    [
        ("sms", CROATIAN, file("a.jpg", "image/jpeg")),
        ("sms", AMERICAN, file("a.jpg", "image/jpeg", 6 * 1024 * 1024)),
        ("sms", AMERICAN, file("a.pdf", "application/pdf")),
        ("whatsapp", CROATIAN, file("a.html", "text/html")),
        ("whatsapp", CROATIAN, file("a.mp4", "video/mp4", 17 * 1024 * 1024)),
    ],
)
def test_a_file_that_the_channel_does_not_take_is_linked(channel: str, to: str, attached: Attachment) -> None:
    (asked,) = sent(message(channel=channel, to=to, attachments=[attached], language="hr"), house(channel))
    assert "media_url" not in asked
    assert "Datoteke (do 2026-03-02):\nhttps://desk.example/files/" in asked["body"]


def test_an_automatic_sms_is_short_and_in_the_cheap_alphabet() -> None:
    for language in ("en", "pl", "hr"):
        ours = message(
            "",
            kind="acknowledgement",
            template="acknowledgement",
            variables={"expected_seconds": 28_800},
            language=language,
        )
        (asked,) = sent(ours, house())
        assert "T-1001" in asked["body"]
        assert len(asked["body"]) <= 160
        assert asked["body"].isascii()


@pytest.mark.parametrize(
    ("channel", "given", "expected"),
    [
        ("sms", CROATIAN, CROATIAN),
        ("sms", "12345", None),
        ("sms", "ana@customer.example", None),
        ("whatsapp", f"whatsapp:{CROATIAN}", f"whatsapp:{CROATIAN}"),
        ("whatsapp", "ana", None),
        ("messenger", "247", "messenger:247"),
        ("messenger", "2 4 7", None),
    ],
)
def test_only_what_can_be_an_address_is_one(channel: str, given: str, expected: str | None) -> None:
    assert address(message(to=given, channel=channel), channel) == expected


def test_outside_the_window_the_template_of_the_language_carries_the_text_on_one_line() -> None:
    other = "HX" + "1" * 32
    where = house("whatsapp", templates={"reply": TEMPLATE, "reply.pl": other})
    assert templated(message(channel="whatsapp"), house("whatsapp")) is None
    (part,) = templated(message("one\n\n\ttwo     three" + "x" * 2_000, channel="whatsapp"), where) or []
    values = json.loads(part.variables)
    assert part.template == TEMPLATE
    assert re.fullmatch(r"one two three[x]+…", values["1"])
    assert values["2"] == "T-1001"
    (polish,) = templated(message(channel="whatsapp", language="pl", kind="notice"), where) or []
    assert polish.template == other


def test_the_window_is_open_for_a_day_after_the_last_message_and_closes_a_little_early() -> None:
    wrote = NOW - timedelta(hours=24)
    assert not is_open(None, NOW)
    assert not is_open(wrote, NOW)
    assert not is_open(wrote + timedelta(seconds=30), NOW)
    assert is_open(wrote + timedelta(minutes=2), NOW)


def refusal(code: int | None, status: int = 400) -> TwilioRestException:
    return TwilioRestException(status, "/Messages.json", "words", code)


@pytest.mark.parametrize(
    ("error", "expected", "reason"),
    [
        (refusal(21211), Permanent, "invalid-recipient"),
        (refusal(21614), Permanent, "invalid-recipient"),
        (refusal(21610), OptedOut, "opted-out"),
        (refusal(21617), Permanent, "unsendable"),
        (refusal(21408), Permanent, "unreachable"),
        (refusal(63016), Permanent, "outside-window"),
        (refusal(30007), Permanent, "filtered"),
        (refusal(12345), Permanent, None),
        (refusal(None), Permanent, None),
        (refusal(20003, 401), Misconfigured, None),
        (refusal(None, 401), Misconfigured, None),
        (refusal(21606), Misconfigured, None),
        (refusal(63007), Misconfigured, None),
        (refusal(20429, 429), Throttled, None),
        (refusal(30001), Throttled, None),
        (TooMany(7.0), Throttled, None),
        (httpx.ConnectError("refused"), Unreachable, None),
        (httpx.ConnectTimeout("late"), Unreachable, None),
        (httpx.ReadTimeout("late"), Temporary, None),
        (httpx.RemoteProtocolError("cut"), Temporary, None),
        (Trouble("HTTP 503"), Temporary, None),
        (ValueError("no JSON"), Temporary, None),
    ],
)
def test_an_error_becomes_the_outcome_that_the_table_says(error: Exception, expected: type, reason: str | None) -> None:
    outcome = outcome_of(error)
    assert type(outcome) is expected
    assert reason_of(outcome.error) == reason
    assert not isinstance(outcome, Temporary) or outcome.unsure
    assert not isinstance(error, TooMany) or (isinstance(outcome, Throttled) and outcome.retry_after == 7.0)


def listed(sid: str = SID, body: str = "It is repaired.", **more: Any) -> Listed:
    return Listed(
        **{"sid": sid, "body": body, "media": 0, "at": NOW, "direction": "outbound-api", "status": "sent", **more}
    )


@pytest.mark.parametrize(
    ("parts", "there", "elsewhere", "expected"),
    [
        ([Part("a")], [], [], {}),
        ([Part("a")], [listed(body="a")], [], {0: SID}),
        ([Part("a")], [listed(body="a ")], [], {0: SID}),
        ([Part("a")], [listed(body="Sent from your Twilio trial account - a")], [], {0: SID}),
        ([Part("a")], [listed(body="b")], [], {}),
        ([Part("a")], [listed(body="a")], [SID], {}),
        ([Part("a")], [listed(body="a", direction="inbound")], [], {}),
        ([Part("a")], [listed(body="a", direction="outbound-reply")], [], {}),
        ([Part("a"), Part("a")], [listed(body="a")], [], {0: SID}),
        ([Part("a"), Part("b")], [listed(OTHER, "b"), listed(SID, "a")], [], {0: SID, 1: OTHER}),
        # Newest first, so the older of two equal ones is the first part.
        ([Part("a"), Part("a")], [listed(OTHER, "a"), listed(SID, "a")], [], {0: SID, 1: OTHER}),
        ([Part(media=("u",))], [listed(body="", media=1)], [], {0: SID}),
        ([Part(media=("u",))], [listed(body="", media=0)], [], {}),
        ([Part("a", template=TEMPLATE)], [listed(body="Hello, about your ticket: a. Write to us.")], [], {0: SID}),
    ],
)
def test_what_twilio_has_is_known_again(
    parts: list[Part], there: list[Listed], elsewhere: list[str], expected: dict[int, str]
) -> None:
    found = matched(parts, there, frozenset(elsewhere))
    assert {place: each.sid for place, each in found.items()} == expected


def test_older_messages_are_no_earlier_attempt() -> None:
    assert is_since(listed(at=None), NOW)
    assert is_since(listed(at=NOW - timedelta(minutes=4)), NOW)
    assert not is_since(listed(at=NOW - timedelta(minutes=6)), NOW)


def test_a_text_is_split_where_a_reader_would_pause() -> None:
    assert split("One. Two three.", 10) == ["One. Two", "three."]
    assert split("a" * 8 + "\n\n" + "b" * 4, 10) == ["a" * 8, "b" * 4]
    assert split("First one. Second", 12) == ["First one.", "Second"]
    assert split("  ", 10) == []
    assert split("😀" * 6, 10) == ["😀" * 5, "😀"]


@given(
    st.text(alphabet=st.one_of(st.sampled_from("ab .!\n😀é\u0301\u200d👩🏽🇭🇷"), st.characters()), max_size=300),
    st.integers(10, 40),
)
def test_pieces_fit_and_nothing_but_white_space_between_them_is_lost(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
