"""``POST /hooks/telegram/{inbox}``: updates that Telegram pushes (https://core.telegram.org/bots/api#setwebhook)."""

import hmac
import json

import structlog
from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from services.intake.accepting import Accepting
from services.intake.telegram.bots import bots
from services.intake.telegram.taking import CHANNEL
from services.intake.telegram.updates import Skipped
from shared.service import Context

log = structlog.get_logger(__name__)

SECRET = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name


def routes(context: Context, accepting: Accepting) -> APIRouter:
    """The webhook of every inbox with ``mode = "webhook"``.

    403 for a wrong secret (counted), 503 while the bus is away: Telegram then tries again. What nobody can read is counted and answered
    with 200, since Telegram would push it for ever.
    """
    router = APIRouter(include_in_schema=False)
    known = {name: one for name, one in bots(context, accepting).items() if one.inbox.mode == "webhook"}

    @router.post("/hooks/telegram/{inbox}")
    async def push(inbox: str, request: Request) -> Response:
        one = known.get(inbox)
        if one is None:
            raise HTTPException(404)
        given = request.headers.get(SECRET, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), one.secret.encode()):
            accepting.refused(CHANNEL, inbox, "signature")
            log.warning("a webhook bears another secret than ours", inbox=inbox)
            raise HTTPException(403, "the secret token is not this bot's")
        try:
            update = json.loads(await request.body())
        except (ValueError, RecursionError):
            one.taker.refuse(Skipped("malformed"))
            return Response(status_code=200)
        await one.taker.take(update)
        return Response(status_code=200)

    return router
