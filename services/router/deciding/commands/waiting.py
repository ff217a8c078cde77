"""Deciding about waiting, and about what a customer answers on their page: snoozing; solved or not, and how satisfied they are."""

from datetime import timedelta
from typing import Any

from services.router.deciding import questions
from services.router.deciding.commands.changing import set_status
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.life import snoozing
from services.router.deciding.lifecycle import OVER
from shared.identity import derive
from shared.messages.after import CustomerAnswer, Snooze
from shared.messages.changeset import ChangeTicket, SetTimer

LONGEST = timedelta(days=366)
_SNOOZED = ("new", "open", "pending", "on_hold")


def snooze(do: Doing, want: Snooze) -> dict[str, Any]:
    """Put a ticket off. Raises `Refused` for a time that is over or far away, and for a ticket that is over."""
    ticket = do.ticket(want.number)
    if want.until <= do.now:
        raise Refused("invalid", "until: must be a time to come")
    if want.until > do.now + LONGEST:
        raise Refused("invalid", f"until: at most {LONGEST.days} days from now")
    if ticket.status not in _SNOOZED:
        raise Refused("conflict", f"status: a {ticket.status} ticket cannot be put off; open it first")
    before = ticket.state.get(snoozing.MEMORY, {}).get("from") if ticket.snoozed_until else None
    state = {snoozing.MEMORY: {"from": before or ticket.status}}
    fields: dict[str, Any] = {}
    if ticket.status != "on_hold":
        set_status(do, ticket, "on_hold", fields)
    fields["snoozed_until"] = want.until.isoformat()
    do.draft.operations += [
        ChangeTicket(ticket_id=ticket.ticket_id, fields=fields, state=state),
        SetTimer(
            timer_id=derive("timer", snoozing.TIMER, ticket.ticket_id),
            kind=snoozing.TIMER,
            ticket_id=ticket.ticket_id,
            due_at=want.until,
        ),
    ]
    do.event("snoozed", ticket.ticket_id, until=want.until.isoformat())
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def customer_answer(do: Doing, want: CustomerAnswer) -> dict[str, Any]:
    """What the customer says on their page. Raises `Refused` where there is nothing to be said any more."""
    ticket = do.ticket(want.number)
    said = questions.Said(do.command.actor, do.command.channel, do.now)
    if want.solved is None and want.score is None and not want.words.strip():
        raise Refused("invalid", "solved: say whether it is solved, or how satisfied you are")
    if want.solved is None and ticket.status not in OVER:
        # The page that asks was opened before; how satisfied they are is asked again when it is solved.
        raise Refused("conflict", f"T-{want.number} is {ticket.status}: there is nothing to rate yet")
    if want.solved is not None:
        done = questions.confirm if want.solved else questions.reject
        if not done(ticket, said, do.facts, do.draft) and not (want.solved and ticket.customer_confirmed_at):
            raise Refused("conflict", f"T-{want.number} is {ticket.status}: there is nothing to confirm")
    if want.score is not None or want.words.strip():
        questions.rate(ticket, want.score, want.words, said, do.facts, do.draft)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}
