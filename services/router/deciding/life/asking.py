"""Asking a customer for details: what they were asked, when they are reminded, and what follows if they never answer.

The ticket waits for its customer (``pending``, which stops its clocks) until they answer; whatever else leads out of that ends the asking,
too. There is one asking at a time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.router.deciding import lifecycle
from services.router.deciding.life import requiring
from services.router.deciding.life.living import Living
from services.router.deciding.life.moving import become
from services.router.deciding.life.questioning import preferred
from services.router.deciding.life.telling import Notice, tell_customer
from shared.messages.outbound import TimerDue

MEMORY = "asking_details"
"""What a ticket remembers: the ``labels`` that were asked for, ``since`` when, and how often the customer was ``reminded``."""
TIMER = "asking"
REASON = "the customer has not sent the details that they were asked for"
_MOST = 30
_LONGEST = 300


def listed(labels: Sequence[str]) -> str:
    """Labels as they stand in a message."""
    return "\n".join(f"- {label}" for label in labels)


def wanted(living: Living) -> tuple[str, ...]:
    """What the ticket's category needs, in the customer's language."""
    policy, ticket = living.policy, living.ticket
    default = policy.languages[0] if policy.languages else "en"
    return policy.automation.details(ticket.category, ticket.language, default)


def is_asked(living: Living, labels: Sequence[str]) -> bool:
    """Whether the customer was asked for just this, and it is still open."""
    memory = living.recall(MEMORY)
    return memory is not None and list(labels) == memory.get("labels")


def ask(living: Living) -> str | None:
    """Ask by ourselves for what the category needs. Gives why nobody is asked, null when they are."""
    labels = wanted(living)
    if not labels:
        return "the category needs no details"
    if is_asked(living, labels):
        return "the customer was asked already"
    if not lifecycle.allowed(living.ticket.status, "pending"):
        return f"a {living.ticket.status} ticket cannot wait for its customer"
    refused = tell_customer(living, Notice("asking.request", {"list": listed(labels)}), preferred(living))
    if refused is not None:
        return refused
    begin(living, labels)
    if living.ticket.status != "pending":
        become(living, "pending", "hand", "the customer was asked for details")
    return None


def begin(living: Living, labels: Sequence[str]) -> None:
    """They were asked just now."""
    labels = [label[:_LONGEST] for label in labels[:_MOST]]
    living.remember(MEMORY, {"labels": labels, "since": living.now.isoformat(), "reminded": 0})
    living.event("details_asked", fields=labels)
    plan = _plan(living)
    if plan:
        living.timer(TIMER, living.now + plan[0])
    else:
        living.cancel(TIMER)


def _plan(living: Living) -> list[timedelta]:
    asking = living.policy.automation.asking
    return [*asking.remind, *([asking.close] if asking.close is not None else [])]


def follow(living: Living) -> None:
    """The customer's answer ends it, and so does whatever else makes that the ticket no longer waits for them."""
    memory = living.recall(MEMORY)
    if memory is None or living.ticket.status == "pending":
        return
    living.remember(MEMORY, None)
    living.cancel(TIMER)
    if living.happened("message_received") and living.ticket.status in ("new", "open"):
        since = datetime.fromisoformat(memory["since"])
        living.event("details_received", seconds=round((living.now - since).total_seconds()))
    elif not living.happened("details_missing"):
        living.event("asking_ended", status=living.ticket.status)


def wake(living: Living, _timer: TimerDue) -> None:
    """The customer has not answered for so long: they are reminded, or the ticket is closed."""
    memory = living.recall(MEMORY)
    if memory is None or living.ticket.status != "pending":
        return
    asking, done = living.policy.automation.asking, int(memory["reminded"])
    plan = _plan(living)
    if done < len(asking.remind):
        notice = Notice("asking.reminder", {"list": listed(memory["labels"])}, own=True, name=str(done))
        tell_customer(living, notice, preferred(living))
        living.remember(MEMORY, {**memory, "reminded": done + 1})
        living.event("details_reminded", count=done + 1)
        if done + 1 < len(plan):
            # Counted from now: after an outage nobody is reminded twice at once, or closed just after a late reminder.
            living.timer(TIMER, living.now + plan[done + 1] - plan[done])
    elif asking.close is not None and not requiring.hold(living, REASON):
        living.event("details_missing", reason=REASON)
        become(living, "closed", "timer", REASON)
