"""What agents said from a channel is done: as one command, once its being said is written down, and then they are told what came of it.

Only then is the message acknowledged. Whatever happens before, it comes again, its changeset is answered with the same result, and the
same command, under the same id, is done once: so nothing an agent said is lost, and nothing is said twice. What cannot be done is
settled as well, and keeps nobody waiting.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from nats.aio.msg import Msg

from services.router.deciding.policy import Policy
from services.router.deciding.speaking import settling
from services.router.deciding.speaking.saying import Pending, pending
from services.router.settling import settle
from services.router.store import Store, StoreAway
from shared.clock import now
from shared.messages.changeset import Changeset, Committed
from shared.messages.command import Command, CommandResult
from shared.messages.facts import Facts, FactsRequest

log = structlog.get_logger()

Do = Callable[[Command], Awaitable[CommandResult]]


def wanted(committed: Committed | None) -> Pending | None:
    """What a decision that was written down wants done; null for most. Raises `Undecodable` and `NewerVersion`."""
    return pending(committed.result) if committed is not None else None


async def finish(store: Store, saying: Pending, do: Do, policy: Policy) -> dict[str, Any]:
    """Have it done, put down what came of it and tell the agent; gives the result of that changeset. Raises `StoreAway` while the store
    is away, and whatever kept it from being written down: then the message is to come again."""
    done = await _done(saying, do)
    if done.error == "unavailable":
        raise StoreAway(done.detail)

    def decide(item: Pending, facts: Facts) -> Changeset:
        return settling.settled(item, done, facts, policy, now())

    def needs(_: list[Pending]) -> FactsRequest:
        return settling.needs(saying, done)

    (outcome,) = await settle(store, [saying], needs, decide)
    if outcome.error is not None:
        raise outcome.error
    return outcome.committed.result if outcome.committed is not None else {}


async def _done(saying: Pending, do: Do) -> CommandResult:
    try:
        return await do(saying.command)
    except Exception as error:  # whatever one agent said must not stop the others: it is settled as failed
        log.exception("what an agent said could not be done", spoken=saying.spoken_id)
        return CommandResult(error=settling.FAILED, detail=type(error).__name__)


async def in_turn(said: Sequence[tuple[Pending, Msg]], one: Callable[[Pending, Msg], Awaitable[None]]) -> None:
    """Each agent's one after the other, in their order, and the agents beside each other."""
    by_agent: dict[str, list[tuple[Pending, Msg]]] = {}
    for each in said:
        by_agent.setdefault(each[0].command.actor, []).append(each)

    async def of_one(theirs: list[tuple[Pending, Msg]]) -> None:
        for each in theirs:
            await one(*each)

    await asyncio.gather(*(of_one(theirs) for theirs in by_agent.values()))
