"""The good rows of a register handed to the router, only so many at a time, and what became of each. Safe to repeat: each has its own id,
and those that are there already are asked for before."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from services.composition.importing.lookup import Lookup
from services.composition.importing.register.lines import Line
from shared.bus import rpc, subjects
from shared.bus.connection import BusConnection
from shared.bus.errors import BusUnavailable, PayloadTooLarge, RemoteError
from shared.clock import now
from shared.messages.command import Command, CommandResult

ON_THE_WAY = 16
"""Commands at a time: the router has room for four times as many, and mail that comes in meanwhile waits for none of these."""
PATIENCE = 300.0
"""Seconds until a bus, a store or a router that is away is given up."""
_ANSWER = 15.0
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


@dataclass
class Result:
    """What became of the rows."""

    opened: int = 0
    known: int = 0
    ours: int = 0
    """Of the known ones those that are tickets of this house itself."""
    rejected: list[tuple[Line, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """Source ids of rows that are there already: those that were ``imported`` before, and those that tell of a ticket which this house
    opened itself, and exported."""

    imported: frozenset[str] = frozenset()
    ours: frozenset[str] = frozenset()

    @property
    def every(self) -> frozenset[str]:
        """All of them."""
        return self.imported | self.ours


class Taking:
    """``say`` is told why nothing goes on, and "" when it does. ``zone`` is that of the register's times."""

    def __init__(self, bus: BusConnection, zone: ZoneInfo, say: Callable[[str], None]) -> None:
        self._bus, self._zone, self._say = bus, zone, say
        self._lookup = Lookup(bus, say, PATIENCE)
        self._room = asyncio.Semaphore(ON_THE_WAY)

    async def known(self, lines: list[Line]) -> Known:
        """Those of these rows (at most as many as `lookup.MOST`) that are there already. Raises `BusError`."""
        ids = [line.action.source_id for line in lines if line.action is not None]
        if not ids:
            return Known()
        answer = await self._lookup.ask(ids, [line.ours for line in lines if line.ours is not None])
        ours = {
            line.action.source_id
            for line in lines
            if line.action is not None
            and line.ours is not None
            and (received := answer.received.get(line.ours)) is not None
            and line.is_of(received, self._zone)
        }
        return Known(frozenset(answer.stored), frozenset(ours))

    async def take(self, lines: list[Line], done: Callable[[], None] = lambda: None) -> Result:
        """Import these rows, all of them good; ``done`` is called after each. Raises `BusError` where somebody stays away."""
        result = Result()
        there = await self.known(lines)
        fresh = [line for line in lines if line.action is not None and line.action.source_id not in there.every]
        result.known, result.ours = len(lines) - len(fresh), len(there.ours)
        for _ in range(result.known):
            done()

        async def one(line: Line) -> None:
            async with self._room:
                _count(result, line, await self._import(line))
            done()

        try:
            async with asyncio.TaskGroup() as group:
                for line in fresh:
                    group.create_task(one(line))
        except* (BusUnavailable, RemoteError) as several:
            raise several.exceptions[0] from None
        return result

    async def _import(self, line: Line) -> CommandResult:
        """Ask until there is an answer: the same command twice makes one ticket."""
        assert line.action is not None
        command = Command(
            command_id=line.command_id, actor="operator", channel="import", at=now(), action=line.action
        ).encode()
        until, tries = time.monotonic() + PATIENCE, 0
        while True:
            try:
                result = CommandResult.decode(await rpc.request(self._bus, subjects.ROUTER_COMMAND, command, _ANSWER))
                why = result.detail
                if result.error != "unavailable":
                    if tries:
                        self._say("")
                    return result
            except PayloadTooLarge:
                return CommandResult(error="invalid", detail="is too large for the bus")
            except RemoteError as error:
                if error.kind != "unavailable":
                    return CommandResult(error="failed", detail=error.text or error.kind)
                why = error.text
            except BusUnavailable as error:
                why = str(error)
                if time.monotonic() > until:
                    raise
            if time.monotonic() > until:
                raise BusUnavailable(why)
            self._say("the router does not answer; waiting for it")
            await asyncio.sleep(_PAUSES[min(tries, len(_PAUSES) - 1)])
            tries += 1


def _count(result: Result, line: Line, answer: CommandResult) -> None:
    if answer.error is None:
        if answer.repeated:
            result.known += 1
        else:
            result.opened += 1
    elif answer.error == "reused-key":
        why = "a row of this number was imported before and said something else; that one stays as it is"
        result.rejected.append((line, why))
    else:
        result.rejected.append((line, answer.detail or answer.error))
