"""Deciding about a line of an old register: it becomes the ticket that it tells of, with its dates, and nothing else happens.

Nobody is told, no clock starts, no rule looks at it: the parts of a ticket's life do not follow it (``quiet`` of its cause), and its
events have names of their own, because nobody who waits for new tickets is to take these for new.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from services.router.deciding import naming, senders
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.fields import happened, time_of
from services.router.deciding.importing import TAG
from services.router.deciding.life.promises import written
from shared.identity import derive
from shared.messages.changeset import AddEvent, AddMessage, ChangeTicket, OpenTicket, PutContact
from shared.messages.facts import point_key
from shared.messages.importing import ImportTicket, OldEntry
from shared.messages.life import PutEntry
from shared.messages.parts import Address, Reason
from shared.messages.ticket import Evidence

OLD: Final = "old:"
"""A ticket's tag with the number that the company gave it before."""
MOST_ENTRIES: Final = 500
LONGEST: Final = 5_000
_PAST: Final = ("received_at", "solved_at", "closed_at", "confirmed_at", "preventive_verified_at")
_TEXTS: Final = ("product", "impact", "details", "solution", "solved_by", "tested", "tested_by", "root_cause")
_PREVENTION: Final = ("preventive_action", "preventive_owner", "preventive_verified_by")


def import_ticket(do: Doing, want: ImportTicket) -> dict[str, Any]:
    """A line of an old register. Raises `Refused` for anybody but the operator, and for what cannot have been."""
    if do.command.actor != "operator":
        raise Refused("forbidden", "only an operator imports a register")
    _check(do, want)
    ticket_id, message_id = do.derive("ticket"), do.derive("message")
    received = _begun(do, want)
    inbox = do.policy.inbox_of(want.channel) or next(iter(do.policy.email_inboxes), "support")
    contact_id, language = _customer(do, want)
    customer = want.points[0].value if want.points else ""
    is_open = want.status not in ("closed", "spam", "merged")
    do.draft.operations += [
        OpenTicket(
            ticket_id=ticket_id,
            subject=want.subject,
            channel=want.channel,
            inbox=inbox,
            language=language,
            status=want.status,
            contact_id=contact_id,
            customer=customer,
            participants=[customer] if customer else [],
            # What is over stays over: who writes in a chat again begins a new ticket.
            conversation=senders.conversation_of(want.channel, inbox, customer) if is_open and customer else None,
            kind=want.kind,
            category=_category(do, want.category),
            priority=want.priority,
            team=_team(do, want.team),
            assignee=_agent(do, want.assignee, is_open),
            tags=[TAG, *([f"{OLD}{want.old_number}"] if want.old_number else [])],
            received_by=want.received_by or None,
            problem=want.problem,
            received_at=want.received_at,
            received_via=want.received_via or None,
            created_at=received,
            closed_at=_closed(want, received),
            reasons={"thread": Reason(rule="imported from a register", evidence=want.old_number)},
        ),
        ChangeTicket(ticket_id=ticket_id, fields=_fields(want, received)),
        *_entries(do, want, ticket_id, received),
        AddMessage(
            message_id=message_id,
            ticket_id=ticket_id,
            direction="internal",
            channel=want.channel,
            inbox=inbox,
            author=Address(name="", address=""),
            author_kind="system",
            source_id=want.source_id,
            subject=want.subject,
            text=want.row,
            reply_text=want.row,
            created_at=do.now,
            correlation_id=do.command.correlation_id,
        ),
        *_told(do, want, ticket_id),
    ]
    do.event("ticket_imported", ticket_id, message_id, old_number=want.old_number)
    return {"ticket_id": ticket_id, "message_id": message_id}


def _check(do: Doing, want: ImportTicket) -> None:
    if not want.subject.strip():
        raise Refused("invalid", "subject: must not be empty")
    for name in (*_PAST, "preventive_due"):
        at = time_of(name, getattr(want, name))
        if at is not None and name in _PAST:
            happened(name, at, do.now)
    if len(want.entries) > MOST_ENTRIES or any(len(each.what) > LONGEST for each in want.entries):
        raise Refused("invalid", f"entries: at most {MOST_ENTRIES}, each of at most {LONGEST} characters")
    if want.status == "merged":
        raise Refused("invalid", "status: a ticket out of a register is part of no other one")


def _begun(do: Doing, want: ImportTicket) -> datetime:
    """When the ticket began, as far as anybody knows."""
    known = (want.received_at, want.solved_at, want.closed_at, want.confirmed_at)
    return next((at for at in known if at is not None), do.now)


def _closed(want: ImportTicket, received: datetime) -> datetime | None:
    if want.status != "closed":
        return want.closed_at
    return want.closed_at or want.confirmed_at or want.solved_at or received


