"""Relays that refuse, hang, break and come back: real SMTP sessions, one outcome each."""

import asyncio
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from services.notifier.email import relay as relay_module
from services.notifier.email.compose import Mail
from services.notifier.email.relay import Timeouts
from services.notifier.email.replies import Stage, outcome_of, outcome_of_refusals
from services.notifier.email.smtp import SmtpPost
from services.notifier.email.transfer import Oversized
from services.notifier.sending import Misconfigured, Permanent, Sent, Temporary, Throttled, Unreachable
from shared.settings import Relay
from tests.natsserver import free_port

from .sink import Sink

QUICK = Timeouts(connect=2, command=0.5, data=0.5, idle=5)


def post(*urls: str, timeouts: Timeouts = QUICK) -> SmtpPost:
    return SmtpPost([Relay.model_validate(url) for url in urls], "notifier.example", timeouts)


def mail(*to: str, **fields: Any) -> Mail:
    content = b"Message-ID: <m@x>\r\nSubject: s\r\n\r\n.leading dot\r\nbody\r\n"
    values: dict[str, Any] = {"content": content, "message_id": "m@x", "sender": "support@acme.example"}
    return Mail(**{**values, "primary": to or ("a@x.example",), **fields})


@pytest.mark.parametrize(
    ("stage", "code", "kind"),
    [
        (Stage.CONNECT, 421, Unreachable),
        (Stage.CONNECT, 450, Unreachable),
        (Stage.CONNECT, 554, Misconfigured),
        (Stage.AUTH, 535, Misconfigured),
        (Stage.AUTH, 454, Unreachable),
        (Stage.SENDER, 421, Throttled),
        (Stage.SENDER, 451, Temporary),
        (Stage.SENDER, 530, Misconfigured),
        (Stage.SENDER, 552, Permanent),
        (Stage.RECIPIENT, 421, Throttled),
        (Stage.RECIPIENT, 450, Temporary),
        (Stage.RECIPIENT, 550, Permanent),
        (Stage.RECIPIENT, 200, Misconfigured),
        (Stage.DATA, 452, Temporary),
        (Stage.DATA, 554, Permanent),
    ],
)
def test_a_reply_means_what_its_stage_says(stage: Stage, code: int, kind: type) -> None:
    outcome = outcome_of(stage, code, "line one\r\nline two\x00", "relay:25")
    assert type(outcome) is kind
    assert not isinstance(outcome, Sent)
    assert "\r" not in outcome.error
    assert "\x00" not in outcome.error


def test_when_one_refused_recipient_may_be_accepted_later_the_mail_is_tried_again() -> None:
    both = [("a@x", 550, "no"), ("b@x", 450, "later")]
    assert isinstance(outcome_of_refusals(both, "r"), Temporary)
    assert isinstance(outcome_of_refusals(both[:1], "r"), Permanent)


async def test_the_content_arrives_unchanged_with_its_leading_dots(sinks: Any) -> None:
    sink = await sinks()
    sender = post(sink.url)
    outcome = await sender.deliver(mail())
    assert outcome == Sent("m@x", f"127.0.0.1:{sink.port}")
    assert sink.received[0].content == mail().content
    await sender.close()


@pytest.mark.parametrize(
    ("stage", "answer", "kind", "taken"),
    [
        ("MAIL", "451 later", Temporary, 0),
        ("MAIL", "421 busy", Throttled, 0),
        ("RCPT", "450 greylisted", Temporary, 0),
        ("RCPT", "550 unknown", Permanent, 0),
        ("DATA", "452 full", Temporary, 0),
        ("DATA", "554 spam", Permanent, 0),
        ("DATA", "421 closing", Throttled, 0),
        ("MAIL", "hang", Unreachable, 0),
        ("RCPT", "drop", Unreachable, 0),
        ("DATA", "hang", Temporary, 0),
        ("DATA", "drop", Temporary, 1),
    ],
)
@pytest.mark.parametrize("pipelining", [True, False])
async def test_each_way_a_relay_can_fail_has_its_outcome_and_the_next_mail_goes_through(
    sinks: Any, stage: str, answer: str, kind: type, taken: int, pipelining: bool
) -> None:
    sink = await sinks(pipelining=pipelining)
    sender = post(sink.url)
    sink.script[stage].append(answer)
    outcome = await sender.deliver(mail())
    assert type(outcome) is kind
    assert getattr(outcome, "unsure", False) == (stage == "DATA" and answer in ("hang", "drop"))
    assert len(sink.received) == taken
    sink.release.set()
    assert await sender.probe() is None
    assert isinstance(await sender.deliver(mail()), Sent)
    await sender.close()


