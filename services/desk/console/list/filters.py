"""The filters above the list: an ordinary form, so that what is filtered stands in the address and can be sent to a colleague."""

from collections.abc import Mapping, Sequence

from nicegui import ui

from services.desk.console.list.views import ORDERS
from services.desk.console.viewer import Viewer
from shared.messages.ticket import AgentView


def show_filters(viewer: Viewer, query: Mapping[str, str], agents: Sequence[AgentView], view: str) -> None:
    """The form. What is chosen is chosen at once."""
    settings = viewer.parts.settings
    t = viewer.t
    # Open on a wide page (the style sheet sees to that), folded on a telephone unless something is filtered.
    folded = ui.element("details").classes("tl-filtering")
    if len(query) > ("view" in query):
        folded.props["open"] = True
    with folded, ui.element("summary"):
        ui.label(t("list.filters"))
    with folded, ui.element("form").props("action=/console/tickets method=get").classes("tl-filters"):
        _hidden("view", view)
        if query.get("q"):
            _hidden("q", query["q"])
        _choice(t("list.status"), "status", query, {each: t(f"status.{each}") for each in _STATUSES})
        _choice(
            t("list.holder"),
            "assignee",
            query,
            {"none": t("list.nobody"), **{each.email: each.name for each in agents}},
        )
        if settings.team:
            _choice(t("list.team"), "team", query, {each.name: each.name for each in settings.team})
        _choice(t("list.priority"), "priority", query, {each: t(f"priority.{each}") for each in _PRIORITIES})
        _choice(t("list.category"), "category", query, {each.name: each.name for each in settings.category})
        channels = dict.fromkeys(each.channel for each in settings.inbox)
        if len(channels) > 1:
            _choice(t("list.channel"), "channel", query, {each: t(f"channel.{each}") for each in channels})
        _choice(t("list.order"), "sort", query, {each: t(f"list.order.{each}") for each in ORDERS})


_STATUSES = ("new", "open", "pending", "on_hold", "solved", "closed", "spam")
_PRIORITIES = ("urgent", "high", "normal", "low")


def _hidden(name: str, value: str) -> None:
    field = ui.element("input")
    field.props["type"], field.props["name"], field.props["value"] = "hidden", name, value


def _choice(label: str, name: str, query: Mapping[str, str], options: Mapping[str, str]) -> None:
    with ui.element("label"):
        ui.label(label)
        with ui.element("select") as select:
            select.props["name"] = name
            select.props["onchange"] = "this.form.requestSubmit()"
            for value, shown in {"": "–", **options}.items():
                with ui.element("option") as option:
                    option.props["value"] = value
                    if query.get(name, "") == value:
                        option.props["selected"] = True
                    ui.label(shown)
