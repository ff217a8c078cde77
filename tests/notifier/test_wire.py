"""The talk with a relay over a socket: what is written together, how replies are matched, and what ends a session."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from services.notifier.email.compose import Mail
from services.notifier.email.relay import Timeouts
from services.notifier.email.smtp import SmtpPost
from services.notifier.email.wire import stuffed
from services.notifier.sending import Outcome, Permanent, Sent, Temporary, Throttled, Unreachable
from shared.settings import Relay

GREETING = b"250-relay\r\n250-PIPELINING\r\n250 SIZE 100000\r\n"
QUICK = Timeouts(connect=3, command=2, data=2, idle=5)

Play = Callable[["Scripted"], Awaitable[None]]


class Scripted:
    """A relay that says exactly what a test wants; ``heard`` is each read of the socket up to the line that ended it."""

    def __init__(self, play: Play) -> None:
        self.play, self.heard = play, [b""]
        self.port = 0

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        try:
            self.writer.write(b"220 relay\r\n")
            await self.hear(b"EHLO notifier.example\r\n")
            self.say(GREETING)
            await self.play(self)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def hear(self, end: bytes) -> bytes:
        heard = await self.reader.readuntil(end)
        self.heard.append(heard)
        return heard

    def say(self, data: bytes) -> None:
        self.writer.write(data)


@pytest.fixture
async def relay() -> AsyncIterator[Callable[[Play], Awaitable[Scripted]]]:
    started: list[Scripted] = []

    async def start(play: Play) -> Scripted:
        scripted = Scripted(play)
        await scripted.start()
        started.append(scripted)
        return scripted

    yield start
    for each in started:
        each.server.close()


async def deliver(scripted: Scripted, **fields: Any) -> Outcome:
    post = SmtpPost([Relay.model_validate(f"smtp://127.0.0.1:{scripted.port}?tls=none")], "notifier.example", QUICK)
    values: dict[str, Any] = {
        "content": b"Subject: s\r\n\r\nbody\r\n",
        "message_id": "m@x",
        "sender": "support@acme.example",
        "primary": ("a@x.example",),
    }
    try:
        return await post.deliver(Mail(**{**values, **fields}))
    finally:
        await post.close()


async def test_the_whole_envelope_goes_out_before_any_reply_to_it(relay: Any) -> None:
    async def play(script: Scripted) -> None:
        await script.hear(b"DATA\r\n")  # nothing has been answered since EHLO
        script.say(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        await script.hear(b"\r\n.\r\n")
        script.say(b"250 taken\r\n")
        await script.hear(b"QUIT\r\n")

    scripted = await relay(play)
    assert isinstance(await deliver(scripted), Sent)
    assert scripted.heard[2] == b"MAIL FROM:<support@acme.example> SIZE=20\r\nRCPT TO:<a@x.example>\r\nDATA\r\n"
    assert scripted.heard[3] == b"Subject: s\r\n\r\nbody\r\n.\r\n"


async def test_replies_that_come_in_pieces_and_with_several_lines_are_matched(relay: Any) -> None:
    async def play(script: Scripted) -> None:
        await script.hear(b"DATA\r\n")
        for piece in (b"250-fi", b"ne\r\n250 ok\r", b"\n550-no such\r\n550 person\r\n25", b"0 ok\r\n354", b" go\r\n"):
            script.say(piece)
            await script.writer.drain()
            await asyncio.sleep(0)
        await script.hear(b"\r\n.\r\n")
        script.say(b"250 taken\r\n")
        await script.hear(b"QUIT\r\n")

    outcome = await deliver(await relay(play), primary=("a@x.example", "b@x.example"))
    assert isinstance(outcome, Sent)
    assert outcome.refused.startswith("a@x.example: 550 no such")


async def test_a_relay_that_wants_content_for_nobody_gets_a_lone_dot(relay: Any) -> None:
    async def play(script: Scripted) -> None:
        await script.hear(b"DATA\r\n")
        script.say(b"250 ok\r\n550 unknown\r\n354 go on\r\n")
        await script.hear(b".\r\n")
        script.say(b"554 no recipients\r\n")
        await script.hear(b"QUIT\r\n")

    scripted = await relay(play)
    assert isinstance(await deliver(scripted), Permanent)
    assert scripted.heard[3] == b".\r\n"


async def test_a_relay_that_takes_recipients_without_a_sender_gets_no_end_of_a_mail(relay: Any) -> None:
    rest: list[bytes] = []

    async def play(script: Scripted) -> None:
        await script.hear(b"DATA\r\n")
        script.say(b"451 later\r\n250 ok\r\n354 go on\r\n")
        rest.append(await script.reader.read())

    scripted = await relay(play)
    assert isinstance(await deliver(scripted), Temporary)
    async with asyncio.timeout(60):
        while not rest:
            await asyncio.sleep(0.01)
    assert rest == [b""]


async def test_data_waits_for_the_recipients_when_copies_could_be_the_only_ones(relay: Any) -> None:
    async def play(script: Scripted) -> None:
        await script.hear(b"RCPT TO:<a@x.example>\r\n")
        script.say(b"250 ok\r\n450 later\r\n")
        await script.hear(b"RSET\r\n")
        script.say(b"250 ok\r\n")
        await script.hear(b"QUIT\r\n")

    assert isinstance(await deliver(await relay(play), copies=("c@x.example",)), Temporary)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"421 shutting down\r\n", Throttled),  # to MAIL, and nothing to the rest
        (b"250 ok\r\n421 shutting down\r\n", Unreachable),
        (b"250 ok\r\n250 ok\r\n421 shutting down\r\n", Throttled),
        (b"250 ok\r\n250 ok\r\n", Unreachable),
        (b"250 ok\r\nhello\r\n", Unreachable),
        (b"250 ok\r\n250 ok\r\n354 go\r\n250 what for?\r\n", Unreachable),
        (b"250 " + b"x" * 40_000, Unreachable),
        (b"250-x\r\n" * 2_000, Unreachable),
    ],
)
async def test_a_session_that_ends_or_goes_wrong_before_the_content_has_sent_nothing(
    relay: Any, answer: bytes, kind: type
) -> None:
    async def play(script: Scripted) -> None:
        await script.hear(b"DATA\r\n")
        script.say(answer)
        script.writer.write_eof()
        await script.reader.read()

    scripted = await relay(play)
    assert type(await deliver(scripted)) is kind
    assert not any(b"Subject" in heard for heard in scripted.heard)


async def test_what_the_relay_says_unasked_ends_the_session(relay: Any) -> None:
    rest: list[bytes] = []

    async def play(script: Scripted) -> None:
        await script.hear(b"DATA\r\n")
        script.say(b"250 ok\r\n250 ok\r\n354 go on\r\n")
        await script.hear(b"\r\n.\r\n")
        script.say(b"250 taken\r\n")
        rest.append(await script.reader.read())

    scripted = await relay(play)
    post = SmtpPost([Relay.model_validate(f"smtp://127.0.0.1:{scripted.port}?tls=none")], "notifier.example", QUICK)
    mail = Mail(content=b"x\r\n", message_id="m@x", sender="s@acme.example", primary=("a@x.example",))
    assert isinstance(await post.deliver(mail), Sent)
    (session,) = post._pools[0]._idle
    scripted.say(b"421 idle for too long\r\n")
    async with asyncio.timeout(60):
        while session.wire.is_open:
            await asyncio.sleep(0.01)
    await post.close()


@pytest.mark.parametrize(
    ("content", "sent"),
    [
        (b"a\r\n", b"a\r\n.\r\n"),
        (b"a", b"a\r\n.\r\n"),
        (b"", b"\r\n.\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b".a\r\n..b\r\n", b"..a\r\n...b\r\n.\r\n"),
        (b"a\n.\nb\r\n", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r.\rb", b"a\r\n..\r\nb\r\n.\r\n"),
        (b"a\r\n.\n\r\n", b"a\r\n..\r\n\r\n.\r\n"),
        (b"a\n\r.\r\n", b"a\r\n\r\n..\r\n.\r\n"),
    ],
)
def test_no_content_can_end_the_mail_early(content: bytes, sent: bytes) -> None:
    assert stuffed(content) == sent
