"""The door of the portal: a code is asked for and comes back, for all of somebody's tickets (``/portal``) or one of them (``/status``).

Whether a mail address or number is known shows neither in an answer nor in how long it takes: what is asked for is handed to the router
after the page is on its way, and a wrong code is counted for everybody alike.
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Final

import structlog
from fastapi import Request, Response
from prometheus_client import Counter

from services.desk.errors import DeskError
from services.desk.pages import portal as pages
from services.desk.pages.portal import Filled
from services.desk.pages.status import Look
from services.desk.portalbudgets import Budgets
from services.desk.portalground import MOST_FIELDS, Ground, number_in
from services.desk.portalrooms import Rooms
from services.desk.uploading import sent_form
from shared.clock import now
from shared.identity import derive
from shared.messages.command import Command, CommandResult
from shared.messages.parts import Point
from shared.messages.portal import (
    LONGEST_VALUE,
    AskPortalCode,
    LeavePortal,
    PortalQuery,
    ProvePortalCode,
)
from shared.peers import caller
from shared.phones import to_e164
from shared.secrets import portalcode, status_token
from shared.texts import text
from shared.web import is_from_here

log = structlog.get_logger(__name__)

_UNDER_WAY: Final = 200
"""Codes that are being asked for at a time; more are told to wait."""
_MAIL: Final = re.compile(r'[^\s@<>()\[\],;:\\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]')

_asked = Counter(
    "trunkline_desk_portal_codes_total",
    "Codes that were asked for, and tried, on customers' pages.",
    ["what", "result"],
)
for _what, _result in (("ask", "taken"), ("ask", "refused"), ("try", "right"), ("try", "wrong"), ("try", "refused")):
    _asked.labels(_what, _result)


class Door:
    """The pages in front of the portal."""

    def __init__(self, ground: Ground, rooms: Rooms) -> None:
        self._ground, self._rooms = ground, rooms
        self._budgets = Budgets()
        self._under_way: set[asyncio.Task[None]] = set()

    async def show(self, request: Request, *, numbered: bool) -> Response:
        """The list of tickets for whoever is signed in; else, and for ``/status``, the page that asks where a code is to go."""
        if not self._ground.is_open(numbered):
            return self._ground.gone(request)
        if not numbered:
            try:
                found = await self._rooms.tickets(request)
            except DeskError as error:
                return self._ground.away(request, error)
            if found is not None:
                return found
        said = request.query_params.get("said", "")
        words = {"left": "portal.left", "over": "portal.wrong.signed_out"}.get(said)
        look = self._ground.look(request)
        return pages.sign_in(
            look,
            self._ground.token(""),
            numbered=numbered,
            said=text(words, look.language) if words and not numbered else "",
        )

    async def ask(self, request: Request, *, numbered: bool) -> Response:
        """A code is asked for: the page where it is typed, whoever that is."""
        if not self._ground.is_open(numbered):
            return self._ground.gone(request)
        look = self._ground.look(request)
        values = (await sent_form(request, look.language, MOST_FIELDS)).values
        value, number = await _value(values.get("point", "")), number_in(values.get("number", "")) if numbered else None
        wrong = {}
        if value is None:
            wrong["point"] = text("portal.wrong.point", look.language)
        if numbered and number is None:
            wrong["number"] = text("portal.wrong.number", look.language)
        status = 422
        token = self._ground.read(values.get("token", ""), "")
        if token is None or not is_from_here(request.headers, self._ground.company.public_url):
            wrong, status = {"": text("page.wrong.old", look.language)}, 403
        elif not wrong and (len(self._under_way) >= _UNDER_WAY or not self._budgets.may_ask(caller(request))):
            wrong, status = {"": text("portal.wrong.often", look.language)}, 429
        if token is None or value is None or wrong:
            _asked.labels("ask", "refused").inc()
            kept = values["token"] if token is not None and status == 422 else self._ground.token("")
            return pages.sign_in(look, kept, numbered=numbered, filled=Filled(values, wrong), status=status)
        try:
            # The same question for everybody: whether there is anybody who could send a code now.
            await self._ground.answer(PortalQuery(session_id="", per_page=0))
        except DeskError as error:
            return self._ground.away(request, error)
        action = AskPortalCode(value=value, page=token.nonce, language=look.language, asked_number=number)
        self._hand_over(self._ground.command(action, derive("portal ask", token.nonce, value, str(number)), request))
        _asked.labels("ask", "taken").inc()
        return pages.code(
            look, values["token"], values["point"].strip(), numbered=values.get("number", "") if numbered else ""
        )

    def _hand_over(self, command: Command) -> None:
        """Have the router decide about it, without anybody waiting: how long that takes depends on whether the point is known."""

        async def hand() -> None:
            try:
                done = await self._ground.gate.command(command)
            except DeskError as error:
                log.warning("a code could not be asked for", error=str(error))
                return
            if done.error is not None:
                log.warning("a code was not sent", error=done.error, detail=done.detail)

        task = asyncio.create_task(hand(), name="portal code")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def prove(self, request: Request, *, numbered: bool) -> Response:
        """A code came back: signed in, or the page of the ticket; else the page again."""
        if not self._ground.is_open(numbered):
            return self._ground.gone(request)
        look = self._ground.look(request)
        values = (await sent_form(request, look.language, MOST_FIELDS)).values
        value, number = await _value(values.get("point", "")), number_in(values.get("number", "")) if numbered else None
        token, peer = self._ground.read(values.get("token", ""), ""), caller(request)
        if token is None or value is None or not is_from_here(request.headers, self._ground.company.public_url) or (
            numbered and number is None
        ):  # fmt: skip
            return self._not_proven(look, values, "portal.wrong.over", 403, numbered, over=True)
        code = portalcode.read_code(values.get("code", ""))
        if code is None:
            return self._not_proven(look, values, "portal.wrong.code", 422, numbered)
        if not self._budgets.may_try(peer):
            _asked.labels("try", "refused").inc()
            return self._not_proven(look, values, "portal.wrong.often", 429, numbered)
        name = portalcode.code_id(value, number, token.nonce)
        secret = portalcode.session_secret(self._ground.keyring, name, code)
        session = "" if numbered else portalcode.session_id(secret)
        action = ProvePortalCode(value=value, page=token.nonce, code=code, session_id=session, asked_number=number)
        try:
            done = await self._ground.gate.command(
                self._ground.command(action, derive("portal proof", name, code), request)
            )
        except DeskError as error:
            return self._ground.away(request, error, up="..")
        if done.error is not None:
            log.warning("a code could not be tried", error=done.error, detail=done.detail)
            return self._ground.away(request, done.detail, up="..")
        if not done.result.get("verified"):
            self._budgets.was_wrong(peer)
            _asked.labels("try", "wrong").inc()
            over = bool(done.result.get("over"))
            return self._not_proven(
                look, values, f"portal.wrong.{'over' if over else 'code'}", 422, numbered, over=over
            )
        _asked.labels("try", "right").inc()
        return self._enter(request, done, secret, numbered)

    def _enter(self, request: Request, done: CommandResult, secret: str, numbered: bool) -> Response:
        if not numbered:
            answer = self._ground.to("../portal", request)
            lasts = int(portalcode.SESSION.total_seconds())
            answer.set_cookie(
                self._ground.cookie,
                secret,
                max_age=lasts,
                path="/",
                secure=self._ground.secure,
                httponly=True,
                samesite="lax",
            )
            return answer
        number = int(done.result.get("ticket") or 0)
        if not number:
            return self._ground.gone(request)
        point = Point(kind=done.result["kind"], value=done.result["value"])
        link = status_token(self._ground.keyring, number, point, now().date(), int(done.result.get("links") or 0))
        return self._ground.to(f"../t/{link}", request)

    def _not_proven(
        self, look: Look, values: Mapping[str, str], key: str, status: int, numbered: bool, *, over: bool = False
    ) -> Response:
        filled = Filled(wrong={"" if over or status == 429 else "code": text(key, look.language)})
        typed = values.get("number", "")[:20] if numbered else ""
        value = values.get("point", "").strip()[:LONGEST_VALUE]
        token = values.get("token", "")[:40]
        return pages.code(
            look,
            token,
            value,
            numbered=typed or ("?" if numbered else ""),
            filled=filled,
            over=over,
            up="..",
            status=status,
        )

    async def leave(self, request: Request) -> Response:
        """They go."""
        session_id = self._ground.session_id(request)
        values = (await sent_form(request, self._ground.look(request).language, MOST_FIELDS)).values
        token = self._ground.read(values.get("token", ""), session_id)
        answer = self._ground.to("../portal", request, said="left")
        if session_id and token is not None and is_from_here(request.headers, self._ground.company.public_url):
            command = self._ground.command(
                LeavePortal(session_id=session_id), derive("portal leave", session_id), request
            )
            try:
                done = await self._ground.gate.command(command)
            except DeskError as error:
                return self._ground.away(request, error, up="..")
            if done.error is not None:
                return self._ground.away(request, done.detail, up="..")
            answer.delete_cookie(
                self._ground.cookie, path="/", secure=self._ground.secure, httponly=True, samesite="lax"
            )
            return answer
        return self._ground.to("../portal", request)


async def _value(written: str) -> str | None:
    """A mail address, lower-cased, or a number in E.164, as somebody typed it; null for what is neither."""
    written = written.strip()
    if not written or len(written) > LONGEST_VALUE:
        return None
    if "@" in written:
        return written.lower() if _MAIL.fullmatch(written) else None
    # The package for numbers takes a moment to load.
    return await asyncio.to_thread(to_e164, written)
