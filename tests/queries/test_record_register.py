"""The register as the store gives it, on both databases: every ticket once, with its whole record, however many there are."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.store.queries import register as code
from shared.bus.errors import RemoteError
from shared.messages.changeset import AddEvent, ChangeTicket
from shared.messages.life import PutEntry
from shared.messages.record import LONGEST, RegisterLine, RegisterPage, RegisterQuery
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def lines(archive: Archive, **conditions: Any) -> list[RegisterLine]:
    """All lines, page by page."""
    found: list[RegisterLine] = []
    after = None
    while True:
        query = RegisterQuery(after=after, **conditions)
        page: RegisterPage = await archive.ask("register", query, RegisterPage)
        assert (page.total is None) == (after is not None)
        found += page.lines
        assert len(found) < 100, "the pages go on for ever"
        after = page.next
        if after is None:
            return found


def number(ticket: Any) -> int:
    return int(ticket.number.removeprefix("T-"))


def entry(ticket_id: str, kind: Any, at: datetime, **fields: Any) -> PutEntry:
    given = {"entry_id": uuid4().hex, "ticket_id": ticket_id, "kind": kind, "created_at": at, "updated_at": at}
    return PutEntry(**given | {"by": "Anna"} | fields)


def event(ticket_id: str, what: str, at: datetime, reason: str = "", channel: str = "api", **data: Any) -> AddEvent:
    return AddEvent(
        what=what, ticket_id=ticket_id, actor="agent:anna", channel=channel, reason=reason, data=data, at=at
    )


async def test_a_line_has_the_whole_record(archive: Archive) -> None:
    team = uuid4().hex
    ticket = await archive.ticket(
        team=team, kind="complaint", category="complaint", received_by="Ewa", received_via="letter",
        received_at=START - timedelta(days=3), problem="It leaks.", product="P100", impact="Wet cellar",
        author="ana.register@customer.example",
    )  # fmt: skip
    due, later = START + timedelta(days=2), START + timedelta(days=4)
    fields = {
        "details": "At the flange", "solution": "New seal", "tested": "Ran an hour", "tested_by": "Jan",
        "solved_by": "Piotr", "solved_at": later.isoformat(), "root_cause": "A worn seal",
        "preventive_action": "Better seals", "preventive_owner": "Ewa", "preventive_due": later.isoformat(),
        "preventive_verified_at": later.isoformat(), "preventive_verified_by": "Jan", "closed_at": later.isoformat(),
        "customer_confirmed_at": later.isoformat(), "satisfaction": {"score": 2, "words": "Too slow"},
        "status": "closed",
        "evidence": [{"note": "a photo", "by": "Anna", "at": START.isoformat(), "files": [{"filename": "leak.jpg"}]}],
    }  # fmt: skip
    requested = {"what": "Dispatch", "department": "technical", "requested_at": START.isoformat(), "evidence": []}
    await archive.commit(
        ChangeTicket(ticket_id=ticket.id, fields=fields),
        entry(ticket.id, "action", START, data=requested),
        entry(
            ticket.id, "promise", START + timedelta(minutes=1), data={"what": "A new pump", "kept": None}, due_at=due
        ),
        event(ticket.id, "status_asked", START, channel="sms", answered=True),
        event(ticket.id, "ticket_changed", START, fields=["team"], changes={"team": ["sales", team]}, team=team),
        event(ticket.id, "ticket_changed", START, fields=["impact"], changes={}),
        event(ticket.id, "ticket_changed", due, fields=["assignee"], changes={"assignee": ["anna", "piotr"]}),
        event(ticket.id, "ticket_changed", later, fields=["team"], changes={"team": ["a", "b"]}),
        event(ticket.id, "handed_over", later, **{"from": "anna", "to": ["technical", "piotr"]}, reason="knows it"),
        event(ticket.id, "message_sent", later),
    )
    (line,) = await lines(archive, team=team)
    assert line.number == number(ticket)
    assert (line.received_at, line.received_via, line.received_by) == (START - timedelta(days=3), "letter", "Ewa")
    assert (line.customer, [each.value for each in line.points]) == ("Ana", ["ana.register@customer.example"])
    for name in ("details", "solution", "tested", "tested_by", "solved_by", "root_cause", "preventive_owner"):
        assert getattr(line, name) == fields[name]
    assert (line.problem, line.product, line.impact) == ("It leaks.", "P100", "Wet cellar")
    assert (line.preventive_due, line.preventive_verified_at, line.customer_confirmed_at) == (later, later, later)
    assert line.satisfaction is not None
    assert (line.satisfaction.score, line.satisfaction.words) == (2, "Too slow")
    assert [(each.note, each.files[0].filename) for each in line.evidence] == [("a photo", "leak.jpg")]
    assert [(each.kind, each.due_at) for each in line.entries] == [("action", None), ("promise", due)]
    assert [(each.was, each.to, each.reason) for each in line.hand_overs] == [
        ("sales", team, ""),
        ("anna", "piotr", ""),
        ("anna", "technical, piotr", "knows it"),
    ]
    assert [(each.at, each.channel) for each in line.enquiries] == [(START, "sms")]


async def test_every_ticket_comes_once_whatever_the_pages(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    team = uuid4().hex
    at = START - timedelta(days=100)
    made = [number(await archive.ticket(team=team, created_at=at + timedelta(days=day // 3))) for day in range(11)]
    for limit in (1, 2, 3, 7, 11, 12, 0, 10**9):
        assert [line.number for line in await lines(archive, team=team, limit=limit)] == made
    monkeypatch.setattr(code, "_TOGETHER", 2)
    monkeypatch.setattr(code, "_PAGE_BYTES", 1)
    assert [line.number for line in await lines(archive, team=team)] == made


async def test_conditions_narrow_the_register(archive: Archive) -> None:
    team, at = uuid4().hex, START - timedelta(days=500)
    first = await archive.ticket(team=team, created_at=at, category="order", status="closed")
    second = await archive.ticket(team=team, created_at=at + timedelta(days=1), category="offer")
    await archive.ticket(team=team, created_at=at, internal=True)
    spam = await archive.ticket(team=team, created_at=at, status="spam")
    one, two = number(first), number(second)

    async def found(**conditions: Any) -> list[int]:
        return [line.number for line in await lines(archive, team=team, **conditions)]

    assert await found() == [one, two]
    assert await found(since=at + timedelta(seconds=1)) == [two]
    assert await found(until=at + timedelta(days=1)) == [one]
    assert await found(since=at, until=at + timedelta(days=2)) == [one, two]
    assert await found(category="offer") == [two]
    assert await found(status="closed, new") == [one, two]
    assert await found(status="closed") == [one]
    assert await found(status="spam") == [number(spam)]
    assert await found(category="\0'; DROP TABLE ticket; --") == []


@pytest.mark.parametrize("place", ["", "x", "2026-03-02T10:00:00+00:00", "2026-03-02/5", "x/1", "2026-03-02T10:00Z/-1"])
async def test_a_place_that_no_page_gave_is_refused(archive: Archive, place: str) -> None:
    with pytest.raises(RemoteError, match="no place in the register"):
        await archive.ask("register", RegisterQuery(after=place), RegisterPage)


async def test_what_is_very_long_or_very_many_is_cut(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code, "_EACH", 3)
    team = uuid4().hex
    ticket, other = await archive.ticket(team=team), await archive.ticket(team=team)
    long = "ž" * 500_000
    await archive.commit(
        ChangeTicket(ticket_id=ticket.id, fields={"details": long, "solution": "s" * LONGEST}),
        *(
            entry(ticket.id, "task", START + timedelta(minutes=n), data={"what": f"{n} {long[:5_000]}"})
            for n in range(5)
        ),
        *(event(ticket.id, "status_asked", START) for _ in range(5)),
        event(other.id, "status_asked", START),
    )
    line, second = await lines(archive, team=team)
    assert (len(line.details), line.details[-1]) == (LONGEST, "…")
    assert line.solution == "s" * LONGEST
    assert [each.data["what"][:2] for each in line.entries] == ["0 ", "1 ", "2 "]
    assert {len(each.data["what"]) for each in line.entries} == {2_000}
    assert (len(line.enquiries), len(second.enquiries)) == (3, 1)
