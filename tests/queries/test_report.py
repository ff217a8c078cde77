"""Figures as the store tells them, on both databases: the same as the definitions tell of the same history, however it is read."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from services.store.models import Ticket, table
from services.store.queries import report as code
from shared.bus.errors import RemoteError
from shared.messages.changeset import AddEvent, ChangeTicket, OpenTicket, Operation
from shared.messages.documents import PutDocument
from shared.messages.reports import DrawAnswer, DrawQuery, ReportAnswer, ReportQuery
from shared.reports import (
    NAMES,
    Deed,
    Improving,
    Judged,
    Period,
    Prevention,
    Report,
    Run,
    Scope,
    Spent,
    Suggested,
    TicketRow,
)
from shared.reports.drawing import checksum, drawn
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")

SINCE, UNTIL = START - timedelta(days=7), START
CHANNEL = "api"
ANNA = "anna@acme.example"


def at(hours: float) -> datetime:
    return SINCE + timedelta(hours=hours)


class History:
    """Tickets of a few teams, as operations for the store and as the rows that figures are defined by."""

    def __init__(self, archive: Archive) -> None:
        self.archive = archive
        self.tickets: list[TicketRow] = []
        self.deeds: list[Deed] = []
        self.preventions: list[Prevention] = []
        self.reviews: list[Judged] = []
        self.improvements: list[Improving] = []

    async def ticket(
        self, hours: float, *, runs: Sequence[Run] = (), parts: Sequence[Spent] = (), suggested: Sequence[Suggested] = (),
        deeds: Sequence[tuple[str, float, dict[str, Any]]] = (), prevention: dict[str, Any] | None = None, **fields: Any,
    ) -> int:  # fmt: skip
        """One of them; gives its number. ``deeds``: what, when, and the event's data with its ``actor``."""
        ticket_id = uuid4().hex
        opened = {
            name: fields.pop(name)
            for name in ("team", "category", "subject", "problem", "internal", "tags")
            if name in fields
        }
        opened = {"channel": CHANNEL, "inbox": "support", "language": "en", "subject": "", **opened}
        operations: list[Operation] = [OpenTicket(**{"ticket_id": ticket_id, "created_at": at(hours), **opened})]
        state = {
            "sla": {"past": [_run(run) for run in runs if run.ended_at], "open": [_run(run) for run in runs if not run.ended_at]},
            "time": {"parts": [[part.status, part.team or None, None, part.seconds, part.worked] for part in parts]},
            "suggested": {
                each.target: {"value": opened.get("category") if each.right else "else", "model": each.model, "decided": each.decided}
                for each in suggested
            },
        }  # fmt: skip
        changes = fields | (prevention or {})
        written = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in changes.items()}
        operations.append(ChangeTicket(ticket_id=ticket_id, fields=written, state=state))
        for what, when, data in deeds:
            actor = data.pop("actor", "system")
            operations.append(AddEvent(what=what, ticket_id=ticket_id, actor=actor, data=data, at=at(when)))
        await self.archive.commit(*operations)
        ticket = table(Ticket)
        async with self.archive.context.reader.snapshot() as connection:
            number = (await connection.scalars(select(ticket.c.number).where(ticket.c.id == ticket_id))).one()
        counts = fields.get("status") not in ("spam", "merged") and not opened.get("internal")
        if counts:
            self._note(number, hours, opened, fields, runs, parts, suggested, prevention)
        return number if counts else 0

    def _note(self, number: int, hours: float, opened: Any, fields: Any, *kept: Any) -> None:
        runs, parts, suggested, prevention = kept
        solved = fields.get("solved_at")
        self.tickets.append(
            TicketRow(
                number=number,
                status=fields.get("status", "new"),
                created_at=at(hours),
                channel=CHANNEL,
                category=opened.get("category") or "",
                team=opened.get("team") or "",
                agent=fields.get("assignee") or "",
                imported="imported" in opened.get("tags", ()),
                touched=bool(fields.get("first_responded_at") or solved),
                first_responded_at=fields.get("first_responded_at"),
                over_at=solved or fields.get("closed_at"),
                runs=runs,
                spent=parts,
                suggested=suggested,
                words=f"{opened['subject']}\n{opened.get('problem', '')}",
            )
        )
        if prevention:
            self.preventions.append(
                Prevention(
                    number,
                    prevention["preventive_action"],
                    prevention.get("preventive_owner", ""),
                    prevention.get("preventive_due"),
                    prevention.get("preventive_verified_at"),
                    opened.get("team") or "",
                )
            )

    def deed(self, what: str, hours: float, number: int, who: str = "", **more: Any) -> None:
        """What the definitions are to be shown of an event."""
        row = next(row for row in self.tickets if row.number == number)
        self.deeds.append(Deed(what, at(hours), number, who, row.channel, row.category, row.team, **more))

    def told(self, names: Sequence[str], *, compare: bool = False) -> Report:
        """The figures by their definitions."""
        scope = Scope(Period(SINCE, UNTIL), Period(SINCE - (UNTIL - SINCE), SINCE), ZoneInfo("UTC"))
        report = Report(names, scope, compare=compare)
        report.tickets(sorted(self.tickets, key=lambda row: -row.number))
        report.deeds(sorted(self.deeds, key=lambda deed: deed.at))
        report.preventions(sorted(self.preventions, key=lambda row: -row.number))
        report.reviews(self.reviews)
        report.improvements(self.improvements)
        return report


