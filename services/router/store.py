"""Asking the store, with its faults told apart: away for now, or unable to take just this."""

from shared.bus import rpc, subjects
from shared.bus.connection import BusConnection
from shared.bus.errors import BusUnavailable, PayloadTooLarge, RemoteError
from shared.messages.changeset import Changeset, CommitReply, CommitRequest, Committed
from shared.messages.facts import Facts, FactsRequest
from shared.messages.inbound import Inbound
from shared.messages.quarantine import HeldAnswer, HeldQuery
from shared.messages.ticket import TicketAnswer, TicketQuery, TicketView

TIMEOUT = 10.0
# What the store answers when its database is away; anything else it answers is about the request itself.
AWAY = ("unavailable",)


class StoreAway(Exception):
    """The store cannot be asked at the moment; the same question may be asked again later."""


class StoreRefused(Exception):
    """The store cannot answer this request, and asking again will not help."""


class Store:
    """The store as the router sees it."""

    def __init__(self, bus: BusConnection) -> None:
        self._bus = bus

    async def facts(self, request: FactsRequest) -> Facts:
        """Everything asked for, in one snapshot. Raises `StoreAway` and `StoreRefused`."""
        return Facts.decode(await self._ask(subjects.STORE_FACTS, request.encode()))

    async def commit(self, changesets: list[Changeset]) -> list[Committed]:
        """One answer per changeset, in order. After `StoreAway` they may or may not have been written; ask again, repeating is
        safe. Raises `StoreAway` and `StoreRefused`."""
        reply = await self._ask(subjects.STORE_COMMIT, CommitRequest(changesets=changesets).encode())
        return CommitReply.decode(reply).results

    async def held(self, held_id: str) -> Inbound | None:
        """A message in quarantine as it came in, or null. Raises `StoreAway` and `StoreRefused`."""
        query = HeldQuery(id=held_id, whole=True)
        return HeldAnswer.decode(await self._ask(subjects.query("held"), query.encode())).message

    async def ticket(self, number: int) -> TicketView | None:
        """A ticket with its newest messages, or null. Raises `StoreAway` and `StoreRefused`."""
        query = TicketQuery(number=number)
        return TicketAnswer.decode(await self._ask(subjects.query("ticket"), query.encode())).ticket

    async def _ask(self, subject: str, payload: bytes) -> bytes:
        try:
            return await rpc.request(self._bus, subject, payload, TIMEOUT)
        except BusUnavailable as error:
            raise StoreAway(str(error)) from error
        except RemoteError as error:
            if error.kind in AWAY:
                raise StoreAway(error.text) from error
            raise StoreRefused(f"{error.kind}: {error.text}") from error
        except PayloadTooLarge as error:
            raise StoreRefused(str(error)) from error
