"""What the store knows of agents: how many tickets they have, whether they are there, who had a customer's last ticket, and their keys."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding.folding import fold
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import Facts, FactsRequest, agent_key, point_key
from shared.messages.life import ChangeAgent
from shared.messages.parts import Point
from tests.store.making import changing, commit, doing, fresh, opening

ANNA, BORIS = "anna@acme.example", "boris@acme.example"


async def ask(store: StoreService, **wanted: Any) -> Facts:
    """As over the bus: from bytes to bytes."""
    answer = await store.facts(FactsRequest.decode(FactsRequest(**wanted).encode()))
    return Facts.decode(answer.encode())


async def hire(store: StoreService) -> None:
    at = now()
    agents = [
        c.AddAgent(agent_id=f"id-{email[:4]}", email=email, name=email[:4], role="agent", at=at)
        for email in (ANNA, BORIS)
    ]
    await commit(store, doing(*agents))


async def give(store: StoreService, assignee: str, *more: Any, **changes: Any) -> str:
    """A new customer's ticket that somebody has; gives what the customer's mail is called."""
    name = fresh()
    await commit(store, opening(name, *more, **changes), changing(derive("ticket", name), assignee=assignee))
    return name


async def test_open_tickets_are_counted_for_whoever_has_them_by_address_or_by_id(store: StoreService) -> None:
    await hire(store)
    names = [await give(store, assignee) for assignee in (ANNA, "Anna@acme.example", "id-anna", BORIS)]
    await commit(store, changing(derive("ticket", names[0]), status="on_hold"))
    facts = await ask(store, staff=True)
    assert {email: agent.open for email, agent in facts.staff.items()} == {ANNA: 3, BORIS: 1}
    over = changing(derive("ticket", names[1]), status="solved")
    await commit(store, over)
    known = await ask(store, staff=True, tickets=[derive("ticket", name) for name in names])
    assert {email: agent.open for email, agent in known.staff.items()} == {ANNA: 2, BORIS: 1}
    # What is folded into the facts of a batch counts as the store does.
    known.tickets[derive("ticket", names[1])].status = "open"
    known.staff[ANNA].open = 3
    fold(known, over)
    assert known.staff[ANNA].open == 2


async def test_what_is_changed_of_an_agent_is_known_everywhere(store: StoreService) -> None:
    await hire(store)
    until, given = now() + timedelta(days=2), now()
    fields = {"languages": ["hr", "en"], "capacity": 0, "hours": "office", "public_name": "Anna",
              "away_until": until.isoformat(), "last_given": given.isoformat()}  # fmt: skip
    await commit(store, doing(ChangeAgent(agent_id="id-anna", fields=fields)))
    name = await give(store, ANNA)
    facts = await ask(
        store, staff=True, assignees=True, tickets=[derive("ticket", name)], points=[Point(kind="email", value=ANNA)]
    )
    anna = facts.staff[ANNA]
    assert (anna.languages, anna.capacity, anna.hours, anna.public_name) == (["hr", "en"], 0, "office", "Anna")
    assert (anna.away_until, anna.last_given) == (until, given)
    assert facts.assignees[ANNA].away_until == until
    assert facts.agents[point_key("email", ANNA)].away_until == until
    await commit(store, doing(ChangeAgent(agent_id="id-anna", fields={"away_until": None, "capacity": None})))
    again = (await ask(store, staff=True)).staff[ANNA]
    assert (again.away_until, again.capacity, again.languages) == (None, None, ["hr", "en"])


async def test_every_agents_key_has_a_version_so_that_two_routers_notice_one_another(store: StoreService) -> None:
    await hire(store)
    key = agent_key("id-anna")
    facts = await ask(store, staff=True)
    assert (facts.versions[key], facts.versions[agent_key("id-bori")]) == (0, 0)
    first, second = (doing(relies={key: facts.versions[key]}, bumps=[key]) for _ in range(2))
    outcomes = [(await store.commit(c.CommitRequest(changesets=[each]))).results[0].outcome for each in (first, second)]
    assert outcomes == ["committed", "conflict"]
    assert (await ask(store, staff=True)).versions[key] == 1


@pytest.mark.parametrize("over", [False, True])
async def test_a_contacts_last_agent_is_who_had_their_newest_ticket_that_anybody_had(
    store: StoreService, over: bool
) -> None:
    await hire(store)
    name = await give(store, ANNA)
    contact, ticket = derive("contact", name), derive("ticket", name)
    point = Point(kind="email", value=f"{name}@example.com")
    if over:
        await commit(store, changing(ticket, status="closed"))
    newer = [
        c.OpenTicket(
            ticket_id=derive("ticket", f"{name}-{number}"), subject="More", channel="email", inbox="support", language="en",
            contact_id=contact, customer=point.value, created_at=now() + timedelta(minutes=number), assignee=assignee,
        )
        for number, assignee in ((1, BORIS), (2, None))
    ]  # fmt: skip
    assert (await ask(store, last_agents=True, points=[point])).last_agents == {contact: ANNA}
    await commit(store, doing(*newer))
    assert (await ask(store, last_agents=True, points=[point])).last_agents == {contact: BORIS}
    assert (await ask(store, last_agents=True, tickets=[ticket])).last_agents == {contact: BORIS}
    assert not (await ask(store, points=[point])).last_agents
    stranger = Point(kind="email", value="nobody@example.com")
    assert not (await ask(store, last_agents=True, points=[stranger])).last_agents
