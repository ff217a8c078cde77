"""Messages that move to another ticket, deliveries that come back as mail, and the facts that such decisions need."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from services.store import models
from services.store.models import table
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import Facts, FactsRequest, ReferenceFact, SeenContent, ticket_key
from shared.messages.parts import Address, Point, Reason
from tests.store.house import House
from tests.store.making import claim, commit, doing, fresh, opening, report
from tests.store.test_deliveries import record

MOVED = Reason(rule="moved by an agent", evidence="from T-1001 by Anna")


async def ask(store: StoreService, **wanted: Any) -> Facts:
    """As over the bus: from bytes to bytes."""
    answer = await store.facts(FactsRequest.decode(FactsRequest(**wanted).encode()))
    return Facts.decode(answer.encode())


def message(name: str, ticket_id: str, **more: Any) -> c.AddMessage:
    """Another message in a ticket."""
    values: dict[str, Any] = {
        "message_id": derive("message", name), "ticket_id": ticket_id, "direction": "in", "channel": "email",
        "inbox": "support", "author": Address(name="Bo", address="Bo@Else.example"), "source_id": name,
        "header_id": f"{name}@else.example", "inboxes": ["support"], "audience": 1, "subject": "Other",
        "text": "Something else.", "reply_text": "Something else.", "created_at": now(),
        "recipients": [Address(address="Support@acme.example")], "answers": [f"before-{name}@x"],
    }  # fmt: skip
    return c.AddMessage(**(values | more))


async def two(store: StoreService, *more: Any) -> tuple[str, str, str, str]:
    """Two tickets, a message of the first that belongs to the second: names and ticket ids."""
    one, other = fresh(), fresh()
    first, second = derive("ticket", one), derive("ticket", other)
    stray = message(f"stray-{one}", first)
    references = c.AddReferences(ticket_id=first, own=stray.header_id, audience=1, mentioned=stray.answers)
    await commit(store, opening(one), opening(other), doing(stray, references, *more))
    return one, other, first, second


def moving(one: str, first: str, second: str, **more: Any) -> c.MoveMessages:
    """The stray message goes to the second ticket."""
    name = f"stray-{one}"
    references = [
        c.MovedReference(id=f"{name}@else.example", owned=True, audience=1),
        c.MovedReference(id=f"before-{name}@x"),
        c.MovedReference(id="sent d1"),
    ]
    values: dict[str, Any] = {
        "from_id": first, "ticket_id": second, "message_ids": [derive("message", name)], "references": references,
        "latest_from": ["left@x"], "latest": ["a@x", "b@x"], "routed_by": MOVED,
    }  # fmt: skip
    return c.MoveMessages(**(values | more))


async def test_messages_deliveries_and_references_move_and_move_back(store: StoreService, house: House) -> None:
    one, _, first, second = await two(store)
    delivery_id = derive("delivery", one)
    (done,) = await commit(
        store, doing(moving(one, first, second, delivery_ids=[delivery_id]), result={"ticket_id": second})
    )
    assert (done.outcome, done.result["number"]) == ("committed", 1002)
    header = f"stray-{one}@else.example"
    wanted = [header, f"before-stray-{one}@x", "sent d1"]
    found = await ask(store, references=wanted, sources=[f"stray-{one}"], deliveries=[delivery_id])
    assert found.references[header] == [ReferenceFact(ticket_id=second, owned=True, audience=1, moved=True)]
    assert {entry.ticket_id for name in wanted for entry in found.references[name]} == {second}
    assert found.sources[f"stray-{one}"].ticket_id == found.deliveries[delivery_id].ticket_id == second
    assert found.tickets[second].latest_message_ids == ["a@x", "b@x"]
    rows = await house.rows(select(table(models.Message)).where(table(models.Message).c.ticket_id == second))
    assert [row["routed_by"] for row in rows if row["text"] == "Something else."] == [MOVED.model_dump()]
    await commit(store, doing(moving(one, second, first, delivery_ids=[delivery_id])))
    found = await ask(store, references=wanted, deliveries=[delivery_id])
    assert {entry.ticket_id for name in wanted for entry in found.references[name]} == {first}
    assert found.deliveries[delivery_id].ticket_id == first
    rows = await house.rows(select(table(models.Message).c.ticket_id))
    assert [row["ticket_id"] for row in rows].count(first) == 2


async def test_marks_are_forgotten_or_follow_where_they_are_known(store: StoreService) -> None:
    one, _, first, second = await two(store)
    marks = [f"{kind} {one}" for kind in ("gone", "goes", "stays")]
    await commit(store, doing(c.AddReferences(ticket_id=first, mentioned=marks[:2])))
    await commit(store, doing(c.AddReferences(ticket_id=second, mentioned=[marks[0]])))
    await commit(store, doing(moving(one, first, second, forget=marks[:1], follow=marks[1:])))
    found = await ask(store, references=marks)
    assert {name: [entry.ticket_id for entry in entries] for name, entries in found.references.items()} == {
        marks[1]: [second]
    }


async def test_what_is_asked_about_a_ticket_to_move_a_message_of_it(store: StoreService) -> None:
    one, _, first, second = await two(store)
    await commit(store, doing(c.LinkTickets(ticket_id=first, other_id=second, kind="moved")))
    stray = derive("message", f"stray-{one}")
    found = await ask(store, numbers=[1001], messages_of=[1001], deliveries_of=[1001], texts=[stray])
    old, new = found.messages[first]
    assert (old.header_id, old.author, old.recipients) == (
        f"{one}@mail.example.com",
        f"{one}@example.com",
        ["support@acme.example"],
    )
    assert (new.message_id, new.author, new.answers) == (stray, "bo@else.example", [f"before-stray-{one}@x"])
    assert found.texts == {stray: "Something else."}
    assert found.deliveries[derive("delivery", one)].ticket_id == first
    assert found.moved_from == {first: [1002]}


async def test_who_has_a_ticket_is_told_by_id_or_address_with_what_is_known_of_it(store: StoreService) -> None:
    one, other, first, second = await two(store)
    point = Point(kind="email", value="anna@acme.example")
    at = now()
    await commit(
        store,
        doing(
            c.AddAgent(agent_id="a1", email="Anna@acme.example", name="Anna", role="lead", at=at),
            c.ChangeTicket(ticket_id=first, fields={"assignee": "a1"}),
            c.ChangeTicket(ticket_id=second, fields={"assignee": "Anna@Acme.example"}),
            c.CountAutomatic(point=point, ticket_id=first, at=at),
        ),
    )
    found = await ask(store, deliveries=[derive("delivery", one), derive("delivery", other)], assignees=True)
    assert {name: agent.email for name, agent in found.assignees.items()} == {
        "a1": "anna@acme.example",
        "Anna@Acme.example": "anna@acme.example",
    }
    assert [len(sent) for sent in found.automatic.values()] == [1]
    assert (await ask(store, deliveries=[derive("delivery", one)])).assignees == {}


async def test_a_delivery_that_came_back_is_bounced_for_good(store: StoreService, house: House) -> None:
    one, _, first, _ = await two(store)
    delivery_id = derive("delivery", one)
    await claim(store, delivery_id)
    await record(store, report(delivery_id, "accepted", provider_id="t.x@acme.example"))
    back = doing(c.BounceDelivery(delivery_id=delivery_id, error="bounced: 5.1.1"))
    assert (await commit(store, back))[0].outcome == "committed"
    await commit(store, doing(c.BounceDelivery(delivery_id="no-such", error="")))
    await record(store, report(delivery_id, "delivered"))
    (row,) = await house.rows(select(table(models.Delivery)).where(table(models.Delivery).c.id == delivery_id))
    assert (row["state"], row["error"], row["provider_id"]) == ("bounced", "bounced: 5.1.1", "t.x@acme.example")
    assert (await ask(store, deliveries=[delivery_id])).deliveries[delivery_id].ticket_id == first


async def test_who_has_said_the_same_is_known_for_a_while(store: StoreService) -> None:
    one, _, first, _ = await two(store)
    at = now()
    key = fresh()
    said = [
        message(f"{one}-{i}", first, content_key=key, created_at=at - timedelta(minutes=minutes))
        for i, minutes in enumerate((1, 40, 300))
    ]
    await commit(store, doing(*said))
    found = await ask(store, contents=[key, "never"])
    assert found.contents == {
        key: [
            SeenContent(at=at - timedelta(minutes=40), ticket_id=first),
            SeenContent(at=at - timedelta(minutes=1), ticket_id=first),
        ]
    }
    # What is decided relies on these tickets: without their versions it could never be committed.
    assert first in found.tickets
    assert found.versions[ticket_key(first)] > 0
