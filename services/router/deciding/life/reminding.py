"""Reminding agents: whoever has a ticket is told of what they should look at; of a customer who does not answer, too.

A ticket that waits for its customer is looked at again after ``[tickets] follow_up_after``, once for each time of waiting; whatever is
said meanwhile begins the waiting anew.
"""

from services.router.deciding.life.living import Living
from services.router.deciding.life.notifying import tell_agents
from services.router.deciding.life.telling import Notice, address_of, audience
from shared.messages.outbound import TimerDue

FOLLOW_UP = "follow_up"


def holders(living: Living) -> list[str]:
    """Who is told of a ticket, as addresses: the agent who has it, else its team, else the operators."""
    ticket, actor = living.ticket, living.cause.actor
    if ticket.assignee:
        if actor in (f"agent:{ticket.assignee}", f"agent:{address_of(living, ticket.assignee)}"):
            return []  # they know: it is their own doing
        if found := audience(living, ticket.assignee):
            return found
    return audience(living, *living.policy.teams.get(ticket.team or "", ())) or audience(living, *living.policy.alerts)


def tell(living: Living, notice: Notice) -> None:
    """Tell whoever has the ticket."""
    tell_agents(living, holders(living), notice)


def follow(living: Living) -> None:
    """Wait for the customer, as long as the ticket does."""
    after = living.policy.telling.follow_up_after
    if after is None:
        return
    if living.ticket.status == "pending":
        if living.became("status") or living.happened("message_received", "message_sent"):
            living.timer(FOLLOW_UP, living.now + after)
    elif living.before is not None and living.before.status == "pending":
        living.cancel(FOLLOW_UP)


def follow_up(living: Living, _timer: TimerDue) -> None:
    """The customer has not answered for so long."""
    if living.ticket.status != "pending":
        return
    living.event("follow_up_due", reason="the customer has not answered")
    tell(living, Notice("agent.follow_up", {"since": _day(living)}, event="promises"))


def _day(living: Living) -> str:
    since = living.ticket.status_since or living.now
    return f"{since:%Y-%m-%d}"
