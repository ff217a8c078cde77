"""Asking the store which messages it knows by their ids, many at a time: before something is taken, or sent, once more."""

from collections.abc import Sequence
from typing import Final

from nats.aio.client import Client

from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.mailbox import KnownAnswer, KnownQuery

AT_ONCE: Final = 500
"""Ids in one request; the store answers at most a thousand."""


class StoreSilent(Exception):
    """The store does not say what it knows; the text says why."""


async def known(bus: Client, message_ids: Sequence[str], seconds: float) -> set[str]:
    """Those of the ids that a stored message bears. ``seconds`` for each request. Raises `StoreSilent`."""
    found: set[str] = set()
    try:
        for start in range(0, len(message_ids), AT_ONCE):
            query = KnownQuery(message_ids=list(message_ids[start : start + AT_ONCE]))
            data = await rpc.request(bus, subjects.query("known"), query.encode(), timeout=seconds)
            found.update(KnownAnswer.decode(data).message_ids)
    except (BusError, NewerVersion, Undecodable) as error:
        raise StoreSilent(f"the store does not say what it knows: {error}") from error
    return found
