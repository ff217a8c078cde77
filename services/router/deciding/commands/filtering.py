"""Deciding about "spam" and "not spam"."""

from datetime import datetime
from typing import Any

from services.router.deciding import sending, spam
from services.router.deciding.commands import returning
from services.router.deciding.commands.changing import set_status
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.teaching import block
from shared.messages import command as c
from shared.messages.changeset import BlockPoint, ChangeTicket
from shared.messages.facts import TicketFact, point_key
from shared.messages.gathering import Block
from shared.messages.parts import Point

MEMORY = "spam"
"""What a ticket was before somebody said that it is spam."""


def mark_spam(do: Doing, want: c.MarkSpam) -> dict[str, Any]:
    """The ticket is spam: its later mails stay in it unanswered, and the filter learns."""
    ticket = do.ticket(want.number)
    if want.block and not ticket.customer:
        raise Refused("invalid", f"block: T-{want.number} has no customer")
    if ticket.status != "spam":
        kept = {MEMORY: {**returning.memory(ticket), "at": do.now.isoformat()}}
        _move(do, ticket, "spam", {})
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, state=kept))
    do.draft.operations += spam.lesson(ticket.ticket_id, do.facts.samples.get(ticket.ticket_id), True, do.policy)
    if want.block:
        block(do, ticket, True)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def not_spam(do: Doing, want: c.NotSpam) -> dict[str, Any]:
    """The ticket is none: what it was before somebody took it for spam, else open; its customer is unblocked, and the filter learns
    that."""
    ticket = do.ticket(want.number)
    fields: dict[str, Any] = {}
    if spam.TAG in ticket.tags:
        fields["tags"] = [tag for tag in ticket.tags if tag != spam.TAG]
    kept = ticket.state.get(MEMORY)
    if ticket.status == "spam" and kept and ticket.status_since == datetime.fromisoformat(kept["at"]):
        returning.come_back(do, ticket, kept, "undo", "")
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields, state={MEMORY: None}))
    elif ticket.status == "spam":
        _move(do, ticket, "open", fields)
    elif fields:
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))
    do.draft.operations += spam.lesson(ticket.ticket_id, do.facts.samples.get(ticket.ticket_id), False, do.policy)
    if ticket.customer:
        block(do, ticket, False)
    do.event("not_spam", ticket.ticket_id)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _move(do: Doing, ticket: TicketFact, status: str, fields: dict[str, Any]) -> None:
    if ticket.status != status:
        set_status(do, ticket, status, fields)
    if fields:
        do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields=fields))


_BLOCKED_KINDS = ("email", "phone", "whatsapp", "messenger", "telegram", "chat")


def blockable(point: Point) -> Point:
    """A point as it is stored."""
    value = point.value.strip()
    kept = sending.normalised(value) if point.kind in ("email", "phone", "whatsapp") else value
    return Point(kind=point.kind, value=kept)


def block_point(do: Doing, want: Block) -> dict[str, Any]:
    """Block a point, or no longer, whoever's it is. Raises `Refused` for what is none, and for taking away what is not blocked."""
    point = blockable(want.point)
    if point.kind not in _BLOCKED_KINDS or not point.value or len(point.value) > 320:
        raise Refused("invalid", f"kind: name a point as {', '.join(_BLOCKED_KINDS)} and its value")
    if want.blocked and do.policy.is_own(point.value):
        raise Refused("conflict", f"value: {point.value} is ours")
    key = point_key(point.kind, point.value)
    known = do.facts.contacts.get(key)
    if not want.blocked and known is not None and not known.blocked:
        raise Refused("not-found", f"value: {point.value} is not blocked")
    do.draft.change(do.facts, key)
    contact_id = known.contact_id if known is not None else None
    do.draft.operations.append(BlockPoint(point=point, contact_id=contact_id, blocked=want.blocked))
    do.event("contact_blocked" if want.blocked else "contact_unblocked", None, contact=contact_id, kind=point.kind)
    return {"kind": point.kind, "value": point.value, "blocked": want.blocked}
