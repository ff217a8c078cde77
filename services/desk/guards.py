"""What stands in front of the API, as ASGI layers: a name and a record for every call, the token check, and JSON only.

The token is checked before a body is read: whoever has none cannot make us take in megabytes.
"""

import time
from uuid import uuid4

import structlog
from prometheus_client import Counter, Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.desk import problems
from services.desk.errors import DeskError
from services.desk.sessions import Sessions
from services.desk.tokens import Principal, Tokens
from shared.peers import caller
from shared.uploads import MOST_OCTETS
from shared.web import problem

log = structlog.get_logger(__name__)

API = "/api/v1"
# Where files travel in Base64: 25 MB of them, and the text.
LARGE_BODY = 36 * 1024 * 1024
BODY = 4 * 1024 * 1024
PAGE_BODY = 256 * 1024
# Customers' pages take files, as forms do.
_SIGN_IN = ("/sign-", "/forgot", "/reset/", "/account", "/set-up/")
FILES_BODY = MOST_OCTETS + 1024 * 1024
_WITH_FILES = ("/replies", "/messages", "/say", "/side-conversations", "/actions", "/evidence")

_requests = Counter("trunkline_desk_requests_total", "Answered calls.", ["method", "route", "status"])
_seconds = Histogram("trunkline_desk_request_seconds", "Seconds from a call to the end of its answer.", ["route"])
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def body_limit(path: str) -> int:
    """How many bytes a call's body may have."""
    if path.startswith(("/t/", "/portal/t/")) or path == "/portal/new":
        return FILES_BODY
    if path.startswith(("/agent/", "/kb/", "/portal", "/status", *_SIGN_IN)):
        return PAGE_BODY
    # What is dropped into the console's composer goes to NiceGUI's upload, a file at a time.
    dropped = path.startswith("/console/_nicegui/") and "/upload" in path
    large = path.endswith(_WITH_FILES) or "/entries/" in path or dropped
    return LARGE_BODY if large else BODY


class Observed:
    """Names every call (``X-Correlation-ID``, also in the state as ``correlation_id``), counts and logs it, and turns what nobody
    expected into a plain 500 with the traceback in the log."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        correlation_id = uuid4().hex[:16]
        scope.setdefault("state", {})["correlation_id"] = correlation_id
        status = 0
        began = time.perf_counter()

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Correlation-ID"] = correlation_id
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=correlation_id):
            try:
                await self.app(scope, receive, noted)
            except Exception:
                # Never the path: the links by which customers and agents come have their secrets in it.
                route = getattr(scope.get("route"), "path", "none")
                log.exception("a call failed", method=scope["method"], route=route)
                if status:
                    raise
                detail = f"something went wrong here; the log has it under {correlation_id}"
                await problem(500, detail)(scope, receive, noted)
            self._record(scope, status, time.perf_counter() - began)
        return None

    @staticmethod
    def _record(scope: Scope, status: int, seconds: float) -> None:
        # Labels of bounded number: the route's pattern, never the path.
        route = getattr(scope.get("route"), "path", "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        _requests.labels(method, route, str(status)).inc()
        _seconds.labels(route).observe(seconds)
        log.info("call", method=method, route=route, status=status, seconds=round(seconds, 4))


class SignedIn:
    """Lets only callers with a known token to the API; ``state.principal`` is then who they are. Whoever is signed in at a browser may
    read there, too: another site's page could send its cookie with a change, but never read an answer."""

    def __init__(self, app: ASGIApp, tokens: Tokens, sessions: Sessions) -> None:
        self.app, self.tokens, self._sessions = app, tokens, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or not _of_the_api(scope["path"]):
            return await self.app(scope, receive, send)
        try:
            principal = await self._who(scope)
        except DeskError as error:
            return await problems.answer(error)(scope, receive, send)
        scope.setdefault("state", {})["principal"] = principal
        return await self.app(scope, receive, send)

    async def _who(self, scope: Scope) -> Principal:
        connection = HTTPConnection(scope)
        authorization = connection.headers.get("authorization")
        if authorization is None and scope["method"] in ("GET", "HEAD"):
            principal = await self._sessions.of(connection)
            if principal is not None:
                return principal
        return await self.tokens.who(authorization, caller(connection))


class JsonOnly:
    """Answers 415 to a body that is not JSON (RFC 9110, 15.5.16)."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http" and _of_the_api(scope["path"]) and scope["method"] in ("POST", "PUT", "PATCH"):
            headers = Headers(scope=scope)
            media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
            has_body = headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
            if has_body and media_type != "application/json":
                refusal = problem(415, "send the body as application/json", headers={"Accept": "application/json"})
                return await refusal(scope, receive, send)
        return await self.app(scope, receive, send)


def _of_the_api(path: str) -> bool:
    return path == API or path.startswith(f"{API}/")