def _customer(do: Doing, want: ImportTicket) -> tuple[str | None, str]:
    """The contact (the one who is known by the first point that anybody is known by) and their language. A point that is somebody
    else's stays theirs; without a point nobody knows whether two of a name are one."""
    language = do.policy.languages[0]
    keys = [point_key(point.kind, point.value) for point in want.points]
    known = [do.facts.contacts.get(key) for key in keys]
    found = next((each for each in known if each is not None), None)
    if not want.points and not want.customer:
        return None, language
    if found is not None:
        contact_id, language = found.contact_id, found.language or language
    elif want.points:
        contact_id = derive("contact", want.points[0].kind, want.points[0].value)
    else:
        contact_id = do.derive("contact")
    theirs = [
        point for point, each in zip(want.points, known, strict=True) if each is None or each.contact_id == contact_id
    ]
    do.draft.change(do.facts, *keys)
    contact = PutContact(contact_id=contact_id, name=want.customer, points=theirs, verified=False)
    do.draft.operations.append(contact)
    return contact_id, language


def _category(do: Doing, name: str) -> str | None:
    wanted = name.strip().casefold()
    return next((each.name for each in do.policy.categories if wanted and each.name.casefold() == wanted), None)


def _team(do: Doing, name: str) -> str | None:
    return naming.team_called(name, do.policy) or name.strip() or None


def _agent(do: Doing, name: str, is_open: bool) -> str | None:
    """An agent by address or name. Of what is over it stays written who had it; what is open nobody has whom nobody knows."""
    wanted = name.strip().casefold()
    found = (each.email for each in do.facts.staff.values() if wanted in (each.email.casefold(), each.name.casefold()))
    return (next(found, None) or (None if is_open else name.strip() or None)) if wanted else None


def _fields(want: ImportTicket, received: datetime) -> dict[str, Any]:
    texts = {name: getattr(want, name) for name in (*_TEXTS, *_PREVENTION) if getattr(want, name)}
    times = {
        "solved_at": want.solved_at,
        "customer_confirmed_at": want.confirmed_at,
        "preventive_due": want.preventive_due,
        "preventive_verified_at": want.preventive_verified_at,
        "status_since": _closed(want, received) or want.solved_at or received,
    }
    found = texts | {name: at.isoformat() for name, at in times.items() if at is not None}
    if want.evidence:
        found["evidence"] = [_kept(each, want, str(place)) for place, each in enumerate(want.evidence)]
    if want.satisfaction is not None:
        found["satisfaction"] = want.satisfaction.model_dump()
    return found


def _kept(piece: Evidence, want: ImportTicket, place: str) -> dict[str, Any]:
    return piece.model_copy(update={"id": derive("evidence", want.source_id, place)}).model_dump(mode="json")


def _entries(do: Doing, want: ImportTicket, ticket_id: str, received: datetime) -> Iterator[PutEntry]:
    for place, old in enumerate(want.entries):
        at = old.at or received
        yield PutEntry(
            # Entries of one time stand in the order of their ids.
            entry_id=f"{place:04x}{derive('entry', do.command.command_id, str(place))[4:]}",
            ticket_id=ticket_id,
            kind=old.kind,
            data=_data(old, want, place, at),
            due_at=old.due,
            done_at=at if old.kind in ("call", "contact") else old.done_at,
            by=do.name,
            created_at=received,
            updated_at=do.now,
        )


def _data(old: OldEntry, want: ImportTicket, place: int, at: datetime) -> dict[str, Any]:
    """What such an entry has, as `record` writes it."""
    evidence = [_kept(each, want, f"{place}.{number}") for number, each in enumerate(old.evidence)]
    moved = [{"from": written(each.at), "to": None, "reason": each.reason} for each in old.moved]
    common = {"what": old.what, "evidence": evidence}
    match old.kind:
        case "action":
            return common | {"department": old.department, "requested_at": written(at)}
        case "promise":
            return common | {"kept": old.kept, "moved": moved}
        case "task":
            return common | {"owner": old.owner, "moved": moved}
        case "call":
            return common | {"direction": old.direction, "who": old.who, "at": written(at), "seconds": None}
        case "contact":
            return common | {"way": old.way, "direction": old.direction, "who": old.who, "at": written(at)}


def _told(do: Doing, want: ImportTicket, ticket_id: str) -> Iterator[AddEvent]:
    """What an old register says of hand-overs and enquiries stands in the audit trail, where the register is read from."""
    actor = do.command.actor
    for each in want.hand_overs:
        data = {"from": each.was, "to": each.to, "reason": each.reason}
        yield AddEvent(what="hand_over_imported", ticket_id=ticket_id, actor=actor, data=data, at=each.at)
    for asked in want.enquiries:
        yield AddEvent(what="enquiry_imported", ticket_id=ticket_id, actor=actor, channel=asked.channel, at=asked.at)
