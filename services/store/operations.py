"""What each operation of a changeset means in rows.

`check` finds what can never be written; `apply` adds the rows of a changeset that will be. In between the tickets' numbers were given.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any

from pydantic import ValidationError
from pydantic_core import to_json

from services.store.agents import proven_key
from services.store.batch import Batch, Row
from services.store.fields import STATE_BYTES, ticket_fields
from services.store.record import agent_fields
from shared.bus import subjects
from shared.identity import derive
from shared.messages import agents, articles, automation, documents, gathering, learning, life, people, portal, signin
from shared.messages import changeset as c
from shared.messages.facts import point_key, reference_key
from shared.messages.outbound import RANK, Event

LATEST = 10
# A queued delivery that nobody asked for in this time is put on the bus again.
FORGOTTEN = timedelta(minutes=15)


@dataclass(slots=True)
class KnownTicket:
    """A ticket that operations refer to, as far as they need it. Changing a list here makes it part of the batch."""

    number: int
    participants: list[str] = field(default_factory=list)
    unconfirmed: list[str] = field(default_factory=list)
    reasons: dict[str, Any] = field(default_factory=dict)
    latest: list[str] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Known:
    """What the database has of the tickets and messages that a group refers to, changed as the group goes on. ``holders`` are the
    verified agents' points that it is about to verify, by key."""

    tickets: dict[str, KnownTicket] = field(default_factory=dict)
    routes: dict[str, list[str]] = field(default_factory=dict)
    holders: dict[str, str] = field(default_factory=dict)


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
        _subject(op)
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


# Few names, escaped character by character: worth remembering.
_event_subject = lru_cache(1024)(subjects.event)
_outbound_subject = lru_cache(1024)(subjects.outbound)


def _subject(operation: c.QueueDelivery | c.AddEvent) -> str:
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


def apply(changeset: c.Changeset, batch: Batch, known: Known) -> None:
    """Add the rows of ``changeset``, which `check` found nothing against and whose tickets have their numbers."""
    writing = Writing(batch, known, changeset.cause)
    for operation in changeset.operations:
        _APPLY[type(operation)](writing, operation)


def _ticket_row(w: Writing, ticket_id: str) -> Row:
    """Where changes of a ticket's columns go: into the row that is about to be inserted, or into an update."""
    return w.batch.tickets.get(ticket_id) or w.batch.ticket_changes.setdefault(ticket_id, {})


def _touch(w: Writing, ticket_id: str) -> Row:
    row = _ticket_row(w, ticket_id)
    row["updated_at"] = w.batch.now
    return row


def _open_ticket(w: Writing, op: c.OpenTicket) -> None:
    known = w.known.tickets[op.ticket_id]
    known.participants, known.unconfirmed = op.participants, op.unconfirmed
    known.reasons, known.state = dict(op.reasons), dict(op.state)
    row: Row = _TICKET_BLANK | op.__dict__
    row |= {
        "id": op.ticket_id,
        "number": known.number,
        "updated_at": w.batch.now,
        "latest_message_ids": [],
        "evidence": [],
        "reopened": 0,
        "status_since": op.created_at,
        "assigned_at": op.created_at if op.assignee else None,
    }
    w.batch.tickets[op.ticket_id] = row


_TICKET_BLANK = dict.fromkeys(
    (
        *("product", "impact", "solution", "root_cause", "preventive_action", "tested", "satisfaction"),
        *("first_responded_at", "solved_at", "closed_at", "customer_confirmed_at"),
        *("details", "solved_by", "tested_by", "preventive_owner", "preventive_due"),
        *("preventive_verified_at", "preventive_verified_by", "snoozed_until", "merged_into"),
    )
)


