"""Numbers, and how many SMS a text takes (3GPP TS 23.038, 23.040)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.phones import GSM7_BASIC, GSM7_EXTENSION, count_segments, is_e164, region_of, time_zones_of, to_e164


@pytest.mark.parametrize(
    ("text", "encoding", "count", "units"),
    [
        ("", "GSM-7", 1, 0),
        ("a" * 160, "GSM-7", 1, 160),
        ("a" * 161, "GSM-7", 2, 161),
        ("a" * 306, "GSM-7", 2, 306),
        ("a" * 307, "GSM-7", 3, 307),
        ("€" * 80, "GSM-7", 1, 160),
        ("€" * 81, "GSM-7", 2, 162),
        # An escaped character is not divided: 152 and an escape leave one septet of the first segment empty.
        ("a" * 152 + "€" + "a" * 152, "GSM-7", 3, 306),
        ("[]{}~|^\\\f", "GSM-7", 1, 18),
        ("ÄÖÑÜ§¿äöñüà@£$¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ", "GSM-7", 1, 39),
        ("ą" * 70, "UCS-2", 1, 70),
        ("ą" * 71, "UCS-2", 2, 71),
        ("š" * 134, "UCS-2", 2, 134),
        ("š" * 135, "UCS-2", 3, 135),
        ("😀" * 35, "UCS-2", 1, 70),
        ("😀" * 36, "UCS-2", 2, 72),
        # A pair of surrogates is not divided: 33 of them fit into the 67 units of a segment.
        ("😀" * 67, "UCS-2", 3, 134),
        ("`", "UCS-2", 1, 1),
        ("ç", "UCS-2", 1, 1),
    ],
)
def test_a_text_takes_the_segments_that_the_table_says(text: str, encoding: str, count: int, units: int) -> None:
    found = count_segments(text)
    assert (found.encoding, found.count, found.units) == (encoding, count, units)


def test_the_alphabet_has_the_128_characters_of_its_table() -> None:
    assert len(GSM7_BASIC) == 127  # and the escape
    assert len(GSM7_EXTENSION) == 10
    assert not GSM7_BASIC & GSM7_EXTENSION


@given(st.text(max_size=700))
def test_more_text_never_takes_fewer_segments(text: str) -> None:
    assert count_segments(text).count <= count_segments(text + "a").count


@pytest.mark.parametrize(
    ("written", "region", "expected"),
    [
        ("+48 600 100 200", None, "+48600100200"),
        ("0048600100200", None, "+48600100200"),
        ("600 100 200", "PL", "+48600100200"),
        ("(091) 234-5678", "HR", "+385912345678"),
        ("600 100 200", None, None),
        ("72345", None, None),
        ("hello", "PL", None),
        ("", "PL", None),
        ("+" + "9" * 60, None, None),
        ("+1" * 500, None, None),
    ],
)
def test_a_number_as_people_write_it_becomes_e164(written: str, region: str | None, expected: str | None) -> None:
    assert to_e164(written, region) == expected
    assert expected is None or is_e164(expected)


def test_a_number_tells_its_country_and_time_zone() -> None:
    assert (region_of("+385912345678"), time_zones_of("+385912345678")) == ("HR", ("Europe/Zagreb",))
    assert (region_of("12"), time_zones_of("12")) == (None, ())
