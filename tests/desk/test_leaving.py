"""Somebody leaves, with a real router and store behind: signed out at once, tickets back in the queue, nothing lost; and comes back."""

from uuid import uuid4

import pytest

from services.desk.sessions import command_of
from shared.messages.command import CreateToken
from tests.desk.browsing import PASSWORD, Browser, agent, mails
from tests.desk.house import House, until
from tests.desk.test_contacts import receive, shown, ticket_with

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_who_is_blocked_is_out_at_once_and_what_they_had_waits_for_others(house: House) -> None:
    gone, lead, word = await agent(house), await agent(house, "lead"), uuid4().hex
    await receive(house, "email", "ana@customer.example", word)
    number = (await ticket_with(house, word))["number"]
    assert (await house.api.post(f"/api/v1/tickets/{number}/assign", json={"agent": gone})).status_code == 200
    async with Browser(house) as browser:
        await browser.sign_in(gone)
        assert (await browser.get("/account")).status_code == 200
        done = await house.api.post(f"/api/v1/agents/{gone}/block", json={})
        assert (done.status_code, done.json()) == (200, {"email": gone, "open": 1, "tokens": []})
        assert (await browser.get("/api/v1/tickets")).status_code == 401
        assert (await browser.sign_in(gone)).status_code == 422
        await browser.send("/forgot", email=gone)

        async def unassigned() -> bool:
            return (await shown(house, number))["assignee"] is None

        await until(unassigned)
        ticket = await shown(house, number)
        assert (ticket["status"], ticket["team"]) == ("new", None)
        assert [each["what"] for each in ticket["events"]].count("unassigned") == 1
        refused = await house.api.post(f"/api/v1/tickets/{number}/assign", json={"agent": gone})
        assert refused.status_code == 422
        told = [mail.template for mail in await mails(house, lead)]
        assert told == ["signin.left"]
        agents = {each["email"]: each["blocked_at"] for each in (await house.api.get("/api/v1/agents")).json()["items"]}
        assert (agents[gone] is not None, agents[lead]) == (True, None)
        again = await house.api.post("/api/v1/agents", json={"email": gone, "name": "Again"})
        assert (again.status_code, "unblock" in again.text) == (409, True)
        audit = (await house.api.get("/api/v1/audit", params={"what": "agent_blocked"})).json()
        assert audit["items"][0]["actor"] == "token:tests"

        assert (await house.api.post(f"/api/v1/agents/{gone}/unblock", json={})).status_code == 200
        assert (await browser.sign_in(gone, PASSWORD)).status_code == 303
    assert not [each for each in await mails(house, gone) if each.template == "signin.reset"]


async def test_the_last_admin_who_can_sign_in_is_neither_blocked_nor_made_something_else(house: House) -> None:
    last = await agent(house, "admin")
    # Who was invited and has not come yet lets nobody in; the link of the first sign-in must stay worth nothing.
    await agent(house, "admin", password=None)
    refused = await house.api.post(f"/api/v1/agents/{last}/block", json={})
    assert (refused.status_code, "last admin" in refused.text) == (409, True)
    assert (await house.api.patch(f"/api/v1/agents/{last}", json={"role": "agent"})).status_code == 409
    other = await agent(house, "admin")
    assert (await house.api.post(f"/api/v1/agents/{last}/block", json={})).status_code == 200
    assert (await house.api.post(f"/api/v1/agents/{other}/block", json={})).status_code == 409
    assert (await house.api.post("/api/v1/agents/nobody@acme.example/block", json={})).status_code == 404
    assert await house.desk.first_sign_in() == ""


async def test_an_api_token_that_somebody_made_is_named_when_they_leave(house: House) -> None:
    boss, word = await agent(house, "admin"), uuid4().hex
    agent_id = next(e["id"] for e in (await house.api.get("/api/v1/agents")).json()["items"] if e["email"] == boss)
    made = command_of(CreateToken(name=f"export {word}", sha256=word * 2), f"agent:{agent_id}", "Boss")
    assert (await house.desk.app.state.backend.gate.command(made)).error is None
    done = await house.api.post(f"/api/v1/agents/{boss}/block", json={})
    assert done.json()["tokens"] == [f"export {word}"]
    assert [each["made_by"] for each in (await house.api.get("/api/v1/tokens")).json()["items"]][
        -1
    ] == f"agent:{agent_id}"
