"""Who is turned away, with which reply, and that the ledger hears of it once per mail."""

import asyncio
import socket
from pathlib import Path

import pytest

from services.intake.errors import CertificateUnusable, ListenFailed
from services.intake.limits import Gate
from tests.intake.conftest import Build, Dialog, mail

REFUSALS = [
    pytest.param("RCPT TO:<stranger@elsewhere.example>", "550 5.1.1", "unknown-recipient", id="stranger"),
    pytest.param("RCPT TO:<nobody@acme.example>", "550 5.1.1", "unknown-recipient", id="unknown-at-our-domain"),
    pytest.param("RCPT TO:<reply+abc@elsewhere.example>", "550 5.1.1", "unknown-recipient", id="reply-elsewhere"),
    pytest.param("RCPT TO:<", "553 5.1.3", "bad-address", id="malformed"),
    pytest.param(b"RCPT TO:<\xff\xfe@acme.example>", "553 5.1.3", "bad-address", id="no-utf8"),
    pytest.param(b"RCPT TO:<a\x01b@acme.example>", "553 5.1.3", "bad-address", id="control-characters"),
]


@pytest.mark.parametrize(("command", "reply", "reason"), REFUSALS)
async def test_a_mail_none_of_whose_recipients_is_ours_is_refused_and_counted_once(
    place: Build, command: str | bytes, reply: str, reason: str
) -> None:
    here = await place()
    dialog = await here.dialog()
    await dialog.say("MAIL FROM:<ann@customer.example>")
    for _ in range(3):
        assert (await dialog.say(command)).startswith(reply)
    assert (await dialog.say("DATA")).startswith("5")
    await dialog.say("RSET")
    await dialog.say("QUIT")
    assert await here.ledger() == {f"email//refused/{reason}": 1}
    assert await here.held() == []


