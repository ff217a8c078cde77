"""``GET /api/v1/tickets/{number}/times``: a ticket's clocks as they are at this moment.

The ticket itself says what was counted when something last happened to it, so that it stays the same until something happens again. Time
has passed since, and how much of it was working time takes the calendar.
"""

from collections.abc import Mapping
from datetime import datetime

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.desk.commanding import BEARER, Reading
from services.desk.problems import responses
from services.desk.tickets import Number
from shared.calendars import AROUND_THE_CLOCK, WorkingCalendar
from shared.clock import now
from shared.messages.sla import AT_WORK, HandlingTime, SlaCycle, TimeSpent
from shared.messages.ticket import TicketView

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[BEARER])


class Times(BaseModel):
    """What `Ticket` has under the same names, counted up to this moment."""

    sla: list[SlaCycle] = Field(default_factory=list)
    time: HandlingTime | None = None


@router.get("/{number}/times", responses=responses(404))
async def show_times(number: Number, who: Reading) -> Times:
    """The clocks of the ticket's SLA and where its time went, counted up to now."""
    return up_to(await who.ticket(number), who.backend.calendars, now())


def up_to(view: TicketView, calendars: Mapping[str, WorkingCalendar], at: datetime) -> Times:
    """Everything that is still counted, counted up to ``at``. Hours that are no longer configured count as around the clock."""
    if view.time is None:
        return Times(sla=view.sla)
    calendar = calendars.get(view.time.hours, AROUND_THE_CLOCK)
    return Times(sla=[_run(cycle, calendar, at) for cycle in view.sla], time=_spent(view.time, calendar, at))


def _run(cycle: SlaCycle, calendar: WorkingCalendar, at: datetime) -> SlaCycle:
    if cycle.paused_at is not None:
        passed = (at - cycle.paused_at).total_seconds()
        return cycle.model_copy(update={"paused_seconds": cycle.paused_seconds + max(passed, 0.0)})
    if cycle.counted_to is None or at <= cycle.counted_to:
        return cycle
    passed = calendar.between(cycle.counted_to, at).total_seconds()
    return cycle.model_copy(update={"elapsed_seconds": cycle.elapsed_seconds + passed, "counted_to": at})


def _spent(time: HandlingTime, calendar: WorkingCalendar, at: datetime) -> HandlingTime:
    if at <= time.counted_to:
        return time
    place = time.now_in
    seconds = (at - time.counted_to).total_seconds()
    working = calendar.between(time.counted_to, at).total_seconds()
    known = any(part.same_place(place) for part in time.parts)
    parts = [
        _longer(part, seconds, working) if part.same_place(place) else part
        for part in (*time.parts, *([] if known else [place]))
    ]
    by_status = _added(time.by_status, place.status, working)
    at_work = working if place.status in AT_WORK else 0.0
    return time.model_copy(
        update={
            "counted_to": at,
            "parts": parts,
            "by_status": by_status,
            "by_team": _added(time.by_team, place.team, at_work),
            "by_agent": _added(time.by_agent, place.agent, at_work),
        }
    )


def _longer(part: TimeSpent, seconds: float, working: float) -> TimeSpent:
    more = {"seconds": part.seconds + seconds, "working_seconds": part.working_seconds + working}
    return part.model_copy(update=more)


def _added(sums: Mapping[str, float], name: str | None, seconds: float) -> dict[str, float]:
    return dict(sums) if name is None or not seconds else {**sums, name: sums.get(name, 0.0) + seconds}
