"""What the store knows of agents wherever they are, on both databases: points, choices, what they were told, what they said."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from services.router.deciding.folding import fold
from services.store import models
from services.store.group import TidyUnit
from services.store.models import table
from services.store.queries.accounts import list_agents
from services.store.queries.spoken import list_spoken
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.agents import (
    AddNews,
    AddSpoken,
    PutAgentPoint,
    RemoveAgentPoint,
    RemoveNews,
    SettleSpoken,
    SpeakerAsk,
)
from shared.messages.facts import Facts, agent_key, point_key, ticket_key
from shared.messages.life import ChangeAgent
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point
from shared.messages.spoken import SpokenQuery
from shared.messages.ticket import AgentsQuery
from tests.store.house import House
from tests.store.making import commit, doing, fresh, opening
from tests.store.test_contacts import context
from tests.store.test_moving import ask

ANNA, BORIS = "anna@acme.example", "boris@acme.example"
ANNAS, BORISS = "a" * 32, "b" * 32
CHAT = Point(kind="telegram", value="4711")
NUMBER = Point(kind="phone", value="+385911234567")


async def hire(store: StoreService) -> None:
    agents = ((ANNAS, ANNA, "Anna"), (BORISS, BORIS, "Boris"))
    await commit(store, doing(*(c.AddAgent(agent_id=i, email=e, name=n, at=now()) for i, e, n in agents)))


def point(
    point_id: str, agent_id: str = ANNAS, at: Point = CHAT, *, verified: bool = True, **more: Any
) -> PutAgentPoint:
    """A point of an agent."""
    proven = now() if verified else None
    return PutAgentPoint(
        point_id=point_id, agent_id=agent_id, kind=at.kind, value=at.value, verified_at=proven, created_at=now(), **more
    )  # type: ignore[arg-type]


def told(name: str, ticket_id: str | None, agent_id: str = ANNAS, **more: Any) -> c.QueueDelivery:
    """A notification of an agent."""
    values: dict[str, Any] = {
        "delivery_id": name, "ticket_id": ticket_id, "channel": "sms", "inbox": "sms", "kind": "alert",
        "to": [Address(address=NUMBER.value)], "template": "told", "created_at": now(), "correlation_id": "c",
        "agent_id": agent_id, "event": "assigned", "code": "K7QF4T", "internal": True,
    }  # fmt: skip
    return c.QueueDelivery(outbound=Outbound(**(values | more)))


def spoken(name: str, verdict: Any = "held", **more: Any) -> AddSpoken:
    """Something that Anna said."""
    values: dict[str, Any] = {
        "spoken_id": name, "source_id": f"source-{name}", "agent_id": ANNAS, "channel": "telegram", "inbox": "bot",
        "point": CHAT, "text": "On its way.", "verdict": verdict, "reason": "unclear", "at": now(),
    }  # fmt: skip
    return AddSpoken(**(values | more))


async def one(store: StoreService, *changesets: c.Changeset) -> list[str]:
    return [each.outcome for each in await commit(store, *changesets)]


async def test_an_agent_is_known_by_every_verified_point_and_by_the_address_they_were_added_with(
    store: StoreService,
) -> None:
    await hire(store)
    await commit(store, doing(point("p1"), point("p2", at=NUMBER), point("p3", BORISS, NUMBER, verified=False)))
    own, claimed = Point(kind="email", value=BORIS), Point(kind="whatsapp", value=NUMBER.value)
    asks = [*(SpeakerAsk(point=each) for each in (CHAT, NUMBER, own, claimed)), SpeakerAsk(part=BORISS[:16])]
    facts = await ask(store, speakers=asks)
    found = {key: speaker.agent.email for key, speaker in facts.speakers.items()}
    assert found == {
        "telegram 4711": ANNA,
        f"phone {NUMBER.value}": ANNA,
        f"email {BORIS}": BORIS,
        f"part {'b' * 16}": BORIS,
    }
    assert facts.speakers["telegram 4711"].verified == [Point(kind="email", value=ANNA), CHAT, NUMBER]
    assert facts.versions[agent_key(ANNAS)] == 0
    assert facts.versions[point_key("whatsapp", NUMBER.value)] == 0


@pytest.mark.parametrize("part", ["", "b" * 15, "c" * 16, "%" * 16])
async def test_what_is_no_agents_beginning_names_nobody(store: StoreService, part: str) -> None:
    await hire(store)
    assert not (await ask(store, speakers=[SpeakerAsk(part=part)])).speakers


async def test_an_agent_is_changed_and_that_is_folded_as_it_is_written(store: StoreService) -> None:
    await hire(store)
    request = {
        "staff": True,
        "choices": True,
        "speakers": [SpeakerAsk(point=each) for each in (CHAT, NUMBER)],
        "points_of": [ANNA],
    }
    await commit(store, doing(point("p1")))
    before = await ask(store, **request)
    change = doing(
        ChangeAgent(
            agent_id=ANNAS, fields={"notify": {"channels": ["telegram"]}, "signatures": {"hr": "Lijep pozdrav"}}
        ),
        point("p2", at=NUMBER),
        point("p4", at=Point(kind="email", value="new@acme.example"), verified=False, code_sha256="c" * 64),
    )
    fold(before, change)
    await commit(store, change)
    after = await ask(store, **request)
    assert after.staff[ANNA].signatures == {"hr": "Lijep pozdrav"}
    assert after.choices[ANNA].notify == {"channels": ["telegram"]}
    assert after.choices[ANNA].points == [CHAT, NUMBER]
    for name in ("staff", "choices", "speakers", "agent_points"):
        assert getattr(before, name) == getattr(after, name), name


async def test_only_who_chose_something_or_has_another_point_is_among_the_choices(store: StoreService) -> None:
    await hire(store)
    assert not (await ask(store, choices=True)).choices
    await commit(
        store, doing(point("p1", verified=False), ChangeAgent(agent_id=BORISS, fields={"notify": {"channels": []}}))
    )
    assert list((await ask(store, choices=True)).choices) == [BORIS]
    await commit(store, doing(point("p1"), ChangeAgent(agent_id=BORISS, fields={"notify": {}})))
    choices = (await ask(store, choices=True)).choices
    assert {email: (choice.notify, choice.points) for email, choice in choices.items()} == {ANNA: ({}, [CHAT])}
    assert not (await ask(store)).choices


async def test_a_verified_point_is_one_agents_only_until_they_give_it_up(store: StoreService) -> None:
    await hire(store)
    boriss = doing(point("p2", BORISS))
    assert await one(store, doing(point("p1")), doing(point("p3", BORISS, verified=False))) == ["committed"] * 2
    assert await one(store, boriss, doing(point("p1"))) == ["invalid", "committed"]
    first, second = doing(point("p5", ANNAS, NUMBER)), doing(point("p6", BORISS, NUMBER))
    assert await one(store, first, second) == ["committed", "invalid"]
    given_up = doing(RemoveAgentPoint(point_id="p1"), point("p2", BORISS))
    assert await one(store, given_up) == ["committed"]
    again = doing(RemoveAgentPoint(point_id="p2")), doing(point("p1"))
    assert await one(store, *again) == ["committed"] * 2
    assert (await ask(store, speakers=[SpeakerAsk(point=CHAT)])).speakers["telegram 4711"].agent.email == ANNA


async def test_a_code_finds_the_point_it_proves_and_whose_that_point_is_already(store: StoreService) -> None:
    await hire(store)
    expires = now() + timedelta(minutes=15)
    claim = point("p1", ANNAS, NUMBER, verified=False, code_sha256="c" * 64, code_expires=expires, tries=2)
    await commit(store, doing(claim, point("p2", BORISS, NUMBER)))
    for wanted in ({"codes": ["c" * 64]}, {"points_of": [ANNA]}):
        facts = await ask(store, **wanted)
        assert {each.point_id: each.agent_id for each in facts.agent_points.values()} == {"p1": ANNAS, "p2": BORISS}
        assert (facts.agent_points["p1"].tries, facts.agent_points["p1"].code_expires) == (2, expires)
        assert {agent_key(ANNAS), point_key("phone", NUMBER.value)} <= facts.versions.keys()
    assert not (await ask(store, codes=["", "d" * 64], points_of=["nobody@acme.example"])).agent_points
    before = await ask(store, points_of=["nobody@acme.example"], points=[NUMBER, CHAT])
    assert list(before.agent_points) == ["p2"]
    assert not (await ask(store, points=[NUMBER])).agent_points


async def test_what_nobody_proved_in_time_is_forgotten(store: StoreService) -> None:
    await hire(store)
    long_ago, lately = now() - timedelta(days=2), now() - timedelta(minutes=1)
    await commit(
        store,
        doing(point("p1", verified=False, code_expires=long_ago)),
        doing(point("p2", verified=False, code_expires=lately)),
        doing(point("p3", code_expires=long_ago)),
    )
    await store.writer.submit([TidyUnit()])
    assert set((await ask(store, points_of=[ANNA])).agent_points) == {"p2", "p3"}


async def test_what_an_agent_was_told_comes_with_its_tickets_newest_first(store: StoreService, house: House) -> None:
    await hire(store)
    names = [fresh(), fresh()]
    ids = [derive("ticket", name) for name in names]
    await commit(store, *map(opening, names), doing(point("p1")))
    await commit(store, doing(told("d1", ids[0]), told("d2", ids[1], BORISS), told("d3", None)))
    await commit(store, doing(told("d4", ids[1], code="", internal=False, channel="telegram", inbox="bot")))
    await commit(store, doing(told("d5", ids[1])))
    old = {"created_at": now() - timedelta(days=31)}
    await _set(store, table(models.Delivery), {"d5": old, "d1": {"created_at": now() - timedelta(days=29)}})
    facts = await ask(store, speakers=[SpeakerAsk(point=CHAT)])
    known = facts.speakers["telegram 4711"].told
    assert [(each.delivery_id, each.code, each.internal) for each in known] == [
        ("d4", "", False),
        ("d1", "K7QF4T", True),
    ]
    assert (known[1].to, known[1].channel, known[1].inbox) == (NUMBER.value, "sms", "sms")
    assert facts.tickets.keys() == set(ids)
    assert set(facts.numbers.values()) == set(ids)
    assert {ticket_key(each) for each in ids} <= facts.versions.keys()
    (row,) = await house.rows(select(table(models.Delivery)).where(table(models.Delivery).c.id == "d2"))
    assert (row["agent_id"], row["event"], row["code"], row["internal"]) == (BORISS, "assigned", "K7QF4T", True)


async def _set(store: StoreService, rows: Any, values: dict[str, dict[str, Any]]) -> None:
    def work(connection: Any) -> None:
        for key, columns in values.items():
            connection.execute(update(rows).where(rows.c.id == key).values(**columns))

    assert store._database is not None
    await store._database.write(work)


async def test_what_is_held_of_an_agents_is_known_until_it_is_settled(store: StoreService) -> None:
    await hire(store)
    name = fresh()
    ticket_id = derive("ticket", name)
    await commit(store, opening(name), doing(point("p1")))
    asks: dict[str, Any] = {"speakers": [SpeakerAsk(point=CHAT)], "spoken": ["s1", "s2"]}
    facts = await ask(store, **asks)
    steps = [
        doing(spoken("s1", ticket_id=ticket_id), spoken("s2", "refused", ticket_id=None)),
        doing(spoken("s3"), SettleSpoken(spoken_id="s3", verdict="dropped", at=now())),
        doing(SettleSpoken(spoken_id="s1", verdict="done", results=[{"command": "note", "ok": True}], at=now())),
    ]
    for number, step in enumerate(steps):
        fold(facts, step)
        await commit(store, step)
        fresh_facts = await ask(store, **asks)
        assert facts.speakers == fresh_facts.speakers, number
        assert {key: facts.spoken[key] for key in ("s1", "s2")} == fresh_facts.spoken, number
        held = [each.spoken_id for each in fresh_facts.speakers["telegram 4711"].held]
        assert (held, fresh_facts.speakers["telegram 4711"].refused) == ((["s1"] if number < 2 else []), 1)
        assert set(fresh_facts.tickets) == {ticket_id}
    assert fresh_facts.spoken["s1"].reason == "unclear"
    assert fresh_facts.spoken["s1"].results == [{"command": "note", "ok": True}]


async def test_refusals_are_counted_for_an_hour_and_what_was_said_twice_is_kept_once(store: StoreService) -> None:
    await hire(store)
    earlier = now() - timedelta(minutes=61)
    await commit(store, doing(point("p1"), spoken("s1", "refused", at=earlier), spoken("s2", "refused")))
    await commit(store, doing(spoken("s2", "held"), spoken("s3", "refused", agent_id=None)))
    speaker = (await ask(store, speakers=[SpeakerAsk(point=CHAT)])).speakers["telegram 4711"]
    assert (speaker.refused, speaker.held) == (1, [])


async def test_what_an_agent_was_told_is_as_old_as_what_it_tells(store: StoreService) -> None:
    """Not as old as its row: what came into the ticket meanwhile is not in it."""
    await hire(store)
    name = fresh()
    ticket_id = derive("ticket", name)
    earlier = now() - timedelta(hours=3)
    digest, alert = told("d1", ticket_id), told("d2", ticket_id)
    digest.outbound.seen_at, alert.outbound.created_at = earlier, earlier + timedelta(hours=1)
    await commit(store, opening(name), doing(point("p1")), doing(digest, alert))
    known = (await ask(store, speakers=[SpeakerAsk(point=CHAT)])).speakers["telegram 4711"].told
    assert [(each.delivery_id, each.at) for each in known] == [
        ("d2", earlier + timedelta(hours=1)),
        ("d1", earlier),
    ]


async def test_an_agents_point_that_is_marked_is_known_as_unreachable(store: StoreService) -> None:
    await hire(store)
    await commit(store, doing(point("p1"), point("p2", at=NUMBER)))
    asks: dict[str, Any] = {"choices": True, "speakers": [SpeakerAsk(point=CHAT)]}
    assert (await ask(store, **asks)).choices[ANNA].unreachable == []
    await commit(store, doing(c.MarkPoint(point=CHAT, undeliverable=True, reason="blocked", at=now())))
    facts = await ask(store, **asks)
    assert (facts.choices[ANNA].points, facts.choices[ANNA].unreachable) == ([CHAT, NUMBER], [CHAT])
    assert facts.speakers["telegram 4711"].undeliverable == [CHAT]
    await commit(store, doing(c.MarkPoint(point=CHAT, undeliverable=False, at=now())))
    facts = await ask(store, **asks)
    assert (facts.choices[ANNA].unreachable, facts.speakers["telegram 4711"].undeliverable) == ([], [])


async def test_news_are_kept_for_each_agent_until_told(store: StoreService) -> None:
    await hire(store)
    name = fresh()
    ticket_id = derive("ticket", name)
    await commit(store, opening(name))
    facts: Facts = await ask(store, news_of=[ANNAS, BORISS], tickets=[ticket_id])

    def news(news_id: str, agent_id: str, minutes: int) -> AddNews:
        at = now() + timedelta(minutes=minutes)
        return AddNews(
            news_id=news_id, agent_id=agent_id, ticket_id=ticket_id, event="opened", template="t",
            variables={"n": minutes}, at=at,
        )  # fmt: skip

    for step in (
        doing(news("n1", ANNAS, 1), news("n2", ANNAS, 2), news("n3", BORISS, 1)),
        doing(RemoveNews(agent_id=ANNAS, news_ids=["n1"])),
    ):
        await commit(store, step)
        fold(facts, step)
    kept = (await ask(store, news_of=[ANNAS, BORISS])).news
    assert kept == facts.news
    assert _ids(kept[ANNAS]) == ["n2"]
    assert (kept[BORISS][0].subject, kept[BORISS][0].variables) == ("Broken", {"n": 1})
    assert not (await ask(store, news_of=["nobody"])).news


def _ids(kept: Iterable[Any]) -> list[str]:
    return [each.news_id for each in kept]


async def test_operators_see_what_was_said_of_a_ticket_and_what_was_refused(store: StoreService, house: House) -> None:
    await hire(store)
    name = fresh()
    (opened,) = await commit(store, opening(name))
    ticket_id = derive("ticket", name)
    await commit(
        store,
        doing(spoken("s1", "done", ticket_id=ticket_id, at=now() - timedelta(minutes=1))),
        doing(spoken("s2", "refused", agent_id=None, reason="wrong code")),
    )
    query = context(house, store)
    everything = await list_spoken(query, SpokenQuery())
    assert [(each.spoken_id, each.email, each.number) for each in everything.items] == [
        ("s2", "", None),
        ("s1", ANNA, opened.result["number"]),
    ]
    assert [
        each.spoken_id for each in (await list_spoken(query, SpokenQuery(number=opened.result["number"]))).items
    ] == ["s1"]
    refused = await list_spoken(query, SpokenQuery(verdict="refused", per_page=1))
    assert [(each.reason, each.point) for each in refused.items] == [("wrong code", CHAT)]
    assert not refused.more
    assert (await list_spoken(query, SpokenQuery(per_page=1))).more
    assert not (await list_spoken(query, SpokenQuery(number=2**40))).items


async def test_agents_are_listed_with_their_points_choices_and_signatures(store: StoreService, house: House) -> None:
    await hire(store)
    await commit(
        store,
        doing(
            point("p1"),
            point("p2", at=NUMBER, verified=False),
            point("p3", at=Point(kind="telegram", value=""), verified=False),
            ChangeAgent(agent_id=ANNAS, fields={"notify": {"channels": ["sms"]}, "signatures": {"en": "Anna"}}),
        ),
    )
    anna, boris = (await list_agents(context(house, store), AgentsQuery())).agents
    assert [(each.kind, each.verified) for each in anna.points] == [("telegram", True), ("phone", False)]
    assert (anna.notify, anna.signatures) == ({"channels": ["sms"]}, {"en": "Anna"})
    assert (boris.notify, boris.signatures, boris.points) == ({}, {}, [])
