"""The clocks of a ticket over the API, through real processes: due times, figures per run, and where the time went."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.desk.times import up_to
from services.store.service import StoreService
from shared.calendars import WorkingCalendar
from shared.messages.sla import HandlingTime, SlaCycle, TimeSpent
from shared.messages.ticket import TicketView
from shared.settings.effective import effective
from shared.settings.policy import Team
from shared.settings.targets import Sla, Span
from tests.desk.house import House, running, until

_together = pytest.mark.asyncio(loop_scope="module")


async def opened(house: House) -> dict[str, Any]:
    body = {"subject": "Printer", "text": "It does not print.", "contact": "ana@customer.example"}
    answer = await house.api.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    ticket: dict[str, Any] = answer.json()
    return ticket


@_together
async def test_a_ticket_shows_when_it_is_due_and_every_run_of_its_clocks(house: House) -> None:
    ticket = await opened(house)
    path = f"/api/v1/tickets/{ticket['number']}"
    created = datetime.fromisoformat(ticket["created_at"])
    runs = {run["clock"]: run for run in ticket["sla"]}
    assert set(runs) == {"first_response", "resolution"}
    assert runs["first_response"]["due"] == ticket["first_response_due"]
    assert datetime.fromisoformat(ticket["first_response_due"]) == created + timedelta(hours=8)
    assert runs["resolution"]["policy"] == "standard"

    assert (await house.api.post(f"{path}/replies", json={"text": "Is it on?"})).status_code == 201
    await house.api.patch(path, json={"team": "technical", "assignee": "anna@acme.example"})
    solved = (await house.api.post(f"{path}/solve", json={"summary": "It was off."})).json()
    assert solved["first_response_due"] is solved["resolution_due"] is None
    assert {run["clock"] for run in solved["sla"] if run["met_at"] and not run["breached_at"]} == set(runs)

    again = (await house.api.post(f"{path}/reopen", json={})).json()
    assert [(run["clock"], run["cycle"]) for run in again["sla"] if run["ended_at"] is None] == [("resolution", 2)]
    assert again["resolution_due"] > ticket["resolution_due"]
    live = (await house.api.get(f"{path}/times")).json()
    assert [run["due"] for run in live["sla"]] == [run["due"] for run in again["sla"]]
    time = live["time"]
    assert time["now_in"]["status"] == "open"
    assert (time["now_in"]["team"], time["now_in"]["agent"]) == ("technical", "anna@acme.example")
    assert {"new", "open", "solved"} <= set(time["by_status"])
    assert set(time["by_team"]) == {"technical"}
    spent = sum(part["seconds"] for part in time["parts"])
    assert spent == pytest.approx((datetime.fromisoformat(time["counted_to"]) - created).total_seconds(), abs=1e-3)
    assert [part["status"] for part in time["parts"]] == ["new", "open", "open", "solved"]
    assert again["time"]["counted_to"] < time["counted_to"], "the ticket itself stays as it is until something happens"
    listed = (await house.api.get("/api/v1/tickets")).json()["items"][0]
    assert [run["cycle"] for run in listed["sla"]] == [run["cycle"] for run in again["sla"]]


class Hurried(House):
    """A house that promises a first answer within two seconds, to a team of one."""

    async def configure(self) -> None:
        hurried = Sla(name="hurried", first_response=timedelta(seconds=2), resolution=timedelta(days=30), warn_at=0.05)
        team = Team(name="technical", members=("boris@acme.example",))
        settings = self.contexts["store"].settings
        theirs = tuple(category.model_copy(update={"team": team.name}) for category in settings.category)
        settings = settings.model_copy(update={"sla": (hurried,), "team": (team,), "category": theirs})
        configuration = effective(settings)
        await self.store.commit_configuration(configuration, configuration["version"])

    async def told(self, number: str) -> tuple[list[str], list[str]]:
        """What happened to a ticket's clocks, and what was sent because of it."""
        ticket = (await self.api.get(f"/api/v1/tickets/{number}")).json()
        happened = [event["what"] for event in ticket["events"] if event["what"].startswith("sla_")]
        return happened, [each["to"] for each in ticket["deliveries"] if each["kind"] == "alert"]


