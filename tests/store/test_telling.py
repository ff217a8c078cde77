"""What deciding about a ticket's customer must know, on both databases: names for customers, satisfaction, questions, choices."""

from datetime import timedelta

from services.store.queries.contacts import read_contact
from services.store.queries.tickets import read_ticket
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.contacts import ContactQuery
from shared.messages.life import ChangeAgent
from shared.messages.parts import Point
from shared.messages.ticket import TicketQuery
from tests.store.house import House
from tests.store.making import commit, doing, fresh, opening
from tests.store.test_contacts import contact_of, context
from tests.store.test_moving import ask


async def test_an_agents_name_for_customers_is_known_by_ticket_and_by_address(store: StoreService) -> None:
    name = fresh()
    email = f"{name}@acme.example"
    agent_id = derive("agent", email)
    ticket_id = derive("ticket", name)
    await commit(
        store,
        opening(name),
        doing(
            c.AddAgent(agent_id=agent_id, email=email, name="Anna Nowak", at=now()),
            ChangeAgent(agent_id=agent_id, fields={"public_name": "Anna"}),
            c.ChangeTicket(ticket_id=ticket_id, fields={"assignee": agent_id}),
        ),
    )
    facts = await ask(store, tickets=[ticket_id], assignees=True, points=[Point(kind="email", value=email)])
    assert facts.assignees[agent_id].public_name == "Anna"
    assert [each.public_name for each in facts.agents.values()] == ["Anna"]


async def test_what_the_customer_said_was_asked_and_chose_is_kept_and_shown(store: StoreService, house: House) -> None:
    name = fresh()
    ticket_id = derive("ticket", name)
    until = now() + timedelta(days=1)
    said = {"score": 4, "words": "Quick"}
    await commit(
        store,
        opening(name),
        doing(
            c.ChangeTicket(
                ticket_id=ticket_id,
                fields={"satisfaction": said, "snoozed_until": until.isoformat(), "status": "on_hold", "reopened": 2},
                state={"asking": {"question": "solved"}, "notify_by": "sms"},
            )
        ),
        doing(c.ChangeTicket(ticket_id=ticket_id, state={"asking": None})),
    )
    fact = (await ask(store, tickets=[ticket_id])).tickets[ticket_id]
    assert fact.fields["satisfaction"] == said
    assert (fact.state, fact.snoozed_until, fact.reopened) == ({"notify_by": "sms"}, until, 2)
    shown = (await read_ticket(context(house, store), TicketQuery(number=fact.number))).ticket
    assert shown is not None
    assert (shown.notify_by, shown.snoozed_until, shown.reopened) == ("sms", until, 2)


async def test_how_a_customer_wants_to_be_told_is_kept_whatever_they_write(store: StoreService, house: House) -> None:
    name = fresh()
    ticket_id, contact_id = derive("ticket", name), contact_of(name)
    await commit(store, opening(name), doing(c.ChangeContact(contact_id=contact_id, notify_by="sms")), opening(fresh()))
    point = Point(kind="email", value=f"{name}@example.com")
    await commit(store, doing(c.PutContact(contact_id=contact_id, name="Ann", points=[point])))
    facts = await ask(store, tickets=[ticket_id], customers=True)
    assert facts.people[contact_id].notify_by == "sms"
    shown = (await read_contact(context(house, store), ContactQuery(contact_id=contact_id))).contact
    assert shown is not None
    assert shown.notify_by == "sms"
