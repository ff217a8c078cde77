"""The form's pages as HTML: rendered on the server, every value escaped, nothing loaded from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse

from services.intake.form.asking import Question
from shared.pages import NAMES, Pages
from shared.texts import text
from shared.uploads import MOST_FILES, MOST_MEGABYTES

_NONE: Final = "'none'"
_PAGES: Final = Pages("services.intake", "pages")


@dataclass(frozen=True, slots=True)
class Look:
    """What every page of one form has in common. ``ancestors`` are the sites that may show it within theirs;
    ``suggests``: its script may ask for articles."""

    inbox: str
    company: str
    language: str
    languages: Sequence[str]
    embedded: bool
    ancestors: Sequence[str]
    suggests: bool = False

    def link(self, language: str) -> str:
        """This form in a language, relative to its own address."""
        return "?" + urlencode({"lang": language, **({"embed": "1"} if self.embedded else {})})


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form is shown with again. ``notice`` stands above it; ``again``: files have to be chosen once more."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    notice: str = ""
    again: bool = False


def form(look: Look, questions: Sequence[Question], token: str, filled: Filled, status: int = 200) -> HTMLResponse:
    """The page with the questions."""
    return _page(
        "form.html",
        look,
        status,
        title=text("form.title", look.language, company=look.company),
        questions=questions,
        uploads=any(question.kind == "file" for question in questions),
        token=token,
        values=filled.values,
        errors=filled.errors,
        first=next((question.name for question in questions if question.name in filled.errors), None),
        notice=filled.notice,
        failed=bool(filled.errors or filled.notice),
        again=filled.again,
        languages=[(code, NAMES.get(code, code), look.link(code)) for code in look.languages],
        most_files=MOST_FILES,
        most_megabytes=MOST_MEGABYTES,
        suggests=look.suggests,
    )


def done(look: Look, ticket: str | None, address: str, follow: str = "") -> HTMLResponse:
    """The confirmation. Without ``ticket`` (``T-1001``) the number follows by mail. ``follow`` leads to the page of the ticket."""
    return _page(
        "done.html",
        look,
        200,
        title=text("form.done.title", look.language),
        ticket=ticket,
        address=address,
        follow=follow,
        failed=False,
    )


def _page(template: str, look: Look, status: int, **values: object) -> HTMLResponse:
    html = _PAGES.render(
        template,
        look.language,
        language=look.language,
        embedded=look.embedded,
        action=look.link(look.language),
        **values,
    )
    return HTMLResponse(html, status, headers(look.ancestors))


def headers(ancestors: Sequence[str]) -> dict[str, str]:
    """Nothing but our own style and script, sent nowhere but here (https://www.w3.org/TR/CSP3/). Where `frame-ancestors` stands a
    browser ignores X-Frame-Options (section 6.4.2.2). The referrer stays on our site, where it tells a form's origin."""
    return {
        "Content-Security-Policy": (
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; connect-src 'self'; form-action 'self'; "
            f"base-uri 'none'; frame-ancestors {' '.join(ancestors) or _NONE}"
        ),
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Language",
    }