async def test_a_target_that_runs_out_while_nothing_runs_is_told_of_once_afterwards(tmp_path: Path) -> None:
    async with running(tmp_path, kind=Hurried) as house:
        ticket = await opened(house)
        due = datetime.fromisoformat(ticket["first_response_due"])

        async def warned() -> bool:
            return bool((await house.told(ticket["number"]))[0])

        await until(warned)
        so_far, before = await house.told(ticket["number"])
        await house.router.stop()
        await house.store.stop()

        async def over() -> bool:
            return datetime.now(UTC) > due

        await until(over)
        house.store = StoreService(house.contexts["store"], database_url="")
        await house.store.start()
        await house.start_router()

        async def breached() -> bool:
            return "sla_breached" in (await house.told(ticket["number"]))[0]

        await until(breached)
        happened, sent = await house.told(ticket["number"])
        # On a slow machine it may have been missed before all was stopped, or before anybody was warned.
        assert happened == (["sla_warning", "sla_breached"] if so_far[0] == "sla_warning" else ["sla_breached"])
        assert sent == ([*before, "boris@acme.example"] if so_far == ["sla_warning"] else before)


AT = datetime(2026, 3, 2, 11, 30, tzinfo=UTC)
CALENDARS = {"office": WorkingCalendar("UTC", {"mon": (Span(480, 720), Span(780, 1020))})}


def shown(**more: Any) -> TicketView:
    time = HandlingTime(
        counted_to=AT,
        hours="office",
        now_in=TimeSpent(status="open", team="technical", agent="anna"),
        parts=[
            TimeSpent(status="new", team="technical", seconds=90, working_seconds=60),
            TimeSpent(status="open", team="technical", agent="anna", seconds=10, working_seconds=10),
        ],
        by_status={"new": 60.0, "open": 10.0},
        by_team={"technical": 70.0},
        by_agent={"anna": 10.0},
    )
    fields: dict[str, Any] = {
        "id": "t", "number": "T-1001", "subject": "Printer", "status": "open", "priority": "normal", "channel": "email",
        "inbox": "support", "language": "en", "created_at": AT, "updated_at": AT, "time": time,
    }  # fmt: skip
    return TicketView.model_validate(fields | more)


def test_what_runs_is_counted_up_to_the_moment_of_asking_in_working_time() -> None:
    running = SlaCycle(clock="resolution", started_at=AT, elapsed_seconds=600, counted_to=AT)
    paused = SlaCycle(clock="next_response", started_at=AT, elapsed_seconds=5, paused_at=AT, paused_seconds=1)
    over = SlaCycle(clock="first_response", started_at=AT, elapsed_seconds=7, ended_at=AT, met_at=AT)
    later = AT + timedelta(hours=2)
    view = up_to(shown(sla=[running, paused, over]), CALENDARS, later)
    # An hour of lunch is between.
    assert [run.elapsed_seconds for run in view.sla] == [600 + 3600, 5, 7]
    assert [run.paused_seconds for run in view.sla] == [0, 7201, 0]
    assert view.time is not None
    assert view.time.parts[1] == TimeSpent(
        status="open", team="technical", agent="anna", seconds=7210, working_seconds=3610
    )
    assert (view.time.by_status, view.time.by_team) == ({"new": 60.0, "open": 3610.0}, {"technical": 3670.0})
    assert (view.time.by_agent, view.time.counted_to) == ({"anna": 3610.0}, later)


def test_asking_earlier_than_what_was_counted_changes_nothing() -> None:
    assert up_to(shown(), CALENDARS, AT - timedelta(hours=1)).time == shown().time
