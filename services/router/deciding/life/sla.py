"""What a ticket's SLA asks of us: which clocks run, from when, and what follows when one warns or runs out.

- *First response* runs from the beginning of a customer's ticket to our first answer.
- *Next response* runs from a customer's message to our answer to it, once the first is given. Notes and what is sent by itself answer
  nothing.
- *Resolution* runs from the ticket's beginning until it is solved; reopened, it runs once more.

One run of each is open at most. All stand still while the ticket is in a status that pauses them, and are over when it is solved. Which
SLA counts is looked up whenever something happens to the ticket: what has passed stays, only the target and the hours are others.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.router.deciding.life import clocks
from services.router.deciding.life.clocks import Cycle
from services.router.deciding.life.living import Living
from services.router.deciding.terms import Terms, terms
from shared.calendars import AROUND_THE_CLOCK
from shared.messages.changeset import AddMessage, ChangeTicket, OpenTicket
from shared.messages.outbound import TimerDue
from shared.messages.parts import Reason
from shared.messages.sla import Clock

ACTIVE = ("new", "open", "pending", "on_hold")
OVER = ("solved", "closed")
MOST_PAST = 100
"""So many runs that are over are kept, the newest; of older ones the audit trail tells."""

_TIMER = "sla"
_ASKED = "asking_details"
"""Under this `services.router.deciding.life.asking` remembers that the customer was asked for details."""
_COLUMNS: dict[Clock, str] = {
    "first_response": "first_response_due",
    "next_response": "next_response_due",
    "resolution": "resolution_due",
}


@dataclass
class Memory:
    """What is remembered: the runs that are open, by clock, and those that are over, as JSON; how many there were of each; the hours they
    count in, the configuration's version that says so, and when the timer is set for."""

    open: dict[Clock, Cycle] = field(default_factory=dict)
    past: list[dict[str, Any]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    hours: str = ""
    version: str = ""
    timer: datetime | None = None

    @classmethod
    def read(cls, held: dict[str, Any]) -> "Memory":
        """What `written` gave."""
        cycles = [Cycle.read(each) for each in held.get("open", ())]
        timer = held.get("timer")
        return cls(
            open={cycle.clock: cycle for cycle in cycles},
            past=list(held.get("past", ())),
            numbers=dict(held.get("numbers", {})),
            hours=held.get("hours", ""),
            version=held.get("version", ""),
            timer=datetime.fromisoformat(timer) if timer else None,
        )

    def written(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "open": [cycle.written() for cycle in self.open.values()],
            "past": self.past[-MOST_PAST:],
            "numbers": self.numbers,
            "hours": self.hours,
            "version": self.version,
            "timer": self.timer.isoformat() if self.timer else None,
        }


def keep(living: Living) -> None:
    """Let the clocks follow what has happened to the ticket."""
    held = living.recall("sla")
    memory = Memory.read(held) if held is not None else Memory() if _begins(living) else None
    if memory is not None:
        _Reckoning(living, memory, terms_for(living)).do()


def wake(living: Living, _timer: TimerDue) -> None:
    """The timer is over: something is due, or was until the configuration was changed."""
    held = living.recall("sla")
    if held is not None:
        memory = Memory.read(held)
        memory.timer = None
        _Reckoning(living, memory, terms_for(living)).do()


def terms_for(living: Living) -> Terms:
    """What counts for the ticket as it will be."""
    ticket = living.ticket
    person = living.facts.people.get(ticket.contact_id or "")
    points = [point.value.lower() for point in person.points if point.verified] if person else ()
    return terms(
        living.policy.agreements,
        priority=ticket.priority,
        category=ticket.category,
        team=ticket.team,
        inbox=ticket.inbox,
        contacts=(ticket.customer.lower(), *points),
        tags=ticket.tags,
    )


def _begins(living: Living) -> bool:
    """Whether clocks begin now in a ticket that has none: it was just opened, or was opened before there were any; or it came out of an
    archive, and now its customer writes or it is opened again."""
    if living.before is None:
        return living.ticket.status in ACTIVE
    return _was_timed(living) or _asked(living) is not None or _revived(living)


def _was_timed(living: Living) -> bool:
    before = living.before
    return before is not None and bool(before.first_response_due or before.next_response_due or before.resolution_due)


def _revived(living: Living) -> bool:
    before = living.before
    return before is not None and before.status not in ACTIVE and living.ticket.status in ACTIVE


def _answered(living: Living) -> bool:
    """Whether somebody of us has answered the customer by this cause."""
    sent = {event.message_id for event in living.happened("message_sent")}
    return any(each.message_id in sent and each.author_kind == "agent" for each in living.messages("out"))


def _asked(living: Living) -> datetime | None:
    """Since when the customer waits for an answer: they wrote, or said that it is not solved; null: they do not."""
    for event in living.happened("message_received"):
        if event.data.get("automatic") is None and event.data.get("rule") != "repeated content":
            message = next((each for each in living.messages("in") if each.message_id == event.message_id), None)
            return _not_later(living.now, message)
    if living.happened("solution_rejected"):
        return living.now
    sources = (living.facts.tickets.get(str(each.data.get("from"))) for each in living.happened("merge_received"))
    return min(filter(None, (_waits_since(each.state) for each in sources if each is not None)), default=None)


def _waits_since(state: dict[str, Any]) -> datetime | None:
    """Since when the customer waits for an answer in a ticket that remembers this; null: they do not."""
    runs = map(Cycle.read, (state.get("sla") or {}).get("open", ()))
    return min((run.started_at for run in runs if run.clock != "resolution"), default=None)


def _taken_back(living: Living) -> set[datetime]:
    """Since when the customer waited in tickets that were part of this one and are no more."""
    away = {event.data.get("to") for event in living.happened("merge_given_back")}
    changes = (each for each in living.draft.operations if isinstance(each, ChangeTicket)) if away else ()
    return {since for each in changes if each.ticket_id in away and (since := _waits_since(each.state)) is not None}


def _not_later(now: datetime, message: AddMessage | None) -> datetime:
    return now if message is None else min(now, message.created_at)


@dataclass
class _Reckoning:
    """A ticket's clocks while they follow what has happened."""

    living: Living
    memory: Memory
    terms: Terms

    def do(self) -> None:
        """First what ran out before this happened, then what this ends and begins, then by whose terms it goes on."""
        self._strike(happening=True)
        self._end()
        self._agree()
        self._begin()
        self._pause()
        self._strike()
        self._show()

    def _strike(self, *, happening: bool = False) -> None:
        for cycle in self.memory.open.values():
            what = clocks.strike(cycle, self.living.now, happening=happening)
            if what is not None:
                self._tell(what, cycle)

    def _tell(self, what: str, cycle: Cycle) -> None:
        due = cycle.breached_at or cycle.due
        entry = self.living.event(
            what,
            clock=cycle.clock,
            cycle=cycle.cycle,
            policy=cycle.policy,
            target_seconds=cycle.target_seconds,
            due=due.isoformat() if due else None,
        )
        # Time runs out by itself, whoever's doing shows it.
        entry.actor, entry.channel = "system", ""

    def _end(self) -> None:
        ticket = self.living.ticket
        if ticket.status not in ACTIVE:
            self._finish(tuple(self.memory.open), met=ticket.status in OVER)
            return
        answered = _answered(self.living)
        if answered or ticket.first_responded_at is not None:
            self._finish(("first_response",), met=True)
        if answered:
            self._finish(("next_response",), met=True)
        waiting = self.memory.open.get("next_response")
        if waiting is not None and waiting.started_at in _taken_back(self.living):
            self._finish(("next_response",), met=False)

    def _finish(self, which: tuple[Clock, ...], *, met: bool) -> None:
        calendar = self.living.policy.calendars.get(self.memory.hours, AROUND_THE_CLOCK)
        for clock in which:
            cycle = self.memory.open.pop(clock, None)
            if cycle is not None:
                clocks.finish(cycle, calendar, self.living.now, met=met)
                self.memory.past.append(cycle.written())

    def _begin(self) -> None:
        living, ticket, opened = self.living, self.living.ticket, self.living.recall("sla") is None
        if ticket.status not in ACTIVE:
            return
        whole = opened and (living.before is None or _was_timed(living))
        start = min(ticket.created_at, living.now)
        unanswered = ticket.first_responded_at is None and not ticket.internal
        if whole:
            self._open("resolution", start)
            if unanswered:
                self._open("first_response", start)
        elif _revived(living):
            self._open("resolution", living.now)
            if unanswered and living.before is not None and living.before.status in ("spam", "merged"):
                self._open("first_response", living.now)
        since = _asked(living)
        if since is not None and not ticket.internal and "first_response" not in self.memory.open:
            self._open("next_response", since)

    def _open(self, clock: Clock, at: datetime) -> None:
        if clock not in self.memory.open:
            number = self.memory.numbers[clock] = self.memory.numbers.get(clock, 0) + 1
            self.memory.open[clock] = clocks.begin(clock, number, at, self.terms)

    def _agree(self) -> None:
        """The terms of now count for the runs that are open."""
        memory, now = self.memory, self.living.now
        calendar = self.living.policy.calendars.get(memory.hours, AROUND_THE_CLOCK)
        same = memory.hours == self.terms.hours and memory.version == self.living.policy.version
        other = [each for each in memory.open.values() if not (same and clocks.counts_by(each, self.terms))]
        for name in dict.fromkeys(each.policy for each in other if each.policy != self.terms.policy):
            self.living.event("sla_changed", **{"from": name, "to": self.terms.policy})
            self.living.change(reasons=self._reason())
        for cycle in other:
            clocks.agree(cycle, self.terms, calendar, now)
        memory.hours, memory.version = self.terms.hours, self.living.policy.version

    def _pause(self) -> None:
        # Whoever was asked for details is waited for, whatever else a policy pauses for.
        paused = self.living.ticket.status in self.terms.pauses or self.living.recall(_ASKED) is not None
        for cycle in self.memory.open.values():
            if paused and cycle.paused_at is None:
                clocks.pause(cycle, self.terms.calendar, self.living.now)
            elif not paused and cycle.paused_at is not None:
                clocks.resume(cycle, self.terms, self.living.now)

    def _show(self) -> None:
        """The ticket's columns, its timer, and what is remembered."""
        living, memory = self.living, self.memory
        dues = {column: _due(memory.open.get(clock)) for clock, column in _COLUMNS.items()}
        changed = {column: due for column, due in dues.items() if getattr(living.ticket, column) != due}
        reasons = self._corrected()
        if changed or reasons:
            living.change(reasons=reasons, **changed)
        following = min(filter(None, map(clocks.next_at, memory.open.values())), default=None)
        if following != memory.timer:
            if following is not None:
                living.timer(_TIMER, following)
            else:
                living.cancel(_TIMER)
            memory.timer = following
        written = memory.written()
        if written != living.recall("sla"):
            living.remember("sla", written)

    def _corrected(self) -> dict[str, Any]:
        """What was said of a ticket's SLA when it was opened, where a rule has made it another one since."""
        for operation in self.living.draft.operations:
            if isinstance(operation, OpenTicket) and operation.ticket_id == self.living.ticket_id:
                said = operation.reasons.get("sla")
                return self._reason() if (said.evidence if said else "") != self.terms.policy else {}
        return {}

    def _reason(self) -> dict[str, Reason]:
        return self.terms.reason or {"sla": Reason(rule="no policy applies")}


def _due(cycle: Cycle | None) -> datetime | None:
    return cycle.due if cycle is not None else None