async def test_a_relay_that_does_not_answer_is_unreachable() -> None:
    sender = post(f"smtp://127.0.0.1:{free_port()}")
    assert isinstance(await sender.deliver(mail()), Unreachable)
    assert isinstance(await sender.probe(), Unreachable)
    await sender.close()


@pytest.mark.parametrize(
    ("greeting", "kind"), [("554 go away", Misconfigured), ("421 busy", Unreachable), ("HTTP/1.1 400", Misconfigured)]
)
async def test_a_relay_that_turns_us_away_at_the_door(greeting: str, kind: type) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(f"{greeting}\r\n".encode())
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    sender = post(f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}?tls=none")
    assert type(await sender.deliver(mail())) is kind
    await sender.close()
    server.close()


async def test_when_the_first_relay_is_away_the_second_takes_over_and_later_the_first_again(
    sinks: Any,
) -> None:
    first: Sink = await sinks()
    second: Sink = await sinks()
    await first.stop()
    sender = post(first.url, second.url)
    outcome = await sender.deliver(mail())
    assert isinstance(outcome, Sent)
    assert outcome.via.endswith(str(second.port))
    await first.start()
    assert await sender.probe() is None
    await sender.deliver(mail())
    assert (len(first.received), len(second.received)) == (1, 1)
    await sender.close()


async def test_a_refused_recipient_is_not_tried_at_the_next_relay_nor_is_a_mail_that_may_have_arrived(
    sinks: Any,
) -> None:
    first: Sink = await sinks()
    second: Sink = await sinks()
    sender = post(first.url, second.url)
    first.script["RCPT"].append("550 unknown")
    first.script["DATA"].append("drop")
    assert isinstance(await sender.deliver(mail()), Permanent)
    assert isinstance(await sender.deliver(mail()), Temporary)
    assert second.received == []
    await sender.close()


async def test_a_relay_that_ends_the_session_before_the_content_is_followed_by_the_next(sinks: Any) -> None:
    first: Sink = await sinks()
    second: Sink = await sinks()
    first.always["MAIL"] = "421 shutting down"
    sender = post(first.url, second.url)
    assert isinstance(await sender.deliver(mail()), Sent)
    assert len(second.received) == 1
    await sender.close()


async def test_connections_are_kept_and_replaced_after_a_hundred_mails(sinks: Any) -> None:
    sink = await sinks()
    sender = post(sink.url)
    for _ in range(relay_module.MAILS_PER_CONNECTION + 5):
        assert isinstance(await sender.deliver(mail()), Sent)
    assert sink.connections == 2
    await sender.close()


async def test_a_session_that_the_relay_closed_while_idle_costs_nothing(sinks: Any) -> None:
    sink = await sinks()
    sender = post(sink.url)
    await sender.deliver(mail())
    sink.cut()
    assert isinstance(await sender.deliver(mail()), Sent)
    assert sink.connections == 2
    await sender.close()


async def test_idle_sessions_are_left_politely(sinks: Any) -> None:
    sink = await sinks()
    sender = post(sink.url, timeouts=Timeouts(connect=2, command=2, data=2, idle=0.05))
    await sender.deliver(mail())
    pool = sender._pools[0]
    async with asyncio.timeout(60):
        while pool._idle:
            await asyncio.sleep(0.01)
    await sender.close()


