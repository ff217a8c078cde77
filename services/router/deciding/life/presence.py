"""Who is there for a ticket, and when: agents' hours and absences. And what a customer is told who writes while nobody is there."""

from datetime import datetime

from services.router.deciding.life.living import Living
from services.router.deciding.life.promising import timezone_of
from shared.calendars import AROUND_THE_CLOCK, WorkingCalendar
from shared.messages.life import AWAY, StaffFact
from shared.messages.outbound import Postscript
from shared.texts.moments import from_when


def candidates(living: Living) -> list[StaffFact]:
    """Who may be given the ticket at all: its team's members; without a team, or where teams have none, everybody who answers customers."""
    staff, team = living.facts.staff, living.ticket.team or ""
    if team in living.policy.teams:
        members = (staff.get(member) for member in living.policy.teams[team])
        return [agent for agent in members if agent is not None and agent.role != "auditor"]
    return [agent for agent in staff.values() if agent.role in ("agent", "lead")]


class Presence:
    """Who is there now, and when next. Most agents have the same hours: each is looked at once."""

    def __init__(self, living: Living) -> None:
        self._living = living
        self._open: dict[str, bool] = {}
        self._next: dict[tuple[str, datetime], datetime | None] = {}

    def now(self, agent: StaffFact) -> bool:
        """Whether they are not away and at work."""
        if agent.away_until is not None and agent.away_until > self._living.now:
            return False
        hours = self._hours(agent)
        if hours not in self._open:
            self._open[hours] = calendar_of_hours(self._living, hours).is_open(self._living.now)
        return self._open[hours]

    def next_anybody(self) -> datetime | None:
        """When the first of those who may be given the ticket is there: now, or later; null: never, as far as anybody knows."""
        return min(filter(None, map(self._next_of, candidates(self._living))), default=None)

    def _next_of(self, agent: StaffFact) -> datetime | None:
        at = max(self._living.now, agent.away_until or self._living.now)
        if at.year >= AWAY.year:
            return None
        key = (self._hours(agent), at)
        if key not in self._next:
            self._next[key] = calendar_of_hours(self._living, key[0]).next_open(at)
        return self._next[key]

    def _hours(self, agent: StaffFact) -> str:
        return self._living.policy.assignment.hours_of(self._living.ticket.team, agent.hours)


def calendar_of_hours(living: Living, hours: str) -> WorkingCalendar:
    return living.policy.calendars.get(hours, AROUND_THE_CLOCK)


def known(living: Living, name: str | None) -> StaffFact | None:
    """An agent by what stands in a ticket; null where nobody asked for them."""
    wanted = (name or "").lower()
    found = living.facts.staff.get(wanted)
    if found is not None or not wanted:
        return found
    return next((each for each in living.facts.staff.values() if each.agent_id.lower() == wanted), None)


def opens_at(living: Living) -> datetime | None:
    """When somebody is there for the ticket, if now nobody is; null: somebody is, or nobody knows. In a team whose tickets are given to
    its members that is when the first of them is expected, else when its hours begin."""
    policy, team = living.policy.assignment, living.ticket.team
    if policy.mode(team) != "off" and candidates(living):
        at = None if living.ticket.assignee else Presence(living).next_anybody()
        return at if at is not None and at > living.now else None
    calendar = calendar_of_hours(living, policy.hours_of(team))
    if calendar is AROUND_THE_CLOCK or calendar.is_open(living.now):
        return None
    return calendar.next_open(living.now)


def admit(living: Living) -> None:
    """The acknowledgement says honestly when somebody is there, if now nobody is. An answer that would be due before is not promised."""
    if living.before is not None or not living.policy.assignment.wanted.tell_when:
        return
    outbound = next((each.outbound for each in living.deliveries() if each.outbound.kind == "acknowledgement"), None)
    at = opens_at(living) if outbound is not None else None
    if outbound is None or at is None:
        return
    zone = timezone_of(living, outbound) or living.policy.record.timezone
    when = {"when": from_when(outbound.language, at, zone)}
    outbound.postscripts.append(Postscript(template="nobody.here", variables=when))
    due = living.ticket.first_response_due
    if due is not None and due < at:
        kept = {name: value for name, value in outbound.variables.items() if name != "expected"}
        outbound.variables = kept | {"expected_seconds": None}
