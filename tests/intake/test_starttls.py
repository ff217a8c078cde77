"""STARTTLS (RFC 3207): offered with a certificate, and nothing said before it counts after it."""

import asyncio
import smtplib
import ssl
from pathlib import Path

import pytest

from services.intake.errors import CertificateUnusable
from tests.intake.conftest import Build, mail

pytestmark = pytest.mark.peer("openssl")
SMTP = 'certificate = "cert.pem"\nkey = "key.pem"'


async def openssl(folder: Path, key: str = "key.pem", certificate: str = "cert.pem") -> ssl.SSLContext:
    """A certificate for localhost in `folder`, and a context that trusts it alone."""
    made = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", str(folder / key), "-out", str(folder / certificate), "-days", "2"),
        *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await made.wait() == 0
    context = ssl.create_default_context(cafile=str(folder / certificate))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


async def test_a_mail_is_taken_over_tls(place: Build, tmp_path: Path) -> None:
    context = await openssl(tmp_path)
    here = await place(smtp=SMTP)

    def send() -> tuple[dict[str, str], dict[str, str], str | None]:
        with smtplib.SMTP("127.0.0.1", here.port, timeout=60) as client:
            client.ehlo("client.example")
            before = dict(client.esmtp_features)
            client.starttls(context=context)
            client.ehlo("client.example")
            client.sendmail("ann@customer.example", ["support@acme.example"], mail())
            assert isinstance(client.sock, ssl.SSLSocket)
            return before, dict(client.esmtp_features), client.sock.version()

    before, after, version = await asyncio.to_thread(send)
    assert "starttls" in before
    assert "auth" not in before
    assert not {"starttls", "auth"} & set(after)
    assert after["size"] == "35000000"
    assert version in ("TLSv1.2", "TLSv1.3")
    assert (await here.only()).subject == "Help"


async def test_what_was_said_in_the_clear_does_not_count_after_starttls(place: Build, tmp_path: Path) -> None:
    context = await openssl(tmp_path)
    here = await place(smtp=SMTP)
    dialog = await here.dialog()
    await dialog.say("MAIL FROM:<mallory@x.example>")
    dialog.writer.write(b"STARTTLS\r\nMAIL FROM:<mallory@x.example>\r\n")
    assert (await dialog.reply()).startswith("220")
    await dialog.writer.start_tls(context, server_hostname="localhost")
    assert (await dialog.say("RCPT TO:<support@acme.example>")).startswith("503")
    assert (await dialog.say("EHLO client.example")).startswith("250")
    assert (await dialog.say("RCPT TO:<support@acme.example>")).startswith("503")
    assert (await dialog.send(mail())).startswith("250")


@pytest.mark.parametrize("garbage", [b"\x00" * 100, b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x00\x01x", b""])
async def test_a_broken_handshake_ends_the_session_and_nothing_else(
    place: Build, tmp_path: Path, garbage: bytes
) -> None:
    await openssl(tmp_path)
    # The last but one is the beginning of a handshake that never goes on.
    here = await place(smtp=f'{SMTP}\ntimeout = "1s"')
    dialog = await here.dialog()
    assert (await dialog.say("STARTTLS")).startswith("220")
    dialog.writer.write(garbage)
    if not garbage:
        await dialog.close()
    async with asyncio.timeout(60):
        while here.service.gate.inside:
            await asyncio.sleep(0.01)
    assert (await (await here.dialog()).send(mail())).startswith("250")


async def test_a_key_of_another_certificate_is_one_line_that_says_what_to_do(place: Build, tmp_path: Path) -> None:
    await openssl(tmp_path)
    await openssl(tmp_path, key="key.pem", certificate="other.pem")
    with pytest.raises(CertificateUnusable, match=r"^smtp\.certificate [^\n]+ give two PEM files that match$"):
        await place(smtp=SMTP)
