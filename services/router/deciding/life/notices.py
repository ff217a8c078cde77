"""Telling the customer of their ticket: what it is now, who has it, what they can try meanwhile, what was done, and whether it is solved.

One notice per change of what the ticket is for its customer, together with any message that goes to them by the same cause. Of what they
have just done themselves, or been told in so many words, they hear nothing.
"""

from datetime import datetime, timedelta
from typing import Any

from services.router.deciding.life.living import Living
from services.router.deciding.life.promising import expected
from services.router.deciding.life.questioning import ask_score, ask_solved, preferred
from services.router.deciding.life.sla import terms_for
from services.router.deciding.life.telling import Notice, tell_customer, way_to_customer
from shared.identity import derive
from shared.messages.changeset import ChangeTicket
from shared.messages.outbound import Outbound, Postscript
from shared.texts.catalogue import CUSTOMER_STATUS

MEMORY = "told"
"""What the customer was told: ``wrote`` when an agent last wrote to them, ``assigned`` by which name, ``steps`` of which category,
``solution`` which one (its digest)."""

JUST_WRITTEN = timedelta(minutes=30)
"""An agent who says that they wait for the customer has just asked them something; it need not be said again."""
_SOLUTION = 4_000
_SOLUTION_SMS = 300
OPEN, WAITING, HANDLED, CLOSED = (CUSTOMER_STATUS[each] for each in ("open", "pending", "solved", "closed"))


def tell(living: Living) -> None:
    """Tell the customer what concerns them. A ticket that is nobody's, spam or merged has none to tell."""
    ticket = living.ticket
    if ticket.internal or ticket.status in ("spam", "merged"):
        return
    if living.before is None:
        _opened(living)
    elif living.before.status not in ("spam", "merged") and not _only_moved(living):
        _changed(living)
    _assigned(living)
    _note_writing(living)
    if living.happened("customer_confirmed") and living.policy.telling.after.satisfaction:
        ask_score(living)


# -- opened -------------------------------------------------------------------------------------------------------------


def _opened(living: Living) -> None:
    """The acknowledgement says what the customer can try meanwhile."""
    acknowledgement = _acknowledgement(living)
    steps = _steps(living)
    if acknowledgement is not None and steps is not None:
        acknowledgement.postscripts.append(steps)
        _remember(living, steps=living.ticket.category)


def _acknowledgement(living: Living) -> Outbound | None:
    return next((each.outbound for each in living.deliveries() if each.outbound.kind == "acknowledgement"), None)


def _steps(living: Living) -> Postscript | None:
    """What they were not told yet."""
    telling, ticket = living.policy.telling, living.ticket
    default = living.policy.languages[0] if living.policy.languages else "en"
    steps = telling.steps(ticket.category, ticket.language, default) if telling.notices.first_steps else ""
    told = (living.recall(MEMORY) or {}).get("steps")
    return Postscript(template="first_steps", variables={"steps": steps}) if steps and told != ticket.category else None


def _only_moved(living: Living) -> bool:
    """Whether the ticket is another one for its customer only because messages were moved: that is our business, not theirs."""
    return any(event.data.get("because") for event in living.happened("status_changed"))


# -- another status -----------------------------------------------------------------------------------------------------


def _changed(living: Living) -> None:
    """What the ticket is for the customer, if that is something else now."""
    assert living.before is not None
    was, now = CUSTOMER_STATUS[living.before.status], CUSTOMER_STATUS[living.ticket.status]
    if was == now:
        return
    notices = living.policy.telling.notices
    by_customer = bool(living.happened("message_received"))
    if now == OPEN and was == WAITING:
        # Whoever answers knows that it goes on, and who puts it off says nothing new.
        if notices.open and not by_customer and living.ticket.status == "open":
            _say(living, Notice("notice.open", _expected(living)))
    elif now == OPEN:
        # Who says that it is not solved hears in any case that we know.
        if notices.open or living.happened("solution_rejected"):
            _say(living, Notice("notice.reopened", _expected(living)))
    elif now == WAITING:
        if notices.waiting and not _just_written(living) and not living.happened("woken"):
            _say(living, Notice("notice.waiting", {}))
    elif now == HANDLED:
        _handled(living)
    elif notices.closed if was == HANDLED else notices.handled:
        _say(living, Notice("asking.closed" if living.happened("details_missing") else "notice.closed", {}))


