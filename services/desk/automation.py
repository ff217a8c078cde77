"""Macros, asking for details, trying rules on past tickets, and what webhooks could not be told."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, Field, ValidationError, model_validator

from services.desk.commanding import BEARER, Backend, Changing, Reading
from services.desk.errors import NotFound, Unprocessable
from services.desk.problems import responses
from services.desk.schemas import Body, Line, Nothing, Words
from services.desk.tickets import Number
from shared.clock import now
from shared.documents.macro import MACRO, beside
from shared.documents.macro import MOST as MOST_MACROS
from shared.messages.automation import (
    ApplyMacro,
    AskDetails,
    FailedHooks,
    FailedHooksQuery,
    PastPage,
    PastQuery,
    PastTicket,
    ReplayDelivery,
)
from shared.messages.documents import DocumentsAnswer, DocumentsQuery
from shared.messages.ticket import TicketView
from shared.rehearsing import looks_at_texts, rehearse
from shared.ruling import known_customers, prepare
from shared.settings.macros import Macro
from shared.settings.rules import Rule
from shared.settings.settings import Settings

tickets = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[BEARER])
router = APIRouter(prefix="/api/v1", tags=["automation"], dependencies=[BEARER])

MOST_TICKETS = 500
"""Past tickets that a rule is tried on over HTTP, the newest; the command line takes all."""
_MONTH = timedelta(days=30)
_MOST_RUNS = 1_000
_MOST_WORDS, _LONGEST_WORD = 200, 100


class Asking(Body):
    """What to ask for; without `fields` what the ticket's category needs. `text` stands above the list."""

    fields: list[Line] = Field(default_factory=list, max_length=30)
    text: Words = ""


class MacroShown(BaseModel):
    """A macro. `then` has what it does beside answering. `source`: it stands in the configuration, or was made in the desk; of the latter
    `revision` counts the changes."""

    name: str
    title: str
    text: dict[str, str]
    then: dict[str, Any]
    source: Literal["file", "desk"] = "file"
    revision: int = 0


class Macros(BaseModel):
    """All macros: the configuration's in its order, then those made in the desk by their titles."""

    items: list[MacroShown]


class Trying(Body):
    """A rule as it would stand in the configuration, in JSON, and since when tickets are looked at (default: 30 days). `ticket`: only this
    one, whenever it was opened. Without a rule all those of the configuration are tried on that ticket."""

    rule: dict[str, Any] | None = None
    since: AwareDatetime | None = None
    ticket: Line | None = None

    @model_validator(mode="after")
    def _bounded(self) -> "Trying":
        if self.rule is None and self.ticket is None:
            raise ValueError("name a rule, or a ticket to try all rules on")
        return self


class Tried(BaseModel):
    """One time that the rule would have run: for which ticket, on what, why, and what it would have done."""

    ticket: str
    at: AwareDatetime
    rule: str
    on: str
    why: list[str]
    did: dict[str, Any]


class Rehearsal(BaseModel):
    """What would have happened. `tickets` were looked at; `more`: there are older ones, or more runs, than are told here."""

    tickets: int
    runs: list[Tried]
    more: bool


class Replayed(BaseModel):
    """What is being told once more."""

    id: str
    webhook: str


_NO_WORDS = Asking()
_EMPTY = Nothing()


@tickets.post("/{number}/ask", responses=responses(403, 404, 409))
async def ask(number: Number, who: Changing, body: Asking = _NO_WORDS) -> TicketView:
    """Ask the customer for details, on their channel and in their language. The ticket waits for them; they are reminded, and in the end it
    is closed."""
    await who.do(AskDetails(number=number, fields=body.fields, text=body.text))
    return await who.ticket(number)


@tickets.post("/{number}/macros/{name}", responses=responses(403, 404, 409))
async def apply_macro(
    number: Number,
    name: Annotated[str, Path(min_length=1, max_length=64)],
    who: Changing,
    body: Nothing = _EMPTY,
) -> TicketView:
    """Send a macro's text to the customer and do what else it says, all of it or nothing."""
    await who.do(ApplyMacro(number=number, name=name))
    return await who.ticket(number)


@router.get("/macros", responses=responses(403))
async def macros(request: Request, who: Reading) -> Macros:
    """The macros of the configuration, and those that were made in the desk. Of two with the same name the configuration's is done."""
    settings: Settings = request.app.state.settings
    query = DocumentsQuery(kind=MACRO, order="title", per_page=MOST_MACROS)
    found = await who.backend.gate.query("documents", query, DocumentsAnswer)
    revisions = {each.id: each.revision for each in found.items}
    made = [shown(each, revisions[each.name]) for each in beside(settings.macro, found.items)]
    return Macros(items=[*(shown(each) for each in settings.macro), *made])


def shown(macro: Macro, revision: int = 0) -> MacroShown:
    """A macro, as it is shown; with a ``revision`` it was made in the desk."""
    return MacroShown(
        name=macro.name,
        title=macro.title or macro.name,
        text=macro.text,
        then=macro.actions.model_dump(mode="json", exclude_defaults=True),
        source="desk" if revision else "file",
        revision=revision,
    )


