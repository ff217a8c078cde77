"""Rehearsing rules on past tickets: when they would have run, why, and what they would have done. Nothing changes.

A ticket is taken back to what it was at each of its moments, from what its audit trail says of changes; then the rules are asked as
deciding asks them. What a rule would have done is seen by the rules behind it at the same moment, not at later ones: what people then
would have done otherwise nobody knows.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from shared.messages.automation import PastMoment, PastTicket
from shared.ruling import Known, Prepared, Situation, why
from shared.settings.rules import NONE, Deeds, Rule

_CHANGES = ("priority", "category", "kind", "team", "assignee", "tags")
_OF_EVENT = {
    "ticket_opened": "opened",
    "message_received": "message",
    "message_sent": "replied",
    "status_changed": "status",
    "ticket_changed": "changed",
}


@dataclass(frozen=True)
class Run:
    """One rule that would have run for a ticket. ``did`` names what would have been done; what was so already is left out."""

    number: int
    at: datetime
    rule: str
    on: str
    why: list[str]
    did: dict[str, Any]

    def listed(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "ticket": f"T-{self.number}",
            "at": self.at.isoformat(),
            "rule": self.rule,
            "on": self.on,
            "why": self.why,
            "did": self.did,
        }


def looks_at_texts(rules: Iterable[Rule]) -> bool:
    """Whether any of these rules has to know what was written."""
    return any(rule.conditions.words or rule.conditions.patterns for rule in rules)


def rehearse(tickets: Iterable[PastTicket], rules: Sequence[Prepared], known: Known, now: datetime) -> Iterator[Run]:
    """The runs for each ticket, oldest first."""
    for ticket in tickets:
        yield from _ticket(ticket, rules, known, now)


def _ticket(ticket: PastTicket, rules: Sequence[Prepared], known: Known, now: datetime) -> Iterator[Run]:
    moments = _moments(ticket)
    count: dict[tuple[str, str], int] = {}
    since: dict[str, datetime] = {}
    done: set[str] = set()
    for place, (moment, then) in enumerate(moments):
        until = moments[place + 1][0].at if place + 1 < len(moments) else now
        then, runs = _at(ticket, moment, then, rules, known, count)
        yield from runs
        for rule in rules:
            yield from _timed(ticket, rule, then, (moment.at, until), known, since, done)


def _at(
    ticket: PastTicket,
    moment: PastMoment,
    then: Situation,
    rules: Sequence[Prepared],
    known: Known,
    count: dict[tuple[str, str], int],
) -> tuple[Situation, list[Run]]:
    """What would have run at one moment, and what the ticket would have been then."""
    happened, runs = {_OF_EVENT.get(moment.what, "")}, list[Run]()
    if moment.what == "message_received" and moment.data.get("automatic"):
        happened = set()
    if moment.what == "ticket_changed" and not any(name in (moment.data.get("changes") or {}) for name in _CHANGES):
        happened = set()
    for rule in rules:
        on = next((each for each in rule.rule.on if each in happened), None)
        day = (rule.name, f"{moment.at:%Y-%m-%d}")
        if on is None or count.get(day, 0) >= rule.rule.most_per_day or _left_alone(rule, then):
            continue
        met = why(rule, then, known, moment.at)
        if met is None:
            continue
        count[day] = count.get(day, 0) + 1
        did = deeds(rule.rule.actions, then)
        runs.append(Run(ticket.number, moment.at, rule.name, on, met, did))
        changed = {name: value for name, value in did.items() if name in _CHANGES or name == "status"}
        happened |= {"changed"} if set(changed) - {"status"} else set()
        happened |= {"status"} if "status" in changed and moment.what != "ticket_opened" else set()
        then = replace(then, **changed)
        if rule.rule.stop:
            break
    return then, runs


def _timed(
    ticket: PastTicket,
    rule: Prepared,
    then: Situation,
    span: tuple[datetime, datetime],
    known: Known,
    since: dict[str, datetime],
    done: set[str],
) -> Iterator[Run]:
    """Whether a rule's time would have been over between two moments; ``since`` when its conditions hold, and for which it was."""
    if rule.rule.after is None:
        return
    met = None if _left_alone(rule, then) else why(rule, then, known, None)
    if met is None:
        since.pop(rule.name, None)
        done.discard(rule.name)
        return
    due = since.setdefault(rule.name, span[0]) + rule.rule.after
    if rule.name in done or due > span[1]:
        return
    done.add(rule.name)
    met = why(rule, then, known, due)
    if met is not None:
        yield Run(ticket.number, due, rule.name, "timer", met, deeds(rule.rule.actions, then))


def _left_alone(rule: Prepared, then: Situation) -> bool:
    return then.status == "spam" and "spam" not in rule.rule.conditions.status


def deeds(actions: Deeds, then: Situation) -> dict[str, Any]:
    """What actions would do to a ticket that is like this."""
    found: dict[str, Any] = {}
    for name in ("priority", "category", "kind", "team", "assignee", "status"):
        value = getattr(actions, name)
        value = None if value == NONE else value
        if getattr(actions, name) and value != getattr(then, name):
            found[name] = value
    tags = [tag for tag in dict.fromkeys((*then.tags, *actions.tags)) if tag not in actions.untag]
    if tags != list(then.tags):
        found["tags"] = tags
    for name in ("note", "ask"):
        if getattr(actions, name):
            found[name] = True
    for name in ("notify", "escalate", "webhook", "macro"):
        if value := getattr(actions, name, None):
            found[name] = list(value) if isinstance(value, tuple) else value
    if actions.snooze is not None:
        found["snooze"] = actions.snooze.total_seconds()
    return found


# -- what it was ----------------------------------------------------------------------------------------------------------


def _moments(ticket: PastTicket) -> list[tuple[PastMoment, Situation]]:
    """Each moment with the ticket as it was just then: from the newest back, undoing what each one changed."""
    now = {name: getattr(ticket, name) for name in (*_CHANGES, "status", "reopened")}
    found: list[tuple[PastMoment, Situation]] = []
    for moment in reversed(ticket.moments):
        if moment.what == "ticket_opened":
            now |= {name: moment.data[name] for name in ("category", "priority", "team") if name in moment.data}
        found.append((moment, _situation(ticket, now, moment.text or f"{ticket.subject}\n{ticket.problem}")))
        _undo(now, moment)
    return found[::-1]


def _undo(now: dict[str, Any], moment: PastMoment) -> None:
    if moment.what == "status_changed":
        was, became = moment.data.get("from"), moment.data.get("to")
        now["status"] = was or now["status"]
        if was in ("solved", "closed") and became not in ("solved", "closed", "merged", "spam"):
            now["reopened"] = max(0, now["reopened"] - 1)
    changes = moment.data.get("changes")
    for name, pair in changes.items() if isinstance(changes, Mapping) else ():
        if name in _CHANGES and isinstance(pair, list) and len(pair) == 2:
            now[name] = pair[0] if name != "tags" else list(pair[0] or ())


def _situation(ticket: PastTicket, now: Mapping[str, Any], said: str) -> Situation:
    return Situation(
        channel=ticket.channel,
        inbox=ticket.inbox,
        language=ticket.language,
        points=frozenset(ticket.points),
        said=said,
        status=now["status"],
        priority=now["priority"] or "normal",
        category=now["category"],
        kind=now["kind"],
        team=now["team"],
        assignee=now["assignee"],
        tags=now["tags"],
        reopened=now["reopened"],
    )
