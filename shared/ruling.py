"""Whether the conditions of a ``[[rule]]`` hold for a ticket, and why: the one place that knows what they mean.

Deciding asks it of a ticket as it is, rehearsing (`shared.rehearsing`) of one as it was. No I/O, no clock.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from shared.calendars import WorkingCalendar
from shared.settings.rules import NONE, Customer, Rule, RuleConditions
from shared.settings.words import Words

RANKS: Mapping[str, int] = {"low": 0, "normal": 1, "high": 2, "urgent": 3}
_SEARCHED = 4_000
"""Characters of a text that patterns and words are looked for in."""


@dataclass(frozen=True)
class Situation:
    """A ticket at one moment. ``points`` are the customer's addresses and numbers in lower case; ``said`` is what conditions on words look
    at."""

    status: str
    channel: str
    inbox: str
    language: str
    priority: str = "normal"
    category: str | None = None
    kind: str | None = None
    team: str | None = None
    assignee: str | None = None
    tags: Sequence[str] = ()
    points: frozenset[str] = frozenset()
    reopened: int = 0
    said: str = ""


@dataclass(frozen=True)
class Known:
    """Customers who are known beforehand, as they are looked up: importance and name by address and by domain, in lower case."""

    by_point: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    by_domain: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def of(self, points: frozenset[str]) -> tuple[str, str] | None:
        """The importance and name of whoever has these points; null: nobody in particular. An address counts before its domain."""
        if not self.by_point and not self.by_domain:
            return None
        found = [self.by_point[each] for each in points if each in self.by_point]
        found = found or [self.by_domain[each] for each in domains(points) if each in self.by_domain]
        return max(found, key=lambda each: (RANKS[each[0]], each[1]), default=None)


def known_customers(customers: Sequence[Customer]) -> Known:
    """The customers of a configuration, to be looked up."""
    by_point: dict[str, tuple[str, str]] = {}
    by_domain: dict[str, tuple[str, str]] = {}
    for each in customers:
        for address in each.addresses:
            by_point.setdefault(address.strip().lower(), (each.importance, each.name))
        for domain in each.domains:
            by_domain.setdefault(domain.strip().lower().removeprefix("@"), (each.importance, each.name))
    return Known(by_point, by_domain)


def domains(points: frozenset[str]) -> set[str]:
    """The domains of the mail addresses among these points."""
    return {point.rpartition("@")[2] for point in points if "@" in point}


@dataclass(frozen=True)
class Prepared:
    """A rule, ready to be asked often."""

    rule: Rule
    words: Words | None
    patterns: tuple[re.Pattern[str], ...]
    contacts: frozenset[str]
    assignees: frozenset[str]
    calendar: WorkingCalendar | None

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.rule.name


def prepare(rule: Rule, calendars: Mapping[str, WorkingCalendar]) -> Prepared:
    """``calendars`` are the configuration's hours, the first one first."""
    when = rule.conditions
    hours = calendars.get(when.hours_of) if when.hours_of else next(iter(calendars.values()), None)
    return Prepared(
        rule=rule,
        words=Words.of([(rule.name, when.words)]) if when.words else None,
        patterns=tuple(re.compile(each, re.IGNORECASE) for each in when.patterns),
        contacts=frozenset(each.strip().lower().removeprefix("@") for each in when.contact),
        assignees=frozenset(each.strip().lower() for each in when.assignee),
        calendar=hours if when.hours else None,
    )


def why(rule: Prepared, ticket: Situation, known: Known, at: datetime | None) -> list[str] | None:
    """What of the conditions was met, in the configuration's own words, never a customer's; null: they do not hold. ``at`` null: at
    whatever hour."""
    when, met = rule.rule.conditions, list[str]()
    for name, value in _plain(when, ticket):
        if value not in getattr(when, name):
            return None
        met.append(f"{name} = {value}")
    if when.reopened is not None:
        if ticket.reopened < when.reopened:
            return None
        met.append(f"reopened >= {when.reopened}")
    if when.tags:
        tags = [tag for tag in when.tags if tag in ticket.tags]
        if not tags:
            return None
        met.append(f"tags = {tags[0]}")
    for part in (_customer(rule, ticket, known), _assignee(rule, ticket), _hours(rule, at), _said(rule, ticket)):
        if part is None:
            return None
        met += part
    return met


def _plain(when: RuleConditions, ticket: Situation) -> list[tuple[str, str]]:
    names = ("priority", "category", "inbox", "channel", "status", "language", "kind", "team")
    return [(name, getattr(ticket, name) or NONE) for name in names if getattr(when, name)]


def _customer(rule: Prepared, ticket: Situation, known: Known) -> list[str] | None:
    when, met = rule.rule.conditions, list[str]()
    if not (rule.contacts or when.sender or when.domain or when.importance):
        return met
    theirs = domains(ticket.points)
    for name, wanted, have in (
        ("contact", rule.contacts, ticket.points | theirs),
        ("sender", {each.lower() for each in when.sender}, ticket.points),
        ("domain", {each.lower().removeprefix("@") for each in when.domain}, theirs),
    ):
        if wanted:
            both = sorted(wanted & have)
            if not both:
                return None
            met.append(f"{name} = {both[0]}")
    if when.importance:
        importance = (known.of(ticket.points) or ("normal", ""))[0]
        if importance not in when.importance:
            return None
        met.append(f"importance = {importance}")
    return met


def _assignee(rule: Prepared, ticket: Situation) -> list[str] | None:
    if not rule.assignees:
        return []
    has = (ticket.assignee or NONE).lower()
    if has in rule.assignees or ("any" in rule.assignees and ticket.assignee):
        return [f"assignee = {has}"]
    return None


def _hours(rule: Prepared, at: datetime | None) -> list[str] | None:
    wanted = rule.rule.conditions.hours
    if wanted is None or at is None:
        return []
    inside = rule.calendar is None or rule.calendar.is_open(at)
    return [f"hours = {wanted}"] if inside == (wanted == "inside") else None


def _said(rule: Prepared, ticket: Situation) -> list[str] | None:
    met = []
    said = ticket.said[:_SEARCHED]
    if rule.words is not None:
        found = rule.words.find(said).get(rule.name)
        if not found:
            return None
        met.append(f"words = {found[0]}")
    if rule.patterns:
        pattern = next((each for each in rule.patterns if each.search(said)), None)
        if pattern is None:
            return None
        met.append(f"patterns = {pattern.pattern[:80]}")
    return met
