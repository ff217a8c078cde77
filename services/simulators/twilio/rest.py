"""The REST API behind basic auth: messages and their media here, the rest in `voice`."""

import base64
import binascii
import secrets
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.simulators.twilio import paging, sending, statuses
from services.simulators.twilio.answers import Refused, not_found, unauthenticated
from services.simulators.twilio.asked import form
from services.simulators.twilio.records import VERSION, shown
from services.simulators.twilio.voice import VoiceRest

if TYPE_CHECKING:
    from services.simulators.twilio.simulator import TwilioSimulator

Handler = Callable[[Request], Awaitable[Response]]


class Rest:
    """``app`` answers for https://api.twilio.com, and under ``/cdn`` for the host that Twilio redirects media to."""

    def __init__(self, simulator: "TwilioSimulator") -> None:
        self._simulator, self._account = simulator, simulator.account
        at = f"/{VERSION}/Accounts/{{account}}"
        routes: list[tuple[str, str, Handler]] = [
            (f"{at}/Messages.json", "POST", self._create_message),
            (f"{at}/Messages.json", "GET", self._list_messages),
            (f"{at}/Messages/{{sid}}.json", "GET", self._message),
            (f"{at}/Messages/{{sid}}/Media.json", "GET", self._list_media),
            (f"{at}/Messages/{{sid}}/Media/{{media}}.json", "GET", self._media),
            (f"{at}/Messages/{{sid}}/Media/{{media}}", "GET", self._media_content),
            *VoiceRest(simulator).routes(at),
        ]
        self.app = Starlette(
            routes=[
                *(Route(path, self._guarded(handler), methods=[method]) for path, method, handler in routes),
                Route("/cdn/{ticket}/{media}", self._cdn, methods=["GET"]),
            ],
            exception_handlers={404: self._unknown, 405: self._unknown},
        )
        self._tickets: dict[str, str] = {}

    def _guarded(self, handler: Handler) -> Handler:
        async def guarded(request: Request) -> Response:
            try:
                self._authenticate(request)
                return await handler(request)
            except Refused as refused:
                return refused.answer()

        return guarded

    def _authenticate(self, request: Request) -> None:
        """Account sid and auth token by basic auth; another account's path is as unknown as a wrong one."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise unauthenticated() from None
        wanted = f"{self._account.sid}:{self._account.token}".encode()
        if scheme.lower() != "basic" or not secrets.compare_digest(f"{user}:{password}".encode(), wanted):
            raise unauthenticated()
        if request.path_params["account"] != self._account.sid:
            raise not_found(request.url.path)

    async def _unknown(self, request: Request, error: Exception) -> Response:
        return not_found(request.url.path).answer()

    # Messages.

    async def _create_message(self, request: Request) -> Response:
        given, repeated = await form(request)
        with self._simulator.lock:
            message = sending.take(self._account, given, repeated.get("MediaUrl", []))
            answer = JSONResponse(message.shown(), status_code=201)
            statuses.proceed(self._account, message, self._simulator.send_signed)
        self._simulator.changed()
        return answer

    async def _list_messages(self, request: Request) -> Response:
        query = request.query_params
        fits = paging.between(query, "DateSent")
        with self._simulator.lock:
            found = [
                message
                for message in reversed(self._account.messages.values())
                if query.get("To", message.recipient) == message.recipient
                and query.get("From", message.sender) == message.sender
                and fits(message.sent or message.created)
            ]
            return JSONResponse(paging.page(found, query, request.url.path, "messages"))

    async def _message(self, request: Request) -> Response:
        with self._simulator.lock:
            message = self._account.messages.get(request.path_params["sid"])
            if message is None:
                raise not_found(request.url.path)
            return JSONResponse(message.shown())

    # Media.

    def _media_shown(self, sid: str, media: str) -> dict[str, str | None]:
        message = self._account.messages[sid]
        kept = self._account.files.get(media)
        return {
            "account_sid": message.account,
            "content_type": kept.media_type if kept else None,
            "date_created": shown(message.created),
            "date_updated": shown(message.updated),
            "parent_sid": sid,
            "sid": media,
            "uri": f"{message.path}/Media/{media}.json",
        }

    def _find_media(self, request: Request) -> tuple[str, str]:
        sid, media = request.path_params["sid"], request.path_params["media"]
        message = self._account.messages.get(sid)
        if message is None or media not in message.media or self._account.files.get(media) is None:
            raise not_found(request.url.path)
        return sid, media

    async def _list_media(self, request: Request) -> Response:
        with self._simulator.lock:
            message = self._account.messages.get(request.path_params["sid"])
            if message is None:
                raise not_found(request.url.path)
            files = [media for media in message.media if self._account.files.get(media)]
            found = [self._media_shown(message.sid, media) for media in files]
        uri = request.url.path
        return JSONResponse(
            {"media_list": found, "uri": uri, "first_page_uri": uri, "next_page_uri": None, "previous_page_uri": None,
             "page": 0, "page_size": 50, "start": 0, "end": len(found) - 1}
        )  # fmt: skip

    async def _media(self, request: Request) -> Response:
        with self._simulator.lock:
            return JSONResponse(self._media_shown(*self._find_media(request)))

    async def _media_content(self, request: Request) -> Response:
        """Redirects to another host, to an address that itself is the permission
        (https://www.twilio.com/docs/messaging/api/media-resource#fetch-a-media-resource)."""
        with self._simulator.lock:
            _, media = self._find_media(request)
            ticket = secrets.token_hex(16)
            self._tickets[ticket] = media
            while len(self._tickets) > 10_000:
                del self._tickets[next(iter(self._tickets))]
        return RedirectResponse(f"{self._simulator.cdn_url}/cdn/{ticket}/{media}", status_code=307)

    async def _cdn(self, request: Request) -> Response:
        """Like the storage behind Twilio, this refuses a request that brings credentials besides its signed address."""
        if "authorization" in request.headers:
            return Response("<Error><Code>InvalidArgument</Code></Error>", 400, media_type="application/xml")
        media = request.path_params["media"]
        with self._simulator.lock:
            kept = self._account.files.get(media)
            if kept is None or self._tickets.get(request.path_params["ticket"]) != media:
                return Response("<Error><Code>AccessDenied</Code></Error>", 403, media_type="application/xml")
        return Response(kept.content, media_type=kept.media_type)
