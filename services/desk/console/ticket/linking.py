"""Finding an article of the knowledge base while an answer is written."""

from typing import TYPE_CHECKING

from nicegui import ui

from services.desk.console.ticket.pieces import plain
from services.desk.errors import DeskError
from shared.messages.articles import ArticlesAnswer, ArticlesQuery, ArticleView, address

if TYPE_CHECKING:
    from services.desk.console.ticket.composer import Composer


def find(composer: "Composer") -> None:
    """Search, choose, and its link stands in the answer. Before anything is searched for: what is like the customer's own words."""
    sheet = composer.sheet
    viewer = sheet.viewer
    with viewer.client, ui.dialog() as dialog, ui.card().classes("tk-picker"):
        dialog.props["aria-label"] = sheet.t("do.article")
        plain(sheet.t("do.article"), "tk-window-title", "div")
        field = ui.input(sheet.t("find")).props("outlined dense autofocus debounce=250").classes("tk-field")
        found = ui.element("div").classes("tk-choices").props("aria-live=polite")

        def chosen(article: ArticleView) -> None:
            dialog.close()
            base = sheet.settings.company.public_url.rstrip("/")
            composer.insert(f"{article.title}\n{address(base, article.article, article.language)}")

        async def search() -> None:
            words = str(field.value or "").strip()
            number = None if words else sheet.number
            language = sheet.view.language
            query = ArticlesQuery(text=words, number=number, alike=not words, language=language, per_page=10)
            try:
                answer = await viewer.ask("articles", query, ArticlesAnswer)
            except DeskError as error:
                viewer.complain(error)
                return
            found.clear()
            with found:
                if not answer.items:
                    plain(sheet.t("no_articles"), "tl-quiet")
                for each in answer.items:
                    with ui.element("button").classes("tk-choice").props("type=button") as button:
                        plain(each.title)
                    button.on("click", lambda each=each: chosen(each))

        field.on_value_change(search)
        ui.timer(0.01, search, once=True)
    dialog.on("hide", dialog.delete)
    dialog.open()
