"""The filters above the list: an ordinary form, so that what is filtered stands in the address and can be sent to a colleague."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.desk.console.list.views import ORDERS
from services.desk.console.markup import piece
from services.desk.console.viewer import Viewer
from shared.messages.ticket import AgentView

_STATUSES: Final = ("new", "open", "pending", "on_hold", "solved", "closed", "spam")
_PRIORITIES: Final = ("urgent", "high", "normal", "low")


def show_filters(viewer: Viewer, query: Mapping[str, str], agents: Sequence[AgentView], view: str) -> None:
    """The form. What is chosen is chosen at once."""
    piece(
        "filters",
        t=viewer.t,
        # Open on a wide page (the style sheet sees to that), folded on a telephone unless something is filtered.
        open=len(query) > ("view" in query),
        hidden={"view": view} | ({"q": query["q"]} if query.get("q") else {}),
        choices=[_choice(query, *each) for each in _choices(viewer, agents)],
    )


def _choices(viewer: Viewer, agents: Sequence[AgentView]) -> list[tuple[str, str, dict[str, str]]]:
    """What can be chosen: label, name in the address, values with what is shown for them."""
    settings, t = viewer.parts.settings, viewer.t
    holders = {"none": t("list.nobody")} | {each.email: each.name for each in agents}
    channels = dict.fromkeys(each.channel for each in settings.inbox)
    teams = {each.name: each.name for each in settings.team}
    choices: list[tuple[str, str, dict[str, str]]] = [
        (t("list.status"), "status", {each: t(f"status.{each}") for each in _STATUSES}),
        (t("list.holder"), "assignee", holders),
        (t("list.team"), "team", teams),
        (t("list.priority"), "priority", {each: t(f"priority.{each}") for each in _PRIORITIES}),
        (t("list.category"), "category", {each.name: each.name for each in settings.category}),
        (t("list.channel"), "channel", {str(each): t(f"channel.{each}") for each in channels}),
        (t("list.order"), "sort", {each: t(f"list.order.{each}") for each in ORDERS}),
    ]
    return [
        each
        for each in choices
        if not (each[1] == "team" and not teams) and not (each[1] == "channel" and len(channels) < 2)
    ]


def _choice(query: Mapping[str, str], label: str, name: str, options: dict[str, str]) -> dict[str, Any]:
    return {"label": label, "name": name, "chosen": query.get(name, ""), "options": {"": "–"} | options}
