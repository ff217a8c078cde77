"""The ticket page's pure parts: its line of time, the ways to a customer, what is said of things, and pictures made small."""

import ast
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

import services.desk.console.ticket as page
from services.desk.console.pages.ticket import by_others
from services.desk.console.ticket import composing, doing, line, telling
from services.desk.console.ticket.asking import local_time
from services.desk.console.ticket.files import NoPicture, disposition, small
from services.desk.console.ticket.inserting import has_commands
from services.desk.console.ticket.neighbours import beside
from services.desk.console.ticket.originals import head
from services.desk.console.ticket.pieces import runs, size, upright
from services.desk.console.ticket.sheet import Sheet
from services.desk.console.ticket.undoing import Sent, sent_in
from shared.clock import now
from shared.messages.contacts import PersonView, PointView
from shared.messages.parts import Reason
from shared.messages.ticket import AgentView, DeliveryView, EntryView, EventView, MessageView, TicketView
from shared.settings.macros import Macro
from shared.settings.policy import labels_to_ask
from shared.texts import LANGUAGES, UnknownText, text
from shared.texts.catalogue import CATALOGUE

START = datetime(2026, 3, 4, 10, 0, tzinfo=UTC)  # a Wednesday


def view(**more: object) -> TicketView:
    fields: dict[str, object] = {
        "id": "t", "number": "T-1001", "subject": "Pump", "status": "open", "priority": "normal", "channel": "email",
        "inbox": "support", "language": "en", "created_at": START, "updated_at": START,
    }  # fmt: skip
    return TicketView.model_validate(fields | more)


def message(name: str, minutes: float = 0, **more: object) -> MessageView:
    fields: dict[str, object] = {
        "id": name, "direction": "in", "author": "Ana", "channel": "email", "text": name, "reply_text": name,
        "created_at": START + timedelta(minutes=minutes),
    }  # fmt: skip
    return MessageView.model_validate(fields | more)


def event(name: str, minutes: float, what: str = "snoozed", **data: object) -> EventView:
    return EventView(id=name, what=what, actor="agent:1", at=START + timedelta(minutes=minutes), data=data)


def test_nothing_is_given_to_who_works_here_no_longer() -> None:
    agents = [
        AgentView.model_validate(
            {"id": name, "email": f"{name}@acme.example", "name": name, "role": "agent", "blocked_at": blocked}
        )
        for name, blocked in (("anna", None), ("gone", START))
    ]
    sheet = Sheet(frame=None, number=1001, view=view(), agents=agents)  # type: ignore[arg-type]
    assert [each.name for each in sheet.colleagues] == ["anna"]
    assert sheet.called("gone@acme.example") == "gone"


# -- the line of time ---------------------------------------------------------------------------------------------------------


def test_messages_calls_and_events_stand_in_one_line_of_time() -> None:
    call = EntryView(id="c", kind="call", created_at=START, updated_at=START, done_at=START + timedelta(minutes=3))
    action = EntryView(id="a", kind="action", created_at=START, updated_at=START)
    shown = line.line_of(
        view(
            messages=[message("one"), message("two", 5)],
            events=[event("e1", 1), event("e2", 2), event("e3", 4), event("e4", 4, "message_received")],
            entries=[call, action],
        )
    )
    assert [item.key for item in shown] == ["m-one", "e-e1", "n-c", "e-e3", "m-two"]
    assert [each.id for each in shown[1].happened] == ["e1", "e2"], "neighbours are told together"


def test_a_change_is_told_once_where_the_audit_trail_has_it_twice() -> None:
    events = [
        event("a", 1, "ticket_changed", changes={"status": ["open", "pending"]}),
        event("b", 1, "status_changed", was="open", status="pending"),
        event("c", 2, "ticket_changed", changes={"priority": ["low", "high"]}),
        event("d", 2, "priority_corrected", was="low"),
    ]
    (item,) = line.line_of(view(events=events))
    assert [each.id for each in item.happened] == ["b", "c"]


