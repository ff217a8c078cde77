"""Doing something with many tickets: each by a command of its own, some at a time, and the whole written down when all are through.

What was interrupted (a crash, the store away) goes on when the same request comes again: each command has an id derived from the
request's, so what was done is not done twice.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from services.router.deciding.commands import bulk
from services.router.deciding.commands.doing import Refused
from services.router.deciding.commands.problems import result
from services.router.store import Store
from shared.messages.command import Command, CommandResult

AT_ONCE = 8
"""So many are under way together: the store writes them in groups, and whoever else writes is not kept waiting."""

Do = Callable[[Command], Awaitable[CommandResult]]


class Interrupted(Exception):
    """Something was not done that may be done later; ``left`` tickets."""

    def __init__(self, left: int, detail: str) -> None:
        super().__init__(
            f"{left} tickets are still to be done ({detail}): repeat the request with the same Idempotency-Key"
        )


async def plan(store: Store, command: Command) -> bulk.Work:
    """What is to be done. Raises `Refused`, `StoreAway` and `StoreRefused`."""
    return bulk.plan(command, await store.facts(bulk.needs(command)))


async def do_all(work: bulk.Work, do: Do) -> list[dict[str, Any]]:
    """How it ended for each ticket, in order. Raises `Interrupted`."""
    slots = asyncio.Semaphore(1 if work.in_turn else AT_ONCE)

    async def one(child: Command) -> CommandResult:
        async with slots:
            return await do(child)

    done = await asyncio.gather(*(one(child) for _, child in work.commands))
    away = [each for each in done if each.error == "unavailable"]
    if away:
        raise Interrupted(len(away), away[0].detail)
    return [_result(number, each) for (number, _), each in zip(work.commands, done, strict=True)]


def _result(number: int, done: CommandResult) -> dict[str, Any]:
    return result(number, Refused(done.error, done.detail) if done.error is not None else None)
