"""``/api/v1/tickets/{number}/messages``, ``…/side-conversations``, ``…/transfer``, ``…/watch``, ``…/requests``: whom a ticket is talked
over with, and who has it."""

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.desk import attachments
from services.desk.commanding import BEARER, Caller, Changing, Reading
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.schemas import MAX_ATTACHMENTS, Address, Assignment, Contact, Line, NewAttachment, Nothing, Text
from services.desk.schemas import Body as Given
from services.desk.tickets import Number
from shared.messages.customers import WithdrawLinks
from shared.messages.parts import Attachment, Channel
from shared.messages.talking import Assign, MakeRequest, StartSide, Transfer, Watch, WriteMessage, WriteSide
from shared.messages.ticket import MessageView, SideView, TicketView

router = APIRouter(prefix="/api/v1/tickets", tags=["talking"], dependencies=[BEARER])

SideId = Annotated[str, Path(min_length=1, max_length=64, description="A side conversation's `id`")]
Files = Annotated[list[NewAttachment], Field(max_length=MAX_ATTACHMENTS)]


class NewMessage(Given):
    """A message to the customer that answers nothing: a mail of its own thread, or one on another channel. `to` is one of their points;
    with `add` a new one becomes theirs, not verified. `seen_at` as in a reply."""

    text: Text
    channel: Channel | None = None
    to: Contact = ""
    subject: Line = ""
    add: bool = False
    attachments: Files = Field(default_factory=list)
    seen_at: AwareDatetime | None = None


class NewSide(Given):
    """To whom something is written aside, and what. `language` is that of what we add to the text."""

    channel: Channel
    to: Address
    text: Text
    name: Line = ""
    subject: Line = ""
    language: Annotated[str, Field(pattern=r"^([a-z]{2,3})?$")] = ""
    attachments: Files = Field(default_factory=list)


class MoreAside(Given):
    """What is written on in a side conversation."""

    text: Text
    attachments: Files = Field(default_factory=list)


class Side(SideView):
    """A side conversation with its messages, oldest first."""

    messages: list[MessageView] = Field(default_factory=list)


class HandingOver(Given):
    """To whom the ticket goes, and why: agents (the first has it, the others help), a team, or both."""

    to: Annotated[list[Line], Field(min_length=1, max_length=20)] | Line
    reason: Annotated[Text, Field(max_length=5_000)]


class Watcher(Given):
    """The agent who watches, by address, id or name; may be left out by an agent who means themselves."""

    agent: Line = ""


class NewRequest(Given):
    """What a team or an agent is asked for, and until when."""

    to: Line
    what: Annotated[Text, Field(max_length=5_000)]
    due: AwareDatetime | None = None


class Watchers(BaseModel):
    """Who watches the ticket."""

    watchers: list[str]


_MYSELF = Watcher()
_NOTHING = Nothing()


@router.post("/{number}/messages", status_code=201, responses=responses(403, 404, 409))
async def write_message(number: Number, who: Changing, body: NewMessage) -> MessageView:
    """Write to the customer beside the thread."""
    given = body.model_dump(exclude={"attachments"})
    action = WriteMessage(number=number, **given, attachments=await _kept(body.attachments, who))
    return await who.message(number, str((await who.do(action))["message_id"]))


@router.post("/{number}/side-conversations", status_code=201, responses=responses(403, 404, 409))
async def start_side(number: Number, who: Changing, body: NewSide, response: Response) -> Side:
    """Ask somebody who has no part in the ticket. The customer sees nothing of it; what is answered comes back as internal messages."""
    given = body.model_dump(exclude={"attachments"})
    result = await who.do(StartSide(number=number, **given, attachments=await _kept(body.attachments, who)))
    side = await _side(number, who, str(result["side_id"]))
    response.headers["Location"] = f"/api/v1/tickets/T-{number}/side-conversations/{side.id}"
    return side


@router.get("/{number}/side-conversations/{side_id}", responses=responses(404))
async def show_side(number: Number, who: Reading, side_id: SideId) -> Side:
    """A side conversation with its messages."""
    return await _side(number, who, side_id)


@router.post("/{number}/side-conversations/{side_id}/messages", status_code=201, responses=responses(403, 404, 409))
async def write_aside(number: Number, who: Changing, side_id: SideId, body: MoreAside) -> MessageView:
    """Write on in a side conversation."""
    kept = await _kept(body.attachments, who)
    result = await who.do(WriteSide(number=number, side_id=side_id, text=body.text, attachments=kept))
    return await who.message(number, str(result["message_id"]))


@router.post("/{number}/assign", responses=responses(403, 404, 409))
async def assign(number: Number, who: Changing, body: Assignment) -> TicketView:
    """Give the ticket to an agent, a team, or both; null takes it away."""
    await who.do(Assign(number=number, to=body.model_dump(exclude_unset=True)))
    return await who.ticket(number)


@router.post("/{number}/transfer", responses=responses(403, 404, 409))
async def transfer(number: Number, who: Changing, body: HandingOver) -> TicketView:
    """Hand the ticket over, with a reason."""
    to = [body.to] if isinstance(body.to, str) else body.to
    await who.do(Transfer(number=number, to=to, reason=body.reason))
    return await who.ticket(number)


@router.post("/{number}/watch", responses=responses(403, 404, 409))
async def watch(number: Number, who: Changing, body: Watcher = _MYSELF) -> Watchers:
    """Be told of what the customer writes, of the status, and of hand-overs."""
    await who.do(Watch(number=number, agent=body.agent))
    return Watchers(watchers=(await who.ticket(number)).watchers)


@router.delete("/{number}/watch", responses=responses(403, 404, 409))
async def unwatch(
    number: Number,
    who: Changing,
    body: Annotated[Watcher, Body()] = _MYSELF,
    agent: Annotated[str, Query(max_length=200, description="As in the body, for clients that cannot send one")] = "",
) -> Watchers:
    """No longer be told."""
    await who.do(Watch(number=number, agent=body.agent or agent, watch=False))
    return Watchers(watchers=(await who.ticket(number)).watchers)


@router.post("/{number}/requests", status_code=201, responses=responses(403, 404, 409))
async def make_request(number: Number, who: Changing, body: NewRequest, response: Response) -> TicketView:
    """Ask a department for something: an internal ticket, whose answers come back to this one. Whoever has this one keeps it."""
    result = await who.do(MakeRequest(number=number, to=body.to, what=body.what, due=body.due))
    view = await who.ticket(int(result["number"]))
    response.headers["Location"] = f"/api/v1/tickets/{view.number}"
    return view


@router.post("/{number}/status-link/rotate", responses=responses(403, 404, 409))
async def withdraw_links(number: Number, who: Changing, body: Nothing = _NOTHING) -> TicketView:
    """The links to the ticket's page that customers have open nothing any more; with the next message that has one there is a new one."""
    await who.do(WithdrawLinks(number=number))
    return await who.ticket(number)


async def _kept(files: list[NewAttachment], who: Caller) -> list[Attachment]:
    return await attachments.keep(files, who.backend.blobs)


async def _side(number: int, who: Caller, side_id: str) -> Side:
    """Raises `NotFound`, `Away`."""
    ticket = await who.ticket(number)
    found = next((each for each in ticket.side_conversations if each.id == side_id), None)
    if found is None:
        raise NotFound(f"T-{number} has no side conversation {side_id}")
    return Side(**found.model_dump(), messages=[each for each in ticket.messages or () if each.side == side_id])
