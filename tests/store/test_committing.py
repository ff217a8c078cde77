"""Committing changesets: each cause once, nothing decided on what has changed, one failure is nobody else's."""

import asyncio
import time

import pytest
from sqlalchemy import select

from services.store.errors import Expired
from services.store.models import Agent, Cause, Delivery, Message, Ticket, table
from services.store.service import StoreService
from shared.bus import subjects
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import ticket_key
from shared.messages.outbound import Event, Outbound
from shared.messages.parts import Address
from tests.store.house import House, until
from tests.store.making import changing, commit, delivery, doing, fresh, opening

TICKET = table(Ticket)


async def ticket(house: House, ticket_id: str) -> dict[str, object]:
    return (await house.rows(select(TICKET).where(TICKET.c.id == ticket_id)))[0]


async def test_a_repeated_cause_is_answered_with_the_first_result(store: StoreService, house: House) -> None:
    name = fresh()
    first = (await commit(store, opening(name)))[0]
    again = (await commit(store, opening(name, fingerprint="second")))[0]
    assert first.outcome == "committed"
    assert first.result["number"] == first.numbers[derive("ticket", name)]
    assert (again.outcome, again.result, again.fingerprint) == ("repeated", first.result, "first")
    assert len(await house.rows(select(table(Message).c.id))) == 1


async def test_a_cause_that_comes_twice_in_one_request_is_written_once(store: StoreService) -> None:
    name = fresh()
    first, again = await commit(store, opening(name), opening(name))
    assert (first.outcome, again.outcome) == ("committed", "repeated")
    assert again.result["number"] == first.result["number"]


async def test_a_changeset_that_relied_on_what_has_changed_is_in_conflict(store: StoreService) -> None:
    name = fresh()
    key = ticket_key(derive("ticket", name))
    await commit(store, opening(name))
    late = doing(relies={key: 0, "p:other": 0}, bumps=[key])
    answer = (await commit(store, late))[0]
    assert (answer.outcome, answer.keys) == ("conflict", [key])
    late.relies[key] = 1
    assert (await commit(store, late))[0].outcome == "committed"


async def test_what_was_decided_after_a_changeset_that_fell_is_in_conflict_though_the_version_fits(
    store: StoreService,
) -> None:
    shared, lost, elsewhere = f"r:{fresh()}", f"p:{fresh()}", f"c:{fresh()}"
    await commit(store, doing(bumps=[shared, lost]))  # another router's: `shared` has the version that `after` expects
    fell = doing(relies={shared: 0, lost: 0}, bumps=[shared, lost])
    after = doing(relies={shared: 1})
    beside = doing(relies={elsewhere: 0}, bumps=[elsewhere])
    answers = await commit(store, fell, after, beside)
    assert [answer.outcome for answer in answers] == ["conflict", "conflict", "committed"]
    assert answers[1].keys == [shared]
    assert (await commit(store, after))[0].outcome == "committed"


async def test_what_did_not_exist_and_still_does_not_is_no_conflict_but_what_came_to_be_is(store: StoreService) -> None:
    key = f"r:{fresh()}"
    assert (await commit(store, doing(relies={key: 0}, bumps=[key])))[0].outcome == "committed"
    assert (await commit(store, doing(relies={key: 0})))[0].keys == [key]


async def test_the_changesets_of_a_request_are_judged_one_after_the_other(store: StoreService) -> None:
    key = f"t:{fresh()}"
    answers = await commit(
        store,
        doing(relies={key: 0}, bumps=[key]),
        doing(relies={key: 1}, bumps=[key]),
        doing(relies={key: 2}, bumps=[key]),
        doing(relies={key: 1}, bumps=[key]),
    )
    assert [answer.outcome for answer in answers] == ["committed", "committed", "committed", "conflict"]


