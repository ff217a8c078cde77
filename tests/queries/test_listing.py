"""The console's lists and the counts beside its views, on both databases."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.messages.changeset import ChangeTicket
from shared.messages.documents import DocumentsAnswer, DocumentsQuery, DropDocument, PutDocument
from shared.messages.listing import Conditions, Counts, CountsQuery, ListPage, ListQuery
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")

NOW = START + timedelta(days=30)


async def listed(archive: Archive, order: str = "created", **conditions: Any) -> list[int]:
    query = ListQuery(conditions=Conditions(**conditions), order=order, now=NOW)  # type: ignore[arg-type]
    page: ListPage = await archive.ask("list", query, ListPage)
    return [each.number for each in page.items]


def number(view: Any) -> int:
    return int(view.number.removeprefix("T-"))


async def test_each_condition_narrows_the_list(archive: Archive) -> None:
    tag = uuid4().hex
    mine = await archive.ticket(tags=[tag, "vip"], assignee="anna@a.example", team="technical", status="open")
    other = await archive.ticket(tags=[tag], channel="sms", status="new", priority="urgent")
    both = [number(other), number(mine)]
    assert await listed(archive, tag=tag) == both
    assert await listed(archive, tag=tag, statuses=["open"]) == [number(mine)]
    assert await listed(archive, tag=tag, mine="anna@a.example") == [number(mine)]
    assert await listed(archive, tag=tag, assignee="none") == [number(other)]
    assert await listed(archive, tag=tag, teams=["technical", "sales"]) == [number(mine)]
    assert await listed(archive, tag=tag, channel="sms", priority="urgent") == [number(other)]
    assert await listed(archive, "priority", tag=tag) == both
    assert await listed(archive, "oldest", tag=tag) == both[::-1]


async def test_whoever_helps_with_a_ticket_has_it_among_their_own(archive: Archive) -> None:
    tag = uuid4().hex
    shared = await archive.ticket(tags=[tag], assignee="anna@a.example")
    await archive.commit(ChangeTicket(ticket_id=shared.id, fields={"collaborators": ["boris@a.example"]}))
    assert await listed(archive, tag=tag, mine="boris@a.example") == [number(shared)]


async def test_what_is_late_and_what_is_due_soon_is_told_apart(archive: Archive) -> None:
    tag = uuid4().hex

    async def ticket(**fields: Any) -> int:
        made = await archive.ticket(tags=[tag], status=fields.pop("status", "open"))
        await archive.commit(ChangeTicket(ticket_id=made.id, fields=fields))
        return number(made)

    late = await ticket(first_response_due=(NOW - timedelta(minutes=1)).isoformat())
    soon = await ticket(next_response_due=(NOW + timedelta(hours=1)).isoformat())
    await ticket(resolution_due=(NOW + timedelta(hours=3)).isoformat())
    await ticket(status="closed", resolution_due=(NOW - timedelta(hours=3)).isoformat())
    answered = await ticket(
        first_response_due=(NOW - timedelta(hours=1)).isoformat(),
        first_responded_at=(NOW - timedelta(hours=2)).isoformat(),
    )
    assert await listed(archive, tag=tag, due="breached") == [late]
    assert await listed(archive, tag=tag, due="soon") == [soon]
    assert (await listed(archive, "due", tag=tag))[:2] == [late, soon]
    page: ListPage = await archive.ask("list", ListQuery(conditions=Conditions(tag=tag), now=NOW), ListPage)
    assert {each.number: each.due for each in page.items}[answered] is None


async def test_the_views_are_counted_and_no_further_than_makes_sense(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag = uuid4().hex
    for status in ("new", "open", "closed"):
        await archive.ticket(tags=[tag], status=status)
    views = {"living": Conditions(tag=tag, statuses=["new", "open"]), "all": Conditions(tag=tag)}
    counts: Counts = await archive.ask("counts", CountsQuery(views=views, now=NOW, held=True), Counts)
    assert counts.counts == {"living": 2, "all": 3, "quarantine": 0}
    monkeypatch.setattr("services.store.queries.listing.MOST_COUNTED", 2)
    counts = await archive.ask("counts", CountsQuery(views=views, now=NOW), Counts)
    assert counts.counts == {"living": 2, "all": 2}


async def test_words_find_tickets_and_a_number_comes_first(archive: Archive) -> None:
    word = f"w{uuid4().hex[:10]}"
    first = await archive.ticket(text=f"about {word}")
    second = await archive.ticket(text=f"{word} and {first.number}")
    assert await listed(archive, q=word) == [number(second), number(first)]
    assert (await listed(archive, q=first.number))[0] == number(first)


@pytest.mark.parametrize("value", ["\0", "'; DROP TABLE ticket; --", "%", "[]", '"'])
async def test_whatever_stands_in_a_condition_of_a_list_is_only_compared(archive: Archive, value: str) -> None:
    for name in ("assignee", "mine", "channel", "tag", "contact_id", "language"):
        assert await listed(archive, **{name: value}) == []


def leaf(name: str, **fields: Any) -> PutDocument:
    values = {"kind": "leaf", "id": name, "body": {"text": name}, "made_at": START, "changed_at": START}
    return PutDocument(**values | {"title": name, "words": name.lower()} | fields)


async def test_documents_are_kept_changed_found_and_dropped(archive: Archive) -> None:
    kind = uuid4().hex

    async def found(**asked: Any) -> list[str]:
        answer: DocumentsAnswer = await archive.ask("documents", DocumentsQuery(kind=kind, **asked), DocumentsAnswer)
        assert answer.total == len(answer.items)
        return [each.id for each in answer.items]

    await archive.commit(
        leaf("b-one", kind=kind, state="draft"), leaf("a-two", kind=kind, owner="o", words="100% ready")
    )
    later = START + timedelta(hours=1)
    await archive.commit(
        leaf("b-one", kind=kind, state="out", number=7, revision=2, changed_at=later, made_by="nobody")
    )
    assert await found() == ["b-one", "a-two"]
    assert await found(order="title") == ["a-two", "b-one"]
    assert await found(states=["out"]) == await found(number=7) == await found(ids=["b-one"]) == ["b-one"]
    assert await found(owner="o") == await found(words="READY 100%") == ["a-two"]
    assert await found(words="1_0") == []
    answer = await archive.ask("documents", DocumentsQuery(kind=kind, ids=["b-one"]), DocumentsAnswer)
    assert (answer.items[0].revision, answer.items[0].made_by) == (2, "")
    await archive.commit(DropDocument(kind=kind, id="b-one"))
    assert await found() == ["a-two"]
