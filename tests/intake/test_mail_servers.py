"""Real peers in front of intake: postfix handing over by LMTP, and swaks as a client over STARTTLS."""

import asyncio
import os
import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.intake.conftest import Build, mail, until_async
from tests.intake.test_starttls import SMTP, openssl
from tests.ports import free_port
from tests.postfixserver import Postfix


@pytest.fixture(scope="module")
def lmtp_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def postfix(lmtp_port: int) -> Iterator[Postfix]:
    """One for the module: it takes two seconds to start, and is the same for every test."""
    if os.geteuid() != 0:
        pytest.skip("postfix starts only as root")
    running = Postfix(deliver=f"lmtp:inet:127.0.0.1:{lmtp_port}")
    try:
        yield running.start()
    finally:
        running.stop()


def hand_in(postfix: Postfix, content: bytes, *recipients: str) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=60) as client:
        return client.sendmail("ann@customer.example", list(recipients), content)


@pytest.mark.peer("postfix")
async def test_postfix_hands_over_by_lmtp_and_only_what_is_ours(place: Build, postfix: Postfix, lmtp_port: int) -> None:
    here = await place(smtp=f'lmtp_listen = "127.0.0.1:{lmtp_port}"')
    addresses = ("support@acme.example", "nobody@acme.example", "reply+abc@acme.example")
    assert await asyncio.to_thread(hand_in, postfix, mail(), *addresses) == {}
    taken = "status=sent (250 2.0.0 accepted as"
    await postfix.eventually(lambda: postfix.log().count(taken) == 2, "postfix has handed over")
    await postfix.eventually(lambda: "said: 550 5.1.1 no such recipient here" in postfix.log(), "one was refused")
    found = await here.only()
    assert sorted(found.recipients) == ["reply+abc@acme.example", "support@acme.example"]
    assert found.envelope_from == "ann@customer.example"


@pytest.mark.peer("postfix")
async def test_while_the_bus_is_away_postfix_keeps_the_mail_and_delivers_it_later(
    place: Build, postfix: Postfix, lmtp_port: int
) -> None:
    here = await place(smtp=f'lmtp_listen = "127.0.0.1:{lmtp_port}"')
    here.server.kill()
    try:
        for count in range(3):
            await asyncio.to_thread(hand_in, postfix, mail(subject=f"kept {count}"), "support@acme.example")
        await postfix.eventually(lambda: "status=deferred" in postfix.log(), "postfix was told to come later")
        assert "451 4.3.0 cannot be stored at the moment" in postfix.log()
    finally:
        here.server.start()

    async def arrived() -> bool:
        return here.service._context.bus.is_connected and len(await here.held()) == 3

    await until_async(arrived, timeout=60)
    assert {each.subject for each in await here.held()} == {"kept 0", "kept 1", "kept 2"}


@pytest.mark.peer("swaks", "openssl")
async def test_swaks_delivers_over_starttls_what_it_likes_to_send(place: Build, tmp_path: Path) -> None:
    await openssl(tmp_path)
    here = await place(smtp=SMTP)
    (tmp_path / "note.txt").write_text("kept as it is")
    process = await asyncio.create_subprocess_exec(
        *("swaks", "--server", f"127.0.0.1:{here.port}", "--tls", "--helo", "client.example"),
        *("--from", "ann@customer.example", "--to", "support@acme.example,sales@shop.example"),
        *("--header", "Subject: over TLS", "--attach", f"@{tmp_path / 'note.txt'}", "--body", "Hello"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
    )
    async with asyncio.timeout(60):
        said = (await process.communicate())[0].decode()
    assert process.returncode == 0, said
    assert "=== TLS started with cipher TLSv1." in said
    found = await here.only()
    assert (found.subject, found.text.strip()) == ("over TLS", "Hello")
    assert [each.filename for each in found.attachments] == ["note.txt"]
    assert found.inboxes == ["support", "sales"]
