"""Bodies that Outlook kept as compressed RTF only, and the words that come out of them."""

import base64
import struct
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mail import needs_worker, parse_mail
from shared.mail.limits import MAX_TEXT
from shared.mail.lzfu import _DICTIONARY, MAX_RAW, unpack_rtf
from shared.mail.rtf import read_rtf
from shared.mail.tnef import read_tnef


def compressed(rtf: bytes) -> bytes:
    """PR_RTF_COMPRESSED of some RTF: the longest match within the window, as MS-OXRTFCP 3.2.4.1 describes it."""
    seen = bytearray(_DICTIONARY)
    steps: list[bytes] = []
    position = 0
    while position < len(rtf):
        length, place = 1, -1
        while length < 17 and position + length < len(rtf):
            found = seen.rfind(rtf[position : position + length + 1], max(len(seen) - 4095, 0))
            if found < 0:
                break
            length, place = length + 1, found
        if place < 0:
            steps.append(rtf[position : position + 1])
        else:
            steps.append(struct.pack(">H", (place % 4096) << 4 | (length - 2)))
        seen += rtf[position : position + length]
        position += length
    steps.append(struct.pack(">H", (len(seen) % 4096) << 4))
    runs = [steps[at : at + 8] for at in range(0, len(steps), 8)]
    content = b"".join(
        bytes([sum((len(step) == 2) << bit for bit, step in enumerate(run))]) + b"".join(run) for run in runs
    )
    return packed(content, len(rtf))


def packed(content: bytes, raw_size: int, kind: bytes = b"LZFu") -> bytes:
    checksum = zlib.crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF if kind == b"LZFu" else 0
    return struct.pack("<II4sI", len(content) + 12, raw_size, kind, checksum) + content


def mail_with(value: bytes, plain: str = "") -> bytes:
    """A mail that is nothing but a winmail.dat whose message has this PR_RTF_COMPRESSED."""
    properties = [struct.pack("<HHII", 0x102, 0x1009, 1, len(value)) + value + b"\x00" * (-len(value) % 4)]
    if plain:
        octets = plain.encode() + b"\x00"
        properties.append(struct.pack("<HHII", 0x1E, 0x1000, 1, len(octets)) + octets + b"\x00" * (-len(octets) % 4))
    data = struct.pack("<I", len(properties)) + b"".join(properties)
    stream = struct.pack("<IHBII", 0x223E9F78, 1, 1, 0x00069003, len(data)) + data + b"\x00\x00"
    assert read_tnef(stream) is not None
    return (
        b"From: anna@customer.example\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(stream)
    )


WRAPPED = (
    rb"{\rtf1\ansi\ansicpg1250\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}{\f1\fnil\fcharset2 Symbol;}}"
    rb"{\colortbl\red0\green0\blue0;}\uc1\pard\plain\deftab360 \f0\fs24 "
    rb"{\*\htmltag19 <html>}{\*\htmltag2 \par }{\*\htmltag34 <head>}"
    rb'{\*\htmltag1 <style>p \{margin:0\}</style>}{\*\htmltag41 </head>}{\*\htmltag50 <body class="a">}'
    rb"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Dzie\'f1 dobry,{\*\htmltag84 &nbsp;}"
    rb"\htmlrtf \'a0\htmlrtf0 kt\'f3ry model?\htmlrtf\par}\htmlrtf0 "
    b"{\\*\\htmltag72 </p>}\r\n"
    + rb"{\*\mhtmltag64 <p>}{\*\htmltag64 <p>}{\*\htmltag148 <b>}\htmlrtf {\b \htmlrtf0 X-200"
    rb"{\*\htmltag156 </b>}\htmlrtf }\htmlrtf0 \endash  \u380\'bf\u243?\u322?ty \{nowy\}{\*\htmltag72 </p>}"
    rb"{\*\htmltag58 </body>}{\*\htmltag27 </html>}}"
)


