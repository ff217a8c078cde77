"""``/account``: an agent's own sign-in. Password, second factor, recovery codes, and the browsers they are signed in with.

Whoever changes how they sign in proves once more who they are: a browser left open is not enough.
"""

from typing import Any, Final

import structlog
from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from services.desk import passwords
from services.desk.doors import Doors, network, onwards
from services.desk.errors import DeskError
from services.desk.pageroutes import page
from services.desk.pages import signin as pages
from services.desk.pages.status import Look
from services.desk.signing import know, wrong_choice
from services.desk.tokens import Principal
from shared.clock import now
from shared.messages.command import CommandResult
from shared.messages.signin import (
    ChangePassword,
    ChangeTotp,
    CredentialFact,
    FailSignIn,
    SessionsAnswer,
    SessionsQuery,
    SessionView,
    SignInAnswer,
    SignInQuery,
    SignOut,
)
from shared.secrets.sealing import seal, unseal
from shared.texts.moments import at_moment

log = structlog.get_logger(__name__)

SET_UP_WITHIN: Final = 15 * 60
"""Seconds between seeing a QR code and giving the first code."""
_DO: Final = ("password", "totp", "totp-confirm", "totp-remove", "end", "end-all")


class Account:
    """The page. ``timezone`` is the company's. Where something cannot be answered, `show` and `send` raise `DeskError`; `away` says so."""

    def __init__(self, doors: Doors, timezone: str) -> None:
        self._doors, self._timezone = doors, timezone

    async def show(self, request: Request) -> Response:
        """The page, for whoever is signed in."""
        who = await self._doors.sessions.of(request)
        if who is None:
            return onwards("/sign-in", request, {"next": "/account"})
        said = request.query_params.get("said", "")
        return await self._page(request, who, said=said if said in pages.SAID else "")

    async def send(self, request: Request) -> Response:
        """A change."""
        who = await self._doors.sessions.of(request)
        if who is None:
            return onwards("/sign-in", request, {"next": "/account"})
        given = await self._doors.given(request, _about(who))
        if given is None:
            return await self._page(request, who, 403, wrong="stale")
        return await self._change(request, who, given)

    async def _change(self, request: Request, who: Principal, given: dict[str, str]) -> Response:
        do = given.get("do", "")
        if do == "end":
            action = SignOut(email=who.email, session_ids=[given.get("session", "")[:64]])
            return await self._done(request, who, await self._doors.do(request, action, who), "ended")
        if do == "end-all":
            action = SignOut(email=who.email, keep=who.session_id)
            return await self._done(request, who, await self._doors.do(request, action, who), "ended")
        kept, key = await self._kept(who)
        if kept is None:
            return await self._page(request, who, 409, wrong="stale")
        if do == "totp-confirm":
            return await self._confirm_totp(request, who, kept, given)
        if do not in _DO:
            return await self._page(request, who, 422, wrong="stale")
        if not await self._doors.passwords.fits(given.get("present", ""), kept.password):
            counted = FailSignIn(email=who.email, keys=[key], network=network(request))
            done = await self._doors.do(request, counted)
            wait = int(done.result.get("wait", 0)) if done.error is None else 0
            more = {"seconds": str(wait)}
            return await self._page(request, who, 422, wrong="wait" if wait else "account.wrong", more=more)
        if do == "password":
            return await self._password(request, who, kept, given)
        if do == "totp-remove":
            action_ = ChangeTotp(email=who.email, totp="", revision=kept.revision, keep=who.session_id)
            return await self._done(request, who, await self._doors.do(request, action_, who), "removed")
        return await self._offer(request, who, passwords.new_secret())

    async def _kept(self, who: Principal) -> tuple[CredentialFact | None, str]:
        """What they sign in with, and under which key their wrong attempts here are counted. Raises `DeskError` while they must wait."""
        key = f"session:{who.session_id}"
        found = await self._doors.gate.query("sign_in", SignInQuery(email=who.email, keys=[key]), SignInAnswer)
        counted = found.failures.get(key)
        if counted is not None and counted.until is not None and counted.until > now():
            raise DeskError("too many wrong passwords at the account's page")
        return found.credential, key

    # -- password -------------------------------------------------------------------------------------------------------------

    async def _password(
        self, request: Request, who: Principal, kept: CredentialFact, given: dict[str, str]
    ) -> Response:
        wrong = wrong_choice(given, who.email, who.name)
        if wrong:
            return await self._page(request, who, 422, wrong=wrong)
        password = await self._doors.passwords.hash(given["new"])
        action = ChangePassword(email=who.email, password=password, revision=kept.revision, keep=who.session_id)
        answer = await self._done(request, who, await self._doors.do(request, action, who), "changed")
        if answer.status_code == 303:
            know(self._doors, answer, who.email)
        return answer

    # -- second factor --------------------------------------------------------------------------------------------------------

    async def _offer(self, request: Request, who: Principal, secret: str, wrong: str = "") -> Response:
        """The QR code, and a form for the first code. The secret travels in the form, sealed for this session: nothing is kept before it
        is proven."""
        company = self._doors.company.name
        import segno  # whoever sets up a second factor needs it, nobody else

        drawn = segno.make(passwords.address(secret, who.email, company), micro=False, error="m")
        return await self._doors.show(
            "totp.html",
            self._look(request, who),
            422 if wrong else 200,
            title="totp.title",
            wrong=wrong,
            token=self._doors.token(_about(who)),
            sealed=seal(self._doors.keyring, _purpose(who), secret),
            key=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
            # Drawn by us from base32, an address and the company's name as modules, not as text: nothing of theirs stands in it.
            qr=Markup(drawn.svg_inline(scale=5, border=2)),  # noqa: S704
        )

    async def _confirm_totp(
        self, request: Request, who: Principal, kept: CredentialFact, given: dict[str, str]
    ) -> Response:
        secret = unseal(self._doors.keyring, _purpose(who), given.get("sealed", ""), SET_UP_WITHIN)
        if secret is None:
            return await self._page(request, who, 403, wrong="stale")
        step = passwords.step_of(secret, given.get("code", ""))
        if step is None:
            return await self._offer(request, who, secret, wrong="code.wrong")
        codes = passwords.new_codes()
        action = ChangeTotp(
            email=who.email,
            totp=passwords.sealed(self._doors.keyring, secret),
            step=step,
            recovery=[passwords.code_digest(code) for code in codes],
            revision=kept.revision,
            keep=who.session_id,
        )
        done = await self._doors.do(request, action, who)
        if done.error is not None:
            return await self._done(request, who, done, "totp")
        self._doors.sessions.forget_all()
        return await self._doors.show("codes.html", self._look(request, who), title="codes.title", codes=codes)

    # -- the page -------------------------------------------------------------------------------------------------------------

    async def _done(self, request: Request, who: Principal, done: CommandResult, said: str) -> Response:
        if done.error == "unavailable":
            raise DeskError(done.detail)
        if done.error is not None:
            log.info("an account was not changed", error=done.error, detail=done.detail)
            return await self._page(request, who, 409, wrong="stale")
        self._doors.sessions.forget_all()
        return onwards("/account", request, {"said": said})

    async def _page(self, request: Request, who: Principal, status: int = 200, **values: Any) -> Response:
        found = await self._doors.gate.query("sign_in", SignInQuery(email=who.email), SignInAnswer)
        answer = await self._doors.gate.query("sessions", SessionsQuery(email=who.email), SessionsAnswer)
        look = self._look(request, who)
        return await self._doors.show(
            "account.html",
            look,
            status,
            title="account.title",
            token=self._doors.token(_about(who)),
            who=who,
            totp=bool(found.credential and found.credential.totp),
            left=len(found.credential.recovery) if found.credential else 0,
            sessions=[self._shown(each, who, look) for each in answer.sessions],
            **values,
        )

    def _shown(self, session: SessionView, who: Principal, look: Look) -> dict[str, object]:
        return {
            "id": session.session_id,
            "browser": session.browser,
            "network": session.network,
            "seen": at_moment(look.language, session.seen_at, self._timezone),
            "here": session.session_id == who.session_id,
        }

    def _look(self, request: Request, who: Principal) -> Look:
        return self._doors.look(request, who.languages)

    async def away(self, request: Request, error: DeskError) -> Response:
        """It cannot be shown, or changed, at the moment."""
        log.warning("the page of an account could not be shown", error=str(error))
        look = self._doors.look(request)
        answer = await self._doors.show("signin-notice.html", look, 503, title="away.title", words="away")
        answer.headers["Retry-After"] = "30"
        return answer


def _about(who: Principal) -> str:
    return f"account {who.session_id}"


def _purpose(who: Principal) -> bytes:
    return f"new one-time password {who.session_id}".encode()


def routes(account: Account) -> APIRouter:
    """The routes of the page."""
    router = APIRouter(include_in_schema=False)
    page(router, "/account", account.show, account.send, away=account.away)
    return router
