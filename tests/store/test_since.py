"""What others wrote in a ticket after somebody saw it, asked of a real store on each database."""

from datetime import datetime, timedelta
from typing import Any

from services.store.service import StoreService
from services.store.since import MOST, TEXT_LENGTH
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import Facts, FactsRequest
from shared.messages.parts import Address
from shared.messages.presence import SinceAsk, SinceFact
from tests.store.making import commit, doing, fresh, opening

AT = now().replace(microsecond=123_456)
LONG_AGO = AT - timedelta(days=3)


def wrote(ticket: str, actor: str, at: datetime, what: str = "message_received", **fields: Any) -> list[c.Operation]:
    """A message that was received long before it came into the ticket, with its entry in the audit trail."""
    message_id = derive("message", ticket, actor, at.isoformat(), what)
    given = {
        "direction": "in",
        "author": Address(name="Ann", address=""),
        "text": "Words",
        "author_kind": "customer",
    } | fields
    message = c.AddMessage(
        message_id=message_id, ticket_id=ticket, channel="email", inbox="support", created_at=LONG_AGO, **given
    )
    return [message, c.AddEvent(what=what, ticket_id=ticket, message_id=message_id, actor=actor, at=at)]


async def since(store: StoreService, at: datetime, actor: str = "agent:anna") -> list[SinceFact]:
    ask = SinceAsk(number=1001, at=at, actor=actor)
    request = FactsRequest(numbers=[1001], since=[ask, SinceAsk(number=9999, at=at)])
    answer = Facts.decode((await store.facts(FactsRequest.decode(request.encode()))).encode())
    assert len(answer.since) == 1
    return next(iter(answer.since.values()))


async def test_messages_of_others_come_back_by_when_they_came_into_the_ticket(store: StoreService) -> None:
    name = fresh()
    ticket = derive("ticket", name)

    def later(seconds: float) -> datetime:
        return AT + timedelta(seconds=seconds)

    out = {"direction": "out", "author_kind": "agent", "author": Address(name="Bob", address="")}
    await commit(
        store,
        opening(name),
        doing(
            *wrote(ticket, "customer", later(0)),
            *wrote(ticket, "agent:bob", later(1), "message_sent", **out | {"text": "x" * 2_000}),
            *wrote(ticket, "customer", later(2), text="> quoted\nNew", reply_text="New"),
            *wrote(ticket, "agent:anna", later(3), "message_sent", **out),
            *wrote(ticket, "system", later(4), automatic="auto-reply"),
            *wrote(ticket, "agent:bob", later(5), "note_added", direction="internal"),
            *wrote(ticket, "other", later(6), "side_received", direction="internal", side="s1"),
        ),
    )
    found = await since(store, later(0))
    assert [(each.at, each.actor, each.direction, each.name) for each in found] == [
        (later(1), "agent:bob", "out", "Bob"),
        (later(2), "customer", "in", "Ann"),
    ]
    assert [len(found[0].text), found[1].text] == [TEXT_LENGTH, "New"]
    assert [each.at for each in await since(store, later(-1), actor="agent:bob")] == [later(0), later(2), later(3)]
    assert await since(store, later(10)) == []
    many = [each for n in range(MOST + 5) for each in wrote(ticket, "customer", later(20 + n))]
    await commit(store, doing(*many))
    assert [each.at for each in await since(store, later(10))] == [later(20 + n) for n in range(5, MOST + 5)]


async def test_a_message_that_its_sender_changes_or_takes_back_is_news_as_it_is_now(store: StoreService) -> None:
    name = fresh()
    ticket, header = derive("ticket", name), f"{name}@mail.example.com"
    changes = []
    for minutes, what, words in ((1, "message_edited", "Not broken."), (2, "message_edited", "Still broken.")):
        at = AT + timedelta(minutes=minutes)
        edit = c.EditMessage(
            edit_id=derive(name, words), ticket_id=ticket, header_id=header, text=words, reply_text=words, at=at
        )
        said = c.AddEvent(what=what, ticket_id=ticket, actor="customer", data={"header_id": header}, at=at)
        changes += [edit, said]
    await commit(store, opening(name), doing(*changes))
    (found,) = await since(store, AT)
    assert (found.text, found.at, found.direction, found.name) == (
        "Still broken.",
        AT + timedelta(minutes=2),
        "in",
        "Ann",
    )
    assert await since(store, AT + timedelta(minutes=3)) == []
