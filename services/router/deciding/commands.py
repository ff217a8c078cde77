"""Deciding about commands: what an agent, an API client or an operator wants done, and what that changes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pydantic_core

from services.router.deciding import lifecycle, sending
from services.router.deciding.classify import classify
from services.router.deciding.inbound import Draft
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import (
    AddAgent,
    AddEvent,
    AddMessage,
    AddToken,
    CancelTimer,
    Changeset,
    ChangeTicket,
    OpenTicket,
    PutContact,
    QueueDelivery,
    SetTimer,
)
from shared.messages.facts import Facts, FactsRequest, TicketFact, point_key, ticket_key
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point, Reason

WRITABLE = (
    "subject",
    "status",
    "kind",
    "product",
    "priority",
    "category",
    "tags",
    "team",
    "assignee",
    "watchers",
    "language",
    "problem",
    "impact",
    "solution",
    "root_cause",
    "preventive_action",
    "tested",
)
_CHOICES: dict[str, tuple[str, ...]] = {
    "kind": ("question", "complaint", "suggestion", "order", "offer", "service"),
    "priority": ("low", "normal", "high", "urgent"),
    "status": tuple(lifecycle.TRANSITIONS),
}
_LISTS = ("tags", "watchers")


class Refused(Exception):
    """A command that cannot be done; ``error`` as in `CommandResult`, the text for people."""

    def __init__(self, error: str, detail: str) -> None:
        super().__init__(detail)
        self.error = error


@dataclass(frozen=True)
class Doing:
    """A command with everything that deciding about it needs."""

    command: c.Command
    facts: Facts
    policy: Policy
    now: datetime
    draft: Draft

    def event(self, what: str, ticket_id: str | None, message_id: str | None = None, **data: Any) -> None:
        """Note what was done, by whom and from where."""
        actor, channel = self.command.actor, self.command.channel
        self.draft.operations.append(
            AddEvent(
                what=what,
                ticket_id=ticket_id,
                message_id=message_id,
                actor=actor,
                channel=channel,
                data=data,
                at=self.now,
            )
        )

    def ticket(self, number: int) -> TicketFact:
        """The ticket of that number, which this command changes. Raises `Refused` where there is none."""
        ticket_id = self.facts.numbers.get(number)
        ticket = self.facts.tickets.get(ticket_id) if ticket_id else None
        if ticket is None:
            raise Refused("not-found", f"there is no ticket T-{number}")
        self.draft.change(self.facts, ticket_key(ticket.ticket_id))
        return ticket

    def derive(self, kind: str) -> str:
        """The id of what this command makes."""
        return derive(kind, self.command.command_id)


def needs(command: c.Command) -> FactsRequest:
    """What must be known to decide about a command."""
    number = getattr(command.action, "number", None)
    request = FactsRequest(numbers=[number] if number is not None else [])
    match command.action:
        case c.OpenByHand(contact=contact) if contact:
            request.points = [Point(kind=sending.kind_of(contact), value=sending.normalised(contact))]
        case c.CreateAgent(email=email):
            request.points = [Point(kind="email", value=email.strip().lower())]
    return request


def fingerprint(command: c.Command) -> str:
    """What tells a repeated command from another one under the same key."""
    return derive("command", pydantic_core.to_json(command.action).decode())


def decide_command(command: c.Command, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The changeset for a command. Raises `Refused` for what cannot be done."""
    doing = Doing(command, facts, policy, now, Draft())
    result = _DO[type(command.action)](doing, command.action)
    return Changeset(
        cause=f"command:{command.command_id}",
        fingerprint=fingerprint(command),
        relies=doing.draft.relies,
        bumps=list(doing.draft.bumps),
        operations=doing.draft.operations,
        result=result,
        policy=policy.version,
    )


