"""``/api/v1/teams``: those of the configuration, and those that are made at the desk."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, Field, ValidationError

from services.desk.commanding import BEARER, Backend, Changing, Reading
from services.desk.errors import NotFound, Refused
from services.desk.problems import responses
from services.desk.schemas import Address, Body, Line
from services.desk.staff import Languages
from shared.documents.handing import MOST
from shared.documents.team import LONGEST, MOST_MEMBERS, TEAM, TeamBody, team_id
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery, RemoveDocument, SaveDocument
from shared.settings.assignment import Mode
from shared.settings.made import DeskTeam
from shared.settings.policy import Team
from shared.settings.settings import Settings

router = APIRouter(prefix="/api/v1/teams", tags=["administration"], dependencies=[BEARER])

Name = Annotated[str, Path(min_length=1, max_length=LONGEST, description="A team's name")]
PAGE = 200


class TeamShown(BaseModel):
    """A team. `members` are agents' addresses; `assign` is how tickets are given to them (null: as `[assignment]` says); `hours` names its
    working hours; its `languages`, `inboxes` and `categories` are what it serves. `source`: it stands in the configuration, or was made at
    the desk; of the latter `revision` counts the changes. `hidden`: the configuration has a team of this name, which counts instead."""

    name: str
    members: list[str]
    assign: Mode | None
    hours: str
    languages: list[str]
    inboxes: list[str]
    categories: list[str]
    source: Literal["file", "desk"]
    revision: int = 0
    hidden: bool = False


class Teams(BaseModel):
    """All teams: the configuration's in its order, then those of the desk by their names."""

    items: list[TeamShown]


class TeamWritten(Body):
    """A team of the desk, whole. `seen` is the `revision` that was looked at (0: it is to be new); if somebody has changed it since, the
    answer is 409."""

    members: list[Address] = Field(default_factory=list, max_length=MOST_MEMBERS)
    assign: Mode | None = None
    hours: Line = ""
    languages: Languages = Field(default_factory=list)
    inboxes: list[Line] = Field(default_factory=list, max_length=200)
    categories: list[Line] = Field(default_factory=list, max_length=500)
    seen: int | None = Field(None, ge=0)


@router.get("", responses=responses(403))
async def list_teams(request: Request, who: Reading) -> Teams:
    """All teams, with their members."""
    settings: Settings = request.app.state.settings
    return Teams(items=await known(who.backend, settings))


async def known(backend: Backend, settings: Settings) -> list[TeamShown]:
    """All teams. Raises `services.desk.errors.DeskError`."""
    filed = [each for each in settings.team if not isinstance(each, DeskTeam)]
    names = {each.name.casefold() for each in filed}
    made = [team for fact in await kept(backend) if (team := of_desk(fact, names)) is not None]
    return [*map(_of_file, filed), *made]


async def kept(backend: Backend) -> list[DocumentFact]:
    """The teams of the desk as they are kept, by their names. Raises `services.desk.errors.DeskError`."""
    found: list[DocumentFact] = []
    for page in range(1, 1 + MOST // PAGE + 1):
        query = DocumentsQuery(kind=TEAM, order="title", per_page=PAGE, page=page)
        answer = await backend.gate.query("documents", query, DocumentsAnswer)
        found += answer.items
        if len(answer.items) < PAGE:
            break
    return found


def of_desk(fact: DocumentFact, filed: set[str]) -> TeamShown | None:
    """A team of the desk as it is shown; null for one that is none any more. ``filed`` are the names of the file, in lower case."""
    try:
        body = TeamBody.model_validate(fact.body)
    except ValidationError:
        return None
    hidden = body.name.casefold() in filed
    return TeamShown(**body.model_dump(), source="desk", revision=fact.revision, hidden=hidden)


def _of_file(team: Team) -> TeamShown:
    return TeamShown(**team.model_dump(), source="file")


@router.put("/{name}", responses=responses(403, 404, 409))
async def put_team(name: Name, request: Request, who: Changing, body: TeamWritten) -> TeamShown:
    """Make a team at the desk, or change one: it counts at once, for assignment, rules, notifications and reports. Those of the
    configuration are changed there."""
    settings: Settings = request.app.state.settings
    _not_of_the_file(settings, name)
    written = {"name": name, **body.model_dump(exclude={"seen"})}
    await who.do(SaveDocument(kind=TEAM, id=team_id(name), body=written, seen=body.seen))
    await request.app.state.following.look()
    fact = await who.backend.gate.document(TEAM, team_id(name))
    if fact is not None and (team := of_desk(fact, set())) is not None:
        return team
    raise NotFound(f"somebody has removed the team {name} meanwhile")


@router.delete("/{name}", status_code=204, responses=responses(403, 404, 409))
async def remove_team(name: Name, request: Request, who: Changing) -> None:
    """Take a team of the desk away, also where one of the configuration hides it; one that is not there is as good as gone. Its tickets
    keep its name, and wait for somebody to give them to another team."""
    if await who.backend.gate.document(TEAM, team_id(name)) is None:
        _not_of_the_file(request.app.state.settings, name)
    await who.do(RemoveDocument(kind=TEAM, id=team_id(name)))
    await request.app.state.following.look()


def _not_of_the_file(settings: Settings, name: str) -> None:
    wanted = name.strip().casefold()
    if any(each.name.casefold() == wanted and not isinstance(each, DeskTeam) for each in settings.team):
        raise Refused(409, "conflict", f"the team {name} stands in the configuration; change it there")
