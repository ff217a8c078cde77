"""Deciding about a ticket's record: actions of departments, promises, tasks, calls, further contacts, evidence, prevention.

The audit trail, which others outside may follow, has ids, times and choices, and never anybody's words.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from pydantic_core import to_json

from services.router.deciding.commands import outward
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.fields import changes, happened, time_of
from services.router.deciding.life.promises import written
from shared.identity import derive
from shared.messages import record as r
from shared.messages.changeset import AddEvent, ChangeTicket
from shared.messages.facts import TicketFact
from shared.messages.life import EntryFact, EntryKind, PutEntry
from shared.messages.ticket import Evidence

MOST_ENTRIES: Final = 500
"""Of one ticket; the store looks at no more."""
MOST_EVIDENCE: Final = 100
MOST_BYTES: Final = 1_000_000
"""Of all entries of a ticket together, as JSON: they come along whenever something is decided about it."""
EVIDENCE_BYTES: Final = 300_000
LONGEST: Final = 5_000
_WORDS: Final = ("what", "who")

_CHANGEABLE: Final[dict[str, tuple[str, ...]]] = {
    "action": ("what", "department", "requested_at", "done_at"),
    "promise": ("what", "due", "done_at", "kept"),
    "task": ("what", "due", "owner", "done_at"),
    "call": ("direction", "who", "what", "at", "seconds"),
    "contact": ("way", "direction", "who", "what", "at"),
}
_MAY_BE_NULL: Final = ("done_at", "due", "kept", "seconds")


def add_action(do: Doing, want: r.AddAction) -> dict[str, Any]:
    """A department was asked. Raises `Refused`."""
    ticket = _ticket(do, want.number)
    values = _checked({"what": want.what, "department": want.department, "requested_at": want.requested_at}, do.now)
    done_at = None if want.done_at is None else _done(want.done_at, want.requested_at, do.now)
    evidence = _evidence(do, ticket, want.evidence, ())
    return _put(do, ticket, "action", {**values, "evidence": evidence}, done_at=done_at)


def add_promise(do: Doing, want: r.AddPromise) -> dict[str, Any]:
    """The customer was promised something. Raises `Refused`."""
    ticket = _ticket(do, want.number)
    what = outward.words(do, want.what, ticket.language)  # it stands on the customer's page
    values = {**_checked({"what": what}, do.now), "kept": None, "moved": [], "evidence": []}
    return _put(do, ticket, "promise", values, due_at=want.due)


def add_task(do: Doing, want: r.AddTask) -> dict[str, Any]:
    """Somebody has to do something. Raises `Refused`."""
    values = {**_checked({"what": want.what, "owner": want.owner}, do.now), "moved": [], "evidence": []}
    return _put(do, _ticket(do, want.number), "task", values, due_at=want.due)


def log_call(do: Doing, want: r.LogCall) -> dict[str, Any]:
    """A phone call was had. Raises `Refused`."""
    given = {name: getattr(want, name) for name in _CHANGEABLE["call"]}
    values = {**_checked(given, do.now), "evidence": []}
    return _put(do, _ticket(do, want.number), "call", values, done_at=want.at)


def log_contact(do: Doing, want: r.LogContact) -> dict[str, Any]:
    """The customer was met or written to beside the messages of the ticket. Raises `Refused`."""
    given = {name: getattr(want, name) for name in _CHANGEABLE["contact"]}
    values = {**_checked(given, do.now), "evidence": []}
    return _put(do, _ticket(do, want.number), "contact", values, done_at=want.at)


def change_entry(do: Doing, want: r.ChangeEntry) -> dict[str, Any]:
    """New values of an entry. Raises `Refused`, also for putting off a promise without a word why."""
    ticket = _ticket(do, want.number)
    entry = next((each for each in _entries(do, ticket) if each.entry_id == want.entry_id), None)
    if entry is None or entry.kind not in _CHANGEABLE:
        raise Refused("not-found", f"T-{want.number} has no entry {want.entry_id}")
    allowed = _CHANGEABLE[entry.kind]
    for name in want.fields:
        if name not in allowed:
            raise Refused("invalid", f"{name}: a {entry.kind} has none; it has {', '.join(allowed)}")
    if not want.fields and not want.add_evidence:
        raise Refused("invalid", f"nothing to change; a {entry.kind} has {', '.join(allowed)} and evidence")
    new = _changed(do, entry, want)
    if entry.kind == "promise" and "what" in want.fields:
        new.data["what"] = outward.words(do, str(new.data["what"]), ticket.language)
    if want.add_evidence:
        new.data["evidence"] = _evidence(do, ticket, want.add_evidence, entry.data.get("evidence") or ())
    old, now = _shown(entry), _shown(new)
    differs = [name for name in {**old, **now} if old.get(name) != now.get(name)]
    if differs:
        _write(do, ticket, new)
        said = {name: [old.get(name), now.get(name)] for name in differs if name not in (*_WORDS, "evidence")}
        do.event("entry_changed", ticket.ticket_id, entry=entry.entry_id, kind=entry.kind, fields=differs, changes=said)
        _tell_what_happened(do, ticket, entry, new)
    return _result(ticket, entry.entry_id)


def add_evidence(do: Doing, want: r.AddEvidence) -> dict[str, Any]:
    """What shows that the problem is as the record says. Raises `Refused`."""
    ticket = _ticket(do, want.number)
    if not want.evidence:
        raise Refused("invalid", "evidence: there is none")
    known = ticket.fields.get("evidence") or ()
    fields = {"evidence": _evidence(do, ticket, want.evidence, known)}
    do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
    files = sum(len(each.files) for each in want.evidence)
    do.event("evidence_added", ticket.ticket_id, pieces=len(want.evidence), files=files)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def remove_evidence(do: Doing, want: r.RemoveEvidence) -> dict[str, Any]:
    """A piece is taken back; its files stay where they are until their time is over. Raises `Refused` for one that is not there."""
    ticket, wanted = _ticket(do, want.number), want.evidence_id
    pieces = [_as_kept(each) for each in ticket.fields.get("evidence") or ()]
    found = next((each for place, each in enumerate(pieces) if (each.get("id") or str(place)) == wanted), None)
    entry = None
    if found is not None:
        left = [each for each in pieces if each is not found]
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields={"evidence": left}))
    else:
        entry, found = _of_entry(do, ticket, wanted)
        left = [each for each in entry.data["evidence"] if each is not found]
        _write(do, ticket, entry.model_copy(update={"data": {**entry.data, "evidence": left}}))
    of_entry = {"entry": entry.entry_id} if entry is not None else {}
    removed = {"piece": wanted, "by": found.get("by") or "", "files": len(found.get("files") or ()), **of_entry}
    event = AddEvent(
        what="evidence_removed",
        ticket_id=ticket.ticket_id,
        actor=do.command.actor,
        channel=do.command.channel,
        reason=want.reason.strip()[:500],
        data=removed,
        at=do.now,
    )
    do.draft.operations.append(event)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _of_entry(do: Doing, ticket: TicketFact, wanted: str) -> tuple[EntryFact, dict[str, Any]]:
    for entry in _entries(do, ticket):
        for piece in entry.data.get("evidence") or ():
            if wanted and piece.get("id") == wanted:
                return entry, piece
    raise Refused("not-found", f"T-{ticket.number} has no evidence {wanted[:64]}")


def verify_prevention(do: Doing, want: r.VerifyPrevention) -> dict[str, Any]:
    """Somebody has seen that the preventive action works. Raises `Refused` where there is none, and where it is verified."""
    ticket = _ticket(do, want.number)
    if not ticket.fields.get("preventive_action"):
        raise Refused("conflict", f"T-{want.number} has no preventive action to verify")
    if ticket.fields.get("preventive_verified_at"):
        raise Refused("conflict", f"the preventive action of T-{want.number} is verified already")
    fields: dict[str, Any] = {"preventive_verified_at": do.now.isoformat(), "preventive_verified_by": do.name}
    written = list(fields)
    differs = changes(ticket, fields, written)
    if want.note.strip():
        note = Evidence(note=_text("note", want.note))
        fields["evidence"] = _evidence(do, ticket, [note], ticket.fields.get("evidence") or ())
    do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
    do.event("prevention_verified", ticket.ticket_id, fields=written, changes=differs)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _ticket(do: Doing, number: int) -> TicketFact:
    ticket = do.ticket(number)
    if ticket.status == "merged":
        raise Refused("conflict", f"T-{number} was merged into another ticket; its record goes on there")
    return ticket


def _entries(do: Doing, ticket: TicketFact) -> Sequence[EntryFact]:
    return do.facts.entries.get(ticket.ticket_id, ())


def _checked(given: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Values as an entry keeps them. Raises `Refused` for those that cannot be."""
    return {name: _value(name, value, now) for name, value in given.items()}


