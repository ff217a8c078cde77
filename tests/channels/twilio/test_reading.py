"""The table of what comes: a payload of Twilio's, and what becomes of it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.twilio.media import Kept
from services.intake.twilio.reading import Malformed, contact_line, read
from services.intake.twilio.taking import inbound, only
from shared.messages.parts import Point

from .payloads import ACCOUNT, OTHER, SID, inbox, media, messenger, sms, whatsapp

PHONE = Point(kind="phone", value="+48600100200")
WHATSAPP = [Point(kind="whatsapp", value="+385912345678"), Point(kind="phone", value="+385912345678")]
NOW = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)

# Channel, payload, what is expected of the Inbound.
TABLE: list[tuple[str, str, dict[str, str], dict[str, Any]]] = [
    (
        "a text by SMS",
        "sms",
        sms(),
        {"text": "The printer is broken", "points": [PHONE], "conversation": "sms:sms:+48600100200", "language": None},
    ),
    ("an SMS with line breaks", "sms", sms(Body="one\n\ntwo"), {"text": "one\n\ntwo"}),
    ("an empty SMS", "sms", sms(Body=""), {"text": ""}),
    ("a picture without words (MMS)", "sms", sms(Body="", **media("image/jpeg")), {"text": "📷"}),
    ("a picture with a caption", "sms", sms(Body="see", **media("image/png")), {"text": "see"}),
    ("several files", "sms", sms(Body="", **media("image/gif", "video/mp4", "text/x-vcard")), {"text": "📷 🎬 👤"}),
    ("a short code's SMS", "sms", sms(From="72345"), {"points": [], "automatic": "notification"}),
    (
        "a word's SMS",
        "sms",
        sms(From="INFO SMS"),
        {"points": [], "automatic": "notification", "conversation": "sms:sms:INFO-SMS"},
    ),
    ("STOP", "sms", sms(Body=" Stop! "), {"text": " Stop! ", "fields": {"country": "PL", "opt": "out"}}),
    ("STOP in Polish", "sms", sms(Body="WYPISZ"), {"fields": {"country": "PL", "opt": "out"}}),
    ("START", "sms", sms(Body="start"), {"fields": {"country": "PL", "opt": "in"}}),
    ("yes is an answer", "sms", sms(Body="Yes"), {"text": "Yes", "fields": {"country": "PL"}}),
    ("what Twilio calls START", "sms", sms(Body="Yes", OptOutType="START"), {"fields": {"country": "PL", "opt": "in"}}),
    ("HELP", "sms", sms(Body="POMOC"), {"fields": {"country": "PL", "help": "yes"}}),
    (
        "what Twilio calls STOP",
        "sms",
        sms(Body="no more", OptOutType="STOP"),
        {"fields": {"country": "PL", "opt": "out"}},
    ),
    ("a sentence with stop in it", "sms", sms(Body="please stop the order"), {"fields": {"country": "PL"}}),
    (
        "a text by WhatsApp",
        "whatsapp",
        whatsapp(),
        {"points": WHATSAPP, "conversation": "whatsapp:whatsapp:+385912345678", "from_.name": "Ana Kovač"},
    ),
    (
        "a place",
        "whatsapp",
        whatsapp(Body="", Latitude="45.81", Longitude="15.98", Label="Trg", Address="Zagreb", MessageType="location"),
        {"text": "📍 45.81, 15.98 · Trg · Zagreb", "fields.latitude": "45.81", "fields.longitude": "15.98"},
    ),
    ("a place that is none", "whatsapp", whatsapp(Body="", Latitude="nan", Longitude="999"), {"text": ""}),
    (
        "a pressed button",
        "whatsapp",
        whatsapp(Body="Yes", ButtonText="Yes", ButtonPayload="solved:1001:yes", MessageType="button"),
        {"text": "Yes", "pressed": "solved:1001:yes"},
    ),
    (
        "a chosen line of a list",
        "whatsapp",
        whatsapp(Body="", ListId="score:1001:5", ListTitle="Five", MessageType="interactive"),
        {"text": "Five", "pressed": "score:1001:5"},
    ),
    (
        "an answer to a message of ours",
        "whatsapp",
        whatsapp(OriginalRepliedMessageSid=OTHER, OriginalRepliedMessageSender="whatsapp:+15005550006"),
        {"in_reply_to": [f"whatsapp:whatsapp:{OTHER}"]},
    ),
    ("a voice note", "whatsapp", whatsapp(Body="", **media("audio/ogg; codecs=opus")), {"text": "🎤"}),
    ("a document", "whatsapp", whatsapp(Body="invoice.pdf", **media("application/pdf")), {"text": "invoice.pdf"}),
    ("a sticker", "whatsapp", whatsapp(Body="", **media("image/webp")), {"text": "📷"}),
    ("a shared contact", "whatsapp", whatsapp(Body="", **media("text/vcard")), {"text": "👤"}),
    ("cancel by WhatsApp may be an answer", "whatsapp", whatsapp(Body="Cancel"), {"fields": {}}),
    ("STOP by WhatsApp", "whatsapp", whatsapp(Body="Odjava"), {"fields": {"opt": "out"}}),
    (
        "a message after an advertisement",
        "whatsapp",
        whatsapp(ReferralHeadline="Sale", ReferralSourceUrl="https://fb.me/1"),
        {"fields": {"referral_headline": "Sale", "referral_url": "https://fb.me/1"}},
    ),
    (
        "a text by Messenger",
        "messenger",
        messenger(),
        {
            "points": [Point(kind="messenger", value="2470000000000001")],
            "conversation": "messenger:messenger:2470000000000001",
            "from_.address": "2470000000000001",
        },
    ),
    ("a picture by Messenger", "messenger", messenger(Body="", **media("image/jpeg")), {"text": "📷"}),
    (
        "fields that nobody knows yet",
        "sms",
        sms(ChannelMetadata='{"a": 1}', New="x" * 100_000),
        {"text": "The printer is broken"},
    ),
]


def value_of(message: Any, path: str) -> Any:
    for name in path.split("."):
        message = message[name] if isinstance(message, dict) else getattr(message, name)
    return message


@pytest.mark.parametrize(("channel", "form", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_a_payload_becomes_the_message_that_the_table_says(
    channel: str, form: dict[str, str], expected: dict[str, Any]
) -> None:
    made = inbound(read(form, inbox(channel)), inbox(channel), Kept(), NOW)
    assert {path: value_of(made, path) for path in expected} == expected
    assert made.message_id == f"{channel}:{channel}:{SID}"
    assert made.recipients == [form["To"]]
    assert made.reply_text == made.text


MALFORMED = [
    ("no sid", "sms", sms(MessageSid="", SmsSid="", SmsMessageSid="")),
    ("a sid that is none", "sms", sms(MessageSid="SM1 2\n")),
    ("no sender", "sms", sms(From="")),
    ("a sender of another channel", "sms", sms(From="whatsapp:+48600100200")),
    ("a sender of WhatsApp that is no number", "whatsapp", whatsapp(From="whatsapp:ana")),
    ("a sender of Messenger with spaces", "messenger", messenger(From="messenger:1 2")),
    ("nothing", "sms", {}),
]


@pytest.mark.parametrize(("channel", "form"), [row[1:] for row in MALFORMED], ids=[row[0] for row in MALFORMED])
def test_what_is_no_message_is_said_to_be_none(channel: str, form: dict[str, str]) -> None:
    with pytest.raises(Malformed):
        read(form, inbox(channel))


def test_the_same_message_is_one_whatever_brought_it_and_another_accounts_is_another() -> None:
    one = inbound(read(sms(), inbox()), inbox(), Kept(), NOW)
    listed = inbound(
        read({"MessageSid": SID, "AccountSid": ACCOUNT, "From": "+48600100200"}, inbox()), inbox(), Kept(), NOW
    )
    other = inbound(read(sms(AccountSid="AC" + "1" * 32), inbox()), inbox(), Kept(), NOW)
    assert one.source_id == listed.source_id != other.source_id


def test_a_contacts_card_is_read_and_a_broken_one_harmless() -> None:
    card = b"BEGIN:VCARD\r\nN:Ban;Ivo\r\nFN:Ivo\r\n  Ban\r\nitem1.TEL;type=CELL:+385 91 234 5678\r\nEMAIL:ivo@x.example\r\n"
    assert contact_line(card) == "👤 Ivo Ban · +385 91 234 5678 · ivo@x.example"
    assert contact_line(b"\xff\x00FN") == ""


def test_what_is_still_missing_is_asked_for_and_nothing_else() -> None:
    form = sms(**media("image/jpeg", "image/png", "video/mp4"))
    missing = read(form, inbox()).media[1:2]
    left = read(only(form, missing), inbox()).media
    assert [each.url for each in left] == [missing[0].url]


@given(
    st.dictionaries(
        st.sampled_from([*whatsapp(), *media("a"), "Latitude", "ButtonPayload", "ListId"]), st.text(max_size=60)
    )
)
def test_no_form_breaks_the_reading(form: dict[str, str]) -> None:
    try:
        made = inbound(read(form, inbox("whatsapp")), inbox("whatsapp"), Kept(), NOW)
    except Malformed:
        return
    assert made.points
