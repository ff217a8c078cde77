"""Header fields: addresses, dates, ids, encoded words, charsets."""

from datetime import UTC, datetime

import pytest

from shared.mail.addresses import read_addresses
from shared.mail.charsets import decode_charset
from shared.mail.dates import read_date
from shared.mail.ids import read_ids, read_message_id
from shared.mail.words import decode_header


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("anna@example.org", [("", "anna@example.org")]),
        ("Anna Nowak <anna@example.org>", [("Anna Nowak", "anna@example.org")]),
        ('"Nowak, Anna" <anna@example.org>, b@c.example', [("Nowak, Anna", "anna@example.org"), ("", "b@c.example")]),
        ('"An \\"A\\" N" <anna@example.org>', [('An "A" N', "anna@example.org")]),
        ("anna@example.org (Anna Nowak)", [("Anna Nowak", "anna@example.org")]),
        ("Anna (Sales (PL)) <anna@example.org>", [("Anna (Sales (PL))", "anna@example.org")]),
        ("Team: a@b.example, C <c@d.example>; e@f.example", [("", "a@b.example"), ("C", "c@d.example"), ("", "e@f.example")]),
        ("undisclosed-recipients:;", []),
        ('"odd local"@example.org', [("", '"odd local"@example.org')]),
        ('"plain"@example.org', [("", "plain@example.org")]),
        ("<@relay.example,@b.example:anna@example.org>", [("", "anna@example.org")]),
        ("anna @ example . org", [("", "anna@example.org")]),
        ("a@b.example; c@d.example", [("", "a@b.example"), ("", "c@d.example")]),
        ("=?utf-8?Q?Ann=C3=A0?= <anna@example.org>", [("Annà", "anna@example.org")]),
        ("=?utf-8?Q?Nowak, Anna?= <anna@example.org>", [("Nowak, Anna", "anna@example.org")]),
        ('"=?utf-8?B?xYE=?=" <anna@example.org>', [("Ł", "anna@example.org")]),
        ("'Anna' <anna@example.org>", [("Anna", "anna@example.org")]),
        ("Anna <anna@żółw.example>", [("Anna", "anna@żółw.example")]),
        ("Anna <anna@example.org", [("Anna", "anna@example.org")]),
        ("<mailto:anna@example.org>", [("", "anna@example.org")]),
        ("anna@[192.0.2.1]", [("", "anna@[192.0.2.1]")]),
        (", ,", []),
        ("", []),
    ],
)  # fmt: skip
def test_addresses_are_read_in_every_form(field: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.name, each.address) for each in read_addresses(field.encode())] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sat, 31 Jan 2026 11:00:00 +0100", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("31 Jan 2026 11:00 +0100 (CET)", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("Thu, 13 Feb 69 23:32:00 EST", datetime(1969, 2, 14, 4, 32, tzinfo=UTC)),
        ("1 Jan 03 00:00:00 GMT", datetime(2003, 1, 1, tzinfo=UTC)),
        ("1 Jan 103 00:00:00 GMT", datetime(2003, 1, 1, tzinfo=UTC)),
        ("Fri, 31 Dec 1999 23:59:60 +0000", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("2026-01-31T11:00:00+01:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31 11:00:00", datetime(2026, 1, 31, 11, tzinfo=UTC)),
        ("Sat Jan 31 11:00:00 2026", datetime(2026, 1, 31, 11, tzinfo=UTC)),
        ("Sat, 31 Jan 2026 11:00:00 -0000", datetime(2026, 1, 31, 11, tzinfo=UTC)),
        ("Tue, 99 Foo 20000 25:61 +9999", None),
        ("31 Feb 2026 11:00:00 +0000", None),
        ("1 Jan 0001 00:00:00 +1400", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_dates_become_utc_or_nothing(text: str, expected: datetime | None) -> None:
    assert read_date(text) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"<a@b> <c@d>", ["a@b", "c@d"]),
        (b"<a@b><c@d>, <a@b>", ["a@b", "c@d"]),
        (b"<a@\r\n b>", ["a@b"]),
        (b"a@b c@d", ["a@b", "c@d"]),
        (b"<> < >", []),
        (b"", []),
        (b'Your message of Monday <a@b> "x"', ["a@b"]),
    ],
)
def test_message_ids_are_read_and_none_is_empty(field: bytes, expected: list[str]) -> None:
    assert read_ids([field]) == expected