def _value(name: str, value: Any, now: datetime) -> Any:
    if value is None and name not in _MAY_BE_NULL:
        raise Refused("invalid", f"{name}: cannot be null")
    match name:
        case "requested_at" | "at":
            at = time_of(name, value)
            return None if at is None else written(happened(name, at, now))
        case "direction" if value not in ("in", "out"):
            raise Refused("invalid", "direction: must be in or out")
        case "seconds" if value is not None and (type(value) is not int or not 0 <= value <= 1_000_000):
            raise Refused("invalid", "seconds: must be a number of seconds")
        case "kept" if value not in (True, False, None):
            raise Refused("invalid", "kept: must be true, false or null")
        case "what" | "department" | "way":
            return _text(name, value)
        case "who" | "owner":
            return _text(name, value, empty=True)
    return value


def _text(name: str, value: Any, *, empty: bool = False) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise Refused("invalid", f"{name}: must be a text of at most {LONGEST} characters")
    if not empty and not value.strip():
        raise Refused("invalid", f"{name}: must not be empty")
    return value


def _done(at: Any, requested: Any, now: datetime) -> datetime | None:
    done, asked = time_of("done_at", at), time_of("requested_at", requested)
    if done is not None:
        happened("done_at", done, now)
        if asked is not None and done < asked:
            raise Refused("invalid", f"done_at: {done.isoformat()} is before it was requested")
    return done


