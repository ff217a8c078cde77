"""``/api/v1/agents``: who answers customers, what they speak, when they work and whether they are there; and ``…/escalate``."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from services.desk.commanding import BEARER, Caller, Changing, Reading
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.schemas import Address, Body, Contact, Line, Text
from services.desk.tickets import Number
from shared.messages.command import CreateAgent
from shared.messages.life import AWAY
from shared.messages.staff import ChangeStaff, Escalate
from shared.messages.ticket import AgentsAnswer, AgentsQuery, AgentView, TicketView
from shared.settings.assignment import Capacity

router = APIRouter(prefix="/api/v1/agents", tags=["agents"], dependencies=[BEARER])
escalations = APIRouter(prefix="/api/v1/tickets", tags=["tickets"], dependencies=[BEARER])

Email = Annotated[str, Path(min_length=3, max_length=320, description="An agent's mail address")]
Role = Literal["admin", "lead", "agent", "auditor"]
Code = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}$")]
Languages = Annotated[list[Code], Field(max_length=20)]


Signatures = Annotated[dict[Literal["en", "pl", "hr"], Annotated[str, Field(max_length=2_000)]], Field(max_length=3)]


class AgentPage(BaseModel):
    """All agents, by address."""

    items: list[AgentView]


class AgentPatch(Body):
    """New values of an agent; those left out stay. `public_name` is how customers know them, `hours` the name of their working hours,
    `capacity` how many open tickets they may have (null: any number). They are away until `away_until` (null: they are there); `away`:
    until they say otherwise, or no longer. `signatures` stand below what they answer by mail, by language; `notify` is how they are told of
    what happens, as docs/agents.md has it ({}: by mail, at once)."""

    name: Line | None = None
    role: Role | None = None
    public_name: Line | None = None
    languages: Languages | None = None
    hours: Line | None = None
    capacity: Capacity | None = None
    away_until: AwareDatetime | None = None
    away: bool | None = None
    signatures: Signatures | None = None
    notify: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _something(self) -> "AgentPatch":
        given = self.model_fields_set
        if not given:
            raise ValueError("name at least one field to change")
        if {"away", "away_until"} <= given:
            raise ValueError("say either away or away_until")
        for name in given - {"capacity", "away_until"}:
            if getattr(self, name) is None:
                raise ValueError(f"{name} cannot be null")
        return self

    def fields(self) -> dict[str, Any]:
        """As a command has them: times as ISO 8601 text."""
        given = self.model_dump(mode="json", exclude_unset=True)
        if "away" in given:
            given["away_until"] = AWAY.isoformat() if given.pop("away") else None
        return given


class NewAgent(Body):
    """An agent. What else is known of them is a change."""

    email: Address
    name: Line
    role: Role = "agent"


class Escalation(Body):
    """To whom a ticket is raised: a team, an agent's address or `lead` (whoever leads its team; also when it is left out), and why. With
    `tell` the customer is told that it was passed on."""

    to: Contact = ""
    reason: Text
    tell: bool = True


@router.get("", responses=responses())
async def list_agents(who: Reading) -> AgentPage:
    """All agents, with how many open tickets each has."""
    return AgentPage(items=await _agents(who))


@router.post("", status_code=201, responses=responses(403, 409))
async def add_agent(who: Changing, body: NewAgent) -> AgentView:
    """Add an agent; what they speak and when they work is a change."""
    await who.do(CreateAgent(email=body.email, name=body.name, role=body.role))
    return await _agent(who, body.email)


@router.get("/{email}", responses=responses(404))
async def show_agent(email: Email, who: Reading) -> AgentView:
    """One agent."""
    return await _agent(who, email)


@router.patch("/{email}", responses=responses(403, 404))
async def change_agent(email: Email, who: Changing, body: AgentPatch) -> AgentView:
    """Change what is known of an agent; say that they are away, or back."""
    await who.do(ChangeStaff(email=email, fields=body.fields()))
    return await _agent(who, email)


@escalations.post("/{number}/escalate", responses=responses(403, 404, 409))
async def escalate(number: Number, who: Changing, body: Escalation) -> TicketView:
    """Raise the ticket to somebody else, with all that they need to go on with it; they are told at once."""
    await who.do(Escalate(number=number, **body.model_dump()))
    return await who.ticket(number)


async def _agents(who: Caller) -> list[AgentView]:
    return (await who.backend.gate.query("agents", AgentsQuery(), AgentsAnswer)).agents


async def _agent(who: Caller, email: str) -> AgentView:
    wanted = email.strip().lower()
    for agent in await _agents(who):
        if agent.email == wanted:
            return agent
    raise NotFound(f"there is no agent {wanted}")
