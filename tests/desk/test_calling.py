"""Calling a customer over the API: whose telephone is rung, and what is said no to. That it rings is shown at the provider's stand-in."""

from uuid import uuid4

import pytest

from shared.bus import rpc, subjects
from shared.messages.changeset import Changeset, CommitReply, CommitRequest, PutContact
from shared.messages.command import CreateAgent
from shared.messages.parts import Point
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def opened(house: House, **fields: object) -> str:
    new = {"subject": "One", "text": "Please call.", "contact": "+48600100200", **fields}
    return str((await house.api.post("/api/v1/tickets", json=new)).json()["number"])


async def knows(house: House, *points: Point) -> None:
    put = PutContact(contact_id=uuid4().hex, points=list(points))
    request = CommitRequest(changesets=[Changeset(cause=f"test:{uuid4().hex}", operations=[put])])
    data = await rpc.request(house.contexts["router"].bus, subjects.STORE_COMMIT, request.encode(), timeout=60)
    assert CommitReply.decode(data).results[0].outcome == "committed"


async def test_without_a_number_the_telephone_of_whoever_has_the_ticket_is_rung(house: House) -> None:
    number, agent = await opened(house), f"{uuid4().hex}@acme.example"
    place = f"/api/v1/tickets/{number}"
    nobody = await house.api.post(f"{place}/dial", json={})
    assert (nobody.status_code, nobody.json()["errors"][0]["field"]) == (422, "/agent_number")
    assert (await house.command(CreateAgent(email=agent, name="Anna"))).error is None
    await house.api.post(f"{place}/assign", json={"agent": agent})
    # Somebody whose address only ends like theirs.
    await knows(house, Point(kind="email", value=f"x{agent}"), Point(kind="phone", value="+48600100301"))
    assert (await house.api.post(f"{place}/dial")).json()["errors"][0]["field"] == "/agent_number"
    await knows(house, Point(kind="email", value=agent), Point(kind="phone", value="+48600100300"))
    found = await house.api.post(f"{place}/dial")
    assert (found.status_code, found.json()["detail"]) == (422, "there is no inbox of channel voice to call from")


@pytest.mark.parametrize("given", ["", "me", "+48 600 100 300\n", "+48600100300" * 9, None, 7])
async def test_what_is_no_number_is_said_no_to(house: House, given: object) -> None:
    number = await opened(house)
    answer = await house.api.post(f"/api/v1/tickets/{number}/dial", json={"agent_number": given})
    assert answer.status_code == 422
    assert "Traceback" not in answer.text


async def test_a_ticket_that_is_not_there_cannot_be_called_from(house: House) -> None:
    answer = await house.api.post("/api/v1/tickets/T-999999/dial", json={"agent_number": "+48600100300"})
    assert answer.status_code == 404