def _changed(do: Doing, entry: EntryFact, want: r.ChangeEntry) -> EntryFact:
    """The entry with its new values. Raises `Refused`."""
    given = _checked(want.fields, do.now)
    new = entry.model_copy(update={"data": dict(entry.data)})
    new.data |= {name: value for name, value in given.items() if name not in ("due", "done_at", "kept")}
    if entry.kind in ("call", "contact"):
        new.done_at = time_of("at", new.data.get("at"))
    if "due" in given:
        _move(do, entry, new, given["due"], want.reason)
    if "done_at" in given or "requested_at" in given:
        new.done_at = _done(given.get("done_at", entry.done_at), new.data.get("requested_at"), do.now)
    if entry.kind == "promise":
        _keep(do, new, given)
    return new


def _move(do: Doing, entry: EntryFact, new: EntryFact, due: Any, reason: str) -> None:
    """It is due at another time. A promise that was broken counts anew; that it was moved, and when it was broken, stays written down."""
    new.due_at = time_of("due", due)
    if new.due_at == entry.due_at:
        return
    if entry.kind == "promise":
        if new.due_at is None:
            raise Refused("invalid", "due: a promise has a time; say that it was broken, or move it")
        if not reason.strip():
            raise Refused("invalid", "reason: say why the promise is put off")
        new.data["kept"] = None
    moved = {
        "from": written(entry.due_at) if entry.due_at else None,
        "to": written(new.due_at) if new.due_at else None,
        "reason": _text("reason", reason, empty=True),
        "by": do.name,
        "at": written(do.now),
    }
    new.data["moved"] = [*(entry.data.get("moved") or ()), moved][-MOST_EVIDENCE:]


def _keep(do: Doing, new: EntryFact, given: Mapping[str, Any]) -> None:
    """Whether the promise was kept: what is said of it, held against when it was done and due. Raises `Refused` where that cannot be."""
    kept = given.get("kept")
    if kept is True and new.done_at is None:
        new.done_at = do.now
    in_time = new.done_at is not None and (new.due_at is None or new.done_at <= new.due_at)
    if kept is True and not in_time:
        due = new.due_at.isoformat() if new.due_at else ""
        raise Refused("invalid", f"kept: it was due {due}; give the done_at at which it was kept, or leave out kept")
    if kept is False:
        new.data |= {"kept": False, "broken_at": new.data.get("broken_at") or written(do.now)}
    elif new.done_at is not None and ("done_at" in given or kept is True):
        new.data["kept"] = in_time
    elif "kept" in given or ("done_at" in given and new.data.get("kept") is True):
        new.data["kept"] = None


