"""``/console/contacts`` and ``/console/contact/{id}``: who customers are, by which points, and who may be the same."""

from urllib.parse import quote

from nicegui import ui

from services.desk.console.asking import ask_sure, ask_text
from services.desk.console.frame import Frame, page
from services.desk.console.links import link
from services.desk.console.viewer import Viewer
from shared.clock import now
from shared.messages.command import ChangePerson, DismissPeople, MergePeople, UnmergePeople
from shared.messages.contacts import (
    ContactAnswer,
    ContactQuery,
    ContactsPage,
    ContactsQuery,
    PersonView,
    PointView,
    SuggestionView,
)
from shared.messages.listing import Conditions, ListPage, ListQuery


@page("/contacts", "nav.contacts")
async def contacts(frame: Frame, q: str = "", n: int = 1) -> None:
    """The list."""
    viewer = frame.viewer
    found = await viewer.ask("contacts", ContactsQuery(q=q[:200], page=max(1, n)), ContactsPage)
    with ui.element("h1"):
        ui.label(viewer.t("nav.contacts"))
    form = ui.element("form").props("action=/console/contacts method=get role=search").classes("tl-row")
    with form, ui.element("input").classes("tl-input") as field:
        field.props["name"], field.props["type"], field.props["value"] = "q", "search", q[:200]
        field.props["aria-label"] = field.props["placeholder"] = viewer.t("contacts.search")
    with ui.element("div").classes("tl-card"), ui.element("table").classes("tl-table"):
        with ui.element("tbody"):
            for person in found.items:
                with ui.element("tr"):
                    with ui.element("td"):
                        link(person.name or viewer.t("list.unknown"), f"/console/contact/{person.id}")
                    with ui.element("td"):
                        for point in person.points[:4]:
                            _point(viewer, point)
                    with ui.element("td").classes("tl-quiet"):
                        ui.label(viewer.short(person.created_at))
        if not found.items:
            ui.label(viewer.t("contacts.none")).classes("tl-empty")
    with ui.element("div").classes("tl-row"):
        if n > 1:
            link(viewer.t("list.newer"), f"/console/contacts?q={quote(q[:200])}&n={n - 1}")
        if found.more:
            link(viewer.t("list.older"), f"/console/contacts?q={quote(q[:200])}&n={n + 1}")


@page("/contact/{contact_id}", "nav.contacts")
async def contact(frame: Frame, contact_id: str) -> None:
    """One of them."""
    viewer = frame.viewer
    person = (await viewer.ask("contact", ContactQuery(contact_id=contact_id[:64]), ContactAnswer)).contact
    if person is None:
        ui.label(viewer.t("contacts.none")).classes("tl-empty")
        return
    with ui.element("div").classes("tl-heading"):
        with ui.element("h1"):
            ui.label(person.name or viewer.t("list.unknown"))
        if viewer.may("agent"):
            ui.button(viewer.t("contacts.rename"), on_click=lambda: _rename(frame, person)).props("flat dense")
    with ui.element("section").classes("tl-card"):
        with ui.element("h2"):
            ui.label(viewer.t("contacts.points"))
        for point in person.points:
            _point(viewer, point)
    _same(frame, person)
    await _tickets(viewer, person)


def _point(viewer: Viewer, point: PointView) -> None:
    with ui.element("div").classes("tl-row"):
        ui.label(point.value)
        ui.label(point.kind).classes("tl-chip")
        for mark in ("blocked", "undeliverable", "opted_out"):
            if getattr(point, mark):
                ui.label(viewer.t(f"contacts.{mark}")).classes("tl-chip tl-high")
        if not point.verified:
            ui.label(viewer.t("contacts.unverified")).classes("tl-chip")


def _rename(frame: Frame, person: PersonView) -> None:
    viewer = frame.viewer

    async def rename(name: str) -> None:
        if await viewer.try_to(ChangePerson(contact_id=person.id, fields={"name": name})) is not None:
            ui.navigate.reload()

    ask_text(viewer, viewer.t("contacts.rename"), viewer.t("list.name"), rename, value=person.name)


def _same(frame: Frame, person: PersonView) -> None:
    """Who may be the same person, and who was found to be."""
    viewer = frame.viewer
    if not person.contact_suggestions and not person.merged:
        return
    with ui.element("section").classes("tl-card"):
        with ui.element("h2"):
            ui.label(viewer.t("contacts.same"))
        for suggestion in person.contact_suggestions or []:
            _suggestion(frame, person, suggestion)
        for merged in person.merged or []:
            if merged.undone_at is not None:
                continue
            with ui.element("div").classes("tl-row"):
                ui.label(viewer.t("contacts.merged", by=merged.by, when=viewer.moment(merged.at)))
                undo = UnmergePeople(contact_id=person.id, other=merged.contact_id)
                if viewer.may("agent"):
                    ui.button(viewer.t("undo"), on_click=lambda undo=undo: _done(viewer, undo)).props("flat dense")


def _suggestion(frame: Frame, person: PersonView, suggestion: SuggestionView) -> None:
    viewer = frame.viewer
    points = ", ".join(point.value for point in suggestion.points[:4])
    with ui.element("div").classes("tl-row"):
        link(suggestion.name or points, f"/console/contact/{suggestion.contact_id}")
        ui.label(f"{points} · {suggestion.reason}").classes("tl-quiet")
        if viewer.may("agent"):
            merge = MergePeople(contact_id=person.id, other=suggestion.contact_id)
            ui.button(
                viewer.t("contacts.merge"),
                on_click=lambda: ask_sure(
                    viewer, viewer.t("contacts.merge"), viewer.t("contacts.merge_sure"), lambda: _done(viewer, merge)
                ),
            ).props("flat dense")
            dismiss = DismissPeople(contact_id=person.id, other=suggestion.contact_id)
            ui.button(viewer.t("contacts.dismiss"), on_click=lambda: _done(viewer, dismiss)).props("flat dense")


async def _done(viewer: Viewer, action: MergePeople | UnmergePeople | DismissPeople) -> None:
    if await viewer.try_to(action) is not None:
        with viewer.client:
            ui.navigate.reload()


async def _tickets(viewer: Viewer, person: PersonView) -> None:
    query = ListQuery(conditions=Conditions(contact_id=person.id), now=now(), per_page=100)
    found = await viewer.ask("list", query, ListPage)
    with ui.element("section").classes("tl-card"):
        with ui.element("h2"):
            ui.label(viewer.t("contacts.tickets"))
        for line in found.items:
            with ui.element("div").classes("tl-row"):
                link(f"T-{line.number}", f"/console/ticket/{line.number}")
                ui.label(line.subject or viewer.t("list.no_subject")).classes("tl-grow")
                ui.label(viewer.t(f"status.{line.status}")).classes("tl-quiet")
                ui.label(viewer.short(line.updated_at)).classes("tl-quiet")
