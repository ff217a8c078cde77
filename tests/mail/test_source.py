"""The name of a mail without its route."""

import base64
import binascii
import re

import pytest

from shared.mail import parse_mail, source_id

HEADERS = b"From: Anna <anna@example.org>\r\nDate: Sat, 31 Jan 2026 11:00:00 +0100\r\nSubject: x\r\n"
WITH_ID = HEADERS + b"Message-ID: <a1@example.org>\r\n"
BODY = "Zażółć gęślą jaźń.\r\nSecond line.\r\n".encode()
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + BODY
QUOTED = (
    b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    + binascii.b2a_qp(BODY)
)
ENCODED = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
    BODY
).replace(b"\n", b"\r\n")
TRACE = (
    b"Return-Path: <x@y>\r\nReceived: from a by b; now\r\nDelivered-To: s@acme.example\r\nDKIM-Signature: v=1\r\nX-Spam-Score: 3\r\n"
    b"ARC-Seal: i=1\r\nAuthentication-Results: mx; spf=pass\r\nX-Original-To: y@acme.example\r\n"
)


def name(raw: bytes) -> str:
    return source_id(raw, parse_mail(raw))


def test_it_is_mail_and_forty_hexadecimal_characters() -> None:
    assert re.fullmatch(r"mail-[0-9a-f]{40}", name(WITH_ID + PLAIN))
    assert parse_mail(WITH_ID + PLAIN).source_id == name(WITH_ID + PLAIN)


@pytest.mark.parametrize("headers", [WITH_ID, HEADERS], ids=["with a Message-ID", "without"])
@pytest.mark.parametrize(
    "other", [QUOTED, ENCODED, PLAIN.replace(b"\r\n", b"\n"), PLAIN + b"\r\n"], ids=["qp", "base64", "lf", "end"]
)
def test_a_relay_that_encodes_anew_does_not_change_it(headers: bytes, other: bytes) -> None:
    if headers is HEADERS and b"\r\n" not in other:
        headers = headers.replace(b"\r\n", b"\n")
    assert name(headers + other) == name(headers + PLAIN)


@pytest.mark.parametrize("headers", [WITH_ID, HEADERS], ids=["with a Message-ID", "without"])
def test_trace_headers_do_not_change_it(headers: bytes) -> None:
    assert name(TRACE + headers + PLAIN) == name(headers + PLAIN)


@pytest.mark.parametrize("headers", [WITH_ID, HEADERS], ids=["with a Message-ID", "without"])
def test_another_body_is_another_mail(headers: bytes) -> None:
    assert name(headers + PLAIN) != name(headers + PLAIN + b"more")


def test_an_attachment_belongs_to_it() -> None:
    def mail(content: bytes) -> bytes:
        return (
            WITH_ID
            + b"Content-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\nhello\r\n--q\r\n"
            + b"Content-Type: application/pdf\r\n\r\n"
            + content
            + b"\r\n--q--\r\n"
        )

    assert name(mail(b"one")) != name(mail(b"two"))


@pytest.mark.parametrize(
    ("part", "other"),
    [(b"<a1@", b"<a2@"), (b"anna@", b"ann@"), (b"31 Jan", b"30 Jan")],
    ids=["Message-ID", "From", "Date"],
)
def test_another_id_author_or_date_is_another_mail(part: bytes, other: bytes) -> None:
    assert name((WITH_ID + PLAIN).replace(part, other)) != name(WITH_ID + PLAIN)


def test_without_an_id_the_subject_counts() -> None:
    assert name(HEADERS + PLAIN) != name(HEADERS.replace(b"Subject: x", b"Subject: y") + PLAIN)
    assert name(WITH_ID + PLAIN) == name(WITH_ID.replace(b"Subject: x", b"Subject: [list] x") + PLAIN)
