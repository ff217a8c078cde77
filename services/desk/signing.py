"""``/sign-in``, ``/sign-out``, ``/forgot`` and ``/reset/{token}``: the doors of the desk.

Who is wrong learns nothing: an unknown address, one without a password and a wrong password take the same work and get the same answer.
Wrong attempts are counted by the router, for the account and for the network they come from; a browser in which its owner has signed in
before (a second, signed cookie) is counted by itself, so that a stranger's guesses keep nobody out of their own desk.
"""

import asyncio
import time
from datetime import datetime, timedelta
from typing import Any, Final

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import Counter

from services.desk import passwords
from services.desk.doors import Doors, browser, local, network, onwards
from services.desk.errors import DeskError
from services.desk.pageroutes import page
from services.desk.pages import signin as pages
from services.desk.sessions import digest as cookie_digest
from services.desk.sessions import new_cookie
from services.desk.tokens import Counts
from shared.clock import now
from shared.ending import end
from shared.identity import derive
from shared.messages.signin import (
    AskPassword,
    ChoosePassword,
    CredentialFact,
    FailSignIn,
    ResetAnswer,
    ResetQuery,
    SignIn,
    SignInAnswer,
    SignInQuery,
    SignOut,
    account_failures,
)
from shared.secrets import pagetokens
from shared.secrets.resetcode import digest, read_code
from shared.web import is_from_here

log = structlog.get_logger(__name__)

KNOWN_COOKIE: Final = "trunkline_known"
KNOWN_FOR: Final = timedelta(days=180)
SECOND_STEP_WITHIN: Final = 300.0
"""Seconds between password and code."""
ASKS: Final = 10
"""Mails with a link that one network may ask for within ten minutes."""
_MOST_MAILING: Final = 20
_KNOWN, _PROOF = b"known browser", b"second step"

_attempts = Counter(
    "trunkline_desk_sign_in_attempts_total", "What was sent from the sign-in page, by result.", ["result"]
)
for _result in ("good", "code", "wrong", "waiting", "stale", "away"):
    _attempts.labels(_result)


