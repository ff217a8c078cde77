"""Beside a ticket: why it is as it is. Each choice with its rule, what was seen, and how sure that is; what was learnt; the way out."""

from functools import partial
from typing import Final

from nicegui import ui

from services.desk.console.ticket import splitting, telling
from services.desk.console.ticket.pieces import chip, plain
from services.desk.console.ticket.sheet import Sheet
from shared.messages.command import Change
from shared.messages.learning import DismissLearnt, Suggestion
from shared.messages.talking import Assign

CHOICES: Final = ("thread", "category", "priority", "kind", "team", "assignee", "language", "sla", "spam")


async def draw(sheet: Sheet) -> None:
    """The tab."""
    view, t = sheet.view, sheet.t
    plain(t("why_title"), "tk-panel-title", "h2")
    known = [name for name in CHOICES if name in view.reasons] + [name for name in view.reasons if name not in CHOICES]
    with ui.element("dl").classes("tk-facts tk-record"):
        for name in known:
            why = view.reasons[name]
            plain(t(f"choice.{name}") if name in CHOICES else telling.field(name, t), tag="dt")
            with ui.element("dd"):
                value = getattr(view, name, None)
                if isinstance(value, str) and value:
                    plain(sheet.called(value) if name == "assignee" else value, "tk-what")
                plain(telling.reason(why, t, sheet.called), tag="p")
                chip(f"{t('sure.' + telling.sureness(why.confidence))} · {round(why.confidence * 100)} %")
    if not known:
        plain(t("no_reasons"), "tl-quiet", "p")
    _learnt(sheet)
    _places(sheet)


def _learnt(sheet: Sheet) -> None:
    """What the learnt classifier would have: to take, or to leave."""
    view, t = sheet.view, sheet.t
    open_ = [
        (name, each)
        for name, each in view.suggestions.items()
        if not (each.decided or each.dismissed_by) and getattr(view, name, None) != each.value
    ]
    if not open_:
        return
    plain(t("learnt"), tag="h3")
    for name, each in open_:
        with ui.element("div").classes("tk-notice"):
            plain(f"{telling.field(name, t)}: {each.value} · {round(each.confidence * 100)} %", tag="p")
            if each.words:
                plain(t("because_of", words=", ".join(each.words[:8])), "tl-quiet", "p")
            if sheet.may_change:
                ui.button(t("do.take_over"), on_click=partial(_take, sheet, name, each)).props("dense size=sm")
                dismiss = partial(sheet.do, DismissLearnt(number=sheet.number, target=name), t("done.dismissed"))
                ui.button(t("do.dismiss"), on_click=dismiss).props("flat dense size=sm")


async def _take(sheet: Sheet, name: str, suggested: Suggestion) -> None:
    if name == "team":
        await sheet.do(Assign(number=sheet.number, to={"team": suggested.value}))
    else:
        await sheet.do(Change(number=sheet.number, fields={name: suggested.value}))


def _places(sheet: Sheet) -> None:
    """Why each message that came in is here, with the way out."""
    t = sheet.t
    came = [each for each in sheet.view.messages or () if each.direction == "in" and each.routed_by is not None]
    if not came:
        return
    plain(t("places"), tag="h3")
    with ui.element("ul").classes("tk-entries"):
        for each in came[-10:]:
            assert each.routed_by is not None
            with ui.element("li"):
                plain(f"{sheet.viewer.short(each.created_at)} · {each.author}", "tl-quiet")
                plain(telling.reason(each.routed_by, t, sheet.called), tag="p")
                if sheet.may_change:
                    wrong = partial(splitting.wrong_ticket, sheet, each.id)
                    ui.button(t("do.wrong_ticket"), on_click=wrong).props("flat dense size=sm")