def _change_ticket(w: Writing, op: c.ChangeTicket) -> None:
    known = w.known.tickets[op.ticket_id]
    row = _touch(w, op.ticket_id)
    values = ticket_fields(op.fields)
    row |= values
    known.participants = values.get("participants", known.participants)
    known.unconfirmed = values.get("unconfirmed", known.unconfirmed)
    if op.add_participants:
        row["participants"] = known.participants = _united(known.participants, op.add_participants)
    if op.add_unconfirmed:
        row["unconfirmed"] = known.unconfirmed = _united(known.unconfirmed, op.add_unconfirmed)
    if op.reasons:
        row["reasons"] = known.reasons = known.reasons | op.reasons
    if op.state:
        merged = known.state | op.state
        row["state"] = known.state = {name: value for name, value in merged.items() if value is not None}


def _united(have: list[str], more: list[str]) -> list[str]:
    return list(dict.fromkeys([*have, *more]))


def _add_message(w: Writing, op: c.AddMessage) -> None:
    row: Row = op.__dict__ | {"id": op.message_id, "edited_at": None, "deleted_at": None}
    row["author_name"], row["author_address"] = op.author.name, op.author.address
    w.batch.messages[op.message_id] = row
    ticket = _touch(w, op.ticket_id)
    if op.header_id:
        known = w.known.tickets[op.ticket_id]
        known.latest = [*(known_id for known_id in known.latest if known_id != op.header_id), op.header_id][-LATEST:]
        ticket["latest_message_ids"] = known.latest


def _add_route(w: Writing, op: c.AddRoute) -> None:
    row = w.batch.messages.get(op.message_id)
    if row is not None:
        row["inboxes"] = _united(row["inboxes"], op.inboxes)
    else:
        w.known.routes[op.message_id] = w.batch.routes[op.message_id] = _united(
            w.known.routes[op.message_id], op.inboxes
        )


def _add_references(w: Writing, op: c.AddReferences) -> None:
    if op.own:
        key = reference_key(op.own)
        w.batch.references[key, op.ticket_id] = {
            "key": key,
            "ticket_id": op.ticket_id,
            "owned": True,
            "audience": op.audience,
            "moved": False,
        }
    for mentioned in op.mentioned:
        key = reference_key(mentioned)
        row = {"key": key, "ticket_id": op.ticket_id, "owned": False, "audience": None, "moved": False}
        w.batch.references.setdefault((key, op.ticket_id), row)
        for ticket_id in op.leaves:
            w.batch.left.add((key, ticket_id))
            w.batch.references.pop((key, ticket_id), None)


def _move_messages(w: Writing, op: c.MoveMessages) -> None:
    for message_id in op.message_ids:
        change = {"ticket_id": op.ticket_id, "routed_by": op.routed_by}
        w.batch.message_changes.setdefault(message_id, {}).update(change)
    for delivery_id in op.delivery_ids:
        w.batch.delivery_changes.setdefault(delivery_id, {})["ticket_id"] = op.ticket_id
    w.batch.forgotten.update(map(reference_key, op.forget))
    for mark in op.follow:
        w.batch.following[reference_key(mark), op.from_id] = op.ticket_id
    for reference in op.references:
        key = reference_key(reference.id)
        w.batch.left.add((key, op.from_id))
        w.batch.references[key, op.ticket_id] = {
            "key": key,
            "ticket_id": op.ticket_id,
            "owned": reference.owned,
            "audience": reference.audience,
            "moved": True,
        }
    _put_latest(w, op)


def _put_latest(w: Writing, op: c.MoveMessages | gathering.MoveRecord) -> None:
    for ticket_id, latest in ((op.from_id, op.latest_from), (op.ticket_id, op.latest)):
        w.known.tickets[ticket_id].latest = latest
        _touch(w, ticket_id)["latest_message_ids"] = latest


def _move_record(w: Writing, op: gathering.MoveRecord) -> None:
    for message_id in op.message_ids:
        w.batch.message_changes.setdefault(message_id, {})["ticket_id"] = op.ticket_id
    for delivery_id in op.delivery_ids:
        w.batch.delivery_changes.setdefault(delivery_id, {})["ticket_id"] = op.ticket_id
    w.batch.recording.move(op.entry_ids, op.ticket_id)
    _put_latest(w, op)


def _bounce_delivery(w: Writing, op: c.BounceDelivery) -> None:
    w.batch.bounces[op.delivery_id] = op.error


