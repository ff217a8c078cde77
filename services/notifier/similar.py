"""What an agent is told of a new ticket, or of one that is theirs now, says which past tickets are like it and how they were solved, and
which articles of the knowledge base may fit.

The store is asked when the message is about to be sent, so what was solved meanwhile counts. It is an offer: what cannot be found out
within a second is left out, and the message goes. Only where there is room for it, in mails and in Telegram.
"""

import asyncio
from typing import Final, TypeVar

import structlog
from nats.aio.client import Client

from services.notifier.sending import Attempt, Outcome, Sender, Trouble
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.messages.articles import ArticlesAnswer, ArticlesQuery, ArticleView, address
from shared.messages.base import NewerVersion, Undecodable, Versioned
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


Answer = TypeVar("Answer", bound=Versioned)


class Offering:
    """A sender, with an offer below what it concerns. ``seconds`` is how long the store is waited for."""

    def __init__(
        self, sender: Sender, bus: Client, default_language: str, public_url: str = "", *, seconds: float = SECONDS
    ) -> None:
        self._sender, self._bus, self._default_language, self._seconds = sender, bus, default_language, seconds
        self._public_url = public_url
        self.concurrency = sender.concurrency

    async def start(self) -> None:
        """As the sender."""
        await self._sender.start()

    async def send(self, outbound: Outbound, attempt: Attempt) -> Outcome:
        """Send it, with what is like it."""
        if is_concerned(outbound):
            similar, articles = await asyncio.gather(
                self._asked("similar", SimilarQuery(number=outbound.ticket_number, most=MOST), SimilarAnswer),
                self._asked("articles", _fitting(outbound), ArticlesAnswer),
            )
            outbound = offered(outbound, similar.items, self._default_language)
            outbound = with_articles(outbound, articles.items, self._public_url)
        return await self._sender.send(outbound, attempt)

    async def _asked(self, name: str, query: Versioned, answer: type[Answer]) -> Answer:
        """The store's answer; an empty one where there is none in time."""
        try:
            data = await rpc.request(self._bus, subjects.query(name), query.encode(), timeout=self._seconds)
            return answer.decode(data)
        except (BusError, NewerVersion, Undecodable) as error:
            log.info("told without an offer", of=name, error=str(error)[:300])
            return answer()

    async def probe(self) -> Trouble | None:
        """As the sender."""
        return await self._sender.probe()

    async def close(self) -> None:
        """As the sender."""
        await self._sender.close()


def offering(sender: Sender, bus: Client, channel: str, default_language: str, public_url: str = "") -> Sender:
    """The sender of a channel, with offers where there is room for them. ``public_url`` is where articles are read."""
    return Offering(sender, bus, default_language, public_url) if channel in CHANNELS else sender


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


def _fitting(outbound: Outbound) -> ArticlesQuery:
    """Articles are to be read by the customer, too, or by agents alone: in whatever language they are."""
    return ArticlesQuery(number=outbound.ticket_number, internal=True, per_page=MOST)


def with_articles(outbound: Outbound, found: list[ArticleView], public_url: str) -> Outbound:
    """The message with the best articles below it, those for customers with their links; itself where there are none."""
    lines = []
    # An article that is there in several languages is one.
    for each in list({each.article: each for each in reversed(found)}.values())[::-1][:MOST]:
        public = each.visibility == "public" and public_url
        link = f"\n{address(public_url, each.article, each.language)}" if public else ""
        lines.append(f"{_cut(each.title, _SUBJECT)}{link}")
    if not lines:
        return outbound
    offer = Postscript(template="articles.agent", variables={"lines": "\n".join(lines)})
    return outbound.model_copy(update={"postscripts": [*outbound.postscripts, offer]})


def _line(ticket: SimilarTicket, language: str, default_language: str) -> str:
    how = ticket.solution or text("similar.unsolved", language, default=default_language)
    return f"T-{ticket.number} {_cut(ticket.subject, _SUBJECT)} — {_cut(how, _SOLUTION)}"


def _cut(words: str, most: int) -> str:
    words = " ".join(words.split())
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
