"""Headers and charsets as bad software writes them: beyond what the standards allow and test_headers.py holds."""

import pytest

from shared.mail import parse_mail
from shared.mail.addresses import read_addresses
from shared.mail.charsets import decode_charset
from shared.mail.dates import read_date
from shared.mail.fingerprint import fingerprint
from shared.mail.words import decode_header


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"=?utf-8?Q?Caf=C3=A9_ol=C3=A9", "Café olé"),
        (b"=?utf-8?B?xbzDs8WCdw==", "żółw"),
        (b"=?utf-8?B?xbzDs8WCdw==?", "żółw"),
        (b"Re: =?utf-8?Q?=C5=BC?= and =?utf-8?Q?=C5=82", "Re: ż and ł"),
        (b"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"),
        (b"=?utf-8? Q ?=C5=BC?=", "ż"),
        (b"=? utf-8?Q?=C5=BC?=", "ż"),
        (b"=?utf-8?Q?=C5=BC? =", "ż"),
        (b"=?utf-8?q?What?_is_this?=", "What? is this"),
        (b"=?utf-8?B?8J+Y?= =?utf-8?B?gA==?=", "😀"),
        (b"=?ISO-2022-JP?B?GyRCRnw=?= =?ISO-2022-JP?B?S1wbKEI=?=", "日本"),
        (b"\x1b$BF|K\\\x1b(B", "日本"),
        (b"=?utf-7?Q?+AXwA8wFC-w?=", "żółw"),
        (b"=?UTF-7?B?K0FYd0E4d0ZDLXc=?=", "żółw"),
        (b"=?unicode-1-1-utf-7?Q?+AXw-?=", "ż"),
        (b"=?us-ascii?Q?=C5=BC?=", "ż"),
        (b"=?iso-8859-1?Q?=C5=BC=C3=B3=C5=82w?=", "żółw"),
        (b"=?utf-8?Q?Gr=FC=DFe?=", "Grüße"),
        (b"=?cp-1250?Q?=BF?= =?windows1250?Q?=BF?= =?x-windows-1250?Q?=BF?= =?iso8859_2?Q?=BF?=", "żżżż"),
        (b"=?utf-8?B?PT91dGYtOD9RP0NhZj1DMz1BOT89?=", "Café"),
        (b'"=?utf-8?Q?in_quotes?=" x', '"in quotes" x'),
        (b"=?utf-8?B?====?=", ""),
        (b"=?windows-1256?Q?=E3=D1=CD=C8=C7?=", "مرحبا"),
        (b"=?tis-620?B?ysfRyrTV?=", "สวัสดี"),
        ("Zażółć gęślą".encode("cp1250"), "Zażółć gęślą"),
        (b"2 =? 3 is a question ?= x", "2 =? 3 is a question ?= x"),
    ],
)
def test_encoded_words_that_no_standard_allows_are_read(field: bytes, expected: str) -> None:
    assert decode_header(field) == expected


SENTENCES = [
    ("Zażółć gęślą jaźń, proszę o pomoc", ["cp1250", "iso8859-2", "utf-8"]),
    ("Poštovani, uređaj ne radi već tri dana, molim žurno rješenje", ["cp1250", "utf-8"]),
    ("Dobrý den, prosím o zaslání náhradní součástky. Děkuji", ["cp1250", "utf-8"]),
    ("Tisztelt Ügyfélszolgálat! A készülék nem működik, kérem segítsenek", ["cp1250", "utf-8"]),
    ("Müşteri hizmetleri, cihazım çalışmıyor, lütfen yardım", ["cp1254"]),
    ("Où est ma commande passée à l’hôtel ?", ["cp1252"]),
    ("Größe und Maße für Übergrößen", ["latin-1"]),
    ("Hej, jag har fått fel färg på stövlarna, kan ni byta åt mig?", ["latin-1"]),
    ("¿Dónde está el señor Núñez?", ["latin-1"]),
    ("Добрый день, заказ 123 ещё не пришёл", ["cp1251", "koi8-r"]),
    ("Добрий день, прилад не працює", ["cp1251"]),
    ("Καλημέρα, η συσκευή δεν λειτουργεί", ["cp1253"]),
    ("שלום, המכשיר לא עובד", ["cp1255"]),
    ("مرحبا، الجهاز لا يعمل منذ أمس", ["cp1256"]),
    ("สวัสดีครับ เครื่องไม่ทำงาน", ["cp874"]),
    ("您好，请问我的订单什么时候发货？", ["gb18030"]),
    ("您好，請問我的訂單什麼時候出貨？謝謝", ["big5"]),
    ("お世話になっております。商品がまだ届きません。", ["cp932", "euc_jp", "iso2022_jp"]),
    ("안녕하세요 주문한 상품이 아직 도착하지 않았습니다", ["cp949"]),
    ("Hi there, Ł", ["utf-16"]),
]


