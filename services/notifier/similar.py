"""What an agent is told of a new ticket, or of one that is theirs now, says which past tickets are like it and how they were solved.

The store is asked when the message is about to be sent, so what was solved meanwhile counts. It is an offer: what cannot be found out
within a second is left out, and the message goes. Only where there is room for it, in mails and in Telegram.
"""

from typing import Final

import structlog
from nats.aio.client import Client

from services.notifier.sending import Attempt, Outcome, Sender, Trouble
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.outbound import Outbound, Postscript
from shared.messages.similar import SimilarAnswer, SimilarQuery, SimilarTicket
from shared.texts import text

log = structlog.get_logger(__name__)

CHANNELS: Final = ("email", "telegram")
EVENTS: Final = ("opened", "assigned")
SECONDS: Final = 1.0
MOST: Final = 3
_SUBJECT: Final = 60
_SOLUTION: Final = 120


class Offering:
    """A sender, with an offer below what it concerns. ``seconds`` is how long the store is waited for."""

    def __init__(self, sender: Sender, bus: Client, default_language: str, *, seconds: float = SECONDS) -> None:
        self._sender, self._bus, self._default_language, self._seconds = sender, bus, default_language, seconds
        self.concurrency = sender.concurrency

    async def start(self) -> None:
        """As the sender."""
        await self._sender.start()

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Send it, with what is like it."""
        if is_concerned(outbound):
            found = await self._similar(outbound)
            outbound = offered(outbound, found, self._default_language)
        return await self._sender.send(outbound, attempt)

    async def _similar(self, outbound: Outbound) -> list[SimilarTicket]:
        query = SimilarQuery(number=outbound.ticket_number, most=MOST)
        try:
            data = await rpc.request(self._bus, subjects.query("similar"), query.encode(), timeout=self._seconds)
            return SimilarAnswer.decode(data).items
        except (BusError, NewerVersion, Undecodable) as error:
            log.info("told without similar tickets", ticket=outbound.ticket_number, error=str(error)[:300])
            return []

    async def probe(self) -> Trouble | None:
        """As the sender."""
        return await self._sender.probe()

    async def close(self) -> None:
        """As the sender."""
        await self._sender.close()


def offering(sender: Sender, bus: Client, channel: str, default_language: str) -> Sender:
    """The sender of a channel, with offers where there is room for them."""
    return Offering(sender, bus, default_language) if channel in CHANNELS else sender


def is_concerned(outbound: Outbound) -> bool:
    """Whether an agent is told of a ticket that is new, or new to them."""
    return outbound.kind == "alert" and outbound.event in EVENTS and bool(outbound.ticket_number)


def offered(outbound: Outbound, found: list[SimilarTicket], default_language: str) -> Outbound:
    """The message with the best of them below it; itself where there are none."""
    if not found:
        return outbound
    lines = "\n".join(_line(each, outbound.language, default_language) for each in found[:MOST])
    offer = Postscript(template="similar", variables={"lines": lines})
    return outbound.model_copy(update={"postscripts": [*outbound.postscripts, offer]})


def _line(ticket: SimilarTicket, language: str, default_language: str) -> str:
    how = ticket.solution or text("similar.unsolved", language, default=default_language)
    return f"T-{ticket.number} {_cut(ticket.subject, _SUBJECT)} — {_cut(how, _SOLUTION)}"


def _cut(words: str, most: int) -> str:
    words = " ".join(words.split())
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
