"""The policy: what the configuration says about decisions, prepared once so that deciding is quick."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network

from services.router.deciding import telling_policy
from services.router.deciding.assignpolicy import AssignPolicy, assign_policy
from services.router.deciding.automation import Automation, automation
from services.router.deciding.escalatepolicy import EscalatePolicy, escalate_policy
from services.router.deciding.pointpolicy import PointPolicy, point_policy
from services.router.deciding.recordpolicy import RecordPolicy, record_policy
from services.router.deciding.serving import ServingPolicy, serving_policy
from services.router.deciding.telling_policy import TellingPolicy
from services.router.deciding.terms import Agreement, agreed
from shared.calendars import WorkingCalendar, calendar_of
from shared.learning.modelfile import Learnt
from shared.messages.parts import Channel
from shared.secrets import Keyring
from shared.settings.agents import Agents
from shared.settings.inbox import TwilioInbox
from shared.settings.made import DeskTeam
from shared.settings.policy import Category
from shared.settings.settings import Policy as Configured
from shared.settings.words import Words

FEW_RECIPIENTS = 3


@dataclass(frozen=True)
class CategoryRule:
    """What makes a ticket of this category, besides words, lower-cased and ready to compare."""

    name: str
    kind: str
    team: str | None
    priority: str | None
    patterns: tuple[re.Pattern[str], ...]
    senders: frozenset[str]
    domains: frozenset[str]
    inboxes: frozenset[str]
    channels: frozenset[str]


Networks = tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True)
class SpamPolicy:
    """What is done about spam, as in ``[spam]``; ``trusted`` has for each inbox the networks whose filters are believed."""

    honour: bool = True
    threshold: float | None = None
    quarantines: bool = False
    learn: bool = True
    blocked: frozenset[str] = frozenset()
    acknowledge_within: timedelta = timedelta(hours=24)
    keep: timedelta = timedelta(days=30)
    trusted: Mapping[str, Networks] = field(default_factory=dict)


@dataclass(frozen=True)
class Policy:
    """Everything a decision may rely on that is not a fact. ``version`` is recorded with every changeset. ``teams`` are those of the file
    and of the desk, ``desk_teams`` the names of the latter."""

    version: str
    keyring: Keyring
    company: str
    languages: tuple[str, ...]
    own_addresses: frozenset[str]
    own_domains: frozenset[str]
    email_inboxes: tuple[str, ...]
    categories: tuple[CategoryRule, ...]
    category_words: Words
    priority_words: Words
    agreements: tuple[Agreement, ...]
    close_after: timedelta
    reopen_within: timedelta
    alerts: tuple[str, ...]
    reply_valid: timedelta | None = None
    same_subject_within: timedelta | None = None
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    desk_teams: frozenset[str] = frozenset()
    default_category: str = "general"
    few_recipients: int = FEW_RECIPIENTS
    spam: SpamPolicy = field(default_factory=SpamPolicy)
    inboxes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    own_numbers: frozenset[str] = frozenset()
    fallback: tuple[Channel, ...] = ()
    calendars: Mapping[str, WorkingCalendar] = field(default_factory=dict)
    record: RecordPolicy = field(default_factory=RecordPolicy)
    telling: TellingPolicy = field(default_factory=TellingPolicy)
    agents: Agents = field(default_factory=Agents)
    assignment: AssignPolicy = field(default_factory=AssignPolicy)
    automation: Automation = field(default_factory=Automation)
    escalation: EscalatePolicy = field(default_factory=EscalatePolicy)
    learnt: Learnt | None = None
    points: PointPolicy = field(default_factory=PointPolicy)
    serving: ServingPolicy = field(default_factory=ServingPolicy)

    def inbox_of(self, channel: str, preferred: str = "") -> str | None:
        """The inbox that sends on a channel: the preferred one if it is of that channel, else the first; null where there is none."""
        names = self.inboxes.get(channel, ())
        return preferred if preferred in names else next(iter(names), None)

    def is_own(self, address: str) -> bool:
        """Whether a (lower-cased) address is one of ours: an inbox, a subaddress of it, or a reply address."""
        local, _, domain = address.rpartition("@")
        plain = f"{local.partition('+')[0]}@{domain}"
        return plain in self.own_addresses or (local.startswith("reply+") and domain in self.own_domains)


def build(settings: Configured, keyring: Keyring, version: str, alerts: Sequence[str] = ()) -> Policy:
    """The policy that a configuration means; ``alerts`` are the operators' addresses."""
    emails = settings.email_inboxes
    addresses = frozenset(settings.sender_address(inbox).lower() for inbox in emails)
    calendars = {hours.name: calendar_of(hours) for hours in settings.hours}
    return Policy(
        version=version,
        keyring=keyring,
        company=settings.company.name,
        languages=settings.company.languages,
        own_addresses=addresses,
        own_domains=frozenset(settings.reply_domain(inbox).lower() for inbox in emails),
        email_inboxes=tuple(inbox.name for inbox in emails),
        categories=tuple(_category(category) for category in settings.category),
        category_words=Words.of((entry.name, _every(entry.words)) for entry in settings.category),
        priority_words=Words.of((entry.name, _every(entry.words)) for entry in settings.priority),
        agreements=agreed(settings.sla, calendars, settings.customer),
        close_after=settings.tickets.close_after,
        reopen_within=settings.tickets.reopen_within,
        reply_valid=settings.tickets.reply_valid,
        same_subject_within=settings.tickets.same_subject_within,
        fallback=settings.tickets.fallback,
        telling=telling_policy.build(settings),
        agents=settings.agents,
        teams={team.name: tuple(member.lower() for member in team.members) for team in settings.team},
        desk_teams=frozenset(team.name for team in settings.team if isinstance(team, DeskTeam)),
        alerts=tuple(alerts),
        calendars=calendars,
        default_category=_default([category.name for category in settings.category]),
        spam=_spam(settings),
        record=record_policy(settings),
        assignment=assign_policy(settings),
        automation=automation(settings, calendars),
        escalation=escalate_policy(settings),
        points=point_policy(settings),
        serving=serving_policy(settings),
        inboxes=_by_channel(settings),
        own_numbers=frozenset(
            inbox.number.rpartition(":")[2] for inbox in settings.inbox if isinstance(inbox, TwilioInbox)
        ),
    )


