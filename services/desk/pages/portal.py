"""The pages of the customers' portal as HTML: signing in by a code, the list of requests, a new one. Works without a script.

Not here: who is signed in, and what becomes of what is sent (`services.desk.portal`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from fastapi.responses import HTMLResponse

from services.desk.pages.status import Look, render
from shared.messages.customers import LONGEST_REPLY
from shared.messages.portal import LONGEST_SUBJECT, LONGEST_VALUE, PortalTicket
from shared.texts import text
from shared.texts.catalogue import CUSTOMER_STATUS
from shared.texts.moments import at_moment
from shared.uploads import MOST_FILES, MOST_MEGABYTES

STATES: Final = ("open", "waiting", "handled", "closed")
"""What a customer calls the state of a ticket."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form is shown with again: its fields, and by their names what is wrong; under ``""`` what is wrong with no field."""

    values: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """Which tickets a list shows: those in this ``state`` (empty: all) in which ``words`` stand, and which page of them."""

    state: str = ""
    words: str = ""
    page: int = 1

    def link(self, look: Look, **changes: object) -> str:
        """The list with something else."""
        wanted = {"state": self.state, "q": self.words, "page": self.page, "lang": look.language if look.asked else ""}
        given = {name: value for name, value in (wanted | changes).items() if value not in ("", 1)}
        return "?" + urlencode(given)


NOTHING: Final = Filled()


def statuses(state: str) -> list[str]:
    """The statuses that a customer calls so; none: all."""
    return [status for status, name in CUSTOMER_STATUS.items() if name == f"status.{state}"]


def sign_in(
    look: Look, token: str, *, numbered: bool, filled: Filled = NOTHING, said: str = "", status: int = 200
) -> HTMLResponse:
    """The page that asks where a code is to go; ``numbered``: and for which ticket."""
    title = text("portal.status" if numbered else "portal.sign_in", look.language)
    return render(
        "portal-sign-in.html",
        look,
        status,
        title=title,
        up=".",
        numbered=numbered,
        token=token,
        filled=filled,
        said=said,
        most=LONGEST_VALUE,
    )


def code(
    look: Look,
    token: str,
    value: str,
    *,
    numbered: str = "",
    filled: Filled = NOTHING,
    over: bool = False,
    up: str = ".",
    status: int = 200,
) -> HTMLResponse:
    """The page where the code is typed. ``numbered``: the number of the ticket as it was typed; ``over``: no code counts here any more."""
    return render(
        "portal-code.html",
        look,
        status,
        title=text("portal.code", look.language),
        up=up,
        token=token,
        value=value,
        numbered=numbered,
        filled=filled,
        over=over,
    )


def tickets(
    look: Look,
    listing: Listing,
    found: Sequence[PortalTicket],
    *,
    more: bool,
    timezone: str,
    alone: bool,
) -> HTMLResponse:
    """The list of tickets."""
    return render(
        "portal-tickets.html",
        look,
        200,
        title=text("portal.title", look.language),
        up=".",
        listing=listing,
        states=[("", text("portal.state.all", look.language)), *_named(look.language)],
        tickets=[_line(each, look.language, timezone) for each in found],
        newer=listing.link(look, page=listing.page - 1) if listing.page > 1 else "",
        older=listing.link(look, page=listing.page + 1) if more else "",
        alone=alone,
        lang=f"?{urlencode({'lang': look.language})}" if look.asked else "",
    )


def new(
    look: Look, token: str, filled: Filled = NOTHING, *, again: bool = False, articles: Sequence[tuple[str, str]] | None = None,
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    """The page with the form for a new ticket. ``articles`` (address, title) may help; null: nobody looked for any."""
    return render(
        "portal-new.html",
        look,
        status,
        title=text("portal.new", look.language),
        up="..",
        token=token,
        filled=filled,
        again=again,
        articles=articles,
        most=LONGEST_REPLY,
        most_subject=LONGEST_SUBJECT,
        most_files=MOST_FILES,
        most_megabytes=MOST_MEGABYTES,
    )


def notice(look: Look, key: str, status: int, up: str) -> HTMLResponse:
    """A page that says one thing: the texts ``<key>.title`` and ``<key>``."""
    title, words = text(f"{key}.title", look.language), text(key, look.language)
    return render("status-notice.html", look, status, title=title, words=words, up=up)


def _named(language: str) -> list[tuple[str, str]]:
    return [(state, text(f"page.state.{state}", language)) for state in STATES]


def _line(ticket: PortalTicket, language: str, timezone: str) -> dict[str, object]:
    state = CUSTOMER_STATUS[ticket.status].removeprefix("status.")
    return {
        "number": ticket.number,
        "subject": ticket.subject.strip() or text("subject.none", language),
        "state": state,
        "since": text("portal.since", language, when=_moment(language, ticket.created_at, timezone)),
    }


def _moment(language: str, at: datetime, timezone: str) -> str:
    return at_moment(language, at, timezone)