def test_the_examples_of_the_specification_are_unpacked() -> None:
    plain = bytes.fromhex("2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232"
                          "0af32068656c090020627705b06c647d0a800fa0")  # fmt: skip
    assert unpack_rtf(plain).rtf == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"
    over = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert unpack_rtf(over).rtf == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"
    assert not unpack_rtf(plain).damaged
    assert not unpack_rtf(over).damaged


@settings(max_examples=60, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=400),
        st.lists(st.sampled_from([b"\\par ", b"abc", b"{\\f0", b"x"]), max_size=900).map(b"".join),
    )
)
def test_what_is_packed_comes_out_as_it_was(rtf: bytes) -> None:
    unpacked = unpack_rtf(compressed(rtf))
    assert unpacked.rtf == rtf
    assert not unpacked.damaged
    assert unpack_rtf(packed(rtf, len(rtf), b"MELA")).rtf == rtf


def test_html_within_rtf_becomes_the_html_and_the_text_of_the_mail() -> None:
    parsed = parse_mail(mail_with(compressed(WRAPPED)))
    assert parsed.text == "Dzień dobry, który model?\n\nX-200– żółty {nowy}"
    assert parsed.reply_text == parsed.text
    assert parsed.html is not None
    assert "<b>X-200</b>– żółty {nowy}" in parsed.html
    assert parsed.attachments == []
    assert "tnef-damaged" not in parsed.defects


def test_text_within_rtf_becomes_the_text_of_the_mail() -> None:
    rtf = rb"{\rtf1\ansi\ansicpg1252\fromtext \fbidis \deff0{\fonttbl{\f0\fswiss Arial;}}\pard It burns.\par \par Yours\line\'c5sa\tab x}"
    parsed = parse_mail(mail_with(compressed(rtf)))
    assert parsed.text == "It burns.\n\nYours\nÅsa\tx"
    assert parsed.html is None


def test_the_plain_body_of_a_message_is_kept_where_its_rtf_is_no_html() -> None:
    parsed = parse_mail(mail_with(compressed(rb"{\rtf1\ansi other words}"), plain="These words."))
    assert parsed.text == "These words."


