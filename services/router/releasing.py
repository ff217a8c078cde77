"""Letting a message out of quarantine, or discarding it: the held message is fetched from the store, then it is decided."""

from dataclasses import dataclass

from services.router.deciding import spam
from services.router.deciding.commands import Refused, check_rights
from services.router.deciding.evidence import needs, read
from services.router.deciding.policy import Policy
from services.router.deciding.releasing import decide_held
from services.router.settling import Outcome, settle
from services.router.store import Store, StoreRefused
from shared.clock import now
from shared.messages.changeset import Changeset
from shared.messages.command import Command
from shared.messages.facts import Facts, FactsRequest


@dataclass(frozen=True)
class Releasing:
    """A command of kind ``release`` or ``discard`` for the message ``held_id``."""

    command: Command
    held_id: str


async def release(store: Store, wanted: Releasing, policy: Policy, patience: float) -> Outcome[Command]:
    """The outcome of letting it out, or discarding it. Raises `services.router.store.StoreAway`."""
    try:
        message = await store.held(wanted.held_id)
    except StoreRefused as refused:
        return Outcome(wanted.command, error=refused)
    if message is None:
        return Outcome(wanted.command, error=Refused("not-found", f"nothing is held under {wanted.held_id}"))
    evidence = read(message, policy)

    def ask(_: list[Command]) -> FactsRequest:
        request = needs([(message, evidence)])
        request.words = spam.asked([], False, policy)
        request.staff = True
        return request

    def decide(command: Command, facts: Facts) -> Changeset:
        check_rights(command, facts)
        return decide_held(command, message, facts, policy, now())

    return (await settle(store, [wanted.command], ask, decide, patience=patience))[0]
