"""``/set-up/{token}``, ``/set-up/inbox`` and ``/set-up/people``: the first run. Somebody becomes the first admin, sees that mail goes out
and comes in, and invites the others.

The link is printed by ``trunkline up`` and counts until some admin has a password; from then on it leads nowhere.
"""

from typing import Any, Final
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Request, Response

from services.desk import rights
from services.desk.doors import Doors, onwards
from services.desk.errors import DeskError
from services.desk.pageroutes import page
from services.desk.pages import signin as pages
from services.desk.signing import enter, wrong_choice
from services.desk.tokens import Principal
from shared.messages.command import CreateAgent
from shared.messages.signin import AskPassword, SetUp, SetUpAnswer, SetUpQuery, TryInbox, inbox_code
from shared.messages.ticket import AgentsAnswer, AgentsQuery, TicketsPage, TicketsQuery
from shared.secrets.resetcode import is_set_up_code
from shared.settings import Settings

log = structlog.get_logger(__name__)

_LOOKED_AT: Final = 10
"""Newest tickets with the code of a test, among which the answer to it is looked for."""
_WRONG_PEOPLE: Final = ("conflict", "forbidden", "invalid")
_STATES: Final = {"bounced": "failed", "cancelled": "failed", "read": "delivered"}


class SettingUp:
    """The pages. Where something cannot be answered at the moment they raise `DeskError`; `away` says so."""

    def __init__(self, doors: Doors, settings: Settings) -> None:
        self._doors = doors
        self._inboxes = [(inbox.name, settings.sender_address(inbox)) for inbox in settings.email_inboxes]

    # -- the first admin ------------------------------------------------------------------------------------------------------

    async def show(self, request: Request, token: str) -> Response:
        """The form, while there is no admin."""
        if not await self._open(token):
            return await self._gone(request)
        return await self._form(request, token)

    async def send(self, request: Request, token: str) -> Response:
        """The first admin: made, and signed in."""
        if not await self._open(token):
            return await self._gone(request)
        given = await self._doors.given(request, f"set-up {token}")
        if given is None:
            return await self._form(request, token, 403, wrong="stale")
        name, email = given.get("name", "").strip()[:200], given.get("email", "").strip().lower()[:254]
        wrong = wrong_choice(given, email, name) if name else "setup.name.wrong"
        if not wrong:
            password = await self._doors.passwords.hash(given["new"])
            language = self._doors.look(request).language
            action = SetUp(email=email, name=name, password=password, language=language)
            done = await self._doors.do(request, action)
            if done.error is None:
                revision = int(done.result["revision"])
                entered = await enter(self._doors, request, email, revision, "/set-up/inbox", clear=[])
                return entered or onwards("/sign-in", request, {"said": "chosen"})
            if done.error == "unavailable":
                raise DeskError(done.detail)
            log.info("the first admin was refused", error=done.error, detail=done.detail)
            if not await self._open(token):
                return await self._gone(request)
            wrong = "setup.email.wrong"
        return await self._form(request, token, 422, wrong=wrong, name=name, email=email)

    async def _open(self, token: str) -> bool:
        if not is_set_up_code(self._doors.keyring, token):
            return False
        return (await self._doors.gate.query("set_up", SetUpQuery(), SetUpAnswer)).admins == 0

    async def _form(self, request: Request, token: str, status: int = 200, **values: Any) -> Response:
        blank = {
            "title": "setup.title",
            "name": "",
            "email": "",
            "token": self._doors.token(f"set-up {token}"),
            "up": "..",
        }
        return await self._doors.show("set-up.html", self._doors.look(request), status, **blank | values)

    async def _gone(self, request: Request) -> Response:
        return await self._notice(request, 404, "gone.title", "setup.gone")

    async def away(self, request: Request, error: DeskError) -> Response:
        """What any of the others raised: the page that says to try again."""
        log.warning("a page of the first run could not be shown", error=str(error))
        return await self._notice(request, 503, "away.title", "away")

    async def _notice(self, request: Request, status: int, title: str, words: str) -> Response:
        look = self._doors.look(request)
        return await self._doors.show("signin-notice.html", look, status, title=title, words=words, up="..")

    # -- who goes on ----------------------------------------------------------------------------------------------------------

    async def _admitted(self, request: Request, roles: frozenset[str]) -> Principal | Response:
        """Whoever is signed in and may be here, or the page to answer with. Raises `DeskError`."""
        who = await self._doors.sessions.of(request)
        if who is None:
            return onwards("/sign-in", request, {"next": request.url.path})
        if who.role not in roles:
            request.app.state.refusals.note(who, f"{request.method} {request.url.path}", "only an admin sets this up")
            return await self._notice(request, 403, "forbidden.title", "forbidden")
        return who

    # -- inboxes --------------------------------------------------------------------------------------------------------------

    async def inboxes(self, request: Request) -> Response:
        """The inboxes, and how far a test came."""
        who = await self._admitted(request, rights.ADMINS)
        return who if isinstance(who, Response) else await self._inbox_page(request, who)

    async def try_inbox(self, request: Request) -> Response:
        """Send a test."""
        who = await self._admitted(request, rights.ADMINS)
        if isinstance(who, Response):
            return who
        given = await self._doors.given(request, f"inbox {who.session_id}")
        if given is None:
            return await self._inbox_page(request, who, 403, wrong="stale")
        to, language = given.get("to", "").strip()[:254], self._doors.look(request, who.languages).language
        action = TryInbox(inbox=given.get("inbox", ""), to=to, language=language)
        done = await self._doors.do(request, action, who)
        if done.error == "unavailable":
            raise DeskError(done.detail)
        if done.error is not None:
            return await self._inbox_page(request, who, 422, wrong="inbox.wrong", to=to)
        asked = {"inbox": action.inbox, "to": to, "sent": str(done.result["delivery_id"])}
        return onwards("/set-up/inbox", request, asked)

    async def _inbox_page(self, request: Request, who: Principal, status: int = 200, **values: Any) -> Response:
        asked = {name: request.query_params.get(name, "")[:254] for name in ("inbox", "to", "sent")}
        shown = [
            {"name": name, "address": address, "state": "", "error": "", "ticket": "", "again": ""}
            for name, address in self._inboxes
        ]
        for each in shown:
            if each["name"] == asked["inbox"] and asked["sent"]:
                each |= await self._how_far(asked)
        return await self._doors.show(
            "set-up-inbox.html",
            self._doors.look(request, who.languages),
            status,
            **{
                "title": "inbox.title",
                "up": "..",
                "token": self._doors.token(f"inbox {who.session_id}"),
                "inboxes": shown,
                "to": asked["to"] or who.email,
            }
            | values,
        )

    async def _how_far(self, asked: dict[str, str]) -> dict[str, str]:
        found = await self._doors.gate.query("set_up", SetUpQuery(delivery_id=asked["sent"]), SetUpAnswer)
        state = _STATES.get(found.state, found.state) or "unknown"
        ticket = await self._received(asked["inbox"], asked["sent"]) if found.state else ""
        return {"state": state, "error": found.error[:200], "ticket": ticket, "again": f"?{urlencode(asked)}"}

    async def _received(self, inbox: str, delivery_id: str) -> str:
        """The ticket that the answer to the test became, whoever answered; empty: none yet. Anybody may write from any address at any
        time: what counts is the code that stood in the test alone."""
        code = inbox_code(delivery_id)
        query = TicketsQuery(channel="email", q=code, per_page=_LOOKED_AT)
        for ticket in (await self._doors.gate.query("tickets", query, TicketsPage)).items:
            if ticket.inbox == inbox and code in ticket.subject.upper():
                return f"T-{ticket.number}"
        return ""

    # -- people ---------------------------------------------------------------------------------------------------------------

    async def people(self, request: Request) -> Response:
        """Who is there, and a form to invite somebody."""
        who = await self._admitted(request, rights.LEADS)
        return who if isinstance(who, Response) else await self._people_page(request, who)

    async def invite(self, request: Request) -> Response:
        """Add somebody, and send them a link to choose a password."""
        who = await self._admitted(request, rights.LEADS)
        if isinstance(who, Response):
            return who
        given = await self._doors.given(request, f"people {who.session_id}")
        values = {name: (given or {}).get(name, "").strip()[:254] for name in ("name", "email", "role")}
        if given is None or values["role"] not in rights.ROLES:
            return await self._people_page(request, who, 403, **values)
        made = CreateAgent.model_validate(values)
        for action in (made, AskPassword(email=values["email"], kind="invitation")):
            done = await self._doors.do(request, action, who)
            if done.error == "unavailable":
                raise DeskError(done.detail)
            if done.error is not None:
                if done.error == "forbidden":
                    request.app.state.refusals.note(who, "invite", done.detail)
                log.info("somebody was not invited", error=done.error, detail=done.detail)
                wrong = done.error if done.error in _WRONG_PEOPLE else "invalid"
                if made is not action:
                    wrong = "unsent"  # they are there, and have no link yet
                return await self._people_page(request, who, 422, wrong=f"people.wrong.{wrong}", **values)
        return onwards("/set-up/people", request, {"said": "invited"})

    async def _people_page(self, request: Request, who: Principal, status: int = 200, **values: Any) -> Response:
        agents = (await self._doors.gate.query("agents", AgentsQuery(), AgentsAnswer)).agents
        said = request.query_params.get("said", "")
        blank = {"name": "", "email": "", "role": "agent", "said": said if said in pages.SAID else ""}
        return await self._doors.show(
            "set-up-people.html",
            self._doors.look(request, who.languages),
            status,
            title="people.title",
            up="..",
            token=self._doors.token(f"people {who.session_id}"),
            people=[each for each in agents if each.blocked_at is None],
            **blank | values,
        )


def routes(pages: SettingUp) -> APIRouter:
    """The routes of the pages; those with names of their own before the one with the token."""
    router = APIRouter(include_in_schema=False)
    page(router, "/set-up/inbox", pages.inboxes, pages.try_inbox, away=pages.away)
    page(router, "/set-up/people", pages.people, pages.invite, away=pages.away)
    page(router, "/set-up/{token}", pages.show, pages.send, away=pages.away)
    return router
