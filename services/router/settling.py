"""The loop around every decision: facts, decide, commit; what conflicts is decided again with fresh facts.

One item's failure is its own: it is left out, and its neighbours go on without it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from prometheus_client import Counter

from services.router.deciding.folding import fold
from services.router.store import Store, StoreAway, StoreRefused
from shared.messages.changeset import Changeset, Committed
from shared.messages.facts import Facts, FactsRequest

log = structlog.get_logger()

ROUNDS = 25
AT_ONCE = 8
"""After so many decisions, some milliseconds, the loop is left to others."""
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)

decided = Counter("trunkline_router_decisions", "Changesets by what the store answered", ["outcome"])
for outcome in ("committed", "repeated", "conflict", "invalid", "failed"):
    decided.labels(outcome)

Item = TypeVar("Item")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Outcome(Generic[Item]):
    """How it ended for one item: the store's answer, or the error that kept it from being decided or written."""

    item: Item
    committed: Committed | None = None
    error: Exception | None = None


class Unsettled(Exception):
    """Others kept changing what the decision relied on."""


async def settle(
    store: Store,
    items: list[Item],
    needs: Callable[[list[Item]], FactsRequest],
    decide: Callable[[Item, Facts], Changeset],
    *,
    patience: float | None = None,
) -> list[Outcome[Item]]:
    """Decide and commit every item, in order; one outcome each.

    While the store is away this waits (``patience`` seconds at most, then raises `StoreAway`; null: for ever), because
    nothing else could be done with the items meanwhile.
    """
    open_items, outcomes = list(items), []
    for round_ in range(ROUNDS):
        done, open_items = await _round(store, open_items, needs, decide, patience)
        outcomes += done
        if not open_items:
            return outcomes
        if round_ > 1:
            await asyncio.sleep(min(0.002 * 2**round_, 0.25))
    return outcomes + [Outcome(item, error=Unsettled("gave up after many conflicts")) for item in open_items]


async def _round(
    store: Store,
    items: list[Item],
    needs: Callable[[list[Item]], FactsRequest],
    decide: Callable[[Item, Facts], Changeset],
    patience: float | None,
) -> tuple[list[Outcome[Item]], list[Item]]:
    """One pass: what is settled, and what conflicted."""
    try:
        facts = await _patiently(lambda: store.facts(needs(items)), patience)
        chosen, outcomes = await _decide_all(items, facts, decide)
        if not chosen:
            return outcomes, []
        results = await _patiently(lambda: store.commit([changeset for _, changeset in chosen]), patience)
    except StoreRefused as refused:
        return await _one_by_one(store, items, needs, decide, patience, refused)
    again = []
    for (item, _), result in zip(chosen, results, strict=True):
        decided.labels(result.outcome).inc()
        if result.outcome == "conflict":
            again.append(item)
        elif result.outcome == "invalid":
            outcomes.append(Outcome(item, error=StoreRefused(result.error)))
        else:
            outcomes.append(Outcome(item, committed=result))
    return outcomes, again


async def _one_by_one(
    store: Store,
    items: list[Item],
    needs: Callable[[list[Item]], FactsRequest],
    decide: Callable[[Item, Facts], Changeset],
    patience: float | None,
    refused: StoreRefused,
) -> tuple[list[Outcome[Item]], list[Item]]:
    """The store takes not this batch: find out which of its items is the trouble."""
    if len(items) == 1:
        return [Outcome(items[0], error=refused)], []
    outcomes, again = [], []
    for item in items:
        done, conflicted = await _round(store, [item], needs, decide, patience)
        outcomes += done
        again += conflicted
    return outcomes, again


async def _decide_all(
    items: list[Item], facts: Facts, decide: Callable[[Item, Facts], Changeset]
) -> tuple[list[tuple[Item, Changeset]], list[Outcome[Item]]]:
    chosen: list[tuple[Item, Changeset]] = []
    failed: list[Outcome[Item]] = []
    for place, item in enumerate(items):
        if place % AT_ONCE == 0:
            await asyncio.sleep(0)  # in one process with intake: who brings something does not wait for a whole batch
        try:
            changeset = decide(item, facts)
        except Exception as error:  # noqa: BLE001 - whatever a decision raises is that item's outcome
            decided.labels("failed").inc()
            failed.append(Outcome(item, error=error))
            continue
        fold(facts, changeset)
        chosen.append((item, changeset))
    return chosen, failed


async def _patiently(ask: Callable[[], Awaitable[Answer]], patience: float | None) -> Answer:
    loop = asyncio.get_running_loop()
    began, tries = loop.time(), 0
    while True:
        try:
            return await ask()
        except StoreAway as away:
            if patience is not None and loop.time() - began >= patience:
                raise
            pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
            log.warning("store is away, waiting", error=str(away), seconds=pause)
            tries += 1
            await asyncio.sleep(pause)
