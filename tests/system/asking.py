"""What a house that runs is asked over its bus, as the bus user ``operator``: what the command line asks, without a process for each
question. What the commands themselves print is for `test_command_line`."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from services.composition.errors import CannotStart
from services.composition.operating import PATIENCE, Operator
from shared.bus.connection import connect
from shared.bus.dead import list_dead
from shared.bus.errors import BusError
from shared.bus.publish import Publisher
from shared.bus.subjects import inbox_prefix

Answer = TypeVar("Answer")


def asked(url: str, question: Callable[[Operator], Awaitable[Answer]]) -> Answer:
    """The answer of the house on this bus, whose clock must be ours: a question says until when it wants an answer. Raises
    `AssertionError` with the reason when there is none."""

    async def ask() -> Answer:
        bus = await connect(url, name="asking", user_inbox_prefix=inbox_prefix("operator"), timeout=PATIENCE)
        try:
            return await question(Operator(bus, Publisher(bus)))
        finally:
            await bus.close()

    try:
        return asyncio.run(ask())
    except (BusError, CannotStart) as error:
        raise AssertionError(f"{type(error).__name__}: {error}") from error


def ledger(url: str) -> list[dict[str, Any]]:
    """The ledger's lines, as `trunkline ledger --json` has them."""
    lines = asked(url, lambda operator: operator.ledger(None))
    return [line.model_dump() | {"adds_up": line.adds_up} for line in lines]


def new_token(url: str, name: str) -> str:
    """A new API token."""
    return asked(url, lambda operator: operator.create_token(name))


def dead_letters(url: str) -> list[int]:
    """The ids of the dead letters, oldest first."""

    async def listed(operator: Operator) -> list[int]:
        return [letter.id for letter in await list_dead(operator.bus.jetstream(), 1000)]

    return asked(url, listed)
