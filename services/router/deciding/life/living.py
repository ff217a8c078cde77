"""A ticket while a decision is being made about it: as it was, as it will be, and what has happened to it by this cause.

The parts of a ticket's life (`services.router.deciding.life`) look at one of these and change it; what one changes, the next one sees.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.router.deciding.draft import Draft
from services.router.deciding.folding import fold_ticket, is_time, opened_ticket
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.changeset import (
    AddEvent,
    AddMessage,
    CancelTimer,
    ChangeTicket,
    OpenTicket,
    QueueDelivery,
    SetTimer,
)
from shared.messages.facts import Facts, TicketFact, ticket_key
from shared.messages.life import EntryFact, LinkFact
from shared.messages.parts import Reason


@dataclass(frozen=True)
class Cause:
    """Why something is decided: ``id`` is the changeset's, from which the ids of what follows are derived. ``actor`` and ``channel`` as in
    `AddEvent`; ``quiet``: nobody outside is told of anything (an import, a replay); ``correlation_id`` as everywhere."""

    id: str
    actor: str
    channel: str = ""
    quiet: bool = False
    correlation_id: str = ""


@dataclass
class Living:
    """A ticket that this cause changes. ``before``: as it was (null: it was just opened); ``ticket``: as it will be with all that is in
    the draft; ``events``: what has happened to it, oldest first."""

    cause: Cause
    before: TicketFact | None
    ticket: TicketFact
    facts: Facts
    policy: Policy
    now: datetime
    draft: Draft
    events: list[AddEvent] = field(default_factory=list)
    opening: OpenTicket | None = None

    @property
    def ticket_id(self) -> str:
        """The ticket's id."""
        return self.ticket.ticket_id

    @property
    def entries(self) -> list[EntryFact]:
        """The entries of its record, as they were; empty where nobody asked for them."""
        return self.facts.entries.get(self.ticket_id, [])

    @property
    def links(self) -> list[LinkFact]:
        """Its links, as they were; empty where nobody asked for them."""
        return self.facts.links.get(self.ticket_id, [])

    def happened(self, *whats: str) -> list[AddEvent]:
        """What happened of these kinds, oldest first."""
        return [event for event in self.events if event.what in whats]

    def became(self, name: str) -> bool:
        """Whether a column has another value than before; of a ticket that was just opened, whether it has one."""
        return bool(getattr(self.ticket, name) != (getattr(self.before, name) if self.before else None))

    def messages(self, *directions: str) -> list[AddMessage]:
        """The messages that this cause adds to it."""
        return [
            each
            for each in self.draft.operations
            if isinstance(each, AddMessage) and each.ticket_id == self.ticket_id and each.direction in directions
        ]

    def deliveries(self) -> list[QueueDelivery]:
        """What this cause sends for it."""
        return [
            each
            for each in self.draft.operations
            if isinstance(each, QueueDelivery) and each.outbound.ticket_id == self.ticket_id
        ]

    def change(self, reasons: dict[str, Reason] | None = None, **fields: Any) -> None:
        """New values of columns; times may be given as such."""
        written = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()}
        self._write(ChangeTicket(ticket_id=self.ticket_id, fields=written, reasons=reasons or {}))

    def remember(self, name: str, value: Any) -> None:
        """What the part ``name`` of its life remembers from now on; null: nothing. As JSON: times as ISO 8601 text."""
        self._write(ChangeTicket(ticket_id=self.ticket_id, state={name: value}))

    def recall(self, name: str) -> Any:
        """What the part ``name`` remembers; null: nothing."""
        return self.ticket.state.get(name)

    def join(self, *participants: str) -> None:
        """These take part in the ticket from now on."""
        self._write(ChangeTicket(ticket_id=self.ticket_id, add_participants=list(participants)))

    def _write(self, operation: ChangeTicket) -> None:
        self.changes()
        if self.opening is not None and not operation.add_participants and _BORN.issuperset(operation.fields):
            # It is opened as it is to be: for each new mail that saves the store an update.
            open_with(self.opening, operation)
            fold_ticket(self.ticket, operation)
            return
        last = self.draft.operations[-1] if self.draft.operations else None
        if isinstance(last, ChangeTicket) and last.ticket_id == self.ticket_id and not operation.add_participants:
            # What follows at once says the same in one operation: for each message that comes in there are several.
            last.fields = last.fields | operation.fields
            last.reasons = last.reasons | operation.reasons
            last.state = last.state | operation.state
        else:
            self.draft.operations.append(operation)
        fold_ticket(self.ticket, operation)

    def changes(self) -> None:
        """The ticket changes by this cause, even if no column does."""
        self.draft.change(self.facts, ticket_key(self.ticket_id))

    def event(self, what: str, reason: str = "", message_id: str | None = None, **data: Any) -> AddEvent:
        """An entry of the audit trail, by whoever is the cause."""
        entry = AddEvent(
            what=what,
            ticket_id=self.ticket_id,
            message_id=message_id,
            actor=self.cause.actor,
            channel=self.cause.channel,
            reason=reason,
            data=data,
            at=self.now,
        )
        self.draft.operations.append(entry)
        self.events.append(entry)
        return entry

    def timer(self, kind: str, due_at: datetime, key: str = "") -> None:
        """Wake the router for this ticket, once per kind and key; what was set before no longer counts."""
        operation = SetTimer(
            timer_id=self.timer_id(kind, key), kind=kind, ticket_id=self.ticket_id, due_at=max(due_at, self.now)
        )
        self.draft.operations.append(operation)

    def cancel(self, kind: str, key: str = "") -> None:
        """No longer wake the router for this."""
        self.draft.operations.append(CancelTimer(timer_id=self.timer_id(kind, key)))

    def timer_id(self, kind: str, key: str = "") -> str:
        """The id of such a timer of this ticket."""
        return derive("timer", kind, self.ticket_id, *([key] if key else []))

    def derive(self, kind: str, *more: str) -> str:
        """The id of what follows from this cause for this ticket."""
        return derive(kind, self.cause.id, self.ticket_id, *more)


_BORN = frozenset(OpenTicket.model_fields) - {"op", "ticket_id"}


def open_with(opening: OpenTicket, change: ChangeTicket) -> None:
    """Open a ticket with what ``change`` would set afterwards; its fields are all such that a ticket can be opened with."""
    for name, value in change.fields.items():
        setattr(opening, name, datetime.fromisoformat(value) if isinstance(value, str) and is_time(name) else value)
    opening.reasons = opening.reasons | change.reasons
    opening.state = {name: value for name, value in (opening.state | change.state).items() if value is not None}


def live(cause: Cause, ticket_id: str, draft: Draft, facts: Facts, policy: Policy, now: datetime) -> Living | None:
    """A ticket with what ``draft`` does to it so far; null where there is none."""
    before = facts.tickets.get(ticket_id)
    ticket: TicketFact | None = before.model_copy(deep=True) if before is not None else None
    events: list[AddEvent] = []
    opening = None
    for operation in draft.operations:
        if isinstance(operation, AddEvent) and operation.ticket_id == ticket_id:
            events.append(operation)
        elif isinstance(operation, OpenTicket) and operation.ticket_id == ticket_id:
            ticket, opening = opened_ticket(operation), operation
        elif isinstance(operation, ChangeTicket) and operation.ticket_id == ticket_id and ticket is not None:
            fold_ticket(ticket, operation)
    if ticket is None:
        return None
    return Living(cause, before, ticket, facts, policy, now, draft, events, opening)