def _open(do: Doing, want: c.OpenByHand) -> dict[str, Any]:
    if not want.subject.strip():
        raise Refused("invalid", "subject: must not be empty")
    ticket_id, message_id = do.derive("ticket"), do.derive("message")
    inbox = want.inbox or next(iter(do.policy.email_inboxes), "support")
    classified = classify(want.subject, want.text, want.contact.lower(), inbox, want.channel, do.policy, do.now)
    contact_id, language, customer = None, do.policy.languages[0], ""
    if want.contact:
        point = Point(kind=sending.kind_of(want.contact), value=sending.normalised(want.contact))
        key = point_key(point.kind, point.value)
        known = do.facts.contacts.get(key)
        customer = point.value
        contact_id = known.contact_id if known else derive("contact", point.kind, point.value)
        language = (known.language if known and known.language else language) or language
        do.draft.change(do.facts, key)
        do.draft.operations.append(PutContact(contact_id=contact_id, name=want.name, points=[point]))
    by_hand = Reason(rule="opened by hand", evidence=do.command.actor)
    do.draft.operations += [
        OpenTicket(
            ticket_id=ticket_id,
            subject=want.subject,
            channel=want.channel,
            inbox=inbox,
            language=language,
            contact_id=contact_id,
            customer=customer,
            participants=[customer] if customer else [],
            kind=classified.kind,
            category=classified.category,
            priority=classified.priority,
            team=classified.team,
            received_by=want.received_by or do.command.actor_name or do.command.actor,
            problem=want.text[:10_000],
            internal=want.internal,
            created_at=do.now,
            first_response_due=classified.first_response_due,
            resolution_due=classified.resolution_due,
            reasons={**classified.reasons, "thread": by_hand},
        ),
        AddMessage(
            message_id=message_id,
            ticket_id=ticket_id,
            direction="internal" if want.internal else "in",
            channel=want.channel,
            inbox=inbox,
            author=Address(name=want.name, address=customer),
            subject=want.subject,
            text=want.text,
            reply_text=want.text,
            created_at=do.now,
            routed_by=by_hand,
            correlation_id=do.command.correlation_id,
        ),
    ]
    do.event("ticket_opened", ticket_id, message_id, category=classified.category, priority=classified.priority)
    return {"ticket_id": ticket_id, "message_id": message_id}


def _reply(do: Doing, want: c.Reply) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    if not want.text.strip() and not want.attachments:
        raise Refused("invalid", "text: must not be empty")
    if ticket.status == "merged":
        raise Refused("conflict", f"T-{want.number} was merged into another ticket; answer there")
    if want.channel not in (None, "email"):
        raise Refused("invalid", f"channel: there is no inbox that sends {want.channel}")
    to = want.to or ([ticket.customer] if ticket.customer else [])
    if not to:
        raise Refused("invalid", f"to: T-{want.number} has no customer to answer; name an address")
    for address in to:
        if sending.kind_of(address) != "email":
            raise Refused("invalid", f"to: {address!r} is no mail address")
    message_id, delivery_id = do.derive("message"), do.derive("delivery")
    recipients = [Address(address=address.strip()) for address in to]
    inbox = sending.email_inbox(ticket, do.policy)
    do.draft.operations += [
        AddMessage(
            message_id=message_id,
            ticket_id=ticket.ticket_id,
            direction="out",
            channel="email",
            inbox=inbox,
            author=Address(name=do.command.actor_name, address=""),
            author_kind="agent",
            recipients=recipients,
            audience=len(recipients),
            subject=ticket.subject,
            text=want.text,
            reply_text=want.text,
            attachments=want.attachments,
            created_at=do.now,
            correlation_id=do.command.correlation_id,
        ),
        QueueDelivery(
            outbound=Outbound(
                delivery_id=delivery_id,
                ticket_id=ticket.ticket_id,
                ticket_number=ticket.number,
                message_id=message_id,
                channel="email",
                inbox=inbox,
                kind="reply",
                to=recipients,
                language=ticket.language,
                subject=ticket.subject,
                text=want.text,
                author=do.command.actor_name,
                attachments=want.attachments,
                in_reply_to=ticket.latest_message_ids[-1] if ticket.latest_message_ids else None,
                references=ticket.latest_message_ids,
                created_at=do.now,
                correlation_id=do.command.correlation_id,
            )
        ),
    ]
    change = ChangeTicket(ticket_id=ticket.ticket_id, fields={"next_response_due": None})
    new = [address for address in (a.strip().lower() for a in to) if address not in ticket.participants]
    change.add_participants = new
    if ticket.first_responded_at is None:
        change.fields |= {"first_responded_at": do.now.isoformat(), "first_response_due": None}
    if ticket.status == "new":
        change.fields["status"] = "open"
        do.event("status_changed", ticket.ticket_id, **{"from": "new", "to": "open"})
    do.draft.operations.append(change)
    do.event("message_sent", ticket.ticket_id, message_id)
    return {
        "ticket_id": ticket.ticket_id,
        "number": ticket.number,
        "message_id": message_id,
        "delivery_id": delivery_id,
    }


