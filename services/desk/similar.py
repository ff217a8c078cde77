"""``/api/v1/tickets/{number}/similar``: past tickets that are like this one, with how they were solved."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from services.desk.commanding import BEARER, Reading
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.tickets import Number
from shared.messages.parts import Status
from shared.messages.similar import SimilarAnswer, SimilarQuery, SimilarTicket

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[BEARER])


class Similar(BaseModel):
    """A ticket that is like it. `score` from 0 to 1 is how much of what it says is said here, rare words counting more; `why` are words in
    common. In `subject` and `solution` (the beginning of it) nothing names its customer."""

    number: str
    subject: str
    status: Status
    solution: str
    solved_at: AwareDatetime | None
    score: float
    why: list[str]


class SimilarTickets(BaseModel):
    """At most five tickets."""

    items: list[Similar]


@router.get("/{number}/similar", responses=responses(404))
async def show_similar(
    number: Number,
    who: Reading,
    language: Annotated[str, Query(pattern=r"^([a-z]{2,3})?$", description="Only tickets in this language")] = "",
) -> SimilarTickets:
    """Past tickets that are like this one by the words in them, solved ones first. Never spam, internal or merged tickets."""
    query = SimilarQuery(number=number, language=language)
    found = await who.backend.gate.query("similar", query, SimilarAnswer)
    if not found.found:
        raise NotFound(f"there is no ticket T-{number}")
    return SimilarTickets(items=[_shown(each) for each in found.items])


def _shown(ticket: SimilarTicket) -> Similar:
    return Similar.model_validate(ticket.model_dump() | {"number": f"T-{ticket.number}"})
