"""Deciding about splitting: some of a ticket's messages, with what followed from them, become a ticket of their own. Nobody is told."""

from typing import Any

from services.router.deciding.commands import moving
from services.router.deciding.commands.doing import Doing, Refused
from shared.messages.facts import FactsRequest
from shared.messages.gathering import Split

LINK = "split"
MOST = 200


def needs(want: Split) -> FactsRequest:
    """What must be known to split."""
    number = [want.number]
    return FactsRequest(numbers=number, messages_of=number, deliveries_of=number, texts=want.messages[:MOST])


def split(do: Doing, want: Split) -> dict[str, Any]:
    """A new ticket with these messages. Raises `Refused`."""
    source = do.ticket(want.number)
    wanted = list(dict.fromkeys(want.messages))
    if not wanted or len(wanted) > MOST:
        raise Refused("invalid", f"messages: name at least one message, and at most {MOST}")
    parted = moving.part(do, source, wanted)
    if all(message.direction == "internal" for message in parted.rest):
        raise Refused("conflict", f"T-{want.number} has nothing but this: it is its own ticket already")
    return moving.relocate(do, parted, moving.open_for(do, parted), LINK)
