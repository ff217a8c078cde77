"""The views of the list: those everybody has, and what an address of the page means. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from pydantic import ValidationError

from shared.messages.listing import LIVING, Conditions, Order

_LIVING: Final = list(LIVING)
DEFAULT: Final = "mine"
ORDERS: Final[tuple[str, ...]] = get_args(Order)


@dataclass(frozen=True)
class View:
    """A view: ``name`` as in the page's address, ``label`` as people read it."""

    name: str
    label: str
    conditions: Conditions
    order: Order = "updated"


def standard(me: str, teams: Sequence[str]) -> dict[str, tuple[Conditions, Order]]:
    """The views everybody has, by name; ``me`` is the agent's address, ``teams`` those they are in."""
    awake = {"statuses": _LIVING, "snoozed": False}
    return {
        "mine": (Conditions(**awake, mine=me), "updated"),
        "unassigned": (Conditions(**awake, assignee="none"), "oldest"),
        "teams": (Conditions(**awake, teams=list(teams) or [""]), "updated"),
        "soon": (Conditions(due="soon", snoozed=False), "due"),
        "breached": (Conditions(due="breached", snoozed=False), "due"),
        "all": (Conditions(statuses=_LIVING), "updated"),
        "snoozed": (Conditions(statuses=_LIVING, snoozed=True), "updated"),
        "solved": (Conditions(statuses=["solved"]), "updated"),
        "closed": (Conditions(statuses=["closed"]), "updated"),
        "spam": (Conditions(statuses=["spam"]), "updated"),
    }


EVERYBODYS: Final = ("unassigned", "soon", "breached", "all", "snoozed", "solved", "closed", "spam")
"""The standard views that show everybody the same."""
_FILTERS: Final = ("assignee", "channel", "inbox", "priority", "category", "language", "tag", "contact_id", "q")


def asked(query: Mapping[str, str], base: Conditions) -> Conditions:
    """The view's conditions with the page's filters put over them. What is typed into an address is anybody's: whatever means nothing is
    left out."""
    given: dict[str, Any] = {name: query[name].strip()[:500] for name in _FILTERS if query.get(name, "").strip()}
    if statuses := [each for each in query.get("status", "").split(",") if each.strip()]:
        given["statuses"] = [each.strip()[:20] for each in statuses[:10]]
    if teams := query.get("team", "").strip():
        given["teams"] = [teams[:200]]
    try:
        return Conditions.model_validate(base.model_dump() | given)
    except ValidationError:
        return base


def searching(conditions: Conditions) -> Conditions:
    """A search looks everywhere: at what is over, too, whoever has it."""
    return Conditions(q=conditions.q)


def order_of(query: Mapping[str, str], default: Order) -> Order:
    """In what order."""
    wanted = query.get("sort", "")
    return wanted if wanted in ORDERS else default  # type: ignore[return-value]


def page_of(query: Mapping[str, str]) -> int:
    """Which page, from 1."""
    text = query.get("page", "")
    return max(1, min(int(text), 10_000)) if text.isascii() and text.isdigit() and len(text) < 6 else 1
