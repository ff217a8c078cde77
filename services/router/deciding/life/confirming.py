"""Is it solved? What follows from the customer's answer: "yes" closes the ticket, "no" opens it again. And when the question is over."""

from services.router.deciding.life import reminding, requiring
from services.router.deciding.life.living import Living
from services.router.deciding.life.moving import become
from services.router.deciding.life.telling import Notice
from services.router.deciding.lifecycle import OVER
from services.router.deciding.questions import MEMORY
from shared.messages.changeset import QueueDelivery
from shared.messages.outbound import Outbound


def follow(living: Living) -> None:
    """Do what the customer's answer means. Who refuses is heard of by whoever has the ticket; escalating is another part's."""
    if living.happened("solution_rejected") and living.ticket.status in OVER:
        become(living, "open", "answer", "the customer says that it is not solved")
        reminding.tell(living, Notice("agent.not_solved", {}, event="replied"))
    elif living.happened("customer_confirmed") and living.ticket.status == "solved":
        reason = "the customer says that it is solved"
        if not requiring.hold(living, reason):
            become(living, "closed", "answer", reason)
    _forget(living)


def _forget(living: Living) -> None:
    """A question is open as long as the ticket is over, nothing else was said to the customer, and it went where it was to go."""
    question = living.recall(MEMORY)
    if question is None:
        return
    if living.ticket.status not in OVER or living.happened("message_sent"):
        living.remember(MEMORY, None)
    for event in living.happened("sent_instead"):
        sent = _queued(living, str(event.data.get("instead")))
        if sent is not None and _asks(sent.outbound):
            moved = {"channel": sent.outbound.channel, "talk": sent.outbound.conversation}
            living.remember(MEMORY, {**question, **moved})


def _asks(outbound: Outbound) -> bool:
    templates = [outbound.template or "", *(each.template for each in outbound.postscripts)]
    return any(template.startswith("ask.") for template in templates)


def _queued(living: Living, delivery_id: str) -> QueueDelivery | None:
    return next((each for each in living.deliveries() if each.outbound.delivery_id == delivery_id), None)
