"""What a ticket remembers of its time, as the API shows it."""

from datetime import UTC, datetime
from typing import Any

from services.store.queries.timing import sla_view, time_view
from shared.messages.sla import TimeSpent

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_runs_are_shown_in_the_order_in_which_they_began_those_that_are_over_too() -> None:
    later = {"clock": "next_response", "cycle": 1, "started_at": "2026-03-02T11:00:00+00:00"}
    over = {"clock": "first_response", "cycle": 1, "started_at": AT.isoformat(), "met_at": "2026-03-02T10:00:00+00:00"}
    whole = {"clock": "resolution", "cycle": 1, "started_at": AT.isoformat(), "target_seconds": 28800.0}
    found = sla_view({"sla": {"open": [whole, later], "past": [over]}})
    assert [run.clock for run in found] == ["first_response", "resolution", "next_response"]
    assert found[0].met_at == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_time_is_summed_up_by_status_and_for_team_and_agent_only_while_it_was_theirs_to_work_on() -> None:
    held: dict[str, Any] = {
        "to": AT.isoformat(), "in": ["solved", "technical", "anna"], "hours": "office",
        "parts": [["new", None, None, 90, 60], ["open", "technical", None, 30, 30], ["open", "technical", "anna", 8, 7],
                  ["pending", "technical", "anna", 500, 100], ["open", "billing", "anna", 1, 1]],
    }  # fmt: skip
    found = time_view({"time": held})
    assert found is not None
    assert found.by_status == {"new": 60, "open": 38, "pending": 100}
    assert found.by_team == {"technical": 37, "billing": 1}
    assert found.by_agent == {"anna": 8}
    assert (found.counted_to, found.hours) == (AT, "office")
    assert found.now_in == TimeSpent(status="solved", team="technical", agent="anna")
    assert found.parts[0] == TimeSpent(status="new", seconds=90, working_seconds=60)


def test_a_ticket_that_remembers_nothing_shows_nothing() -> None:
    assert sla_view({}) == []
    assert time_view({}) is None