def test_a_place_changes_its_signature_with_its_deliveries() -> None:
    sent = DeliveryView(
        id="d", message_id="one", kind="reply", channel="email", inbox="support", to="ana@customer.example", state="queued",
        attempt=0, created_at=START, updated_at=START,
    )  # fmt: skip
    (before,) = line.line_of(view(messages=[message("one")], deliveries=[sent]))
    (after,) = line.line_of(view(messages=[message("one")], deliveries=[sent.model_copy(update={"state": "failed"})]))
    assert before.deliveries[0].id == "d"
    assert before.signature != after.signature


@example([True, False, False, True, True, True, False, True], 2)
@given(st.lists(st.booleans(), max_size=60), st.integers(1, 20))
def test_every_message_is_shown_or_counted_as_folded(kinds: list[bool], newest: int) -> None:
    messages = [message(str(place), place) for place, is_message in enumerate(kinds) if is_message]
    events = [event(str(place), place) for place, is_message in enumerate(kinds) if not is_message]
    shown = line.folded(line.line_of(view(messages=messages, events=events)), newest)
    seen = [item.message.id for item in (*shown.first, *shown.newest) if item.message is not None]
    assert len(seen) + shown.folded == len(messages)
    assert len(set(seen)) == len(seen)
    if messages:
        assert (seen[0], seen[-1]) == (messages[0].id, messages[-1].id), "first and newest are always there"


@pytest.mark.parametrize(
    ("whole", "said", "shown"),
    [
        ("Hello", "Hello", ("Hello", "")),
        ("Hello", "", ("Hello", "")),
        ("Hello\n> old", "Hello", ("Hello", "Hello\n> old")),
    ],
)
def test_what_is_quoted_is_folded_away(whole: str, said: str, shown: tuple[str, str]) -> None:
    assert line.quoted(message("m", text=whole, reply_text=said)) == shown


@settings(max_examples=50)
@given(
    st.lists(
        st.text(max_size=20) | st.sampled_from(["https://a.example/x", "http://b.example.", " ", ")"]), max_size=12
    ).map("".join)
)
def test_a_text_in_pieces_is_the_same_text(words: str) -> None:
    assert "".join(piece for piece, _ in runs(words)) == words


def test_only_addresses_of_the_web_become_links_and_show_themselves() -> None:
    found = [
        piece
        for piece, is_link in runs("See https://a.example/x?y=1. javascript:alert(1) (http://b.example)!")
        if is_link
    ]
    assert found == ["https://a.example/x?y=1", "http://b.example"]


# -- the ways to a customer ---------------------------------------------------------------------------------------------------


def person(*points: PointView) -> PersonView:
    return PersonView(id="p", created_at=START, points=list(points))


MAIL = PointView(kind="email", value="ana@customer.example")
PHONE = PointView(kind="phone", value="+48600100200")


@pytest.mark.parametrize(
    ("channel", "points", "sending", "why"),
    [
        ("email", (MAIL,), ("email",), ""),
        ("sms", (MAIL, PHONE), ("email", "sms"), ""),
        ("sms", (MAIL, PHONE), ("email",), "no_inbox"),
        ("sms", (MAIL,), ("email", "sms"), "no_point"),
        ("sms", (MAIL, PHONE.model_copy(update={"verified": False})), ("email", "sms"), "unverified"),
        ("sms", (MAIL, PHONE.model_copy(update={"opted_out": True})), ("email", "sms"), "opted_out"),
        ("email", (MAIL.model_copy(update={"undeliverable": True}),), ("email",), "undeliverable"),
        (
            "email",
            (MAIL.model_copy(update={"verified": False}),),
            ("email",),
            "",
        ),  # who wrote by hand is answered there
    ],
)
def test_a_channel_that_cannot_reach_the_customer_says_why(
    channel: str, points: tuple[PointView, ...], sending: tuple[str, ...], why: str
) -> None:
    ways = composing.ways(view(), person(*points), sending)
    assert next(each.why_not for each in ways if each.channel == channel) == why
    assert ways[0].usual
    assert ways[0].channel == "email"
    assert f"console.ticket.why_not.{why}" in CATALOGUE or not why


