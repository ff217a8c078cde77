"""Rules: when something happens to a ticket and the conditions hold, what the configuration says is done.

They are looked at in their order, once: what a rule changes may make those further down run, never those before it, so that they end
whatever they say. A rule whose conditions have to hold for a time has a timer from when they begin to; it runs once, until they have ceased
to hold. Each rule runs at most so many times a day for a ticket, which ends what goes round through customers, timers or other systems.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from services.router.deciding.life.acting import Acted, Hand, act
from services.router.deciding.life.living import Living
from services.router.deciding.life.questioning import preferred
from services.router.deciding.life.telling import Notice, tell_customer
from services.router.deciding.life.wording import macro_words
from shared.messages.facts import TicketFact
from shared.messages.outbound import TimerDue
from shared.messages.parts import Address
from shared.ruling import Prepared, Situation, why

MEMORY = "rules"
TIMER = "rule"
RAN = "rule_ran"
_CHANGED = ("category", "priority", "kind", "team", "assignee", "tags")
_AGAIN = timedelta(minutes=15)
"""A rule for outside the working hours whose time is over inside them is looked at again after this."""


@dataclass
class _Memory:
    """What a ticket remembers: the ``day`` (UTC) and how often each rule ran on it; for which rules a timer is set (``due``); and which of
    them have run since their conditions hold (``done``)."""

    day: str = ""
    count: dict[str, int] = field(default_factory=dict)
    due: dict[str, str] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, living: Living) -> "_Memory":
        held, today = living.recall(MEMORY) or {}, f"{living.now:%Y-%m-%d}"
        names = {rule.name for rule in living.policy.automation.rules}
        count = held.get("count", {}) if held.get("day") == today else {}
        return cls(
            today,
            {name: times for name, times in count.items() if name in names},
            {name: at for name, at in held.get("due", {}).items() if name in names},
            [name for name in held.get("done", ()) if name in names],
        )

    def keep(self, living: Living) -> None:
        written: dict[str, Any] = {"day": self.day, "count": self.count} if self.count else {}
        written |= {name: value for name in ("due", "done") if (value := getattr(self, name))}
        if (written or None) != living.recall(MEMORY):
            living.remember(MEMORY, written or None)


def follow(living: Living) -> None:
    """Let the rules run that what has happened makes run."""
    rules = living.policy.automation.rules
    if not rules and living.recall(MEMORY) is None:
        return
    memory = _Memory.of(living)
    if living.ticket.status == "merged":
        for name in memory.due:
            living.cancel(TIMER, name)
        memory.due, memory.done = {}, []
    else:
        _pass(living, memory)
        timed = [rule for rule in rules if rule.rule.after is not None]
        if timed:
            there = situation(living, lasting=True)
            for rule in timed:
                _time(living, rule, there, memory)
    memory.keep(living)


def _pass(living: Living, memory: _Memory) -> None:
    """Each rule in its order, once."""
    there: Situation | None = None  # looked at again when a rule has changed it
    for rule in _behind(living):
        on = _trigger(living, rule)
        if on is None:
            continue
        there = there or situation(living)
        if _run(living, rule, on, there, memory):
            there = None
            if rule.rule.stop:
                return


def wake(living: Living, timer: TimerDue) -> None:
    """A rule's conditions have held for its time, if they still hold."""
    rules = living.policy.automation.rules
    rule = next((each for each in rules if timer.timer_id == living.timer_id(TIMER, each.name)), None)
    if rule is None or rule.rule.after is None or living.ticket.status == "merged":
        return
    memory = _Memory.of(living)
    memory.due.pop(rule.name, None)
    there = situation(living, lasting=True)
    if why(rule, there, living.policy.automation.customers, None) is not None:
        if _hours_are_wrong(living, rule):
            _later(living, rule, memory)
        else:
            memory.done.append(rule.name)
            _run(living, rule, "timer", there, memory)
    memory.keep(living)


# -- when ---------------------------------------------------------------------------------------------------------------


def _behind(living: Living) -> Iterator[Prepared]:
    """The rules that may run now: all of them; where one has run by this cause already (a timer's), those behind it."""
    rules, ran = living.policy.automation.rules, {event.data.get("rule") for event in living.happened(RAN)}
    last = max((place for place, rule in enumerate(rules) if rule.name in ran), default=-1)
    if last >= 0 and rules[last].rule.stop:
        return iter(())
    return iter(rules[last + 1 :])


def _trigger(living: Living, rule: Prepared) -> str | None:
    """What of that which has happened the rule is for; null: nothing."""
    for on in rule.rule.on:
        if _HAPPENED[on](living):
            return on
    return None


def _wrote(living: Living) -> bool:
    return living.before is not None and any(
        each.automatic is None and each.author_kind == "customer" for each in living.messages("in")
    )


def _changed(living: Living) -> bool:
    before = living.before
    by_hand = (event.data.get("changes") or {} for event in living.happened("ticket_changed"))
    if any(name in changes for changes in by_hand for name in _CHANGED):
        return True
    return before is not None and any(getattr(before, name) != getattr(living.ticket, name) for name in _CHANGED)


