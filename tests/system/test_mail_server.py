"""Trunkline behind a real mail server: postfix hands over by LMTP, and relays what goes out."""

import base64
import os
import smtplib
import tempfile
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dkim
import pytest

from shared.dkim import load_key
from tests.notifier.signing import RSA_KEY
from tests.postfixserver import Postfix
from tests.system.conftest import Build
from tests.system.mailing import Sink, letter
from tests.system.processes import wait_until

CONFIG = """
[company]
name = "Acme"
public_url = "http://127.0.0.1:{web}"

[smtp]
lmtp_listen = "unix:{socket}"

[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"
send = ["{relay}"]
signature = {{en = "Kind regards\\n{{agent}}"}}
max_outgoing = "200kB"
[inbox.dkim]
selector = "s1"
key = "file:dkim.pem"
"""


@pytest.fixture
def socket() -> Iterator[Path]:
    """Where Trunkline listens; the mail server's user must be able to enter the folder."""
    with tempfile.TemporaryDirectory(prefix="lmtp") as folder:
        os.chmod(folder, 0o755)
        yield Path(folder) / "lmtp.sock"


@pytest.fixture
def postfix(socket: Path, sink: Sink) -> Iterator[Postfix]:
    if os.geteuid() != 0:
        pytest.skip("postfix starts only as root")
    port = sink.url.rpartition(":")[2]
    running = Postfix(deliver=f"lmtp:unix:{socket}", relay=f"[127.0.0.1]:{port}")
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.mark.peer("postfix")
def test_a_mail_through_postfix_becomes_a_ticket_and_the_answers_leave_through_it_signed(
    build: Build, postfix: Postfix, socket: Path, sink: Sink
) -> None:
    up = build()
    up.config = CONFIG.format(socket=socket, relay=postfix.url, web=up.web)
    (up.folder / "dkim.pem").write_text(RSA_KEY)
    up.start()
    assert up.process is not None
    assert f"lmtp:unix:{socket}" in up.process.said
    checked = up.run("check", check=False).stdout
    assert 'publish s1._domainkey.acme.example. IN TXT "v=DKIM1; k=rsa; p=' in checked
    assert f"smtp.lmtp_listen: unix:{socket} can be made" in checked

    mail = letter("first", "Ana <ana@customer.example>", to="support@acme.example", subject="Cold heater")
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=20) as client:
        client.send_message(mail, "ana@customer.example", ["support@acme.example"])
    wait_until(lambda: len(sink.got["ana@customer.example"]) == 1, "the acknowledgement came through postfix")
    (ticket,) = up.tickets()
    assert ticket["subject"] == "Cold heater"
    acknowledgement = sink.got["ana@customer.example"][0]
    assert f"[{ticket['number']}]" in acknowledgement["Subject"]
    assert acknowledgement["DKIM-Signature"]

    film = os.urandom(400_000)
    answer = {
        "html": "<p>Please <b>turn the key</b>.</p>",
        "cc": ["boss@customer.example"],
        "bcc": ["lead@acme-group.example"],
        "attachments": [
            {"filename": "film.mp4", "media_type": "video/mp4", "content_base64": base64.b64encode(film).decode()},
            {"filename": "key.txt", "media_type": "text/plain", "content_base64": base64.b64encode(b"left").decode()},
        ],
    }
    up.api("POST", f"/api/v1/tickets/{ticket['number']}/replies", answer)
    everybody = ("boss@customer.example", "lead@acme-group.example")
    wait_until(lambda: all(sink.got[each] for each in everybody), "the copies came through postfix")
    wait_until(lambda: len(sink.got["ana@customer.example"]) == 2, "the answer came through postfix")
    reply = sink.got["ana@customer.example"][1]
    assert (reply["Cc"], reply["Bcc"]) == ("boss@customer.example", None)
    record = load_key("s1", RSA_KEY).record().encode()
    assert dkim.verify(reply.as_bytes(), dnsfunc=lambda name, timeout=5: record)
    assert [part.get_filename() for part in reply.iter_attachments()] == ["key.txt"]
    body = reply.get_body(("plain",))
    assert body is not None
    text = body.get_content().replace("\r\n", "\n")
    assert text.startswith("Please turn the key.")
    assert "-- \nKind regards\ntests\n" in text
    link = next(line.strip() for line in text.splitlines() if "/files/" in line)
    with urllib.request.urlopen(link, timeout=20) as got:
        assert got.read() == film
    assert up.stop() == 0
    assert not socket.exists()
    assert up.process.tracebacks() == []
