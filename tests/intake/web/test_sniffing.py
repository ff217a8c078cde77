"""What an upload is, by its content; who calls, by what our own proxies say; and the budgets. Tables."""

from ipaddress import ip_network

import pytest
from starlette.requests import Request

from services.intake.form.budgets import PER_ADDRESS, PER_PEER, Budgets
from services.intake.form.message import headline
from shared.peers import peer_of
from shared.sniffing import HEAD, judge, media_type

ZIP = b"PK\x03\x04" + b"\0" * 40
FILES: list[tuple[bytes, str, str, str, str | None]] = [
    (b"\x89PNG\r\n\x1a\n123", "a.png", "image/png", "image/png", None),
    (b"\xff\xd8\xff\xe0", "a.JPG", "image/jpeg", "image/jpeg", None),
    (b"RIFF\0\0\0\0WEBPVP8 ", "a.webp", "image/webp", "image/webp", None),
    (b"XXXX\0\0\0\0WEBP", "a.bin", "", "application/octet-stream", None),
    (b"%PDF-1.4\n", "bill.pdf", "application/pdf", "application/pdf", None),
    (b"%PDF-1.4\n", "bill", "", "application/pdf", None),
    (ZIP, "a.docx", "", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", None),
    (ZIP, "a.zip", "application/zip", "application/zip", None),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "", "application/vnd.ms-excel", None),
    (b"\0\0\0\x20ftypqt  ", "a.mov", "video/quicktime", "video/quicktime", None),
    ("a;b\nč;ć\n".encode(), "a.csv", "text/csv", "text/csv", None),
    (b"\xe8\xe6;old letters", "a.csv", "text/csv", "text/csv", None),
    (b"words", "a.txt", "text/plain", "text/plain", None),
    (b"", "empty.png", "image/png", "application/octet-stream", None),
    (b"\1\2\3", "measured.step", "", "application/octet-stream", None),
    (b"%PDF-1.4\n", "a.png", "image/png", "application/pdf", "other"),
    (b"%PDF-1.4\n", "a", "image/png", "application/pdf", "other"),
    (b"GIF89a", "a.pdf", "application/pdf", "image/gif", "other"),
    (b"not a zip", "a.docx", "", "text/plain", "other"),
    (b"MZ\x90\0", "a.png", "image/png", "application/octet-stream", "program"),
    (b"\x7fELF\2\1", "a", "", "application/octet-stream", "program"),
    (b"#!/bin/sh\n", "a.txt", "text/plain", "text/plain", "program"),
    (b"words", "a.exe", "", "text/plain", "program"),
    (b"words", "a.pdf.exe", "application/pdf", "text/plain", "program"),
    (b"  <!DOCTYPE html><html>", "a.txt", "text/plain", "text/plain", "program"),
    (b"<svg onload=x>", "a.png", "image/png", "text/plain", "program"),
    (b"<!-- x --><script>", "a", "", "text/plain", "program"),
]


@pytest.mark.parametrize(("content", "name", "declared", "kind", "trouble"), FILES)
def test_a_file_is_what_its_content_says(
    content: bytes, name: str, declared: str, kind: str, trouble: str | None
) -> None:
    assert judge(content, name, declared) == (kind, trouble)


def test_a_letter_cut_by_the_end_of_the_sample_makes_a_text_no_less_a_text() -> None:
    assert media_type(b"a" * (HEAD - 1) + "č".encode() + b"b") == "text/plain"
    assert media_type(b"a" * 10 + b"\xff" + b"b" * HEAD) == "application/octet-stream"


HOPS = [
    ("10.0.0.1", "198.51.100.7", "198.51.100.7"),
    ("10.0.0.1", "203.0.113.5, 198.51.100.7, 10.0.0.2", "198.51.100.7"),
    ("198.51.100.9", "203.0.113.5", "198.51.100.9"),
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", "unknown", "10.0.0.1"),
    ("10.0.0.1", ",".join(["10.0.0.2"] * 1000), "10.0.0.2"),
]


@pytest.mark.parametrize(("peer", "forwarded", "caller"), HOPS)
def test_a_caller_is_whom_a_proxy_of_ours_names(peer: str, forwarded: str, caller: str) -> None:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    request = Request({"type": "http", "client": (peer, 1), "headers": headers})
    assert peer_of(request, (ip_network("10.0.0.0/8"),)) == caller


def test_a_caller_may_send_so_many_forms_and_later_as_many_again() -> None:
    now = 1000.0
    budgets = Budgets(lambda: now)
    sent = [budgets.take("198.51.100.7", f"a{number}@b.example") for number in range(PER_PEER + 1)]
    assert sent == [True] * PER_PEER + [False]
    assert budgets.take("198.51.100.8", "z@b.example")
    now += 600
    assert budgets.take("198.51.100.7", "y@b.example")


def test_an_address_is_written_to_so_often_whoever_asks_for_it() -> None:
    now = 1000.0
    budgets = Budgets(lambda: now)
    sent = [budgets.take(f"198.51.100.{number}", "Ann@b.example") for number in range(PER_ADDRESS + 1)]
    assert sent == [True] * PER_ADDRESS + [False]
    now += 3600 / PER_ADDRESS
    assert budgets.take("127.0.0.1", "ann@B.example")


@pytest.mark.parametrize(
    ("text", "subject"),
    [("\n  Hello \nthere", "Hello"), ("", ""), ("word " * 40, "word " * 15 + "word…"), ("x" * 100, "x" * 80 + "…")],
)
def test_the_first_line_is_the_subject_where_nobody_wrote_one(text: str, subject: str) -> None:
    assert headline(text) == subject