_HAPPENED: dict[str, Callable[[Living], bool]] = {
    "opened": lambda living: living.before is None,
    "message": _wrote,
    "replied": lambda living: bool(living.happened("message_sent")),
    "status": lambda living: living.before is not None and living.became("status"),
    "changed": _changed,
    "timer": lambda living: False,
}


def situation(living: Living, *, lasting: bool = False) -> Situation:
    """The ticket as conditions look at it. ``lasting``: as it stays, whatever was said just now."""
    ticket = living.ticket
    person = living.facts.people.get(ticket.contact_id or "")
    points = {ticket.customer.lower(), *(point.value.lower() for point in (person.points if person else ()))}
    return Situation(
        status=ticket.status,
        channel=ticket.channel,
        inbox=ticket.inbox,
        language=ticket.language,
        priority=ticket.priority,
        category=ticket.category,
        kind=ticket.kind,
        team=ticket.team,
        assignee=ticket.assignee,
        tags=ticket.tags,
        points=frozenset(points - {""}),
        reopened=ticket.reopened,
        said=_subject(ticket) if lasting else _said(living, ticket),
    )


def _said(living: Living, ticket: TicketFact) -> str:
    messages = [each for each in living.messages("in", "out") if each.automatic is None]
    if messages:
        return "\n".join(f"{each.subject}\n{(each.reply_text or each.text)[:4000]}" for each in messages)
    return _subject(ticket)


def _subject(ticket: TicketFact) -> str:
    return f"{ticket.subject}\n{str(ticket.fields.get('problem') or '')[:4000]}"


# -- timers -------------------------------------------------------------------------------------------------------------


def _time(living: Living, rule: Prepared, there: Situation, memory: _Memory) -> None:
    """Set or cancel the timer of a rule whose conditions begin, or cease, to hold. Working hours count when the time is over."""
    span = rule.rule.after
    if (
        span is not None
        and _may(living, rule)
        and why(rule, there, living.policy.automation.customers, None) is not None
    ):
        if rule.name not in memory.due and rule.name not in memory.done:
            due = living.now + span
            memory.due[rule.name] = due.isoformat()
            living.timer(TIMER, due, rule.name)
        return
    if memory.due.pop(rule.name, None) is not None:
        living.cancel(TIMER, rule.name)
    if rule.name in memory.done:
        memory.done.remove(rule.name)


def _hours_are_wrong(living: Living, rule: Prepared) -> bool:
    wanted = rule.rule.conditions.hours
    if wanted is None or rule.calendar is None:
        return False
    return rule.calendar.is_open(living.now) != (wanted == "inside")


def _later(living: Living, rule: Prepared, memory: _Memory) -> None:
    """Its time is over at the wrong hour."""
    inside = rule.rule.conditions.hours == "inside" and rule.calendar is not None
    due = rule.calendar.next_open(living.now) if inside and rule.calendar is not None else living.now + _AGAIN
    if due is not None:
        memory.due[rule.name] = due.isoformat()
        living.timer(TIMER, due, rule.name)


# -- running ------------------------------------------------------------------------------------------------------------


def _may(living: Living, rule: Prepared) -> bool:
    """What is spam, or between departments, is left alone by rules that do not name it."""
    when = rule.rule.conditions
    return living.ticket.status != "spam" or "spam" in when.status


def _run(living: Living, rule: Prepared, on: str, there: Situation, memory: _Memory) -> bool:
    """Do what the rule says, if its conditions hold and it has not run too often. Whether it ran."""
    if not _may(living, rule) or memory.count.get(rule.name, 0) >= rule.rule.most_per_day:
        return False
    met = why(rule, there, living.policy.automation.customers, living.now)
    if met is None:
        return False
    memory.count[rule.name] = memory.count.get(rule.name, 0) + 1
    acting = replace(living, cause=replace(living.cause, actor=f"rule:{rule.name}", channel=""))
    acted = _act(acting, rule)
    # Named here, for `services.router.deciding.life.hooks`: that webhook is told, whatever its events are.
    told = {"webhook": rule.rule.actions.webhook} if rule.rule.actions.webhook else {}
    reason = "; ".join(met) or "it has no conditions"
    acting.event(RAN, reason, rule=rule.name, on=on, why=met, did=acted.did, skipped=acted.skipped, **told)
    return True


def _act(living: Living, rule: Prepared) -> Acted:
    actions, policy = rule.rule.actions, living.policy
    hand = Hand("rule", rule.name, Address(name=policy.company, address=""))
    acted = act(living, actions, hand)
    macro = policy.automation.macros.get(actions.macro)
    if macro is None:
        return acted
    more = act(living, macro.actions, hand)
    acted.did, acted.skipped = acted.did | more.did, acted.skipped | more.skipped
    words = macro_words(living, macro)
    refused = None
    if words:
        notice = Notice("rule.message", {"text": words}, name=rule.name)
        refused = tell_customer(living, notice, preferred(living))
    if refused is None:
        acted.did["macro"] = macro.name
    else:
        acted.skipped["macro"] = refused
    return acted
