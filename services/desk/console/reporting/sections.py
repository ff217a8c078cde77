"""A section for each report: what it counts, its figures beside those of the period before, and a chart with its table for whatever it is
divided by. It is asked for when it is opened."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from nicegui import ui

from services.desk.console.links import link
from services.desk.console.reporting.asked import Asked
from services.desk.console.reporting.charts import chart, measured
from services.desk.console.reporting.telling import Words, sheet, with_names
from services.desk.console.reporting.writing import show_sheet
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError
from services.desk.reporting import Span, report_for
from shared.messages.reports import ReportAnswer, ReportTable
from shared.reports import NAMES
from shared.reports.wording import about, title
from shared.texts import text

ORDER: Final = ("volume", "first_response", "next_response", "resolution", "sla", "backlog", "reopened", "satisfaction")
REPORTS: Final = (*ORDER, *(each for each in NAMES if each not in (*ORDER, "summary")))
"""The sections, in their order."""


class Section:
    """One report. ``names`` are agents' names by their addresses."""

    def __init__(
        self, viewer: Viewer, name: str, asked: Asked, span: Span, words: Words, names: Mapping[str, str]
    ) -> None:
        self._viewer, self._name, self._asked, self._span, self._words = viewer, name, asked, span, words
        self._names = names
        self._begun = False
        self._by = ""

    def build(self) -> None:
        """The closed section."""
        with ui.element("details").classes("tl-card rp-section").props(f"id=report-{self._name}") as self._element:
            with ui.element("summary"):
                with ui.element("h2"):
                    ui.label(text(f"report.title.{self._name}", self._words.language))
                ui.label(about(self._name, self._words.language)).classes("tl-quiet")
            self._body = ui.element("div").props("aria-live=polite")
        self._element.on("toggle", self.fill, throttle=0.2)

    def open(self, answer: ReportAnswer) -> None:
        """Show it with figures that are there already."""
        self._begun = True
        self._element.props["open"] = True
        self._show(answer)

    async def fill(self) -> None:
        """Ask for the figures and show them, the first time that it is opened."""
        if self._begun:
            return
        self._begun = True
        with self._body:
            ui.label(self._words.t("reckoning")).classes("tl-quiet").props("role=status")
        try:
            answer = await asked_for(self._viewer, [self._name], self._asked, self._span)
        except DeskError as error:
            self._begun = False
            self._body.clear()
            with self._body:
                ui.label(str(error) or self._viewer.t("error.away")).props("role=alert")
                ui.button(self._words.t("again"), on_click=self.fill).props("flat")
            return
        self._show(answer)

    def _show(self, answer: ReportAnswer) -> None:
        self._body.clear()
        now = [self._named(each) for each in answer.tables if each.report == self._name]
        before = {each.by: self._named(each) for each in answer.previous if each.report == self._name}
        with self._body:
            with ui.element("div").classes("tl-row rp-tools"):
                for format in ("csv", "xlsx"):
                    made = link(format.upper(), self._asked.api(self._name, format)).classes("rp-file")
                    made.props["aria-label"] = self._words.t(
                        "file", format=format.upper(), report=text(f"report.title.{self._name}", self._words.language)
                    )
                with ui.element("details").classes("rp-definition"):
                    with ui.element("summary"):
                        ui.label(self._words.t("definition"))
                    ui.label(self._words.t(f"defined.{self._name}"))
            whole = [each for each in now if not each.by]
            for table in whole:
                self._table(table, before.get(""), folded=bool(measured(table)))
            divided = {each.by: each for each in now if each.by}
            if divided:
                self._divided(divided, before)
            if self._name == "recurring":
                link(self._words.t("to_improvements"), "/console/improvements?growing=1")

    def _divided(self, tables: Mapping[str, ReportTable], before: Mapping[str, ReportTable]) -> None:
        """One of the tables at a time: choosing is one field, and no chart is made that nobody looks at."""
        options = {each: text(f"report.by.{each}", self._words.language) for each in tables}
        in_time = [each for each in ("day",) if each in tables and tables[each].rows]
        first = next((each for each in (*in_time, *tables) if tables[each].rows), next(iter(tables)))

        def show(by: str) -> None:
            place.clear()
            with place:
                self._table(tables[by], before.get(by), folded=bool(measured(tables[by])))

        buttons: dict[str, ui.element] = {}

        def press(by: str) -> None:
            for name, button in buttons.items():
                button.props["aria-pressed"] = "true" if name == by else "false"
                button.update()

        def choose(by: str) -> None:
            press(by)
            show(by)

        if len(options) > 1:
            with ui.element("div").classes("rp-by").props("role=group") as group:
                group.props["aria-label"] = self._words.t("divided")
                for by in options:
                    buttons[by] = button = ui.element("button").props("type=button").classes("rp-choice")
                    with button:
                        ui.label(options[by])
                    button.on("click", partial(choose, by))

            press(first)
        else:
            with ui.element("h3"):
                ui.label(title(tables[first], self._words.language))
        place = ui.element("div")
        show(first)

    def _named(self, table: ReportTable) -> ReportTable:
        return with_names(table, self._names, self._words.language) if table.by == "agent" else table

    def _table(self, table: ReportTable, before: ReportTable | None, *, folded: bool) -> None:
        """A chart, where the table has one, and the table, behind it."""
        words = self._words
        heading = title(table, words.language)
        drawn = chart(table, before, heading, words)
        if not table.rows or (drawn is None and folded):
            ui.label(words.t("nothing")).classes("tl-quiet")
        if not table.rows:
            return
        if drawn is not None:
            picture = ui.echart(drawn.options, renderer="svg").classes("rp-chart").style(f"height: {drawn.height}px")
            picture.props["role"], picture.props["aria-label"] = "img", drawn.label
        behind = sheet(table, before, heading, words)
        if not folded:
            show_sheet(behind, words)
        else:
            with ui.element("details").classes("rp-behind"):
                with ui.element("summary"):
                    ui.label(words.t("table"))
                show_sheet(behind, words)
        with ui.element("div").classes("tl-row rp-files"):
            for format in ("csv", "xlsx"):
                made = link(
                    words.t("this_table", format=format.upper()), self._asked.api(self._name, format, table.name)
                )
                made.props["aria-label"] = words.t("file", format=format.upper(), report=heading)


async def asked_for(viewer: Viewer, names: list[str], asked: Asked, span: Span) -> ReportAnswer:
    """The figures, compared with the period before. Agents see the quality reviews of their own work only, as over the API."""
    return await report_for(viewer.principal, viewer.gate, names, span, asked.narrowed(), compare=True)
