"""What a ticket remembers of its time, as the API shows it: the clocks of its SLA, and where its time went."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.messages.sla import AT_WORK, HandlingTime, SlaCycle, TimeSpent


def sla_view(state: Mapping[str, Any]) -> list[SlaCycle]:
    """The runs of a ticket's clocks, in the order in which they began; empty where there are none."""
    held = state.get("sla") or {}
    cycles = [SlaCycle.model_validate(each) for each in (*held.get("past", ()), *held.get("open", ()))]
    return sorted(cycles, key=lambda cycle: cycle.started_at)


def time_view(state: Mapping[str, Any]) -> HandlingTime | None:
    """Where a ticket's time went; null where nobody has counted it."""
    held = state.get("time")
    if not held:
        return None
    parts = [
        TimeSpent(status=status, team=team, agent=agent, seconds=seconds, working_seconds=working)
        for status, team, agent, seconds, working in held["parts"]
    ]
    sums: dict[str, dict[str, float]] = {name: defaultdict(float) for name in ("status", "team", "agent")}
    for part in parts:
        sums["status"][part.status] += part.working_seconds
        for name, value in (("team", part.team), ("agent", part.agent)):
            if value is not None and part.status in AT_WORK:
                sums[name][value] += part.working_seconds
    status, team, agent = held["in"]
    return HandlingTime(
        counted_to=datetime.fromisoformat(held["to"]),
        now_in=TimeSpent(status=status, team=team, agent=agent),
        hours=held["hours"],
        parts=parts,
        **{f"by_{name}": dict(values) for name, values in sums.items()},
    )