@pytest.mark.parametrize(
    ("rtf", "text"),
    [
        (rb"{\rtf1\ansi\ansicpg1250 za\'bf\'f3\'b3\'e6}", "zażółć"),
        (rb"{\rtf1\ansi{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}\f1 \'c4\'e0{\f0 !}\'cd}", "Да!Н"),
        (rb"{\rtf1\ansi{\fonttbl{\f0\fcharset128 M;}}\f0\'83A\'83\'8b}", "アル"),
        (rb"{\rtf1\uc2\u26085 ??\u26412\'93\'fa.}", "日本."),
        (rb"{\rtf1\uc0\u-10179\u-8704 ok}", "😀ok"),
        (rb"{\rtf1\ansi \lquote a\rquote\ldblquote b\rdblquote\~c\_d\bullet}", "‘a’“b”\xa0c‑d•"),
        (rb"{\rtf1 a{\*\unknown lost}{\info{\title lost}}{\pict 0102ff}{\field{\*\fldinst{X}}{\fldrslt link}}b}", "alinkb"),
        (rb"{\rtf1 a{\v hidden}b\cell c\row}", "ab\tc\n"),
        (b"{\\rtf1 a{\\pict\\bin5 }}}}}}b}", "ab"),
        (rb"{\rtf1 \{braces\} and \\ slash}", "{braces} and \\ slash"),
        (b"{\\rtf1 one\r\n two\\\nthree}", "one two\nthree"),
        (b"no RTF", ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_other_rtf_gives_its_words(rtf: bytes, text: str) -> None:
    assert read_rtf(rtf).content == text


def test_a_wrong_checksum_is_named_and_the_words_are_read_and_the_original_kept() -> None:
    value = bytearray(compressed(rb"{\rtf1\ansi It burns.}"))
    value[12] ^= 1
    parsed = parse_mail(mail_with(bytes(value)))
    assert parsed.text == "It burns."
    assert "tnef-damaged" in parsed.defects
    assert [each.filename for each in parsed.attachments] == ["winmail.dat"]


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_cut_rtf_gives_its_beginning_and_the_original_is_kept(cut: int) -> None:
    parsed = parse_mail(mail_with(compressed(b"{\\rtf1\\ansi It burns since " + bytes(range(97, 123)) + b"}")[:-cut]))
    assert parsed.text.startswith("It burns")
    assert [each.filename for each in parsed.attachments] == ["winmail.dat"]


@pytest.mark.parametrize("rtf", [b"{" * 900_000, b"\\f0" * 600_000, b"\\u1 " * 500_000, b"\\'e0" * 500_000, b"{\\*\\htmltag1 <}" * 130_000],
                         ids=["braces", "fonts", "characters", "octets", "tags"])  # fmt: skip
def test_hostile_rtf_costs_bounded_work(rtf: bytes) -> None:
    begun = time.process_time()
    words = read_rtf(b"{\\rtf1\\fromhtml1 " + rtf)
    assert len(words.content) <= MAX_TEXT
    assert time.process_time() - begun < 2


def test_unpacking_ends_however_much_is_promised() -> None:
    # Each step repeats the octet before it seventeen times.
    places = [(len(_DICTIONARY) + 8 - 1 + 17 * step) % 4096 << 4 | 15 for step in range(8 * 16_000)]
    runs = [b"\xff" + struct.pack(">8H", *places[at : at + 8]) for at in range(0, len(places), 8)]
    content = b"\x00aaaaaaaa" + b"".join(runs)
    begun = time.process_time()
    unpacked = unpack_rtf(packed(content, 0xFFFFFFFF))
    assert len(unpacked.rtf) == MAX_RAW
    assert unpacked.damaged
    assert time.process_time() - begun < 2


PIECES = st.sampled_from(
    [b"{\\rtf1", b"\\fromhtml1 ", b"\x00",
     b"{\\*\\htmltag64 <p>}", b"\\htmlrtf", b"\\htmlrtf0 ", b"{", b"}", b"\\u-1?", b"\\uc9", b"\\'", b"\\'e",
     b"\\bin99999 ", b"\\bin-5 ", b"\\*", b"\\ansicpg932", b"\\ansicpg99999 ", b"{\\fonttbl{\\f1\\fcharset128 x;}}\\f1", b"\x83", b"\\"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(PIECES, st.binary(max_size=12)), max_size=40).map(b"".join))
def test_no_octets_make_rtf_fail(octets: bytes) -> None:
    for rtf in (octets, b"{\\rtf1" + octets):
        assert len(read_rtf(rtf).content) <= MAX_TEXT
    for value in (octets, packed(octets, 400), packed(octets, 9)[:-1]):
        assert len(unpack_rtf(value).rtf) <= MAX_RAW
    assert "reading-failed" not in parse_mail(mail_with(packed(octets, 90))).defects


TEXTS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs"), include_characters="\n\t"), max_size=80)


@settings(max_examples=80, deadline=None)
@given(TEXTS)
def test_any_text_that_is_written_as_rtf_is_read_again(text: str) -> None:
    units = struct.unpack(f"<{len(text.encode('utf-16-le')) // 2}h", text.encode("utf-16-le"))
    rtf = b"{\\rtf1\\ansi\\fromtext " + b"".join(b"\\u%d?" % unit for unit in units) + b"}"
    assert read_rtf(rtf).content == text


def test_what_is_not_read_to_its_end_is_kept_as_it_came() -> None:
    parsed = parse_mail(mail_with(compressed(b"{\\rtf1 " + b"a\\par " * 40_000 + b"the end}")))
    assert parsed.text.startswith("a\na\n")
    assert "the end" not in parsed.text
    assert "tnef-damaged" in parsed.defects
    assert [each.filename for each in parsed.attachments] == ["winmail.dat"]


def test_a_winmail_of_more_than_a_few_lines_is_for_the_worker() -> None:
    assert needs_worker(mail_with(compressed(b"{\\rtf1 " + bytes(range(32, 90)) * 400 + b"}") + bytes(30_000)))
