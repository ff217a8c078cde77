"""Quality review over the bus, for the API's calls and the console's pages: checklists, draws and reviews.

A draw is written down before its reviews are, so that one that was cut short goes on with the tickets that it drew; whoever draws again
with the same id gets the same draw.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.desk.errors import NotFound, Unprocessable
from services.desk.gate import Gate
from services.desk.improving import Do, patched
from shared.documents.reviewing import (
    CHECKLIST,
    DEFAULT,
    DEFAULT_CRITERIA,
    DRAW,
    REVIEW,
    Checklist,
    Criterion,
    Drawn,
    Review,
    judged_words,
    review_id,
)
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery, SaveDocument
from shared.messages.reports import DrawAnswer, DrawnTicket, DrawQuery
from shared.texts import LANGUAGES, text

DRAW_SECONDS: Final = 30.0
LEADS: Final = ("lead", "admin", "auditor")
"""Whoever sees all reviews; others see those in which they are judged, once they are done."""


@dataclass(frozen=True)
class Wish:
    """Which tickets to draw from: solved or closed in a period, of a team, of an agent. Without a ``seed`` one is made."""

    since: datetime
    until: datetime
    count: int = 5
    team: str | None = None
    agent: str | None = None
    seed: str = ""
    checklist: str = DEFAULT


def standard() -> Checklist:
    """The checklist that there is without anybody having written one, in all languages."""
    criteria = [
        Criterion(name=name, weight=weight, text={each: text(f"review.criterion.{name}", each) for each in LANGUAGES})
        for name, weight in DEFAULT_CRITERIA
    ]
    return Checklist(name=text("review.checklist.default", LANGUAGES[0]), criteria=criteria)


async def checklists(gate: Gate) -> dict[str, Checklist]:
    """All checklists by their ids; the standard one among them, unless it was replaced."""
    query = DocumentsQuery(kind=CHECKLIST, order="title", per_page=200)
    items = (await gate.query("documents", query, DocumentsAnswer)).items
    kept = {each.id: Checklist.model_validate(each.body) for each in items}
    return kept if DEFAULT in kept else {DEFAULT: standard(), **kept}


async def draw(gate: Gate, do: Do, reviewer: str, name: str, draw_id: str, wish: Wish) -> list[DocumentFact]:
    """Draw tickets, and begin their reviews. ``reviewer`` is the actor, as commands have it, ``name`` what they are called.

    Raises `Unprocessable` for a checklist that there is not, `Refused` where the reviewer is no lead.
    """
    known = await checklists(gate)
    checklist = known.get(wish.checklist)
    if checklist is None:
        raise Unprocessable("/checklist", f"there is no checklist {wish.checklist[:60]!r}")
    items = (await gate.query("documents", DocumentsQuery(kind=DRAW, ids=[draw_id]), DocumentsAnswer)).items
    if items and items[0].made_by == reviewer:
        drawn = Drawn.model_validate(items[0].body)
        tickets = [DrawnTicket(number=number) for number in drawn.numbers]
    else:
        drawn, tickets = await _draw(gate, do, reviewer, draw_id, wish)
    kept = {each.number: each for each in await _reviews(gate, reviewer, [each.number for each in tickets])}
    for ticket in tickets:
        if ticket.number not in kept:
            await _begin(gate, do, reviewer, name, draw_id, ticket, wish.checklist, checklist)
    return await _reviews(gate, reviewer, drawn.numbers)


async def _draw(gate: Gate, do: Do, reviewer: str, draw_id: str, wish: Wish) -> tuple[Drawn, list[DrawnTicket]]:
    seed = wish.seed or secrets.token_hex(16)
    query = DrawQuery(
        since=wish.since,
        until=wish.until,
        seed=seed,
        reviewer=reviewer,
        count=wish.count,
        team=wish.team,
        agent=wish.agent,
    )
    answer = await gate.query("draw", query, DrawAnswer, DRAW_SECONDS)
    drawn = Drawn(
        since=wish.since,
        until=wish.until,
        team=wish.team,
        agent=wish.agent,
        count=wish.count,
        seed=seed,
        named=bool(wish.seed),
        reviewer=reviewer,
        candidates=answer.candidates,
        left_out=answer.left_out,
        checksum=answer.checksum,
        numbers=[each.number for each in answer.tickets],
        checklist=wish.checklist,
    )
    await do(SaveDocument(kind=DRAW, id=draw_id, body=drawn.model_dump(mode="json")), "draw")
    return drawn, answer.tickets


async def _begin(
    gate: Gate,
    do: Do,
    reviewer: str,
    name: str,
    draw_id: str,
    ticket: DrawnTicket,
    checklist_id: str,
    checklist: Checklist,
) -> None:
    if not ticket.channel:  # of a draw that was cut short only the numbers are known
        view = await gate.ticket(ticket.number)
        if view is None:
            return
        ticket = DrawnTicket(
            number=ticket.number,
            agent=view.assignee or "",
            team=view.team or "",
            channel=view.channel,
            category=view.category or "",
            subject=view.subject[:300],
        )
    review = Review(
        **ticket.model_dump(),
        reviewer=reviewer,
        reviewer_name=name,
        draw=draw_id,
        checklist=checklist_id,
        scale=checklist.scale,
        criteria=checklist.criteria,
    )
    body = review.model_dump(mode="json")
    save = SaveDocument(kind=REVIEW, id=review_id(reviewer, ticket.number), document_number=ticket.number, body=body)
    await do(save, f"review:{ticket.number}")


async def _reviews(gate: Gate, reviewer: str, numbers: list[int]) -> list[DocumentFact]:
    if not numbers:
        return []
    ids = [review_id(reviewer, number) for number in numbers]
    found = (await gate.query("documents", DocumentsQuery(kind=REVIEW, ids=ids, per_page=200), DocumentsAnswer)).items
    return sorted(found, key=lambda each: ids.index(each.id))


async def listed(
    gate: Gate,
    role: str,
    email: str,
    *,
    state: str = "",
    agent: str = "",
    words: str = "",
    page: int = 1,
    per_page: int = 50,
) -> DocumentsAnswer:
    """A page of reviews that somebody of this role may see, the newest change first: an agent those of their own work that are done."""
    if role not in LEADS:
        if not email:
            return DocumentsAnswer()
        state, agent = "done", email
    asked = f"{judged_words(agent)} {words}" if agent else words
    query = DocumentsQuery(kind=REVIEW, states=[state] if state else None, words=asked, page=page, per_page=per_page)
    answer = await gate.query("documents", query, DocumentsAnswer)
    if agent:
        # The words are found anywhere in a review, also where somebody has written them into a subject.
        items = [each for each in answer.items if str(each.body.get("agent", "")).lower() == agent.lower()]
        return answer.model_copy(update={"items": items, "total": answer.total - len(answer.items) + len(items)})
    return answer


async def found(gate: Gate, role: str, email: str, document_id: str) -> DocumentFact:
    """One review. Raises `NotFound`, also for one that somebody of this role may not see."""
    items = (await gate.query("documents", DocumentsQuery(kind=REVIEW, ids=[document_id]), DocumentsAnswer)).items
    if items:
        one = items[0]
        own = bool(email) and str(one.body.get("agent", "")).lower() == email.lower() and one.state == "done"
        if role in LEADS or own:
            return one
    raise NotFound("there is no such review")


async def drawn_by(gate: Gate, draw_id: str) -> Drawn:
    """A draw, with all that shows that it was fair. Raises `NotFound`."""
    items = (await gate.query("documents", DocumentsQuery(kind=DRAW, ids=[draw_id]), DocumentsAnswer)).items
    if not items:
        raise NotFound("there is no such draw")
    return Drawn.model_validate(items[0].body)


async def score(
    gate: Gate, do: Do, document_id: str, fields: Mapping[str, Any], seen: int | None = None
) -> DocumentFact:
    """Write the scores and notes of a review; only who drew it may, or an admin. Raises `NotFound`, `Refused`."""
    return await patched(gate, do, REVIEW, document_id, fields, seen)
