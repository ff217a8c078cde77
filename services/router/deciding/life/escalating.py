"""Escalating: when a ladder begins, climbing its steps, and when it is over.

Something happens that a ``[[escalation]]`` names: its ladder begins, at most one run of each at a time. Each step is a timer, counted from
then in the ladder's hours, so that it is climbed once, also after a crash. When somebody has answered the customer, or the ticket is
solved, the ladder is over; what happens afterwards may begin another run. By hand somebody escalates at once, without a ladder.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.router.deciding.life import satisfaction
from services.router.deciding.life.living import Living
from services.router.deciding.life.presence import calendar_of_hours
from services.router.deciding.life.promising import expected
from services.router.deciding.life.questioning import preferred
from services.router.deciding.life.raising import Raising, climb
from services.router.deciding.life.sla import ACTIVE, terms_for
from services.router.deciding.life.telling import Notice, tell_customer
from services.router.deciding.terms import after
from shared.messages.outbound import TimerDue
from shared.settings.escalation import LEAD, Escalation, EscalationConditions

MEMORY = "escalation"
TIMER = "escalation"
ASKED = "escalation_asked"
"""What happened when somebody wants it: ``data.to`` is to whom, the reason theirs."""
BY_HAND = "by hand"
"""The run that somebody began; no ladder can have this name."""
_WORKED_ON = ("new", "open")
_LIKE = ("priority", "category", "team", "inbox", "kind", "tags")
_SLA: Final = {"warning": "sla_warning", "breached": "sla_breached"}


@dataclass
class _Memory:
    """What is remembered: the ``level`` the ticket was raised to, since when the customer is ``waiting`` for an answer, for which ladders
    that is ``timed``, and the ``runs`` by ladder: ``why`` and ``since`` when, the ``next`` step, whether the customer was ``told``."""

    level: int = 0
    waiting: str | None = None
    timed: dict[str, str] = field(default_factory=dict)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, living: Living) -> "_Memory":
        held = living.recall(MEMORY) or {}
        return cls(
            held.get("level", 0),
            held.get("waiting"),
            dict(held.get("timed", {})),
            {name: dict(run) for name, run in held.get("runs", {}).items()},
        )

    def keep(self, living: Living) -> None:
        written: dict[str, Any] = {"level": self.level} if self.level else {}
        written |= {"waiting": self.waiting} if self.waiting else {}
        written |= {name: value for name in ("timed", "runs") if (value := getattr(self, name))}
        if (written or None) != living.recall(MEMORY):
            living.remember(MEMORY, written or None)


# -- by hand ------------------------------------------------------------------------------------------------------------


def by_hand(living: Living) -> None:
    """Somebody escalates the ticket, or a rule does: at once, to whom they say, else to who leads its team."""
    for event in living.happened(ASKED):
        memory = _Memory.of(living)
        memory.level += 1
        run = memory.runs.setdefault(BY_HAND, {"why": "hand", "since": living.now.isoformat(), "next": 0})
        raising = Raising(
            to=str(event.data.get("to") or LEAD),
            priority=event.data.get("priority"),
            notify=(),
            why="hand",
            name=BY_HAND,
            level=memory.level,
            because=event.reason,
        )
        climb(living, raising)
        if event.data.get("tell", True):
            _tell(living, run)
        memory.keep(living)


# -- what begins and ends -----------------------------------------------------------------------------------------------


def watch(living: Living) -> None:
    """Let ladders begin and end by what has happened to the ticket."""
    ladders = living.policy.escalation.ladders
    if not ladders and living.recall(MEMORY) is None:
        return
    memory = _Memory.of(living)
    _end(living, memory)
    _note_waiting(living, memory)
    if living.ticket.status in ACTIVE:
        for ladder in ladders:
            if ladder.name not in memory.runs:
                why = _reason(living, ladder)
                if why is not None:
                    _begin(living, memory, ladder, why)
                else:
                    _time(living, memory, ladder)
    memory.keep(living)


def _end(living: Living, memory: _Memory) -> None:
    over, answered = living.ticket.status not in ACTIVE, _answered(living)
    ended = []
    for name in list(memory.runs):
        ladder = living.policy.escalation.ladder(name)
        by_answer = ladder is not None and ladder.until == "answered"
        if over or (answered and by_answer) or (ladder is None and name != BY_HAND):
            del memory.runs[name]
            living.cancel(TIMER, name)
            ended.append(name)
    if over or answered:
        memory.waiting = None
        for name in list(memory.timed):
            del memory.timed[name]
            living.cancel(TIMER, _waiting(name))
    if ended:
        why = "the customer was answered" if not over else f"the ticket is {living.ticket.status}"
        living.event("de_escalated", why, names=ended, level=memory.level)
    if not memory.runs:
        memory.level = 0


def _answered(living: Living) -> bool:
    sent = {event.message_id for event in living.happened("message_sent")}
    return any(each.message_id in sent and each.author_kind == "agent" for each in living.messages("out"))


def _note_waiting(living: Living, memory: _Memory) -> None:
    """Since when the customer waits for an answer."""
    if memory.waiting is not None or living.ticket.internal or living.ticket.status not in ACTIVE:
        return
    if any(ladder.when.unanswered is not None for ladder in living.policy.escalation.ladders) and _wrote(living):
        memory.waiting = living.now.isoformat()


def _wrote(living: Living) -> bool:
    """Whether the customer has said something by this cause."""
    if living.before is None:
        return any(each.author_kind == "customer" and each.automatic is None for each in living.messages("in"))
    wrote = (
        event.data.get("automatic") is None and event.data.get("rule") != "repeated content"
        for event in living.happened("message_received")
    )
    return any(wrote) or bool(living.happened("solution_rejected"))


def _time(living: Living, memory: _Memory, ladder: Escalation) -> None:
    """Wake when the customer has waited for too long, as long as we are the ones they wait for."""
    span = ladder.when.unanswered
    due = None
    if span is not None and memory.waiting and living.ticket.status in _WORKED_ON and _holds(living, ladder.when):
        since = datetime.fromisoformat(memory.waiting)
        due = after(calendar_of_hours(living, ladder.hours), since, span)
    wanted = due.isoformat() if due is not None else None
    if wanted == memory.timed.get(ladder.name):
        return
    if due is None or wanted is None:
        del memory.timed[ladder.name]
        living.cancel(TIMER, _waiting(ladder.name))
    else:
        memory.timed[ladder.name] = wanted
        living.timer(TIMER, due, _waiting(ladder.name))


def _waiting(name: str) -> str:
    """The key of the timer for a customer who waits; no ladder can have this name."""
    return f"waiting {name}"


def _opened_dissatisfied(living: Living) -> bool:
    """Whether it is open again after the customer was not satisfied with how it was solved."""
    before, raised = living.before, living.recall(satisfaction.MEMORY)
    return (
        before is not None
        and before.status not in ACTIVE
        and raised is not None
        and raised.get("cycle") == before.reopened
    )


def _reason(living: Living, ladder: Escalation) -> str | None:
    """By which of its conditions the ladder begins now; null: it does not."""
    when = ladder.when
    if not _holds(living, when):
        return None
    if not when.waits_for_something:
        return "like" if living.before is None or any(living.became(name) for name in _LIKE) else None
    if any(living.happened(_SLA[news]) for news in when.sla):
        return "sla"
    if when.rejected and living.happened("solution_rejected"):
        return "rejected"
    if when.dissatisfied and (living.happened("dissatisfied") or _opened_dissatisfied(living)):
        return "dissatisfied"
    before = living.before.reopened if living.before is not None else 0
    if when.reopened is not None and before < living.ticket.reopened and living.ticket.reopened >= when.reopened:
        return "reopened"
    if (when.angry or when.words) and _wrote(living):
        return _by_words(living, ladder)
    return None


def _by_words(living: Living, ladder: Escalation) -> str | None:
    for message in living.messages("in"):
        if message.automatic is None and message.author_kind == "customer":
            said = f"{message.subject}\n{message.reply_text or message.text}"
            if ladder.when.angry and living.policy.telling.is_angry(said):
                return "angry"
            if living.policy.escalation.has_word(ladder, said):
                return "words"
    return None


def _holds(living: Living, when: EscalationConditions) -> bool:
    """Whether the ticket is as the conditions say."""
    ticket = living.ticket
    for name in ("priority", "category", "team", "inbox", "kind"):
        wanted = getattr(when, name)
        if wanted and getattr(ticket, name) not in wanted:
            return False
    if when.tags and not any(tag in when.tags for tag in ticket.tags):
        return False
    return not when.contact or _is_from(living, when.contact)


def _is_from(living: Living, wanted: tuple[str, ...]) -> bool:
    person = living.facts.people.get(living.ticket.contact_id or "")
    known = {living.ticket.customer.lower(), *(point.value.lower() for point in (person.points if person else ()))}
    known |= {value.rpartition("@")[2] for value in known}
    return any(each.lower().removeprefix("@") in known for each in wanted)


# -- climbing -----------------------------------------------------------------------------------------------------------


def _begin(living: Living, memory: _Memory, ladder: Escalation, why: str) -> None:
    if ladder.name in memory.timed:
        del memory.timed[ladder.name]
        living.cancel(TIMER, _waiting(ladder.name))
    run = memory.runs[ladder.name] = {"why": why, "since": living.now.isoformat(), "next": 0}
    event = living.event("escalation_begun", why.replace("_", " "), name=ladder.name, why=why)
    event.actor, event.channel = "system", ""
    due = _due(living, ladder, run)
    if due is not None:
        living.timer(TIMER, due, ladder.name)
        if due <= living.now and ladder.tell_customer:
            _tell(living, run)  # together with what goes to them anyway


def _due(living: Living, ladder: Escalation, run: dict[str, Any]) -> datetime | None:
    """When the next step is to be climbed: after its time, and never outside the ladder's hours; null: there is none."""
    if run["next"] >= len(ladder.step):
        return None
    calendar = calendar_of_hours(living, ladder.hours)
    due = after(calendar, datetime.fromisoformat(run["since"]), ladder.step[run["next"]].after)
    return None if due is None else calendar.next_open(due)