def _requeue_delivery(w: Writing, op: automation.RequeueDelivery) -> None:
    w.batch.requeued.add(op.delivery_id)


def _put_contact(w: Writing, op: c.PutContact) -> None:
    row = w.batch.contacts.setdefault(
        op.contact_id, {"id": op.contact_id, "created_at": w.batch.now, "merged_into": None} | _CONTACT_NEW
    )
    row["name"] = row["name"] or op.name
    row["language"] = row["language"] or op.language
    row["timezone"] = row["timezone"] or op.timezone
    for point in op.points:
        key = point_key(point.kind, point.value)
        kept = w.batch.points.setdefault(key, _point(key, point, op.contact_id, verified=op.verified))
        kept["verified"] = kept["verified"] or op.verified


_CONTACT_NEW: Row = {"name": "", "language": None, "timezone": None, "notify_by": None}


def _point(key: str, point: Any, contact_id: str | None, *, verified: bool = False) -> Row:
    return {
        "opted_out": False,
        "verified": verified,
        "key": key,
        "kind": point.kind,
        "value": point.value,
        "contact_id": contact_id,
        "undeliverable": False,
        "blocked": False,
        "reason": "",
        "marked_at": None,
    }


def _mark_point(w: Writing, op: c.MarkPoint) -> None:
    key = point_key(op.point.kind, op.point.value)
    since = (op.at or w.batch.now) if op.undeliverable else None
    mark = {"undeliverable": op.undeliverable, "reason": op.reason, "marked_at": since}
    w.batch.marks[key] = _point(key, op.point, None) | mark


def _edit_message(w: Writing, op: c.EditMessage) -> None:
    _touch(w, op.ticket_id)
    w.batch.contacting.edit(op)


def _change_contact(w: Writing, op: c.ChangeContact) -> None:
    w.batch.contacting.change(op)


def _merge_contacts(w: Writing, op: c.MergeContacts) -> None:
    w.batch.contacting.merge(op)


def _unmerge_contacts(w: Writing, op: c.UnmergeContacts) -> None:
    w.batch.contacting.unmerge(op)


def _suggest_merge(w: Writing, op: c.SuggestMerge) -> None:
    w.batch.contacting.suggest(op)


def _dismiss_suggestion(w: Writing, op: c.DismissSuggestion) -> None:
    w.batch.contacting.dismiss(op)


def _opt_point(w: Writing, op: c.OptPoint) -> None:
    key = point_key(op.point.kind, op.point.value)
    w.batch.contacting.opt(key, _point(key, op.point, None) | {"opted_out": op.out})


def _add_event(w: Writing, op: c.AddEvent) -> None:
    event_id = derive("event", w.cause, str(w.events))
    w.events += 1
    w.batch.events.append(op.__dict__ | {"id": event_id})
    # As `Event.encode` has it. Making the model first costs four times as much, and there is an event with nearly everything.
    event = {
        "version": Event.VERSION,
        "event_id": event_id,
        "what": op.what,
        "at": op.at,
        "ticket_id": op.ticket_id,
        "ticket_number": w.known.tickets[op.ticket_id].number if op.ticket_id else None,
        "message_id": op.message_id,
        "actor": op.actor,
        "channel": op.channel,
        "data": op.data,
    }
    w.batch.publish(subjects.EVENT, _subject(op), event_id, to_json(event))


def _queue_delivery(w: Writing, op: c.QueueDelivery) -> None:
    outbound = op.outbound
    if outbound.ticket_id:
        outbound.ticket_number = w.known.tickets[outbound.ticket_id].number
    payload = outbound.encode()
    row: Row = outbound.__dict__ | _DELIVERY_NEW
    row |= {"id": outbound.delivery_id, "to": outbound.to[0].address if outbound.to else "", "outbound": payload}
    row |= {"created_at": w.batch.now, "updated_at": w.batch.now, "wake_at": w.batch.now + FORGOTTEN}
    if outbound.agent_id:
        # What an agent has seen is asked by this: what came in between the decision and this moment is not in it.
        row["created_at"] = outbound.seen_at or outbound.created_at
    w.batch.deliveries.append(row)
    w.batch.publish(subjects.OUTBOUND, _subject(op), f"{outbound.delivery_id}:0", payload)


