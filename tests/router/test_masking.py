"""What agent and customer see of one another: no spelling of an address or number of the other side, and everything else as it was."""

import html
import re
import time
import unicodedata
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.router.deciding.masking import customer_points, for_agent, for_customer
from services.router.deciding.quotation import without_notification
from shared.messages.facts import Facts, PersonFact, PointFact, TicketFact
from shared.messages.parts import Point
from shared.texts import LANGUAGES, text

ANNA = Point(kind="email", value="anna.k@example.com")
MOBILE = Point(kind="phone", value="+385911234567")
EVERYTHING = [ANNA, MOBILE]


@pytest.mark.parametrize(
    ("written", "left"),
    [
        ("Write to ANNA.K@Example.COM.", "Write to [address]."),
        ("Anna <anna.k@example.com>, today", "Anna [address], today"),
        ("Anna <mailto:anna.k@example.com>", "Anna [address]"),
        ("mailto:anna.k@example.com?subject=x", "[address]?subject=x"),
        ("https://x.example/?to=anna.k%40example.com&a=1", "https://x.example/?to=[address]&a=1"),
        ("anna.k%2540example.com", "[address]"),
        ("anna.k&#64;example.com, anna.k&commat;example.com, anna.k&amp;#x40;example.com", "[address], [address], [address]"),
        ("an\u200bna.k@exa\u00admple.com\u2060!", "[address]\u2060!"),
        ("ａｎｎａ．ｋ＠ｅｘａｍｐｌｅ．ｃｏｍ", "[address]"),
        ("anna.k @ example.com", "[address]"),
        ("anna.k (at) example (dot) com or anna dot k at example dot com", "[address] or [address]"),
        ("anna.k [małpa] example [kropka] com", "[address]"),
        ("anna.k+shop@example.com", "[address]"),
        ('"anna.k"@example.com', "[address]"),
        ("anna.k@\nexample.com", "[address]"),
        ("anna.k@other.example, bo@example.com", "anna.k@other.example, bo@example.com"),
        ("anna.k is here", "anna.k is here"),
    ],
)  # fmt: skip
def test_an_address_is_found_in_any_spelling(written: str, left: str) -> None:
    assert for_agent(written, [ANNA]) == left


@pytest.mark.parametrize(
    "written",
    [
        *("+385911234567", "00385 91 123 4567", "+385 (0)91 123-45-67", "(091) 123 4567", "091/1234-567", "091.123.4567"),
        *("385911234567", "91 123 45 67", "tel:+385-91-123-4567", "sms:+385911234567", "011385911234567", "+385 91/1234 567"),
        *("091\u00a0123\u20114567", "\u200b+3\u200b8\u200b5911234567", "０９１ １２３ ４５６７", "٠٩١١٢٣٤٥٦٧", "**091** _123_ 4567"),
        *("%2B385911234567", "&#43;385 91 123 4567", "whatsapp:+385911234567", "(0)911234567"),
        "1️⃣1️⃣".replace("1️⃣1️⃣", "0️⃣9️⃣1️⃣1️⃣2️⃣3️⃣4️⃣5️⃣6️⃣7"),
    ],
)  # fmt: skip
def test_a_number_is_found_in_any_spelling(written: str) -> None:
    left = for_customer(f"Ring me: {written}", [MOBILE])
    assert re.sub("[*\u200b]", "", left) == "Ring me: [number]"


@pytest.mark.parametrize(
    "written",
    [
        "Order 2026-0911-2345, 3 pieces at 1 234,56 EUR, 31.01.2026 16:30.",
        "Invoice 911234568, serial SN-91-123-456-8",
        "+385 91 123 4568 and 091 123 456",
        "T-1001, T-1002, 0385",
        "Room 91, floor 12, house 345, 67 people",
        "192.168.0.91 on port 1234",
        "[address] [number] <b>x</b> & 100 % @",
        "",
    ],
)
def test_what_is_no_address_or_number_of_theirs_stays(written: str) -> None:
    assert for_agent(written, EVERYTHING) == written
    assert for_customer(written, EVERYTHING, markup=True) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("+5491123456789", "011 15-2345-6789"),  # Argentina writes mobile numbers at home unlike abroad
        ("+5491123456789", "+54 9 11 2345-6789"),
        ("+390612345678", "06 1234 5678"),  # Italy keeps the zero
        ("+79161234567", "8 (916) 123-45-67"),
        ("+36301234567", "06 30 123 4567"),
        ("+14155550123", "1-415-555-0123"),
        ("+14155550123", "(415) 555-0123"),
        ("+2908123", "+290 8123"),
    ],
)
def test_numbers_of_many_countries_are_found_as_they_are_written_there(value: str, written: str) -> None:
    left = for_agent(f"call {written} now", [Point(kind="phone", value=value)])
    assert "[number]" in left
    assert sum(each.isdigit() for each in left) <= 2  # a prefix that is nobody's