async def test_a_ticket_may_be_changed_by_the_changeset_after_the_one_that_opened_it(
    store: StoreService, house: House
) -> None:
    name = fresh()
    ticket_id = derive("ticket", name)
    answers = await commit(store, opening(name), changing(ticket_id, status="open", team="technical"))
    assert [answer.outcome for answer in answers] == ["committed", "committed"]
    row = await ticket(house, ticket_id)
    assert (row["status"], row["team"]) == ("open", "technical")


async def test_numbers_are_given_in_order_and_filled_in_wherever_they_are_shown(
    store: StoreService, house: House
) -> None:
    names = [fresh() for _ in range(5)]
    answers = await commit(store, *(opening(name) for name in names))
    numbers = [answer.result["number"] for answer in answers]
    assert numbers == [1001, 1002, 1003, 1004, 1005]
    payload = (
        await house.rows(select(table(Delivery).c.outbound).where(table(Delivery).c.id == derive("delivery", names[2])))
    )[0]
    assert Outbound.decode(payload["outbound"]).ticket_number == 1003

    async def all_out() -> bool:
        return len(await house.messages(subjects.EVENT)) == 5

    await until(all_out)
    events = [Event.decode(message.data) for message in await house.messages(subjects.EVENT)]
    assert sorted(event.ticket_number or 0 for event in events) == numbers


async def test_a_result_names_the_number_of_a_ticket_that_was_there_before(store: StoreService) -> None:
    name = fresh()
    await commit(store, opening(name))
    answer = (await commit(store, doing(result={"ticket_id": derive("ticket", name)})))[0]
    assert answer.result["number"] == 1001


@pytest.mark.parametrize(
    "operation",
    [
        c.ChangeTicket(ticket_id="nowhere", fields={"status": "open"}),
        c.LinkTickets(ticket_id="nowhere", other_id="nowhere", kind="follow-up"),
        c.AddRoute(message_id="nowhere", inboxes=["sales"]),
        delivery("d-nowhere", "nowhere"),
    ],
)
async def test_what_refers_to_nothing_is_invalid_and_its_neighbours_are_written(
    store: StoreService, operation: object
) -> None:
    name = fresh()
    answers = await commit(store, opening(name), doing(operation), changing(derive("ticket", name), status="open"))
    assert [answer.outcome for answer in answers] == ["committed", "invalid", "committed"]
    assert "there is no" in answers[1].error


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"number": 5}, "number"),
        ({"id": "x"}, "id"),
        ({"nonsense": 1}, "nonsense"),
        ({"status": "asleep"}, "status"),
        ({"subject": None}, "subject"),
        ({"solved_at": "2026-01-01T00:00:00"}, "solved_at"),
    ],
)
async def test_a_column_that_may_not_be_set_so_makes_a_changeset_invalid(
    store: StoreService, fields: dict[str, object], named: str
) -> None:
    name = fresh()
    await commit(store, opening(name))
    answer = (await commit(store, changing(derive("ticket", name), **fields)))[0]
    assert answer.outcome == "invalid"
    assert named in answer.error


async def test_a_changeset_that_the_database_refuses_takes_no_neighbour_down(store: StoreService, house: House) -> None:
    agent = c.AddAgent(
        agent_id=fresh(), email="anna@acme.example", name="Anna", at=opening("x").operations[1].created_at
    )
    await commit(store, doing(agent))
    names = [fresh() for _ in range(6)]
    changesets = [opening(name) for name in names]
    changesets.insert(3, doing(agent.model_copy(update={"agent_id": fresh()})))
    answers = await commit(store, *changesets)
    assert [answer.outcome for answer in answers] == [*["committed"] * 3, "invalid", *["committed"] * 3]
    assert len(await house.rows(select(table(Agent).c.id))) == 1
    assert [answer.result.get("number") for answer in answers if answer.result] == sorted(
        row["number"] for row in await house.rows(select(TICKET.c.number))
    )