def test_nobody_is_written_to_from_an_internal_ticket() -> None:
    assert {each.why_not for each in composing.ways(view(internal=True), person(MAIL), ("email",))} == {"internal"}


@pytest.mark.parametrize(("points", "usual"), [((MAIL, PHONE), "email"), ((PHONE,), "sms")])
def test_who_called_is_answered_where_they_can_be_reached(points: tuple[PointView, ...], usual: str) -> None:
    assert composing.usual_channel(view(channel="voice"), person(*points), ("email", "sms")) == usual


def test_the_window_is_open_for_a_day_after_the_customer_wrote() -> None:
    ticket = view(channel="whatsapp", messages=[message("m", channel="whatsapp"), message("n", 60, channel="sms")])
    assert composing.window(ticket, "whatsapp") == START + timedelta(hours=24)
    assert not composing.is_shut(ticket, "whatsapp", START + timedelta(hours=23))
    assert composing.is_shut(ticket, "whatsapp", START + timedelta(hours=24))
    assert composing.is_shut(view(channel="whatsapp"), "whatsapp", START), "they never wrote there"
    assert composing.window(ticket, "email") is None
    assert composing.left(timedelta(hours=23, minutes=5, seconds=59)) == "23:05"


def test_sms_are_counted_and_nothing_else_is() -> None:
    assert composing.segments("email", "x" * 500) is None
    assert composing.segments("sms", "  ") is None
    counted = composing.segments("sms", "ż" * 71)
    assert counted is not None
    assert (counted.encoding, counted.count) == ("UCS-2", 2)


# -- writing ------------------------------------------------------------------------------------------------------------------


def test_addresses_are_taken_as_people_write_them() -> None:
    assert composing.addresses("a@x.example; <b@y.example>,a@x.example nobody") == ["a@x.example", "b@y.example"]


def test_a_quotation_has_a_mark_before_every_line() -> None:
    assert composing.quotation(message("m", reply_text="one\n\ntwo"), "Ana wrote:") == "Ana wrote:\n> one\n>\n> two\n\n"


def test_a_macro_is_filled_in_and_what_nobody_knows_stays() -> None:
    macro = Macro.model_validate({"name": "m", "text": {"en": "Hello {customer}, {number} {expected} {{x}}"}})
    values = {"customer": "{number}", "number": "T-1"}
    assert composing.macro_text(macro, "hr", "en", values) == "Hello {number}, T-1 {expected} {x}"
    assert composing.macro_text(macro, "en", "en", {"customer": ""}).startswith("Hello, ")
    assert composing.fill("no {braces", values) == "no {braces"


@pytest.mark.parametrize(
    ("written", "found"),
    [("#take", True), ("Hello\n/solve done", True), ("Hello #take", False), ("", False), ("\\#take", False)],
)
def test_commands_are_seen_where_the_grammar_sees_them(written: str, found: bool) -> None:
    assert has_commands(written) is found


@pytest.mark.parametrize(
    ("written", "number"),
    [("T-1001", 1001), ("t-7", 7), ("#12", 12), (" 5 ", 5), ("", None), ("T-", None), ("²", None), ("9" * 10, None)],
)
def test_a_tickets_number_is_read_as_people_write_it(written: str, number: int | None) -> None:
    assert doing.number_of(written) == number


@pytest.mark.parametrize(
    ("ask_for", "expected"),
    [
        ({"pl": ("numer",), "en": ("number",), "hr": ("broj",)}, ("broj",)),
        ({"pl": ("numer",), "en": ("number",)}, ("number",)),
        ({"pl": ("numer",), "": ("no.",)}, ("no.",)),
        ({"pl": ("numer",)}, ("numer",)),
        ({"hr": (), "en": ("number",)}, ("number",)),
        ({}, ()),
    ],
)
def test_details_are_asked_for_in_the_customers_language_else_the_companys_else_any(
    ask_for: dict[str, tuple[str, ...]], expected: tuple[str, ...]
) -> None:
    assert labels_to_ask(ask_for, "hr", "en") == expected


