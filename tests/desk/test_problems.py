"""Errors: each is a problem document that says what to do, whoever made it."""

import asyncio
import json
import time
from typing import Any

import httpx
import pytest

from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

TICKETS = "/api/v1/tickets"
NEW = {"subject": "Printer on fire", "text": "It does not start.", "contact": "ana@customer.example"}


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The problem document, after checking that it is one (RFC 9457)."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert isinstance(body["detail"], str)
    return body


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{TICKETS}/T-999999", 404),
        ("GET", f"{TICKETS}/999999999999999999999", 404),
        ("GET", f"{TICKETS}/T-", 404),
        ("GET", f"{TICKETS}/printer", 404),
        ("GET", f"{TICKETS}/%00", 404),
        ("GET", f"{TICKETS}/١٢٣", 404),
        ("GET", "/api/v1/nothing", 404),
        ("GET", "/nothing", 404),
        ("GET", f"{TICKETS}/", 404),
        ("DELETE", TICKETS, 405),
        ("PUT", f"{TICKETS}/1001", 405),
        ("GET", f"{TICKETS}/1001/replies", 405),
        ("POST", f"{TICKETS}/T-999999/close", 404),
        ("GET", f"{TICKETS}?page=0", 422),
        ("GET", f"{TICKETS}?per_page=201", 422),
        ("GET", f"{TICKETS}?per_page=many", 422),
        ("GET", f"{TICKETS}?status=lost", 422),
        ("GET", f"{TICKETS}?channel=pigeon", 422),
        ("GET", f"{TICKETS}?q=" + "x" * 501, 422),
    ],
)
async def test_what_cannot_be_asked_is_a_problem(house: House, method: str, path: str, status: int) -> None:
    problem(await house.api.request(method, path), status)


async def test_a_wrong_method_is_told_which_are_right(house: House) -> None:
    answer = await house.api.delete(TICKETS)
    assert {method.strip() for method in answer.headers["Allow"].split(",")} >= {"GET", "POST"}


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("", {}, "/subject"),
        ("", NEW | {"subject": " "}, "/subject"),
        ("", NEW | {"subject": "two\r\nBcc: all@example.com"}, "/subject"),
        ("", NEW | {"text": ""}, "/text"),
        ("", NEW | {"text": "a\0b"}, "/text"),
        ("", NEW | {"channel": "pigeon"}, "/channel"),
        ("", NEW | {"urgent": True}, "/urgent"),
        ("", NEW | {"internal": "perhaps"}, "/internal"),
        ("/T-1/replies", {"text": " "}, "/text"),
        ("/T-1/replies", {"text": "a", "to": ["b\r\nc"]}, "/to/0"),
        ("/T-1/replies", {"text": "a", "attachments": [{"filename": "a"}]}, "/attachments/0/content"),
        ("/T-1/replies", {"text": "a", "attachments": [{"filename": "a", "content": "?"}]}, "/attachments/0/content"),
        (
            "/T-1/replies",
            {"text": "a", "attachments": [{"filename": "a", "content": "", "media_type": "a b"}]},
            "/attachments/0/media_type",
        ),
        ("/T-1/notes", {"words": "a"}, "/words"),
        ("/T-1/solve", {}, "/summary"),
        ("/T-1/assign", {"agent": 7}, "/agent"),
        ("/T-1/close", {"really": True}, "/really"),
    ],
)
async def test_a_wrong_field_is_named(house: House, path: str, body: dict[str, Any], field: str) -> None:
    errors = problem(await house.api.post(TICKETS + path, json=body), 422)["errors"]
    assert field in [error["field"] for error in errors], errors
    assert all(error["detail"] for error in errors)


@pytest.mark.parametrize(
    "field", ["number", "id", "contact", "created_at", "messages", "solved_at", "channel", "reasons"]
)
async def test_a_field_that_is_not_writable_is_refused_by_name(house: House, field: str) -> None:
    errors = problem(await house.api.patch(f"{TICKETS}/T-1", json={field: "x"}), 422)["errors"]
    assert [error["field"] for error in errors] == [f"/{field}"]


@pytest.mark.parametrize("body", [{"status": "merged"}, {"status": None}, {"kind": "riddle"}, {"tags": "vip"}, {}])
async def test_a_value_that_a_field_cannot_have_is_refused(house: House, body: dict[str, Any]) -> None:
    problem(await house.api.patch(f"{TICKETS}/T-1", json=body), 422)


@pytest.mark.parametrize(
    ("body", "media_type", "status"),
    [
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"subject": "\\ud800", "text": "x"}', "application/json", 422),
        (b"null", "application/json", 422),
        (b"subject=x", "application/x-www-form-urlencoded", 415),
        (json.dumps(NEW).encode(), "text/plain", 415),
        (json.dumps(NEW).encode(), "", 415),
        (b"", "application/json", 422),
        (b"x" * (4 * 1024 * 1024 + 1), "application/json", 413),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_problem(house: House, body: bytes, media_type: str, status: int) -> None:
    headers = {"Content-Type": media_type} if media_type else {}
    problem(await house.api.post(TICKETS, content=body, headers=headers), status)


async def test_a_body_without_a_length_is_bounded_too(house: House) -> None:
    async def endless() -> Any:
        for _ in range(5):
            yield b" " * 1024 * 1024

    problem(
        await house.api.post(TICKETS, content=endless(), headers={"Content-Type": "application/json"}),
        413,
    )


async def test_attachments_are_bounded_in_all(house: House) -> None:
    ticket = (await house.api.post(TICKETS, json=NEW)).json()["number"]
    files = [{"filename": "a", "content": "A" * 12_000_000} for _ in range(3)]
    answer = await house.api.post(f"{TICKETS}/{ticket}/replies", json={"text": "x", "attachments": files})
    assert "25000000" in problem(answer, 413)["detail"]


async def test_a_move_that_a_ticket_cannot_make_is_a_conflict(house: House) -> None:
    path = f"{TICKETS}/{(await house.api.post(TICKETS, json=NEW)).json()['number']}"
    await house.api.post(f"{path}/close")
    answer = await house.api.patch(path, json={"status": "pending"})
    if answer.status_code != 200:
        problem(answer, 409)


async def test_every_answer_has_security_headers_and_a_name(house: House) -> None:
    for path in ("/", "/api/docs", "/healthz", "/nothing", f"{TICKETS}/T-999999", TICKETS):
        answer = await house.api.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Correlation-ID"]


async def test_large_attachments_do_not_hold_up_other_calls(house: House) -> None:
    """24 MB of files: while they are decoded and stored the loop goes on. By its thread's own time: other programs do not count."""
    ticket = (await house.api.post(TICKETS, json=NEW)).json()["number"]
    body = json.dumps({"text": "x", "attachments": [{"filename": "a", "content": "QUJD" * 8_000_000}]}).encode()
    longest, done = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal longest
        while not done.is_set():
            began = time.thread_time()
            await asyncio.sleep(0.005)
            longest = max(longest, time.thread_time() - began)

    watching = asyncio.create_task(watch())
    path, headers = f"{TICKETS}/{ticket}/replies", {"Content-Type": "application/json"}
    answer = await house.api.post(path, content=body, headers=headers)
    done.set()
    await watching
    assert answer.status_code == 201, answer.text
    assert longest < 0.5
