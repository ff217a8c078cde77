"""``/api/v1/tickets``, several at once: merge, split, link, one problem of many, bulk changes, tags; and ``/api/v1/blocked``."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from services.desk import attachments
from services.desk.commanding import BEARER, Caller, Changing, Reading
from services.desk.problems import responses
from services.desk.schemas import (
    MAX_ATTACHMENTS,
    Address,
    Body,
    Line,
    NewAttachment,
    Nothing,
    Settable,
    Solution,
    Text,
)
from services.desk.tickets import Number, ticket_number
from shared.messages.command import Action
from shared.messages.gathering import (
    MOST_AT_ONCE,
    AnswerCases,
    Block,
    BlockedPage,
    BlockedQuery,
    BlockedView,
    Bulk,
    BulkAction,
    BulkDo,
    Link,
    LinkKind,
    MakeProblem,
    Merge,
    SolveCases,
    Split,
    Tag,
    Unlink,
    Unmerge,
)
from shared.messages.parts import Point, Priority
from shared.messages.ticket import TicketView

router = APIRouter(prefix="/api/v1/tickets", tags=["several tickets"], dependencies=[BEARER])
blocked = APIRouter(prefix="/api/v1/blocked", tags=["blocked"], dependencies=[BEARER])


Wanted = Annotated[int, Field(ge=1, le=999_999_999)] | Annotated[str, Field(pattern=r"^(?:[Tt]-)?[0-9]{1,9}$")]
Several = Annotated[list[Wanted], Field(min_length=1, max_length=MOST_AT_ONCE)]
Tags = Annotated[list[Line], Field(max_length=100)]
PointKind = Literal["email", "phone", "whatsapp", "messenger", "telegram", "chat"]
CasesText = Annotated[Text, Field(max_length=50_000)]
_NOTHING = Nothing()


class Merging(Body):
    """The ticket that this one becomes part of, as `T-1001` or `1001`. With `force` tickets of different customers, which are never
    merged, are linked as cases of one problem instead of being refused."""

    into: Wanted
    force: bool = False


class MergingMany(Body):
    """Tickets that become part of one."""

    numbers: Several
    into: Wanted


class Splitting(Body):
    """The `id`s of messages that came in."""

    messages: Annotated[list[Annotated[str, Field(min_length=1, max_length=64)]], Field(min_length=1, max_length=200)]


class Linking(Body):
    """Another ticket, and how it has to do with this one; `problem`: it is the problem behind this one."""

    to: Wanted
    kind: LinkKind = "related"


class Tagging(Body):
    """Tags that the ticket gets and loses; the others stay."""

    add: Tags = Field(default_factory=list)
    remove: Tags = Field(default_factory=list)


class Cases(Body):
    """Tickets that have this one as their problem; with `remove` they have not, after all."""

    numbers: Several
    remove: bool = False


class CasesReply(Body):
    """What all customers with this problem are told, in `texts` in more languages, by their codes (`{"pl": "…"}`): each customer in
    theirs, if it is among them. `{{customer}}`, `{{number}}` and `{{subject}}` stand for what each ticket has."""

    text: CasesText
    texts: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}$")], CasesText], Field(max_length=10)] = Field(
        default_factory=dict
    )
    attachments: Annotated[list[NewAttachment], Field(max_length=MAX_ATTACHMENTS)] = Field(default_factory=list)


class CasesSolution(Solution):
    """How the problem was solved, in all tickets that have it."""


class EachDo(Body):
    """What is done with each ticket, and with what: `status`; `agent` and `team` (null: nobody's) for `assign`; `add` and `remove` for
    `tags`; `priority`; `category`; `block` for `spam`; `until` for `snooze`; `into` for `merge`."""

    action: BulkAction
    status: Settable | None = None
    agent: Line | None = None
    team: Line | None = None
    add: Tags = Field(default_factory=list)
    remove: Tags = Field(default_factory=list)
    priority: Priority | Literal["medium"] | None = None
    category: Line | None = None
    block: bool = False
    until: AwareDatetime | None = None
    into: Wanted | None = None

    @model_validator(mode="after")
    def _has_what_it_takes(self) -> "EachDo":
        needed = {"assign": ("agent", "team"), "tags": ("add", "remove"), "snooze": ("until",), "merge": ("into",)}
        wanted = needed.get(self.action, (self.action,) if self.action in ("status", "priority", "category") else ())
        if wanted and not self.model_fields_set.intersection(wanted):
            raise ValueError(f"{self.action} needs {' or '.join(wanted)}")
        return self


class BulkBody(Body):
    """Tickets, and what is done with each."""

    numbers: Several
    do: EachDo


class Blocking(Body):
    """A point: everything that comes from it is quarantined."""

    kind: PointKind
    value: Address


class Outcome(BaseModel):
    """How it ended for one ticket; `error` is null, or says as what it was refused, with `detail` for people."""

    number: str
    ok: bool
    error: str | None = None
    detail: str = ""


class Outcomes(BaseModel):
    """How it ended, ticket by ticket."""

    results: list[Outcome]
    done: int
    refused: int


class MergedView(TicketView):
    """The ticket that the other one is part of now. `merged` false: they are of different customers and were linked instead, as `linked`
    says."""

    merged: bool = True
    linked: str | None = None


class BlockedList(BaseModel):
    """A page of blocked points, and how many there are in all."""

    items: list[BlockedView]
    total: int


@router.post("/merge", responses=responses(403, 404, 409))
async def merge_many(who: Changing, body: MergingMany) -> Outcomes:
    """Merge many tickets into one; nobody is told. Each can be undone."""
    each = BulkDo(action="merge", into=_number(body.into))
    return await _each(who, Bulk(numbers=_numbers(body.numbers), each=each))


@router.post("/bulk", responses=responses(403, 404, 409))
async def bulk(who: Changing, body: BulkBody) -> Outcomes:
    """Do the same with many tickets; each is done by itself, and what is refused for one keeps no other from it."""
    given = body.do
    named = {name: getattr(given, name) for name in ("agent", "team") if name in given.model_fields_set}
    values = given.model_dump(exclude={"agent", "team", "into"})
    into = _number(given.into) if given.into is not None else None
    return await _each(who, Bulk(numbers=_numbers(body.numbers), each=BulkDo(**values, to=named, into=into)))


@router.post("/{number}/merge", responses=responses(403, 404, 409))
async def merge(number: Number, who: Changing, body: Merging) -> MergedView:
    """The ticket becomes part of another one of the same customer: messages, record, side conversations and people go there, and so does
    whatever comes for it later. Nobody is told. The answer is the other ticket."""
    result = await who.do(Merge(number=number, into=_number(body.into), force=body.force))
    view = await who.ticket(int(result["number"]))
    return MergedView(**dict(view), merged=bool(result["merged"]), linked=result.get("linked"))


@router.post("/{number}/unmerge", responses=responses(403, 404, 409))
async def unmerge(number: Number, who: Changing, body: Nothing = _NOTHING) -> TicketView:
    """The ticket is one of its own after all: it gets back what it had, and what followed from that, and is what it was."""
    return await _changed(who, number, Unmerge(number=number))


@router.post("/{number}/split", responses=responses(403, 404, 409))
async def split(number: Number, who: Changing, body: Splitting) -> TicketView:
    """These messages, with all that followed from them, become a ticket of their own, which is the answer. Nothing is sent."""
    result = await who.do(Split(number=number, messages=body.messages))
    return await who.ticket(int(result["number"]))


@router.post("/{number}/links", responses=responses(403, 404, 409))
async def link(number: Number, who: Changing, body: Linking) -> TicketView:
    """Link the ticket to another one."""
    return await _changed(who, number, Link(number=number, to=_number(body.to), kind=body.kind))


@router.delete("/{number}/links", responses=responses(403, 404))
async def unlink(
    number: Number,
    who: Changing,
    to: Annotated[str, Query(pattern=r"^(?:[Tt]-)?[0-9]{1,9}$", description="`T-1001` or `1001`")],
    kind: Annotated[LinkKind | None, Query(description="Only links of this kind")] = None,
) -> TicketView:
    """Take links to another ticket away."""
    return await _changed(who, number, Unlink(number=number, to=ticket_number(to), kind=kind))


@router.post("/{number}/tags", responses=responses(403, 404, 409))
async def tag(number: Number, who: Changing, body: Tagging) -> TicketView:
    """Add and remove tags, without touching those that others set at the same time."""
    return await _changed(who, number, Tag(number=number, add=body.add, remove=body.remove))


@router.post("/{number}/problem", responses=responses(403, 404, 409))
async def problem(number: Number, who: Changing, body: Cases) -> Outcomes:
    """The ticket is the problem behind others."""
    return await _each(who, MakeProblem(number=number, numbers=_numbers(body.numbers), remove=body.remove))


@router.post("/{number}/problem/replies", responses=responses(403, 404, 409))
async def answer_cases(number: Number, who: Changing, body: CasesReply) -> Outcomes:
    """Answer the customers of all tickets that have this problem, each on their own channel. Repeated with the same Idempotency-Key it
    goes on where it was interrupted, and nobody is answered twice."""
    kept = await attachments.keep(body.attachments, who.backend.blobs)
    return await _each(who, AnswerCases(number=number, text=body.text, texts=body.texts, attachments=kept))


@router.post("/{number}/problem/solve", responses=responses(403, 404, 409))
async def solve_cases(number: Number, who: Changing, body: CasesSolution) -> Outcomes:
    """The problem is solved, in this ticket and in all that have it; customers are told as of any solved ticket."""
    return await _each(who, SolveCases(number=number, **body.model_dump()))


@blocked.get("", responses=responses())
async def list_blocked(
    who: Reading,
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BlockedList:
    """Who is blocked."""
    found = await who.backend.gate.query("blocked", BlockedQuery(page=page, per_page=per_page), BlockedPage)
    return BlockedList(items=found.items, total=found.total)


@blocked.post("", responses=responses(403, 409))
async def block(who: Changing, body: Blocking) -> Blocking:
    """Block a point: what comes from it is quarantined from now on."""
    return await _block(who, body.kind, body.value, blocked=True)


@blocked.delete("", responses=responses(403, 404))
async def unblock(who: Changing, kind: Annotated[PointKind, Query()], value: Annotated[Address, Query()]) -> Blocking:
    """Block a point no longer; what was quarantined meanwhile stays there until it is let out."""
    return await _block(who, kind, value, blocked=False)


async def _block(who: Caller, kind: PointKind, value: str, *, blocked: bool) -> Blocking:
    result = await who.do(Block(point=Point(kind=kind, value=value), blocked=blocked))
    return Blocking(kind=result["kind"], value=result["value"])


def _number(wanted: int | str) -> int:
    return ticket_number(str(wanted))


def _numbers(wanted: list[Any]) -> list[int]:
    return list(dict.fromkeys(map(_number, wanted)))


async def _each(who: Caller, action: Action) -> Outcomes:
    result = await who.do(action)
    results = [Outcome(**each) for each in result["results"]]
    done = sum(each.ok for each in results)
    return Outcomes(results=results, done=done, refused=len(results) - done)


async def _changed(who: Caller, number: int, action: Action) -> TicketView:
    await who.do(action)
    return await who.ticket(number)
