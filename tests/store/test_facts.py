"""Facts: everything that was asked about, with a version for each key, absent ones too."""

from datetime import timedelta

from sqlalchemy import insert

from services.store import facts as code
from services.store.models import AutomaticSent, table
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import Facts, FactsRequest, ReferenceFact, point_key, reference_key, source_key, ticket_key
from shared.messages.parts import Point
from tests.store.house import House
from tests.store.making import commit, doing, fresh, opening


async def ask(store: StoreService, **wanted: object) -> Facts:
    """As over the bus: from bytes to bytes."""
    answer = await store.facts(FactsRequest.decode(FactsRequest(**wanted).encode()))  # type: ignore[arg-type]
    return Facts.decode(answer.encode())


async def test_what_was_committed_comes_back_as_facts(store: StoreService) -> None:
    name = fresh()
    ticket, point = derive("ticket", name), Point(kind="email", value=f"{name}@example.com")
    due = now() + timedelta(days=1)
    agent = c.AddAgent(agent_id="a1", email="Anna@acme.example", name="Anna", role="lead", at=now())
    await commit(
        store,
        opening(name),
        doing(c.SetTimer(timer_id=f"close:{ticket}", kind="close", ticket_id=ticket, due_at=due), agent),
    )
    header = f"{name}@mail.example.com"
    found = await ask(
        store,
        sources=[name, "unseen"],
        references=[header, f"before-{header}", "never@x"],
        numbers=[1001, 9999],
        points=[point, Point(kind="email", value="anna@acme.example"), Point(kind="phone", value="+48500")],
        deliveries=[derive("delivery", name)],
        timers=[f"close:{ticket}"],
    )
    assert found.sources[name].ticket_id == ticket
    assert found.references == {
        header: [ReferenceFact(ticket_id=ticket, owned=True, audience=2)],
        f"before-{header}": [ReferenceFact(ticket_id=ticket, owned=False)],
    }
    assert found.numbers == {1001: ticket}
    assert found.deliveries[derive("delivery", name)].to == "ann@example.com"
    timer = found.timers[f"close:{ticket}"]
    assert (timer.kind, timer.due_at, timer.ticket_id) == ("close", due, ticket)
    contact = found.contacts[point_key("email", point.value)]
    assert (contact.name, contact.language, contact.undeliverable) == ("Ann", "pl", False)
    assert found.agents[point_key("email", "anna@acme.example")].role == "lead"
    assert [sent.ticket_id for sent in found.automatic[point_key("email", point.value)]] == [ticket]
    known = found.tickets[ticket]
    assert (known.number, known.customer, known.latest_message_ids) == (1001, point.value, [header])
    assert (known.participants, known.category, known.internal) == ([point.value], "technical", False)


async def test_every_key_that_was_asked_about_has_a_version(store: StoreService) -> None:
    name = fresh()
    ticket = derive("ticket", name)
    await commit(store, opening(name))
    found = await ask(
        store,
        sources=[name, "unseen"],
        references=["never@x"],
        tickets=["no-such"],
        points=[Point(kind="phone", value="+1")],
    )
    assert found.versions == {
        source_key(name): 1,
        source_key("unseen"): 0,
        reference_key("never@x"): 0,
        point_key("phone", "+1"): 0,
        ticket_key("no-such"): 0,
        ticket_key(ticket): 1,
    }


async def test_nothing_asked_gives_nothing(store: StoreService) -> None:
    assert await ask(store) == Facts()


async def test_a_mention_becomes_ownership_when_the_message_itself_arrives(store: StoreService) -> None:
    name, header = fresh(), f"{fresh()}@x"
    ticket = derive("ticket", name)
    await commit(store, opening(name), doing(c.AddReferences(ticket_id=ticket, mentioned=[header])))
    await commit(store, doing(c.AddReferences(ticket_id=ticket, own=header, audience=3)))
    await commit(store, doing(c.AddReferences(ticket_id=ticket, mentioned=[header])))
    assert (await ask(store, references=[header])).references[header] == [
        ReferenceFact(ticket_id=ticket, owned=True, audience=3)
    ]


async def test_what_is_known_of_a_contact_is_kept(store: StoreService) -> None:
    point = Point(kind="email", value=f"{fresh()}@example.com")
    nameless = c.PutContact(contact_id="c1", points=[point])
    await commit(store, doing(nameless))
    await commit(store, doing(nameless.model_copy(update={"name": "Ann", "language": "hr"})))
    await commit(store, doing(c.PutContact(contact_id="c1", name="Mallory", language="en", points=[point])))
    await commit(store, doing(c.PutContact(contact_id="c2", name="Other", points=[point])))
    contact = (await ask(store, points=[point])).contacts[point_key("email", point.value)]
    assert (contact.contact_id, contact.name, contact.language) == ("c1", "Ann", "hr")


async def test_a_point_can_be_marked_undeliverable_and_deliverable_again(store: StoreService) -> None:
    point = Point(kind="email", value=f"{fresh()}@example.com")
    key = point_key("email", point.value)
    await commit(store, doing(c.MarkPoint(point=point, undeliverable=True, reason="5.1.1")))
    await commit(store, doing(c.PutContact(contact_id="c1", points=[point])))
    assert (await ask(store, points=[point])).contacts[key].undeliverable
    await commit(store, doing(c.MarkPoint(point=point, undeliverable=False)))
    assert not (await ask(store, points=[point])).contacts[key].undeliverable


async def test_automatic_answers_are_counted_within_ten_hours_and_only_the_newest(
    store: StoreService, house: House
) -> None:
    quiet, busy = (Point(kind="email", value=f"{fresh()}@example.com") for _ in range(2))
    at = now()
    times = {
        point_key("email", busy.value): [at - timedelta(seconds=n) for n in range(code.AUTOMATIC_NEWEST + 20)],
        point_key("email", quiet.value): [at - timedelta(hours=11), at - timedelta(hours=9)],
    }
    rows = [{"point_key": key, "at": when} for key, whens in times.items() for when in whens]
    assert store._database is not None
    async with store._database.writer.begin() as connection:
        await connection.execute(insert(table(AutomaticSent)), rows)
    found = (await ask(store, points=[quiet, busy])).automatic
    assert [sent.at for sent in found[point_key("email", quiet.value)]] == [at - timedelta(hours=9)]
    sent = [sent.at for sent in found[point_key("email", busy.value)]]
    assert sent == times[point_key("email", busy.value)][: code.AUTOMATIC_NEWEST]


async def test_a_mail_by_two_routes_is_one_message_with_both(store: StoreService) -> None:
    name = fresh()
    route = c.AddRoute(message_id=derive("message", name), inboxes=["sales", "support"])
    await commit(store, opening(name), doing(route))
    await commit(store, doing(route.model_copy(update={"inboxes": ["billing"]})))
    assert (await ask(store, sources=[name])).sources[name].inboxes == ["support", "sales", "billing"]
