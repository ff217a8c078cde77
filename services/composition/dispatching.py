"""Several rooms' pages behind one port: each request goes to the room whose paths it asks for."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class Dispatcher:
    """The rooms' applications. A room without paths of its own gets what is nobody else's."""

    def __init__(self) -> None:
        self._rooms: list[tuple[tuple[str, ...], ASGIApp]] = []
        self._rest: ASGIApp = PlainTextResponse("not found", 404)

    def add(self, app: ASGIApp, paths: tuple[str, ...] = ()) -> None:
        """This application answers what lies under these paths (those that end with a slash) or is one of them."""
        if paths:
            self._rooms.append((paths, app))
        else:
            self._rest = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        path = scope.get("path", "")
        for paths, app in self._rooms:
            if any(path.startswith(each) if each.endswith("/") else path == each for each in paths):
                return await app(scope, receive, send)
        return await self._rest(scope, receive, send)