@pytest.mark.parametrize(
    ("sentence", "codec"), [(sentence, codec) for sentence, codecs in SENTENCES for codec in codecs]
)
@pytest.mark.parametrize("label", [None, "us-ascii", "x-unknown"])
def test_a_charset_without_a_true_label_is_found_by_its_letters(sentence: str, codec: str, label: str | None) -> None:
    if label == "us-ascii" and codec in ("utf-16", "iso2022_jp"):
        pytest.skip("these are not eight-bit octets")
    assert decode_charset(sentence.encode(codec), label)[0].removeprefix("\ufeff") == sentence


@pytest.mark.parametrize(
    "label", ["iso-8859-1", "windows-1250", "koi8-r", "us-ascii", "gb2312", "big5", "shift_jis", "euc-kr", "utf-7"]
)
@pytest.mark.parametrize("sentence", ["Zażółć gęślą jaźń", "您好，请问我的订单", "こんにちは世界です", "Привет, мир"])
def test_utf8_under_any_other_label_is_utf8(sentence: str, label: str) -> None:
    assert decode_charset(sentence.encode(), label) == (sentence, "mislabelled-charset")


def test_the_signs_of_windows_are_read_in_japanese_mail() -> None:
    assert decode_charset(b'\x1b$B-!-"\x1b(B no. \x1b(I6E\x1b(B', "iso-2022-jp")[0] == "①② no. ｶﾅ"


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("=?utf-8?Q?Anna_=3Canna=40example.org=3E?=", [("Anna", "anna@example.org")]),
        ('"Anna <anna@example.org>"', [("Anna", "anna@example.org")]),
        ("Nowak, Anna <a@b.example>", [("Nowak, Anna", "a@b.example")]),
        ("Nowak, Anna <a@b.example>, c@d.example", [("Nowak, Anna", "a@b.example"), ("", "c@d.example")]),
        ("Anna <a@b.example> Bob <c@d.example>", [("Anna", "a@b.example"), ("Bob", "c@d.example")]),
        ("Anna <<anna@example.org>>", [("Anna", "anna@example.org")]),
        ("Anna [anna@example.org]", [("Anna", "anna@example.org")]),
        ("Anna <anna@example.org.>", [("Anna", "anna@example.org")]),
        ("Pete(A nice \\) chap) <pete@silly.test>", [("Pete (A nice ) chap)", "pete@silly.test")]),
        ('"a,b"@c.example, "x y" <"d e"@f.example>', [("", '"a,b"@c.example'), ("x y", '"d e"@f.example')]),
        ("a@b.example, , c@d.example", [("", "a@b.example"), ("", "c@d.example")]),
        ("'anna@example.org' <anna@example.org>", [("anna@example.org", "anna@example.org")]),
        ('"Unclosed <a@b.example>', [("Unclosed", "a@b.example")]),
        ("smtp:a@b.example", [("", "a@b.example")]),
        ("Łukasz Żółw <łukasz@żółw.example>", [("Łukasz Żółw", "łukasz@żółw.example")]),
        ("Anna <anna@xn--w-uga1v8h.example>", [("Anna", "anna@xn--w-uga1v8h.example")]),
    ],
)
def test_addresses_that_no_standard_allows_are_read(field: str, expected: list[tuple[str, str]]) -> None:
    assert [(each.name, each.address) for each in read_addresses(field.encode())] == expected


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("Mon, 1 Jan 1900 00:00:00 GMT", "1900-01-01T00:00"),
        ("Mon, 01 Jan 1600 00:00:00 +0000", "1600-01-01T00:00"),
        ("Thu, 1 Jan 2399 00:00:00 +0000", "2399-01-01T00:00"),
        ("Sat, 31 Jan 2026 11:00:00 +01:00", "2026-01-31T10:00"),
        ("Sat, 31 Jan 2026 11:00:00 CET", "2026-01-31T10:00"),
        ("Sat, 31 Jul 2026 11:00:00 CEST", "2026-07-31T09:00"),
        ("Sat, 31 Jan 2026 11:00:00 GMT+1", "2026-01-31T10:00"),
        ("Sat, 31 Jan 2026 11:00:00 UTC+0100", "2026-01-31T10:00"),
        ("Sat, 31 Jan 2026 11:00:00 JST", "2026-01-31T02:00"),
        ("Sat, 31 Jan 2026 11:00:00 + 0100", "2026-01-31T10:00"),
        ("Sat, 31 Jan 2026 11:00:00 +9999", "2026-01-31T11:00"),
        ("Sat, 31 Jan 2026 11:00:00 NOWHERE", "2026-01-31T11:00"),
        ('Sat, 31 Jan 2026 11:00:00 "GMT"', "2026-01-31T11:00"),
        ("Sat, 31 Jan 2026 11.00.00 +0100", "2026-01-31T10:00"),
        ("Sat, 31 Jan 2026 11:00:00.123 +0100", "2026-01-31T10:00"),
        ("Sat, 31 Jan 2026 24:00:00 +0000", "2026-02-01T00:00"),
        ("Sat, 31-Jan-2026 11:00:00 +0100", "2026-01-31T10:00"),
        ("Saturday, January 31, 2026 11:00 AM", "2026-01-31T11:00"),
        ("31.01.2026 11:00", "2026-01-31T11:00"),
        ("1/31/2026 11:00:00 PM", "2026-01-31T23:00"),
        ("sob., 31 sty 2026 11:00:00 +0100", "2026-01-31T10:00"),
        ("Mi, 04 Mär 2026 11:00:00 +0100", "2026-03-04T10:00"),
        ("sub, 31 sij 2026 11:00:00 +0100", "2026-01-31T10:00"),
        ("20260131T110000Z", "2026-01-31T11:00"),
        ("2026/01/31 11:00:00", "2026-01-31T11:00"),
        ("1769853600", "2026-01-31T10:00"),
    ],
)
def test_dates_of_every_century_and_of_broken_zones_are_read(text: str, moment: str) -> None:
    found = read_date(text)
    assert found is not None
    assert found.isoformat()[:16] == moment


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        (b"attachment; filename*0*=UTF-8''%E5%A0%B1; filename*1*=%E5%91%8A.pdf", "報告.pdf"),
        (b'attachment; filename*1="b.pdf"; filename*0="a"', "ab.pdf"),
        (b"attachment; filename*=%C5%82.pdf", "ł.pdf"),
        (b"attachment; filename*=utf-8'pl'%C5%82.pdf", "ł.pdf"),
        (b"attachment; filename*=iso-8859-2''%B3.pdf", "ł.pdf"),
        (b"attachment; filename*=no-such''%C5%82.pdf", "ł.pdf"),
        (b"attachment; filename*=\"utf-8''%C5%82.pdf\"", "ł.pdf"),
        (b"attachment; filename==?utf-8?Q?=C5=82.pdf?=", "ł.pdf"),
        (b'attachment; filename="=?utf-8?Q?=C5?= =?utf-8?Q?=82.pdf?="', "ł.pdf"),
        ('attachment; filename="ł.pdf"'.encode(), "ł.pdf"),
        ('attachment; filename="ł.pdf"'.encode("cp1250"), "ł.pdf"),
        (b'attachment; filename="never closed.pdf', "never closed.pdf"),
        (b'attachment; filename="a\\"b.pdf"', 'a"b.pdf'),
        (b'attachment; filename="a\x00b\x07\r\n c.pdf"', "ab c.pdf"),
        (b'attachment; filename="C:\\Users\\x\\report.pdf"', "report.pdf"),
        (b'attachment; filename="\xe2\x80\xaefdp.exe"', "fdp.exe"),
        (b'attachment; filename=".."', ""),
        (b'attachment; filename="/etc/passwd"', "passwd"),
        (b'attachment; filename="..%2f..%2fx"', "..%2f..%2fx"),
        (b"attachment; filename=" + b"a" * 5000 + b".pdf", "a" * 196 + ".pdf"),
    ],
)
def test_file_names_are_read_however_written_and_lead_nowhere(disposition: bytes, filename: str) -> None:
    raw = b"Content-Type: application/pdf\r\nContent-Disposition: " + disposition + b"\r\n\r\nx"
    assert [each.filename for each in parse_mail(raw).attachments] == [filename]


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        ("format=flowed; delsp=yes", "日本語 \r\nの文\r\n", "日本語の文\n"),
        ("format=flowed", " >not a quote\r\n From here\r\n", ">not a quote\nFrom here\n"),
        ("format=flowed", ">> a \r\n>> b\r\n> c \r\nd\r\n", ">> a b\n> c \nd\n"),
        ('format="Flowed"', "a \r\nb\r\n", "a b\n"),
        ("format=fixed", "a \r\nb\r\n", "a \nb\n"),
    ],
)
def test_flowed_text_is_put_together(headers: str, body: str, text: str) -> None:
    raw = f"Content-Type: text/plain; charset=utf-8; {headers}\r\n\r\n{body}".encode()
    assert parse_mail(raw).text == text


def test_a_text_and_its_repetition_with_other_numbers_have_one_fingerprint() -> None:
    first = "Thank you! Your request #123 was received on Mon, 3 May 2026 10:22. See https://x.example/a?1"
    again = (
        "thank you!  Your request #9981\nwas received on Tue, 14 June 2026 9:01. See https://x.example/b?77\n> quoted"
    )
    assert fingerprint(first) == fingerprint(again) != ""


@pytest.mark.parametrize("text", ["", "12 34", "> only a quote", "2026-01-31 10:00", "a@b.example https://x.example"])
def test_what_has_no_words_is_like_nothing(text: str) -> None:
    assert fingerprint(text) == ""


def test_other_words_have_another_fingerprint() -> None:
    assert fingerprint("The router is red") != fingerprint("The router is blue")
