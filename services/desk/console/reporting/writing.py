"""Tables and headlines as HTML, each as one piece: a table of a hundred rows as separate elements would cost each open page twenty times as
much. Everything goes through the templates' escaping; nothing else writes HTML here."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from services.desk.console.reporting.telling import Headline, Sheet, Words
from shared.texts import text

_HERE: Final = Path(__file__).parent


@cache
def _template(name: str) -> Template:
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined)
    return environment.get_template(name)


def table_html(sheet: Sheet, words: Words) -> str:
    """A table."""
    return _template("sheet.html").render(sheet=sheet, more=text("report.more", words.language))


def headlines_html(headlines: Sequence[Headline]) -> str:
    """The figures that are shown first."""
    return _template("headlines.html").render(headlines=headlines)
