"""Answers with HTML, copies and files, asked for by HTTP and looked up in what is queued."""

import asyncio
import base64
import json
from typing import Any

import pytest

from shared.bus import subjects
from shared.messages.outbound import Outbound
from tests.desk.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def opened(house: House) -> str:
    body = {"subject": "Heater", "text": "It is cold.", "contact": "ana@customer.example", "name": "Ana"}
    answer = await house.api.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return f"/api/v1/tickets/{answer.json()['number']}"


async def queued(house: House) -> Outbound:
    """The newest message that is to be sent."""
    js = house.contexts["store"].bus.jetstream()
    found = await js.get_last_msg("OUTBOUND", subjects.outbound("email", "support"))
    return Outbound.decode(found.data or b"")


async def answered(house: House, path: str, **body: Any) -> dict[str, Any]:
    answer = await house.api.post(f"{path}/replies", json=body)
    assert answer.status_code == 201, answer.text
    message: dict[str, Any] = answer.json()
    return message


async def test_copies_are_queued_and_only_the_open_ones_become_participants(house: House) -> None:
    path = await opened(house)
    body = {"cc": ["boss@customer.example"], "bcc": "lead@acme.example", "text": "Tomorrow."}
    message = await answered(house, path, **body)
    number = int(path.rpartition("-")[2])
    outbound = await queued(house)
    async with asyncio.timeout(60):
        while outbound.message_id != message["id"]:  # the outbox publishes after the commit
            await asyncio.sleep(0.02)
            outbound = await queued(house)
    assert [each.address for each in outbound.to] == ["ana@customer.example"]
    assert [each.address for each in outbound.cc] == ["boss@customer.example"]
    assert [each.address for each in outbound.bcc] == ["lead@acme.example"]
    facts = await house.store.facts(_about(number))
    (ticket,) = facts.tickets.values()
    assert "boss@customer.example" in ticket.participants
    assert "lead@acme.example" not in ticket.participants


def _about(number: int) -> Any:
    from shared.messages.facts import FactsRequest

    return FactsRequest(numbers=[number])


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
async def test_what_is_no_address_is_refused_by_the_name_of_its_field(house: House, field: str) -> None:
    path = await opened(house)
    answer = await house.api.post(f"{path}/replies", json={"text": "a", field: ["not an address"]})
    assert answer.status_code == 422
    assert field in answer.json()["detail"]


async def test_html_is_kept_without_what_could_harm_and_made_into_text(house: House) -> None:
    page = '<p onclick="x()">Dobar <b>dan</b></p><script>steal()</script><a href="javascript:x">a</a>'
    message = await answered(house, await opened(house), html=page)
    assert message["html"] == "<p>Dobar <b>dan</b></p><a>a</a>"
    assert message["text"].split() == ["Dobar", "dan", "a"]


@pytest.mark.parametrize("body", [{}, {"text": " "}, {"html": "  "}, {"html": "<script>x</script>"}])
async def test_an_answer_that_says_nothing_is_refused(house: House, body: dict[str, str]) -> None:
    answer = await house.api.post(f"{await opened(house)}/replies", json=body)
    assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("name", ["content", "content_base64"])
async def test_an_image_of_the_html_is_queued_as_such(house: House, name: str) -> None:
    image = {"filename": "logo.png", "media_type": "image/png", "content_id": "logo@acme"}
    image[name] = base64.b64encode(b"\x89PNG").decode()
    message = await answered(house, await opened(house), html='<img src="cid:logo@acme">Hi', attachments=[image])
    (kept,) = message["attachments"]
    assert (kept["inline"], kept["content_id"]) == (True, "logo@acme")
    assert json.dumps(message).count("cid:logo@acme") == 1


async def test_the_agent_sees_to_whom_an_answer_went(house: House) -> None:
    path = await opened(house)
    message = await answered(house, path, text="Tomorrow.", cc=["boss@customer.example"], bcc=["lead@acme.example"])
    assert [each["address"] for each in message["recipients"]] == ["ana@customer.example", "boss@customer.example"]
    assert [each["address"] for each in message["bcc"]] == ["lead@acme.example"]
    assert (await answered(house, path, text="Again."))["bcc"] is None
