"""Improvement actions and quality reviews over HTTP: who may do what, draws that can be repeated, and results in the figures."""

import hashlib
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.desk import reviewing
from services.desk.errors import NotFound
from services.desk.gate import Gate
from shared.messages.command import CreateToken
from shared.reports.drawing import drawn
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

API = "/api/v1"
ANNA = "anna@acme.example"
ALWAYS = {"since": "2020-01-01"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def done(house: House) -> list[int]:
    """Numbers of six tickets that are solved, and one that is not."""
    numbers = []
    for n in range(7):
        new = {"subject": f"Pump {n} judged<piotr@acme.example>", "text": "It hums.", "contact": "ana@customer.example"}
        number = (await house.api.post(f"{API}/tickets", json=new)).json()["number"]
        if n < 6:
            assert (await house.api.post(f"{API}/tickets/{number}/solve", json={"summary": "New"})).status_code == 200
            numbers.append(int(number.removeprefix("T-")))
    return numbers


async def caller(house: House, role: Any) -> httpx.AsyncClient:
    """Somebody with a token of this role."""
    token = uuid4().hex
    new = CreateToken(name=f"{role} {token[:6]}", sha256=hashlib.sha256(token.encode()).hexdigest(), role=role)
    assert (await house.command(new)).error is None
    return house.client(token)


async def test_an_improvement_action_goes_from_a_proposal_to_what_came_of_it(house: House) -> None:
    new = {"kind": "training", "what": "How to bleed a boiler", "why": "Asked often", "origin": {"tickets": [1001]}}
    key = {"Idempotency-Key": uuid4().hex}
    first = await house.api.post(f"{API}/improvements", json=new, headers=key)
    again = await house.api.post(f"{API}/improvements", json=new, headers=key)
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    assert (first.json()["status"], first.json()["revision"]) == ("proposed", 1)
    path = f"{API}/improvements/{first.json()['id']}"

    async def change(expected: int, /, **fields: Any) -> Any:
        answer = await house.api.patch(path, json=fields)
        assert answer.status_code == expected, answer.text
        return answer.json()

    assert "can become accepted or dropped" in (await change(422, status="done"))["detail"]
    assert "owner" in (await change(422, status="accepted"))["detail"]
    accepted = await change(200, status="accepted", owner=ANNA, due="2026-12-31T12:00:00Z")
    assert accepted["accepted_at"]
    # What it says already is not written once more.
    assert (await change(200, status="accepted"))["revision"] == accepted["revision"] == 2
    await change(409, what="Something else", seen=1)
    await change(422, status="done")
    finished = await change(200, status="done", outcome="Everybody can")
    assert finished["done_at"]
    assert finished["origin"]["tickets"] == [1001]
    listed = (await house.api.get(f"{API}/improvements", params={"status": "done", "q": "boiler"})).json()
    assert [each["id"] for each in listed["items"]] == [first.json()["id"]]
    assert (await house.api.get(f"{API}/improvements/nothing")).status_code == 404
    tables = (await house.api.get(f"{API}/reports/improvements", params=ALWAYS)).json()["tables"]
    assert tables[0]["rows"] == [[1, 0, 1]]


async def test_agents_propose_and_leads_accept(house: House) -> None:
    agent, lead, auditor = [await caller(house, role) for role in ("agent", "lead", "auditor")]
    async with agent, lead, auditor:
        new = {"kind": "tool", "what": "A torque wrench"}
        assert (await auditor.post(f"{API}/improvements", json=new)).status_code == 403
        made = await agent.post(f"{API}/improvements", json=new)
        assert made.status_code == 201, made.text
        path = f"{API}/improvements/{made.json()['id']}"
        accept = {"status": "accepted", "owner": "Jan", "due": "2026-12-31T12:00:00Z"}
        assert (await agent.patch(path, json={"why": "Bolts come loose"})).status_code == 200
        refused = await agent.patch(path, json=accept)
        assert refused.status_code == 422
        assert "only a lead" in refused.json()["detail"]
        assert (await lead.patch(path, json=accept)).status_code == 200
        assert (await agent.patch(path, json={"what": "Ten of them"})).status_code == 422
        assert (await agent.patch(path, json={"status": "in_progress"})).status_code == 200


async def test_words_that_grow_are_suggested_with_their_tickets_and_can_be_proposed(
    house: House, done: list[int]
) -> None:
    items = (await house.api.get(f"{API}/improvements/suggested")).json()["items"]
    (pump,) = [each for each in items if each["origin"]["trend"]["term"] == "pump"]
    assert pump["what"].startswith("Look into “pump”: 7 tickets, 0 in the period before")
    assert set(pump["origin"]["tickets"][1:]) <= set(done)
    made = await house.api.post(f"{API}/improvements", json={"kind": "article", **pump})
    assert made.status_code == 201, made.text
    assert made.json()["origin"] == pump["origin"]


async def test_tickets_are_drawn_reviewed_and_counted(house: House, done: list[int]) -> None:
    asked = {**ALWAYS, "count": 4, "seed": "agreed beforehand"}
    lead = await caller(house, "lead")
    async with lead:
        key = {"Idempotency-Key": uuid4().hex}
        first = await lead.post(f"{API}/reviews/draw", json=asked, headers=key)
        assert first.status_code == 201, first.text
        draw, reviews = first.json()["draw"], first.json()["reviews"]
        # Whoever has the seed and the candidates finds the same tickets.
        assert draw["numbers"] == drawn("agreed beforehand", done, 4)
        assert (draw["candidates"], draw["left_out"], draw["named"]) == (6, 0, True)
        assert [each["number"] for each in reviews] == [f"T-{number}" for number in draw["numbers"]]
        again = await lead.post(f"{API}/reviews/draw", json=asked, headers=key)
        assert again.json()["reviews"] == reviews
        rest = (await lead.post(f"{API}/reviews/draw", json=asked)).json()
        assert set(rest["draw"]["numbers"]) == set(done) - set(draw["numbers"])
        assert rest["draw"]["left_out"] == 4

        path = f"{API}/reviews/{reviews[0]['id']}"
        names = [each["name"] for each in reviews[0]["criteria"]]
        weights = {each["name"]: each["weight"] for each in reviews[0]["criteria"]}
        scores: dict[str, int | None] = dict.fromkeys(names, 2)
        assert (await lead.put(path, json={"scores": scores | {names[0]: 3}})).status_code == 422
        assert (await lead.put(path, json={"scores": {names[0]: 2}, "state": "done"})).status_code == 422
        scores |= {"correct": 0, "polite": None}
        result = (await lead.put(path, json={"scores": scores, "note": "Wrong part.", "state": "done"})).json()
        # All that apply but "correct": of the weights 12 - 1 (polite) = 11 are reached 11 - 3.
        whole = sum(weights.values()) - weights["polite"]
        assert result["score"] == pytest.approx((whole - weights["correct"]) / whole, abs=1e-6)
        assert result["done_at"]
        # Nobody else writes it, and agents see only what is said of their own work.
        other = await caller(house, "lead")
        agent = await caller(house, "agent")
        async with other, agent:
            assert (await other.put(path, json={"scores": scores})).status_code == 422
            assert (await other.get(path)).status_code == 200
            assert (await agent.get(path)).status_code == 404
            assert (await agent.get(f"{API}/reviews")).json() == {"items": [], "total": 0}
            assert (await agent.post(f"{API}/reviews/draw", json=asked)).status_code == 403
            assert (await agent.put(path, json={"scores": scores})).status_code == 403
            quality = (await agent.get(f"{API}/reports/quality", params=ALWAYS)).json()["tables"]
            assert quality[0]["rows"] == [[0, None, None, 0]]
            # Of everything else they see what everybody sees.
            both = (await agent.get(f"{API}/reports/quality,volume", params=ALWAYS)).json()["tables"]
            assert [table["name"] for table in both][:1] == ["quality"]
            alone = (await agent.get(f"{API}/reports/volume", params=ALWAYS)).json()["tables"]
            assert [table for table in both if table["report"] == "volume"] == alone
            assert alone[0]["rows"][0][0] > 0
        listed = (await lead.get(f"{API}/reviews", params={"state": "done"})).json()
        assert [each["id"] for each in listed["items"]] == [reviews[0]["id"]]
        tables = (await lead.get(f"{API}/reports/quality", params=ALWAYS)).json()["tables"]
        assert tables[0]["rows"][0][:2] == [1, pytest.approx(result["score"], abs=1e-4)]
        # Whoever draws again and again leaves behind what they did not look at, and that is seen.
        assert tables[0]["rows"][0][3] == 5


async def test_agents_see_the_reviews_of_their_own_work_once_they_are_done(house: House, done: list[int]) -> None:
    for number in done:
        answer = await house.api.patch(f"{API}/tickets/T-{number}", json={"assignee": ANNA})
        assert answer.status_code == 200, answer.text
    gate = Gate(house.contexts["desk"].bus)
    lead = await caller(house, "lead")
    async with lead:
        answer = await lead.post(f"{API}/reviews/draw", json={**ALWAYS, "count": 2})
        one, other = answer.json()["reviews"]
        scores = dict.fromkeys([each["name"] for each in one["criteria"]], 1)
        assert (
            await lead.put(f"{API}/reviews/{one['id']}", json={"scores": scores, "state": "done"})
        ).status_code == 200
        assert one["agent"] == ANNA
        seen = await reviewing.listed(gate, "agent", ANNA)
        assert [each.id for each in seen.items] == [one["id"]]
        assert (await reviewing.found(gate, "agent", ANNA, one["id"])).body["score"] == 0.5
        # Neither what is not done yet, nor what is said of others: not even of somebody whose address begins alike.
        for email, review in ((ANNA, other["id"]), ("nn" + ANNA[2:], one["id"]), ("", one["id"])):
            with pytest.raises(NotFound):
                await reviewing.found(gate, "agent", email, review)
        assert (await reviewing.listed(gate, "agent", "a@acme.example")).total == 0
        # Nor what a customer's subject says is theirs.
        assert (await reviewing.listed(gate, "agent", "piotr@acme.example")).items == []
        assert (await reviewing.listed(gate, "agent", "")).total == 0
        assert (await reviewing.listed(gate, "auditor", "")).total >= 2
        assert other["state"] == "open"


async def test_there_is_a_checklist_in_every_language_and_a_lead_may_write_another(house: House) -> None:
    (standard,) = (await house.api.get(f"{API}/checklists")).json()["items"]
    assert (standard["id"], len(standard["criteria"])) == ("default", 7)
    assert all(set(each["text"]) == {"en", "pl", "hr"} for each in standard["criteria"])
    body = {"name": "Calls", "scale": 1, "criteria": [{"name": "greeted", "text": {"en": "Greeted"}}]}
    assert (await house.api.put(f"{API}/checklists/calls", json=body)).status_code == 200
    twice = {**body, "criteria": body["criteria"] * 2}  # type: ignore[operator]
    assert (await house.api.put(f"{API}/checklists/calls", json=twice)).status_code == 422
    listed = (await house.api.get(f"{API}/checklists")).json()["items"]
    assert {each["id"] for each in listed} == {"default", "calls"}
    unknown = await house.api.post(f"{API}/reviews/draw", json={**ALWAYS, "checklist": "nothing"})
    assert unknown.status_code == 422
