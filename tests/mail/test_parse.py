"""A whole mail, read."""

import json

import pytest

from shared.mail import ParsedMail, parse_file_json, parse_mail

PLAIN = (
    b"From: Anna Nowak <anna@example.org>\r\nTo: support@acme.example, Bob <bob@acme.example>\r\n"
    b"Cc: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\nReply-To: <anna.other@example.org>\r\n"
    b"Subject: =?iso-8859-2?Q?Nie_dzia=B3a?= router\r\nDate: Sat, 31 Jan 2026 11:00:00 +0100\r\n"
    b"Message-ID: <a1@example.org>\r\nIn-Reply-To: <b2@acme.example>\r\nReferences: <c3@acme.example>\r\n <b2@acme.example>\r\n"
    b"\r\nGood morning,\r\nthe router does not start since yesterday evening.\r\n"
)


def test_the_json_has_exactly_the_promised_keys() -> None:
    out = json.loads(parse_file_json(PLAIN))
    assert list(out) == [
        "source_id", "message_id", "in_reply_to", "references", "from", "reply_to", "to", "cc", "subject", "date", "text",
        "reply_text", "html", "language", "attachments", "automatic", "bounce", "forwarded_from", "defects",
    ]  # fmt: skip
    assert "\n" not in parse_file_json(PLAIN)


def test_an_ordinary_mail_is_read_whole() -> None:
    out = json.loads(parse_file_json(PLAIN))
    assert out["message_id"] == "a1@example.org"
    assert out["in_reply_to"] == ["b2@acme.example"]
    assert out["references"] == ["c3@acme.example", "b2@acme.example"]
    assert out["from"] == {"name": "Anna Nowak", "address": "anna@example.org"}
    assert out["reply_to"] == [{"name": "", "address": "anna.other@example.org"}]
    assert out["to"] == [
        {"name": "", "address": "support@acme.example"},
        {"name": "Bob", "address": "bob@acme.example"},
    ]
    assert out["cc"] == [{"name": "Zoë", "address": "zoe@example.org"}]
    assert out["subject"] == "Nie działa router"
    assert out["date"] == "2026-01-31T10:00:00+00:00"
    assert out["text"] == "Good morning,\nthe router does not start since yesterday evening.\n"
    assert out["language"] == "en"
    assert (out["html"], out["attachments"], out["automatic"], out["bounce"], out["defects"]) == (
        None,
        [],
        None,
        None,
        [],
    )


def multipart(kind: str, *parts: bytes) -> bytes:
    body = b"".join(b"--=_b\r\n" + part + b"\r\n" for part in parts)
    return b'From: a@b.example\r\nContent-Type: multipart/%s; boundary="=_b"\r\n\r\n%s--=_b--\r\n' % (
        kind.encode(),
        body,
    )


TEXT = b"Content-Type: text/plain; charset=utf-8\r\n\r\nza\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87"
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hello <b>you</b></p><script>alert(1)</script>"
IMAGE = (
    b'Content-Type: image/png; name="=?utf-8?Q?=C5=BC.png?="\r\nContent-ID: <img@1>\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo="
)


def test_an_alternative_is_read_as_text_and_shown_as_html() -> None:
    parsed = parse_mail(multipart("alternative", TEXT, HTML))
    assert parsed.text == "zażółć"
    assert parsed.html is not None
    assert "<b>you</b>" in parsed.html
    assert "alert" not in parsed.html


def test_html_alone_becomes_text() -> None:
    parsed = parse_mail(b"Content-Type: text/html\r\n\r\n<p>One</p><ul><li>two</ul><style>p{}</style>")
    assert [line.strip() for line in parsed.text.splitlines() if line.strip()] == ["One", "* two"]


def test_a_related_image_is_an_inline_attachment() -> None:
    parsed = parse_mail(multipart("related", HTML, IMAGE))
    (image,) = parsed.attachments
    assert (image.filename, image.media_type, image.size, image.inline, image.content_id) == (
        "ż.png", "image/png", 8, True, "img@1",
    )  # fmt: skip
    assert image.content == b"\x89PNG\r\n\x1a\n"


def test_an_attached_mail_is_an_attachment_of_its_own() -> None:
    inner = b"Subject: inner\r\n\r\nnot the text of the outer mail"
    parsed = parse_mail(multipart("mixed", TEXT, b"Content-Type: message/rfc822\r\n\r\n" + inner))
    assert parsed.text == "zażółć"
    assert [(each.media_type, each.content) for each in parsed.attachments] == [("message/rfc822", inner)]


