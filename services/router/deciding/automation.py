"""What the configuration says about rules, macros, webhooks, known customers and asking for details, prepared for decisions."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.calendars import WorkingCalendar
from shared.ruling import Known, Prepared, known_customers, prepare
from shared.settings.hooks import Webhook
from shared.settings.macros import Asking, Macro
from shared.settings.policy import labels_to_ask
from shared.settings.rules import NONE, Deeds, Matrix
from shared.settings.settings import Policy as Configured


@dataclass(frozen=True)
class Automation:
    """``rules`` in the configuration's order; ``ask_for``: by category, then by language (empty: any); ``impact`` by category."""

    rules: tuple[Prepared, ...] = ()
    macros: Mapping[str, Macro] = field(default_factory=dict)
    hooks: tuple[Webhook, ...] = ()
    asking: Asking = field(default_factory=Asking)
    ask_for: Mapping[str, Mapping[str, tuple[str, ...]]] = field(default_factory=dict)
    customers: Known = field(default_factory=Known)
    matrix: Matrix = field(default_factory=Matrix)
    impact: Mapping[str, str] = field(default_factory=dict)

    def details(self, category: str | None, language: str, default: str) -> tuple[str, ...]:
        """What a category needs to be asked, in a language, else in the default one; empty: nothing."""
        return labels_to_ask(self.ask_for.get(category or "", {}), language, default)

    @property
    def escalates(self) -> bool:
        """Whether any rule gives or raises tickets to somebody: then all agents must be known, also by the names that customers know."""
        macros = {macro.name for macro in self.macros.values() if _names_somebody(macro.actions)}
        return any(_names_somebody(each.rule.actions) or each.rule.actions.macro in macros for each in self.rules)

    def hook(self, name: str) -> Webhook | None:
        """The webhook of that name."""
        return next((each for each in self.hooks if each.name == name), None)

    def hook_of(self, inbox: str) -> Webhook | None:
        """The webhook whose deliveries go by this."""
        return next((each for each in self.hooks if each.inbox == inbox), None)


def _names_somebody(deeds: Deeds) -> bool:
    return bool(deeds.escalate) or deeds.assignee not in ("", NONE)


def automation(settings: Configured, calendars: Mapping[str, WorkingCalendar]) -> Automation:
    """What a configuration means. ``calendars`` are its hours by name, in its order."""
    return Automation(
        rules=tuple(prepare(rule, calendars) for rule in settings.rule),
        macros={macro.name: macro for macro in settings.macro},
        hooks=settings.webhook,
        asking=settings.asking,
        ask_for={each.name: dict(each.ask_for) for each in settings.category if each.ask_for},
        customers=known_customers(settings.customer),
        matrix=settings.matrix,
        impact={each.name: each.impact for each in settings.category if each.impact},
    )