def _note(do: Doing, want: c.Note) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    if not want.text.strip():
        raise Refused("invalid", "text: must not be empty")
    message_id = do.derive("message")
    do.draft.operations.append(
        AddMessage(
            message_id=message_id,
            ticket_id=ticket.ticket_id,
            direction="internal",
            channel=ticket.channel,
            inbox=ticket.inbox,
            author=Address(name=do.command.actor_name, address=""),
            author_kind="agent",
            subject=ticket.subject,
            text=want.text,
            reply_text=want.text,
            created_at=do.now,
            correlation_id=do.command.correlation_id,
        )
    )
    do.event("note_added", ticket.ticket_id, message_id, mentions=want.mentions)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number, "message_id": message_id}


def _change(do: Doing, want: c.Change) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    fields = {name: _checked(name, value) for name, value in want.fields.items()}
    if not fields:
        raise Refused("invalid", f"nothing to change; writable are {', '.join(WRITABLE)}")
    status = fields.pop("status", None)
    if status is not None and status != ticket.status:
        _set_status(do, ticket, str(status), fields)
    if fields:
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
        changed = [name for name in fields if not name.endswith("_at")]
        if changed:
            short = {name: fields[name] for name in changed if name in ("priority", "category", "team", "assignee")}
            do.event("ticket_changed", ticket.ticket_id, fields=changed, **short)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _checked(name: str, value: Any) -> Any:
    """The value to write. Raises `Refused` for a field that is not writable and for a value it cannot have."""
    if name not in WRITABLE:
        raise Refused("invalid", f"{name}: cannot be changed; writable are {', '.join(WRITABLE)}")
    if name in _LISTS:
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise Refused("invalid", f"{name}: must be a list of texts")
        return list(dict.fromkeys(value))
    if name == "priority" and value == "medium":
        return "normal"
    if name in _CHOICES:
        if value is None and name == "kind":
            return None
        if value not in _CHOICES[name]:
            raise Refused("invalid", f"{name}: must be one of {', '.join(_CHOICES[name])}")
        return value
    if name == "subject" and (not isinstance(value, str) or not value.strip()):
        raise Refused("invalid", "subject: must not be empty")
    if value is not None and not isinstance(value, str):
        raise Refused("invalid", f"{name}: must be a text or null")
    return value


