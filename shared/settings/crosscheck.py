"""What one part of the configuration says about another: names and files that must exist, names that must be unique."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from shared.settings.escalation import LEAD, OPERATORS
from shared.settings.inbox import ChatInbox, EmailInbox
from shared.settings.locate import Path
from shared.settings.policy import Conditions
from shared.settings.rules import Deeds
from shared.settings.settings import Settings
from shared.texts.languages import LANGUAGES

Found = Iterator[tuple[Path, str]]


def crosscheck(settings: Settings) -> Found:
    """The places where ``settings`` contradicts itself, each with what is wrong."""
    for kind in (
        "inbox",
        "team",
        "category",
        "priority",
        "sla",
        "hours",
        "rule",
        "escalation",
        "macro",
        "customer",
        "webhook",
    ):
        yield from _repeated(kind, [element.name for element in getattr(settings, kind)])
    yield from _addresses(settings)
    yield from _categories(settings)
    yield from _targets(settings)
    yield from _rules(settings)
    yield from _staffing(settings)
    yield from _listener(settings)
    yield from _sending(settings)


def _repeated(kind: str, names: list[str]) -> Found:
    for index, name in enumerate(names):
        if name in names[:index]:
            yield (kind, index, "name"), f"there are two of {kind} named {name}"


def _addresses(settings: Settings) -> Found:
    taken: dict[str, str] = {}
    for index, inbox in enumerate(settings.inbox):
        if isinstance(inbox, EmailInbox):
            address = inbox.address.lower()
            if address in taken:
                what = f"the address {address}" if address else "every recipient (it has no address)"
                yield ("inbox", index, "address"), f"takes {what}, as the inbox {taken[address]} does"
            taken.setdefault(address, inbox.name)
        elif isinstance(inbox, ChatInbox):
            yield from _known(("inbox", index, "hours"), [inbox.hours], settings.hours, "hours")


def _categories(settings: Settings) -> Found:
    for index, category in enumerate(settings.category):
        if settings.team:
            yield from _known(("category", index, "team"), [category.team], settings.team, "team")
        yield from _known(("category", index, "inboxes"), category.inboxes, settings.inbox, "inbox")


def _targets(settings: Settings) -> Found:
    for index, sla in enumerate(settings.sla):
        yield from _known(("sla", index, "hours"), [sla.hours], settings.hours, "hours")
        if any(hours.name == sla.hours and not any(hours.week.values()) for hours in settings.hours):
            yield ("sla", index, "hours"), f"the hours {sla.hours} are never open: nothing would ever be due"
        yield from _conditions(("sla", index, "when"), sla.when, settings)
        yield from _known(("sla", index, "when", "customer"), sla.when.customer, settings.customer, "customer")


def _staffing(settings: Settings) -> Found:
    for channel in ("telegram", "sms", "whatsapp"):
        inboxes = [inbox for inbox in settings.inbox if inbox.channel == channel]
        yield from _known(("agents", channel), [getattr(settings.agents, channel)], inboxes, "inbox")
    yield from _known(("assignment", "hours"), [settings.assignment.hours], settings.hours, "hours")
    for index, team in enumerate(settings.team):
        yield from _known(("team", index, "hours"), [team.hours], settings.hours, "hours")
        yield from _known(("team", index, "inboxes"), team.inboxes, settings.inbox, "inbox")
        yield from _known(("team", index, "categories"), team.categories, settings.category, "category")
    for index, escalation in enumerate(settings.escalation):
        yield from _known(("escalation", index, "hours"), [escalation.hours], settings.hours, "hours")
        yield from _conditions(("escalation", index, "when"), escalation.when, settings)
        for place, step in enumerate(escalation.step):
            named = [each for each in (step.to, *step.notify) if each not in (LEAD, OPERATORS) and "@" not in each]
            yield from _known(("escalation", index, "step", place), named, settings.team, "team")


def _rules(settings: Settings) -> Found:
    for index, rule in enumerate(settings.rule):
        where: Path = ("rule", index, "if")
        if "none" not in rule.conditions.team:
            yield from _conditions(where, rule.conditions, settings)
        yield from _known((*where, "hours_of"), [rule.conditions.hours_of], settings.hours, "hours")
        if rule.conditions.hours and not settings.hours:
            yield (*where, "hours"), "there are no [[hours]] to be inside or outside of"
        yield from _deeds(("rule", index, "then"), rule.actions, settings)
        yield from _known(("rule", index, "then", "macro"), [rule.actions.macro], settings.macro, "macro")
    for index, macro in enumerate(settings.macro):
        yield from _deeds(("macro", index, "then"), macro.actions, settings)
    for index, hook in enumerate(settings.webhook):
        if any(inbox.channel == hook.channel and inbox.name == hook.name for inbox in settings.inbox):
            yield ("webhook", index, "name"), f"there is an inbox of channel api named {hook.name}; take another name"
        if not hook.secret.get_secret_value():
            yield ("webhook", index, "secret"), "needs a secret to sign with; `openssl rand -hex 32` makes one"


def _deeds(path: Path, deeds: Deeds, settings: Settings) -> Found:
    yield from _known((*path, "category"), [deeds.category], settings.category, "category")
    yield from _known((*path, "webhook"), [deeds.webhook], settings.webhook, "webhook")
    if settings.team and deeds.team != "none":
        yield from _known((*path, "team"), [deeds.team], settings.team, "team")


def _conditions(path: Path, conditions: Conditions, settings: Settings) -> Found:
    yield from _known((*path, "category"), conditions.category, settings.category, "category")
    yield from _known((*path, "inbox"), conditions.inbox, settings.inbox, "inbox")
    if settings.team:
        yield from _known((*path, "team"), conditions.team, settings.team, "team")


def _listener(settings: Settings) -> Found:
    for key, other in (("certificate", "key"), ("key", "certificate")):
        named = getattr(settings.smtp, key)
        if named and not getattr(settings.smtp, other):
            yield ("smtp", key), f"needs smtp.{other} beside it"
        elif named and not settings.beside(named).is_file():
            yield ("smtp", key), f"there is no file {named}"


def _sending(settings: Settings) -> Found:
    for index, inbox in enumerate(settings.inbox):
        if not isinstance(inbox, EmailInbox):
            continue
        for name in ("signature", "signature_html"):
            for language in getattr(inbox, name):
                if language not in LANGUAGES:
                    yield (
                        ("inbox", index, name),
                        f"nobody is written to in {language!r}; known are {', '.join(LANGUAGES)}",
                    )
        if inbox.dkim is not None:
            from shared.dkim import BadKey, load_key  # takes a while, and most have no such key

            try:
                load_key(inbox.dkim.selector, inbox.dkim.key.get_secret_value())
            except BadKey as error:
                yield ("inbox", index, "dkim"), str(error)


def _known(path: Path, named: Iterable[str], elements: Iterable[object], kind: str) -> Found:
    names = [getattr(element, "name", "") for element in elements]
    for name in named:
        if name and name not in names:
            near = get_close_matches(name, names, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(names) or 'none'}"
            yield path, f"there is no {kind} named {name!r}; {hint}"