@router.post("/rules/try", responses=responses(403, 404))
async def try_rule(request: Request, who: Changing, body: Trying) -> Rehearsal:
    """What a rule would have done with past tickets, or all rules with one of them. Nothing changes."""
    settings: Settings = request.app.state.settings
    if body.ticket is None:
        return await rehearsal(who.backend, settings, body.rule or {}, body.since)
    rules = settings.rule if body.rule is None else (_rule(body.rule),)
    found = await rehearsed(who.backend, settings, rules, body.ticket)
    if found is None:
        raise NotFound(f"there is no ticket {body.ticket[:40]}, or it was merged into another")
    return found


async def rehearsal(
    backend: Backend, settings: Settings, given: dict[str, Any], since: datetime | None = None
) -> Rehearsal:
    """What a rule, as it would stand in the configuration, would have done with tickets since (null: for 30 days). Raises `Unprocessable`
    for what is no rule, or could keep a machine busy for hours; and the rest of `services.desk.errors`."""
    rule, at = _rule(given), now()
    past, more = await _past(backend, PastQuery(since=since or at - _MONTH, texts=looks_at_texts([rule])))
    rules = [prepare(rule, backend.calendars)]
    known = known_customers(settings.customer)
    runs = await asyncio.to_thread(lambda: list(rehearse(past, rules, known, at)))
    shown = [Tried.model_validate(run.listed()) for run in runs[:_MOST_RUNS]]
    return Rehearsal(tickets=len(past), runs=shown, more=more or len(runs) > _MOST_RUNS)


async def rehearsed(backend: Backend, settings: Settings, rules: Sequence[Rule], ticket: str) -> Rehearsal | None:
    """What these rules would have done with one ticket (``T-1001``), all of them together, in their order; null where there is no such
    ticket, or it was merged. Raises the rest of `services.desk.errors`."""
    number = ticket.strip().upper().removeprefix("T-")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    query = PastQuery(number=int(number), texts=looks_at_texts(rules), limit=1)
    past = (await backend.gate.query("past", query, PastPage)).tickets
    if not past:
        return None
    prepared, known = [prepare(rule, backend.calendars) for rule in rules], known_customers(settings.customer)
    runs = await asyncio.to_thread(lambda: list(rehearse(past, prepared, known, now())))
    return Rehearsal(
        tickets=1,
        runs=[Tried.model_validate(run.listed()) for run in runs[:_MOST_RUNS]],
        more=len(runs) > _MOST_RUNS,
    )


def _rule(given: dict[str, Any]) -> Rule:
    """The rule. Raises `Unprocessable`, also for patterns: what a caller writes could keep a machine busy for hours."""
    try:
        rule = Rule.model_validate({"name": "tried", **given})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = "/".join(str(part) for part in first["loc"])
        raise Unprocessable(f"/rule/{where}" if where else "/rule", first["msg"]) from None
    if rule.conditions.patterns:
        raise Unprocessable("/rule/if/patterns", "patterns can only be tried on the command line: trunkline rules try")
    words = rule.conditions.words
    if len(words) > _MOST_WORDS or any(len(word) > _LONGEST_WORD for word in words):
        most = f"at most {_MOST_WORDS} words of at most {_LONGEST_WORD} characters are tried here"
        raise Unprocessable("/rule/if/words", f"{most}; with more: trunkline rules try")
    return rule


async def _past(backend: Backend, query: PastQuery) -> tuple[Sequence[PastTicket], bool]:
    """The newest tickets, and whether there are more."""
    found: list[PastTicket] = []
    while len(found) < MOST_TICKETS:
        page = await backend.gate.query("past", query, PastPage)
        found += page.tickets
        if page.next is None:
            return found[:MOST_TICKETS], len(found) > MOST_TICKETS
        query = query.model_copy(update={"before": page.next})
    return found[:MOST_TICKETS], True


@router.get("/webhooks/failed", responses=responses(403))
async def failed(
    who: Reading,
    webhook: Annotated[str, Query(max_length=64)] = "",
    waiting: Annotated[bool, Query(description="Also what is still being tried.")] = False,
    page: Annotated[int, Query(ge=1, le=100_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> FailedHooks:
    """What webhooks could not be told, newest first."""
    query = FailedHooksQuery(webhook=webhook, waiting=waiting, page=page, per_page=per_page)
    return await who.backend.gate.query("webhooks", query, FailedHooks)


@router.post("/webhooks/failed/{delivery_id}/replay", responses=responses(403, 404, 409))
async def replay(
    delivery_id: Annotated[str, Path(min_length=1, max_length=64)], who: Changing, body: Nothing = _EMPTY
) -> Replayed:
    """Tell it once more, now, under the same `Trunkline-Delivery`."""
    done = await who.do(ReplayDelivery(delivery_id=delivery_id))
    return Replayed(id=done["delivery_id"], webhook=done["webhook"])
