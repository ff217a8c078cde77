"""Long texts in as many messages as they take (https://core.telegram.org/bots/api#sendmessage: 4096 characters, counted in UTF-16)."""

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.notifier.telegram.splitting import LIMIT, split, units

FAMILY = "👨‍👩‍👧‍👦"
TONED = "👍🏽"
FLAG = "🇭🇷"
KEYCAP = "1️⃣"
ENGLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f"
SIGNS = [
    "a",
    "ć",
    "e\u0301",
    " ",
    "\n",
    "\n\n",
    ". ",
    "! ",
    "🖨",
    FAMILY,
    TONED,
    FLAG,
    KEYCAP,
    ENGLAND,
    "word",
    "。",
    "\r\n",
]


def unspaced(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(st.lists(st.sampled_from(SIGNS), max_size=80).map("".join), st.integers(40, 80))
@example(FLAG * 40, 42)
@example(FAMILY * 10, 40)
def test_parts_fit_say_everything_once_and_cut_no_sign(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(part and part == part.strip() and units(part) <= limit for part in parts)
    assert "".join(map(unspaced, parts)) == unspaced(text)
    for part in parts:
        assert unicodedata.category(part[0]) not in ("Mn", "Me", "Mc")
        assert part[0] != "\u200d" != part[-1]
        assert not "\U0001f3fb" <= part[0] <= "\U0001f3ff"
        assert all(len(run) % 2 == 0 for run in re.findall("[\U0001f1e6-\U0001f1ff]+", part))


@given(st.text(max_size=300), st.integers(2, 50))
def test_any_text_is_split_within_the_limit_and_nothing_is_lost(text: str, limit: int) -> None:
    parts = split(text, limit)
    assert all(part.strip() and len(part.encode("utf-16-le", "surrogatepass")) <= 2 * limit for part in parts)
    assert "".join(map(unspaced, parts)) == unspaced(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("short", ["short"]),
        ("x" * LIMIT, ["x" * LIMIT]),
        ("x" * (LIMIT + 1), ["x" * LIMIT, "x"]),
        ("🖨" * 2048 + "x", ["🖨" * 2048, "x"]),
        ("x" + "🖨" * 2048, ["x" + "🖨" * 2047, "🖨"]),
    ],
    ids=["empty", "blank", "short", "4096", "4097", "pairs", "no half pair"],
)
def test_a_message_holds_4096_utf_16_units(text: str, expected: list[str]) -> None:
    assert split(text) == expected


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("First one.\nSecond, which is\n\nThird word here", 40, ["First one.\nSecond, which is", "Third word here"]),
        ("One line of text\nOther line. With an end", 30, ["One line of text", "Other line. With an end"]),
        ("It is repaired. You can fetch it", 24, ["It is repaired.", "You can fetch it"]),
        ("no end at all but words", 12, ["no end at", "all but", "words"]),
        ("exactly ten words", 11, ["exactly ten", "words"]),
        ("incomprehensibilities", 10, ["incomprehe", "nsibilitie", "s"]),
    ],
    ids=["paragraph", "line", "sentence", "word", "a space that is not sent takes no room", "no pause"],
)
def test_a_part_ends_where_a_reader_would_pause(text: str, limit: int, expected: list[str]) -> None:
    assert split(text, limit) == expected