def _run(run: Run) -> dict[str, Any]:
    times = {name: getattr(run, name) for name in ("started_at", "met_at", "ended_at", "breached_at")}
    held = {name: value.isoformat() for name, value in times.items() if value is not None}
    target = {} if run.target is None else {"target_seconds": run.target}
    return {"clock": run.clock, "elapsed_seconds": run.worked, "policy": run.policy, **held, **target}


async def history(archive: Archive) -> History:
    """Every kind of thing that a figure looks at, in the week, the week before, and left out."""
    made = History(archive)

    async def plain(hours: float, **fields: Any) -> int:
        return await made.ticket(hours, **fields)

    first = Run("first_response", at(1), at(3), at(3), None, 5_400.0, 14_400.0, "std")
    late = Run("next_response", at(4), at(9), at(9), at(8), 18_000.0, 14_400.0, "std")
    solved = Run("resolution", at(1), at(20), at(20), None, 30_000.0)
    again = Run("resolution", at(40), None, None, at(50), 0.0, 36_000.0, "vip")
    one = await plain(
        1, team="technical", category="order", subject="The valve leaks", problem="The valve leaks again", status="open",
        assignee=ANNA, first_responded_at=at(3), runs=[first, late, solved, again],
        suggested=[Suggested("m", "category", True, True)], satisfaction={"score": 5, "words": "Better now"},
        deeds=[
            ("message_sent", 3, {"actor": "token:crm"}), ("message_sent", 4, {"actor": "token:crm", "kind": "message"}),
            ("status_changed", 20, {"actor": "token:crm", "from": "open", "to": "solved"}),
            ("satisfaction_given", 21, {"score": 2, "words": False}),
            ("status_changed", 40, {"actor": "customer", "from": "solved", "to": "open"}),
            ("satisfaction_given", 41, {"score": 5, "words": True}),
        ],
    )  # fmt: skip
    for what, hours, more in (
        ("answered", 3, {"who": "token:crm"}), ("solved", 20, {"who": "token:crm"}), ("rated", 21, {"score": 2}),
        ("reopened", 40, {}), ("rated", 41, {"score": 5, "words": "Better now"}),
    ):  # fmt: skip
        made.deed(what, hours, one, **more)
    # Solved together with its answer; with its time.
    end = Run("resolution", at(-30), at(30), at(30), None, 40_000.0, 90_000.0, "std")
    waits = Run("next_response", at(10), at(30), at(30), None, 20_000.0)
    two = await plain(
        -30, team="billing", category="billing", subject="Invoice", status="closed", assignee="piotr@acme.example",
        first_responded_at=at(-20), solved_at=at(30), closed_at=at(35), runs=[end, waits],
        parts=[Spent("new", "", 600.0, 300.0), Spent("open", "billing", 7_200.0, 3_600.0), Spent("pending", "billing", 9.0, 3.0)],
        suggested=[Suggested("m", "category", False, False)],
        deeds=[
            ("message_sent", 30, {"actor": f"agent:{ANNA}"}),
            ("status_changed", 30, {"actor": f"agent:{ANNA}", "from": "open", "to": "solved"}),
        ],
        prevention={"preventive_action": "Check twice", "preventive_owner": "Ewa", "preventive_due": at(50)},
    )  # fmt: skip
    made.deed("answered", 30, two, who=ANNA)
    made.deed("solved", 30, two, who=ANNA)
    await plain(2, category="order", subject="valve", tags=["imported"], status="closed", closed_at=at(3))
    past = Run("resolution", at(-100), at(-90), at(-90))
    await plain(-100, subject="valves", team="technical", status="closed", closed_at=at(-90), runs=[past])
    for hours in (5, 6, 7):
        await plain(hours, subject="The Valve!", team="technical")
    await plain(8, subject="valve", status="spam", runs=[first], prevention={"preventive_action": "none"})
    await plain(8, subject="valve", internal=True)
    # An old register's preventive action is nobody's here; of a ticket that lives on it is.
    old: dict[str, Any] = {"tags": ["imported"], "status": "closed", "closed_at": at(-200)}
    elsewhere = await plain(-300, **old, prevention={"preventive_action": "Long ago"})
    made.preventions = [each for each in made.preventions if each.number != elsewhere]
    lives = Run("resolution", at(12), at(13), at(13))
    await plain(-300, **old, runs=[lives], prevention={"preventive_action": "Still to do", "preventive_due": at(13)})
    await plain(
        9,
        status="closed",
        closed_at=at(10),
        prevention={"preventive_action": "New seals", "preventive_verified_at": at(11)},
    )
    await _documents(made, one)
    return made