def _by_channel(settings: Configured) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for inbox in settings.inbox:
        found[inbox.channel] = (*found.get(inbox.channel, ()), inbox.name)
    return found


def _spam(settings: Configured) -> SpamPolicy:
    spam = settings.spam
    return SpamPolicy(
        honour=spam.honour,
        threshold=spam.threshold,
        quarantines=spam.action == "quarantine",
        learn=spam.learn,
        blocked=frozenset(spam.blocked),
        acknowledge_within=spam.acknowledge_within,
        keep=settings.retention.quarantine,
        trusted={inbox.name: tuple(r.network for r in inbox.trusted_relays) for inbox in settings.email_inboxes},
    )


def _default(names: Sequence[str]) -> str:
    """The category of what no rule matches: ``general`` where there is one, else the first."""
    return "general" if "general" in names or not names else names[0]


def _every(words: Mapping[str, Sequence[str]]) -> list[str]:
    return [word for of_language in words.values() for word in of_language]


def _lower(values: Sequence[str]) -> frozenset[str]:
    return frozenset(value.lower() for value in values)


def _category(category: Category) -> CategoryRule:
    return CategoryRule(
        name=category.name,
        kind=category.kind,
        team=category.team or None,
        priority=category.priority,
        patterns=tuple(re.compile(pattern, re.IGNORECASE) for pattern in category.patterns),
        senders=_lower(category.senders),
        domains=_lower(category.domains),
        inboxes=_lower(category.inboxes),
        channels=frozenset(category.channels),
    )
