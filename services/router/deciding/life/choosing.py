"""How an agent is told of something, by what they chose: on which channels, in their order, and whether now or later. Pure.

Who chose nothing is told at once, by mail to their address. Who chose channels that do not work, too, in the end.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final, Literal
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from services.router.deciding.policy import Policy
from services.router.deciding.senders import Way
from shared.messages.agents import ChoiceFact
from shared.messages.facts import Facts, point_key
from shared.messages.parts import POINT_OF_CHANNEL, Point
from shared.settings.notifying import AgentChannel, Notifying, Quiet
from shared.texts.languages import agents_language

NOTHING: Final = Notifying()
_FIRST: Final = datetime(1970, 1, 5, 8)
"""A Monday at eight, as clocks show it wherever the agent is."""
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Reader:
    """Somebody who is told: by ``address`` they are known in teams and tickets. ``agent_id`` is empty for whom we do not know as an
    agent. ``points`` are verified ones that can be reached; ``notify`` is what they chose (null: nothing)."""

    address: str
    agent_id: str = ""
    role: str = ""
    languages: tuple[str, ...] = ()
    away_until: datetime | None = None
    notify: Notifying | None = None
    points: tuple[Point, ...] = ()

    @property
    def choice(self) -> Notifying:
        """What they chose, or would have if they had been asked."""
        return self.notify or NOTHING

    def language(self, policy: Policy) -> str:
        """In which they are told."""
        return agents_language(self.languages, policy.languages)


def reader(address: str, facts: Facts) -> Reader:
    """Who has this (lower-cased) address, as far as it is known."""
    choice = facts.choices.get(address)
    if choice is not None:
        return chosen(choice)
    staff = facts.staff.get(address)
    if staff is not None:
        return Reader(address, staff.agent_id, staff.role, tuple(staff.languages), staff.away_until)
    named = facts.agents.get(point_key("email", address)) or next(
        (each for each in facts.assignees.values() if each.email == address), None
    )
    if named is not None and named.email == address:
        return Reader(address, named.agent_id, named.role, away_until=named.away_until)
    return Reader(address)


def by_id(agent_id: str, facts: Facts) -> Reader | None:
    """An agent by their id; null where there is none, or nobody asked for them."""
    known = {each.agent_id: each.email for each in facts.staff.values()}
    known |= {each.agent_id: each.email for each in facts.choices.values()}
    return reader(known[agent_id], facts) if agent_id in known else None


def chosen(choice: ChoiceFact) -> Reader:
    """An agent who chose. What they chose and nobody understands any more counts as nothing: they are told rather than not."""
    try:
        notify = Notifying.model_validate(choice.notify)
    except ValidationError:
        notify = NOTHING
    languages = tuple(choice.languages)
    points = tuple(each for each in choice.points if each not in choice.unreachable)
    return Reader(choice.email, choice.agent_id, choice.role, languages, choice.away_until, notify, points)


# -- where --------------------------------------------------------------------------------------------------------------


def channels(notify: Notifying, event: str, priority: str | None) -> tuple[AgentChannel, ...]:
    """The channels for news of this kind about a ticket of this priority (null: of any), the first to be tried first."""
    for rule in notify.rules:
        fits = not rule.events or event in rule.events
        if fits and (not rule.priorities or priority is None or priority in rule.priorities):
            return rule.channels
    return notify.channels


def ways(person: Reader, wanted: tuple[AgentChannel, ...], mail_inbox: str, policy: Policy) -> list[Way]:
    """Where somebody can be told who wants these channels, in this order, each once; mail to their address is the last of them. Nothing
    for who wants no channel. ``mail_inbox`` is the inbox that mail leaves from."""
    if not wanted:
        return []
    own = Way("email", mail_inbox, Point(kind="email", value=person.address))
    found = [*(way for channel in wanted for way in _on(channel, person, mail_inbox, policy)), own]
    return [way for place, way in enumerate(found) if way not in found[:place]]


def _on(channel: AgentChannel, person: Reader, mail_inbox: str, policy: Policy) -> list[Way]:
    kind = POINT_OF_CHANNEL[channel]
    points = [point for point in person.points if point.kind == kind]
    if channel == "email":
        # Whoever proved another address wants it there; the one that they were added with always works.
        others = [point for point in points if point.value != person.address]
        return [Way(channel, mail_inbox, point) for point in (*others, Point(kind=kind, value=person.address))]
    preferred = {"telegram": policy.agents.telegram, "sms": policy.agents.sms, "whatsapp": policy.agents.whatsapp}
    inbox = policy.inbox_of(channel, preferred[channel])
    return [Way(channel, inbox, point) for point in points] if inbox is not None else []


# -- when ---------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Later:
    """Not now but ``at`` that time, because of their ``why``."""

    why: Literal["quiet", "digest"]
    at: datetime


def later(notify: Notifying, event: str, priority: str, now: datetime, zone: str) -> Later | None:
    """When news of this kind about a ticket of this priority is told, unless it is now (null). ``zone`` is the company's time zone."""
    quiet, digest = notify.quiet, notify.digest
    if quiet is not None and priority not in quiet.but and is_quiet(quiet, now):
        return Later("quiet", quiet_until(quiet, now))
    if digest is None or event not in digest.events or priority in digest.but:
        return None
    at = _next_round(digest.every, now, quiet.zone if quiet is not None else zone)
    if quiet is not None and is_quiet(quiet, at):
        at = quiet_until(quiet, at)
    return Later("digest", at)


def is_quiet(quiet: Quiet, at: datetime) -> bool:
    """Whether a moment is within quiet hours; hours that end where they begin are none."""
    clock, start, end = at.astimezone(ZoneInfo(quiet.zone)).time(), _plain(quiet.start), _plain(quiet.end)
    return start <= clock < end if start <= end else clock >= start or clock < end


def quiet_until(quiet: Quiet, at: datetime) -> datetime:
    """The end of the quiet hours in which a moment is, in UTC: later than it, and itself not quiet."""
    zone = ZoneInfo(quiet.zone)
    day = at.astimezone(zone).date()
    for days in range(-1, 4):
        # In the night in which clocks are changed an hour is there twice, or never.
        for fold in (0, 1):
            end = datetime.combine(day + days * _DAY, _plain(quiet.end), zone).replace(fold=fold).astimezone(UTC)
            if end > at and not is_quiet(quiet, end):
                return end
    return at + _DAY


def _next_round(every: timedelta, now: datetime, where: str) -> datetime:
    """The next of the moments at which digests are told, in UTC. They are the same however often somebody asks: on the hour where it is
    hourly, at eight in the morning where it is daily, on Mondays where it is weekly; as clocks show it there."""
    zone = ZoneInfo(where)
    shown = now.astimezone(zone).replace(tzinfo=None)
    rounds = (shown - _FIRST) // every + 1
    at = (_FIRST + rounds * every).replace(tzinfo=zone).astimezone(UTC)
    while at <= now:  # while an hour is there twice
        rounds += 1
        at = (_FIRST + rounds * every).replace(tzinfo=zone).astimezone(UTC)
    return at


def _plain(clock: time) -> time:
    return clock.replace(tzinfo=None)