async def test_a_mail_with_one_good_recipient_among_strangers_is_accepted_and_not_refused(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    await dialog.say("MAIL FROM:<ann@customer.example>")
    assert (await dialog.say("RCPT TO:<stranger@elsewhere.example>")).startswith("550")
    assert (await dialog.say("RCPT TO:<support@acme.example>")).startswith("250")
    assert (await dialog.say("RCPT TO:<other@elsewhere.example>")).startswith("550")
    await dialog.say("DATA")
    assert (await dialog.finish(mail())).startswith("250")
    await dialog.say("QUIT")
    assert await here.ledger() == {}


async def test_a_transaction_that_is_given_up_counts_as_nothing(place: Build) -> None:
    here = await place()
    dialog = await here.dialog()
    await dialog.say("MAIL FROM:<ann@customer.example>")
    await dialog.say("RCPT TO:<support@acme.example>")
    await dialog.say("RSET")
    await dialog.say("QUIT")
    assert await here.ledger() == {}


async def test_a_size_that_is_announced_too_large_is_refused_before_it_is_sent(place: Build) -> None:
    here = await place(smtp='max_size = "10kB"')
    dialog = await here.dialog()
    assert (await dialog.say("MAIL FROM:<ann@customer.example> SIZE=10001")).startswith("552 5.3.4")
    assert (await dialog.say(f"MAIL FROM:<ann@customer.example> SIZE={'9' * 400}")).startswith("552 5.3.4")
    assert (await dialog.say("MAIL FROM:<ann@customer.example> SIZE=10000")).startswith("250")
    assert await here.ledger() == {"email//refused/too-large": 2}


async def test_a_mail_that_turns_out_too_large_gets_552_and_the_session_goes_on(place: Build) -> None:
    here = await place(smtp='max_size = "10kB"')
    dialog = await here.dialog()
    assert (await dialog.send(b"x" * 10_001)).startswith("552 5.3.4")
    assert (await dialog.send(mail(), "sales@shop.example")).startswith("250")
    assert (await dialog.send(b"\r\n".join([b"y" * 70] * 200), "sales@shop.example")).startswith("552 5.3.4")
    assert await here.ledger() == {"email/support/refused/too-large": 1, "email/sales/refused/too-large": 1}


async def test_a_mail_far_beyond_the_limit_is_cut_off(place: Build) -> None:
    here = await place(smtp='max_size = "10kB"')
    dialog = await here.dialog()
    await dialog.envelope()
    try:
        for _ in range(400):
            dialog.writer.write(b"x" * 65536)
            await dialog.writer.drain()
    except OSError:
        pass
    assert await here.ledger() == {"email/support/refused/too-large": 1}
    assert (await (await here.dialog()).send(mail())).startswith("250")


async def test_recipients_beyond_the_limit_get_452_and_the_others_are_kept(place: Build) -> None:
    here = await place(smtp="max_recipients = 3")
    dialog = await here.dialog()
    await dialog.say("MAIL FROM:<ann@customer.example>")
    replies = [await dialog.say(f"RCPT TO:<support+{number}@acme.example>") for number in range(5)]
    assert [reply[:3] for reply in replies] == ["250", "250", "250", "452", "452"]
    await dialog.say("DATA")
    assert (await dialog.finish(mail())).startswith("250")
    assert len((await here.only()).recipients) == 3


def strict(**limits: int) -> Gate:
    """A gate that exempts nobody, so that its limits can be met from this machine."""
    most = {"sessions": 100, "sessions_per_peer": 100, "rate_per_minute": 100, **limits}
    return Gate(
        sessions=most["sessions"],
        sessions_per_peer=most["sessions_per_peer"],
        rate_per_minute=most["rate_per_minute"],
        exempt=(),
    )


async def test_a_peer_above_its_rate_gets_450(place: Build) -> None:
    here = await place(gate=strict(rate_per_minute=2))
    dialog = await here.dialog()
    assert (await dialog.send(mail())).startswith("250")
    assert (await dialog.send(mail())).startswith("250")
    assert (await dialog.say("MAIL FROM:<ann@customer.example>")).startswith("450 4.7.1")
    assert await here.ledger() == {"email//refused/rate": 1}


@pytest.mark.parametrize("limit", ["sessions", "sessions_per_peer"])
async def test_a_session_too_many_gets_421_and_its_place_is_free_when_another_ends(place: Build, limit: str) -> None:
    here = await place(gate=strict(**{limit: 2}))
    first, _ = [await here.dialog() for _ in range(2)]
    third = await here.dialog(hello=False)
    assert (await third.reply()).startswith("421 ")
    assert await third.reply() == ""
    await first.say("QUIT")
    assert await first.reply() == ""
    assert (await (await here.dialog()).send(mail())).startswith("250")
    assert await here.ledger() == {"email//refused/busy": 1}


async def test_loopback_is_exempt_from_the_limits_per_peer(place: Build) -> None:
    here = await place(smtp="rate_per_minute = 1\nmax_sessions_per_peer = 1")
    for dialog in [await here.dialog() for _ in range(3)]:
        assert (await dialog.send(mail())).startswith("250")


async def test_a_stranger_guessing_addresses_is_cut_off(place: Build) -> None:
    here = await place(gate=strict())
    dialog = await here.dialog()
    await dialog.say("MAIL FROM:<ann@customer.example>")
    replies = [await dialog.say(f"RCPT TO:<guess{number}@acme.example>") for number in range(101)]
    assert {reply[:3] for reply in replies[:-1]} == {"550"}
    assert replies[-1].startswith("421")
    assert await dialog.reply() == ""
    assert await here.ledger() == {"email//refused/unknown-recipient": 1}


async def test_more_mail_at_once_than_memory_is_set_aside_for_gets_452(place: Build) -> None:
    here = await place(smtp='max_size = "40MB"')  # four times that, 160 MB, may be held
    door = here.service._listener._door  # type: ignore[union-attr]
    assert door.memory.take(159_999_000)
    dialog = await here.dialog()
    assert (await dialog.send(b"x" * 2_000)).startswith("452 4.3.1")
    assert (await dialog.send(mail())).startswith("250")
    door.memory.give_back(159_999_000)
    assert (await dialog.send(mail("x" * 2_000))).startswith("250")
    assert await here.ledger() == {"email/support/refused/busy": 1}


async def test_a_taken_port_is_one_line_that_says_what_to_do(place: Build) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ListenFailed, match=rf"^smtp\.listen 127\.0\.0\.1:{port} is taken; [^\n]+$"):
            await place(listen=f"127.0.0.1:{port}")


async def test_an_address_of_another_machine_is_one_line_that_says_what_to_do(place: Build) -> None:
    with pytest.raises(ListenFailed, match=r"^smtp\.listen 192\.0\.2\.1:2525 can't be used [^\n]+$"):
        await place(listen="192.0.2.1:2525")


async def test_a_certificate_that_is_none_is_one_line_that_says_what_to_do(place: Build, tmp_path: Path) -> None:
    for name in ("no.pem", "no.key"):
        (tmp_path / name).write_text("nothing of the kind")
    with pytest.raises(CertificateUnusable, match=r"^smtp\.certificate \S*no\.pem [^\n]+ can't be used [^\n]+$"):
        await place(smtp='certificate = "no.pem"\nkey = "no.key"')


async def test_stopping_lets_the_mail_in_flight_finish_and_accepts_nothing_more(place: Build) -> None:
    here = await place()
    idle, busy = await here.dialog(), await here.dialog()
    port = here.port
    await busy.envelope()
    busy.writer.write(b"Subject: half")
    await busy.writer.drain()
    stopping = asyncio.create_task(here.service.stop())
    assert (await idle.reply()).startswith("421 4.3.2")
    with pytest.raises(OSError):
        await Dialog.open(port)
    assert (await busy.finish(mail())).startswith("250 ")
    assert (await busy.reply()).startswith("421 4.3.2")
    await asyncio.wait_for(stopping, 60)
    assert len(await here.held()) == 1
    assert not any(here.service.ready()[check] for check in ("smtp",))
