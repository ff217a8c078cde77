"""``/api/v1/tickets``: list, search, show, open by hand, change, reply, note, assign, solve, close, reopen (docs/openapi.json)."""

import asyncio
import re
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Response
from fastapi.responses import JSONResponse

from services.desk import attachments
from services.desk.commanding import BEARER, Caller, Changing, Reading
from services.desk.errors import NotFound, Unprocessable
from services.desk.problems import responses
from services.desk.schemas import (
    NewNote,
    NewReply,
    NewTicket,
    NoteView,
    Nothing,
    Page,
    Patch,
    RightTicket,
    Solution,
    SpamMark,
)
from shared.messages.command import (
    Action,
    Change,
    Close,
    MarkSpam,
    Note,
    NotSpam,
    OpenByHand,
    Reopen,
    Reply,
    Solve,
    WrongTicket,
)
from shared.messages.learning import DismissLearnt
from shared.messages.parts import Channel, Status
from shared.messages.ticket import MessageView, TicketsPage, TicketsQuery, TicketView
from shared.messages.waiting import TakeBack, WaitingView, message_of
from shared.written import as_text, sanitised

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[BEARER])

_NUMBER = re.compile(r"(?:[Tt]-)?([0-9]{1,9})")
_PARTS = ("messages", "events", "deliveries", "entries", "actions", "promises")
_NOTHING = Nothing()
_NOT_BLOCKING = SpamMark()


def ticket_number(number: Annotated[str, Path(description="`T-1001` or `1001`", examples=["T-1001"])]) -> int:
    """The number in a path. Raises `NotFound` for what is none."""
    match = _NUMBER.fullmatch(number)
    if match is None:
        raise NotFound("a ticket's number looks like T-1001")
    return int(match[1])


Number = Annotated[int, Depends(ticket_number)]
MessageId = Annotated[str, Path(description="A message's `id`", max_length=64)]


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


@router.post(
    "/{number}/replies",
    status_code=201,
    response_model=MessageView,
    responses=responses(403, 404, 409)
    | {202: {"model": WaitingView, "description": "It waits, and can be taken back"}},
)
async def reply(number: Number, who: Changing, body: NewReply) -> MessageView | JSONResponse:
    """Answer the customer. What waits to be sent is answered with 202 and where it can be taken back (`Location`)."""
    html, text = await asyncio.to_thread(_written, body.html, body.text)
    kept = await attachments.keep(body.attachments, who.backend.blobs)
    action = Reply(
        number=number,
        text=text,
        html=html,
        channel=body.channel,
        to=body.to,
        cc=body.cc,
        bcc=body.bcc,
        attachments=kept,
        status=body.status,
        seen_at=body.seen_at,
        undo_seconds=body.undo_seconds,
    )
    result = await who.do(action)
    waiting_id = result.get("waiting_id")
    if waiting_id is None:
        return await who.message(number, str(result["message_id"]))
    found = next((each for each in (await who.ticket(number)).waiting if each.id == waiting_id), None)
    if found is None:  # a repeated call: it has been sent since, or was taken back
        return await who.message(number, message_of(waiting_id))
    where = {"Location": f"/api/v1/tickets/T-{number}/waiting/{waiting_id}"}
    return JSONResponse(found.model_dump(mode="json"), 202, headers={**who.response.headers, **where})


@router.delete("/{number}/waiting/{waiting_id}", responses=responses(403, 404, 409))
async def take_back(
    number: Number,
    who: Changing,
    waiting_id: Annotated[str, Path(min_length=1, max_length=64, description="The `id` of an answer that waits")],
) -> WaitingView:
    """An answer that waits is not sent. 409 where it was sent already, or taken back; the `detail` says which."""
    result = await who.do(TakeBack(number=number, waiting_id=waiting_id))
    return WaitingView.model_validate(result["answer"])


def _written(html: str | None, text: str) -> tuple[str | None, str]:
    """HTML as it may be kept and sent, and the text, made from it where there is none. Raises `Unprocessable` when nothing is left."""
    if not (html or "").strip():
        return None, text
    page = sanitised(html or "")
    text = text if text.strip() else as_text(page)
    if not text.strip():
        raise Unprocessable("/html", "says nothing; write a text, too")
    return page, text


@router.post("/{number}/notes", status_code=201, responses=responses(403, 404, 409))
async def note(number: Number, who: Changing, body: NewNote) -> NoteView:
    """Add an internal note. Agents and teams that it mentions are told of it."""
    result = await who.do(Note(number=number, text=body.text, mentions=body.mentions))
    message = await who.message(number, str(result["message_id"]))
    told = {name: result.get(name, []) for name in ("mentions", "warnings")}
    return NoteView(**dict(message), **told)


@router.post("/{number}/messages/{message_id}/wrong", responses=responses(403, 404, 409))
async def wrong_ticket(number: Number, who: Changing, message_id: MessageId, body: RightTicket) -> TicketView:
    """The message belongs to another ticket, or (`to` null) to a new one of its own: it moves there with all later replies that
    followed from it, and what follows later goes there, too. Nothing is sent. Moving back is the same call on the other ticket."""
    to = ticket_number(str(body.to)) if body.to is not None else None
    result = await who.do(WrongTicket(number=number, message_id=message_id, to=to))
    return await who.ticket(int(result["number"]))


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


@router.post("/{number}/suggestions/{target}/dismiss", responses=responses(403, 404, 409))
async def dismiss_suggestion(
    number: Number, who: Changing, target: Literal["category", "team", "priority"], body: Nothing = _NOTHING
) -> TicketView:
    """What the classifier suggested is wrong: it is offered no more, and counts as not taken."""
    return await _changed(who, number, DismissLearnt(number=number, target=target))


@router.post("/{number}/spam", responses=responses(403, 404, 409))
async def spam(number: Number, who: Changing, body: SpamMark = _NOT_BLOCKING) -> TicketView:
    """The ticket is spam: its later mails stay in it unanswered, and the filter learns."""
    return await _changed(who, number, MarkSpam(number=number, block=body.block))


@router.post("/{number}/not-spam", responses=responses(403, 404, 409))
async def not_spam(number: Number, who: Changing, body: Nothing = _NOTHING) -> TicketView:
    """The ticket is no spam: it is what it was, its customer is not blocked, and the filter learns that."""
    return await _changed(who, number, NotSpam(number=number))


async def _changed(who: Caller, number: int, action: Action) -> TicketView:
    await who.do(action)
    return await who.ticket(number)
