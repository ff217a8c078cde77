"""What a new ticket is about: category, priority, kind, team and the times it must be answered by, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from services.router.deciding.learnt import Advice, may_advise
from services.router.deciding.policy import CategoryRule, Policy
from services.router.deciding.terms import terms
from services.router.deciding.weighing import weigh
from shared.messages.inbound import Inbound
from shared.messages.parts import Reason
from shared.texts.languages import CONFIDENT

_RANKS = {"low": 0, "normal": 1, "high": 2, "urgent": 3}


@dataclass(frozen=True)
class Classified:
    """The choices and, by the name of each, its reason. The times are those of the SLA that counts for such a ticket, in its working
    hours; ``expected_seconds``, from now, is when the first answer is due."""

    category: str
    priority: str
    kind: str
    team: str | None
    first_response_due: datetime | None
    resolution_due: datetime | None
    expected_seconds: int | None
    reasons: dict[str, Reason] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)


def classify(
    subject: str,
    text: str,
    sender: str,
    inbox: str,
    channel: str,
    policy: Policy,
    now: datetime,
    *,
    points: frozenset[str] = frozenset(),
    given: Mapping[str, str] | None = None,
    language: str = "",
    advise: bool = True,
) -> Classified:
    """Rules first: who wrote and where to; then words, those in the subject counting twice; then, if it may ``advise``, what the learnt
    model is sure of. ``points`` are the customer's other addresses and numbers, ``given`` a form's fields,
    ``language`` what they write in, if that is certain."""
    reasons: dict[str, Reason] = {}
    advice = Advice(subject, text, policy if advise else None)
    rule, reasons["category"] = _category(subject, text, sender, inbox, channel, policy)
    if learnt := advice.choose("category", reasons["category"]):
        rule, reasons["category"] = next(each for each in policy.categories if each.name == learnt[0]), learnt[1]
    name = rule.name if rule else policy.default_category
    urgency, because = _priority(subject, text, rule, policy)
    urgency, because = advice.choose("priority", because) or (urgency, because)
    everyone = points | {sender} if sender else points
    priority, reasons["priority"] = weigh(urgency, because, name, everyone, given or {}, policy)
    team = rule.team if rule else None
    if team:
        reasons["team"] = Reason(rule="category's team", evidence=name)
    elif served := policy.serving.team_of(name, inbox, language):
        team, reasons["team"] = served
    elif learnt := advice.choose("team", None):
        team, reasons["team"] = learnt
    sla = terms(policy.agreements, priority=priority, category=name, team=team, inbox=inbox, contacts=(sender,))
    reasons |= sla.reason
    first = sla.due("first_response", now)
    return Classified(
        category=name,
        priority=priority,
        kind=rule.kind if rule else "question",
        team=team,
        first_response_due=first,
        resolution_due=sla.due("resolution", now),
        expected_seconds=round((first - now).total_seconds()) if first else None,
        reasons=reasons,
        state=advice.state(),
    )


def untimed(classified: Classified) -> Classified:
    """The same without anything that has to be done by a time: of what is older than our part in it, nobody waits for an answer."""
    reasons = {choice: reason for choice, reason in classified.reasons.items() if choice != "sla"}
    never = dict.fromkeys(("first_response_due", "resolution_due", "expected_seconds"))
    return replace(classified, **never, reasons=reasons)  # type: ignore[arg-type]


def classify_inbound(message: Inbound, policy: Policy, now: datetime, *, suspected: bool = False) -> Classified:
    """`classify` for a message that came in. ``suspected``: of being spam."""
    sender = message.from_.address.lower() if message.from_ else ""
    text = message.reply_text or message.text
    points = frozenset(point.value.lower() for point in message.points)
    # Only what our own form asked: any other sender may name values as they like.
    given = message.fields if message.channel == "form" else {}
    return classify(
        message.subject,
        text,
        sender,
        message.inbox,
        message.channel,
        policy,
        now,
        points=points,
        given=given,
        language=message.language if message.language and message.language_confidence >= CONFIDENT else "",
        advise=may_advise(message, suspected),
    )


def _category(
    subject: str, text: str, sender: str, inbox: str, channel: str, policy: Policy
) -> tuple[CategoryRule | None, Reason]:
    domain = sender.rpartition("@")[2]
    for rule in policy.categories:
        for what, value, values in (
            ("sender", sender, rule.senders),
            ("domain", domain, rule.domains),
            ("inbox", inbox.lower(), rule.inboxes),
            ("channel", channel, rule.channels),
        ):
            if value and value in values:
                return rule, Reason(rule=what, evidence=value)
        for pattern in rule.patterns:
            if found := pattern.search(f"{subject}\n{text[:4000]}"):
                return rule, Reason(rule="pattern", evidence=found[0][:80], confidence=0.9)
    in_subject, in_text = policy.category_words.find(subject), policy.category_words.find(text)
    best: tuple[int, CategoryRule] | None = None
    for rule in policy.categories:
        score = 2 * len(in_subject.get(rule.name, ())) + len(in_text.get(rule.name, ()))
        if score and (best is None or score > best[0]):
            best = score, rule
    if best is None:
        default = next((rule for rule in policy.categories if rule.name == policy.default_category), None)
        return default, Reason(rule="default", evidence="no rule matched", confidence=0.3)
    score, rule = best
    seen = dict.fromkeys([*in_subject.get(rule.name, ()), *in_text.get(rule.name, ())])
    others = sum(len(found) for name, found in in_text.items() if name != rule.name)
    return rule, Reason(rule="words", evidence=", ".join(seen), confidence=round(score / (score + others + 0.5), 2))


def _priority(subject: str, text: str, rule: CategoryRule | None, policy: Policy) -> tuple[str, Reason]:
    found = policy.priority_words.find(subject)
    for name, phrases in policy.priority_words.find(text).items():
        found[name] = list(dict.fromkeys((*found.get(name, ()), *phrases)))
    named = [name for name in found if name in _RANKS]
    if named:
        highest = max(named, key=lambda name: _RANKS[name])
        return highest, Reason(rule="words", evidence=", ".join(found[highest]), confidence=0.8)
    if rule and rule.priority:
        return rule.priority, Reason(rule="category's priority", evidence=rule.name)
    return "normal", Reason(rule="default", evidence="no rule matched", confidence=0.5)