class Signing:
    """The pages."""

    def __init__(self, doors: Doors) -> None:
        self._doors = doors
        self._busy: set[str] = set()
        self._asked = Counts(600.0, time.monotonic)
        self._mailing: set[asyncio.Task[None]] = set()

    # -- signing in -----------------------------------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """The form; whoever is signed in already is led on."""
        onward = local(request.query_params.get("next", ""))
        said = request.query_params.get("said", "")
        try:
            if not said and await self._doors.sessions.of(request) is not None:
                return onwards(onward, request)
        except DeskError as error:
            log.warning("it cannot be told who is signed in", error=str(error))
        return await self._form(request, next=onward, said=said if said in pages.SAID else "")

    async def send(self, request: Request) -> Response:
        """Address and password, or the code after them."""
        given = await self._doors.given(request, "sign-in")
        if given is None:
            _attempts.labels("stale").inc()
            return await self._form(request, 403, wrong="stale")
        onward, email = local(given.get("next", "")), given.get("email", "").strip().lower()[:254]
        try:
            return await (self._code if given.get("do") == "code" else self._password)(request, given, email, onward)
        except DeskError as error:
            _attempts.labels("away").inc()
            log.warning("somebody could not be signed in", error=str(error))
            answer = await self._form(request, 503, wrong="away", next=onward, email=email)
            answer.headers["Retry-After"] = str(getattr(error, "again", 30))
            return answer

    async def _password(self, request: Request, given: dict[str, str], email: str, onward: str) -> Response:
        found, keys, wait = await self._attempt(request, email)
        if wait or keys[0] in self._busy:
            return await self._waiting(request, wait or 1, email, onward)
        self._busy.add(keys[0])
        try:
            kept = found.credential
            if (
                not await self._doors.passwords.fits(given.get("password", ""), kept.password if kept else None)
                or kept is None
            ):
                return await self._wrong(request, email, keys, onward)
        finally:
            self._busy.discard(keys[0])
        if kept.totp:
            _attempts.labels("code").inc()
            return await self._code_form(request, email, kept, onward)
        return await self._let_in(request, found, kept, keys, onward)

    async def _code(self, request: Request, given: dict[str, str], email: str, onward: str) -> Response:
        found, keys, wait = await self._attempt(request, email)
        kept = found.credential
        proof = (
            pagetokens.read(self._doors.keyring, _PROOF, _about(email, kept), given.get("proof", "")) if kept else None
        )
        if kept is None or proof is None or proof.age(time.time()) > SECOND_STEP_WITHIN:
            _attempts.labels("stale").inc()
            return await self._form(request, 403, wrong="stale", next=onward, email=email)
        if wait or keys[0] in self._busy:
            return await self._waiting(request, wait or 1, email, onward)
        self._busy.add(keys[0])
        try:
            code = given.get("code", "")
            secret = passwords.opened(self._doors.keyring, kept.totp)
            step = passwords.step_of(secret, code) if secret else None
            recovery = passwords.code_digest(code)
            if step is not None and step > kept.totp_step:
                return await self._let_in(request, found, kept, keys, onward, step=step)
            if recovery in kept.recovery:
                return await self._let_in(request, found, kept, keys, onward, recovery=recovery)
            await self._count(request, email, keys)
            _attempts.labels("wrong").inc()
            return await self._code_form(request, email, kept, onward, given.get("proof", ""), wrong="code.wrong")
        finally:
            self._busy.discard(keys[0])

    async def _attempt(self, request: Request, email: str) -> tuple[SignInAnswer, list[str], int]:
        """What is kept of an agent; under which keys an attempt is counted; for how many seconds nobody may try."""
        known = pagetokens.read(self._doors.keyring, _KNOWN, _about(email), request.cookies.get(self._known_name, ""))
        device = f"device:{derive('known browser', known.nonce)}" if known else ""
        guesser = [account_failures(email), f"network:{derive('sign-in network', network(request))}"]
        query = SignInQuery(email=email, keys=[*guesser, *([device] if device else [])])
        found = await self._doors.gate.query("sign_in", query, SignInAnswer)
        at = found.credential.password_at if found.credential else None
        # A browser that was known before the password was changed may be whoever it was changed against.
        trusted = known is not None and (at is None or known.made >= at.timestamp() - 1)
        keys = [device] if trusted else guesser
        waits = [_left(found, key) for key in keys]
        return found, keys, max(waits)

    async def _wrong(self, request: Request, email: str, keys: list[str], onward: str) -> Response:
        wait = await self._count(request, email, keys)
        _attempts.labels("wrong").inc()
        if wait:
            return await self._waiting(request, wait, email, onward)
        return await self._form(request, 422, wrong="wrong", next=onward, email=email)

    async def _count(self, request: Request, email: str, keys: list[str]) -> int:
        """A wrong attempt; what cannot be counted is not answered. Raises `DeskError`."""
        done = await self._doors.do(request, FailSignIn(email=email, keys=keys, network=network(request)))
        if done.error is not None:
            raise DeskError(done.detail)
        return int(done.result.get("wait", 0))

    async def _waiting(self, request: Request, wait: int, email: str, onward: str) -> Response:
        _attempts.labels("waiting").inc()
        answer = await self._form(request, 429, wrong="wait", more={"seconds": str(wait)}, next=onward, email=email)
        answer.headers["Retry-After"] = str(wait)
        return answer

    async def _let_in(
        self, request: Request, found: SignInAnswer, kept: CredentialFact, keys: list[str], onward: str, **factor: Any
    ) -> Response:
        before = await self._doors.sessions.of(request)
        answer = await enter(self._doors, request, found.email, kept.revision, onward, clear=keys[:1], **factor)
        if answer is None:
            return await self._form(request, 409, wrong="stale", next=onward, email=found.email)
        _attempts.labels("good").inc()
        if before is not None:
            ended = SignOut(email=before.email, session_ids=[before.session_id])
            await self._doors.do(request, ended, before)
            self._doors.sessions.forget_all()
        return answer

    async def _form(self, request: Request, status: int = 200, **values: Any) -> Response:
        blank = {"next": local(""), "email": "", "token": self._doors.token("sign-in"), "title": "title"}
        return await self._doors.show("sign-in.html", self._doors.look(request), status, **blank | values)

    async def _code_form(
        self, request: Request, email: str, kept: CredentialFact, onward: str, proof: str = "", **values: Any
    ) -> Response:
        proof = proof or pagetokens.make(self._doors.keyring, _PROOF, _about(email, kept), time.time())
        values |= {"title": "code.title", "token": self._doors.token("sign-in"), "proof": proof}
        status = 422 if values.get("wrong") else 200
        return await self._doors.show(
            "sign-in-code.html", self._doors.look(request), status, next=onward, email=email, **values
        )

    @property
    def _known_name(self) -> str:
        return known_name(self._doors)

    # -- signing out ----------------------------------------------------------------------------------------------------------

    async def out(self, request: Request) -> Response:
        """The session ends, here and in the store."""
        doors = self._doors
        if not is_from_here(request.headers, doors.company.public_url):
            return await self._form(request, 403, wrong="stale")
        try:
            who = await doors.sessions.of(request)
            if who is not None:
                await doors.do(request, SignOut(email=who.email, session_ids=[who.session_id]), who)
        except DeskError as error:
            log.warning("a session could not be ended", error=str(error))
            return await self._form(request, 503, wrong="away")
        doors.sessions.forget(request.cookies.get(doors.sessions.name, ""))
        answer = onwards("/sign-in", request, {"said": "out"})
        doors.sessions.take(answer)
        return answer

    # -- a new password -------------------------------------------------------------------------------------------------------

    async def ask(self, request: Request) -> Response:
        """The page to ask for a link."""
        return await self._ask_form(request)

    async def mail(self, request: Request) -> Response:
        """Ask for a link. The answer is the same, and comes at the same time, whether there is such an agent or not."""
        given = await self._doors.given(request, "forgot")
        if given is None:
            return await self._ask_form(request, 403, wrong="stale")
        where = network(request)
        asked = self._asked.more(where)
        email = given.get("email", "").strip().lower()[:254]
        if asked >= ASKS or len(self._mailing) >= _MOST_MAILING:
            log.warning("a link to a new password was asked for too often", network=where)
        elif "@" in email:
            mailing = asyncio.create_task(self._mail(request, email))
            self._mailing.add(mailing)
            mailing.add_done_callback(self._mailing.discard)
        return await self._ask_form(request, done=True)

    async def _mail(self, request: Request, email: str) -> None:
        try:
            done = await self._doors.do(request, AskPassword(email=email))
        except DeskError as error:
            log.warning("a link to a new password could not be sent", error=str(error))
            return
        if done.error is not None:
            log.warning("a link to a new password could not be sent", error=done.detail)

    async def _ask_form(self, request: Request, status: int = 200, **values: Any) -> Response:
        blank = {"title": "forgot.title", "token": self._doors.token("forgot"), "done": False}
        return await self._doors.show("forgot.html", self._doors.look(request), status, **blank | values)

    async def choose(self, request: Request, token: str) -> Response:
        """The page behind the link; looking changes nothing."""
        try:
            found = await self._reset(token)
        except DeskError:
            return await self._notice(request, "away", 503)
        if found is None:
            return await self._notice(request, "gone", 404)
        return await self._choose_form(request, token, found)

    async def chosen(self, request: Request, token: str) -> Response:
        """A password was chosen."""
        given = await self._doors.given(request, f"reset {token}")
        try:
            found = await self._reset(token)
            if found is None or found.reset is None:
                return await self._notice(request, "gone", 404)
            if given is None:
                return await self._choose_form(request, token, found, 403, wrong="stale")
            wrong = wrong_choice(given, found.reset.email, found.name)
            if wrong:
                return await self._choose_form(request, token, found, 422, wrong=wrong)
            kept = await self._doors.passwords.hash(given["new"])
            done = await self._doors.do(request, ChoosePassword(code_sha256=digest(token), password=kept))
        except DeskError as error:
            log.warning("a password could not be set", error=str(error))
            return await self._notice(request, "away", 503)
        if done.error is not None:
            gone = done.error in ("not-found", "conflict")
            return await self._notice(request, "gone" if gone else "away", 404 if gone else 503)
        self._doors.sessions.forget_all()
        answer = onwards("/sign-in", request, {"said": "chosen"})
        know(self._doors, answer, found.reset.email)
        self._doors.sessions.take(answer)
        return answer

    async def _reset(self, token: str) -> ResetAnswer | None:
        if read_code(token) is None:
            return None
        found = await self._doors.gate.query("reset", ResetQuery(sha256=digest(token)), ResetAnswer)
        return found if found.reset is not None else None

    async def _choose_form(
        self, request: Request, token: str, found: ResetAnswer, status: int = 200, **values: Any
    ) -> Response:
        assert found.reset is not None
        look = self._doors.look(request, tuple(found.languages))
        blank = {"title": "choose.title", "token": self._doors.token(f"reset {token}"), "up": ".."}
        return await self._doors.show(
            "choose.html", look, status, name=found.name, email=found.reset.email, **blank | values
        )

    async def _notice(self, request: Request, what: str, status: int) -> Response:
        look = self._doors.look(request)
        return await self._doors.show("signin-notice.html", look, status, title=f"{what}.title", words=what, up="..")

    async def stop(self) -> None:
        """Nothing is to be sent any more."""
        await end(list(self._mailing))
        self._doors.passwords.stop()