async def test_of_several_recipients_the_refused_ones_are_told_of(sinks: Any) -> None:
    sink = await sinks()
    sender = post(sink.url)
    sink.script["RCPT"].extend(["", "550 unknown"])
    outcome = await sender.deliver(mail("a@x.example", "b@x.example"))
    assert isinstance(outcome, Sent)
    assert outcome.refused == "b@x.example: 550 unknown"
    assert sink.received[0].recipients == ["a@x.example"]
    await sender.close()


async def test_when_only_the_copies_would_get_it_nobody_does(sinks: Any) -> None:
    sink = await sinks()
    sender = post(sink.url)
    sink.script["RCPT"].append("450 later")
    assert isinstance(await sender.deliver(mail("a@x.example", copies=("c@x.example",))), Temporary)
    assert sink.received == []
    await sender.close()


async def test_a_mail_over_the_relays_limit_is_refused_before_it_is_sent(sinks: Any) -> None:
    sink = await sinks(data_size_limit=1000)
    sender = post(sink.url)
    with pytest.raises(Oversized) as refused:
        await sender.deliver(mail(content=b"x" * 2000))
    assert refused.value.limit == 1000
    assert isinstance(await sender.deliver(mail()), Sent)
    await sender.close()


async def test_a_local_part_beyond_ascii_goes_by_smtputf8(sinks: Any) -> None:
    sink = await sinks()
    sender = post(sink.url)
    assert isinstance(await sender.deliver(mail("żaba@x.example", smtputf8=True)), Sent)
    assert sink.received[0].recipients == ["żaba@x.example"]
    await sender.close()


@pytest.mark.filterwarnings("ignore:Requiring AUTH")
async def test_a_wrong_password_is_for_the_operators(sinks: Any) -> None:
    sink = await sinks(password="right")
    sender = post(f"smtp://user:wrong@127.0.0.1:{sink.port}?tls=none")
    outcome = await sender.deliver(mail())
    assert isinstance(outcome, Misconfigured)
    assert "wrong" not in outcome.error
    await sender.close()
    sender = post(f"smtp://user:right@127.0.0.1:{sink.port}?tls=none")
    assert isinstance(await sender.deliver(mail()), Sent)
    await sender.close()


async def test_a_relay_without_the_tls_that_is_wanted_gets_nothing(sinks: Any) -> None:
    sink = await sinks()
    sender = post(f"smtp://127.0.0.1:{sink.port}?tls=starttls")
    assert isinstance(await sender.deliver(mail()), Misconfigured)
    assert sink.received == []
    await sender.close()


@pytest.mark.peer("openssl")
async def test_a_certificate_is_verified_where_tls_is_demanded(
    sinks: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    sink = await sinks(tls=context)
    strict, lenient = f"smtp://localhost:{sink.port}?tls=starttls", f"smtp://localhost:{sink.port}?tls=auto"
    sender = post(strict)
    outcome = await sender.deliver(mail())
    assert isinstance(outcome, Misconfigured)
    assert "certificate" in outcome.error
    await sender.close()
    sender = post(lenient)
    assert isinstance(await sender.deliver(mail()), Sent)
    await sender.close()
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    sender = post(strict)
    assert isinstance(await sender.deliver(mail()), Sent)
    await sender.close()


async def test_a_local_part_beyond_ascii_fails_at_once_where_the_relay_has_no_smtputf8(sinks: Any) -> None:
    sink = await sinks()

    async def plain(server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]) -> list[str]:
        session.host_name = hostname
        return [line for line in responses if "SMTPUTF8" not in line]

    sink.handle_EHLO = plain
    sender = post(sink.url)
    outcome = await sender.deliver(mail("żaba@x.example", smtputf8=True))
    assert isinstance(outcome, Permanent)
    assert "SMTPUTF8" in outcome.error
    assert isinstance(await sender.deliver(mail()), Sent)  # the session is as good as before
    assert len(sink.received) == 1
    await sender.close()