async def test_a_number_that_fits_no_column_is_no_reason_to_call_the_database_away(store: StoreService) -> None:
    strange = opening(fresh())
    strange.operations[2].audience = 2**40
    began = time.monotonic()
    answers = await commit(store, opening(fresh()), strange, opening(fresh()))
    assert [answers[0].outcome, answers[2].outcome] == ["committed", "committed"]
    assert answers[1].outcome in ("committed", "invalid")
    assert time.monotonic() - began < 20


async def test_a_nul_character_in_a_text_is_no_reason_to_lose_a_mail(store: StoreService, house: House) -> None:
    name = fresh()
    changeset = opening(name)
    changeset.operations[2].text = "before\0after \\u0000 stays"
    changeset.operations[1].reasons["ticket"] = c.Reason(rule="new", evidence="a\0b")
    assert (await commit(store, changeset, opening(fresh())))[0].outcome == "committed"
    stored = (await house.rows(select(table(Message).c.text).where(table(Message).c.source_id == name)))[0]["text"]
    assert stored.replace("\0", "\ufffd") == "before\ufffdafter \\u0000 stays"


async def test_participants_reasons_and_latest_message_ids_are_united(store: StoreService, house: House) -> None:
    name = fresh()
    ticket_id = derive("ticket", name)
    await commit(store, opening(name))
    at = opening("x").operations[1].created_at
    more = [
        c.AddMessage(
            message_id=fresh(), ticket_id=ticket_id, direction="out", channel="email", inbox="support", created_at=at,
            author=Address(address="support@acme.example"), header_id=f"m{number}",
        )
        for number in range(12)
    ]  # fmt: skip
    change = c.ChangeTicket(
        ticket_id=ticket_id, fields={"tags": ["vip"], "solved_at": "2026-01-01T00:00:00+02:00"},
        add_participants=["bob@example.com", f"{name}@example.com"], add_unconfirmed=["eve@example.com"],
        reasons={"team": c.Reason(rule="category")},
    )  # fmt: skip
    assert (await commit(store, doing(change, *more)))[0].outcome == "committed"
    row = await ticket(house, ticket_id)
    assert row["participants"] == [f"{name}@example.com", "bob@example.com"]
    assert row["unconfirmed"] == ["eve@example.com"]
    assert set(row["reasons"]) == {"category", "team"}  # type: ignore[call-overload]
    assert row["latest_message_ids"] == [f"m{number}" for number in range(2, 12)]
    assert row["solved_at"].isoformat() == "2025-12-31T22:00:00+00:00"  # type: ignore[attr-defined]
    assert row["updated_at"] > row["created_at"]  # type: ignore[operator]


async def test_a_request_whose_deadline_has_passed_is_dropped_unstarted(store: StoreService, house: House) -> None:
    with pytest.raises(Expired):
        await store.commit(c.CommitRequest(changesets=[opening(fresh())]), deadline=time.time() - 1)
    assert await house.rows(select(table(Cause).c.id)) == []


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
async def test_stores_on_one_database_let_each_version_of_a_key_be_won_once(house: House) -> None:
    stores = [await house.store(), await house.store()]
    keys = [f"k:{fresh()}" for _ in range(5)]

    async def work(store: StoreService) -> int:
        won = 0
        versions = dict.fromkeys(keys, 0)
        while min(versions.values()) < 8:
            for key in keys:
                answer = (await commit(store, doing(relies={key: versions[key]}, bumps=[key])))[0]
                won += answer.outcome == "committed"
                versions[key] += 1
        return won

    counts = await asyncio.gather(*(work(store) for store in stores for _ in range(3)))
    assert sum(counts) == len(keys) * 8


@pytest.mark.parametrize("house", ["postgresql"], indirect=True)
async def test_the_same_cause_at_two_stores_is_written_once(house: House) -> None:
    stores = [await house.store(), await house.store()]
    names = [fresh() for _ in range(20)]
    for name in names:
        answers = await asyncio.gather(*(commit(store, opening(name)) for store in stores))
        assert sorted(answer[0].outcome for answer in answers) == ["committed", "repeated"]
    assert len(await house.rows(select(TICKET.c.id))) == 20
