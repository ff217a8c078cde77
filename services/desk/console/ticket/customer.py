"""Beside a ticket: who its customer is, where they can be reached, what else they wrote about, and who may be the same person."""

from functools import partial

from nicegui import ui

from services.desk.console.links import link
from services.desk.console.ticket import telling
from services.desk.console.ticket.asking import Choice, choose
from services.desk.console.ticket.pieces import chip, plain
from services.desk.console.ticket.sheet import Sheet
from shared.clock import now
from shared.messages.command import ChangePerson, DismissPeople, MergePeople
from shared.messages.contacts import PersonView, PointView, SuggestionView
from shared.messages.listing import Conditions, ListPage, ListQuery
from shared.texts.languages import OWN_NAMES
from shared.texts.register import channel_name

_POINTS = {"phone": "sms"}


async def draw(sheet: Sheet) -> None:
    """The tab."""
    view, person, t = sheet.view, sheet.person, sheet.t
    plain(view.contact.name or t("customer"), "tk-panel-title", "h2").props("dir=auto")
    if person is None:
        for point in view.contact.points:
            plain(point.value, tag="p")
        if view.internal:
            plain(t("internal"), "tl-quiet", "p")
        return
    with ui.element("ul").classes("tk-points"):
        for each in person.points:
            _point(sheet, each)
    _facts(sheet, person)
    for other in person.contact_suggestions or ():
        _suggested(sheet, person, other)
    await _others(sheet, person)


def _point(sheet: Sheet, each: PointView) -> None:
    t = sheet.t
    with ui.element("li"):
        plain(each.value)
        plain(f" · {channel_name(_POINTS.get(each.kind, each.kind), sheet.viewer.language)} ", "tl-quiet")
        if not each.verified:
            chip(t("point.unverified"), "tk-warn")
        if each.undeliverable:
            chip(t("point.undeliverable"), "tk-bad", each.reason)
        if each.opted_out:
            chip(t("point.opted_out"), "tk-bad")
        if each.blocked:
            chip(t("point.blocked"), "tk-bad")


def _facts(sheet: Sheet, person: PersonView) -> None:
    t, viewer = sheet.t, sheet.viewer
    with ui.element("dl").classes("tk-facts"):
        plain(t("field.language"), tag="dt")
        with ui.element("dd"):
            plain(OWN_NAMES.get(sheet.view.language, sheet.view.language))
            if sheet.may_change:
                change = ui.button(icon="edit", on_click=lambda: _language(sheet, person)).props(
                    "flat round dense size=xs"
                )
                change.props["aria-label"] = t("do.language")
        for name, value in (
            (t("fact.known_since"), viewer.day(person.created_at.astimezone(viewer.zone).date())),
            (t("fact.timezone"), person.timezone or ""),
            (t("fact.received"), viewer.moment(sheet.view.received_at)),
            (t("fact.received_by"), sheet.called(sheet.view.received_by)),
            (t("fact.inbox"), sheet.view.inbox),
        ):
            if value:
                plain(name, tag="dt")
                plain(value, tag="dd")


def _language(sheet: Sheet, person: PersonView) -> None:
    async def chosen(value: str) -> None:
        await sheet.do(ChangePerson(contact_id=person.id, fields={"language": value}))

    choose(sheet.viewer, sheet.t("do.language"), [Choice(*each) for each in OWN_NAMES.items()], chosen, person.language)


def _suggested(sheet: Sheet, person: PersonView, other: SuggestionView) -> None:
    t = sheet.t
    with ui.element("div").classes("tk-notice"):
        plain(t("same_person", who=other.name or ", ".join(each.value for each in other.points)), tag="p")
        plain(other.reason, "tl-quiet", "p")
        if sheet.may_change:
            merge = MergePeople(contact_id=person.id, other=other.contact_id)
            dismiss = DismissPeople(contact_id=person.id, other=other.contact_id)
            ui.button(t("do.same"), on_click=partial(sheet.do, merge, t("done.same"))).props("dense size=sm")
            ui.button(t("do.not_same"), on_click=partial(sheet.do, dismiss)).props("flat dense size=sm")


async def _others(sheet: Sheet, person: PersonView) -> None:
    """Their other tickets, newest first."""
    t, viewer = sheet.t, sheet.viewer
    query = ListQuery(conditions=Conditions(contact_id=person.id), order="created", now=now(), per_page=10)
    found = await viewer.ask("list", query, ListPage)
    others = [each for each in found.items if each.number != sheet.number]
    plain(t("others"), tag="h3")
    if not others:
        plain(t("no_others"), "tl-quiet", "p")
    with ui.element("ul").classes("tk-tickets"):
        for each in others:
            with ui.element("li"), link(target=f"/console/ticket/T-{each.number}"):
                plain(f"T-{each.number} {each.subject or t('no_subject')}")
                plain(f" · {t(f'status.{each.status}')} · {viewer.short(each.created_at)}", "tl-quiet")
    for related in sheet.view.related:
        with ui.element("p"):
            plain(f"{telling.link(related.kind, t)}: ", "tl-quiet")
            link(related.number, f"/console/ticket/{related.number}")
