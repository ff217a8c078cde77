"""``POST /api/v1/tickets/{number}/say`` and ``GET /api/v1/commands``: what an agent writes, with the same commands as on every channel."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from services.desk import attachments
from services.desk.commanding import BEARER, Changing
from services.desk.problems import responses
from services.desk.schemas import MAX_ATTACHMENTS, Body, NewAttachment
from services.desk.tickets import Number
from shared.messages.agents import Say
from shared.speech import COMMANDS, LONGEST
from shared.texts import LANGUAGES, text

tickets = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[BEARER])
router = APIRouter(prefix="/api/v1", tags=["tickets"], dependencies=[BEARER])


def _no_nul(words: str) -> str:
    if "\0" in words:
        raise ValueError("must not contain a NUL character")
    return words


class Saying(Body):
    """What somebody writes: lines that begin with `#` or `/` are commands (`GET /api/v1/commands` lists them), the rest is an answer to the
    customer, or with `internal` a note. Files go with the answer or the note. `seen_at` is the ticket's `last_message_at` as you saw it: if
    somebody else has written since, nothing is sent (409, `moved-on`)."""

    text: Annotated[str, Field(max_length=LONGEST), AfterValidator(_no_nul)]
    internal: bool = False
    attachments: Annotated[list[NewAttachment], Field(max_length=MAX_ATTACHMENTS)] = Field(default_factory=list)
    seen_at: AwareDatetime | None = None


class Done(BaseModel):
    """How one command ended: `reply` and `note` are also the words that belong to no command. `error` is null, or says as what it was
    refused (`not-done`: one before it was). What it made has names as elsewhere: `message_id`, `delivery_id`, `side_id`, `entry_id`."""

    model_config = ConfigDict(extra="allow")

    command: str
    line: int
    number: int
    ok: bool
    error: str | None = None
    detail: str = ""


class Said(BaseModel):
    """How it ended, command by command, in the order in which it was done: the answer first."""

    number: str
    results: list[Done]
    done: int
    refused: int


class CommandShown(BaseModel):
    """A command: all words it is known by (the first one is its name), how it is written and what it does, by language, and what it takes:
    nothing, something on its line, or words that may stand in the lines below it."""

    name: str
    words: list[str]
    takes: Literal["nothing", "line", "text"]
    form: dict[str, str]
    what: dict[str, str]


class Commands(BaseModel):
    """All commands, in the order in which `#help` tells them."""

    items: list[CommandShown]


@tickets.post("/{number}/say", responses=responses(403, 404, 409))
async def say(number: Number, who: Changing, body: Saying) -> Said:
    """Answer, and do what stands in lines of commands, one after the other. With any mistake nothing is done and nothing is sent: the
    answer is 422 and `mistakes` has them all. What cannot be done ends it there: 409 if that was the first, else it stands in the
    results."""
    kept = await attachments.keep(body.attachments, who.backend.blobs)
    action = Say(number=number, text=body.text, internal=body.internal, attachments=kept, seen_at=body.seen_at)
    result: dict[str, Any] = await who.do(action)
    results = [Done(**each) for each in result["results"]]
    done = sum(each.ok for each in results)
    return Said(number=f"T-{result['number']}", results=results, done=done, refused=len(results) - done)


@router.get("/commands", responses=responses())
async def commands() -> Commands:
    """The commands that can be written, for composers that offer them."""
    return Commands(
        items=[
            CommandShown(
                name=form.name,
                words=list(form.words),
                takes=form.takes.value,
                form={language: f"#{text(f'speech.form.{form.name}', language)}" for language in LANGUAGES},
                what={language: text(f"speech.what.{form.name}", language) for language in LANGUAGES},
            )
            for form in COMMANDS
        ]
    )
