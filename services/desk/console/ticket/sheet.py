"""One ticket, open on one page: what was read of it, who is meant by what, and reading it again."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from services.desk.console.frame import Frame
from services.desk.console.viewer import Viewer
from services.desk.errors import DeskError, NotFound
from shared.messages.command import Action
from shared.messages.contacts import ContactAnswer, ContactQuery, PersonView
from shared.messages.ticket import AgentsAnswer, AgentsQuery, AgentView, TicketView
from shared.settings import Settings

Changed = Callable[[], Awaitable[None]]
OVER: Final = ("solved", "closed", "spam", "merged")
"""Statuses in which nobody waits for us any more."""


@dataclass
class Sheet:
    """The page's ticket. ``view`` is what was read last; ``seen_at`` is up to when its reader has seen what was written in it."""

    frame: Frame
    number: int
    view: TicketView
    agents: list[AgentView]
    person: PersonView | None = None
    seen_at: datetime | None = None
    shown: list[Changed] = field(default_factory=list)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @classmethod
    async def open(cls, frame: Frame, number: int) -> "Sheet":
        """Read everything that the page shows at first. Raises `NotFound` and the rest of `services.desk.errors`."""
        gate = frame.viewer.gate
        view, agents = await asyncio.gather(gate.ticket(number), gate.query("agents", AgentsQuery(), AgentsAnswer))
        if view is None:
            raise NotFound(frame.viewer.t("ticket.none", number=f"T-{number}"))
        sheet = cls(frame, number, view, agents.agents, seen_at=view.last_message_at)
        sheet.person = await sheet._who(view)
        return sheet

    @property
    def viewer(self) -> Viewer:
        """Who has the page open."""
        return self.frame.viewer

    @property
    def settings(self) -> Settings:
        """The configuration."""
        return self.viewer.parts.settings

    @property
    def may_change(self) -> bool:
        """Whether whoever looks may do more than look."""
        return self.viewer.may("agent") and self.view.status != "merged"

    def t(self, key: str, /, **variables: object) -> str:
        """A text of this page, in their language."""
        return self.viewer.t(f"ticket.{key}", **variables)

    # -- reading and doing ----------------------------------------------------------------------------------------------------

    async def reload(self) -> None:
        """Read the ticket again, and have every part show what is new."""
        async with self._reading:
            try:
                view = await self.viewer.gate.ticket(self.number)
                if view is not None:
                    self.view, self.person = view, await self._who(view)
            except DeskError as error:
                self.viewer.complain(error)
                return
            with self.viewer.client:
                for show in self.shown:
                    await show()

    async def do(self, action: Action, said: str = "") -> dict[str, Any] | None:
        """Have something done, say on the page what came of it, and show it. Null: it was not done."""
        result = await self.viewer.try_to(action, said)
        if result is not None:
            await self.reload()
        return result

    async def _who(self, view: TicketView) -> PersonView | None:
        if not view.contact.id:
            return None
        return (await self.viewer.ask("contact", ContactQuery(contact_id=view.contact.id), ContactAnswer)).contact

    # -- who and what is meant ------------------------------------------------------------------------------------------------

    @property
    def me(self) -> str:
        """The address by which tickets are whoever's who looks."""
        return self.viewer.principal.email

    @property
    def colleagues(self) -> list[AgentView]:
        """Those to whom something can be given: who works here no longer is only known by name."""
        return [each for each in self.agents if each.blocked_at is None]

    @property
    def teams(self) -> list[str]:
        """The teams that a ticket may be given to."""
        named = (
            *(each.name for each in self.settings.team),
            *(each.team for each in self.settings.category if each.team),
        )
        return list(dict.fromkeys(named))

    def called(self, who: str | None) -> str:
        """What an agent (by address or id), a token or a part of ours is called among people."""
        if not who:
            return ""
        kind, colon, rest = who.partition(":")
        wanted = rest if colon and kind == "agent" else who
        for agent in self.agents:
            if wanted in (agent.email, agent.id):
                return agent.name or agent.email
        if who == "customer":
            return self.view.contact.name or self.t("customer")
        if colon and kind == "token":
            return rest
        return self.t("actor.ours") if who in _OURS else rest or who


_OURS: Final = ("router", "timer", "store", "notifier", "system", "")
