"""``/api/v1/improvements``, ``/api/v1/reviews`` and ``/api/v1/checklists``: what is done to become better."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from services.desk import improving, reviewing
from services.desk.commanding import BEARER, Caller, Changing, Reading
from services.desk.errors import NotFound
from services.desk.improving import Do
from services.desk.problems import responses
from services.desk.reporting import Narrowed, report, span_of, suggestions
from services.desk.reports import When
from services.desk.schemas import Body, Line
from shared.documents.improvement import Improvement, Origin, Sort, Status
from shared.documents.reviewing import MOST_DRAWN, Checklist, Drawn
from shared.identity import derive
from shared.messages.command import Action
from shared.messages.documents import DocumentFact, SaveDocument

router = APIRouter(prefix="/api/v1", tags=["quality"], dependencies=[BEARER])

Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9._:@-]{1,120}$")]
Page = Annotated[int, Query(ge=1, le=10_000)]
Words = Annotated[str, Field(max_length=4_000)]


class ImprovementShown(Improvement):
    """An improvement action, with who made and who changed it last. `revision` counts its changes."""

    id: str
    revision: int
    made_by: str
    made_at: AwareDatetime
    changed_by: str
    changed_at: AwareDatetime


class ImprovementPage(BaseModel):
    """Improvement actions, the newest change first."""

    items: list[ImprovementShown]
    total: int


class NewImprovement(Body):
    """One that is proposed: what, why, and where it comes from."""

    kind: Sort
    what: Annotated[str, Field(min_length=1, max_length=500)]
    why: Words = ""
    origin: Origin = Field(default_factory=Origin)
    owner: Annotated[str, Field(max_length=320)] = ""
    due: AwareDatetime | None = None


class ImprovementPatch(Body):
    """New values; those left out stay. `seen`: the revision that was looked at; where there is another by now, nothing is changed (409)."""

    kind: Sort | None = None
    what: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    why: Words | None = None
    origin: Origin | None = None
    owner: Annotated[str, Field(max_length=320)] | None = None
    due: AwareDatetime | None = None
    status: Status | None = None
    outcome: Words | None = None
    seen: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None

    @model_validator(mode="after")
    def _something(self) -> "ImprovementPatch":
        given = self.model_fields_set - {"seen"}
        if not given:
            raise ValueError("name at least one field to change")
        for name in given - {"due"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self


class SuggestedImprovement(BaseModel):
    """What a trend suggests; it is not kept before somebody proposes it."""

    what: str
    origin: Origin


class SuggestedImprovements(BaseModel):
    """At most ten of them."""

    items: list[SuggestedImprovement]


class ReviewShown(BaseModel):
    """A quality review. `scores` are by criterion, from 0 to `scale`; null: does not apply. `score` (0 to 1) is there when it is done."""

    id: str
    revision: int
    number: str
    state: Literal["open", "done"]
    reviewer: str
    reviewer_name: str
    agent: str
    team: str
    channel: str
    category: str
    subject: str
    draw: str
    checklist: str
    scale: int
    criteria: list[dict[str, Any]]
    scores: dict[str, int | None]
    notes: dict[str, str]
    note: str
    score: float | None
    done_at: AwareDatetime | None
    changed_at: AwareDatetime


class ReviewPage(BaseModel):
    """Reviews, the newest change first."""

    items: list[ReviewShown]
    total: int


class NewDraw(Body):
    """From which tickets to draw: solved or closed in a period (days of the company, whole), of a team, of an agent. The seed may be
    given, so that others see beforehand that nobody chose; without one it is made."""

    since: Annotated[str, Field(max_length=40)]
    until: Annotated[str, Field(max_length=40)] = ""
    count: Annotated[int, Field(ge=1, le=MOST_DRAWN)] = 5
    team: Line | None = None
    agent: Line | None = None
    seed: Annotated[str, Field(max_length=200)] = ""
    checklist: Annotated[str, Field(pattern=r"^[A-Za-z0-9._:@-]{1,120}$")] = "default"


class DrawShown(BaseModel):
    """A draw: its id, all that shows that it was fair, and its reviews."""

    id: str
    draw: Drawn
    reviews: list[ReviewShown]


class Scores(Body):
    """What was found. `done` needs a score, or null, for every criterion."""

    scores: Annotated[dict[str, int | None], Field(max_length=40)]
    notes: Annotated[dict[str, Annotated[str, Field(max_length=2_000)]], Field(max_length=40)] = Field(
        default_factory=dict
    )
    note: Annotated[str, Field(max_length=8_000)] = ""
    state: Literal["open", "done"] = "open"
    seen: Annotated[int, Field(ge=0, le=2**31 - 1)] | None = None


class ChecklistShown(Checklist):
    """A checklist with its id."""

    id: str


class Checklists(BaseModel):
    """All of them; the standard one has the id `default`."""

    items: list[ChecklistShown]


# -- improvement actions ------------------------------------------------------------------------------------------------------


@router.get("/improvements", responses=responses())
async def list_improvements(
    who: Reading,
    status: Annotated[Status | None, Query(description="Just these")] = None,
    q: Annotated[str, Query(max_length=200, description="Words in it")] = "",
    page: Page = 1,
) -> ImprovementPage:
    """Improvement actions."""
    answer = await improving.listed(who.backend.gate, states=[status] if status else [], words=q, page=page)
    return ImprovementPage(items=[_improvement(each) for each in answer.items], total=answer.total)


@router.post("/improvements", status_code=201, responses=responses(403, 409))
async def propose_improvement(who: Changing, body: NewImprovement) -> ImprovementShown:
    """Propose one."""
    improvement = Improvement.model_validate(body.model_dump())
    name = derive("improvement", who.principal.token_id, who.key)
    return _improvement(await improving.propose(who.backend.gate, _do(who), name, improvement))


@router.get("/improvements/suggested", responses=responses())
async def suggest_improvements(
    request: Request, who: Reading, since: When = "", until: When = ""
) -> SuggestedImprovements:
    """What words and categories that grow suggest, with examples as the origin: to be proposed, or not."""
    settings = request.app.state.settings
    span = span_of(since, until, ZoneInfo(settings.timezone))
    answer = await report(who.backend.gate, ["recurring"], span, Narrowed())
    found = suggestions(answer, settings.company.languages[0])
    return SuggestedImprovements(items=[SuggestedImprovement(what=each.what, origin=each.origin) for each in found])


@router.get("/improvements/{improvement_id}", responses=responses(404))
async def show_improvement(improvement_id: Id, who: Reading) -> ImprovementShown:
    """One improvement action."""
    return _improvement(await improving.found(who.backend.gate, improvement_id))


@router.patch("/improvements/{improvement_id}", responses=responses(403, 404, 409))
async def change_improvement(improvement_id: Id, who: Changing, body: ImprovementPatch) -> ImprovementShown:
    """Change one, or say how far it has come."""
    fields = body.model_dump(mode="json", exclude_unset=True, exclude={"seen"})
    return _improvement(await improving.change(who.backend.gate, _do(who), improvement_id, fields, body.seen))


# -- quality reviews ----------------------------------------------------------------------------------------------------------


@router.post("/reviews/draw", status_code=201, responses=responses(403, 409))
async def draw_reviews(request: Request, who: Changing, body: NewDraw) -> DrawShown:
    """Draw tickets at random, and begin a review of each. No ticket is drawn twice for one reviewer."""
    span = span_of(body.since, body.until, ZoneInfo(request.app.state.settings.timezone))
    given = body.model_dump(exclude={"since", "until"})
    wish = reviewing.Wish(since=span.since, until=span.until, **given)
    draw_id = derive("draw", who.principal.token_id, who.key)
    gate, principal = who.backend.gate, who.principal
    drawn = await reviewing.draw(gate, _do(who), principal.actor, principal.name, draw_id, wish)
    return DrawShown(
        id=draw_id, draw=await reviewing.drawn_by(gate, draw_id), reviews=[_review(each) for each in drawn]
    )


@router.get("/reviews", responses=responses())
async def list_reviews(
    who: Reading,
    state: Annotated[Literal["", "open", "done"], Query(description="Just these")] = "",
    agent: Annotated[str, Query(max_length=320, description="Whose work was judged: a mail address")] = "",
    page: Page = 1,
) -> ReviewPage:
    """Reviews: leads, admins and auditors see all, agents those of their own work that are done."""
    principal = who.principal
    answer = await reviewing.listed(
        who.backend.gate, principal.role, principal.email, state=state, agent=agent, page=page
    )
    return ReviewPage(items=[_review(each) for each in answer.items], total=answer.total)


@router.get("/reviews/{review_id}", responses=responses(404))
async def show_review(review_id: Id, who: Reading) -> ReviewShown:
    """One review."""
    return _review(await reviewing.found(who.backend.gate, who.principal.role, who.principal.email, review_id))


@router.put("/reviews/{review_id}", responses=responses(403, 404, 409))
async def score_review(review_id: Id, who: Changing, body: Scores) -> ReviewShown:
    """Write scores and notes; with `state` done the result counts. Only who drew it may, or an admin."""
    fields = body.model_dump(mode="json", exclude={"seen"})
    return _review(await reviewing.score(who.backend.gate, _do(who), review_id, fields, body.seen))


@router.get("/checklists", responses=responses())
async def list_checklists(who: Reading) -> Checklists:
    """All checklists."""
    found = await reviewing.checklists(who.backend.gate)
    return Checklists(items=[_checklist(name, each) for name, each in found.items()])


@router.put("/checklists/{checklist_id}", responses=responses(403, 409))
async def save_checklist(checklist_id: Id, who: Changing, body: Checklist) -> ChecklistShown:
    """Make a checklist, or another of one; `default` takes the place of the standard one. Reviews that were drawn keep theirs."""
    save = SaveDocument(kind="checklist", id=checklist_id, body=body.model_dump(mode="json"))
    await who.do(save)
    found = await reviewing.checklists(who.backend.gate)
    if checklist_id not in found:
        raise NotFound("the checklist is no longer there")
    return _checklist(checklist_id, found[checklist_id])


def _do(who: Caller) -> Do:
    """Several commands of one call, each with a key of its own that follows from the call's."""

    async def do(action: Action, part: str) -> dict[str, Any]:
        done = await replace(who, key=f"{who.key}\x1f{part}" if part else who.key).do(action)
        who.response.headers["Idempotency-Key"] = who.key
        return done

    return do


def _improvement(fact: DocumentFact) -> ImprovementShown:
    made = {"made_by": fact.made_by, "made_at": fact.made_at, "changed_by": fact.changed_by}
    return ImprovementShown.model_validate(fact.body | _of(fact) | made)


def _review(fact: DocumentFact) -> ReviewShown:
    return ReviewShown.model_validate(fact.body | _of(fact) | {"number": f"T-{fact.body['number']}"})


def _checklist(name: str, checklist: Checklist) -> ChecklistShown:
    return ChecklistShown(id=name, **checklist.model_dump())


def _of(fact: DocumentFact) -> dict[str, str | int | datetime]:
    return {"id": fact.id, "revision": fact.revision, "changed_at": fact.changed_at}
