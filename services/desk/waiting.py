"""``/api/v1/tickets/{number}/snooze`` and ``…/typing``: putting a ticket off, and showing its customer that somebody is writing."""

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel

from services.desk.commanding import BEARER, Changing
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.schemas import Body, Line
from services.desk.tickets import Number
from shared.bus import subjects
from shared.messages.after import AgentTyping, Snooze, TalkAnswer, TalkQuery
from shared.messages.chat import ChatTyping
from shared.messages.ticket import TicketView

router = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[BEARER])


class Snoozing(Body):
    """Until when nobody needs to look at the ticket."""

    until: AwareDatetime


class Writing(Body):
    """Who is writing, by the name that customers know. The body may also be left out."""

    name: Line = ""


class Shown(BaseModel):
    """`shown`: whether the customer's channel can show it. It goes away by itself after some seconds; tell it again as long as it goes
    on."""

    shown: bool


_NOBODY = Writing()


@router.post("/{number}/snooze", responses=responses(403, 404, 409))
async def snooze(number: Number, who: Changing, body: Snoozing) -> TicketView:
    """Put the ticket off: it is on hold until then, and then what it was before; at once when its customer writes."""
    await who.do(Snooze(number=number, until=body.until))
    return await who.ticket(number)


@router.post("/{number}/typing", responses=responses(403, 404))
async def typing(number: Number, who: Changing, body: Writing = _NOBODY) -> Shown:
    """Somebody is writing to the customer: shown in Telegram and in a live chat, and kept nowhere."""
    gate = who.backend.gate
    talk = await gate.query("talk", TalkQuery(number=number), TalkAnswer)
    if talk.channel is None:
        raise NotFound(f"there is no ticket T-{number}")
    if talk.to and talk.channel == "chat":
        await gate.tell(subjects.chat(talk.to), ChatTyping(name=body.name))
    elif talk.to and talk.inbox and talk.channel == "telegram":
        await gate.tell(subjects.typing(talk.channel, talk.inbox), AgentTyping(to=talk.to))
    else:
        return Shown(shown=False)
    return Shown(shown=True)
