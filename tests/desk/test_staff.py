"""Agents and escalating over HTTP: adding and changing them, being away and back, and raising a ticket to whoever leads."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.clock import now
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def hired(house: House, **more: Any) -> str:
    """The address of a new agent."""
    email = f"{uuid4().hex[:8]}@acme.example"
    answer = await house.api.post("/api/v1/agents", json={"email": email, "name": "Lea Horvat"} | more)
    assert answer.status_code == 201, answer.text
    return email


async def opened(house: House, **more: Any) -> str:
    body = {"subject": "Pump", "text": "It leaks.", "contact": "ana@customer.example"} | more
    answer = await house.api.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def test_an_agent_is_added_changed_and_listed_with_their_open_tickets(house: House) -> None:
    email = await hired(house, role="lead")
    path = f"/api/v1/agents/{email.upper()}"
    patch = {"languages": ["hr", "EN"], "capacity": 20, "public_name": "Lea"}
    changed = await house.api.patch(path, json=patch)
    assert changed.status_code == 200, changed.text
    number = await opened(house)
    await house.api.patch(f"/api/v1/tickets/{number}", json={"assignee": email})
    shown = (await house.api.get(path)).json()
    assert (shown["languages"], shown["capacity"], shown["public_name"]) == (["hr", "en"], 20, "Lea")
    assert (shown["role"], shown["open"], shown["away_until"]) == ("lead", 1, None)
    listed = (await house.api.get("/api/v1/agents")).json()["items"]
    assert shown in listed
    again = await house.api.post("/api/v1/agents", json={"email": email, "name": "Lea"})
    assert again.status_code == 409


async def test_an_agent_says_that_they_are_away_and_back(house: House) -> None:
    email = await hired(house)
    path = f"/api/v1/agents/{email}"
    until = now() + timedelta(days=2)
    away = (await house.api.patch(path, json={"away_until": until.isoformat()})).json()
    assert away["away_until"][:19] == until.isoformat()[:19]
    assert (await house.api.patch(path, json={"away": True})).json()["away_until"].startswith("9999-")
    assert (await house.api.patch(path, json={"away": False})).json()["away_until"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"hours": "no-such-hours"}, 422),
        ({"capacity": -1}, 422),
        ({"capacity": "many"}, 422),
        ({"languages": ["english"]}, 422),
        ({"languages": None}, 422),
        ({"name": " "}, 422),
        ({"role": "king"}, 422),
        ({"away": True, "away_until": None}, 422),
        ({"open": 3}, 422),
        ({"capacity": None}, 200),
    ],
)
async def test_what_an_agent_cannot_be_is_refused(house: House, body: dict[str, Any], status: int) -> None:
    email = await hired(house)
    answer = await house.api.patch(f"/api/v1/agents/{email}", json=body)
    assert answer.status_code == status, answer.text


async def test_who_is_no_agent_is_not_found(house: House) -> None:
    for call in (house.api.get, lambda path: house.api.patch(path, json={"name": "Lea"})):
        answer = await call("/api/v1/agents/nobody@acme.example")
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("application/problem+json")


async def test_a_ticket_is_escalated_to_whoever_is_named_with_a_summary_and_once_for_each_key(house: House) -> None:
    email = await hired(house, role="lead")
    number = await opened(house)
    path, key = f"/api/v1/tickets/{number}/escalate", {"Idempotency-Key": uuid4().hex}
    body = {"to": email, "reason": "Without heating since Friday."}
    for _ in range(2):
        answer = await house.api.post(path, json=body, headers=key)
        assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["assignee"] == email
    assert shown["reasons"]["assignee"]["rule"] == "escalated" if "reasons" in shown else True
    summaries = [each for each in shown["messages"] if each["direction"] == "internal"]
    assert len(summaries) == 1
    assert "Without heating since Friday." in summaries[0]["text"]
    assert [event["what"] for event in shown["events"]].count("escalated") == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"reason": "  "}, 422),
        ({"reason": "why", "to": "nobody@acme.example"}, 422),
        ({"reason": "why"}, 200),
    ],
)
async def test_escalating_needs_a_reason_and_somebody_who_is_known(
    house: House, body: dict[str, Any], status: int
) -> None:
    number = await opened(house)
    answer = await house.api.post(f"/api/v1/tickets/{number}/escalate", json=body)
    assert answer.status_code == status, answer.text
    closed = await opened(house)
    await house.api.post(f"/api/v1/tickets/{closed}/close", json={})
    over = await house.api.post(f"/api/v1/tickets/{closed}/escalate", json={"reason": "why"})
    assert over.status_code == 409
    missing = await house.api.post("/api/v1/tickets/999999/escalate", json={"reason": "why"})
    assert missing.status_code == 404
