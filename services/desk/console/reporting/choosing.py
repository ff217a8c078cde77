"""The form by which a period and tickets are chosen: an ordinary one, so that what is chosen stands in the address."""

from nicegui import ui

from services.desk.console.reporting.asked import FILTERS, NONE, PERIODS, Asked
from services.desk.console.reporting.telling import names_of
from services.desk.console.viewer import Viewer
from shared.messages.ticket import AgentView


def choose(viewer: Viewer, wish: Asked, agents: list[AgentView]) -> None:
    """The form: what is chosen is chosen at once, except days, which are typed."""
    settings, t = viewer.parts.settings, viewer.t
    none = {NONE: t("reports.without")}
    channels = dict.fromkeys(each.channel for each in settings.inbox)
    options: dict[str, dict[str, str]] = {
        "team": {each.name: each.name for each in settings.team} | none,
        "agent": names_of(agents) | none,
        "channel": {str(each): t(f"channel.{each}") for each in channels},
        "category": {each.name: each.name for each in settings.category} | none,
    }
    with ui.element("form").props("action=/console/reports method=get").classes("rp-form") as form:
        form.props["aria-label"] = t("reports.choose")
        _period(viewer, wish)
        for name in FILTERS:
            chosen = wish.filters.get(name, "")
            known = options[name] if chosen in ("", *options[name]) else options[name] | {chosen: chosen}
            _select(t(f"reports.{name}"), name, {"": t("reports.all"), **known}, chosen)
        with ui.element("button").props("type=submit"):
            ui.label(t("reports.show"))


def choose_period(viewer: Viewer, wish: Asked, action: str) -> None:
    """Just the period, for another page (``action`` is its path)."""
    with ui.element("form").props("method=get").classes("rp-form") as form:
        form.props["action"], form.props["aria-label"] = action, viewer.t("reports.period")
        _period(viewer, wish)
        with ui.element("button").props("type=submit"):
            ui.label(viewer.t("reports.show"))


def _period(viewer: Viewer, wish: Asked) -> None:
    t = viewer.t
    _select(t("reports.period"), "period", {each: t(f"reports.period.{each}") for each in PERIODS}, wish.period)
    if wish.period == "free":
        for name, day in (("since", wish.since), ("until", wish.until)):
            with ui.element("label"):
                ui.label(t(f"reports.{name}"))
                field = ui.element("input").props(f"type=date name={name} required")
                field.props["value"] = day.isoformat()


def _select(label: str, name: str, options: dict[str, str], chosen: str) -> None:
    with ui.element("label"):
        ui.label(label)
        with ui.element("select") as select:
            select.props["name"], select.props["onchange"] = name, "this.form.requestSubmit()"
            for value, shown in options.items():
                with ui.element("option") as option:
                    option.props["value"] = value
                    if value == chosen:
                        option.props["selected"] = True
                    ui.label(shown)
