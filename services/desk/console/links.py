"""Ways to other pages. NiceGUI's own links and `ui.navigate.to` put the console's prefix before every path, also before that of a page of
the desk outside the console; these take a path of the house as it is.
"""

import json

from nicegui import ui


def link(text: str = "", target: str = "") -> ui.element:
    """A link to ``target``, a path from the house's root (or another address), with ``text`` or whatever is put into it."""
    made = ui.element("a")
    made.props["href"] = target
    if text:
        with made:
            ui.label(text).style("display: inline")
    return made


def open_path(path: str) -> None:
    """Open another page of the house in this tab."""
    ui.run_javascript(f"window.location.assign({json.dumps(path)})")
