"""``GET /chat/{inbox}`` and what belongs to it: the WebSocket, and files going up and down. No cookie is set or needed."""

from typing import Final
from urllib.parse import quote

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from starlette.websockets import WebSocket

from services.intake.accepting import Accepting
from services.intake.chat import files, page, sessions
from services.intake.chat.desk import ChatDesk, Limits
from services.intake.chat.talk import Talk
from services.intake.errors import Refusal
from shared.bus.errors import BlobDamaged, BlobMissing, BlobTooLarge, BusError
from shared.mail.attachment import safe_filename
from shared.service import Context
from shared.settings.inbox import ChatInbox
from shared.sniffing import judge
from shared.web import problem

log = structlog.get_logger(__name__)

_BEARER: Final = "Bearer "


def routes(context: Context, accepting: Accepting, limits: Limits | None = None) -> APIRouter:
    """The chats of all inboxes of the channel."""
    desk = ChatDesk(context, accepting, limits or Limits())
    router = APIRouter(include_in_schema=False)

    def found(name: str) -> ChatInbox:
        if name not in desk.inboxes:
            raise HTTPException(404, "there is no such chat")
        return desk.inboxes[name]

    @router.get("/chat/{inbox}")
    async def show(inbox: str, request: Request, lang: str = "", embed: str = "") -> Response:
        language = desk.language(lang, request.headers.get("accept-language", ""))
        return page.page(desk, found(inbox), language, embedded=bool(embed))

    @router.websocket("/chat/{inbox}/socket")
    async def socket(inbox: str, websocket: WebSocket) -> None:
        if inbox not in desk.inboxes or not desk.is_own_page(websocket):
            await websocket.close()
            return
        await Talk(desk, desk.inboxes[inbox], websocket, desk.peer(websocket)).live()

    @router.post("/chat/{inbox}/files")
    async def upload(inbox: str, request: Request, name: str = "") -> Response:
        return await _upload(desk, found(inbox).name, request, name)

    @router.get("/chat/{inbox}/files/{token}")
    async def download(inbox: str, token: str) -> Response:
        return await _download(desk, found(inbox).name, token)

    return router


async def _upload(desk: ChatDesk, inbox: str, request: Request, name: str) -> Response:
    """201 with the token of a file that was kept. The octets are the body, the session's token stands where a password would."""
    kept = request.headers.get("authorization", "").removeprefix(_BEARER)
    session = sessions.read(desk.context.keyring, inbox, kept, desk.now())
    if session is None or not desk.is_own_page(request):
        return problem(401, "no session of this chat")
    try:
        desk.gate.take_mail(desk.peer(request))
        limited = not desk.uploads.take(session)
    except Refusal:
        limited = True
    if limited:
        desk.accepting.refused("chat", inbox, "rate")
        return problem(429, "too many files at a time", headers={"Retry-After": "30"})
    desk.accepting.check("chat", inbox)
    content = await request.body()
    if not 0 < len(content) <= files.MOST_OCTETS:
        return problem(413, f"a file has at most {files.MOST_OCTETS} octets", why="large")
    filename = safe_filename(name[:200])
    media_type, trouble = judge(content, filename, request.headers.get("content-type", ""))
    if trouble is not None:
        desk.accepting.refused("chat", inbox, "unsupported")
        return problem(415, "such files are not taken", why=trouble)
    attachment = await desk.accepting.attach("chat", inbox, content, filename, media_type)
    token = files.token(desk.context.keyring, inbox, attachment, desk.now())
    shown = {"file": token, "name": filename, "size": len(content), "picture": media_type in files.SHOWN}
    return JSONResponse(shown, 201)


async def _download(desk: ChatDesk, inbox: str, token: str) -> Response:
    """A file of the chat: pictures of known kinds are shown, everything else is a download, whatever it calls itself."""
    file = files.read(desk.context.keyring, inbox, token, desk.now())
    if file is None or file.blob is None:
        raise HTTPException(404, "there is no such file")
    try:
        content = await desk.context.blobs.get(file.blob)
    except (BlobMissing, BlobTooLarge):
        raise HTTPException(404, "there is no such file") from None
    except (BlobDamaged, BusError) as error:
        log.warning("a chat's file could not be read", error=str(error))
        return problem(503, "the file cannot be read at the moment", headers={"Retry-After": "5"})
    shown = file.media_type in files.SHOWN
    how = "inline" if shown else "attachment"
    headers = {
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(file.filename or 'file')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "private, max-age=86400, immutable",
    }
    return Response(content, headers=headers, media_type=file.media_type if shown else "application/octet-stream")
