"""Intake's web application: forms, chat, webhooks, the API channel, and the files their pages load. Not here: the port it is served on.

A route answers 200 only after `Accepting.accept` returned. `NotKept` may simply leave a route: it becomes 503 with Retry-After, so that
a provider tries again.
"""

import re
from collections.abc import Collection
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from services.intake import channels
from services.intake.accepting import Accepting
from services.intake.errors import NotKept, Unprocessable
from services.intake.limits import Memory
from shared.service import Context
from shared.web import BodyLimit, SecurityHeaders, problem

PATHS: Final = ("/form/", "/chat/", "/hooks/", "/api/v1/messages", "/embed.js", "/static/intake/")
"""What is answered here; everything else on a shared port is the desk's."""
STATIC: Final = re.compile(r"[a-z][a-z0-9-]{0,40}\.(js|css)")
MEDIA: Final = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
AN_HOUR: Final = "public, max-age=3600"
IN_HAND: Final = 256 * channels.MIB
"""Octets of bodies that may be in the process at the same time."""
SMALL: Final = 64 * 1024
"""Bodies up to this size are let in without counting: webhooks are never kept out by uploads."""


def create_app(context: Context, accepting: Accepting, only: Collection[str] = ()) -> FastAPI:
    """The application of one intake; ``only`` limits its channels."""
    app = FastAPI(
        title="Trunkline intake", version="1", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    for router in channels.make_routes(context, accepting, channels.configured(context, only)):
        app.include_router(router)
    app.include_router(_files())
    install_errors(app)
    # The last one added is the outermost.
    app.add_middleware(InHand, memory=Memory(IN_HAND))
    app.add_middleware(BodyLimit, limit=channels.body_limit)
    app.add_middleware(SecurityHeaders)
    return app


class InHand:
    """Answers 503 while too many octets of bodies are in the process already; a bus that hangs must not fill the memory."""

    def __init__(self, app: ASGIApp, memory: Memory) -> None:
        self.app, self.memory = app, memory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        octets = _announced(scope) if scope["type"] == "http" else 0
        if octets <= SMALL:
            return await self.app(scope, receive, send)
        if not self.memory.take(octets):
            busy = problem(503, "too much is being received at the moment", headers={"Retry-After": "5"})
            return await busy(scope, receive, send)
        try:
            await self.app(scope, receive, send)
        finally:
            self.memory.give_back(octets)


def _announced(scope: Scope) -> int:
    """How large the body will be at most: what its header says, or all that is allowed where it says nothing."""
    headers = dict(scope["headers"])
    declared = headers.get(b"content-length", b"")
    if declared.isdigit():
        return int(declared)
    return channels.body_limit(scope["path"]) if b"transfer-encoding" in headers else 0


def install_errors(app: FastAPI) -> None:
    """What leaves a route as an exception, as an answer (RFC 9457)."""

    @app.exception_handler(NotKept)
    async def not_kept(_: Request, error: NotKept) -> Response:
        return problem(error.status, str(error), headers={"Retry-After": str(error.again)} if error.again else {})

    @app.exception_handler(ClientDisconnect)
    async def hung_up(_: Request, error: ClientDisconnect) -> Response:
        """Nothing was kept, nobody hears this: it is no fault of ours and no line in the log."""
        return problem(400, "the connection was closed before the message was whole")

    @app.exception_handler(HTTPException)
    async def other(_: Request, error: HTTPException) -> Response:
        more = {"errors": error.errors} if isinstance(error, Unprocessable) else {}
        return problem(error.status_code, str(error.detail or ""), headers=dict(error.headers or {}), **more)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        named = "; ".join(
            f"{'/'.join(map(str, each['loc'][1:])) or 'body'}: {each['msg']}" for each in error.errors()[:3]
        )
        return problem(422, named)


def _files() -> APIRouter:
    """``/embed.js`` and ``/static/intake/…``: scripts and styles of ours, the same for everybody."""
    router = APIRouter(include_in_schema=False)

    @router.get("/embed.js")
    async def embed() -> Response:
        # Any site may load it: that is what it is for.
        return _file("embed.js", {"Cross-Origin-Resource-Policy": "cross-origin"})

    @router.get("/static/intake/{name}")
    async def static(name: str) -> Response:
        return _file(name, {"Cross-Origin-Resource-Policy": "cross-origin"})

    return router


def _file(name: str, headers: dict[str, str]) -> Response:
    if not STATIC.fullmatch(name):
        raise HTTPException(404)
    place = files("services.intake.pages") / name
    if not place.is_file():
        raise HTTPException(404)
    return Response(
        place.read_bytes(),
        headers={"Cache-Control": AN_HOUR, **headers},
        media_type=MEDIA[name.rpartition(".")[2]],
    )
