"""The life of a ticket: what follows by itself from whatever happened to it, in a fixed order.

Every decision (a message, a command, a timer, a failed delivery) first does what it was asked to; then `follow` lets each part of the
ticket's life look at every ticket that changed. A part sees the events of this cause (`Living.happened`), what was and what will be, and
what the parts before it have added. Parts do not call one another.

What wakes by itself later is a timer: `TIMERS` has who handles which kind.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from services.router.deciding.draft import Draft
from services.router.deciding.life import (
    asking,
    assigning,
    closing,
    confirming,
    correcting,
    digesting,
    escalating,
    goingout,
    hooks,
    leading,
    notices,
    offering,
    presence,
    promises,
    promising,
    reminding,
    requests,
    requiring,
    rules,
    satisfaction,
    sla,
    snoozing,
    telling_agents,
    timekeeping,
    unfinished,
    warning,
)
from services.router.deciding.life.living import Cause, Living, live
from services.router.deciding.policy import Policy
from shared.messages.changeset import AddEvent
from shared.messages.facts import Facts, FactsRequest
from shared.messages.outbound import TimerDue

__all__ = ["ASKS_STAFF", "STEPS", "TIMERS", "Cause", "Living", "follow", "inbound_needs", "live", "needs"]

Step = Callable[[Living], None]

# In this order: what changes a ticket comes first, then what reckons with it, then who is told.
STEPS: tuple[Step, ...] = (
    confirming.follow,
    snoozing.follow,
    correcting.keep,
    rules.follow,
    asking.follow,
    requiring.release,
    escalating.by_hand,
    assigning.follow,
    sla.keep,
    requests.follow,
    timekeeping.keep,
    promises.watch,
    reminding.follow,
    promising.acknowledge,
    presence.admit,
    notices.tell,
    offering.tell,
    leading.lead,
    assigning.tell_team,
    satisfaction.follow,
    escalating.watch,
    warning.tell,
    telling_agents.tell,
)

TIMERS: dict[str, Callable[[Living, TimerDue], None]] = {
    "close": closing.close,
    unfinished.TIMER: unfinished.wake,
    goingout.TIMER: goingout.wake,
    "sla": sla.wake,
    requests.TIMER: requests.due,
    promises.TIMER: promises.due,
    snoozing.TIMER: snoozing.wake,
    reminding.FOLLOW_UP: reminding.follow_up,
    satisfaction.TIMER: satisfaction.tell_leads,
    assigning.QUEUE: assigning.look_again,
    assigning.BACK: assigning.come_back,
    escalating.TIMER: escalating.wake,
    rules.TIMER: rules.wake,
    asking.TIMER: asking.wake,
}

# The kinds of timers whose handlers must know all agents.
ASKS_STAFF = frozenset({digesting.TIMER, satisfaction.TIMER, escalating.TIMER, rules.TIMER, promises.TIMER})


def needs(request: FactsRequest, policy: Policy) -> FactsRequest:
    """What the parts must know beside what was asked for already, when something happens to tickets that are there."""
    request.customers = request.assignees = request.entries = request.links = request.choices = True
    request.staff = request.staff or policy.automation.escalates
    if policy.assignment.active:
        request.staff = True
        request.last_agents = policy.assignment.wanted.sticky
    return request


def inbound_needs(request: FactsRequest, policy: Policy) -> FactsRequest:
    """As `needs`, for messages that come in: most of them open tickets, and there are many."""
    request.customers = request.assignees = request.choices = True
    request.staff = request.staff or policy.automation.escalates
    if policy.assignment.active:
        request.staff = True
        request.last_agents = policy.assignment.wanted.sticky
    # A customer's "yes" closes a ticket, where a category may want every action done before.
    request.entries = request.entries or policy.record.looks_at_entries
    return request


def follow(cause: Cause, draft: Draft, facts: Facts, policy: Policy, now: datetime) -> None:
    """Let every part look at every ticket that ``draft`` changes; what follows is added to it."""
    if cause.quiet:
        return
    followed: set[str] = set()
    # What happens to one ticket may happen to another one by it (a request's answer to who asked): that one is looked at, too, once.
    while ticket_ids := [each for each in _touched(draft) if each not in followed]:
        followed.update(ticket_ids)
        for ticket_id in ticket_ids:
            living = live(cause, ticket_id, draft, facts, policy, now)
            if living is not None:
                for step in STEPS:
                    step(living)
    hooks.tell(cause, draft, facts, policy, now)


def _touched(draft: Draft) -> Iterable[str]:
    """The tickets to which something happened, in the order in which it did: nothing happens without an entry in the audit trail."""
    return dict.fromkeys(
        operation.ticket_id
        for operation in draft.operations
        if isinstance(operation, AddEvent) and operation.ticket_id is not None
    )