def test_an_endless_reference_header_keeps_the_first_and_the_newest() -> None:
    ids = read_ids([b" ".join(b"<%d@x>" % number for number in range(1000))])
    assert len(ids) == 200
    assert (ids[0], ids[-1]) == ("0@x", "999@x")


@pytest.mark.parametrize(
    ("field", "expected"), [(b"<a@b>", "a@b"), (b"abc", "abc"), (b"<>", None), (b"  ", None), (None, None)]
)
def test_the_id_of_a_mail_may_be_odd_but_not_empty(field: bytes | None, expected: str | None) -> None:
    assert read_message_id(field) == expected


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"=?iso-8859-2?Q?Nie_dzia=B3a?=", "Nie działa"),
        (b"=?utf-8?B?xbzDs8WCdw==?= =?utf-8?q?_x?=", "żółw x"),
        (b"=?utf-8?B?xbzDs8WCdw?=", "żółw"),
        (b"=?utf-8?B?xQ==?= =?utf-8?B?vA==?=", "ż"),
        (b"=?utf-8?Q?=C5?=\r\n =?utf-8?Q?=BC?=", "ż"),
        (b"=?utf-8?Q?two words?=", "two words"),
        (b"a=?utf-8?Q?b?=c", "abc"),
        (b"=?utf-8*en?Q?hi?=", "hi"),
        (b"=?no-such-charset?Q?=C5=BC?=", "ż"),
        (b"=?utf-8?Q?cut", "=?utf-8?Q?cut"),
        (b"=?utf-8?X?what?=", "=?utf-8?X?what?="),
        (b"=?gb2312?B?xOO6ww==?=", "你好"),
        (b"=?iso-2022-jp?B?GyRCJDMkcxsoQg==?=", "こん"),
        (b"=?koi8-r?B?8NLJ18XU?=", "Привет"),
        ("ż raw".encode(), "ż raw"),
        (b"Gr\xfc\xdfe", "Grüße"),
        (b"one\r\n two", "one two"),
        (b"a\x00b", "ab"),
    ],
)
def test_encoded_words_are_read_however_broken(field: bytes, expected: str) -> None:
    assert decode_header(field) == expected


@pytest.mark.parametrize(
    ("octets", "charset", "text", "defect"),
    [
        (b"plain", "us-ascii", "plain", None),
        ("żółw".encode(), "utf-8", "żółw", None),
        ("żółw".encode("iso-8859-2"), "ISO-8859-2", "żółw", None),
        ("čćž".encode("cp1250"), "windows-1250", "čćž", None),
        ("“quoted”".encode("cp1252"), "iso-8859-1", "“quoted”", None),
        ("żółw".encode(), "iso-8859-1", "żółw", "mislabelled-charset"),
        ("Grüße".encode("cp1252"), "utf-8", "Grüße", "mislabelled-charset"),
        (b"a\\u0105\xff", "unicode-escape", "a\\u0105ÿ", "unknown-charset"),
        ("żółw żół".encode()[:-1], "utf-8", "żółw żó\ufffd", "undecodable-charset"),
        ("Grüße".encode("cp1252"), None, "Grüße", None),
        ("żółw".encode(), None, "żółw", None),
        ("żółw".encode(), "x-never-heard", "żółw", "unknown-charset"),
        ("こんにちは".encode("iso2022_jp"), "iso-2022-jp", "こんにちは", None),
        ("こんにちは".encode("iso2022_jp"), None, "こんにちは", None),
        ("你好".encode("gb18030"), "gb2312", "你好", None),
        ("こんにちは".encode("cp932"), "Shift_JIS", "こんにちは", None),
        ("안녕".encode("cp949"), "ks_c_5601-1987", "안녕", None),
        ("hi".encode("utf-16-le"), "utf-16", "hi", None),
        (b"a+AOk-", "utf-7", "aé", None),
        (b"a\\ud800", "unicode_escape", "a\\ud800", "unknown-charset"),
        (b"nul\x00", "utf-8", "nul", None),
        ("Добрый день, у меня вопрос".encode("koi8-r"), None, "Добрый день, у меня вопрос", None),
        ("Добрый день, у меня вопрос".encode("cp1251"), None, "Добрый день, у меня вопрос", None),
    ],
)
def test_octets_become_text_whatever_the_label_says(
    octets: bytes, charset: str | None, text: str, defect: str | None
) -> None:
    assert decode_charset(octets, charset) == (text, defect)
