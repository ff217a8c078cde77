"""Models of the classifier in the store, what past tickets teach, and how suggestions are counted."""

from datetime import timedelta
from typing import Any

import pytest

from services.store.learning import MOST_MODELS
from services.store.queries import learning as queries
from services.store.reading import QueryContext
from services.store.service import StoreService
from shared.clock import now
from shared.identity import derive
from shared.messages import changeset as c
from shared.messages.facts import Facts, FactsRequest
from shared.messages.learning import (
    SUGGESTED,
    ExamplesPage,
    ExamplesQuery,
    KeepModel,
    LearntInUse,
    LearntModelsQuery,
    LearntQuery,
    SuggestedQuery,
    UseModel,
)
from tests.store.house import House
from tests.store.making import changing, commit, doing, fresh, opening


@pytest.fixture
def context(house: House, store: StoreService) -> QueryContext:
    js = house.opened[0].jetstream()
    return QueryContext(store.reader, js, house.data, store._context.settings)


def keep(name: str, minutes: int = 0) -> KeepModel:
    body = f"the body of {name}\0\xff".encode("latin-1")
    return KeepModel(
        model=name,
        body=body,
        tickets=5,
        measured={"category": {"accuracy": 0.9}},
        at=now() + timedelta(minutes=minutes),
    )


async def test_a_model_is_handed_out_once_and_only_what_is_in_use(store: StoreService, context: QueryContext) -> None:
    assert await queries.find_learnt(context, LearntQuery()) == LearntInUse()
    await commit(store, doing(keep("one"), keep("two"), UseModel(model="two", by="operator", at=now())))
    found = await queries.find_learnt(context, LearntQuery(have="one"))
    assert LearntInUse.decode(found.encode()) == LearntInUse(model="two", body=keep("two").body)
    assert await queries.find_learnt(context, LearntQuery(have="two")) == LearntInUse(model="two")
    await commit(store, doing(UseModel(model="", at=now())))
    assert await queries.find_learnt(context, LearntQuery(have="two")) == LearntInUse()
    facts = Facts.decode((await store.facts(FactsRequest(learnt=True))).encode())
    assert sorted(facts.learnt) == ["one", "two"]
    assert (await store.facts(FactsRequest())).learnt == []


async def test_of_very_many_models_the_newest_are_kept_and_the_one_in_use(
    store: StoreService, context: QueryContext
) -> None:
    await commit(store, doing(keep("oldest", -60), UseModel(model="oldest", at=now())))
    for number in range(MOST_MODELS + 2):
        await commit(store, doing(keep(f"m{number:02}", number)))
    models = (await queries.list_models(context, LearntModelsQuery())).models
    assert [each.model for each in models] == [f"m{number:02}" for number in reversed(range(2, MOST_MODELS + 2))] + [
        "oldest"
    ]
    assert [each.model for each in models if each.in_use] == ["oldest"]
    assert (models[0].size, models[0].tickets, models[0].measured) == (
        len(keep("m00").body),
        5,
        {"category": {"accuracy": 0.9}},
    )


async def opened(
    store: StoreService, *, state: dict[str, Any] | None = None, first: dict[str, Any] | None = None, **fields: Any
) -> int:
    """A ticket with this state and these columns, whose first message is like that; gives its number."""
    name = fresh()
    made = opening(name)
    for operation in made.operations:
        if isinstance(operation, c.AddMessage):
            for key, value in (first or {}).items():
                setattr(operation, key, value)
    ticket_id = derive("ticket", name)
    await commit(store, made, changing(ticket_id, **fields) if fields else doing())
    if state:
        await commit(store, doing(c.ChangeTicket(ticket_id=ticket_id, state=state)))
    ticket = (await store.facts(FactsRequest(tickets=[ticket_id]))).tickets[ticket_id]
    return ticket.number


SOLVED = {"status": "solved", "solved_at": now().isoformat()}
CORRECTED = {"corrected": {"category": {"from": "a", "to": "technical", "by": "agent:x", "at": "2026-03-02T00:00:00Z"}}}


async def pages(context: QueryContext, **wanted: Any) -> list[ExamplesPage]:
    found = [await queries.list_examples(context, ExamplesQuery(**wanted))]
    while found[-1].next is not None:
        found.append(await queries.list_examples(context, ExamplesQuery(before=found[-1].next, **wanted)))
    return found


async def test_what_somebody_dealt_with_teaches_and_nothing_else(store: StoreService, context: QueryContext) -> None:
    await opened(store)  # nobody has looked at it
    solved = await opened(
        store, first={"subject": "Help", "reply_text": "It broke.", "text": "It broke.\n> quoted"}, **SOLVED
    )
    corrected = await opened(store, state=CORRECTED)
    await opened(store, **SOLVED | {"status": "spam"})
    await opened(store, **SOLVED | {"tags": ["spam?"]})
    await opened(store, first={"automatic": "bulk"}, **SOLVED)
    imported = await opened(store, tags=["imported"])
    whole = await pages(context, limit=2)
    assert len(whole) > 2
    found = [item for page in whole for item in page.items]
    assert [item.number for item in found] == [corrected, solved]
    assert found[0].corrected == ["category"]
    assert (found[1].subject, found[1].text, found[1].category) == ("Help", "It broke.", "technical")
    assert imported in [item.number for page in await pages(context, imported=True) for item in page.items]


async def test_suggestions_are_counted_against_what_tickets_are_by_now(
    store: StoreService, context: QueryContext
) -> None:
    def suggested(value: str, *, decided: bool, by: str = "") -> dict[str, Any]:
        one = {"value": value, "confidence": 0.9, "model": "m", "decided": decided, "dismissed_by": by}
        return {SUGGESTED: {"category": one}}

    await opened(store, state=suggested("technical", decided=True), **SOLVED)
    await opened(store, state=suggested("billing", decided=True) | CORRECTED)
    await opened(store, state=suggested("technical", decided=False), **SOLVED)
    await opened(store, state=suggested("technical", decided=False))  # nobody has looked at it
    await opened(store, state=suggested("technical", decided=False, by="agent:anna"))  # somebody said that it is wrong
    counts = (await queries.count_suggested(context, SuggestedQuery())).counts
    assert [each.model_dump() for each in counts] == [
        {"version": "m", "target": "category", "suggested": 4, "right": 2, "decided": 2, "decided_right": 1}
    ]
    later = SuggestedQuery(since=now() + timedelta(days=1))
    assert (await queries.count_suggested(context, later)).counts == []
