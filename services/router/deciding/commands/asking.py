"""Deciding about asking a customer for details."""

from typing import Any

from services.router.deciding import lifecycle
from services.router.deciding.commands import conversation
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.macros import alive
from services.router.deciding.life import asking
from shared.messages import command as c
from shared.messages.automation import AskDetails
from shared.texts import LANGUAGES, text

MOST = 30
_LONGEST = 300


def ask_details(do: Doing, want: AskDetails) -> dict[str, Any]:
    """Send the list, on the customer's channel and in their language, and wait for them. Raises `Refused` for nothing to ask, for what is
    asked already, and for a ticket that cannot wait for its customer."""
    ticket = do.ticket(want.number)
    conversation.has_customer(ticket)
    living = alive(do, ticket.ticket_id)
    labels = list(dict.fromkeys(label.strip() for label in want.fields if label.strip())) or asking.wanted(living)
    if not labels:
        raise Refused("invalid", f"fields: name what to ask for; the category {ticket.category} has no ask_for")
    if len(labels) > MOST or any(len(label) > _LONGEST for label in labels):
        raise Refused("invalid", f"fields: at most {MOST}, each of at most {_LONGEST} characters")
    if ticket.status == "pending" and asking.is_asked(living, labels):
        raise Refused("conflict", f"the customer of T-{want.number} was asked for this already; it waits for them")
    if not lifecycle.allowed(ticket.status, "pending"):
        raise Refused("conflict", f"status: a {ticket.status} ticket cannot wait for its customer; open it first")
    default = do.policy.languages[0] if do.policy.languages else LANGUAGES[0]
    language = ticket.language if ticket.language in LANGUAGES else default
    words = text("asking.words", language, list=asking.listed(labels))
    if want.text.strip():
        words = f"{want.text.strip()}\n\n{words}"
    result = conversation.reply(do, c.Reply(number=want.number, text=words, status="pending"))
    asking.begin(alive(do, ticket.ticket_id), labels)
    return result
