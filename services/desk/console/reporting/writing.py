"""Tables and headlines of reports, each put on the page as one piece: a table of a hundred rows as separate elements would cost each open
page twenty times as much."""

from collections.abc import Sequence

from services.desk.console.markup import piece
from services.desk.console.reporting.telling import Headline, Sheet, Words
from shared.texts import text


def show_sheet(sheet: Sheet, words: Words) -> None:
    """A table."""
    piece("sheet", sheet=sheet, more=text("report.more", words.language))


def show_headlines(headlines: Sequence[Headline]) -> None:
    """The figures that are shown first."""
    piece("headlines", headlines=headlines)