async def _documents(made: History, number: int) -> None:
    review = {
        "number": number, "agent": ANNA, "team": "technical", "channel": CHANNEL, "category": "order", "scale": 2,
        "scores": {"polite": 2, "correct": 1, "complete": None}, "score": 0.75, "done_at": at(60).isoformat(),
    }  # fmt: skip
    common: dict[str, Any] = {"made_at": at(1), "changed_at": at(60)}
    await made.archive.commit(
        PutDocument(kind="review", id=uuid4().hex, state="done", body=review, **common),
        PutDocument(kind="review", id=uuid4().hex, state="open", body=review | {"score": None, "done_at": None}, **common),
        PutDocument(
            kind="improvement", id=uuid4().hex, state="accepted", **common,
            body={"kind": "tool", "status": "accepted", "owner": ANNA, "due": at(20).isoformat(), "done_at": None},
        ),
    )  # fmt: skip
    made.reviews.append(Judged(number, ANNA, "technical", at(60), 0.75, {"polite": 1.0, "correct": 0.5}, at(1)))
    made.reviews.append(Judged(number, ANNA, "technical", None, None, {}, at(1)))
    made.improvements.append(Improving("tool", "accepted", at(1), at(20), None))


async def ask(archive: Archive, names: Sequence[str] = NAMES, **more: Any) -> ReportAnswer:
    query = ReportQuery(**{"names": list(names), "since": SINCE, "until": UNTIL, "channel": CHANNEL} | more)
    answer: ReportAnswer = await archive.ask("report", query, ReportAnswer)
    return answer