def _handled(living: Living) -> None:
    after = living.policy.telling.after
    if living.policy.telling.notices.handled:
        solution = str(living.ticket.fields.get("solution") or "").strip() if after.summary else ""
        closing = living.policy.close_after.total_seconds()
        notice = Notice("notice.solved", {"closing_seconds": closing})
        if solution and _is_news(living, solution):
            notice = Notice("notice.summary", {"closing_seconds": closing, "solution": _cut(living, solution)})
        if _say(living, notice):
            _remember(living, solution=derive("solution", solution))
    if after.ask:
        ask_solved(living)


def _is_news(living: Living, solution: str) -> bool:
    """Whether the customer has not heard of it yet, or whoever solves it says so now. What they heard of and was not enough stays in the
    record until somebody writes another solution."""
    said = (each.fields for each in living.draft.operations if isinstance(each, ChangeTicket))
    if any("solution" in fields for fields in said):
        return True
    return (living.recall(MEMORY) or {}).get("solution") != derive("solution", solution)


def _cut(living: Living, solution: str) -> str:
    way = way_to_customer(living, preferred(living))
    most = _SOLUTION_SMS if way is not None and way.channel == "sms" else _SOLUTION
    return solution if len(solution) <= most else f"{solution[: most - 1].rstrip()}…"


def _expected(living: Living) -> dict[str, Any]:
    """By when the customer hears of us at the latest, as variables of a text."""
    ticket = living.ticket
    soon = (ticket.first_response_due, ticket.next_response_due)
    due = [each for each in soon if each is not None and each > living.now]
    if not due and ticket.resolution_due is not None and ticket.resolution_due > living.now:
        due = [ticket.resolution_due]
    return expected(min(due, default=None), terms_for(living), living.now, ticket.language, None)


def _just_written(living: Living) -> bool:
    wrote = (living.recall(MEMORY) or {}).get("wrote")
    if wrote is None or living.happened("message_sent"):
        return False
    return living.now - datetime.fromisoformat(wrote) <= JUST_WRITTEN


def _note_writing(living: Living) -> None:
    """When an agent wrote to the customer, as long as that is the last word."""
    told = living.recall(MEMORY) or {}
    if living.happened("message_sent"):
        _remember(living, wrote=living.now.isoformat())
    elif "wrote" in told and living.happened("message_received"):
        living.remember(MEMORY, {name: value for name, value in told.items() if name != "wrote"} or None)


# -- who has it ---------------------------------------------------------------------------------------------------------


def _assigned(living: Living) -> None:
    """Who takes care of it, by the name that the agent has for customers, with what they can try meanwhile."""
    ticket = living.ticket
    if not ticket.assignee or not living.became("assignee") or not living.policy.telling.notices.assigned:
        return
    if CUSTOMER_STATUS[ticket.status] != OPEN or (living.before is None and _acknowledgement(living) is None):
        return
    name = public_name(living, ticket.assignee)
    if not name or (living.recall(MEMORY) or {}).get("assigned") == name:
        return
    if living.happened("message_sent"):
        _remember(living, assigned=name)  # whoever takes it has just written themselves
        return
    steps = _steps(living)
    if _say(living, Notice("notice.assigned", {"agent": name})):
        _remember(living, assigned=name)
        if steps is not None and _say(living, Notice(steps.template, steps.variables)):
            _remember(living, steps=ticket.category)


def public_name(living: Living, assignee: str) -> str:
    """The name that customers know an agent by; empty: they know none."""
    wanted = assignee.lower()
    for staff in living.facts.staff.values():
        if wanted in (staff.agent_id.lower(), staff.email.lower()):
            return staff.public_name.strip()
    agents = (*living.facts.assignees.values(), *living.facts.agents.values())
    found = (each for each in agents if wanted in (each.agent_id.lower(), each.email.lower()))
    return next((each.public_name.strip() for each in found), "")


def _say(living: Living, notice: Notice) -> bool:
    return tell_customer(living, notice, preferred(living)) is None


def _remember(living: Living, **what: str | None) -> None:
    living.remember(MEMORY, {**(living.recall(MEMORY) or {}), **what})
