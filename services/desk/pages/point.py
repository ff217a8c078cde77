"""The page by which an agent proves an address, as HTML. Not here: whose it is, and what becomes of it (`services.desk.pointpage`)."""

from typing import Final

from fastapi.responses import HTMLResponse

from services.desk.pages.status import Look, render
from shared.texts import text

_UP: Final = "../.."
"""From the page to where the static files are: behind a proxy only the browser knows the whole address."""


def ask(look: Look, name: str, address: str) -> HTMLResponse:
    """The page with the button: is ``address`` that of the agent ``name``?"""
    return render(
        "point.html",
        look,
        200,
        up=_UP,
        title=text("point.title", look.language),
        name=name,
        address=address,
        done=False,
    )


def done(look: Look) -> HTMLResponse:
    """It is proven."""
    return render("point.html", look, 200, up=_UP, title=text("point.done.title", look.language), done=True)


def gone(look: Look, status: int) -> HTMLResponse:
    """The page for every link that opens nothing, whatever the reason."""
    return _notice("point.gone", look, status)


def away(look: Look) -> HTMLResponse:
    """The page for when it cannot be done now."""
    made = _notice("point.away", look, 503)
    made.headers["Retry-After"] = "60"
    return made


def _notice(what: str, look: Look, status: int) -> HTMLResponse:
    title, words = text(f"{what}.title", look.language), text(what, look.language)
    return render("status-notice.html", look, status, up=_UP, title=title, words=words)