def _evidence(do: Doing, ticket: TicketFact, more: Sequence[Evidence], known: Sequence[Any]) -> list[dict[str, Any]]:
    """Evidence as it is kept, each with who brought it and when. Raises `Refused` for a message that the ticket does not have."""
    messages = {each.message_id for each in do.facts.messages.get(ticket.ticket_id, ())}
    kept = []
    for place, each in enumerate(more):
        if each.of is not None and each.of not in messages:
            raise Refused("invalid", f"evidence: T-{ticket.number} has no message {each.of}")
        if not (each.note.strip() or each.files or each.of):
            raise Refused("invalid", "evidence: needs a note, a file, or a message of the ticket")
        whole = each.model_copy(
            update={
                "note": _text("note", each.note, empty=True),
                "by": do.name,
                "at": do.now,
                "id": derive("evidence", do.command.command_id, str(place)),
            }
        )
        kept.append(whole.model_dump(mode="json"))
    found = [*map(_as_kept, known), *kept]
    if len(found) > MOST_EVIDENCE or len(to_json(found)) > EVIDENCE_BYTES:
        most = f"{MOST_EVIDENCE} pieces, {EVIDENCE_BYTES} octets without the files themselves"
        raise Refused("conflict", f"evidence: there is too much in one place; the most is {most}")
    return found


def _as_kept(piece: Any) -> dict[str, Any]:
    return piece.model_dump(mode="json") if isinstance(piece, Evidence) else dict(piece)


def _put(
    do: Doing,
    ticket: TicketFact,
    kind: EntryKind,
    data: dict[str, Any],
    due_at: datetime | None = None,
    done_at: datetime | None = None,
) -> dict[str, Any]:
    """Write a new entry down."""
    if len(_entries(do, ticket)) >= MOST_ENTRIES:
        raise Refused("conflict", f"the record of T-{ticket.number} has {MOST_ENTRIES} entries, which is the most")
    entry = EntryFact(
        entry_id=do.derive("entry"),
        ticket_id=ticket.ticket_id,
        kind=kind,
        data=data,
        due_at=time_of("due", due_at),
        done_at=time_of("done_at", done_at),
        by=do.name,
        created_at=do.now,
    )
    _write(do, ticket, entry)
    due = {"due": entry.due_at.isoformat()} if entry.due_at else {}
    do.event("entry_added", ticket.ticket_id, entry=entry.entry_id, kind=kind, **due)
    return _result(ticket, entry.entry_id)


def _write(do: Doing, ticket: TicketFact, entry: EntryFact) -> None:
    others = (each for each in _entries(do, ticket) if each.entry_id != entry.entry_id)
    if sum(len(to_json(each.data)) for each in (entry, *others)) > MOST_BYTES:
        raise Refused("conflict", f"the record of T-{ticket.number} is full: it has {MOST_BYTES} octets")
    values = {name: getattr(entry, name) for name in EntryFact.model_fields}
    do.draft.operations.append(PutEntry(**values, updated_at=do.now))


def _result(ticket: TicketFact, entry_id: str) -> dict[str, Any]:
    return {"ticket_id": ticket.ticket_id, "number": ticket.number, "entry_id": entry_id}


def _shown(entry: EntryFact) -> dict[str, Any]:
    """What an entry says, by the names of the API."""
    times = {"due": entry.due_at, "done_at": entry.done_at}
    data = {name: value for name, value in entry.data.items() if name not in ("moved", "broken_at")}
    return data | {name: at.isoformat() if at else None for name, at in times.items()}


def _tell_what_happened(do: Doing, ticket: TicketFact, old: EntryFact, new: EntryFact) -> None:
    """That something was done, or a promise kept or broken, is an event of its own, for whoever waits for just that."""
    said = {"entry": new.entry_id, "kind": new.kind}
    kept = new.data.get("kept")
    if new.kind == "promise" and kept is not None and kept != old.data.get("kept"):
        do.event("promise_kept" if kept else "promise_broken", ticket.ticket_id, **said)
    elif new.done_at is not None and old.done_at is None:
        do.event("entry_done", ticket.ticket_id, **said)


DECIDERS: Final[dict[type, Callable[[Doing, Any], dict[str, Any]]]] = {
    r.AddAction: add_action,
    r.AddPromise: add_promise,
    r.AddTask: add_task,
    r.LogCall: log_call,
    r.LogContact: log_contact,
    r.ChangeEntry: change_entry,
    r.AddEvidence: add_evidence,
    r.RemoveEvidence: remove_evidence,
    r.VerifyPrevention: verify_prevention,
}


def messages_needed(action: Any) -> bool:
    """Whether a command names messages of its ticket, which must be known then."""
    evidence = [*(getattr(action, "evidence", None) or ()), *(getattr(action, "add_evidence", None) or ())]
    return any(isinstance(each, Evidence) and each.of for each in evidence)
