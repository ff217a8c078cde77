"""Files and texts that hide inside parts: winmail.dat, uuencode, S/MIME, OpenPGP, calendars."""

import base64
import binascii
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.mail import ParsedMail, parse_mail
from shared.mail.invitation import read_invitation
from shared.mail.protected import signed_content
from shared.mail.tnef import read_tnef
from shared.mail.uuencoded import take_uuencoded


def mixed(*parts: bytes, kind: str = "mixed") -> bytes:
    body = b"".join(b"--=_b\r\n" + part + b"\r\n" for part in parts)
    return b'From: a@b.example\r\nContent-Type: multipart/%s; boundary="=_b"\r\n\r\n%s--=_b--\r\n' % (
        kind.encode(),
        body,
    )


def names(parsed: ParsedMail) -> list[tuple[str, str, bytes]]:
    return [(each.filename, each.media_type, each.content) for each in parsed.attachments]


TEXT = b"Content-Type: text/plain\r\n\r\nPlease see the files.\r\n"


def attribute(level: int, identifier: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, identifier, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def padded(value: bytes) -> bytes:
    return struct.pack("<I", len(value)) + value + b"\x00" * (-len(value) % 4)


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


def of_string(identifier: int, value: str) -> bytes:
    return struct.pack("<HHI", 0x1F, identifier, 1) + padded(value.encode("utf-16-le") + b"\x00\x00")


def winmail(*files: tuple[str, str, bytes], message: bytes = b"") -> bytes:
    """A TNEF stream as Outlook writes it: short name and octets in attributes, the rest in properties."""
    out = struct.pack("<IH", 0x223E9F78, 1) + attribute(1, 0x00069007, struct.pack("<II", 1250, 0))
    if message:
        out += attribute(1, 0x00069003, message)
    for long_name, content_id, content in files:
        flag = struct.pack("<HHI", 0x03, 0x3705, 1)
        named = struct.pack("<HH", 0x03, 0x8001) + b"\x01" * 16 + struct.pack("<III", 0, 7, 42)
        several = struct.pack("<HHI", 0x1003, 0x0E99, 2) + struct.pack("<II", 1, 2)
        held = [flag, named, several, of_string(0x3707, long_name)] + (
            [of_string(0x3712, content_id)] if content_id else []
        )
        out += attribute(2, 0x00069002, b"\x01\x00" + b"\x00" * 12)
        out += attribute(2, 0x00018010, b"SHORT~1.PDF\x00") + attribute(2, 0x0006800F, content)
        out += attribute(2, 0x00069005, properties(*held))
    return out


def tnef_part(stream: bytes) -> bytes:
    return (
        b'Content-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n'
        b"Content-Disposition: attachment\r\n\r\n" + base64.encodebytes(stream)
    )


def test_the_files_in_a_winmail_come_out_and_it_goes() -> None:
    stream = winmail(("zażółć umowa.pdf", "", b"%PDF"), ("logo.png", "logo@1", b"\x89PNG"))
    parsed = parse_mail(mixed(TEXT, tnef_part(stream)))
    assert names(parsed) == [("zażółć umowa.pdf", "application/pdf", b"%PDF"), ("logo.png", "image/png", b"\x89PNG")]
    assert [(each.inline, each.content_id) for each in parsed.attachments] == [(False, None), (True, "logo@1")]
    assert parsed.defects == ["missing-date", "missing-message-id"]


def test_the_message_in_a_winmail_is_read_where_there_is_no_other() -> None:
    html = b"<p>Packed <b>words</b></p>"
    message = properties(struct.pack("<HHI", 0x102, 0x1013, 1) + padded(html))
    parsed = parse_mail(b"From: a@b.example\r\n" + tnef_part(winmail(message=message)))
    assert parsed.text == "Packed words"
    assert parsed.html == "<p>Packed <b>words</b></p>"
    assert parsed.attachments == []


def test_a_message_within_a_winmail_gives_its_files_too() -> None:
    inner = winmail(("inner.txt", "", b"inside"))
    held = struct.pack("<HHI", 0x0D, 0x3701, 1) + padded(b"\x07\x03\x02\x00" + b"\x00" * 12 + inner)
    outer = (
        struct.pack("<IH", 0x223E9F78, 1)
        + attribute(2, 0x00069002, b"\x01\x00")
        + attribute(2, 0x00069005, properties(held))
    )
    parsed = parse_mail(mixed(TEXT, tnef_part(outer)))
    assert ("inner.txt", "text/plain", b"inside") in names(parsed)


@pytest.mark.parametrize("cut", [7, 40, 120, 200])
def test_a_cut_winmail_is_kept_beside_what_came_out(cut: int) -> None:
    stream = winmail(("a.txt", "", b"x" * 100), ("b.txt", "", b"y" * 100))[:-cut]
    parsed = parse_mail(mixed(TEXT, tnef_part(stream)))
    assert "winmail.dat" in [each.filename for each in parsed.attachments]
    assert "tnef-damaged" in parsed.defects


def test_what_only_calls_itself_winmail_is_kept() -> None:
    assert [each[0] for each in names(parse_mail(mixed(TEXT, tnef_part(b"not one at all"))))] == ["winmail.dat"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_no_octets_make_unpacking_fail(noise: bytes, at: int) -> None:
    stream = winmail(("a.txt", "cid", b"x" * 20))
    read_tnef(stream[:at] + noise + stream[at + len(noise) // 2 :])
    read_tnef(stream[:6] + noise)


def uuencoded(name: str, content: bytes) -> str:
    lines = [binascii.b2a_uu(content[at : at + 45]).decode() for at in range(0, len(content), 45)]
    return f"begin 644 {name}\n{''.join(lines)}`\nend\n"


def test_files_within_the_text_come_out_and_the_text_stays() -> None:
    content = bytes(range(256)) * 3
    text = f"Here it is:\n\n{uuencoded('../report ł.bin', content)}\nand another:\n{uuencoded('b.txt', b'hi')}\nBye\n"
    parsed = parse_mail(b"Content-Type: text/plain; charset=utf-8\n\n" + text.encode())
    assert names(parsed) == [("report ł.bin", "application/octet-stream", content), ("b.txt", "text/plain", b"hi")]
    assert parsed.text.split() == ["Here", "it", "is:", "and", "another:", "Bye"]


def test_lines_that_lost_their_trailing_blanks_are_still_files() -> None:
    content = (b"a" * 42 + b"\x00" * 3) * 2
    encoded = uuencoded("zeros.bin", content).replace("`", " ")
    stripped = "\n".join(line.rstrip() for line in encoded.split("\n"))
    assert stripped != encoded
    assert take_uuencoded(stripped)[1][0].content == content


def test_a_cut_file_is_kept_as_far_as_it_goes() -> None:
    parsed = parse_mail(b"\n" + uuencoded("cut.bin", b"x" * 200)[:150].encode())
    assert parsed.attachments[0].content.startswith(b"xxxx")
    assert "bad-uuencode" in parsed.defects


def test_the_base64_form_is_taken_too() -> None:
    text = "begin-base64 644 a.txt\naGVsbG8=\n====\nrest\n"
    left, files, damaged = take_uuencoded(text)
    assert (left, files[0].name, files[0].content, damaged) == ("rest\n", "a.txt", b"hello", False)


@pytest.mark.parametrize(
    "text",
    ["begin 644 a story\nOnce upon a time", "begin 2026 with us\nend\n", "> begin 644 x\n> M\n", "We begin\nend"],
)
def test_what_only_reads_like_a_file_stays(text: str) -> None:
    assert take_uuencoded(text) == (text, [], False)


def test_a_clear_signature_is_marked_and_the_text_read_through() -> None:
    text = (
        b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe router is broken.\n- -- dashed\n\n"
        b"-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    parsed = parse_mail(b"From: a@b.example\n\n" + text)
    assert parsed.text.strip() == "The router is broken.\n-- dashed"
    assert "pgp-signed" in parsed.defects


def test_encrypted_mail_is_kept_and_marked() -> None:
    version = b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n"
    armour = (
        b'Content-Type: application/octet-stream; name="encrypted.asc"\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nx\r\n'
    )
    parsed = parse_mail(mixed(version, armour, kind="encrypted"))
    assert "pgp-encrypted" in parsed.defects
    assert [each.filename for each in parsed.attachments] == ["", "encrypted.asc"]
    inline = parse_mail(b"\n-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----\n")
    assert "pgp-encrypted" in inline.defects
    sealed = b'Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name="smime.p7m"\r\n\r\n\x30\x80'
    parsed = parse_mail(sealed)
    assert "smime-encrypted" in parsed.defects
    assert [each.filename for each in parsed.attachments] == ["smime.p7m"]


def test_a_detached_signature_is_marked_and_kept() -> None:
    signature = b'Content-Type: application/pkcs7-signature; name="smime.p7s"\r\n\r\nx'
    parsed = parse_mail(mixed(TEXT, signature, kind="signed"))
    assert parsed.text.strip() == "Please see the files."
    assert [each.filename for each in parsed.attachments] == ["smime.p7s"]
    assert "smime-signed" in parsed.defects


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a throw-away certificate, made by openssl."""
    folder = tmp_path_factory.mktemp("signer")
    command = [
        "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", "/CN=Anna", "-keyout", "key.pem", "-out", "cert.pem",
    ]  # fmt: skip
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


@pytest.mark.peer("openssl")
@pytest.mark.parametrize("streamed", [False, True], ids=["definite", "indefinite"])
def test_a_mail_signed_by_openssl_is_read_through(signer: Path, streamed: bool) -> None:
    inner = (
        b"Content-Type: text/plain; charset=utf-8\r\n\r\nza\xc5\xbc\xc3\xb3\xc5\x82\xc4\x87\r\n"
        + b"long line\r\n" * 3000
    )
    command = [
        "openssl",
        "cms",
        "-sign",
        "-binary",
        "-nodetach",
        "-outform",
        "DER",
        "-signer",
        "cert.pem",
        "-inkey",
        "key.pem",
    ]
    command += ["-stream"] if streamed else []
    der = subprocess.run(command, cwd=signer, input=inner, check=True, capture_output=True, timeout=60).stdout
    assert signed_content(der) == inner
    head = b'Content-Type: application/pkcs7-mime; smime-type=signed-data; name="smime.p7m"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    parsed = parse_mail(head + base64.encodebytes(der))
    assert parsed.text.startswith("zażółć")
    assert "smime-signed" in parsed.defects
    assert [each.filename for each in parsed.attachments] == ["smime.p7m"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_octets_make_looking_into_a_signature_fail(noise: bytes) -> None:
    signed_content(noise)
    signed_content(bytes.fromhex("308006092a864886f70d010702a080308002010131") + noise)


INVITATION = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VTIMEZONE\r\nTZID:Europe/Warsaw\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\n"
    "DTSTART;TZID=Europe/Warsaw:20260131T100000\r\nDTEND;TZID=Europe/Warsaw:20260131T113000\r\nSUMMARY:Przegląd\\, usterki\r\n"
    'LOCATION:Room 4\r\nORGANIZER;CN="Anna Nowak":mailto:anna@example.org\r\nDESCRIPTION:First line\\nsecond li\r\n ne\r\n'
    "END:VEVENT\r\nEND:VCALENDAR\r\n"
)


def test_an_invitation_alone_can_be_read() -> None:
    raw = (
        b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        + INVITATION.encode()
    )
    parsed = parse_mail(raw)
    assert parsed.text == (
        "Przegląd, usterki\n2026-01-31 10:00 – 11:30 Europe/Warsaw\nRoom 4\nAnna Nowak <anna@example.org>\n\nFirst line\nsecond line"
    )
    assert [each.media_type for each in parsed.attachments] == ["text/calendar"]


def test_an_invitation_beside_a_text_is_an_attachment_only() -> None:
    calendar = b"Content-Type: text/calendar\r\n\r\n" + INVITATION.encode()
    parsed = parse_mail(mixed(TEXT, calendar, kind="alternative"))
    assert parsed.text.strip() == "Please see the files."
    assert [each.media_type for each in parsed.attachments] == ["text/calendar"]


@pytest.mark.parametrize(
    ("lines", "summary"),
    [
        (
            "DTSTART:20260131T100000Z\nDTEND:20260201T100000Z\nSUMMARY:x",
            "x\n2026-01-31 10:00 UTC – 2026-02-01 10:00 UTC",
        ),
        ("DTSTART;VALUE=DATE:20260131\nSUMMARY:day", "day\n2026-01-31"),
        ("DTSTART:20269931T990000\nSUMMARY:never", "never"),
        ("X:y", ""),
    ],
)
def test_times_of_invitations_are_written_plainly(lines: str, summary: str) -> None:
    assert read_invitation(f"BEGIN:VEVENT\n{lines}\nEND:VEVENT") == summary
