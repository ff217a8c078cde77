"""The desk as a room: its web application, and a look now and then whether the store answers."""

import asyncio

import structlog
from fastapi import FastAPI

from services.desk.app import create_app
from services.desk.errors import DeskError
from services.desk.gate import Gate
from shared.ending import end
from shared.messages.signin import SetUpAnswer, SetUpQuery
from shared.messages.ticket import TokenAnswer, TokenQuery
from shared.secrets.resetcode import set_up_code
from shared.service import Context

log = structlog.get_logger(__name__)

PROBE_SECONDS = 3.0


class DeskService:
    """The room. ``app`` is served by the composition root, which opens the port; ``start`` and ``stop`` open and close none."""

    name = "desk"
    paths: tuple[str, ...] = ()

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gate = Gate(context.bus)
        self._store_answers = False
        self._watching: asyncio.Task[None] | None = None
        self.app: FastAPI = create_app(context, self.ready)

    async def start(self) -> None:
        """Ask the store once, then keep asking; a store that is away makes the desk unready, not unable to start."""
        await self._probe()
        await self.app.state.following.start()
        self._watching = asyncio.create_task(self._watch(), name="desk readiness")

    async def stop(self) -> None:
        """Stop asking. Calls in flight are finished by the server of ``app``."""
        if self._watching is not None:
            await end([self._watching])
            self._watching = None
        await self.app.state.following.stop()
        await self.app.state.console.stop()
        for part in (self.app.state.signing, self.app.state.sessions, self.app.state.refusals):
            await part.stop()

    async def first_sign_in(self) -> str:
        """The page where the first admin is made, which counts until somebody is. Empty once some admin can sign in, or while
        nobody knows."""
        try:
            found = await self._gate.query("set_up", SetUpQuery(), SetUpAnswer)
        except DeskError as error:
            log.warning("it cannot be told whether anybody can sign in", error=str(error))
            return ""
        if found.admins:
            return ""
        return f"/set-up/{set_up_code(self._context.keyring)}"

    def ready(self) -> dict[str, bool]:
        """The bus is connected, and the store answered lately."""
        connected = self._context.bus.is_connected
        return {"bus": connected, "store": connected and self._store_answers}

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(PROBE_SECONDS)
            await self._probe()

    async def _probe(self) -> None:
        """The cheapest question there is: whose token is the empty one?"""
        try:
            await self._gate.query("token", TokenQuery(sha256=""), TokenAnswer)
        except DeskError as error:
            if self._store_answers:
                log.warning("the store does not answer", error=str(error))
            self._store_answers = False
        else:
            self._store_answers = True
