"""A world in which time passes: commands at a time of one's choosing, and timers that fire when they are due, as the store has them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.router.deciding.commands import decide_command
from services.router.deciding.consequences import decide_timer
from shared.messages.changeset import AddEvent, CancelTimer, Changeset, QueueDelivery, SetTimer
from shared.messages.command import Action, Command, OpenByHand
from shared.messages.facts import TicketFact, TimerFact
from shared.messages.life import EntryFact
from shared.messages.outbound import Outbound, TimerDue
from tests.router.world import START, World


@dataclass
class Passing(World):
    """``now`` is moved by `until`."""

    now: datetime = START
    actor: str = "agent:anna@acme.example"
    done: int = 0
    fired: list[TimerDue] = field(default_factory=list)

    def commit(self, changeset: Changeset) -> str:
        """As the world, with timers: setting one that is set, or was, gives it a newer generation."""
        outcome = super().commit(changeset)
        for each in changeset.operations if outcome == "committed" else ():
            if isinstance(each, SetTimer):
                self.done += 1
                self.state.timers[each.timer_id] = TimerFact(
                    timer_id=each.timer_id,
                    kind=each.kind,
                    ticket_id=each.ticket_id,
                    generation=self.done,
                    due_at=each.due_at,
                )
            elif isinstance(each, CancelTimer):
                self.state.timers.pop(each.timer_id, None)
        return outcome

    def act(self, action: Action, name: str = "Anna") -> Changeset:
        """Have a command decided and committed now. Raises `Refused`."""
        self.done += 1
        command = Command(command_id=f"c{self.done}", actor=self.actor, actor_name=name, at=self.now, action=action)
        # As the store answers: through JSON, so that nothing is a time that would not be one.
        command = Command.decode(command.encode())
        facts = type(self.state).decode(self.state.encode())
        changeset = decide_command(command, facts, self.policy, self.now)
        assert self.commit(Changeset.model_validate_json(changeset.model_dump_json())) == "committed"
        return changeset

    def until(self, at: datetime) -> None:
        """Let time pass: whatever is due meanwhile fires, in order."""
        while due := [timer for timer in self.state.timers.values() if timer.due_at <= at]:
            self.fire(min(due, key=lambda timer: (timer.due_at, timer.timer_id)))
        self.now = at

    def fire(self, timer: TimerFact) -> Changeset:
        """One timer fires."""
        self.now = max(self.now, timer.due_at)
        due = TimerDue.model_validate(timer.model_dump())
        self.fired.append(due)
        return self.again(due)

    def again(self, due: TimerDue) -> Changeset:
        """A firing is handled, perhaps not for the first time."""
        changeset = decide_timer(due, self.state.model_copy(deep=True), self.policy, self.now)
        self.commit(changeset)
        return changeset

    def opened(self, **fields: Any) -> int:
        """The number of a new ticket."""
        given = {"subject": "Pump", "text": "It leaks.", "contact": "ana@customer.example"} | fields
        changeset = self.act(OpenByHand(**given))
        return self.state.tickets[changeset.result["ticket_id"]].number

    def ticket(self, number: int) -> TicketFact:
        """The ticket of that number."""
        return self.state.tickets[self.state.numbers[number]]

    def entries(self, number: int) -> list[EntryFact]:
        """Its record's entries."""
        return self.state.entries.get(self.state.numbers[number], [])

    def events(self, number: int) -> list[AddEvent]:
        """Its audit trail."""
        ticket_id = self.state.numbers[number]
        every = (each for changeset in self.changesets for each in changeset.operations)
        return [each for each in every if isinstance(each, AddEvent) and each.ticket_id == ticket_id]

    def whats(self, number: int) -> list[str]:
        """What its audit trail says happened."""
        return [event.what for event in self.events(number)]

    def told(self, template: str) -> list[Outbound]:
        """The messages made from a text of the catalogue."""
        every = (each for changeset in self.changesets for each in changeset.operations)
        return [
            each.outbound for each in every if isinstance(each, QueueDelivery) and each.outbound.template == template
        ]


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)
