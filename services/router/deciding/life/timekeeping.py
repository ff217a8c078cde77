"""Where a ticket's time goes: how long it was in each status, with which team and agent; on the clock and in working time.

Counted only when one of the three changes, or the working hours: until then all is as it was, and the time that has passed since is
known without writing it down.
"""

from datetime import datetime
from typing import Any

from services.router.deciding.life.living import Living
from services.router.deciding.terms import between
from shared.calendars import AROUND_THE_CLOCK

MOST_PARTS = 200
"""More combinations than any ticket sees; what comes beyond counts for its status alone."""

Place = list[str | None]
"""Status, team, agent."""


def keep(living: Living) -> None:
    """Count the time up to now, if from now on it counts elsewhere."""
    ticket, held = living.ticket, living.recall("time")
    place: Place = [ticket.status, ticket.team, ticket.assignee]
    if held is None:
        since = ticket.created_at if living.before is None else living.now
        to = min(since, living.now).isoformat()
        living.remember("time", {"to": to, "in": place, "hours": _hours(living), "parts": []})
    elif (held["in"], held["hours"]) != (place, _hours(living)):
        living.remember("time", _counted(held, living) | {"in": place, "hours": _hours(living)})


def _hours(living: Living) -> str:
    """The working hours of the ticket's SLA; empty: around the clock."""
    held: dict[str, str] = living.recall("sla") or {}
    return held.get("hours", "")


def _counted(held: dict[str, Any], living: Living) -> dict[str, Any]:
    since, now = datetime.fromisoformat(held["to"]), living.now
    if now <= since:
        return held
    calendar = living.policy.calendars.get(held["hours"], AROUND_THE_CLOCK)
    passed = (now - since).total_seconds(), between(calendar, since, now).total_seconds()
    return held | {"to": now.isoformat(), "parts": _added(held["parts"], held["in"], *passed)}


def _added(parts: list[list[Any]], place: Place, seconds: float, working: float) -> list[list[Any]]:
    """The parts, each status, team, agent, seconds and working seconds, with so much more in one of them."""
    known = any(part[:3] == place for part in parts)
    if not known and len(parts) >= MOST_PARTS:
        place = [place[0], None, None]
        known = any(part[:3] == place for part in parts)
    if not known:
        return [*parts, [*place, seconds, working]]
    return [
        [*place, round(part[3] + seconds, 6), round(part[4] + working, 6)] if part[:3] == place else part
        for part in parts
    ]
