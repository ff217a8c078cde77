"""Servers that lie, refuse and fall silent: each ends in a typed error or is worked around, and no mail behind is kept waiting."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from services.intake.imap import client, wire
from services.intake.imap.client import Credentials, connected
from services.intake.imap.errors import Denied, MailboxError, Nonsense, SignInRefused, Unreachable, Untrusted
from shared.settings.inbox import Imap
from tests.intake.conftest import until
from tests.intake.imap.conftest import Begin, Post, letter, toml_of
from tests.intake.imap.scripted import Scripted, Talk, named

Serve = Callable[..., Awaitable[Scripted]]


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    servers: list[Scripted] = []

    async def start(*arguments: Any, **more: Any) -> Scripted:
        servers.append(await Scripted(*arguments, **more).start())
        return servers[-1]

    yield start
    for server in servers:
        await server.stop()


def imap(server: Scripted, **more: str) -> Imap:
    return Imap.model_validate({"host": "127.0.0.1", "port": server.port, "tls": "none", "user": "ann", **more})


async def sign_in(server: Scripted, credentials: Credentials, **more: str) -> None:
    async with connected(imap(server, **more), None, 1000) as box:
        await box.sign_in(credentials)
        await box.open("INBOX", read_only=True)


async def test_a_failed_xoauth2_is_ended_with_an_empty_line_and_told(serve: Serve) -> None:
    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if not rest.startswith("AUTHENTICATE XOAUTH2"):
            return False
        tag = talk.tag
        talk.say("+ eyJzdGF0dXMiOiI0MDAifQ==")  # {"status":"400"}
        assert await talk.line() == ""
        talk.say(f"{tag} NO authentication failed")
        return True

    server = await serve(answer)
    with pytest.raises(SignInRefused, match='"status":"400"') as refusal:
        await asyncio.wait_for(sign_in(server, Credentials("ann", token="t0ken")), 60)
    assert "t0ken" not in str(refusal.value)


async def test_an_access_token_is_given_when_it_is_asked_for(serve: Serve) -> None:
    said: list[str] = []

    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if not rest.startswith("AUTHENTICATE XOAUTH2"):
            return False
        tag = talk.tag
        talk.say("+ ")
        said.append(await talk.line())
        talk.say(f"{tag} OK in")
        return True

    await sign_in(await serve(answer, capability="IMAP4rev1"), Credentials("ann", token="t"))
    assert said == ["dXNlcj1hbm4BYXV0aD1CZWFyZXIgdAEB"]


async def test_where_there_is_no_plain_a_login_is_quoted(serve: Serve) -> None:
    server = await serve()
    await sign_in(server, Credentials('an"n', "a b\\c"))
    assert any(line.endswith('LOGIN "an\\"n" "a b\\\\c"') for line in server.heard)
    with pytest.raises(SignInRefused, match="ASCII"):
        await sign_in(server, Credentials("ann", "żółw"))
    with pytest.raises(SignInRefused, match="without TLS"):
        await sign_in(await serve(capability="IMAP4rev1 LOGINDISABLED"), Credentials("ann", "x"))


@pytest.mark.parametrize(
    ("greeting", "more", "error"),
    [
        ("* BYE too many", {}, Unreachable),
        ("HTTP/1.1 400 what?", {}, Unreachable),
        ("* PREAUTH welcome", {"tls": "starttls"}, Untrusted),
    ],
)
async def test_an_odd_greeting_ends_at_once(
    greeting: str, more: dict[str, str], error: type[Exception], serve: Serve
) -> None:
    with pytest.raises(error):
        await asyncio.wait_for(sign_in(await serve(greeting=greeting), Credentials("ann", "x"), **more), 60)


@pytest.mark.parametrize("said", ["NO not here", "OK now\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN", "OK now\r\n* OK"])
async def test_without_tls_that_was_asked_for_no_password_is_said(said: str, serve: Serve) -> None:
    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if rest.startswith("STARTTLS"):
            talk.say(f"{talk.tag} {said}")
            return True
        return False

    server = await serve(answer)
    with pytest.raises(Untrusted):
        async with connected(imap(server, tls="starttls"), client.tls_context(imap(server, tls="starttls"), None), 9):  # type: ignore[arg-type]
            pass
    assert not any("LOGIN" in line or "AUTH" in line for line in server.heard)


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        (["* 1 FETCH (UID 1 BODY[] {99999999999}"], Nonsense),
        (["XX OK whose?"], Nonsense),
        (["* BYE going down"], Unreachable),
        (["%TAG NO [UNAVAILABLE] not now"], Denied),
        (["%TAG BAD what?"], Denied),
    ],
)
async def test_what_cannot_be_is_a_typed_error(lines: list[str], error: type[Exception], serve: Serve) -> None:
    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if rest.startswith("UID FETCH"):
            talk.say(*(line.replace("%TAG", talk.tag) for line in lines))
            if "BYE" in lines[0]:
                talk.writer.close()
            return True
        return False

    server = await serve(answer)
    async with connected(imap(server), None, 1000) as box:
        await box.sign_in(Credentials("ann", "x"))
        await box.open("INBOX", read_only=True)
        with pytest.raises(error):
            await asyncio.wait_for(box.contents([1]), 60)


async def test_a_silent_server_is_given_up(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_: Talk, rest: str, __: str) -> bool:
        return rest.startswith("UID FETCH")

    server = await serve(answer)
    async with connected(imap(server), None, 1000) as box:
        await box.sign_in(Credentials("ann", "x"))
        await box.open("INBOX", read_only=True)
        monkeypatch.setattr(wire.Wire.command, "__kwdefaults__", {"prefix": None, "silence": 0.2})
        with pytest.raises(Unreachable, match="does not answer"):
            await asyncio.wait_for(box.contents([1]), 60)
        with pytest.raises(MailboxError):
            await box.poll()


async def test_a_server_that_never_answers_idle_is_polled(
    serve: Serve, begin: Begin, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "SILENCE", 0.2)

    async def answer(_: Talk, rest: str, __: str) -> bool:
        return rest == "IDLE"

    server = await serve(answer, capability="IMAP4rev1 SASL-IR IDLE")
    await begin(toml_of(server.port, "ann", poll="50ms"))
    await until(lambda: post.reader._poll)
    await post.looked()
    server.mails[1] = letter("one")
    assert await post.until(1) == ["one"]


async def test_a_mail_that_the_server_does_not_give_is_left_and_counted_and_those_behind_it_are_taken(
    serve: Serve, begin: Begin, post: Post
) -> None:
    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if rest.startswith("UID FETCH") and "PEEK" in rest and 2 in named(rest.split()[2]):
            talk.say(f"{talk.tag} NO internal error")
            return True
        return False

    server = await serve(answer)
    server.mails = {1: letter("one"), 2: letter("broken"), 3: letter("three")}
    await begin(toml_of(server.port, "ann", start="all", poll="50ms", reconcile="0"))
    assert await post.until(2) == ["one", "three"]
    await post.looked()
    assert await post.ledger() == {"email/support/refused/unfetchable": 1}
    assert (await post.cursor())["uid"] == 3


async def test_a_mail_on_which_the_server_breaks_down_is_left_after_some_attempts(
    serve: Serve, begin: Begin, post: Post
) -> None:
    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if rest.startswith("UID FETCH") and "PEEK" in rest and 2 in named(rest.split()[2]):
            talk.writer.close()
            return True
        return False

    server = await serve(answer)
    server.mails = {uid: letter(f"n{uid}") for uid in range(1, 5)}
    await begin(toml_of(server.port, "ann", start="all", poll="50ms", reconcile="0"))
    assert await post.until(3) == ["n1", "n3", "n4"]
    await post.looked()
    assert await post.ledger() == {"email/support/refused/unfetchable": 1}


async def test_a_size_that_was_a_lie_does_not_get_a_mail_past_the_limit(serve: Serve, begin: Begin, post: Post) -> None:
    async def answer(talk: Talk, rest: str, _: str) -> bool:
        if rest.startswith("UID FETCH 1 ") and "SIZE" in rest:
            talk.ok('* 1 FETCH (UID 1 RFC822.SIZE 10 INTERNALDATE "02-Mar-2026 10:00:00 +0000")')
            return True
        return False

    server = await serve(answer)
    server.mails = {1: letter("huge", text="x" * 150_000)}
    await begin(toml_of(server.port, "ann", start="all", poll="50ms", reconcile="0"), smtp='max_size = "100kB"')
    await post.looked()
    assert await post.ledger() == {"email/support/refused/too-large": 1}
    assert await post.held() == []