_DELIVERY_NEW: Row = dict.fromkeys(("owner", "lease_until", "next_attempt_at", "provider_id")) | {
    "state": "queued",
    "rank": RANK["queued"],
    "attempt": 0,
    "error": "",
    "via": "",
}


def _count_automatic(w: Writing, op: c.CountAutomatic) -> None:
    key = point_key(op.point.kind, op.point.value)
    w.batch.automatic.append({"point_key": key, "at": op.at, "ticket_id": op.ticket_id})


def _set_timer(w: Writing, op: c.SetTimer) -> None:
    # A timer that was cancelled is gone, so its generation begins at the time instead of at 1: a firing of the cancelled one that is
    # still on the bus must not be taken for the new one's.
    earlier = w.batch.timers.get(op.timer_id)
    generation = int(w.batch.now.timestamp() * 1000)
    w.batch.timers[op.timer_id] = {
        "id": op.timer_id,
        "kind": op.kind,
        "ticket_id": op.ticket_id,
        "generation": max(generation, earlier["generation"] + 1) if earlier else generation,
        "due_at": op.due_at,
        "wake_at": op.due_at,
    }
    w.batch.wake(op.due_at)


def _cancel_timer(w: Writing, op: c.CancelTimer) -> None:
    w.batch.timers[op.timer_id] = None


def _link_tickets(w: Writing, op: c.LinkTickets) -> None:
    w.batch.links.append({"ticket_id": op.ticket_id, "other_id": op.other_id, "kind": op.kind, "reason": op.reason})


def _add_token(w: Writing, op: c.AddToken) -> None:
    w.batch.tokens.append(
        {
            "id": op.token_id,
            "name": op.name,
            "sha256": op.sha256,
            "created_at": op.at,
            "role": op.role,
            "revoked_at": None,
            "made_by": op.made_by,
        }
    )


def _add_agent(w: Writing, op: c.AddAgent) -> None:
    row = {"id": op.agent_id, "email": op.email.lower(), "name": op.name, "role": op.role, "created_at": op.at}
    w.batch.agents.append(_AGENT_NEW | row)


_AGENT_NEW: Row = {
    "public_name": "",
    "languages": [],
    "hours": "",
    "signatures": {},
    **dict.fromkeys(("capacity", "away_until", "last_given", "notify", "blocked_at")),
}


def _put_entry(w: Writing, op: life.PutEntry) -> None:
    _touch(w, op.ticket_id)
    w.batch.recording.put(op)


def _unlink_tickets(w: Writing, op: life.UnlinkTickets) -> None:
    w.batch.recording.unlink(op)


def _change_agent(w: Writing, op: life.ChangeAgent) -> None:
    w.batch.recording.change_agent(op)


def _put_agent_point(w: Writing, op: agents.PutAgentPoint) -> None:
    w.batch.staffing.put_point(op)


def _remove_agent_point(w: Writing, op: agents.RemoveAgentPoint) -> None:
    w.batch.staffing.remove_point(op)


def _add_news(w: Writing, op: agents.AddNews) -> None:
    w.batch.staffing.add_news(op)


def _remove_news(w: Writing, op: agents.RemoveNews) -> None:
    w.batch.staffing.remove_news(op)


def _add_spoken(w: Writing, op: agents.AddSpoken) -> None:
    w.batch.staffing.add_spoken(op)


def _settle_spoken(w: Writing, op: agents.SettleSpoken) -> None:
    w.batch.staffing.settle(op)


def _keep_model(w: Writing, op: learning.KeepModel) -> None:
    w.batch.learning.keep(op)


def _use_model(w: Writing, op: learning.UseModel) -> None:
    w.batch.learning.use(op)


def _hold(w: Writing, op: c.Quarantine) -> None:
    w.batch.holding.hold(op)


def _add_held_route(w: Writing, op: c.AddHeldRoute) -> None:
    w.batch.holding.add_route(op)


