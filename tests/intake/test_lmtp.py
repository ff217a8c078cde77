"""LMTP (RFC 2033) beside SMTP: greeted with LHLO, one answer for each recipient, over a port or a Unix socket."""

import asyncio
import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.intake.errors import ListenFailed
from shared.settings.quantities import Listen, UnixListen
from tests.intake.conftest import Build, Dialog, Place, mail, until

PORT = 'lmtp_listen = "127.0.0.1:0"'


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="lmtp") as made:
        yield Path(made)


async def lmtp(here: Place, *, hello: bool = True) -> Dialog:
    address = here.service.lmtp_address
    if isinstance(address, UnixListen):
        dialog = Dialog(*await asyncio.open_unix_connection(address.path))
    else:
        assert isinstance(address, Listen)
        dialog = Dialog(*await asyncio.open_connection("127.0.0.1", address.port))
    here.dialogs.append(dialog)
    assert (await dialog.reply()).startswith("220 ")
    if hello:
        assert (await dialog.say("LHLO mx.acme.example")).startswith("250")
    return dialog


async def test_every_recipient_has_its_own_answer_in_the_order_of_its_rcpt(place: Build) -> None:
    here = await place(smtp=PORT)
    dialog = await lmtp(here)
    assert (await dialog.say("MAIL FROM:<ann@customer.example>")).startswith("250")
    assert (await dialog.say("RCPT TO:<support@acme.example>")).startswith("250")
    assert (await dialog.say("RCPT TO:<nobody@acme.example>")).startswith("550 5.1.1")
    assert (await dialog.say("RCPT TO:<sales@shop.example>")).startswith("250")
    assert (await dialog.say("RCPT TO:<support@acme.example>")).startswith("250")
    assert (await dialog.say("DATA")).startswith("354")
    answers = [await dialog.finish(mail())] + [await dialog.reply() for _ in range(2)]
    assert all(answer.startswith("250 2.0.0 ") for answer in answers)
    assert (await dialog.say("NOOP")).startswith("250")  # and no answer more
    found = await here.only()
    assert found.inboxes == ["support", "sales"]
    assert found.recipients == ["support@acme.example", "sales@shop.example"]


async def test_the_greeting_is_lhlo_alone_and_offers_what_the_rfc_demands(place: Build) -> None:
    here = await place(smtp=PORT)
    dialog = await lmtp(here, hello=False)
    for wrong in ("EHLO mx.acme.example", "HELO mx.acme.example"):
        assert (await dialog.say(wrong)).startswith("500 ")
    assert (await dialog.say("MAIL FROM:<ann@customer.example>")).startswith("503 ")
    offered = {line[4:] for line in (await dialog.say("LHLO mx.acme.example")).splitlines()}
    assert {"PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"} <= offered
    assert not any(line.startswith("AUTH") for line in offered)
    for command in ("NOOP", "RSET", "MAIL FROM:<ann@customer.example>", "RCPT", "NONSENSE", "RSET"):
        answer = await dialog.say(command)
        assert answer[4:6] == f"{answer[0]}.", answer


async def test_without_a_valid_recipient_data_is_refused_with_the_code_of_the_rfc(place: Build) -> None:
    dialog = await lmtp(await place(smtp=PORT))
    assert (await dialog.say("MAIL FROM:<ann@customer.example>")).startswith("250")
    assert (await dialog.say("RCPT TO:<nobody@acme.example>")).startswith("550")
    assert (await dialog.say("DATA")).startswith("503")


async def test_pipelined_commands_get_every_answer(place: Build) -> None:
    here = await place(smtp=PORT)
    dialog = await lmtp(here)
    commands = "MAIL FROM:<>\r\nRCPT TO:<support@acme.example>\r\nRCPT TO:<sales@shop.example>\r\nDATA"
    assert (await dialog.say(commands)).startswith("250")
    assert [(await dialog.reply())[:3] for _ in range(3)] == ["250", "250", "354"]
    assert (await dialog.finish(mail())).startswith("250")
    assert (await dialog.reply()).startswith("250")


async def test_while_the_bus_is_away_every_recipient_is_told_to_come_later(place: Build) -> None:
    here = await place(smtp=PORT)
    dialog = await lmtp(here)
    await dialog.envelope("support@acme.example", "sales@shop.example")
    here.server.kill()
    try:
        assert (await dialog.finish(mail())).startswith("451 4.3.0")
        assert (await dialog.reply()).startswith("451 4.3.0")
        await until(lambda: not here.service._context.bus.is_connected)
        assert (await dialog.say("MAIL FROM:<ann@customer.example>")).startswith("451")
    finally:
        here.server.start()


async def test_a_mail_over_the_limit_is_refused_for_every_recipient(place: Build) -> None:
    here = await place(smtp=f'{PORT}\nmax_size = "20kB"')
    dialog = await lmtp(here)
    await dialog.envelope("support@acme.example", "sales@shop.example")
    assert (await dialog.finish(mail("x" * 30_000))).startswith("552 5.3.4")
    assert (await dialog.reply()).startswith("552 5.3.4")
    assert await here.held() == []
    assert await here.ledger() == {"email/support/refused/too-large": 1}


async def test_a_recipient_named_again_and_again_comes_to_an_end(place: Build) -> None:
    dialog = await lmtp(await place(smtp=f"{PORT}\nmax_recipients = 3"))
    assert (await dialog.say("MAIL FROM:<ann@customer.example>")).startswith("250")
    answers = [await dialog.say("RCPT TO:<support@acme.example>") for _ in range(4)]
    assert [answer[:3] for answer in answers] == ["250", "250", "250", "452"]


async def test_a_unix_socket_is_open_to_the_mail_server_and_gone_afterwards(place: Build, folder: Path) -> None:
    path = folder / "lmtp.sock"
    here = await place(smtp=f'lmtp_listen = "unix:{path}"')
    assert stat.S_IMODE(path.stat().st_mode) == 0o666
    assert os.listdir(folder) == ["lmtp.sock"]
    dialog = await lmtp(here)
    assert (await dialog.send(mail())).startswith("250")
    assert (await here.only()).peer == "127.0.0.1"
    assert here.service.ready()["lmtp"]
    await here.service.stop()
    assert not path.exists()


async def test_a_socket_left_behind_is_replaced_and_one_in_use_is_not(place: Build, folder: Path) -> None:
    path = folder / "lmtp.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    here = await place(smtp=f'lmtp_listen = "unix:{path}"')
    assert (await (await lmtp(here)).send(mail())).startswith("250")
    with pytest.raises(ListenFailed, match=r"smtp\.lmtp_listen unix:.* is taken"):
        await place(smtp=f'lmtp_listen = "unix:{path}"')
    assert (await (await lmtp(here)).send(mail())).startswith("250")


async def test_a_file_that_is_no_socket_is_left_alone(place: Build, folder: Path) -> None:
    path = folder / "notes.txt"
    path.write_text("precious")
    with pytest.raises(ListenFailed, match="is taken"):
        await place(smtp=f'lmtp_listen = "unix:{path}"')
    assert path.read_text() == "precious"