def wake(living: Living, timer: TimerDue) -> None:
    """A step's time has come, or the customer has waited for too long."""
    memory = _Memory.of(living)
    for ladder in living.policy.escalation.ladders:
        if timer.timer_id == living.timer_id(TIMER, ladder.name):
            _climb(living, memory, ladder)
        elif timer.timer_id == living.timer_id(TIMER, _waiting(ladder.name)):
            due = memory.timed.pop(ladder.name, None)
            if due is not None and ladder.name not in memory.runs and _holds(living, ladder.when):
                _begin(living, memory, ladder, "unanswered")
    memory.keep(living)


def _climb(living: Living, memory: _Memory, ladder: Escalation) -> None:
    """All steps that are due; after an outage that may be several."""
    run = memory.runs.get(ladder.name)
    if run is None or living.ticket.status not in ACTIVE:
        return
    while (due := _due(living, ladder, run)) is not None and due <= living.now:
        step = ladder.step[run["next"]]
        run["next"] += 1
        memory.level += 1
        climb(
            living,
            Raising(
                to=step.to,
                priority=step.priority,
                notify=step.notify,
                why=run["why"],
                name=ladder.name,
                level=memory.level,
            ),
        )
        if ladder.tell_customer:
            _tell(living, run)
    if due is not None:
        living.timer(TIMER, due, ladder.name)


def _tell(living: Living, run: dict[str, Any]) -> None:
    """The customer hears once in a run what happens, and when they hear of us."""
    if run.get("told") or living.ticket.internal:
        return
    run["told"] = True
    ticket, now = living.ticket, living.now
    soon = [due for due in (ticket.first_response_due, ticket.next_response_due) if due is not None and due > now]
    if not soon and ticket.resolution_due is not None and ticket.resolution_due > now:
        soon = [ticket.resolution_due]
    when = expected(min(soon, default=None), terms_for(living), now, ticket.language, None)
    tell_customer(living, Notice("notice.escalated", when), preferred(living))
