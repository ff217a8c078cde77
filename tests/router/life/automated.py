"""A world with rules, macros, webhooks and customers who are known beforehand."""

from dataclasses import dataclass, field
from typing import Any

from services.router.deciding.policy import Policy
from shared.messages.changeset import AddEvent, AddMessage, Changeset, QueueDelivery
from shared.messages.outbound import Outbound
from shared.settings.hooks import Webhook
from shared.settings.macros import Asking, Macro
from shared.settings.policy import Category, Team
from shared.settings.rules import Customer, Matrix, Rule
from tests.router import world as mailing
from tests.router.life.clockwork import NIGHTS, OFFICE
from tests.router.life.telling import Telling
from tests.router.talking import INBOXES

TEAMS = tuple(Team(name=name, members=(f"{name}@acme.example",)) for name in ("technical", "billing", "lawyers"))
ASKED = {"en": ["model", "serial number"], "pl": ["model", "numer seryjny"], "hr": ["model", "serijski broj"]}


def rule(name: str, on: Any = "opened", when: dict[str, Any] | None = None, **then: Any) -> dict[str, Any]:
    """A rule as it stands in the file."""
    extra = {key: then.pop(key) for key in ("after", "stop", "most_per_day") if key in then}
    return {"name": name, "on": on, "if": when or {}, "then": then, **extra}


def policy(*rules: dict[str, Any], **more: Any) -> Policy:
    """An installation with these rules and teams of one; ``more`` is more of the file."""
    settings = mailing.load(None, None, {})
    email = settings.inbox[0].model_copy(update={"address": "support@acme.example"})
    teams = {each.name for each in TEAMS}
    category = [each.model_copy(update={"team": each.name if each.name in teams else ""}) for each in settings.category]
    wanted = {
        each.name: Category.model_validate(each.model_dump() | {"ask_for": ASKED})
        for each in category
        if each.name == "technical"
    }
    return mailing.policy(
        inbox=(email, *INBOXES),
        category=tuple(wanted.get(each.name, each) for each in category),
        team=TEAMS,
        hours=(OFFICE, NIGHTS),
        rule=tuple(Rule.model_validate(each) for each in rules),
        macro=tuple(Macro.model_validate(each) for each in more.pop("macro", ())),
        webhook=tuple(Webhook.model_validate(each) for each in more.pop("webhook", ())),
        customer=tuple(Customer.model_validate(each) for each in more.pop("customer", ())),
        asking=Asking.model_validate(more.pop("asking", {})),
        matrix=Matrix.model_validate(more.pop("matrix", {})),
        **more,
    )


@dataclass
class Automated(Telling):
    """What rules make of it."""

    policy: Policy = field(default_factory=policy)

    def runs(self, number: int | None = None) -> list[AddEvent]:
        """Which rules ran, in order."""
        every = (each for changeset in self.changesets for each in changeset.operations)
        wanted = self.state.numbers[number] if number is not None else None
        found = [each for each in every if isinstance(each, AddEvent) and each.what == "rule_ran"]
        return [each for each in found if wanted in (None, each.ticket_id)]

    def ran(self) -> list[str]:
        """Their names."""
        return [event.data["rule"] for event in self.runs()]

    def trail(self, number: int, *whats: str) -> list[AddEvent]:
        """What happened to a ticket, of these kinds."""
        every = (each for changeset in self.changesets for each in changeset.operations)
        wanted = self.state.numbers[number]
        found = [each for each in every if isinstance(each, AddEvent) and each.ticket_id == wanted]
        return [each for each in found if not whats or each.what in whats]

    def hooked(self, changeset: Changeset | None = None) -> list[Outbound]:
        """What webhooks are told, by one decision or by all."""
        every = [changeset] if changeset is not None else self.changesets
        operations = (each for one in every for each in one.operations)
        return [
            each.outbound for each in operations if isinstance(each, QueueDelivery) and each.outbound.channel == "api"
        ]

    def notes(self) -> list[AddMessage]:
        """Internal messages."""
        every = (each for changeset in self.changesets for each in changeset.operations)
        return [each for each in every if isinstance(each, AddMessage) and each.direction == "internal"]