def _about(email: str, kept: CredentialFact | None = None) -> str:
    return derive("sign-in", email, str(kept.revision) if kept is not None else "")


def _left(found: SignInAnswer, key: str) -> int:
    """Seconds for which nobody may try under a key."""
    counted = found.failures.get(key)
    until: datetime | None = counted.until if counted is not None else None
    return max(0, int((until - now()).total_seconds()) + 1) if until is not None and until > now() else 0


def wrong_choice(given: dict[str, str], email: str, name: str) -> str:
    """What is wrong with a password that was chosen, as a text's key; empty: nothing."""
    why = passwords.why_not(given.get("new", ""), email, name)
    if why is not None:
        return f"choose.{why}"
    return "" if given.get("new") == given.get("again") else "choose.differ"


def known_name(doors: Doors) -> str:
    """The name of the cookie by which a browser is known."""
    return doors.sessions.name.replace("trunkline_session", KNOWN_COOKIE)


def know(doors: Doors, answer: Response, email: str) -> None:
    """From now on this browser is one in which they have proven who they are."""
    value = pagetokens.make(doors.keyring, _KNOWN, _about(email), time.time())
    doors.sessions.keep(answer, known_name(doors), value, KNOWN_FOR)


async def enter(
    doors: Doors,
    request: Request,
    email: str,
    revision: int,
    onward: str,
    *,
    clear: list[str],
    step: int | None = None,
    recovery: str = "",
) -> Response | None:
    """A new session for whoever has proven who they are, and on to a page; null where something was changed meanwhile.

    Raises `DeskError`."""
    cookie = new_cookie()
    action = SignIn(
        email=email,
        revision=revision,
        step=step,
        recovery=recovery,
        session_sha256=cookie_digest(cookie),
        expires_at=now() + doors.sessions.lasts,
        network=network(request),
        browser=browser(request),
        clear=clear,
    )
    done = await doors.do(request, action)
    if done.error == "unavailable":
        raise DeskError(done.detail)
    if done.error is not None:
        log.info("somebody was not signed in after all", error=done.error, detail=done.detail)
        return None
    answer = onwards(onward, request)
    doors.sessions.give(answer, cookie)
    know(doors, answer, email)
    return answer


def routes(signing: Signing) -> APIRouter:
    """The routes of the pages."""
    router = APIRouter(include_in_schema=False)

    @router.get("/static/desk/signin.css")
    async def style() -> Response:
        return pages.style()

    page(router, "/sign-in", signing.show, signing.send)
    page(router, "/sign-out", None, signing.out)
    page(router, "/forgot", signing.ask, signing.mail)
    page(router, "/reset/{token}", signing.choose, signing.chosen)
    return router