def test_tags_are_what_stands_between_commas() -> None:
    assert doing.named(" pump, #E42,,pump ,# ") == ["pump", "E42"]


def test_things_are_put_off_to_times_still_to_come() -> None:
    warsaw = ZoneInfo("Europe/Warsaw")
    for day in range(8):
        at = (START + timedelta(days=day)).astimezone(warsaw)
        times = dict(doing.snoozes(at))
        assert all(each > at for each in times.values())
        assert (times["monday"].weekday(), times["monday"].hour) == (0, 9)


def test_a_time_is_the_readers_own() -> None:
    assert local_time("2026-07-01T10:00", ZoneInfo("Europe/Warsaw")) == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert local_time("", ZoneInfo("UTC")) is None
    assert local_time("tomorrow", ZoneInfo("UTC")) is None


@pytest.mark.parametrize(
    ("number", "by", "found"), [(2, 1, 3), (2, -1, 1), (3, 1, None), (1, -1, None), (9, 1, 1), (9, -1, 1)]
)
def test_the_neighbours_of_a_ticket_are_those_of_its_list(number: int, by: int, found: int | None) -> None:
    assert beside([1, 2, 3], number, by) == found


# -- what is said -------------------------------------------------------------------------------------------------------------


def said(key: str, **variables: object) -> str:
    return text(f"console.ticket.{key}", "en", **variables)


def test_a_change_is_told_with_what_was_and_what_is() -> None:
    changed = event(
        "e", 0, "ticket_changed", changes={"assignee": [None, "anna@acme.example"], "tags": [[], ["a", "b"]]}
    )
    told = telling.event(changed, said, lambda who: "Anna" if who else "")
    assert told == "changed: Assigned to – → Anna; Tags – → a, b"


def test_what_nobody_has_words_for_is_named() -> None:
    assert telling.event(event("e", 0, "something_new"), said, str) == "something new"
    assert telling.reason(Reason(rule="a new rule", evidence="by token:shop"), said, lambda who: "the shop") == (
        "a new rule: by the shop"
    )


@pytest.mark.parametrize(("confidence", "key"), [(1, "sure"), (0.8, "likely"), (0.3, "unsure")])
def test_how_sure_a_choice_was_is_said_in_words(confidence: float, key: str) -> None:
    assert telling.sureness(confidence) == key
    assert said(f"sure.{key}")


def test_every_text_that_the_page_names_is_there_in_every_language() -> None:
    missing = set()
    for file in Path(page.__path__[0]).glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            of_frame = isinstance(node.func, ast.Attribute) and ast.unparse(node.func.value).endswith("viewer")
            if name == "t" and isinstance(node.args[0].value, str):
                key = node.args[0].value
                entry = CATALOGUE.get(f"console.{key}" if of_frame else f"console.ticket.{key}", {})
                missing |= {f"{file.name}: {key} ({each})" for each in LANGUAGES if not entry.get(each)}
    assert missing == set()


def test_what_the_router_does_and_why_has_words() -> None:
    rules, events = set(), set()
    for file in (Path(__file__).parents[2] / "services" / "router" / "deciding").rglob("*.py"):
        source = file.read_text()
        rules |= set(re.findall(r'(?:Reason\(\s*(?:rule=)?)"([a-z\' ]+)"', source))
        if "life" in file.parts:  # what happens there happens to a ticket
            events |= set(re.findall(r'\bliving\.event\(\s*"([a-z_]+)"', source))
    assert len(rules) > 15
    assert len(events) > 20
    nameless = {f"rule.{each.replace(' ', '_').replace(chr(39), '')}" for each in rules} | {
        f"event.{each}" for each in events
    }
    assert {each for each in nameless if not known(each)} == set()


def known(key: str) -> bool:
    try:
        return bool(said(key))
    except UnknownText:
        return False


# -- files --------------------------------------------------------------------------------------------------------------------


