"""Outgoing mail relayed by a real postfix: what arrives behind it reads as it was written, and its signature still holds."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dkim
import pytest

from services.notifier.email.compose import letterhead
from services.notifier.email.relay import Timeouts
from services.notifier.email.sender import EmailSender
from services.notifier.email.wording import Signature
from services.notifier.sending import Attempt, Sent
from shared.dkim import load_key
from shared.mail import parse_mail
from shared.messages.parts import Address, Attachment
from shared.settings import Relay
from tests.ports import free_port
from tests.postfixserver import Postfix

from .conftest import KEYRING, House, outbound, until
from .signing import RSA_KEY
from .sink import Sink

pytestmark = pytest.mark.peer("postfix")


@pytest.fixture(scope="module")
def sink_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def postfix(sink_port: int) -> Iterator[Postfix]:
    if os.geteuid() != 0:
        pytest.skip("postfix starts only as root")
    running = Postfix(relay=f"[127.0.0.1]:{sink_port}", message_size_limit="300000")
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
async def behind(sink_port: int, sinks: Any) -> Sink:
    """Where postfix relays to."""
    sink = Sink()
    sink.port = sink_port
    await sink.start()
    return sink


def sender(house: House, postfix: Postfix, folder: Path) -> EmailSender:
    key = load_key("s1", RSA_KEY)
    head = letterhead("Acme Łódź", "support@acme.example", "reply.acme.example", KEYRING, key)
    signature = Signature({"pl": "Pozdrawiam\n{agent}"})
    relay = Relay.model_validate(postfix.url)
    return EmailSender(head, (relay,), folder, house.blobs, timeouts=Timeouts(), signature=signature)


async def test_a_rich_mail_arrives_unharmed_and_its_signature_holds(
    house: House, postfix: Postfix, behind: Sink, tmp_path: Path
) -> None:
    content = bytes(range(256)) * 40
    key = await house.blobs.put(content)
    stored = {"size": len(content), "sha256": key, "blob": key}
    message = outbound(
        subject="Piec nie grzeje: wycena naprawy i części zamiennych do modelu X-100",
        text="",
        html="<p>Dzień dobry, <b>wycena</b> w załączniku.   <br>.</p><p>From the workshop</p><img src='cid:logo@acme'>",
        language="pl",
        author="Żaneta Wójcik",
        to=[Address(name="Ana Kovač-Šimić", address="ana@customer.example")],
        cc=[Address(name="", address="boss@customer.example")],
        bcc=[Address(name="", address="lead@other.example")],
        attachments=[
            Attachment(filename="wycena część.pdf", media_type="application/pdf", **stored),
            Attachment(filename="logo.png", media_type="image/png", inline=True, content_id="logo@acme", **stored),
        ],
    )
    post = sender(house, postfix, tmp_path)
    try:
        assert isinstance(await post.send(message, Attempt(1)), Sent)
        await until(lambda: sum(len(each.recipients) for each in behind.received) == 3)
    finally:
        await post.close()
        await behind.stop()
    everybody = sorted(address for each in behind.received for address in each.recipients)
    assert everybody == ["ana@customer.example", "boss@customer.example", "lead@other.example"]
    record = load_key("s1", RSA_KEY).record().encode()
    asked: list[bytes] = []

    def published(name: bytes, timeout: float = 5) -> bytes:
        asked.append(name)
        return record

    for each in behind.received:
        assert dkim.verify(each.content, dnsfunc=published)
        assert not dkim.verify(
            each.content.replace(b"From: ", b"From: Mallory <m@evil.example>\r\nFrom: ", 1), dnsfunc=published
        )
        assert b"lead@other.example" not in each.content
        parsed = parse_mail(each.content)
        assert parsed.subject.endswith(message.subject)
        assert "Dzień dobry, wycena w załączniku." in parsed.text
        assert "Pozdrawiam\nŻaneta Wójcik" in parsed.text
        assert {(part.filename, part.content) for part in parsed.attachments} == {
            ("wycena część.pdf", content),
            ("logo.png", content),
        }
    assert set(asked) == {b"s1._domainkey.acme.example."}


async def test_a_relay_that_takes_less_than_the_inbox_gets_a_link_instead_of_the_file(
    house: House, postfix: Postfix, behind: Sink, tmp_path: Path
) -> None:
    key = await house.blobs.put(os.urandom(400_000))
    large = Attachment(filename="film.mp4", media_type="video/mp4", size=400_000, sha256=key, blob=key)
    post = sender(house, postfix, tmp_path)
    try:
        assert isinstance(await post.send(outbound("two", attachments=[large]), Attempt(1)), Sent)
        await until(lambda: len(behind.received) == 1)
    finally:
        await post.close()
        await behind.stop()
    parsed = parse_mail(behind.received[0].content)
    assert parsed.attachments == []
    assert "- film.mp4 (400.0 kB)\n  https://reply.acme.example/files/" in parsed.text
