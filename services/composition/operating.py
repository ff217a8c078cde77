"""What the command line asks of a Trunkline that runs: over the bus, as the bus user ``operator``."""

import hashlib
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from services.composition.errors import CannotStart
from services.composition.users import user_of
from shared.bus import rpc, subjects
from shared.bus.connection import BusConnection, connect
from shared.bus.embedded import running_url
from shared.bus.errors import BusUnavailable, NoResponders, RemoteError
from shared.bus.publish import Publisher
from shared.clock import now
from shared.messages.command import Action, Command, CommandResult, CreateAgent, CreateToken
from shared.messages.staff import ChangeStaff
from shared.messages.ticket import (
    AgentsAnswer,
    AgentsQuery,
    AgentView,
    LedgerAnswer,
    LedgerLine,
    LedgerQuery,
    TicketAnswer,
    TicketQuery,
    TicketView,
)
from shared.settings import Settings

PATIENCE = 15.0


@dataclass(frozen=True)
class Operator:
    """A connection to a running Trunkline."""

    bus: BusConnection
    publisher: Publisher

    async def ask(self, query: str, payload: bytes) -> bytes:
        """A query's answer. Raises `CannotStart` where nobody answers."""
        try:
            return await rpc.request(self.bus, subjects.query(query), payload, PATIENCE)
        except NoResponders:
            raise CannotStart("the store does not answer; is `trunkline up` (or `run store`) still starting?") from None
        except RemoteError as error:
            raise CannotStart(f"the store answers: {error.text or error.kind}") from None

    async def do(self, action: Action) -> CommandResult:
        """A command's result. Raises `CannotStart` with the reason when it cannot be done."""
        command = Command(command_id=f"cli-{uuid4().hex}", actor="operator", channel="cli", at=now(), action=action)
        try:
            answer = await rpc.request(self.bus, subjects.ROUTER_COMMAND, command.encode(), PATIENCE)
        except NoResponders:
            raise CannotStart(
                "the router does not answer; is `trunkline up` (or `run router`) still starting?"
            ) from None
        result = CommandResult.decode(answer)
        if result.error is not None:
            raise CannotStart(result.detail)
        return result

    async def create_token(self, name: str, role: str = "admin") -> str:
        """A new API token; this is the only time its text is seen."""
        token = f"tl_{secrets.token_urlsafe(32)}"
        sha256 = hashlib.sha256(token.encode()).hexdigest()
        await self.do(CreateToken.model_validate({"name": name, "sha256": sha256, "role": role}))
        return token

    async def create_agent(self, email: str, name: str, role: str) -> None:
        """A new agent."""
        await self.do(CreateAgent.model_validate({"email": email, "name": name, "role": role}))

    async def change_agent(self, email: str, fields: dict[str, Any]) -> None:
        """New values of an agent."""
        await self.do(ChangeStaff(email=email, fields=fields))

    async def agents(self) -> list[AgentView]:
        """All agents."""
        return AgentsAnswer.decode(await self.ask("agents", AgentsQuery().encode())).agents

    async def ledger(self, since: datetime | None) -> list[LedgerLine]:
        """What became of everything received."""
        return LedgerAnswer.decode(await self.ask("ledger", LedgerQuery(since=since).encode())).lines

    async def ticket(self, number: int) -> TicketView | None:
        """A ticket with everything that belongs to it."""
        return TicketAnswer.decode(await self.ask("ticket", TicketQuery(number=number).encode())).ticket


@asynccontextmanager
async def operator(settings: Settings, user: str = "operator") -> AsyncIterator[Operator]:
    """Connect to the Trunkline that was started with these settings, as ``user`` where it has its own bus.

    Raises `BusUnavailable` where none runs.
    """
    url = settings.bus.url.get_secret_value() or running_url(settings.data, user)
    try:
        bus = await connect(
            url, name="trunkline-cli", user_inbox_prefix=subjects.inbox_prefix(user_of(url) or user), timeout=5
        )
    except BusUnavailable as error:
        if settings.bus.servers:
            raise
        raise BusUnavailable(
            f"no Trunkline is running on the data folder {settings.data}: start it with `trunkline up`, or give its --data"
        ) from error
    try:
        yield Operator(bus, Publisher(bus))
    finally:
        await bus.close()
