"""The pages about signing in, as HTML: no script, nothing from elsewhere. Not here: what they do (`services.desk.signing` and others)."""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import Response
from fastapi.responses import HTMLResponse

from services.desk.pages.status import Look, render
from shared.texts import text

SAID: Final = ("out", "chosen", "changed", "totp", "removed", "ended", "invited")
"""What a page may say that was just done: the texts ``signin.page.said.…``."""


def show(template: str, look: Look, status: int = 200, **values: Any) -> HTMLResponse:
    """A page. ``title`` is the end of its text's key."""
    values = {"said": "", "wrong": "", "more": {}, "up": ".", "signin_version": _version()} | values
    values["title"] = text(f"signin.page.{values['title']}", look.language)
    return render(template, look, status, **values)


def style() -> Response:
    """The style of these pages, beside that of all."""
    headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
    return Response(_style(), headers=headers, media_type="text/css; charset=utf-8")


@cache
def _style() -> bytes:
    return (files("services.desk.pages") / "signin.css").read_bytes()


@cache
def _version() -> str:
    return hashlib.sha256(_style()).hexdigest()[:10]
