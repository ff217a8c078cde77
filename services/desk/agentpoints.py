"""``/api/v1/agents/{email}/points``: where an agent can be reached and is believed; and ``/api/v1/agents/spoken``: what was said there."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field

from services.desk.commanding import BEARER, Caller, Changing, Reading
from services.desk.errors import NotFound, Refused, Unprocessable
from services.desk.problems import responses
from services.desk.schemas import Body
from services.desk.staff import Email
from shared.messages.agents import AddPoint, DropPoint, VerifyPoint
from shared.messages.agents import Verdict as SpokenVerdict
from shared.messages.spoken import SpokenPage, SpokenQuery
from shared.messages.ticket import AgentPointView, AgentsAnswer, AgentsQuery

router = APIRouter(prefix="/api/v1/agents", tags=["agents"], dependencies=[BEARER])

Kind = Literal["email", "phone", "whatsapp", "telegram"]
Value = Annotated[str, Field(max_length=254)]


class PointPage(BaseModel):
    """An agent's points, in the order in which they were added. The address they were added with always counts, and is not among them."""

    items: list[AgentPointView]


class NewPoint(Body):
    """A mail address, or a number in E.164 (`phone`, `whatsapp`); empty for `telegram`, where the chat itself is proven."""

    kind: Kind
    value: Value = ""


class Proof(Body):
    """The code that was sent to a point."""

    kind: Literal["email", "phone", "whatsapp"]
    value: Value
    code: str = Field(min_length=1, max_length=100)


class ClaimedPoint(BaseModel):
    """A point that is still to be proven, until `expires_at`. Of `telegram`: `code` is what `/start` is to bring back, `link` opens the
    chat with it where the bot's name is configured. Otherwise the code was sent to the point."""

    kind: Kind
    value: str
    verified: bool
    inbox: str
    expires_at: AwareDatetime
    code: str | None = None
    command: str | None = None
    link: str | None = None


@router.get("/spoken", responses=responses())
async def list_spoken(
    who: Reading,
    ticket: Annotated[str, Query(max_length=20, description="Of one ticket: its number")] = "",
    verdict: Annotated[SpokenVerdict | None, Query(description="What became of it")] = None,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> SpokenPage:
    """What was said from channels in agents' names, newest first: who was believed, who was not and why, and what came of it."""
    number = _number(ticket) if ticket.strip() else None
    query = SpokenQuery(number=number, verdict=verdict, page=page, per_page=per_page)
    return await who.backend.gate.query("spoken", query, SpokenPage)


def _number(ticket: str) -> int:
    digits = ticket.strip().upper().removeprefix("T-")
    if not (digits.isascii() and digits.isdigit()):
        raise Unprocessable("ticket", f"{ticket!r} is no number of a ticket; write it like T-1001")
    return int(digits)


@router.get("/{email}/points", responses=responses(404))
async def list_points(email: Email, who: Reading) -> PointPage:
    """An agent's points, proven or not."""
    return PointPage(items=await points_of(who, email))


@router.post("/{email}/points", status_code=201, responses=responses(403, 404, 409))
async def add_point(email: Email, who: Changing, body: NewPoint) -> ClaimedPoint:
    """Add a point. A code is sent there, which proves it within 15 minutes; nothing is sent to it, and nothing believed, before."""
    return ClaimedPoint.model_validate(await who.do(AddPoint(email=email, kind=body.kind, value=body.value)))


@router.post("/{email}/points/verify", responses=responses(403, 404, 409))
async def verify_point(email: Email, who: Changing, body: Proof) -> AgentPointView:
    """Prove a point with the code that was sent there. After five wrong codes another one is needed."""
    done = await who.do(VerifyPoint(email=email, kind=body.kind, value=body.value, code=body.code))
    if not done.get("verified"):
        raise wrong_code(done)
    return AgentPointView(kind=done["kind"], value=done["value"], verified=True)


@router.delete("/{email}/points", status_code=204, responses=responses(403, 404))
async def drop_point(
    email: Email,
    who: Changing,
    kind: Annotated[Kind, Query()],
    value: Annotated[str, Query(max_length=254)] = "",
) -> None:
    """Give a point up: they are not told nor believed there any more."""
    await who.do(DropPoint(email=email, kind=kind, value=value))


def wrong_code(done: dict[str, Any]) -> Refused:
    """What is said of a wrong code."""
    left = int(done.get("left", 0))
    more = f"{left} more {'try' if left == 1 else 'tries'}" if left else "ask for a new code"
    return Refused(422, "invalid", f"code: that is not the code ({more})")


async def points_of(who: Caller, email: str) -> list[AgentPointView]:
    """An agent's points. Raises `NotFound`."""
    wanted = email.strip().lower()
    for agent in (await who.backend.gate.query("agents", AgentsQuery(), AgentsAnswer)).agents:
        if agent.email == wanted:
            return agent.points
    raise NotFound(f"there is no agent {wanted}")
