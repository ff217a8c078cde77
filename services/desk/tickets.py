"""``/api/v1/tickets``: list, search, show, open by hand, change, reply, note, assign, solve, close, reopen (docs/openapi.json)."""

import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.security import HTTPBearer

from services.desk import attachments
from services.desk.commanding import Caller, caller, reader
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.schemas import (
    Assignment,
    NewNote,
    NewReply,
    NewTicket,
    Nothing,
    Page,
    Patch,
    Solution,
)
from shared.messages.command import Action, Change, Close, Note, OpenByHand, Reopen, Reply, Solve
from shared.messages.parts import Channel, Status
from shared.messages.ticket import MessageView, TicketsPage, TicketsQuery, TicketView

# Only for the description: the check itself is made in front of the app (`services.desk.guards.SignedIn`).
_bearer = HTTPBearer(auto_error=False, description="An API token: `trunkline token create --name N` prints one.")

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[Depends(_bearer)])

_NUMBER = re.compile(r"(?:[Tt]-)?([0-9]{1,9})")
_PARTS = ("messages", "events", "deliveries", "actions", "promises")
_NOTHING = Nothing()


def ticket_number(number: Annotated[str, Path(description="`T-1001` or `1001`", examples=["T-1001"])]) -> int:
    """The number in a path. Raises `NotFound` for what is none."""
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise NotFound("a ticket's number looks like T-1001")
    return int(match[1])


Number = Annotated[int, Depends(ticket_number)]
Changing = Annotated[Caller, Depends(caller)]
Reading = Annotated[Caller, Depends(reader)]


@router.get("", response_model_exclude={"items": {"__all__": set(_PARTS)}}, responses=responses())
async def list_tickets(
    who: Reading,
    status: Annotated[Status | Literal[""] | None, Query()] = None,
    assignee: Annotated[str | None, Query(max_length=200, description="`none`: nobody's")] = None,
    team: Annotated[str | None, Query(max_length=200, description="`none`: no team's")] = None,
    q: Annotated[str | None, Query(max_length=500, description="Words, an address, or a ticket's number")] = None,
    channel: Annotated[Channel | Literal[""] | None, Query()] = None,
    tag: Annotated[str | None, Query(max_length=200)] = None,
    sort: Annotated[Literal["created", "updated"], Query(description="Which time makes newest first")] = "created",
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page:
    """Tickets that meet every condition, newest first. A search finds among the newest thousand matches."""
    query = TicketsQuery(
        status=status or None,
        assignee=assignee or None,
        team=team or None,
        q=q or None,
        channel=channel or None,
        tag=tag or None,
        sort=sort,
        page=page,
        per_page=per_page,
    )
    found = await who.backend.gate.query("tickets", query, TicketsPage)
    return Page(items=found.items, total=found.total)


@router.post("", status_code=201, responses=responses(403, 409))
async def open_ticket(who: Changing, body: NewTicket, response: Response) -> TicketView:
    """Open a ticket by hand."""
    result = await who.do(OpenByHand(**body.model_dump()))
    view = await who.ticket(int(result["number"]))
    response.headers["Location"] = f"/api/v1/tickets/{view.number}"
    return view


@router.get("/{number}", responses=responses(404))
async def show_ticket(number: Number, who: Reading) -> TicketView:
    """One ticket with its messages, events and deliveries, oldest first."""
    return await who.ticket(number)


@router.patch("/{number}", responses=responses(403, 404, 409))
async def change_ticket(number: Number, who: Changing, body: Patch) -> TicketView:
    """Change writable fields."""
    return await _changed(who, number, Change(number=number, fields=body.model_dump(exclude_unset=True)))


@router.post("/{number}/replies", status_code=201, responses=responses(403, 404, 409))
async def reply(number: Number, who: Changing, body: NewReply) -> MessageView:
    """Answer the customer."""
    kept = await attachments.keep(body.attachments, who.backend.blobs)
    action = Reply(number=number, text=body.text, channel=body.channel, to=body.to, attachments=kept)
    result = await who.do(action)
    return await who.message(number, str(result["message_id"]))


@router.post("/{number}/notes", status_code=201, responses=responses(403, 404, 409))
async def note(number: Number, who: Changing, body: NewNote) -> MessageView:
    """Add an internal note."""
    result = await who.do(Note(number=number, text=body.text, mentions=body.mentions))
    return await who.message(number, str(result["message_id"]))


@router.post("/{number}/assign", responses=responses(403, 404, 409))
async def assign(number: Number, who: Changing, body: Assignment) -> TicketView:
    """Give the ticket to an agent, a team, or both."""
    names = {"agent": "assignee", "team": "team"}
    fields = {names[name]: value for name, value in body.model_dump(exclude_unset=True).items()}
    return await _changed(who, number, Change(number=number, fields=fields))


@router.post("/{number}/solve", responses=responses(403, 404, 409))
async def solve(number: Number, who: Changing, body: Solution) -> TicketView:
    """Say how it was solved."""
    return await _changed(who, number, Solve(number=number, **body.model_dump()))


@router.post("/{number}/close", responses=responses(403, 404, 409))
async def close(number: Number, who: Changing, body: Nothing = _NOTHING) -> TicketView:
    """Close the ticket."""
    return await _changed(who, number, Close(number=number))


@router.post("/{number}/reopen", responses=responses(403, 404, 409))
async def reopen(number: Number, who: Changing, body: Nothing = _NOTHING) -> TicketView:
    """Open a solved or closed ticket again."""
    return await _changed(who, number, Reopen(number=number))


async def _changed(who: Caller, number: int, action: Action) -> TicketView:
    await who.do(action)
    return await who.ticket(number)
