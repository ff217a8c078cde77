"""What is accepted, what is then on the bus, and what the sender hears."""

import asyncio
import base64
import smtplib

import pytest

from shared.bus.blobs import Blobs
from tests.intake.conftest import Build, mail


async def test_a_mail_is_on_the_bus_when_its_sender_hears_250(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    raw = mail("Where is my order?", message_id="one@customer.example")
    reply = await dialog.send(raw)
    message = await here.only()
    assert reply == f"250 2.0.0 accepted as {message.correlation_id}"
    assert len(message.correlation_id) == 16
    assert (message.channel, message.inbox, message.inboxes) == ("email", "support", ["support"])
    assert message.peer == "127.0.0.1"
    assert message.envelope_from == "ann@customer.example"
    assert message.recipients == ["support@acme.example"]
    assert message.message_id == "one@customer.example"
    assert message.from_ is not None
    assert (message.from_.name, message.from_.address) == ("Ann Smith", "ann@customer.example")
    assert message.text.strip() == "Where is my order?"
    assert message.original is not None
    assert message.original.inline == raw + b"\r\n"


async def test_the_correlation_id_is_in_the_header_on_the_bus_and_in_the_log(
    place: Build, logged: list[dict[str, object]]
) -> None:
    here = await place()
    reply = await (await here.dialog()).send(mail())
    held = await here.tester.jetstream().get_last_msg("INTAKE", "intake.email.support")
    assert held.headers is not None
    identity = held.headers["Trunkline-Correlation-Id"]
    assert reply.endswith(identity)
    assert any(entry["event"] == "mail accepted" and entry["correlation_id"] == identity for entry in logged)


async def test_one_mail_to_several_inboxes_is_one_message_with_several_routes(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    reply = await dialog.send(mail(), "SALES@Shop.example", "support+vip@ACME.example", "sales@shop.example")
    message = await here.only()
    assert reply.startswith("250 ")
    assert (message.inbox, message.inboxes) == ("sales", ["sales", "support"])
    assert message.recipients == ["SALES@shop.example", "support+vip@acme.example", "sales@shop.example"]


async def test_a_mail_sent_twice_is_accepted_twice_and_held_once(place: Build) -> None:
    here = await place()
    raw = mail()
    dialog = await here.dialog()
    assert (await dialog.send(raw)).startswith("250 ")
    assert (await dialog.send(raw)).startswith("250 ")
    await here.only()
    assert await here.ledger() == {"email/support/duplicate/bus": 1}


async def test_the_same_mail_to_another_inbox_is_no_duplicate_for_the_bus(place: Build) -> None:
    here = await place()
    raw = mail()
    dialog = await here.dialog()
    await dialog.send(raw)
    await dialog.send(raw, "sales@shop.example")
    first, second = await here.held()
    assert first.source_id == second.source_id
    assert [first.inbox, second.inbox] == ["support", "sales"]
    assert await here.ledger() == {}


async def test_the_same_message_id_with_another_body_is_another_mail(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    await dialog.send(mail("one", message_id="same@customer.example"))
    await dialog.send(mail("two", message_id="same@customer.example"))
    assert len({message.source_id for message in await here.held()}) == 2


async def test_bounces_come_with_an_empty_sender(place: Build) -> None:
    here = await place()
    assert (await (await here.dialog()).send(mail(), sender="")).startswith("250 ")
    assert (await here.only()).envelope_from == ""


async def test_originals_over_16_kib_and_attachments_are_stored_before_the_message(place: Build) -> None:
    here = await place()
    content = b"%PDF" + bytes(range(256)) * 300
    body = base64.encodebytes(content).replace(b"\n", b"\r\n")
    raw = (
        b"From: a@b.example\r\nMessage-ID: <att@b.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=xx\r\n\r\n--xx\r\n\r\nsee\r\n--xx\r\n"
        b'Content-Type: application/pdf; name="bill.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        + body
        + b"--xx--"
    )
    assert (await (await here.dialog()).send(raw)).startswith("250 ")
    message = await here.only()
    (attachment,) = message.attachments
    assert (attachment.filename, attachment.size) == ("bill.pdf", len(content))
    assert attachment.blob is not None
    assert message.original is not None
    assert message.original.blob is not None
    assert message.original.inline is None
    blobs = Blobs(here.tester)
    assert await blobs.get(attachment.blob) == content
    assert await blobs.get(message.original.blob) == raw + b"\r\n"


async def test_utf8_addresses_and_eight_bit_content_are_taken(place: Build) -> None:
    here = await place("[company]\nname = 'A'\n")
    dialog = await here.dialog()
    assert (await dialog.say("MAIL FROM:<zoë@käse.example> BODY=8BITMIME SMTPUTF8")).startswith("250 ")
    assert (await dialog.say("RCPT TO:<podrška@tvrtka.example>")).startswith("250 ")
    assert (await dialog.say("DATA")).startswith("354")
    assert (await dialog.finish(mail("Žućko", subject="Šteta"))).startswith("250 ")
    message = await here.only()
    assert message.envelope_from == "zoë@käse.example"
    assert message.recipients == ["podrška@tvrtka.example"]
    assert message.text.strip() == "Žućko"


async def test_sessions_fill_the_publish_window_together(place: Build) -> None:
    here = await place()

    async def client(count: int) -> int:
        dialog = await here.dialog()
        replies = [await dialog.send(mail()) for _ in range(count)]
        await dialog.close()
        return sum(reply.startswith("250 ") for reply in replies)

    assert sum(await asyncio.gather(*(client(10) for _ in range(20)))) == 200
    held = await here.held()
    assert len({message.correlation_id for message in held}) == 200


async def test_the_standard_client_can_use_everything_that_is_offered(place: Build) -> None:
    here = await place()

    def send() -> dict[str, str]:
        with smtplib.SMTP("127.0.0.1", here.port, timeout=60) as client:
            client.ehlo("client.example")
            features = dict(client.esmtp_features)
            client.sendmail("ann@customer.example", ["support@acme.example"], mail(), mail_options=["BODY=8BITMIME"])
        return features

    features = await asyncio.to_thread(send)
    assert features["size"] == "35000000"
    assert {"8bitmime", "smtputf8", "pipelining"} <= set(features)
    assert not {"auth", "starttls"} & set(features)
    await here.only()


@pytest.mark.peer("swaks")
async def test_swaks_delivers(place: Build) -> None:
    here = await place()
    swaks = await asyncio.create_subprocess_exec(
        *("swaks", "--server", "127.0.0.1", "--port", str(here.port), "--to", "support@acme.example"),
        *("--from", "ann@customer.example", "--header", "Subject: from swaks", "--body", "hello"),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(swaks.communicate(), 60)
    assert swaks.returncode == 0, output
    assert (await here.only()).subject == "from swaks"