async def test_the_store_tells_what_the_definitions_tell(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await history(archive)
    expected = made.told(NAMES, compare=True)
    answer = await ask(archive, compare=True)
    for told, right in zip(answer.tables, expected.tables(), strict=True):
        assert told == right, told.name
    assert answer.previous == expected.previous()
    assert (answer.before, answer.more) == (SINCE - (UNTIL - SINCE), False)
    summary = {row["figure"]: row["value"] for row in answer.tables[0].told()}
    # Five were opened in the week that count, four of them are open; the answers of ticket one: 2 (before it was opened again) and 5.
    assert (summary["opened"], summary["satisfaction"], summary["solutions"]) == (5, 3.5, 3)
    assert next(each for each in answer.tables if each.name == "prevention").rows == [[2, 2, 1]]
    monkeypatch.setattr(code, "STRETCH", 1)
    assert await ask(archive, compare=True) == answer
    monkeypatch.setattr(code, "STRETCH", 3)
    assert await ask(archive, compare=True) == answer
    # Each by itself is what it is among others.
    for name in ("volume", "satisfaction", "workload", "summary"):
        alone = await ask(archive, [name])
        assert alone.tables == [table for table in answer.tables if table.report == name]


async def test_while_a_report_is_made_everybody_else_has_a_turn_after_a_few_rows(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, team = History(archive), uuid4().hex
    for hours in range(5):
        await made.ticket(hours - 9_000, subject="A turn", team=team)  # long before what other tests ask for
    turns, seen, show = 0, [], Report.tickets

    def shown(self: Report, rows: Sequence[TicketRow]) -> None:
        seen.append((len(rows), turns))
        show(self, rows)

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    monkeypatch.setattr(code, "PIECE", 2)
    monkeypatch.setattr(Report, "tickets", shown)
    taking_turns = asyncio.create_task(others())
    await ask(archive, ["volume"], team=team)
    taking_turns.cancel()
    assert len(seen) == 3
    assert max(count for count, _ in seen) == 2
    assert all(before < after for (_, before), (_, after) in pairwise(seen))


async def test_a_report_is_narrowed_to_a_team_an_agent_or_a_category(archive: Archive) -> None:
    async def count(name: str, column: str, **narrowed: Any) -> Any:
        answer = await ask(archive, [name], **narrowed)
        return answer.tables[0].told()[0][column]

    assert await count("volume", "opened") == 5
    assert await count("volume", "opened", team="technical") == 4
    assert await count("volume", "opened", category="order") == 1
    assert await count("volume", "opened", category="") == 4
    assert await count("volume", "opened", team="nobody") == 0
    assert await count("workload", "answers", agent=ANNA.upper()) == 1
    assert await count("backlog", "open", agent=ANNA) == 1
    assert await count("quality", "reviews", agent=ANNA) == 1
    assert await count("quality", "reviews", team="billing") == 0
    assert await count("satisfaction", "mean", agent=ANNA) == 3.5


@pytest.mark.parametrize(
    "wrong",
    [
        {"names": ["nothing"]}, {"until": SINCE}, {"since": datetime(9000, 1, 1, tzinfo=START.tzinfo)}, {"before": UNTIL},
        {"since": datetime(1, 1, 2, tzinfo=START.tzinfo)}, {"since": datetime(2026, 1, 1)},
    ],
)  # fmt: skip
async def test_what_is_no_period_or_no_report_is_refused(archive: Archive, wrong: dict[str, Any]) -> None:
    with pytest.raises(RemoteError) as refused:
        await ask(archive, **wrong)
    assert refused.value.kind == "invalid"


async def test_tickets_are_drawn_from_what_was_finished_and_never_twice_for_one_reviewer(archive: Archive) -> None:
    team, reviewer = uuid4().hex, f"agent:{uuid4().hex}"
    made = History(archive)
    done = [
        await made.ticket(hours, team=team, status="closed", closed_at=at(hours + 1), subject="A pump", assignee=ANNA)
        for hours in range(8)
    ]
    await made.ticket(1, team=team, subject="still open")
    await made.ticket(1, team=team, status="closed", closed_at=UNTIL, subject="later")
    await made.ticket(1, team=team, status="closed", closed_at=at(2), internal=True)
    await made.ticket(1, team=team, status="closed", closed_at=at(2), tags=["imported"])

    async def draw(**more: Any) -> DrawAnswer:
        query = DrawQuery(since=SINCE, until=UNTIL, seed="s", reviewer=reviewer, team=team, **more)
        answer: DrawAnswer = await archive.ask("draw", query, DrawAnswer)
        return answer

    first = await draw(count=3)
    assert [each.number for each in first.tickets] == drawn("s", done, 3)
    assert (first.candidates, first.left_out, first.checksum) == (8, 0, checksum(done))
    assert (first.tickets[0].agent, first.tickets[0].team, first.tickets[0].subject) == (ANNA, team, "A pump")
    for each in first.tickets:
        review = PutDocument(
            kind="review", id=uuid4().hex, number=each.number, made_by=reviewer, made_at=START, changed_at=START
        )
        await archive.commit(review)
    rest = await draw(count=50)
    assert {each.number for each in rest.tickets} == set(done) - {each.number for each in first.tickets}
    assert (rest.candidates, rest.left_out) == (5, 3)
    assert (await draw(agent="piotr@acme.example")).tickets == []
    assert len((await draw(agent=ANNA, count=2)).tickets) == 2
