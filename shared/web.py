"""What every web part of Trunkline has in common: liveness, readiness and metrics, problem details, and guards in front of an app.

Not here: any page or call of a service. Problem details follow RFC 9457.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.peers import Networks, caller, is_of
from shared.sparing import spare

# FastAPI would look at each annotation of each route whether it is a model of the old pydantic, and load all of that: 2 MB.
spare("pydantic.v1")

PROBLEM_TYPE = "application/problem+json"
# How much of a body that is too large is read and thrown away before the answer, in bytes.
DRAINED = 64 * 1024 * 1024

Ready = Callable[[], Mapping[str, bool]]
FORWARDED = {"forwarded", "x-forwarded-for", "x-real-ip", "via"}
"""What proxies write (RFC 7239; RFC 9110, 7.6.3) and Prometheus does not."""

# What a browser may do with an answer of ours unless a page says otherwise: nothing but show it.
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}

_SECURITY = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


def problem(status: int, detail: str = "", *, headers: Mapping[str, str] | None = None, **extra: Any) -> JSONResponse:
    """An error answer (RFC 9457): ``type``, ``title``, ``status``, ``detail`` and the members in ``extra``."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail, **extra}
    return JSONResponse(body, status, dict(headers or {}), PROBLEM_TYPE)


def is_from_here(headers: Mapping[str, str], public_url: str) -> bool:
    """Whether a browser says that a page of our own sent this. One that says nothing is believed: the form's token speaks.

    Sec-Fetch-Site (https://www.w3.org/TR/fetch-metadata/) is written by the browser alone; older ones write Origin (RFC 6454), which is
    ``null`` from a page without a referrer (https://fetch.spec.whatwg.org/#append-a-request-origin-header).
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = headers.get("origin")
    if origin in (None, "null"):
        return True
    try:
        return urlsplit(origin).netloc in (headers.get("host") or public_url, urlsplit(public_url).netloc)
    except ValueError:  # no address at all
        return False


def typed(value: str) -> str:
    """What was typed into a form, as it can be kept and sent: no NUL, and no halves of characters, which a charset of the sender's choice
    makes of anything."""
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def health_routes(ready: Ready, metrics_from: Networks) -> APIRouter:
    """``/healthz`` (the process runs), ``/readyz`` (200, or 503 with the checks that fail) and ``/metrics`` (Prometheus text).

    ``ready`` gives the checks by name; it is asked at each request and must not wait for anything. Metrics are for who asks from
    ``metrics_from`` and not through a proxy, which stands on such a network and asks for anybody.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        checks = dict(ready())
        failing = sorted(name for name, passed in checks.items() if not passed)
        body = {"ready": not failing, "failing": failing, "checks": checks}
        return JSONResponse(body, 503 if failing else 200)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        if FORWARDED & set(request.headers) or not is_of(caller(request), metrics_from):
            return problem(403, "metrics are for the networks in web.metrics_from, asking without a proxy")
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    return router


class SecurityHeaders:
    """Gives every answer `SECURITY_HEADERS`, save those it sets itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                names = {name for name, _ in own}
                message["headers"] = own + [each for each in _SECURITY if each[0] not in names]
            await send(message)

        return await self.app(scope, receive, guarded)


class _TooLarge(HTTPException):
    """The body went over the limit while it was read. Frameworks pass this kind of exception on as it is."""


class BodyLimit:
    """Answers 413 when a request's body is larger than ``limit(path)`` bytes, before or while it is read, so that nothing larger
    is ever held in memory."""

    def __init__(self, app: ASGIApp, limit: Callable[[str], int]) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit = self.limit(scope["path"])
        declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
        if not declared.isdigit():
            return await problem(400, "Content-Length is no number")(scope, receive, send)
        if int(declared) > limit:
            return await self._refuse(limit, True, scope, receive, send)
        started = False
        more = True
        taken = 0

        async def bounded() -> Message:
            nonlocal taken, more
            message = await receive()
            taken += len(message.get("body", b""))
            more = message["type"] == "http.request" and message.get("more_body", False)
            if taken > limit:
                raise _TooLarge(413)
            return message

        async def watched(message: Message) -> None:
            nonlocal started
            if taken > limit and not started:
                return  # whatever the app makes of it: the refusal comes below
            started = True
            await send(message)

        try:
            await self.app(scope, bounded, watched)
        except _TooLarge:
            if started:
                raise
        if taken > limit and not started:
            await self._refuse(limit, more, scope, receive, send)
        return None

    @staticmethod
    async def _refuse(limit: int, more: bool, scope: Scope, receive: Receive, send: Send) -> None:
        # A client that is still sending when the connection closes sees a broken pipe and never our answer.
        left = DRAINED
        while more and left > 0:
            message = await receive()
            left -= len(message.get("body", b"")) + 1
            more = message["type"] == "http.request" and message.get("more_body", False)
        refusal = problem(413, f"the body may have at most {limit} bytes", headers={"Connection": "close"})
        await refusal(scope, receive, send)
