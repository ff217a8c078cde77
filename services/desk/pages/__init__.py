"""Pages made on the server: no script, nothing loaded from elsewhere, every value escaped."""

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

from fastapi.responses import HTMLResponse


@cache
def _part(name: str) -> str:
    return (files(__name__) / f"{name}.html").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """The page's own style and nothing else may be used (https://www.w3.org/TR/CSP3/)."""
    digest = base64.b64encode(hashlib.sha256(_part("style").encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def page(title: str, company: str, body: str, status: int = 200) -> HTMLResponse:
    """A whole page. ``body`` is HTML, the rest text."""
    html = Template(_part("layout")).substitute(
        title=escape(title), company=escape(company), style=_part("style"), body=body
    )
    return HTMLResponse(html, status, {"Content-Security-Policy": _policy()})


def home(company: str, public_url: str, checks: Mapping[str, bool]) -> HTMLResponse:
    """What this is, whether it is ready, and where to go on; nothing about any ticket."""
    failing = sorted(name for name, passed in checks.items() if not passed)
    body = Template(_part("home")).substitute(
        company=escape(company),
        public_url=escape(public_url),
        state=" bad" if failing else "",
        readiness=escape(f"Not ready: {', '.join(failing)}") if failing else "Ready",
    )
    return page(company, company, body)
