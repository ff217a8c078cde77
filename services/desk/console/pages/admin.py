"""``/console/admin/…``: agents, macros, tokens and webhooks, what stands in the configuration, customers' texts, and the audit log."""

from nicegui import ui

from services.desk.console.admin import access, filed, hooks, log, macros, people, teams, texts
from services.desk.console.admin import frame as shown
from services.desk.console.frame import Frame, page
from services.desk.console.links import link


@page("/admin", "nav.admin", least="lead")
async def overview(frame: Frame) -> None:
    """Where to go."""
    viewer = frame.viewer
    ui.add_head_html('<link rel="stylesheet" href="/console/look/admin.css">')
    shown.heading(viewer.t("nav.admin"), 1)
    for group in shown.GROUPS:
        with ui.element("section").classes("tl-card"):
            shown.heading(viewer.t(f"admin.group.{group}"))
            for each in shown.SECTIONS:
                if each.group == group and viewer.may(each.least):
                    with ui.element("div").classes("tl-row"):
                        link(viewer.t(f"admin.{each.name}"), f"/console/admin/{each.name}")
                        ui.label(viewer.t(f"admin.{each.name}.about")).classes("tl-quiet")


@page("/admin/agents", "admin.agents", least="lead")
async def agents(frame: Frame) -> None:
    """All agents."""
    shown.begin(frame, "agents")
    await people.overview(frame, ui.element("div"))


@page("/admin/agents/{email}", "admin.agents", least="lead")
async def agent(frame: Frame, email: str) -> None:
    """One agent."""
    shown.begin(frame, "agents")
    found = next((each for each in await people.agents_of(frame.viewer) if each.email == email.strip().lower()), None)
    if found is None:
        shown.empty(frame.viewer.t("admin.agents.unknown"))
        return
    shown.heading(found.name)
    await people.one(frame, found)


@page("/admin/teams", "admin.teams", least="lead")
async def all_teams(frame: Frame, name: str = "") -> None:
    """The teams; ``name`` is the one to change."""
    with shown.begin(frame, "teams"):
        if frame.viewer.may("admin"):
            ui.button(frame.viewer.t("admin.teams.new"), on_click=lambda: frame.go("/admin/teams?name=new"))
    await teams.overview(frame, ui.element("div"), name)


@page("/admin/macros", "admin.macros", least="lead")
async def all_macros(frame: Frame, name: str = "") -> None:
    """Macros; ``name`` is the one to change."""
    with shown.begin(frame, "macros"):
        ui.button(frame.viewer.t("admin.macros.new"), on_click=lambda: frame.go("/admin/macros?name=new"))
    await macros.overview(frame, ui.element("div"), name)


@page("/admin/texts", "admin.texts", least="lead")
async def customers_texts(frame: Frame) -> None:
    """Customers' texts."""
    shown.begin(frame, "texts")
    texts.overview(frame, ui.element("div"))


def _of_the_file(name: str) -> None:
    @page(f"/admin/{name}", f"admin.{name}", least="lead")
    async def entries(frame: Frame) -> None:
        shown.begin(frame, name)
        filed.entries(frame, ui.element("div"), name)


for _name in filed.KEYS:
    _of_the_file(_name)


@page("/admin/hours", "admin.hours", least="lead")
async def hours(frame: Frame) -> None:
    """Working hours."""
    shown.begin(frame, "hours")
    filed.hours(frame, ui.element("div"))


@page("/admin/configuration", "admin.configuration", least="admin")
async def configuration(frame: Frame) -> None:
    """A new configuration, tried."""
    shown.begin(frame, "configuration")
    filed.configuration(frame, ui.element("div"))


@page("/admin/tokens", "admin.tokens", least="admin")
async def tokens(frame: Frame) -> None:
    """API tokens."""
    shown.begin(frame, "tokens")
    await access.tokens(frame, ui.element("div"))


@page("/admin/webhooks", "admin.webhooks", least="lead")
async def webhooks(frame: Frame, name: str = "") -> None:
    """Webhooks; ``name`` is the one to look at, or to change."""
    with shown.begin(frame, "webhooks"):
        if frame.viewer.may("admin"):
            ui.button(frame.viewer.t("admin.webhooks.new"), on_click=lambda: frame.go("/admin/webhooks?name=new"))
    await hooks.overview(frame, ui.element("div"), name)


@page("/admin/audit", "admin.audit", least="lead")
async def audit(frame: Frame, actor: str = "", what: str = "", day: str = "", before: int = 0) -> None:
    """The audit log."""
    shown.begin(frame, "audit")
    await log.overview(frame, ui.element("div"), {"actor": actor, "what": what, "day": day}, before)
