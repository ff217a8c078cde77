"""How satisfied the customer was: thanks for a score, room for words, and a word to the lead where somebody is not satisfied.

Low is a score of 2 or less; angry words count whatever the score, also in a message about what we called solved.
"""

from services.router.deciding.life import questioning
from services.router.deciding.life.living import Living
from services.router.deciding.life.notifying import tell_agents
from services.router.deciding.life.telling import Notice
from services.router.deciding.lifecycle import OVER
from services.router.deciding.questions import MEMORY as ASKED
from shared.messages.outbound import TimerDue
from shared.messages.ticket import Satisfaction

MEMORY = "dissatisfied"
TIMER = "dissatisfied"
LOW = 2
_MOST_WORDS = 500


def follow(living: Living) -> None:
    """React to what the customer said of how we did."""
    given = living.happened("satisfaction_given")
    if given:
        said = _said(living)
        living.remember(questioning.RATED, living.ticket.reopened)
        if given[-1].data.get("words") or living.cause.channel == questioning.PAGE:
            living.remember(ASKED, None)
        elif living.ticket.status in OVER:
            questioning.invite_words(living)
        if (said.score is not None and said.score <= LOW) or living.policy.telling.is_angry(said.words):
            _raise(living, said.score, living.ticket.reopened)
    elif living.happened("message_received") and living.before is not None and living.before.status in OVER:
        words = " ".join(each.reply_text or each.text for each in living.messages("in") if not each.automatic)
        if living.policy.telling.is_angry(words):
            _raise(living, None, living.before.reopened)


def _said(living: Living) -> Satisfaction:
    return Satisfaction.model_validate(living.ticket.fields.get("satisfaction") or {})


def _raise(living: Living, score: int | None, cycle: int) -> None:
    """Note it, once for each time that the ticket was solved, and wake for telling the leads: who they are is asked then, not with every
    message."""
    if (living.recall(MEMORY) or {}).get("cycle") == cycle:
        return
    living.remember(MEMORY, {"cycle": cycle, "score": score})
    living.event("dissatisfied", score=score)
    living.timer(TIMER, living.now)


def tell_leads(living: Living, _timer: TimerDue) -> None:
    """Tell who leads: of the ticket's team, else all leads, else the administrators; where there are none, the operators."""
    raised = living.recall(MEMORY)
    if raised is None:
        return
    variables = {
        "score": str(raised.get("score") or "-"),
        "words": _said(living).words[:_MOST_WORDS] or "-",
        "agent": living.ticket.assignee or living.ticket.team or "-",
    }
    tell_agents(living, leads(living), Notice("agent.dissatisfied", variables, event="escalated"))
    living.event("dissatisfaction_raised")


def leads(living: Living) -> list[str]:
    """The addresses of who leads the ticket's people."""
    staff = sorted(living.facts.staff.values(), key=lambda each: each.email)
    members = living.policy.teams.get(living.ticket.team or "", ())
    for found in (
        [each.email for each in staff if each.role == "lead" and each.email.lower() in members],
        [each.email for each in staff if each.role == "lead"],
        [each.email for each in staff if each.role == "admin"],
    ):
        if found:
            return found
    return list(living.policy.alerts)
