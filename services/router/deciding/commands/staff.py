"""Deciding about agents: what they speak, when they work, how much they can take, and whether they are there."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import ValidationError

from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.fields import time_of
from services.router.deciding.commands.leaving import keep_an_admin
from shared.messages.facts import agent_key, point_key
from shared.messages.life import ChangeAgent, StaffFact
from shared.messages.staff import ChangeStaff
from shared.settings.assignment import MOST
from shared.settings.notifying import Notifying
from shared.texts import LANGUAGES

_ROLES: Final = ("admin", "lead", "agent", "auditor")
_LONGEST = 200
_MOST_LANGUAGES = 20
_LONGEST_SIGNATURE = 2_000


def change_agent(do: Doing, want: ChangeStaff) -> dict[str, Any]:
    """New values of an agent. Raises `Refused` for one that is unknown, for what agents have not, and for values that cannot be."""
    email = want.email.strip().lower()
    agent = do.facts.staff.get(email)
    if agent is None:
        blocked = ": they are blocked" if do.facts.is_blocked(email) else ""
        raise Refused("not-found", f"there is no agent {email}{blocked}")
    if not want.fields:
        raise Refused("invalid", f"nothing to change; writable are {', '.join(_CHECKS)}")
    unknown = [name for name in want.fields if name not in _CHECKS]
    if unknown:
        raise Refused("invalid", f"{', '.join(unknown)}: cannot be changed; writable are {', '.join(_CHECKS)}")
    fields = {name: _CHECKS[name](do, name, value) for name, value in want.fields.items()}
    if fields.get("role", "admin") != "admin":
        keep_an_admin(do, agent)
    do.draft.change(do.facts, agent_key(agent.agent_id), point_key("email", email))
    do.draft.operations.append(ChangeAgent(agent_id=agent.agent_id, fields=fields))
    do.event("agent_changed", None, agent=agent.agent_id, fields=list(fields), changes=_changes(agent, fields))
    return {"agent_id": agent.agent_id, "email": email}


def _changes(agent: StaffFact, fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What was and what is now, for the audit trail."""
    found = {}
    for name, value in fields.items():
        if name not in StaffFact.model_fields:
            continue  # how they are told: long, and in the audit trail nobody's business
        was = getattr(agent, name)
        was = was.isoformat() if isinstance(was, datetime) else was
        if was != value:
            found[name] = [was, value]
    return found


def _text(_do: Doing, name: str, value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST or any(ord(char) < 32 for char in value):
        raise Refused("invalid", f"{name}: must be one line of at most {_LONGEST} characters")
    if name == "name" and not value.strip():
        raise Refused("invalid", "name: must not be empty")
    return value.strip()


def _role(_do: Doing, name: str, value: Any) -> str:
    if value not in _ROLES:
        raise Refused("invalid", f"{name}: must be one of {', '.join(_ROLES)}")
    return str(value)


def _languages(_do: Doing, name: str, value: Any) -> list[str]:
    fits = isinstance(value, list) and len(value) <= _MOST_LANGUAGES
    if not fits or not all(isinstance(each, str) and each.isalpha() and 2 <= len(each) <= 3 for each in value):
        raise Refused("invalid", f"{name}: must be a list of language codes such as en, pl, hr")
    return list(dict.fromkeys(each.lower() for each in value))


def _hours(do: Doing, name: str, value: Any) -> str:
    if value and value not in do.policy.calendars:
        known = ", ".join(sorted(do.policy.calendars)) or "none"
        raise Refused("invalid", f"{name}: there are no working hours named {value!r}; there are {known}")
    return str(value or "")


def _capacity(_do: Doing, name: str, value: Any) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST
    if value is not None and not whole:
        raise Refused("invalid", f"{name}: must be a whole number from 0 to {MOST}, or null for any number")
    return int(value) if value is not None else None


def _away(_do: Doing, name: str, value: Any) -> str | None:
    at = time_of(name, value)
    return None if at is None else at.isoformat()


def _signatures(_do: Doing, name: str, value: Any) -> dict[str, str]:
    fits = isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    if not fits or not set(value) <= set(LANGUAGES):
        raise Refused("invalid", f"{name}: must be texts by language, of {', '.join(LANGUAGES)}")
    for language, words in value.items():
        odd = any(ord(char) < 32 and char not in "\n\t" for char in words)
        if odd or len(words) > _LONGEST_SIGNATURE:
            raise Refused(
                "invalid", f"{name}.{language}: must be plain text of at most {_LONGEST_SIGNATURE} characters"
            )
    return {language: words.strip() for language, words in value.items() if words.strip()}


def _notify(_do: Doing, name: str, value: Any) -> dict[str, Any]:
    """As `shared.settings.notifying.Notifying` has it; nothing (or null): what everybody has who chose nothing."""
    if not value:
        return {}
    try:
        return Notifying.model_validate(value).model_dump(mode="json", exclude_unset=True)
    except ValidationError as error:
        first = error.errors()[0]
        at = ".".join(map(str, (name, *first["loc"])))
        raise Refused("invalid", f"{at}: {first['msg'].removeprefix('Value error, ')[:300]}") from None


_CHECKS: Final[dict[str, Callable[[Doing, str, Any], Any]]] = {
    "name": _text,
    "role": _role,
    "public_name": _text,
    "languages": _languages,
    "hours": _hours,
    "capacity": _capacity,
    "away_until": _away,
    "signatures": _signatures,
    "notify": _notify,
}
