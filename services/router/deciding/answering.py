"""May an automatic answer go out? Never to automatic mail, to ourselves, to system addresses or dead ones, and within a budget.

Budgets per recipient (figures that have held elsewhere): so many within so many minutes, in one ticket and over all tickets.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from services.router.deciding import repeating
from services.router.deciding.policy import Policy
from shared.messages.facts import AutomaticSent, ContactFact, SeenContent

PER_TICKET = ((10, 10), (30, 15), (60, 25), (180, 50), (600, 100))
OVER_ALL = ((10, 30), (30, 60), (60, 120), (240, 180), (600, 360))
_SYSTEM = re.compile(
    r"(mailer-?daemon|postmaster|(no|do-?not|ne)[-_.]?reply|nie-?odpowiadaj|bounces?|abuse|root|daemon"
    r"|.*[-_.+](bounces?|owner|request)|owner-.*|.*=.*)@",
    re.IGNORECASE,
)


def refusal(
    address: str,
    automatic: str | None,
    contact: ContactFact | None,
    sent: Sequence[AutomaticSent],
    ticket_id: str | None,
    policy: Policy,
    now: datetime,
    *,
    kind: str = "email",
) -> str | None:
    """Why no automatic answer may go to ``address``, the value of a point of this kind, or null when it may."""
    if automatic:
        return f"automatic mail ({automatic})"
    if not address or (kind == "email" and "@" not in address):
        return "no address to answer to"
    if policy.is_own(address) or address in policy.own_numbers:
        return "our own address"
    if contact is not None and contact.opted_out:
        return "they asked not to be written to"
    if kind == "email" and _SYSTEM.match(address):
        return "a system's address"
    if contact is not None and contact.undeliverable:
        return "the address is undeliverable"
    return _over_budget(sent, ticket_id, now)


def repetition(seen: Sequence[SeenContent], at: datetime) -> str | None:
    """Why what says the same as ``seen`` is not answered by itself any more; null when it may be."""
    times = repeating.times(seen, at)
    return f"said {times} times within an hour" if times >= repeating.STOP else None


def _over_budget(sent: Sequence[AutomaticSent], ticket_id: str | None, now: datetime) -> str | None:
    if len(sent) < min(most for _, most in PER_TICKET):
        return None
    in_ticket = [entry.at for entry in sent if ticket_id is not None and entry.ticket_id == ticket_id]
    for name, times, budget in (("ticket", in_ticket, PER_TICKET), ("address", [e.at for e in sent], OVER_ALL)):
        for minutes, most in budget:
            since = now - timedelta(minutes=minutes)
            if sum(1 for at in times if at > since) >= most:
                return f"over the budget of this {name}: {most} in {minutes} minutes"
    return None
