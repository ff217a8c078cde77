"""Having a dead letter handled again: first it is written down who wants it, then the message goes back to RETRY (decision 0052).

What stops in between is done by repeating the command: as long as the letter lies there it goes back, under an id made of its number.
"""

from contextlib import suppress
from typing import Final

from nats.js import JetStreamContext

from services.router.deciding.commands import Refused, check_rights, fingerprint
from services.router.deciding.commands.dead import Given, decide_replay
from services.router.deciding.policy import Policy
from services.router.settling import Outcome, settle
from services.router.store import Store
from shared.bus.dead import DeadLetter, get_dead, replay
from shared.bus.errors import DeadLetterMissing
from shared.bus.publish import Publisher
from shared.clock import now
from shared.messages.changeset import Changeset
from shared.messages.command import Command
from shared.messages.facts import Facts, FactsRequest

MOST: Final = 2**53


async def revive(
    store: Store,
    js: JetStreamContext,
    publisher: Publisher,
    command: Command,
    dead_id: int,
    policy: Policy,
    patience: float,
) -> Outcome[Command]:
    """The outcome of letting it try again. Raises `services.router.store.StoreAway`, and the bus's errors where it cannot be told whether
    it is on its way: the same command may then be repeated."""
    try:
        letter = await _found(js, dead_id)
    except DeadLetterMissing:
        return await _of_nothing(store, command, dead_id, patience)
    given = Given(letter.id, letter.subject, letter.durable, letter.error, letter.attempts)

    def decide(item: Command, facts: Facts) -> Changeset:
        check_rights(item, facts)
        return decide_replay(item, given, facts, policy, now())

    outcome = (await settle(store, [command], lambda _: FactsRequest(staff=True), decide, patience=patience))[0]
    done = outcome.committed
    if done is None or (done.outcome == "repeated" and done.fingerprint != fingerprint(command)):
        return outcome
    with suppress(DeadLetterMissing):  # somebody else had it replayed at the same moment: it is on its way
        await replay(js, publisher, dead_id)
    return outcome


async def _found(js: JetStreamContext, dead_id: int) -> DeadLetter:
    """Raises as `get_dead`, also for what is no number of a message."""
    if not 1 <= dead_id <= MOST:
        raise DeadLetterMissing(f"{dead_id} is no dead letter's number")
    return await get_dead(js, dead_id)


async def _of_nothing(store: Store, command: Command, dead_id: int, patience: float) -> Outcome[Command]:
    """There is no such letter, which those hear who might have had it replayed."""

    def decide(item: Command, facts: Facts) -> Changeset:
        check_rights(item, facts)
        raise Refused("not-found", f"there is no dead letter {dead_id} (any more)")

    return (await settle(store, [command], lambda _: FactsRequest(staff=True), decide, patience=patience))[0]
