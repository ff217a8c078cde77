"""Deciding about a ticket's fields and its status."""

from collections.abc import Callable, Mapping
from typing import Any

from services.router.deciding import lifecycle, spam
from services.router.deciding.commands import collision, meaning, outward, teaching
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.fields import WRITABLE, changes, checked
from services.router.deciding.life import questioning, requiring
from shared.messages import command as c
from shared.messages.changeset import ChangeTicket
from shared.messages.facts import TicketFact

_VERIFIED = ("preventive_verified_at", "preventive_verified_by")
_FOLLOWING = ("tested_by", *_VERIFIED)
"""What may change with the fields that somebody writes."""


def change(do: Doing, want: c.Change) -> dict[str, Any]:
    """New values of a ticket's fields. Raises `Refused`, also for people and teams that nobody knows."""
    ticket = do.whole(want.number)
    fields = {name: _known(do, ticket, name, checked(name, value, do.now)) for name, value in want.fields.items()}
    if not fields:
        raise Refused("invalid", f"nothing to change; writable are {', '.join(WRITABLE)}")
    status = fields.pop("status", None)
    _notify(do, ticket, fields.pop("notify_by", None))
    fields |= whose(do, fields)
    fields |= _unverified(ticket, fields)
    if status is not None and status != ticket.status:
        teaching.on_status(do, ticket, str(status))
        set_status(do, ticket, str(status), fields)
    if fields:
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
        changed = [name for name in fields if name in (*want.fields, *_FOLLOWING)]
        if changed:
            short = {name: fields[name] for name in changed if name in ("priority", "category", "team", "assignee")}
            differs = changes(ticket, fields, changed)
            do.event("ticket_changed", ticket.ticket_id, fields=changed, changes=differs, **short)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _known(do: Doing, ticket: TicketFact, name: str, value: Any) -> Any:
    """The value with whom it names called by their address, teams by their name; what stands there already stays. Raises `Refused`."""
    if name == "solution" and isinstance(value, str):
        return outward.words(do, value, ticket.language)
    if name not in ("assignee", "team", "watchers") or not value or value == getattr(ticket, name):
        return value
    if name == "team":
        return meaning.team(do, name, value)
    if name == "assignee":
        return meaning.whoever(do, name, value, ticket)
    stay = set(ticket.watchers)
    return list(dict.fromkeys(each if each in stay else meaning.whoever(do, name, each, ticket) for each in value))


def _notify(do: Doing, ticket: TicketFact, choice: str | None) -> None:
    """How the customer is told of what happens to the ticket, from now on."""
    if choice is not None:
        state = {questioning.CHOICE: choice}
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, state=state))
        do.event("ticket_changed", ticket.ticket_id, fields=["notify_by"], notify_by=choice)


def whose(do: Doing, fields: Mapping[str, Any]) -> dict[str, str]:
    """Who tested, who verified: whoever says so, where nobody else is named."""
    by = {"tested": "tested_by", "preventive_verified_at": "preventive_verified_by"}
    return {who: do.name for what, who in by.items() if fields.get(what) and who not in fields}


def _unverified(ticket: TicketFact, fields: Mapping[str, Any]) -> dict[str, None]:
    """Another preventive action is one that nobody has seen to work yet."""
    known = ticket.fields
    other = "preventive_action" in fields and fields["preventive_action"] != known.get("preventive_action")
    if not other or not known.get(_VERIFIED[0]) or _VERIFIED[0] in fields:
        return {}
    return dict.fromkeys(_VERIFIED)


def set_status(do: Doing, ticket: TicketFact, status: str, fields: dict[str, Any]) -> None:
    """Move the ticket to a status by hand: what goes along with it stands in ``fields`` afterwards, timers and event are in the draft.
    Raises `Refused` where that is not possible, and for closing without what the category requires."""
    step = lifecycle.Step("hand", do.command.actor, do.now, do.policy.close_after, do.command.channel)
    try:
        move = lifecycle.move(ticket, status, step)
    except lifecycle.NotAllowed as error:
        raise Refused(
            "conflict",
            f"status: {error}",
            why="status",
            ticket=f"T-{ticket.number}",
            was=ticket.status,
            state=status,
        ) from None
    if status == "solved":
        fields.setdefault("solved_by", do.name)
    elif status == "closed":
        entries = do.facts.entries.get(ticket.ticket_id, ())
        if lacking := requiring.missing(ticket, entries, do.policy, fields):
            required = f"the category {fields.get('category', ticket.category)} requires it"
            raise Refused(
                "conflict", f"status: T-{ticket.number} cannot be closed yet, {required}: {', '.join(lacking)}"
            )
    fields |= move.fields
    do.draft.operations += [*move.timers, move.event]


def solve(do: Doing, want: c.Solve) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    if not want.summary.strip():
        raise Refused("invalid", "summary: say how it was solved")
    collision.check(do, ticket, want.seen_at)
    # The customer is told of it, and finds it on the ticket's page.
    fields: dict[str, Any] = {"solution": outward.words(do, want.summary, ticket.language)}
    for name in ("root_cause", "preventive_action", "tested", "tested_by"):
        if (value := getattr(want, name)) is not None:
            fields[name] = value
    fields |= whose(do, fields)
    fields |= _unverified(ticket, fields)
    # That it was solved says what stands in the solution; of the rest the audit trail has the names.
    written = [name for name in fields if ticket.status == "solved" or name != "solution"]
    if written:
        do.event("ticket_changed", ticket.ticket_id, fields=written, changes=changes(ticket, fields, written))
    if ticket.status != "solved":
        set_status(do, ticket, "solved", fields)
    do.draft.operations += spam.by_answering(ticket.ticket_id, do.facts, do.policy)
    do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def to_status(status: str) -> Callable[[Doing, Any], dict[str, Any]]:
    def move(do: Doing, want: c.Close | c.Reopen) -> dict[str, Any]:
        ticket = do.ticket(want.number)
        fields: dict[str, Any] = {}
        if ticket.status != status:
            teaching.on_status(do, ticket, status)
            set_status(do, ticket, status, fields)
            do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
        return {"ticket_id": ticket.ticket_id, "number": ticket.number}

    return move
