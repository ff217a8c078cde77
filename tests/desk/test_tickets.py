"""Tickets over HTTP, with the real store and the real router behind."""

import base64
from typing import Any

import pytest

from shared.messages.command import CreateAgent
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = {"subject": "Printer on fire", "text": "It does not start.", "contact": "ana@customer.example", "name": "Ana"}


async def opened(house: House, **fields: Any) -> dict[str, Any]:
    answer = await house.api.post("/api/v1/tickets", json=NEW | fields)
    assert answer.status_code == 201, answer.text
    ticket: dict[str, Any] = answer.json()
    return ticket


async def test_a_ticket_opened_by_hand_is_shown_with_everything(house: House) -> None:
    ticket = await opened(house)
    assert ticket["number"].startswith("T-")
    assert ticket["contact"]["name"] == "Ana"
    assert ticket["contact"]["points"] == [{"kind": "email", "value": "ana@customer.example"}]
    shown = (await house.api.get(f"/api/v1/tickets/{ticket['number']}")).json()
    assert shown == ticket
    assert [message["text"] for message in shown["messages"]] == ["It does not start."]
    assert shown["messages"][0]["author"] == "Ana <ana@customer.example>"
    assert shown["events"]
    assert shown["events"][0]["actor"] == "token:tests"
    assert shown["received_by"] == "tests"
    assert shown["actions"] == shown["promises"] == []


async def test_opening_answers_where_the_ticket_is(house: House) -> None:
    answer = await house.api.post("/api/v1/tickets", json=NEW)
    shown = await house.api.get(answer.headers["Location"])
    assert shown.json()["number"] == answer.json()["number"]


@pytest.mark.parametrize("form", ["T-{}", "t-{}", "{}"])
async def test_a_number_may_be_written_with_or_without_its_letter(house: House, form: str) -> None:
    ticket = await opened(house)
    path = form.format(ticket["number"].removeprefix("T-"))
    assert (await house.api.get(f"/api/v1/tickets/{path}")).json()["id"] == ticket["id"]


async def test_times_are_in_utc(house: House) -> None:
    ticket = await opened(house)
    assert ticket["created_at"].endswith(("Z", "+00:00"))


async def test_writable_fields_are_changed_and_the_rest_stays(house: House) -> None:
    ticket = await opened(house)
    path = f"/api/v1/tickets/{ticket['number']}"
    change = {"priority": "high", "tags": ["vip", "fire"], "product": "X-100", "assignee": "anna@acme.example"}
    answer = await house.api.patch(path, json=change)
    assert answer.status_code == 200, answer.text
    changed = answer.json()
    assert {name: changed[name] for name in change} == change
    assert changed["subject"] == ticket["subject"]
    assert (await house.api.patch(path, json={"product": None})).json()["product"] is None


async def test_a_reply_is_queued_for_the_customer(house: House) -> None:
    ticket = await opened(house)
    path = f"/api/v1/tickets/{ticket['number']}"
    content = base64.b64encode(b"\0\1\2" * 1000).decode()
    files = [{"filename": "a.bin", "media_type": "application/octet-stream", "content": content}]
    answer = await house.api.post(f"{path}/replies", json={"text": "Take it out.", "attachments": files})
    assert answer.status_code == 201, answer.text
    message = answer.json()
    assert (message["direction"], message["text"]) == ("out", "Take it out.")
    (attachment,) = message["attachments"]
    assert attachment["size"] == 3000
    assert await house.contexts["desk"].blobs.get(attachment["blob"]) == b"\0\1\2" * 1000
    shown = (await house.api.get(path)).json()
    assert [delivery["to"] for delivery in shown["deliveries"]] == ["ana@customer.example"]
    assert shown["status"] == "open"


async def test_one_address_may_be_given_as_text(house: House) -> None:
    ticket = await opened(house)
    body = {"text": "For the boss.", "to": "boss@customer.example"}
    answer = await house.api.post(f"/api/v1/tickets/{ticket['number']}/replies", json=body)
    assert answer.status_code == 201, answer.text
    shown = (await house.api.get(f"/api/v1/tickets/{ticket['number']}")).json()
    assert shown["deliveries"][-1]["to"] == "boss@customer.example"


async def test_a_note_stays_inside(house: House) -> None:
    ticket = await opened(house)
    path = f"/api/v1/tickets/{ticket['number']}"
    answer = await house.api.post(f"{path}/notes", json={"text": "He shouts.", "mentions": ["anna@acme.example"]})
    assert answer.status_code == 201, answer.text
    assert answer.json()["direction"] == "internal"
    assert (await house.api.get(path)).json()["deliveries"] == []


async def test_a_ticket_is_solved_closed_and_opened_again(house: House) -> None:
    path = f"/api/v1/tickets/{(await opened(house))['number']}"
    solved = await house.api.post(f"{path}/solve", json={"summary": "New fuse.", "root_cause": "Old fuse."})
    assert solved.status_code == 200, solved.text
    assert (solved.json()["status"], solved.json()["solution"]) == ("solved", "New fuse.")
    assert solved.json()["solved_at"]
    assert (await house.api.post(f"{path}/close", json={})).json()["status"] == "closed"
    assert (await house.api.post(f"{path}/reopen")).json()["status"] == "open"


async def test_a_ticket_is_assigned_to_an_agent_and_a_team(house: House) -> None:
    path = f"/api/v1/tickets/{(await opened(house))['number']}"
    assert (await house.command(CreateAgent(email="anna@acme.example", name="Anna"))).error is None
    both = {"agent": "anna@acme.example", "team": "technical"}
    ticket = (await house.api.post(f"{path}/assign", json=both)).json()
    assert (ticket["assignee"], ticket["team"]) == ("anna@acme.example", "technical")
    ticket = (await house.api.post(f"{path}/assign", json={"agent": None})).json()
    assert (ticket["assignee"], ticket["team"]) == (None, "technical")


async def test_the_list_is_newest_first_and_says_how_many_there_are(house: House) -> None:
    first, second = await opened(house, subject="One"), await opened(house, subject="Two")
    page = (await house.api.get("/api/v1/tickets", params={"per_page": 2})).json()
    assert [ticket["number"] for ticket in page["items"]] == [second["number"], first["number"]]
    assert page["total"] >= 2
    assert "messages" not in page["items"][0]


async def test_an_empty_filter_is_none(house: House) -> None:
    await opened(house)
    everything = (await house.api.get("/api/v1/tickets")).json()["total"]
    empty = "?status=&assignee=&team=&q=&channel=&tag=&page=1"
    assert (await house.api.get(f"/api/v1/tickets{empty}")).json()["total"] == everything


async def test_a_search_finds_words_addresses_and_numbers(house: House) -> None:
    ticket = await opened(house, text="The flux capacitor hums.", contact="emmett@hillvalley.example")
    for q in ("capacitor", "flux hums", "emmett@hillvalley.example", ticket["number"], ticket["number"][2:], "capac"):
        found = (await house.api.get("/api/v1/tickets", params={"q": q})).json()
        assert ticket["number"] in [each["number"] for each in found["items"]], q
    assert (await house.api.get("/api/v1/tickets", params={"q": "flux nothing"})).json()["total"] == 0
