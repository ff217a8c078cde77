"""``/api/v1/tickets/{number}/presence``: who looks at a ticket and who writes in it, at desks and on other channels."""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import AwareDatetime, BaseModel

from services.desk.commanding import BEARER, Caller, Reading
from services.desk.errors import Away, NotFound
from services.desk.problems import responses
from services.desk.schemas import Body
from services.desk.tickets import Number
from shared.bus.errors import BusUnavailable
from shared.messages.after import TalkAnswer, TalkQuery
from shared.messages.presence import Present, State
from shared.presence import PresenceBoard

router = APIRouter(prefix="/api/v1/tickets", tags=["talking"], dependencies=[BEARER])


class Being(Body):
    """What you do with the ticket. It is shown for a minute: say it again before, or `gone` when you leave."""

    state: State


class Colleague(BaseModel):
    """Somebody who is with the ticket: `since` when they look at it or write in it, on which `channel`; shown `until` then."""

    who: str
    state: Literal["looking", "writing"]
    channel: str
    since: AwareDatetime
    until: AwareDatetime


@router.put("/{number}/presence", responses=responses(404))
async def be_present(number: Number, who: Reading, request: Request, body: Being) -> list[Colleague]:
    """Tell colleagues that you look at the ticket, or write in it; gives all who do, you among them."""
    await _must_be(number, who)
    me = who.principal.name
    try:
        present = await _board(request).note(number, f"token:{me}", me, "api", body.state)
    except BusUnavailable as error:
        raise Away("it cannot be told at the moment who is with a ticket") from error
    return _shown(present)


@router.get("/{number}/presence", responses=responses(404))
async def show_presence(number: Number, who: Reading, request: Request) -> list[Colleague]:
    """Who looks at the ticket or writes in it, at a desk or elsewhere (`telegram`, `email`, `sms` …), those first who came first."""
    await _must_be(number, who)
    try:
        present = await _board(request).read(number)
    except BusUnavailable as error:
        raise Away("it cannot be told at the moment who is with a ticket") from error
    return _shown(present)


def _board(request: Request) -> PresenceBoard:
    board: PresenceBoard = request.app.state.presence
    return board


async def _must_be(number: int, who: Caller) -> None:
    """Raises `NotFound` where there is no such ticket."""
    if (await who.backend.gate.query("talk", TalkQuery(number=number), TalkAnswer)).channel is None:
        raise NotFound(f"there is no ticket T-{number}")


def _shown(present: list[Present]) -> list[Colleague]:
    return [Colleague(**each.model_dump(exclude={"actor"})) for each in present]
