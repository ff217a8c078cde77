"""Whatever the octets, a mail comes out, and soon."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mail import ParsedMail, look, needs_worker, parse_mail
from shared.mail.limits import MAX_PARTS, MAX_TEXT

MEGA = 1_000_000
DEEP = b"Subject: deep\n" + b"".join(
    b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(3000)
)
ATTACKS = {
    "nothing": b"",
    "binary": bytes(range(256)) * 400,
    "a line of 35 MB": b"Subject: x\n\n" + b"y" * (35 * MEGA),
    "a million parts": b"Content-Type: multipart/mixed; boundary=q\n\n" + b"--q\n\nx\n" * MEGA,
    "3,000 nested multiparts": DEEP + b"Content-Type: text/plain\n\nat the bottom\n",
    "3,000 nested messages": b"Content-Type: message/rfc822\n\n" * 3000,
    "lone carriage returns": b"Subject: x\r\rbody\r" * 100_000,
    "NULs": b"Subject: a\x00b\n\n" + b"\x00" * MEGA,
    "a million headers": b"A: b\n" * MEGA,
    "a header of 10 MB": b"To: " + b"a@b.example," * MEGA,
    "a header folded a million times": b"Subject: x\n" + b" y\n" * MEGA,
    "only encoded word openings": b"Subject: " + b"=?utf-8?q?" * MEGA,
    "nested tags": b"Content-Type: text/html\n\n" + b"<div>" * MEGA,
    "nested tables": b"Content-Type: text/html\n\n" + b"<table><tr><td>x" * 100_000,
    "only angle brackets": b"Content-Type: text/html\n\n" + b"<" * MEGA,
    "comments without end": b"Content-Type: text/html\n\n" + b"<!--" * MEGA,
    "attributions without end": b"\n" + b"On 2020-01-01 10:00 a@b.example wrote\n" * 300_000,
    "header labels": b"\n" + b"From: x\n" * MEGA,
    "signature lines": b"\n" + b"-- \n" * MEGA,
    "quotes": b"\n" + b"> " * MEGA,
    "open comments": b"From: " + b"(" * MEGA + b"\n\n",
    "open quotes": b'From: ' + b'"' * MEGA + b"\n\n",
    "armour": b"\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n\n" * 30_000 + b"-----BEGIN PGP SIGNATURE-----",
    "files in the text": b"\n" + b"begin 644 x\nM\n" * 50_000,
    "a bounce of addresses": b"From: MAILER-DAEMON@x\n\n" + b"a@b.example " * MEGA,
    "broken base64": b"Content-Transfer-Encoding: base64\n\n" + b"A=B " * MEGA,
    "utf-7": b"Content-Type: text/plain; charset=utf-7\n\n" + b"+A" * MEGA,
    "punycode": b"Content-Type: text/plain; charset=punycode\n\n" + b"a-b" * MEGA,
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_read_within_bounds(name: str) -> None:
    begun = time.process_time()
    parsed = parse_mail(ATTACKS[name])
    assert time.process_time() - begun < 20
    assert "reading-failed" not in parsed.defects
    assert len(parsed.text) <= MAX_TEXT
    assert len(parsed.html or "") <= MAX_TEXT
    assert len(parsed.attachments) <= MAX_PARTS
    parsed.model_dump_json().encode("utf-8")


def test_too_many_parts_are_named_and_the_first_ones_read() -> None:
    parsed = parse_mail(ATTACKS["a million parts"])
    assert "too-many-parts" in parsed.defects
    assert parsed.text.startswith("x\n")


def test_a_text_at_the_bottom_of_too_many_levels_is_still_found() -> None:
    parsed = parse_mail(ATTACKS["3,000 nested multiparts"])
    assert parsed.subject == "deep"
    assert parsed.text.strip() == "at the bottom"
    assert "too-deep" in parsed.defects


def test_large_and_odd_mails_are_for_the_worker_and_ordinary_ones_are_not() -> None:
    ordinary = b"From: a@b.example\nSubject: x\n\n" + b"An ordinary line of text.\n" * 80
    assert not needs_worker(ordinary)
    assert needs_worker(ordinary + b"x" * 65_536)
    assert needs_worker(b"Content-Type: multipart/mixed; boundary=q\n\n" + b"--q\n\n" * 200)
    assert needs_worker(b"A: b\n" * 1000)
    assert needs_worker(b"\n" + b"x" * 30_000)
    assert needs_worker(b"Content-Type: multipart/mixed; boundary=q\n\n" * 30)


def test_a_look_counts_what_it_sees() -> None:
    seen = look(
        b"A: b\nContent-Type: multipart/mixed; boundary=q\n\n--q\n\nlonger than a header line of this mail is\n--q--\n"
    )
    assert (seen.header_lines, seen.boundary_lines, seen.depth) == (2, 2, 1)
    assert seen.header_bytes == 46
    assert seen.longest_line == 41


FRAGMENTS = st.sampled_from(
    [
        b"From: a@b.example\r\n", b"From: \"", b"To: x <y@z>, (c) <", b"Subject: =?utf-8?B?", b"=?x?q?=41?=", b"\r\n", b"\n",
        b"\r", b"\x00", b"Content-Type: multipart/mixed; boundary=b\r\n", b"Content-Type: text/html\r\n", b"--b\r\n", b"--b--\r\n",
        b"Content-Type: message/rfc822\r\n", b"Content-Transfer-Encoding: base64\r\n", b"Content-Type: text/plain; charset=",
        b"iso-2022-jp\r\n", b"\x1b$B", b"\xff\xfe", b"Date: Tue, 99 Foo 20000 25:61 +9999\r\n", b"Message-ID: <", b">", b"<table><td>",
        b"On 1 May 2020 a@b wrote:\n", b"> q\n", b"-- \n", b"begin 644 x\n", b"=3D", b"Content-Disposition: attachment; filename*0*=",
        b"Content-Type: message/delivery-status\r\n", b"Final-Recipient: rfc822;", b"References: <a@b> <c",
        b"Content-Transfer-Encoding: x-uue\n",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(FRAGMENTS, st.binary(max_size=40)), max_size=40).map(b"".join))
def test_no_octets_make_reading_fail(raw: bytes) -> None:
    parsed = parse_mail(raw)
    assert "reading-failed" not in parsed.defects
    again = ParsedMail.model_validate_json(parsed.model_dump_json())
    assert again.model_dump_json() == parsed.model_dump_json()
    assert parse_mail(raw).source_id == parsed.source_id


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_noise_is_a_mail_too(raw: bytes) -> None:
    assert "reading-failed" not in parse_mail(raw).defects


# The worst that is still read on the loop: none of these is large or odd enough for the worker.
ON_THE_LOOP = {
    "eight-bit text without a charset": b"Content-Type: text/plain\n\n" + b"\xe6\xbf \xb3\xe6w za\xbf\n" * 2_400,
    "eight-bit headers": b"".join(b"To: \xbf\xf3\xb3\xe6 %d <a@b.example>\n" % n for n in range(90)) * 4 + b"\nx",
    "eight-bit recipients": b"To: " + b"\xbf\xf3\xb3\xe6 <a@b.example>, " * 700 + b"\n\nx",
    "tags": b"Content-Type: text/html\n\n" + b"<p><b><i>x</i></b></p>\n" * 499,
    "cells": b"Content-Type: text/html\n\n<table>" + b"<tr><td>a<td>b\n" * 990,
    "styles": b"Content-Type: text/html\n\n" + b'<b style="color:red;background:url(x)" title="y">\n' * 1200,
    "one long style": b'Content-Type: text/html\n\n<p style="' + b"a:b(;" * 3000 + b'">',
    "links": b"Content-Type: text/html\n\n" + b"<a href=https://x.example>y</a>\n" * 1450,
    "attributions": b"Subject: x\n\n" + b"On 2020-01-01 10:00 a@b.example wrote\n" * 1600,
    "signatures": b"Subject: x\n\n" + b"Kind regards\nTel. +48 600 000 000\n\n" * 800,
    "lawyers": b"Subject: x\n\n" + b"x\n\nThis confidential recipient is privileged and intended.\n" * 800,
    "closings": b"Subject: x\n\n" + b"x\n\nBest,\n\nAnna Nowak\nThanks and kind regards to you all\n\n" * 350,
    "unknown labels": b"Subject: x\n\nx\n" + b"Von wem: A <a@b.example>\nWann: 5.11.2026 09:30\nWorum: x: <a@b\n" * 500,
    "dates": b"Subject: x\n\nx\n" + b"===\nAnna, 5 Nov 2026, 09:30:\n20.11.2026 09:30 2026 9:30 <a@b.example> x\n" * 600,
    "uuencoded": b"Subject: x\n\n" + b"begin 644 x\nM\n" * 1200,
    "clear signatures": b"Subject: x\n\n" + b"-----BEGIN PGP SIGNED MESSAGE-----\n\n" * 90 + b"-----END PGP SIGNATURE-----",
    "armour": b"Subject: x\n\n" + b" -----BEGIN PGP SIGNED MESSAGE-----\n\n" * 1200 + b" -----BEGIN PGP SIGNATURE-----\n",
    "automatic words": b"\nthank you for your " + b"urgent absence " * 150,
}  # fmt: skip


@pytest.mark.parametrize("name", ON_THE_LOOP)
def test_what_is_read_on_the_loop_never_holds_it_up(name: str) -> None:
    raw = ON_THE_LOOP[name]
    assert not needs_worker(raw), look(raw)
    parse_mail(raw)  # what is loaded once is loaded
    took = []
    for _ in range(3):
        begun = time.process_time()
        parse_mail(raw)
        took.append(time.process_time() - begun)
    assert min(took) < 0.1