def _release_held(w: Writing, op: c.ReleaseHeld) -> None:
    w.batch.holding.release(op)


def _discard_held(w: Writing, op: c.DiscardHeld) -> None:
    w.batch.holding.discard(op)


def _block_point(w: Writing, op: c.BlockPoint) -> None:
    w.batch.holding.block(op)


def _put_document(w: Writing, op: documents.PutDocument) -> None:
    w.batch.documents.put(op)
    w.batch.knowledge.put(op)


def _drop_document(w: Writing, op: documents.DropDocument) -> None:
    w.batch.documents.drop(op)
    w.batch.knowledge.drop(op)


def _count_vote(w: Writing, op: articles.CountVote) -> None:
    w.batch.knowledge.vote(op)


def _of_portal(what: str) -> Callable[[Writing, Any], None]:
    return lambda w, op: getattr(w.batch.portal, what)(op)


def _signing(what: str) -> Callable[[Writing, Any], None]:
    return lambda w, op: getattr(w.batch.signing, what)(op)


def _forget(w: Writing, op: people.Forget) -> None:
    w.batch.forget(op)


def _learn_spam(w: Writing, op: c.LearnSpam) -> None:
    w.batch.holding.learn(op)


_APPLY: dict[type[Any], Callable[[Writing, Any], None]] = {
    c.OpenTicket: _open_ticket,
    c.ChangeTicket: _change_ticket,
    c.AddMessage: _add_message,
    c.AddRoute: _add_route,
    c.AddReferences: _add_references,
    c.MoveMessages: _move_messages,
    gathering.MoveRecord: _move_record,
    c.EditMessage: _edit_message,
    c.PutContact: _put_contact,
    c.ChangeContact: _change_contact,
    c.MergeContacts: _merge_contacts,
    c.UnmergeContacts: _unmerge_contacts,
    c.SuggestMerge: _suggest_merge,
    c.DismissSuggestion: _dismiss_suggestion,
    c.OptPoint: _opt_point,
    c.MarkPoint: _mark_point,
    c.AddEvent: _add_event,
    c.QueueDelivery: _queue_delivery,
    c.BounceDelivery: _bounce_delivery,
    automation.RequeueDelivery: _requeue_delivery,
    c.CountAutomatic: _count_automatic,
    c.SetTimer: _set_timer,
    c.CancelTimer: _cancel_timer,
    c.LinkTickets: _link_tickets,
    c.AddToken: _add_token,
    c.AddAgent: _add_agent,
    c.Quarantine: _hold,
    c.AddHeldRoute: _add_held_route,
    c.ReleaseHeld: _release_held,
    c.DiscardHeld: _discard_held,
    c.BlockPoint: _block_point,
    c.LearnSpam: _learn_spam,
    life.PutEntry: _put_entry,
    life.UnlinkTickets: _unlink_tickets,
    life.ChangeAgent: _change_agent,
    agents.PutAgentPoint: _put_agent_point,
    agents.RemoveAgentPoint: _remove_agent_point,
    agents.AddNews: _add_news,
    agents.RemoveNews: _remove_news,
    agents.AddSpoken: _add_spoken,
    agents.SettleSpoken: _settle_spoken,
    learning.KeepModel: _keep_model,
    learning.UseModel: _use_model,
    people.Forget: _forget,
    documents.PutDocument: _put_document,
    documents.DropDocument: _drop_document,
    articles.CountVote: _count_vote,
    signin.PutCredential: _signing("put_credential"),
    signin.AddSession: _signing("add_session"),
    signin.SeeSession: _signing("see_session"),
    signin.EndSessions: _signing("end_sessions"),
    signin.PutFailures: _signing("put_failures"),
    signin.DropFailures: _signing("drop_failures"),
    signin.PutReset: _signing("put_reset"),
    signin.DropResets: _signing("drop_resets"),
    signin.RevokeTokens: _signing("revoke_tokens"),
    portal.PutPortalCode: _of_portal("put_code"),
    portal.OpenPortalSession: _of_portal("open_session"),
    portal.EndPortalSession: _of_portal("end_session"),
}
