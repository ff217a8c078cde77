"""Agents' points over HTTP: adding and proving them, the page behind the link in the mail, and what was said in agents' names."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.desk.customers import ATTEMPTS
from services.desk.pages.status import HEADERS
from shared.bus import rpc, subjects
from shared.clock import now
from shared.identity import derive
from shared.messages.agents import AddPoint, AddSpoken
from shared.messages.changeset import Changeset, CommitRequest
from shared.messages.command import Command, CommandResult
from shared.messages.parts import Point
from shared.secrets.pointcode import point_code, point_link
from tests.desk.customerpage import KEYRING
from tests.desk.house import House
from tests.desk.test_staff import hired

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def claimed(house: House, email: str) -> tuple[str, str]:
    """An agent is to be told at another address, too; gives it and the code that is on its way there."""
    address, command_id = f"{uuid4().hex}@home.example", uuid4().hex
    action = AddPoint(email=email, kind="email", value=address)
    command = Command(command_id=command_id, actor="operator", channel="cli", at=now(), action=action)
    bus = house.contexts["operator"].bus
    done = CommandResult.decode(await rpc.request(bus, subjects.ROUTER_COMMAND, command.encode()))
    assert done.error is None, done
    return address, point_code(KEYRING, command_id)


async def link_of(house: House, email: str, address: str, code: str) -> str:
    agent_id = (await house.api.get(f"/api/v1/agents/{email}")).json()["id"]
    return point_link(KEYRING, derive("agent point", agent_id, "email", address), code)


async def points(house: House, email: str) -> Any:
    return (await house.api.get(f"/api/v1/agents/{email}/points")).json()["items"]


async def opened(house: House, token: str, method: str = "GET", **more: Any) -> httpx.Response:
    async with house.client(None) as client:
        return await client.request(method, f"/agent/point/{token}", **more)


async def test_a_point_is_added_proven_and_given_up(house: House) -> None:
    email = await hired(house)
    path = f"/api/v1/agents/{email.upper()}/points"
    address = f"{uuid4().hex}@home.example"
    added = await house.api.post(path, json={"kind": "email", "value": address.upper()})
    assert added.status_code == 201, added.text
    assert (added.json()["value"], added.json()["verified"], added.json()["code"]) == (address, False, None)
    proof = {"kind": "email", "value": address, "code": "AAAA-AAAA"}
    wrong = await house.api.post(f"{path}/verify", json=proof)
    assert (wrong.status_code, "4 more tries" in wrong.json()["detail"]) == (422, True)
    assert await points(house, email) == [{"kind": "email", "value": address, "verified": False}]
    assert (await house.api.delete(path, params={"kind": "email", "value": address})).status_code == 204
    other, code = await claimed(house, email)
    proven = await house.api.post(f"{path}/verify", json=proof | {"value": other, "code": code})
    assert proven.json() == {"kind": "email", "value": other, "verified": True}
    shown = (await house.api.get(f"/api/v1/agents/{email}")).json()
    assert shown["points"] == await points(house, email) == [proven.json()]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "words"),
    [
        ("POST", "", {"kind": "fax", "value": "1"}, 422, "kind"),
        ("POST", "", {"kind": "phone", "value": "+385911234567"}, 422, "possible are email"),
        ("POST", "", {"kind": "telegram"}, 422, "possible are email"),
        ("POST", "", {"kind": "email", "value": "home"}, 422, "mail address"),
        ("POST", "/verify", {"kind": "email", "value": "a@b.example", "code": "K7QF2T2M"}, 404, "no point"),
        ("POST", "/verify", {"kind": "telegram", "value": "1", "code": "K7QF2T2M"}, 422, "kind"),
        ("DELETE", "?kind=email&value=a@b.example", None, 404, "no point"),
    ],
)
async def test_what_cannot_be_done_with_points_is_explained(
    house: House, method: str, path: str, body: Any, status: int, words: str
) -> None:
    email = await hired(house)
    answer = await house.api.request(method, f"/api/v1/agents/{email}/points{path}", json=body)
    assert (answer.status_code, words in answer.text) == (status, True), answer.text


async def test_points_of_nobody_are_not_found_and_need_a_token(house: House) -> None:
    assert (await house.api.get("/api/v1/agents/nobody@acme.example/points")).status_code == 404
    async with house.client(None) as client:
        assert (await client.get("/api/v1/agents/nobody@acme.example/points")).status_code == 401


async def test_signatures_and_how_to_be_told_are_changed_and_shown(house: House) -> None:
    path = f"/api/v1/agents/{await hired(house)}"
    patch = {"signatures": {"hr": "Lijep pozdrav"}, "notify": {"channels": ["telegram", "email"]}}
    changed = (await house.api.patch(path, json=patch)).json()
    assert {name: changed[name] for name in patch} == patch
    assert (await house.api.patch(path, json={"notify": {}})).json()["notify"] == {}
    wrong = await house.api.patch(path, json={"notify": {"channels": ["fax"]}})
    assert (wrong.status_code, "notify.channels.0" in wrong.text) == (422, True)
    assert (await house.api.patch(path, json={"signatures": {"xx": "?"}})).status_code == 422


async def test_the_page_proves_an_address_by_its_button_alone(house: House) -> None:
    email = await hired(house)
    address, code = await claimed(house, email)
    token = await link_of(house, email, address, code)
    for _ in range(2):
        page = await opened(house, token)
        assert (page.status_code, address in page.text, '<form method="post"' in page.text) == (200, True, True)
    assert {name: page.headers[name] for name in HEADERS} == HEADERS
    assert "<script" not in page.text
    assert (await points(house, email))[0]["verified"] is False
    assert "Potvrdi" not in page.text
    assert "moja adresa" in (await opened(house, f"{token}?lang=hr")).text
    done = await opened(house, token, "POST")
    assert (done.status_code, "Confirmed" in done.text, "<form" in done.text) == (200, True, False)
    assert (await points(house, email))[0]["verified"] is True
    assert (await opened(house, token, "POST")).status_code == 200
    style = page.text.partition('rel="stylesheet" href="../..')[2].partition("?")[0]
    async with house.client(None) as client:
        assert (await client.get(style)).status_code == 200


async def test_a_link_that_is_forged_or_for_what_was_given_up_opens_nothing(house: House) -> None:
    email = await hired(house)
    address, code = await claimed(house, email)
    token = await link_of(house, email, address, code)
    forged = f"{token[:-1]}{'a' if token[-1] != 'a' else 'b'}"
    wrong = await link_of(house, email, address, "A" * 8)
    for method in ("GET", "POST"):
        assert (await opened(house, forged, method)).status_code == 404
    assert (await opened(house, wrong, "POST")).status_code == 404
    assert (await points(house, email))[0]["verified"] is False
    await house.api.delete(f"/api/v1/agents/{email}/points", params={"kind": "email", "value": address})
    assert (await opened(house, token)).status_code == 404


async def test_who_tries_many_links_is_told_to_wait(house: House) -> None:
    async with house.client(None) as client:
        answers = [(await client.get("/agent/point/x")).status_code for _ in range(ATTEMPTS + 1)]
    assert answers[-1] == 429


async def test_operators_look_at_what_was_refused(house: House) -> None:
    name = uuid4().hex
    refused = AddSpoken(
        spoken_id=name, source_id=name, channel="sms", inbox="sms", point=Point(kind="phone", value="+48600100200"),
        text="#solve", verdict="refused", reason="wrong code", at=now(),
    )  # fmt: skip
    await house.store.commit(CommitRequest(changesets=[Changeset(cause=f"test:{name}", operations=[refused])]))
    found = (await house.api.get("/api/v1/agents/spoken", params={"verdict": "refused"})).json()
    assert [(each["reason"], each["email"], each["number"]) for each in found["items"]] == [("wrong code", "", None)]
    assert not (await house.api.get("/api/v1/agents/spoken", params={"ticket": "T-1"})).json()["items"]
    for asked in ({"ticket": "one"}, {"verdict": "lost"}):
        assert (await house.api.get("/api/v1/agents/spoken", params=asked)).status_code == 422
