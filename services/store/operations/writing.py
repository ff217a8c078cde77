"""A changeset that is being turned into rows: what writing any operation needs."""

from dataclasses import dataclass
from functools import lru_cache

from services.store.batch import Batch, Row
from services.store.operations.known import Known
from shared.bus import subjects
from shared.messages import changeset as c

# Few names, escaped character by character: worth remembering.
_event_subject = lru_cache(1024)(subjects.event)
_outbound_subject = lru_cache(1024)(subjects.outbound)


def subject_of(operation: c.QueueDelivery | c.AddEvent) -> str:
    """Where it is published. Raises `ValueError` for what can be no part of a subject."""
    if isinstance(operation, c.AddEvent):
        return _event_subject(operation.what)
    return _outbound_subject(operation.outbound.channel, operation.outbound.inbox)


@dataclass(slots=True)
class Writing:
    """One changeset being turned into rows of ``batch``."""

    batch: Batch
    known: Known
    cause: str
    events: int = 0


def ticket_row(w: Writing, ticket_id: str) -> Row:
    """Where changes of a ticket's columns go: into the row that is about to be inserted, or into an update."""
    return w.batch.tickets.get(ticket_id) or w.batch.ticket_changes.setdefault(ticket_id, {})


def touch(w: Writing, ticket_id: str) -> Row:
    """As `ticket_row`; the ticket has changed now."""
    row = ticket_row(w, ticket_id)
    row["updated_at"] = w.batch.now
    return row
