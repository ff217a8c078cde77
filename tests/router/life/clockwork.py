"""A world in which time passes: what happens has a time, and timers go off when theirs has come."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.router.deciding.commands import decide_command
from services.router.deciding.consequences import decide_timer
from services.router.deciding.policy import Policy
from shared.messages.changeset import AddEvent, CancelTimer, Changeset, QueueDelivery, SetTimer
from shared.messages.command import Action, Command
from shared.messages.facts import TicketFact, TimerFact
from shared.messages.outbound import TimerDue
from shared.messages.sla import SlaCycle
from shared.settings.targets import Hours, Sla
from tests.router import world as mailing
from tests.router.world import World, mail

OFFICE = Hours.model_validate({
    "name": "office", "timezone": "Europe/Warsaw", "holidays": "PL",
    "week": {day: ["08:00-12:00", "13:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")},
})  # fmt: skip
NIGHTS = Hours.model_validate({
    "name": "nights", "timezone": "Europe/Warsaw", "week": {"sat": ["22:00-24:00"], "sun": ["00:00-06:00"]},
})  # fmt: skip


def sla(name: str = "standard", **more: Any) -> Sla:
    """An SLA in office hours: two hours to the first answer, an hour to each further one, eight to the solution."""
    plain = {"name": name, "first_response": "2h", "next_response": "1h", "resolution": "8h", "hours": "office"}
    return Sla.model_validate(plain | more)


def policy(*slas: Sla, hours: tuple[Hours, ...] = (OFFICE, NIGHTS), **more: Any) -> Policy:
    """The policy of an installation with these SLAs."""
    return mailing.policy(sla=slas or (sla(),), hours=hours, **more)


def warsaw(text: str) -> datetime:
    """A time on the clocks of Warsaw."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Warsaw")).astimezone(UTC)


@dataclass
class Clockwork(World):
    """Everything happens at a time; ``run`` lets time pass. The ticket is the one that the mail called ``first`` opened."""

    policy: Policy = field(default_factory=policy)
    generations: dict[str, int] = field(default_factory=dict)
    fired: list[TimerDue] = field(default_factory=list)

    def _remember(self, operation: object) -> None:
        super()._remember(operation)
        if isinstance(operation, SetTimer):
            generation = self.generations[operation.timer_id] = self.generations.get(operation.timer_id, 0) + 1
            self.state.timers[operation.timer_id] = TimerFact(
                timer_id=operation.timer_id,
                kind=operation.kind,
                ticket_id=operation.ticket_id,
                generation=generation,
                due_at=operation.due_at,
            )
        elif isinstance(operation, CancelTimer):
            self.state.timers.pop(operation.timer_id, None)

    def write(self, name: str, at: datetime, *, refs: tuple[str, ...] = (), **more: Any) -> Changeset:
        """The customer writes a mail."""
        words = {"text": f"It does not print, {name}."} | more
        return self.take(mail(name, refs=refs, received_at=at, **words))

    def act(self, action: Action, at: datetime) -> Changeset:
        """An agent does something."""
        command = Command(
            command_id=f"k{len(self.changesets)}", actor="agent:anna@acme.example", actor_name="Anna", at=at, action=action
        )  # fmt: skip
        changeset = decide_command(command, self.state.model_copy(deep=True), self.policy, at)
        assert self.commit(changeset) == "committed"
        return changeset

    def run(self, until: datetime, *, inclusive: bool = True) -> None:
        """Let timers go off, each at its time, up to one."""
        while True:
            due = [t for t in self.state.timers.values() if t.due_at < until or (inclusive and t.due_at == until)]
            if not due:
                return
            timer = min(due, key=lambda each: (each.due_at, each.timer_id))
            self.fire(timer, timer.due_at)

    def fire(self, timer: TimerFact, at: datetime) -> Changeset:
        """A timer goes off at a time, perhaps late."""
        due = TimerDue(
            timer_id=timer.timer_id, kind=timer.kind, generation=timer.generation, due_at=timer.due_at, ticket_id=timer.ticket_id
        )  # fmt: skip
        self.fired.append(due)
        changeset = decide_timer(due, self.state.model_copy(deep=True), self.policy, at)
        assert self.commit(changeset) == "committed"
        return changeset

    @property
    def ticket(self) -> TicketFact:
        """The ticket as it is."""
        return self.state.tickets[self.ticket_of("first")]

    def cycles(self, clock: str) -> list[SlaCycle]:
        """All runs of a clock, oldest first."""
        held = self.ticket.state.get("sla") or {"past": [], "open": []}
        every = [SlaCycle.model_validate(each) for each in (*held["past"], *held["open"])]
        return [cycle for cycle in every if cycle.clock == clock]

    def events(self, *whats: str) -> list[AddEvent]:
        """What happened of these kinds."""
        every = [op for changeset in self.changesets for op in changeset.operations if isinstance(op, AddEvent)]
        return [event for event in every if event.what in whats]

    def sent(self, template: str) -> list[QueueDelivery]:
        """What was sent of a text of the catalogue."""
        every = [op for changeset in self.changesets for op in changeset.operations if isinstance(op, QueueDelivery)]
        return [delivery for delivery in every if delivery.outbound.template == template]
