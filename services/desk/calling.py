"""``POST /api/v1/tickets/{number}/dial``: an agent's telephone rings, and then the customer's. Not here: calls noted by hand."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.desk.commanding import BEARER, Caller, Changing
from services.desk.errors import Unprocessable
from services.desk.problems import responses
from services.desk.schemas import Body
from services.desk.tickets import Number
from shared.messages.command import Dial
from shared.messages.contacts import ContactsPage, ContactsQuery

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[BEARER])


class NewCall(Body):
    """`agent_number` is the telephone to ring, as `+48600100200`; without it the one known of whoever has the ticket."""

    agent_number: Annotated[str, Field(min_length=3, max_length=40, pattern=r"^[+0-9 ()./-]+$")] | None = None


class Dialling(BaseModel):
    """The call is being made: it is the ticket's delivery with this `delivery_id`, and when it is over a message of the ticket."""

    ticket: str
    delivery_id: str


_NOT_SAYING = NewCall()


@router.post("/{number}/dial", status_code=202, responses=responses(403, 404, 409))
async def dial(number: Number, who: Changing, body: NewCall = _NOT_SAYING) -> Dialling:
    """Ring the agent and connect the customer. Both see our number, and neither the other's."""
    given = body.agent_number or await _of_assignee(who, number)
    result = await who.do(Dial(number=number, agent_number=given))
    return Dialling(ticket=f"T-{result['number']}", delivery_id=str(result["delivery_id"]))


async def _of_assignee(who: Caller, number: int) -> str:
    """The telephone of whoever has the ticket, if they have written from one. Raises `NotFound`, `Unprocessable`."""
    address = ((await who.ticket(number)).assignee or "").strip().lower()
    if "@" in address:
        found = await who.backend.gate.query("contacts", ContactsQuery(q=address), ContactsPage)
        for person in found.items:
            theirs = {(point.kind, point.value) for point in person.points if point.verified}
            if ("email", address) in theirs:
                for kind, value in sorted(theirs):
                    if kind == "phone":
                        return value
    raise Unprocessable("/agent_number", "nobody's telephone is known; give the number to ring")
