"""Pieces of pages as HTML from templates: what only shows something needs no element of its own for every word.

An element of NiceGUI costs the process a third of a millisecond and each open page memory; a template's line costs microseconds. Everything
that comes from outside goes through the templates' escaping; nothing else writes HTML into the console.
"""

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from nicegui import ui

_HERE: Final = Path(__file__).parent


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, auto_reload=False, trim_blocks=True
    )


def written(name: str, /, **values: Any) -> str:
    """The HTML of ``markup/<name>.html`` with these values."""
    return _environment().get_template(f"{name}.html").render(values)


def piece(name: str, /, **values: Any) -> ui.html:
    """`written`, put where the page is being built."""
    return ui.html(written(name, **values), sanitize=False)
