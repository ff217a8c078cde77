"""What can never be written, and which tickets an operation cannot do without."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from services.store.agents import proven_key
from services.store.fields import STATE_BYTES, ticket_fields
from services.store.operations.known import Known
from services.store.operations.writing import subject_of
from services.store.record import agent_fields
from shared.messages import agents, gathering, life
from shared.messages import changeset as c


def _one(operation: Any) -> tuple[str, ...]:
    return (operation.ticket_id,)


def _maybe(operation: Any) -> tuple[str, ...]:
    return (operation.ticket_id,) if operation.ticket_id else ()


def _of_delivery(operation: c.QueueDelivery) -> tuple[str, ...]:
    return _maybe(operation.outbound)


def _of_move(operation: c.MoveMessages | gathering.MoveRecord) -> tuple[str, ...]:
    return (operation.from_id, operation.ticket_id)


def _of_link(operation: c.LinkTickets | life.UnlinkTickets) -> tuple[str, ...]:
    return (operation.ticket_id, operation.other_id)


_TICKETS_OF: dict[type[Any], Callable[[Any], tuple[str, ...]]] = {
    c.ChangeTicket: _one,
    c.AddMessage: _one,
    c.AddReferences: _one,
    c.EditMessage: _one,
    c.MoveMessages: _of_move,
    gathering.MoveRecord: _of_move,
    c.AddEvent: _maybe,
    c.QueueDelivery: _of_delivery,
    c.LinkTickets: _of_link,
    life.UnlinkTickets: _of_link,
    life.PutEntry: _one,
    c.ReleaseHeld: _one,
    c.LearnSpam: _one,
    agents.AddNews: _one,
    agents.AddSpoken: _maybe,
}


def tickets_of(operation: Any) -> tuple[str, ...]:
    """The tickets an operation cannot do without. (A timer or an automatic answer only notes whose it is.)"""
    refers = _TICKETS_OF.get(type(operation))
    return refers(operation) if refers else ()


def check(changeset: c.Changeset, known: Known) -> str:
    """Why the changeset can never be written; empty when it can."""
    seen = Seen(set(), set())
    for operation in changeset.operations:
        for ticket_id in tickets_of(operation):
            if ticket_id not in known.tickets and ticket_id not in seen.tickets:
                return f"{operation.op}: there is no ticket {ticket_id}"
        checked = _CHECK.get(type(operation))
        problem = checked(operation, known, seen) if checked else ""
        if problem:
            return f"{operation.op}: {problem}"
    return ""


@dataclass(slots=True)
class Seen:
    """What operations before this one of the same changeset make, and which agents' points they give up."""

    tickets: set[str]
    messages: set[str]
    given_up: set[str] = field(default_factory=set)


def _check_open(op: c.OpenTicket, known: Known, seen: Seen) -> str:
    if op.ticket_id in known.tickets or op.ticket_id in seen.tickets:
        return f"there is a ticket {op.ticket_id} already"
    seen.tickets.add(op.ticket_id)
    return ""


def _check_message(op: c.AddMessage, _known: Known, seen: Seen) -> str:
    seen.messages.add(op.message_id)
    return ""


def _check_route(op: c.AddRoute, known: Known, seen: Seen) -> str:
    there = op.message_id in known.routes or op.message_id in seen.messages
    return "" if there else f"there is no message {op.message_id}"


def _check_change(op: c.ChangeTicket, _known: Known, _seen: Seen) -> str:
    try:
        ticket_fields(op.fields)
    except ValidationError as error:
        return _first(error)
    if op.state and len(to_json(op.state)) > STATE_BYTES:
        return f"state: more than {STATE_BYTES} bytes"
    return ""


def _check_agent(op: life.ChangeAgent, _known: Known, _seen: Seen) -> str:
    try:
        agent_fields(op.fields)
    except ValidationError as error:
        return _first(error)
    return ""


def _check_point(op: agents.PutAgentPoint, known: Known, seen: Seen) -> str:
    holder = known.holders.get(proven_key(op) or "", op.point_id)
    return "" if holder == op.point_id or holder in seen.given_up else f"{op.kind} {op.value} is another point already"


def _check_given_up(op: agents.RemoveAgentPoint, _known: Known, seen: Seen) -> str:
    seen.given_up.add(op.point_id)
    return ""


def _first(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


def _check_subject(op: c.QueueDelivery | c.AddEvent, _known: Known, _seen: Seen) -> str:
    try:
        subject_of(op)
    except ValueError as error:
        return str(error)
    return ""


_CHECK: dict[type[Any], Callable[[Any, Known, Seen], str]] = {
    c.OpenTicket: _check_open,
    c.AddMessage: _check_message,
    c.AddRoute: _check_route,
    c.ChangeTicket: _check_change,
    c.QueueDelivery: _check_subject,
    c.AddEvent: _check_subject,
    life.ChangeAgent: _check_agent,
    agents.PutAgentPoint: _check_point,
    agents.RemoveAgentPoint: _check_given_up,
}