@pytest.mark.parametrize(
    ("kind", "value", "written", "left"),
    [
        ("telegram", "987654321", "id 987654321, tg://user?id=987654321", "id [number], tg://user?id=[number]"),
        ("telegram", "-100987654321", "chat -100987654321", "chat [number]"),
        ("telegram", "12345", "12345 and 123456", "[number] and 123456"),
        ("telegram", "@anna_k", "@Anna_K or https://t.me/anna_k, anna_k", "[address] or https://[address], anna_k"),
        ("messenger", "24680135792468", "psid 24680135792468.", "psid [number]."),
        ("chat", "s3ss10nabcdef", "at S3SS10NABCDEF", "at [address]"),
        ("whatsapp", "+48600100200", "600 100 200", "[number]"),
        ("telegram", "42", "42", "42"),
        ("email", "", "x", "x"),
        ("email", "nonsense", "nonsense", "nonsense"),
        ("email", "müller@straße.example", "MÜLLER@xn--strae-oqa.example muller@straße.example", "[address] [address]"),
    ],
)
def test_ids_and_names_of_messengers_and_other_alphabets_are_found(
    kind: str, value: str, written: str, left: str
) -> None:
    assert for_agent(written, [Point(kind=kind, value=value)]) == left


@pytest.mark.parametrize(
    ("page", "left"),
    [
        ('<a href="mailto:anna.k@example.com">Anna</a>', '<a href="[address]">Anna</a>'),
        ("<p>anna.k<b>@</b>example<wbr>.com</p>", "<p>[address]<b></b><wbr></p>"),
        ("<p>+385 <i>91</i> 123<br>45 67</p>", "<p>[number]<i></i><br></p>"),
        ('<td width="91">1234567</td>', '<td width="91">1234567</td>'),
        ("&lt;anna.k@example.com&gt;", "[address]"),
        ("<anna.k@example.com>", "[address]"),
        ('<img alt="anna.k&#64;example.com" src="x">', '<img alt="[address]" src="x">'),
        ('<a href="https://wa.me/385911234567">write</a>', '<a href="https://wa.me/[number]">write</a>'),
    ],
)
def test_in_a_page_links_and_broken_words_are_found_and_tags_stay(page: str, left: str) -> None:
    assert for_customer(page, EVERYTHING, markup=True) == left


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reader_is_told_in_their_language_that_something_was_left_out(language: str) -> None:
    left = for_agent("anna.k@example.com, 091 123 4567", EVERYTHING, language)
    assert left == f"{text('masked.address', language)}, {text('masked.number', language)}"
    assert left.isascii()  # an SMS stays as cheap as it was


# -- any spelling -------------------------------------------------------------------------------------------------------------

_HIDDEN = st.sampled_from(["\u200b", "\u200d", "\u2060", "\u00ad", "\u034f", "\ufeff"])
_GAPS = st.sampled_from(["", " ", "-", ".", "/", " - ", "\u00a0", ") ", " (", "\u2011", "\u200b", "\n"])
_WAYS: list[Callable[[str], str]] = [
    str.upper,
    lambda word: quote(word, safe=""),
    lambda word: "".join(f"%{octet:02X}" for octet in word.encode()),
    lambda word: "".join(f"&#{ord(char)};" for char in word),
    lambda word: "".join(f"&#x{ord(char):x};" for char in word),
    lambda word: "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in word),
    lambda word: unicodedata.normalize("NFD", word),
    lambda word: f"<{word}>",
    lambda word: f"mailto:{word}",
    html.escape,
    lambda word: word,
]
_NAMES = st.from_regex(r"[a-z][a-z0-9]{1,8}([._-][a-z0-9]{1,6}){0,2}", fullmatch=True)
_WORDS = st.text("abcdefghijklmnopqrstuvwxyz @.,:;<>&%#+-()[]\n0123456789żšł\u200b", max_size=30)


def bare(words: str) -> str:
    """What a reader sees, in lower case."""
    seen = "".join(char for char in html.unescape(words) if unicodedata.category(char) not in ("Cf", "Mn", "Cc"))
    return unicodedata.normalize("NFKC", seen).lower()


@st.composite
def spelled(draw: st.DrawFn, word: str) -> str:
    """An address in pieces, each written in a way of its own, invisible characters between them."""
    written = ""
    while word:
        cut = draw(st.integers(1, len(word)))
        written += draw(st.sampled_from(_WAYS[:7]))(word[:cut]) + draw(st.just("") | _HIDDEN)
        word = word[cut:]
    return draw(st.sampled_from(_WAYS[7:]))(written) if "&" not in written and "%" not in written else written


@st.composite
def grouped(draw: st.DrawFn, number: str) -> str:
    """A number as somebody may write it: from abroad or at home, in groups."""
    country, rest = number[1:4], number[4:]
    written = draw(st.sampled_from([f"+{country} ", f"00{country}", f"+{country} (0)", "0", "", "(0", f"{country} "]))
    for digit in rest:
        written += digit + draw(_GAPS)
    return written