def picture(kind: str, width: int = 1600, height: int = 900) -> bytes:
    made = BytesIO()
    Image.new("RGB", (width, height), "teal").save(made, kind)
    return made.getvalue()


def vast(width: int, height: int) -> bytes:
    """The head of a picture that would be so large (PNG, 11.2.1)."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_is_drawn_anew_and_small(kind: str) -> None:
    with Image.open(BytesIO(small(picture(kind)))) as shown:
        assert shown.format == "WEBP"
        assert max(shown.size) <= 480


@pytest.mark.parametrize(
    "content",
    [
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<html><script>alert(1)</script></html>",
        b"",
        b"\x89PNG\r\n\x1a\n" + b"<script>" * 20,
        picture("BMP", 10, 10),
        picture("JPEG")[:300],
    ],
)
def test_what_is_no_picture_or_too_large_is_not_drawn(content: bytes) -> None:
    with pytest.raises(NoPicture):
        small(content)


def test_a_picture_of_too_many_points_is_refused_by_its_head_alone() -> None:
    with pytest.raises(NoPicture, match="too many"):
        small(vast(20_000, 3_000))


def test_a_file_is_kept_under_its_name_whatever_that_holds() -> None:
    header = disposition('żółw"\r\nSet-Cookie: x.png')["Content-Disposition"]
    assert header.startswith("attachment; ")
    assert "\r" not in header
    assert "\n" not in header
    assert header.isascii()
    assert "UTF-8''%C5%BC" in header


def test_the_head_of_an_original_ends_at_the_first_empty_line() -> None:
    assert head(b"From: a\r\nSubject: \xff\r\n\r\nbody") == "From: a\r\nSubject: \ufffd"
    assert head(b"only words") == "only words"


@pytest.mark.parametrize(("octets", "words"), [(5, "5 B"), (5_000, "5 kB"), (5_400_000, "5.4 MB")])
def test_sizes_are_said_as_people_read_them(octets: int, words: str) -> None:
    assert size(octets) == words


# -- taking an answer back ----------------------------------------------------------------------------------------------------


def test_what_was_sent_on_the_page_before_is_read_from_the_address_as_long_as_it_waits() -> None:
    sent = Sent(1001, "ab" * 16, now() + timedelta(seconds=8))
    found = sent_in(sent.query().removeprefix("?sent="))
    assert found is not None
    assert (found.number, found.waiting_id) == (1001, "ab" * 16)
    assert abs(found.at - sent.at) <= timedelta(seconds=1)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1001",
        "1001.ab",
        "1001.ab.",
        "x.ab.1",
        "1001.ab.99999999999",
        "1001.ab.1",
        "1001.AB'.1",
        "1.ab.999999999999",
    ],
)
def test_nothing_is_offered_to_be_taken_back_for_what_is_over_or_no_answer(written: str) -> None:
    assert sent_in(written) is None


def test_what_oneself_has_sent_is_no_news_and_what_others_wrote_is() -> None:
    mine, theirs = (
        event("a", 2, "message_sent"),
        event("b", 3, "message_received").model_copy(update={"actor": "customer"}),
    )
    assert not by_others(view(events=[mine]), START, "agent:1")
    assert by_others(view(events=[mine, theirs]), START, "agent:1")
    assert not by_others(view(events=[theirs]), START + timedelta(minutes=3), "agent:1")
    assert by_others(view(events=[event("c", 4, "message_sent")]), START, "agent:2")


@pytest.mark.parametrize(
    ("name", "shown"), [("photo\u202egpj.exe", "photogpj.exe"), ("a\u2066b\u2069", "ab"), ("Łukasz علي", "Łukasz علي")]
)
def test_no_name_turns_its_letters_around(name: str, shown: str) -> None:
    assert upright(name) == shown


def test_a_rule_that_saw_nothing_is_told_in_the_reader_s_language_alone() -> None:
    told = telling.reason(Reason(rule="default", evidence="no rule matched", confidence=0.3), said, str)
    assert "no rule matched" not in told
    assert "no rule matched" in telling.reason(Reason(rule="odd", evidence="no rule matched"), said, str)
