"""What happened to a ticket, why something was chosen, and how a delivery stands, in people's words."""

import re
from collections.abc import Callable
from typing import Any, Final

from shared.messages.parts import Reason
from shared.messages.ticket import DeliveryView, EventView
from shared.texts import UnknownText

Words = Callable[..., str]
"""A text of the ticket page by its key; raises `UnknownText`."""
_NAMED: Final = ("status", "priority")
SURE: Final = (("sure", 0.95), ("likely", 0.7), ("unsure", 0.0))
FAILED: Final = ("failed", "bounced", "unknown")
_SHORT: Final = 120
_SAYS_NOTHING: Final = ("no rule matched", "opens a ticket")
"""What rules that saw nothing give as evidence: their name says the same in the reader's language."""
_ACTOR: Final = re.compile(r"\b(?:agent|token):[\w.@+-]+")


def event(happened: EventView, t: Words, called: Callable[[str | None], str]) -> str:
    """What happened, in one line; what nobody has words for is named as it is called."""
    told = _known(t, f"event.{happened.what}") or happened.what.replace("_", " ")
    said = [each for each in _changes(happened.data, t, called) if each]
    if happened.reason:
        said.append(cut(happened.reason))
    return f"{told}: {'; '.join(said)}" if said else told


def _changes(data: dict[str, Any], t: Words, called: Callable[[str | None], str]) -> list[str]:
    changes = data.get("changes")
    found = []
    for name, pair in changes.items() if isinstance(changes, dict) else ():
        if isinstance(pair, list) and len(pair) == 2:
            was, is_now = (_value(name, each, t, called) for each in pair)
            found.append(f"{field(name, t)} {was} → {is_now}")
    if not found:
        for name, old, new in (("status", "was", "status"), ("status", "from", "to")):
            if isinstance(data.get(old), str) and isinstance(data.get(new), str) and data[old] != data[new]:
                found.append(f"{_value(name, data[old], t, called)} → {_value(name, data[new], t, called)}")
                break
    fields = data.get("fields")
    if not found and isinstance(fields, list):
        found = [", ".join(field(str(each), t) for each in fields[:8])]
    return found


def field(name: str, t: Words) -> str:
    """What a field is called."""
    return _known(t, f"field.{name}") or name.replace("_", " ")


def _value(name: str, value: Any, t: Words, called: Callable[[str | None], str]) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return ", ".join(_value(name, each, t, called) for each in value[:8])
    if name in _NAMED and isinstance(value, str):
        return _known(t, f"{name}.{value}") or value
    return called(value) if name in ("assignee", "watchers") and isinstance(value, str) else cut(str(value))


def reason(why: Reason, t: Words, called: Callable[[str | None], str]) -> str:
    """Why something was chosen: the rule in words, and what it saw."""
    rule = _known(t, f"rule.{why.rule.replace(' ', '_').replace(chr(39), '')}") or why.rule
    if why.evidence in _SAYS_NOTHING and rule != why.rule:
        return rule
    seen = _ACTOR.sub(lambda match: called(match[0]), cut(why.evidence, 400))
    return f"{rule}: {seen}" if seen else rule


def sureness(confidence: float) -> str:
    """The key of how sure a choice was."""
    return next(name for name, least in SURE if confidence >= least)


def delivery(sent: DeliveryView, t: Words) -> str:
    """How a delivery stands, in a word."""
    return _known(t, f"delivery.{sent.state}") or sent.state


def cut(words: str, most: int = _SHORT) -> str:
    """One line, no longer than that."""
    line = " ".join(words.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def cut_lines(words: str, most: int) -> str:
    """No longer than that, with its lines."""
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def link(kind: str, t: Words) -> str:
    """How another ticket has to do with this one."""
    return _known(t, f"link.{kind}") or t("link.other")


def _known(t: Words, key: str) -> str:
    try:
        return t(key)
    except UnknownText:
        return ""
