"""What goes into the composer without being typed: macros, articles, commands and mentions that are completed."""

from typing import TYPE_CHECKING, Any, Final

from nicegui import ui

from services.desk.console.ticket import composing, macros_kept
from services.desk.console.ticket.asking import Choice, choose
from services.desk.console.ticket.pieces import plain
from services.desk.console.ticket.sheet import Sheet
from services.desk.errors import DeskError
from shared.messages.automation import ApplyMacro
from shared.settings.macros import Macro
from shared.settings.rules import Deeds
from shared.speech import COMMANDS, parse
from shared.texts import LANGUAGES, text
from shared.texts.moments import at_moment

if TYPE_CHECKING:
    from services.desk.console.ticket.composer import Composer

MARKS: Final = ("#", "/")


def has_commands(written: str) -> bool:
    """Whether any line of it begins as commands do, and is one."""
    if not any(line.startswith(MARKS) for line in written.splitlines()):
        return False
    return bool(parse(written).commands)


def offer(sheet: Sheet, field: ui.textarea) -> None:
    """Have commands and mentions completed while they are typed (`look/ticket.js`)."""
    language = sheet.viewer.language
    known = [
        {
            "word": f"#{each.name}",
            "form": f"#{text(f'speech.form.{each.name}', language)}",
            "what": text(f"speech.what.{each.name}", language),
        }
        for each in COMMANDS
    ]
    people = [
        {"word": f"@{each.email}", "form": each.name or each.email, "what": each.email} for each in sheet.colleagues
    ]
    people += [
        {"word": f"@{each}", "form": each, "what": sheet.t("field.team")} for each in sheet.teams if " " not in each
    ]
    field.props["data-offer"] = "1"
    sheet.viewer.client.run_javascript(f"window.tkOffer = {_json({'#': known, '@': people})}")


def _json(value: Any) -> str:
    from nicegui import json

    return json.dumps(value)


def commands(sheet: Sheet) -> None:
    """All commands, as they are written and what they do."""
    language = sheet.viewer.language
    with sheet.viewer.client, ui.dialog() as dialog, ui.card().classes("tk-original"):
        dialog.props["aria-label"] = sheet.t("do.commands")
        plain(sheet.t("do.commands"), "tk-window-title", "div")
        with ui.element("dl").classes("tk-facts tk-commands"):
            for each in COMMANDS:
                plain(f"#{text(f'speech.form.{each.name}', language)}", tag="dt")
                plain(text(f"speech.what.{each.name}", language), tag="dd")
        ui.button(sheet.viewer.t("close"), on_click=dialog.close).props("flat")
    dialog.on("hide", dialog.delete)
    dialog.open()


async def macros(composer: "Composer") -> None:
    """Choose a macro: its words are put into the composer, or it is done as a whole."""
    sheet = composer.sheet
    options = [Choice(each, each.title or each.name, detail=_does(each, sheet)) for each in sheet.settings.macro]
    try:
        made = await macros_kept.read(sheet.viewer)
        options += [Choice(each, each.title or each.name, detail=_does(each, sheet)) for each in made]
    except DeskError as error:
        sheet.viewer.complain(error)
    if not options:
        sheet.viewer.say(sheet.t("no_macros"), "info")
        return

    async def chosen(macro: Any) -> None:
        await _chosen(composer, macro)

    choose(sheet.viewer, sheet.t("do.macro"), options, chosen)


def _does(macro: Macro, sheet: Sheet) -> str:
    return sheet.t("macro.does") if macro.actions != Deeds() else ""


async def _chosen(composer: "Composer", macro: Any) -> None:
    sheet = composer.sheet
    words = said(sheet, macro)
    does = isinstance(macro, Macro) and macro.actions != Deeds()
    if not does:
        composer.insert(words)
        return
    with sheet.viewer.client, ui.dialog() as dialog, ui.card().classes("tk-form"):
        dialog.props["aria-label"] = macro.title or macro.name
        plain(macro.title or macro.name, "tk-window-title", "div")
        plain(words, "tk-raw", "pre")
        done = ", ".join(f"{name} → {value}" for name, value in macro.actions.model_dump(exclude_defaults=True).items())
        plain(sheet.t("macro.will", what=done), "tl-quiet", "p")

        async def whole() -> None:
            both.disable()  # pressed twice it would answer twice
            dialog.close()
            await sheet.do(
                ApplyMacro(number=sheet.number, name=macro.name, seen_at=sheet.seen_at), sheet.t("done.macro")
            )

        def only_words() -> None:
            dialog.close()
            composer.insert(words)

        with ui.element("div").classes("tl-row"):
            both = ui.button(sheet.t("macro.all"), on_click=whole)
            if words:
                ui.button(sheet.t("macro.words"), on_click=only_words).props("flat")
            ui.button(sheet.viewer.t("cancel"), on_click=dialog.close).props("flat")
    dialog.on("hide", dialog.delete)
    dialog.open()


def said(sheet: Sheet, macro: Any) -> str:
    """What a macro says in this ticket."""
    view, viewer = sheet.view, sheet.viewer
    due = view.first_response_due or view.next_response_due or view.resolution_due
    values = {
        "customer": view.contact.name,
        "number": view.number,
        "subject": view.subject,
        "agent": viewer.public_name or viewer.principal.name,
        "company": sheet.settings.company.name,
        "category": view.category or "",
    }
    if due is not None and view.language in LANGUAGES:
        # The customer reads it: in their language, on their clock.
        zone = (sheet.person.timezone if sheet.person else None) or viewer.zone.key
        values["expected"] = at_moment(view.language, due, zone)
    languages = sheet.settings.company.languages
    return composing.macro_text(macro, view.language, languages[0] if languages else "en", values)


async def articles(composer: "Composer") -> None:
    """Find an article of the knowledge base, and put a link to it into the answer."""
    from services.desk.console.ticket.linking import find

    find(composer)
