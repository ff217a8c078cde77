"""The way into the console: everything below ``/console`` of the desk's port, for those who are signed in.

NiceGUI and the pages are imported when the first of them comes (about a second, in a thread), so that a house whose agents work from
their telephones does not pay for it. Its web socket is let in by the same cookie, and only from our own pages (RFC 6455, 10.2).
"""

import asyncio
from contextlib import AsyncExitStack
from typing import Final
from urllib.parse import quote, urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.desk.console.parts import Parts
from services.desk.errors import DeskError

log = structlog.get_logger(__name__)

PREFIX: Final = "/console"
# NiceGUI compiles its pages in the browser and writes styles into them; nothing comes from anywhere but here.
_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


class InFront:
    """Leads what is below `PREFIX` to the console, everything else to the rest of the desk."""

    def __init__(self, app: ASGIApp, console: ASGIApp) -> None:
        self.app, self._console = app, console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path = scope.get("path", "")
        its_own = scope["type"] in ("http", "websocket") and (path == PREFIX or path.startswith(f"{PREFIX}/"))
        await (self._console if its_own else self.app)(scope, receive, send)


class Console:
    """ASGI: the console, once it is opened."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._site: ASGIApp | None = None
        self._loading = asyncio.Lock()
        self._stack = AsyncExitStack()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        refusal = await self._refusal(scope)
        if refusal is not None:
            return await self._refuse(refusal, scope, receive, send)
        site = self._site or await self._load()
        return await site(scope, receive, _guarded(send) if scope["type"] == "http" else send)

    async def stop(self) -> None:
        """Let go of everything."""
        await self._parts.live.stop()
        await self._stack.aclose()

    async def _refusal(self, scope: Scope) -> Response | None:
        """Why this browser is not let in; null when it is, and then ``state.principal`` is who is signed in."""
        connection = HTTPConnection(scope)
        if scope["type"] == "websocket" and not _is_own(connection.headers, scope):
            return PlainTextResponse("this comes from another site", 403)
        try:
            principal = await self._parts.who(connection)
        except DeskError as error:
            log.warning("it cannot be told who is signed in", error=str(error))
            return PlainTextResponse("Trunkline cannot tell at the moment who you are. Try again in a moment.", 503)
        if principal is None or not principal.agent_id:
            wanted = scope["path"] if scope.get("method") == "GET" and "/_nicegui" not in scope["path"] else PREFIX
            return RedirectResponse(f"/sign-in?next={quote(wanted, safe='/')}", 303)
        scope.setdefault("state", {})["principal"] = principal
        return None

    @staticmethod
    async def _refuse(refusal: Response, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it was accepted: the server answers 403
        else:
            await refusal(scope, receive, send)

    async def _load(self) -> ASGIApp:
        async with self._loading:
            if self._site is None:
                # The import takes the better part of a second; the loop has mails to accept meanwhile.
                await asyncio.to_thread(__import__, "services.desk.console.site")
                from services.desk.console import site

                app = site.build(self._parts)
                await self._stack.enter_async_context(app.router.lifespan_context(app))
                self._site = app
        return self._site


def _is_own(headers: Headers, scope: Scope) -> bool:
    """Whether a page of ours opens this socket. Browsers always say where from; what says nothing is no browser, and has no cookie that
    somebody else could make it send."""
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host", "")


def _guarded(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", _POLICY)
            # Pages made for one person must not be kept by anybody; the files of the framework may.
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return guarded