def _set_status(do: Doing, ticket: TicketFact, status: str, fields: dict[str, Any]) -> None:
    """Move the ticket to a status, with its times and its timer. Raises `Refused` where that is not possible."""
    if not lifecycle.allowed(ticket.status, status) or status == "merged":
        possible = ", ".join(sorted(lifecycle.TRANSITIONS[ticket.status])) or "nothing"
        raise Refused("conflict", f"status: a {ticket.status} ticket can become {possible}, not {status}")
    fields["status"] = status
    timer = derive("timer", "close", ticket.ticket_id)
    if status == "solved":
        fields |= {"solved_at": do.now.isoformat(), "closed_at": None}
        due = do.now + do.policy.close_after
        do.draft.operations.append(SetTimer(timer_id=timer, kind="close", ticket_id=ticket.ticket_id, due_at=due))
    elif ticket.status == "solved":
        do.draft.operations.append(CancelTimer(timer_id=timer))
    if status == "closed":
        fields["closed_at"] = do.now.isoformat()
    elif status in ("open", "pending", "on_hold") and ticket.status in ("solved", "closed"):
        fields |= {"solved_at": None, "closed_at": None}
    do.event("status_changed", ticket.ticket_id, **{"from": ticket.status, "to": status})


def _solve(do: Doing, want: c.Solve) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    if not want.summary.strip():
        raise Refused("invalid", "summary: say how it was solved")
    fields: dict[str, Any] = {"solution": want.summary}
    for name in ("root_cause", "preventive_action", "tested"):
        if (value := getattr(want, name)) is not None:
            fields[name] = value
    _set_status(do, ticket, "solved", fields)
    do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _to_status(status: str) -> Callable[[Doing, Any], dict[str, Any]]:
    def move(do: Doing, want: c.Close | c.Reopen) -> dict[str, Any]:
        ticket = do.ticket(want.number)
        fields: dict[str, Any] = {}
        if ticket.status != status:
            _set_status(do, ticket, status, fields)
            do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
        return {"ticket_id": ticket.ticket_id, "number": ticket.number}

    return move


def _token(do: Doing, want: c.CreateToken) -> dict[str, Any]:
    if not want.name.strip():
        raise Refused("invalid", "name: must not be empty")
    token_id = do.derive("token")
    do.draft.operations.append(AddToken(token_id=token_id, name=want.name, sha256=want.sha256, at=do.now))
    do.event("token_created", None, name=want.name)
    return {"token_id": token_id}


def _agent(do: Doing, want: c.CreateAgent) -> dict[str, Any]:
    email = want.email.strip().lower()
    if sending.kind_of(email) != "email":
        raise Refused("invalid", f"email: {want.email!r} is no mail address")
    if point_key("email", email) in do.facts.agents:
        raise Refused("conflict", f"there is an agent {email} already")
    do.draft.change(do.facts, point_key("email", email))
    agent_id = derive("agent", email)
    do.draft.operations.append(AddAgent(agent_id=agent_id, email=email, name=want.name, role=want.role, at=do.now))
    do.event("agent_created", None, agent=agent_id, role=want.role)
    return {"agent_id": agent_id}


def _alert(do: Doing, want: c.Alert) -> dict[str, Any]:
    inboxes = sorted(do.policy.email_inboxes, key=lambda name: name in want.avoid) or ["support"]
    inbox = inboxes[0]
    for address in do.policy.alerts:
        do.draft.operations.append(
            QueueDelivery(
                outbound=Outbound(
                    delivery_id=derive("delivery", do.command.command_id, address),
                    channel="email",
                    inbox=inbox,
                    kind="alert",
                    to=[Address(address=address)],
                    subject=f"{do.policy.company}: {want.what}",
                    text=want.text,
                    automatic=True,
                    created_at=do.now,
                    correlation_id=do.command.correlation_id,
                )
            )
        )
    do.event("alert_sent", None, condition=want.what, episode=want.episode)
    return {}


_DO: dict[type, Callable[[Doing, Any], dict[str, Any]]] = {
    c.OpenByHand: _open,
    c.Reply: _reply,
    c.Note: _note,
    c.Change: _change,
    c.Solve: _solve,
    c.Close: _to_status("closed"),
    c.Reopen: _to_status("open"),
    c.CreateToken: _token,
    c.CreateAgent: _agent,
    c.Alert: _alert,
}
