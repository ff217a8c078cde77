"""Tickets that are put off: awake again when the time is over, or when their customer writes."""

from services.router.deciding import lifecycle
from services.router.deciding.life import reminding
from services.router.deciding.life.living import Living
from services.router.deciding.life.moving import become
from services.router.deciding.life.telling import Notice
from shared.messages.outbound import TimerDue

MEMORY = "snooze"
TIMER = "snooze"
_WOKEN = Notice("agent.woken", {}, event="promises")


def wake(living: Living, _timer: TimerDue) -> None:
    """The time is over: the ticket is again what it was, and whoever has it is told."""
    if living.ticket.snoozed_until is None:
        return
    status = (living.recall(MEMORY) or {}).get("from", "open")
    if status == living.ticket.status or not lifecycle.allowed(living.ticket.status, status, "timer"):
        living.change(snoozed_until=None)
    else:
        become(living, status, "timer", "the time it was put off for is over")
    living.remember(MEMORY, None)
    living.event("woken", reason="the time is over")
    reminding.tell(living, _WOKEN)


def follow(living: Living) -> None:
    """Whatever else leads out of being put off: a customer's message wakes it at once, and whoever has it is told."""
    asleep = living.before is not None and living.before.snoozed_until is not None
    if not asleep or living.ticket.snoozed_until is not None or living.happened("woken"):
        return
    living.remember(MEMORY, None)
    by_customer = bool(living.happened("message_received"))
    living.event("woken", reason="the customer wrote" if by_customer else "")
    if by_customer:
        reminding.tell(living, _WOKEN)
