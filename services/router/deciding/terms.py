"""Which SLA counts for a ticket, and what it says: targets, working hours, when to warn, what pauses its clocks. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import get_args

from shared.calendars import AROUND_THE_CLOCK, NoWorkingTime, WorkingCalendar
from shared.messages.parts import Priority, Reason
from shared.messages.sla import Clock
from shared.settings.rules import Customer
from shared.settings.targets import SLA_PAUSES, Sla

_CLOCKS: tuple[Clock, ...] = get_args(Clock)


@dataclass(frozen=True)
class Terms:
    """What counts for a ticket. ``policy`` is the SLA's name; empty: none applies, nothing has to be done by any time."""

    policy: str = ""
    targets: Mapping[Clock, timedelta] = field(default_factory=dict)
    hours: str = ""
    calendar: WorkingCalendar = AROUND_THE_CLOCK
    warn_at: float = 1.0
    pauses: tuple[str, ...] = SLA_PAUSES
    tell: bool = True

    @property
    def reason(self) -> dict[str, Reason]:
        """Why it is this one, for the ticket's reasons; empty where there is none."""
        return {"sla": Reason(rule="first policy that applies", evidence=self.policy)} if self.policy else {}

    def due(self, clock: Clock, start: datetime) -> datetime | None:
        """When a clock that starts then and is never paused runs out; null where there is no such target, or never so much time."""
        target = self.targets.get(clock)
        return None if target is None else after(self.calendar, start, target)


NO_TERMS = Terms()


@dataclass(frozen=True)
class Agreement:
    """An SLA as it is looked up: what it is for (of each stated thing one of these), and its terms by priority. The customer must have
    one address, domain or number of each of ``contacts``."""

    wanted: Mapping[str, frozenset[str]]
    contacts: tuple[frozenset[str], ...]
    tags: frozenset[str]
    terms: Mapping[str, Terms]


def agreed(
    slas: Iterable[Sla], calendars: Mapping[str, WorkingCalendar], customers: Sequence[Customer] = ()
) -> tuple[Agreement, ...]:
    """The SLAs of a configuration, in its order. ``calendars`` are its hours by name, ``customers`` those who are known beforehand."""
    return tuple(_agreement(sla, calendars.get(sla.hours, AROUND_THE_CLOCK), customers) for sla in slas)


def _agreement(sla: Sla, calendar: WorkingCalendar, customers: Sequence[Customer]) -> Agreement:
    known = [
        point for each in customers if each.name in sla.when.customer for point in (*each.addresses, *each.domains)
    ]
    contacts = [sla.when.contact] if sla.when.contact else []
    contacts += [tuple(known)] if sla.when.customer else []
    named = {name: frozenset(getattr(sla.when, name)) for name in ("priority", "category", "team", "inbox")}
    return Agreement(
        wanted={name: values for name, values in named.items() if values},
        contacts=tuple(frozenset(each.lower().removeprefix("@") for each in some) for some in contacts),
        tags=frozenset(sla.when.tags),
        terms={priority: _terms(sla, priority, calendar) for priority in get_args(Priority)},
    )


def _terms(sla: Sla, priority: str, calendar: WorkingCalendar) -> Terms:
    targets = sla.targets(priority)
    given = {clock: target for clock in _CLOCKS if (target := getattr(targets, clock)) is not None}
    return Terms(sla.name, given, sla.hours, calendar, sla.warn_at, sla.pauses, sla.tell)


def terms(
    agreements: Sequence[Agreement],
    *,
    priority: str,
    category: str | None,
    team: str | None,
    inbox: str,
    contacts: Iterable[str],
    tags: Collection[str] = (),
) -> Terms:
    """What counts for a ticket like this: the first SLA whose every stated condition it meets. ``contacts`` are its customer's addresses
    and numbers, in lower case."""
    ticket = {"priority": priority, "category": category, "team": team, "inbox": inbox}
    for agreement in agreements:
        if (
            all(ticket[name] in values for name, values in agreement.wanted.items())
            and not any(some.isdisjoint(_with_domains(contacts)) for some in agreement.contacts)
            and not (agreement.tags and agreement.tags.isdisjoint(tags))
        ):
            return agreement.terms.get(priority, NO_TERMS)
    return NO_TERMS


def _with_domains(contacts: Iterable[str]) -> set[str]:
    known = {contact for contact in contacts if contact}
    return known | {domain for contact in known if (domain := contact.rpartition("@")[2]) != contact}


def after(calendar: WorkingCalendar, start: datetime, working: timedelta) -> datetime | None:
    """When so much working time has passed; null where there never is so much."""
    try:
        if calendar is AROUND_THE_CLOCK:
            return start.astimezone(UTC) + working
        return calendar.add(start, working)
    except (NoWorkingTime, OverflowError):
        return None


def between(calendar: WorkingCalendar, a: datetime, b: datetime) -> timedelta:
    """How much working time passes from one moment to the other."""
    return b.astimezone(UTC) - a.astimezone(UTC) if calendar is AROUND_THE_CLOCK else calendar.between(a, b)