@settings(max_examples=80, deadline=None)
@given(st.data(), _NAMES, st.sampled_from(["example.com", "mail.acme.example", "x-y.hr"]), _WORDS, _WORDS)
def test_no_spelling_of_an_address_is_left(
    data: st.DataObject, name: str, domain: str, before: str, after: str
) -> None:
    address = f"{name}@{domain}"
    written = before + data.draw(spelled(address)) + after
    left = for_agent(written, [Point(kind="email", value=address)])
    assert address not in bare(left)
    assert "[address]" in left


@settings(max_examples=150, deadline=None)
@given(st.data(), st.integers(10_000_000, 999_999_999), _WORDS, _WORDS)
@example(None, 911234567, "", "")
def test_no_spelling_of_a_number_is_left(data: st.DataObject | None, rest: int, before: str, after: str) -> None:
    number = f"+385{rest}"
    spelling = data.draw(grouped(number)) if data is not None else number
    left = for_customer(f"{before}{spelling}{after}", [Point(kind="phone", value=number)])
    groups = re.sub(r"[^\w]|_", "", bare(left).replace("[number]", "x"))
    assert str(rest) not in groups


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=80), st.sampled_from([False, True]))
def test_words_without_any_of_it_stay_as_they_are_and_nothing_is_hidden_twice(words: str, markup: bool) -> None:
    left = for_agent(words, EVERYTHING, markup=markup)
    assert for_agent(left, EVERYTHING, markup=markup) == left
    if "@" not in bare(words) and sum(char.isdigit() for char in bare(words)) < 8:
        assert left == words


def test_a_long_hostile_text_takes_no_time() -> None:
    """What is quadratic takes minutes here."""
    began = time.process_time()
    for piece in (
        "a",
        "<",
        "&amp;",
        "%25",
        "0 ",
        "91 ",
        "anna.k @ ",
        "anna.k+",
        "ż",
        "\u200b1",
        "+385 ",
        "anna.k@example . ",
    ):
        words = piece * (60_000 // len(piece)) + " 0911234567 anna.k@example.com"
        for markup in (False, True):
            left = for_agent(words, EVERYTHING, markup=markup)
            assert left.endswith("[address]")
            assert not re.search("0?911234567", left)
    assert time.process_time() - began < 30


# -- whose ---------------------------------------------------------------------------------------------------------------------


def test_all_points_of_a_customer_and_of_who_takes_part_are_known() -> None:
    person = PersonFact(contact_id="c", points=[PointFact(kind="whatsapp", value="+48600100200")])
    ticket = TicketFact(
        ticket_id="t",
        number=1001,
        status="open",
        channel="telegram",
        inbox="bot",
        subject="x",
        contact_id="c",
        language="en",
        customer="987654321",
        participants=["bo@example.com", "+385911234567", "987654321"],
        created_at="2026-03-02T09:00:00Z",
    )
    found = {(each.kind, each.value) for each in customer_points(ticket, Facts(people={"c": person}))}
    assert {("whatsapp", "+48600100200"), ("telegram", "987654321"), ("email", "bo@example.com")} < found
    hidden = for_agent(
        "600100200 bo@example.com 0911234567 987654321", customer_points(ticket, Facts(people={"c": person}))
    )
    assert hidden == "[number] [address] [number] [number]"


# -- what is quoted ------------------------------------------------------------------------------------------------------------


TOKEN = "ref:abcdefghijklmnopqrstuvwx2345"


@pytest.mark.parametrize(
    ("answered", "left"),
    [
        ("Tomorrow.\n\nT-1001 “Printer”: Ana:\n\nIt fails\n\nReply to this email: your answer goes to the\ncustomer.", "Tomorrow."),
        (f"Tomorrow.\n> T-1001 „Printer”: Ana\n> It fails\n> {TOKEN}", "Tomorrow."),
        (f"Tomorrow.\n{TOKEN.upper()}\nmore", "Tomorrow."),
        ("Tomorrow.\nhttps://desk.acme.example/tickets/T-1001\nmore", "Tomorrow."),
        ("Jutro.\nAlbo zacznij wiersz od polecenia: #take, #solve, #snooze 1h, #note", "Jutro."),
        ("See T-1001 “Printer”, it is the same.", "See T-1001 “Printer”, it is the same."),
        ("T-1001 “Printer” is done.\nReply to this email, please.", "T-1001 “Printer” is done.\nReply to this email, please."),
        ("Look at https://acme.example/help", "Look at https://acme.example/help"),
    ],
)  # fmt: skip
def test_nothing_of_a_notification_comes_along_with_its_answer(answered: str, left: str) -> None:
    assert without_notification(answered) == left


@pytest.mark.parametrize(
    "written", ["50 %a00@mail.acme.example", "%A00@MAIL.AC%6D%65%2E%65%78ample", "%61%30%30%40mail.acme.example"]
)
def test_a_sign_of_percent_before_an_address_is_no_code(written: str) -> None:
    assert for_agent(written, [Point(kind="email", value="a00@mail.acme.example")]).endswith("[address]")