@pytest.mark.parametrize(
    ("header", "filename"),
    [
        (b"attachment; filename=report.pdf", "report.pdf"),
        (b'attachment; filename="two words.pdf"', "two words.pdf"),
        (b"attachment; filename=two words.pdf", "two words.pdf"),
        (b"attachment; filename*=utf-8''%C5%82%C3%B3d%C5%BA.pdf", "łódź.pdf"),
        (b"attachment; filename*0=\"long \"; filename*1=\"name.pdf\"", "long name.pdf"),
        (b"attachment; filename*0*=utf-8''%C5%82; filename*1*=%C3%B3; filename*2=d.pdf", "łód.pdf"),
        (b"attachment; filename=plain.pdf; filename*=utf-8''better.pdf", "better.pdf"),
        (b'attachment; filename="=?utf-8?B?xYIucGRm?="', "ł.pdf"),
        (b'attachment; filename="..\\..\\evil.exe"', "evil.exe"),
        (b'attachment; filename="../../etc/passwd"', "passwd"),
        (b"attachment filename=\"no semicolon.pdf\"", "no semicolon.pdf"),
    ],
)  # fmt: skip
def test_filenames_are_read_in_every_form_and_lead_nowhere(header: bytes, filename: str) -> None:
    part = b"Content-Type: application/pdf\r\nContent-Disposition: " + header + b"\r\n\r\nx"
    assert [each.filename for each in parse_mail(multipart("mixed", TEXT, part)).attachments] == [filename]


def test_flowed_lines_are_joined_and_quotes_and_signatures_kept() -> None:
    body = b"one \r\ntwo\r\n> quoted \r\n> on\r\n-- \r\nme"
    parsed = parse_mail(b"Content-Type: text/plain; format=flowed\r\n\r\n" + body)
    assert parsed.text == "one two\n> quoted on\n-- \nme"


@pytest.mark.parametrize(
    ("headers", "name", "address", "defect"),
    [
        (b"Sender: s@b.example", "", "s@b.example", "missing-from"),
        (b"From: a@b.example\r\nFrom: c@d.example", "", "a@b.example", "several-from"),
        (b"From: Anna, a@b.example", "", "a@b.example", None),
        (b"From: Only A Name", "Only A Name", "", None),
        (b"Subject: none", "", "", "missing-from"),
    ],
)
def test_a_missing_or_several_authors_still_give_one(
    headers: bytes, name: str, address: str, defect: str | None
) -> None:
    parsed = parse_mail(headers + b"\r\n\r\nx")
    assert (parsed.from_.name, parsed.from_.address) == (name, address)
    assert defect is None or defect in parsed.defects


def test_a_mail_without_an_empty_line_keeps_its_text() -> None:
    parsed = parse_mail(b"Subject: x\nThis is the text already.\nAnd more of it.\n")
    assert parsed.subject == "x"
    assert parsed.text.startswith("This is the text already.")
    assert "malformed-header" in parsed.defects


def test_tokens_are_found_in_the_quoted_text_too() -> None:
    token = "A" * 24
    parsed = parse_mail(b"Subject: x\r\n\r\nThanks\r\n\r\n> ref:" + token.encode() + b"\r\n> ref:short\r\n")
    assert parsed.body_tokens == ["a" * 24]
    assert parsed.reply_text == "Thanks"


def test_at_most_twenty_tokens_are_taken() -> None:
    text = b"".join(b"ref:%030d\n" % number for number in range(50))
    assert len(parse_mail(b"\n" + text).body_tokens) == 20


def test_the_json_can_be_read_back() -> None:
    parsed = parse_mail(multipart("mixed", TEXT, IMAGE))
    again = ParsedMail.model_validate_json(parsed.model_dump_json())
    assert again.model_dump_json() == parsed.model_dump_json()


def test_a_line_of_blanks_does_not_end_the_headers_where_a_field_follows() -> None:
    parsed = parse_mail(b"Subject: x\r\n \r\nMessage-ID: <a@b>\r\n\r\nhello")
    assert (parsed.subject, parsed.message_id, parsed.text) == ("x", "a@b", "hello")


def test_a_boundary_with_a_colon_is_no_field() -> None:
    raw = b'Content-Type: multipart/mixed; boundary=":q"\n\n--:q\nContent-Type: text/plain\n--:q\n\nhello\n--:q--\n'
    assert parse_mail(raw).text == "hello"
