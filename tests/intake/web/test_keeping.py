"""Acceptance of channels other than mail: kept on the bus, or a typed error and a line in the ledger."""

import asyncio
import secrets
from typing import Any

import pytest
from fastapi import FastAPI, Request

from services.intake.errors import Away, Behind, Full, NotKept, TooLarge
from services.intake.limits import Memory
from services.intake.web import InHand, install_errors
from shared.bus.errors import BusFull, BusUnavailable, PayloadTooLarge, PublishRejected
from shared.clock import now
from shared.messages.inbound import Inbound
from tests.intake.conftest import Build, until, until_async


def message(text: str = "Hello", source: str = "") -> Inbound:
    return Inbound(
        source_id=source or f"form-{secrets.token_hex(8)}",
        channel="form",
        inbox="contact",
        inboxes=["contact"],
        received_at=now(),
        correlation_id="c-1",
        text=text,
        reply_text=text,
    )


async def test_a_message_is_on_the_bus_when_it_was_accepted(place: Build) -> None:
    here = await place()
    receipt = await here.service.accepting.accept(message("Dobar dan"))
    assert receipt.duplicate is False
    assert (await here.only()).text == "Dobar dan"


async def test_a_message_that_comes_again_is_kept_once_and_counted(place: Build) -> None:
    here = await place()
    again = message()
    first = await here.service.accepting.accept(again)
    second = await here.service.accepting.accept(again)
    assert (first.duplicate, second.duplicate) == (False, True)
    assert len(await here.held()) == 1
    assert await here.ledger() == {"form/contact/duplicate/bus": 1}


async def test_a_text_too_long_for_the_bus_is_cut_and_says_so(place: Build) -> None:
    here = await place()
    await here.service.accepting.accept(message("č" * 5_000_000))
    kept = await here.only()
    assert kept.defects == ["html-dropped", "text-truncated"]
    assert kept.text.startswith("ččč")


async def test_what_a_provider_said_is_inside_the_message_or_in_a_blob(place: Build) -> None:
    accepting = (await place()).service.accepting
    small = await accepting.original("form", "contact", b'{"a": 1}')
    large = await accepting.original("form", "contact", b"x" * 20_000)
    assert (small.inline, small.blob) == (b'{"a": 1}', None)
    assert (large.inline, large.blob) == (None, large.sha256)


FAILURES: list[tuple[Exception, type[NotKept], str]] = [
    (BusUnavailable("no leader"), Away, "unavailable"),
    (TimeoutError(), Away, "unavailable"),
    (PublishRejected("wrong stream"), Away, "unavailable"),
    (BusFull("no room"), Full, "full"),
    (PayloadTooLarge("too large"), TooLarge, "too-large"),
]


@pytest.mark.parametrize(("error", "said", "reason"), FAILURES, ids=[type(case[0]).__name__ for case in FAILURES])
async def test_every_failure_of_the_bus_is_an_answer_and_a_line_in_the_ledger(
    place: Build, monkeypatch: pytest.MonkeyPatch, error: Exception, said: type[NotKept], reason: str
) -> None:
    here = await place()

    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(here.service.accepting._publisher, "publish", fail)
    with pytest.raises(said) as refused:
        await here.service.accepting.accept(message())
    assert refused.value.reason == reason
    assert refused.value.again > 0 or said is TooLarge
    assert await here.ledger() == {f"form/contact/refused/{reason}": 1}


async def test_while_the_bus_is_away_or_behind_nothing_is_begun(place: Build) -> None:
    here = await place()
    accepting = here.service.accepting
    here.service.backlog.waiting = 10**9
    with pytest.raises(Behind):
        accepting.check("form", "contact")  # no wait between the two: nobody else looks meanwhile
    here.service.backlog.waiting = 0
    here.server.stop()
    await until(lambda: not here.service._context.bus.is_connected)
    with pytest.raises(Away):
        await accepting.keep("form", "contact", b"x")
    here.server.start()
    await until(lambda: here.service._context.bus.is_connected and here.tester.is_connected)
    await until_async(here.service.ledger.flush)
    assert await here.ledger() == {"form/contact/refused/backlog": 1, "form/contact/refused/unavailable": 1}


async def test_bodies_that_are_read_at_the_same_time_are_bounded_and_small_ones_always_pass() -> None:
    entered, leave = asyncio.Event(), asyncio.Event()
    statuses: list[int] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        entered.set()
        await leave.wait()

    async def send(event: dict[str, Any]) -> None:
        statuses.append(event.get("status", 0))

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    def scope(*headers: tuple[bytes, bytes]) -> dict[str, Any]:
        return {"type": "http", "path": "/form/contact", "method": "POST", "headers": list(headers)}

    guard = InHand(app, Memory(30 * 1024 * 1024))
    first = asyncio.create_task(guard(scope((b"content-length", b"20000000")), receive, send))
    await entered.wait()
    await guard(scope((b"transfer-encoding", b"chunked")), receive, send)
    assert statuses[0] == 503
    small = asyncio.create_task(guard(scope((b"content-length", b"1000")), receive, send))
    leave.set()
    await asyncio.gather(first, small)
    await guard(scope((b"content-length", b"20000000")), receive, send)
    assert statuses.count(503) == 1


async def test_a_client_that_hangs_up_in_the_middle_raises_nothing() -> None:
    app = FastAPI()
    install_errors(app)

    @app.post("/")
    async def take(request: Request) -> None:
        await request.body()
        raise AssertionError("the body was not whole")

    heard: list[Any] = [{"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"}]
    said: list[Any] = []

    async def receive() -> Any:
        return heard.pop(0)

    async def send(part: Any) -> None:
        said.append(part)

    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/", "raw_path": b"/", "query_string": b"",
             "headers": [], "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 1), "root_path": ""}  # fmt: skip
    await app(scope, receive, send)
    assert said[0]["status"] == 400
