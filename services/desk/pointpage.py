"""``/agent/point/{token}``: the page behind the link in the mail by which an agent proves an address. Looking changes nothing; the button
does. Links that open nothing are answered alike, and who tries many is told to wait.
"""

import time
from typing import Final

import structlog
from fastapi import APIRouter, Request, Response

from services.desk.customers import ATTEMPTS, accepted
from services.desk.errors import DeskError
from services.desk.gate import Gate
from services.desk.pageroutes import page
from services.desk.pages import point as pages
from services.desk.pages.status import Look
from services.desk.tokens import Counts, network_of
from shared.clock import now
from shared.identity import derive
from shared.messages.agents import VerifyPoint
from shared.messages.command import Command
from shared.messages.ticket import AgentPointView, AgentsAnswer, AgentsQuery, AgentView
from shared.peers import caller
from shared.secrets.pointcode import PointLink, read_point_link
from shared.service import Context
from shared.texts.languages import agents_language

log = structlog.get_logger(__name__)

_KIND: Final = "email"
"""Only mail brings links."""


class PointPages:
    """The pages of all links."""

    def __init__(self, context: Context, gate: Gate) -> None:
        self._company, self._keyring, self._gate = context.settings.company, context.keyring, gate
        self._failures = Counts(60.0, time.monotonic)

    async def show(self, token: str, request: Request) -> Response:
        """The page with the button, or that there is none."""
        link = read_point_link(self._keyring, token)
        try:
            found = await self._find(link) if link is not None else None
        except DeskError as error:
            log.warning("the page of an agent's point could not be shown", error=str(error))
            return pages.away(self._look(request))
        if found is None:
            return self._gone(request)
        agent, point = found
        look = self._look(request, agent)
        return pages.done(look) if point.verified else pages.ask(look, agent.name, point.value)

    async def send(self, token: str, request: Request) -> Response:
        """The button was pressed."""
        link = read_point_link(self._keyring, token)
        try:
            found = await self._find(link) if link is not None else None
            if link is None or found is None:
                return self._gone(request)
            agent, point = found
            done = await self._gate.command(self._command(link, agent, point, request))
        except DeskError as error:
            log.warning("an agent's point could not be proven", error=str(error))
            return pages.away(self._look(request))
        if done.error == "unavailable":
            return pages.away(self._look(request, agent))
        if done.error is not None or not done.result.get("verified"):
            return self._gone(request)
        return pages.done(self._look(request, agent))

    def _command(self, link: PointLink, agent: AgentView, point: AgentPointView, request: Request) -> Command:
        return Command(
            command_id=derive("agent point page", link.point_id, link.code),
            actor=f"agent:{agent.id}",
            actor_name=agent.name,
            channel="page",
            at=now(),
            action=VerifyPoint(email=agent.email, kind="email", value=point.value, code=link.code),
            correlation_id=request.state.correlation_id,
        )

    async def _find(self, link: PointLink) -> tuple[AgentView, AgentPointView] | None:
        """Whose point it is. Ids are derived from agent and address, so that no other question is needed."""
        for agent in (await self._gate.query("agents", AgentsQuery(), AgentsAnswer)).agents:
            for point in agent.points:
                if (
                    agent.blocked_at is None
                    and point.kind == _KIND
                    and derive("agent point", agent.id, _KIND, point.value) == link.point_id
                ):
                    return agent, point
        return None

    def _gone(self, request: Request) -> Response:
        network = network_of(caller(request))
        if self._failures.more(network) < ATTEMPTS:
            return pages.gone(self._look(request), 404)
        answer = pages.gone(self._look(request), 429)
        answer.headers["Retry-After"] = str(self._failures.wait(network))
        return answer

    def _look(self, request: Request, agent: AgentView | None = None) -> Look:
        languages = self._company.languages
        asked = request.query_params.get("lang", "")
        if asked in languages:
            return Look(self._company.name, asked, languages, asked=True)
        if agent is None:
            return Look(self._company.name, accepted(request, languages), languages)
        return Look(self._company.name, agents_language(agent.languages, languages), languages)


def routes(context: Context, gate: Gate) -> APIRouter:
    """The routes of the page."""
    router = APIRouter(include_in_schema=False)
    here = PointPages(context, gate)
    page(router, "/agent/point/{token}", here.show, here.send)
    return router
