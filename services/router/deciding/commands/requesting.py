"""Deciding about tickets between departments: a request by which a ticket's owner asks for something, and those opened by hand.

They have a number and a life like any other and no customer: nothing of them goes out of the house.
"""

from dataclasses import dataclass, field
from typing import Any

from services.router.deciding import sending
from services.router.deciding.classify import classify
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.fields import happened
from services.router.deciding.commands.handing import Receivers, receivers
from services.router.deciding.life import requests
from services.router.deciding.life.promises import written
from shared.messages import command as c
from shared.messages.changeset import AddEvent, AddMessage, LinkTickets, OpenTicket
from shared.messages.facts import TicketFact
from shared.messages.life import PutEntry
from shared.messages.parts import BY_HAND, Address, Reason
from shared.messages.talking import MakeRequest

_SUBJECT = 200
_WORDS = 5_000
_PROBLEM = 10_000


@dataclass(frozen=True)
class _New:
    """An internal ticket that is opened; ``columns`` are those that differ between the two ways of opening one."""

    subject: str
    words: str
    inbox: str
    held: requests.Held | None
    reasons: dict[str, Reason]
    columns: dict[str, Any] = field(default_factory=dict)


def make_request(do: Doing, want: MakeRequest) -> dict[str, Any]:
    """Ask a team or an agent for something; whoever has the ticket keeps it. Raises `Refused`."""
    ticket = do.ticket(want.number)
    what = want.what.strip()
    if not what or len(what) > _WORDS:
        raise Refused("invalid", f"what: say what is wanted, in at most {_WORDS} characters")
    if ticket.status in ("merged", "spam"):
        raise Refused("conflict", f"status: nothing is asked for a {ticket.status} ticket")
    if want.due is not None and want.due <= do.now:
        raise Refused("invalid", "due: must be a time to come")
    to = receivers(do, "to", [want.to])
    line = what.splitlines()[0].strip()
    asker = ticket.assignee or _asker(do)
    new = _New(
        subject=line if len(line) <= _SUBJECT else f"{line[: _SUBJECT - 1].rstrip()}…",
        words=what,
        inbox=sending.email_inbox(ticket, do.policy),
        held=requests.Held(to.names[0], asker, f"T-{ticket.number}", ticket.ticket_id, want.due),
        reasons={"thread": Reason(rule="request", evidence=f"of T-{ticket.number}, by {do.command.actor}")},
        columns={
            "category": ticket.category,
            "priority": ticket.priority,
            "product": ticket.fields.get("product"),
            "resolution_due": want.due,
            "received_by": do.name,
            **_whose(to),
        },
    )
    ticket_id = _open(do, new)["ticket_id"]
    do.draft.operations.append(LinkTickets(ticket_id=ticket_id, other_id=ticket.ticket_id, kind="request"))
    due = {"due": want.due.isoformat()} if want.due else {}
    asked = {"request": ticket_id, "to": to.names[0], **due}
    do.event("request_made", ticket.ticket_id, **asked)
    _act(do, ticket, ticket_id, what, to.names[0])
    # The number is the new ticket's, and the store's to give.
    return {"ticket_id": ticket_id, "of": want.number}


def open_internal(do: Doing, want: c.OpenByHand) -> dict[str, Any]:
    """A ticket from an agent or a department to another. Raises `Refused`, also for a customer: it has none."""
    if want.contact:
        raise Refused("invalid", "contact: an internal ticket has no customer")
    inbox = want.inbox or next(iter(do.policy.email_inboxes), "support")
    classified = classify(want.subject, want.text, "", inbox, "email", do.policy, do.now, advise=False)
    to = receivers(do, "to", [want.to_department]) if want.to_department else None
    by = receivers(do, "from", [want.from_department]).names[0] if want.from_department else ""
    team = classified.team if to is None else None
    is_asked = to is not None or bool(by)
    held = requests.Held(to.names[0] if to else team or "", by or _asker(do)) if is_asked else None
    received_at = happened("received_at", want.received_at, do.now) if want.received_at else None
    new = _New(
        subject=want.subject,
        words=want.text,
        inbox=inbox,
        held=held,
        reasons={**classified.reasons, "thread": Reason(rule=BY_HAND, evidence=do.command.actor)},
        columns={
            "category": classified.category,
            "kind": classified.kind,
            "priority": classified.priority,
            "resolution_due": classified.resolution_due,
            "received_by": want.received_by or do.name,
            "received_at": received_at,
            "received_via": want.received_via or None,
            **(_whose(to) if to is not None else {"team": team}),
        },
    )
    return _open(do, new)


def _asker(do: Doing) -> str:
    """Whoever asks: an agent by their address, so that they can be told."""
    name = do.command.actor.partition("agent:")[2]
    return next((each.email for each in do.facts.staff.values() if each.agent_id == name), name) or do.name


def _whose(to: Receivers) -> dict[str, Any]:
    return {"team": to.team, "assignee": next(iter(to.agents), None)}


def _open(do: Doing, new: _New) -> dict[str, Any]:
    ticket_id, message_id = do.derive("ticket"), do.derive("message")
    do.draft.operations += [
        OpenTicket(
            ticket_id=ticket_id,
            subject=new.subject,
            channel="email",
            inbox=new.inbox,
            language=do.policy.languages[0] if do.policy.languages else "en",
            problem=new.words[:_PROBLEM],
            internal=True,
            created_at=do.now,
            reasons=new.reasons,
            state={requests.MEMORY: new.held.as_json()} if new.held else {},
            **new.columns,
        ),
        AddMessage(
            message_id=message_id,
            ticket_id=ticket_id,
            direction="internal",
            channel="email",
            inbox=new.inbox,
            author=Address(name=do.command.actor_name, address=""),
            author_kind="agent",
            subject=new.subject,
            text=new.words,
            reply_text=new.words,
            created_at=do.now,
            correlation_id=do.command.correlation_id,
        ),
    ]
    short = {name: new.columns.get(name) for name in ("category", "priority", "team")}
    do.event("ticket_opened", ticket_id, message_id, **short, internal=True)
    return {"ticket_id": ticket_id, "message_id": message_id}


def _act(do: Doing, ticket: TicketFact, request_id: str, what: str, to: str) -> None:
    """What a department was asked for is an action of the ticket's record, done when they have answered."""
    entry_id = requests.entry_id(request_id)
    action = PutEntry(
        entry_id=entry_id,
        ticket_id=ticket.ticket_id,
        kind="action",
        data={"what": what, "department": to, "requested_at": written(do.now), "evidence": []},
        by=do.name,
        created_at=do.now,
        updated_at=do.now,
    )
    entered = AddEvent(
        what="entry_added",
        ticket_id=ticket.ticket_id,
        actor=do.command.actor,
        channel=do.command.channel,
        data={"entry": entry_id, "kind": "action"},
        at=do.now,
    )
    do.draft.operations += [action, entered]
