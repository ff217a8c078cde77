"""Operations on tickets, and on what is in them: messages, their references, entries of the record."""

from services.store.batch import Row
from services.store.fields import ticket_fields
from services.store.operations.writing import Writing, touch
from shared.messages import changeset as c
from shared.messages import gathering, life
from shared.messages.facts import reference_key

_LATEST = 10
"""So many of a ticket's Message-IDs it remembers itself."""


def open_ticket(w: Writing, op: c.OpenTicket) -> None:
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


def change_ticket(w: Writing, op: c.ChangeTicket) -> None:
    known = w.known.tickets[op.ticket_id]
    row = touch(w, op.ticket_id)
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


def add_message(w: Writing, op: c.AddMessage) -> None:
    row: Row = op.__dict__ | {"id": op.message_id, "edited_at": None, "deleted_at": None}
    row["author_name"], row["author_address"] = op.author.name, op.author.address
    w.batch.messages[op.message_id] = row
    ticket = touch(w, op.ticket_id)
    if op.header_id:
        known = w.known.tickets[op.ticket_id]
        known.latest = [*(known_id for known_id in known.latest if known_id != op.header_id), op.header_id][-_LATEST:]
        ticket["latest_message_ids"] = known.latest


def edit_message(w: Writing, op: c.EditMessage) -> None:
    touch(w, op.ticket_id)
    w.batch.contacting.edit(op)


def add_route(w: Writing, op: c.AddRoute) -> None:
    row = w.batch.messages.get(op.message_id)
    if row is not None:
        row["inboxes"] = _united(row["inboxes"], op.inboxes)
    else:
        w.known.routes[op.message_id] = w.batch.routes[op.message_id] = _united(
            w.known.routes[op.message_id], op.inboxes
        )


def add_references(w: Writing, op: c.AddReferences) -> None:
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


def move_messages(w: Writing, op: c.MoveMessages) -> None:
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
        touch(w, ticket_id)["latest_message_ids"] = latest


def move_record(w: Writing, op: gathering.MoveRecord) -> None:
    for message_id in op.message_ids:
        w.batch.message_changes.setdefault(message_id, {})["ticket_id"] = op.ticket_id
    for delivery_id in op.delivery_ids:
        w.batch.delivery_changes.setdefault(delivery_id, {})["ticket_id"] = op.ticket_id
    w.batch.recording.move(op.entry_ids, op.ticket_id)
    _put_latest(w, op)


def link_tickets(w: Writing, op: c.LinkTickets) -> None:
    w.batch.links.append({"ticket_id": op.ticket_id, "other_id": op.other_id, "kind": op.kind, "reason": op.reason})


def put_entry(w: Writing, op: life.PutEntry) -> None:
    touch(w, op.ticket_id)
    w.batch.recording.put(op)
