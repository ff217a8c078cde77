"""Administration over HTTP: macros made in the desk, tokens, agents' way in, the audit log, and trying a configuration."""

from typing import Any
from uuid import uuid4

import pytest

from shared.messages.command import CreateAgent, CreateToken
from tests.desk.browsing import Browser, agent
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def call(house: House, method: str, path: str, status: int = 200, /, json: Any = None, **query: Any) -> Any:
    """A call of the API that is answered so."""
    answer = await house.api.request(method, f"/api/v1/{path}", json=json, params=query)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else {}


async def ticket(house: House) -> str:
    body = {"subject": "Error 5", "text": "There is an error.", "contact": "ana@customer.example"}
    return str((await call(house, "POST", "tickets", 201, json=body))["number"])


async def test_a_macro_made_in_the_desk_is_listed_applied_changed_and_taken_away(house: House) -> None:
    body = {"title": "Restart", "text": {"en": "Please restart {number}."}, "then": {"status": "pending", "tags": "re"}}
    made = await call(house, "PUT", "macros/restart", json=body | {"seen": 0})
    assert (made["source"], made["revision"], made["then"]) == ("desk", 1, {"status": "pending", "tags": ["re"]})
    assert made in (await call(house, "GET", "macros"))["items"]
    number = await ticket(house)
    shown = await call(house, "POST", f"tickets/{number}/macros/restart", json={})
    assert (shown["status"], shown["tags"], shown["messages"][-1]["text"]) == (
        "pending",
        ["re"],
        f"Please restart {number}.",
    )
    stale = await call(house, "PUT", "macros/restart", 409, json=body | {"seen": 0})
    assert stale["code"] == "moved-on"
    changed = await call(house, "PUT", "macros/restart", json=body | {"text": {"en": "Again, {number}."}, "seen": 1})
    assert changed["revision"] == 2
    said = await call(house, "POST", f"tickets/{number}/say", json={"text": "#macro Restart"})
    assert [each["command"] for each in said["results"]] == ["macro"]
    shown = await call(house, "GET", f"tickets/{number}")
    assert shown["messages"][-1]["text"] == f"Again, {number}."
    await call(house, "DELETE", "macros/restart", 204)
    await call(house, "POST", f"tickets/{number}/macros/restart", 404, json={})


@pytest.mark.parametrize(
    ("name", "body", "why"),
    [
        ("Restart", {"text": {"en": "Hello"}}, "small letters"),
        ("nothing", {}, "does nothing"),
        ("wrong", {"text": {"en": "Hello {custmer}"}}, "there is no variable"),
        ("wrong", {"then": {"status": "gone"}}, "then.status"),
        ("wrong", {"then": {"explode": True}}, "then.explode"),
        ("wrong", {"then": {"category": "nonesuch"}}, "then.category"),
        ("wrong", {"then": {"assignee": "nobody@acme.example"}}, "then.assignee"),
        ("wrong", {"then": {"webhook": "nonesuch"}}, "then.webhook"),
    ],
)
async def test_what_no_macro_can_be_is_refused_with_where(
    house: House, name: str, body: dict[str, Any], why: str
) -> None:
    refused = await call(house, "PUT", f"macros/{name}", 422, json=body)
    assert why in refused["detail"]
    assert (await call(house, "GET", "macros"))["items"] == []


async def test_a_token_is_shown_once_works_and_ends(house: House) -> None:
    key = {"Idempotency-Key": uuid4().hex}
    answer = await house.api.post("/api/v1/tokens", json={"name": "reports", "role": "auditor"}, headers=key)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    again = await house.api.post("/api/v1/tokens", json={"name": "reports", "role": "auditor"}, headers=key)
    assert again.status_code == 422, "what it said the first time nobody can say again"
    (listed,) = [each for each in (await call(house, "GET", "tokens"))["items"] if each["id"] == made["id"]]
    assert (listed["name"], listed["role"], listed["revoked_at"]) == ("reports", "auditor", None)
    assert made["token"] not in str(listed)
    async with house.client(made["token"]) as client:
        assert (await client.get("/api/v1/tickets")).status_code == 200
        assert (await client.get("/api/v1/tokens")).status_code == 403
    await call(house, "DELETE", f"tokens/{made['id']}", 204)
    (listed,) = [each for each in (await call(house, "GET", "tokens"))["items"] if each["id"] == made["id"]]
    assert listed["revoked_at"] is not None
    await call(house, "DELETE", "tokens/nonesuch", 404)


async def test_an_agent_is_invited_seen_signed_in_and_signed_out(house: House) -> None:
    email = await agent(house, "agent")
    assert await call(house, "POST", f"agents/{email}/invite", 202, json={"kind": "reset"}) == {"email": email}
    async with Browser(house) as browser:
        await browser.sign_in(email)
        assert (await browser.get("/account")).status_code == 200
        assert len((await call(house, "GET", f"agents/{email}/sessions"))["items"]) == 1
        assert await call(house, "POST", f"agents/{email}/sign-out", json={}) == {"items": []}
    await call(house, "POST", "agents/nobody@acme.example/sign-out", 404, json={})


async def test_the_audit_log_is_paged_and_asked_by_actor_what_and_day(house: House) -> None:
    name = f"n-{uuid4().hex[:8]}@acme.example"
    assert (await house.command(CreateAgent(email=name, name="New", role="lead"))).error is None
    assert (await house.command(CreateToken(name="newest", sha256=uuid4().hex * 2, role="auditor"))).error is None
    page = await call(house, "GET", "audit", limit=1)
    assert [(each["what"], each["actor"], each["data"]["name"]) for each in page["items"]] == [
        ("token_created", "operator", "newest")
    ]
    older = await call(house, "GET", "audit", limit=1, before=page["next"])
    assert (older["items"][0]["what"], older["items"][0]["data"]["role"]) == ("agent_created", "lead")
    roles = await call(house, "GET", "audit", what="agent_created", actor="operator")
    assert {each["what"] for each in roles["items"]} == {"agent_created"}
    at = page["items"][0]["at"]
    assert page["items"][0] not in (await call(house, "GET", "audit", until=at))["items"]
    assert (await call(house, "GET", "audit", since=at))["items"][-1] == page["items"][0]
    assert (await call(house, "GET", "audit", actor="agent:nobody"))["items"] == []
    assert (await call(house, "GET", "audit", what="ticket_opened"))["items"] == [], "tickets have their own"


async def test_a_configuration_is_tried_without_being_used(house: House) -> None:
    good = '[company]\nname = "Acme"\n[[category]]\nname = "billing"\nwords = {en = ["invoice"]}\n'
    assert await call(house, "POST", "configuration/check", json={"text": good}) == {"usable": True, "faults": []}
    bad = await call(house, "POST", "configuration/check", json={"text": '[company]\nnmae = "Acme"\n'})
    assert not bad["usable"]
    assert bad["faults"] == ["trunkline.toml:2: company.nmae: unknown key; did you mean name?"]
    none = await call(house, "POST", "configuration/check", json={"text": "[company\n"})
    assert none["faults"][0].startswith("trunkline.toml:1: isn't TOML")
    device = await call(house, "POST", "configuration/check", json={"text": '[secrets]\nkey = "file:/dev/zero"\n'})
    assert device["faults"] == ["trunkline.toml: file:/dev/zero: no ordinary small file"]
