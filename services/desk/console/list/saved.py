"""Saved views: an agent's own, and those that a lead keeps for everybody."""

from collections.abc import Mapping
from uuid import uuid4

from nicegui import ui
from pydantic import ValidationError

from services.desk.console.links import open_path
from services.desk.console.list.views import View, asked, order_of, standard
from services.desk.console.viewer import Viewer
from shared.documents.working import SavedView
from shared.messages.documents import DocumentsAnswer, DocumentsQuery, SaveDocument
from shared.messages.listing import Conditions


async def saved_views(viewer: Viewer) -> list[View]:
    """Those of the agent and those of everybody, by name. Raises `services.desk.errors.DeskError`."""
    found = []
    for query in (
        DocumentsQuery(kind="shared-view", order="title", per_page=15),
        DocumentsQuery(kind="view", owner=viewer.principal.agent_id, order="title", per_page=15),
    ):
        for each in (await viewer.ask("documents", query, DocumentsAnswer)).items:
            kept = SavedView.model_validate(each.body)
            order = order_of({"sort": str(kept.conditions.get("sort", ""))}, "updated")
            conditions = {name: value for name, value in kept.conditions.items() if name != "sort"}
            try:
                found.append(View(each.id, kept.name, Conditions.model_validate(conditions), order))
            except ValidationError:
                continue  # kept by another version: it is shown again when it can be read
    return found


def keep_view(viewer: Viewer, query: Mapping[str, str], name: str) -> None:
    """Ask for a name, and keep what the list shows now under it."""
    me = viewer.principal.email
    teams = [each.name for each in viewer.parts.settings.team if me in each.members]
    base = standard(me, teams).get(name, (Conditions(), "updated"))
    body = asked(query, base[0]).model_dump(exclude_defaults=True) | {"sort": order_of(query, base[1])}

    async def keep() -> None:
        kind = "shared-view" if everybody is not None and everybody.value else "view"
        saved = SaveDocument(kind=kind, id=uuid4().hex, body={"name": field.value, "conditions": body})
        result = await viewer.try_to(saved)
        if result is not None:
            dialog.close()
            open_path(f"/console/tickets?view={result['id']}")

    with ui.dialog() as dialog, ui.card():
        dialog.props["aria-label"] = viewer.t("list.keep")
        ui.label(viewer.t("list.keep")).classes("text-h6")
        field = ui.input(viewer.t("list.name")).props("autofocus maxlength=80").on("keydown.enter", keep)
        everybody = ui.checkbox(viewer.t("list.for_all")) if viewer.may("lead") else None
        with ui.row():
            ui.button(viewer.t("save"), on_click=keep)
            ui.button(viewer.t("cancel"), on_click=dialog.close).props("flat")
    dialog.open()
