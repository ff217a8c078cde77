"""``POST /api/v1/messages``: an inbound message from any other system (channel ``api``)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import APIRouter, Header, HTTPException, Request
from pydantic import ValidationError

from services.intake.accepting import Accepting
from services.intake.api import message
from services.intake.api.schema import PostedMessage, Taken
from services.intake.api.tokens import Tokens
from services.intake.errors import Away, Unprocessable
from shared import clock
from shared.mail.attachment import safe_filename
from shared.messages.parts import Attachment
from shared.peers import peer_of
from shared.service import Context
from shared.settings.inbox import ApiInbox
from shared.web import PROBLEM_TYPE

PATH: Final = "/api/v1/messages"
DEFAULT_INBOX: Final = "api"
LARGE: Final = 64 * 1024
"""Octets of a body from which reading it is worth a thread."""

_TEMPLATE: Final = "#/components/schemas/{model}"
_MEANING: Final = {
    400: "The body is no JSON.",
    401: "No token, or one that is not known.",
    403: "The token is an auditor's.",
    413: "The body is too large.",
    415: "The body is not JSON.",
    422: "A part of the message cannot be taken; `errors` names it.",
    429: "Too many attempts with unknown tokens.",
    503: "It cannot be kept at the moment; `Retry-After` says when to try again. It is safe to repeat with the same `id`.",
}


def responses() -> dict[int | str, dict[str, Any]]:
    """The error answers for the description."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    return {status: {"description": text, "content": {PROBLEM_TYPE: schema}} for status, text in _MEANING.items()}


def routes(context: Context, accepting: Accepting) -> APIRouter:
    """The API channel's one call."""
    inboxes = [inbox.name for inbox in context.settings.inbox if isinstance(inbox, ApiInbox)] or [DEFAULT_INBOX]
    tokens = Tokens(context.bus)
    router = APIRouter()

    @router.post(
        PATH,
        status_code=202,
        summary="Hand in a message",
        tags=["messages"],
        responses=responses(),
        openapi_extra={
            "security": [{"HTTPBearer": []}],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": PostedMessage.model_json_schema(ref_template=_TEMPLATE)}},
            },
        },
    )
    async def post_message(
        request: Request,
        authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
        idempotency_key: Annotated[
            str | None, Header(alias="Idempotency-Key", max_length=200, description="Stands in for `id`.")
        ] = None,
    ) -> Taken:
        """A message from any other system. It becomes a ticket, or goes into one, as any customer's message does. The answer 202 means that
        it is kept; what is decided about it comes later."""
        peer = peer_of(request, context.settings.web.trusted_proxies)
        try:
            system = await tokens.name(authorization, peer)
        except (HTTPException, Away) as error:
            accepting.refused("api", inboxes[0], "signature" if isinstance(error, HTTPException) else error.reason)
            raise
        posted = await _read(request, inboxes[0], accepting)
        inbox = posted.inbox or inboxes[0]
        if inbox not in inboxes:
            raise Unprocessable([{"field": "/inbox", "detail": f"there is no inbox {inbox!r} of channel api"}])
        accepting.check("api", inbox)

        async def attach(content: bytes, filename: str, media_type: str) -> Attachment:
            return await accepting.attach("api", inbox, content, filename, media_type)

        inbound = await asyncio.to_thread(
            message.build,
            posted,
            inbox=inbox,
            system=system,
            identity=posted.id or idempotency_key or uuid4().hex,
            attachments=await _attached(posted, attach),
            kept=await accepting.original("api", inbox, await _said_by_them(request, posted)),
            peer=peer,
            correlation_id=uuid4().hex,
            received_at=clock.now(),
        )
        receipt = await accepting.accept(inbound)
        return Taken(source_id=receipt.source_id, duplicate=receipt.duplicate)

    return router


async def _read(request: Request, inbox: str, accepting: Accepting) -> PostedMessage:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise HTTPException(415, "send the body as application/json", {"Accept": "application/json"})
    body = await request.body()
    try:
        if len(body) >= LARGE:
            return await asyncio.to_thread(PostedMessage.model_validate_json, body)
        return PostedMessage.model_validate_json(body)
    except ValidationError as error:
        accepting.refused("api", inbox, "malformed")
        found = error.errors(include_url=False, include_input=False, include_context=False)
        if any(each["type"] == "json_invalid" for each in found):
            raise HTTPException(400, "the body is no JSON") from error
        raise Unprocessable([_said(each["loc"], each["msg"]) for each in found[:50]]) from error


async def _said_by_them(request: Request, posted: PostedMessage) -> bytes:
    """What was posted, as it came; without the files' contents, which are kept as what they are."""
    if not posted.attachments:
        return await request.body()
    without = {"attachments": {"__all__": {"content"}}}
    return posted.model_dump_json(by_alias=True, exclude_unset=True, exclude=without).encode()


def _said(place: tuple[int | str, ...], text: str) -> dict[str, str]:
    pointer = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in place)
    return {"field": pointer, "detail": text.removeprefix("Value error, ")}


async def _attached(
    posted: PostedMessage, attach: Callable[[bytes, str, str], Awaitable[Attachment]]
) -> list[Attachment]:
    return [await attach(each.content, safe_filename(each.filename), each.media_type) for each in posted.attachments]
