"""Whom and what names mean: agents, teams, categories, priorities, macros, channels. Whole names count first, then beginnings that only one
name has; for the rest it is said which name is near, and which there are."""

from collections.abc import Mapping
from typing import Final, TypeVar

from services.router.deciding import naming, sending
from services.router.deciding.speech.understanding import NotMeant, Speaking, cut
from shared.documents.macro import asked, kept
from shared.messages.documents import DocumentName
from shared.messages.life import StaffFact
from shared.messages.parts import Channel
from shared.phones import to_e164
from shared.speech import nearest, unquoted
from shared.speech.grammar import folded
from shared.texts import LANGUAGES, text

Value = TypeVar("Value")

_ME: Final = ("me", "myself", "ja", "mnie", "mi", "meni")
_PRIORITIES: Final = ("low", "normal", "high", "urgent")
_CHANNELS: Final[dict[str, Channel]] = {
    **dict.fromkeys(("email", "e-mail", "mail", "e-pošta", "eposta"), "email"),
    "sms": "sms",
    **dict.fromkeys(("whatsapp", "wa"), "whatsapp"),
    **dict.fromkeys(("telegram", "tg"), "telegram"),
}
_LONGEST: Final = 320


def pick(why: str, name: str, known: Mapping[str, Value], shown: list[str] | None = None) -> Value:
    """What a name means among those that are ``known``, by what they are called. Raises `NotMeant`; ``shown``: what is possible, where that
    are not all the names."""
    wanted = folded(name.strip())
    for called, value in known.items():
        if folded(called) == wanted:
            return value
    begun = {called: value for called, value in known.items() if wanted and folded(called).startswith(wanted)}
    if begun and all(value == next(iter(begun.values())) for value in begun.values()):
        return next(iter(begun.values()))
    near = nearest(name, known) if not begun else None
    raise NotMeant(why, near, shown if shown is not None else list(known), name=cut(name))


def agent(speaking: Speaking, name: str) -> StaffFact:
    """The agent that a name means; "me" is whoever speaks. Raises `NotMeant`."""
    wanted = name.strip().removeprefix("@")
    if folded(wanted) in _ME and speaking.agent is not None:
        return speaking.agent
    found = naming.agents_called(wanted[:_LONGEST], speaking.facts)
    if not found:
        found = [each for each in speaking.facts.staff.values() if _begins(each, folded(wanted))]
    if len(found) == 1:
        return found[0]
    if found:
        raise NotMeant("agents", None, [each.email for each in found], name=cut(name))
    called = {name: each.email for each in speaking.facts.staff.values() for name in _names(each)}
    near = nearest(wanted, called)
    raise NotMeant(
        "agent", called.get(near or ""), [each.email for each in speaking.facts.staff.values()], name=cut(name)
    )


def _names(known: StaffFact) -> list[str]:
    return [each for each in (known.email.partition("@")[0], known.name, *known.name.split(), known.email) if each]


def _begins(known: StaffFact, wanted: str) -> bool:
    return bool(wanted) and any(folded(each).startswith(wanted) for each in (*_names(known), known.public_name))


def has_teams(speaking: Speaking) -> bool:
    """Whether any team is configured."""
    return bool(naming.teams(speaking.policy))


def team(speaking: Speaking, name: str) -> str:
    """The team that a name means; where there are none, whatever it is called. Raises `NotMeant`."""
    known = naming.teams(speaking.policy)
    if not known and name.strip() and "@" not in name and len(name) <= 200:
        return name.strip()
    return pick("team", name, {each: each for each in known})


def department(speaking: Speaking, name: str) -> str:
    """The team that a department's name is, else the name: not every department is a team of ours."""
    return naming.team_called(name, speaking.policy) or name


def category(speaking: Speaking, name: str) -> str:
    """The category that a name means. Raises `NotMeant`."""
    return pick("category", name, {each.name: each.name for each in speaking.policy.categories})


def priority(speaking: Speaking, name: str) -> str:
    """The priority that a name in any language means. Raises `NotMeant`."""
    known = {each: each for each in _PRIORITIES} | {"medium": "normal"}
    known |= {text(f"priority.{each}", language): each for each in _PRIORITIES for language in LANGUAGES}
    return pick("priority", name, known, [text(f"priority.{each}", speaking.language) for each in _PRIORITIES])


def documented_macro(name: str) -> list[DocumentName]:
    """The document that a macro of this name would be, however it is written; none for what no name of one is."""
    return asked(unquoted(name).strip().lower())


def macro(speaking: Speaking, name: str) -> str:
    """The macro that a name or a title means; one that was made in the desk by its whole name. Raises `NotMeant`."""
    macros = speaking.policy.automation.macros.values()
    for document in documented_macro(name):
        if document.id not in speaking.policy.automation.macros and kept(document.id, speaking.facts.documents):
            return document.id
    known = {each.title: each.name for each in macros if each.title} | {each.name: each.name for each in macros}
    return pick("macro", name, known, [each.name for each in macros])


def channel(speaking: Speaking, name: str, to: str) -> Channel:
    """The channel that a name means (empty: the one that the address is of), which there is an inbox of. Raises `NotMeant`."""
    there: dict[str, Channel] = {
        called: each for called, each in _CHANNELS.items() if speaking.policy.inbox_of(each) is not None
    }
    by_look: dict[str, Channel] = {"email": "email", "phone": "sms"}
    found = (
        pick("channel", name, there, list(dict.fromkeys(there.values()))) if name else by_look.get(sending.kind_of(to))
    )
    if found is None or found not in there.values():
        raise NotMeant("channel", None, list(dict.fromkeys(there.values())), name=cut(name or found or to))
    return found


def address(channel: Channel, to: str) -> str:
    """Whom something goes to on a channel. Raises `NotMeant`."""
    given = to.strip()
    found: str | None = None
    if channel == "email" and sending.kind_of(given) == "email":
        found = given
    elif channel in ("sms", "whatsapp"):
        found = to_e164(given)
    elif channel == "telegram" and given.lstrip("-").isdigit():
        found = given
    if found is None or len(found) > _LONGEST:
        raise NotMeant("address", name=cut(to), way=channel)
    return found
