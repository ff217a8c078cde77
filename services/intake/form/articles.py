"""Articles of the knowledge base that are like what somebody is writing into a form. The store is asked; nothing is kept, and nobody else
hears of it. What cannot be found out within a second, or too often, is nothing."""

from typing import Final

import structlog
from nats.aio.client import Client

from services.intake.form.budgets import Budget
from services.intake.limits import Clock, holder
from shared.bus import rpc, subjects
from shared.bus.errors import BusError
from shared.messages.articles import ArticlesAnswer, ArticlesQuery, address
from shared.messages.base import NewerVersion, Undecodable

log = structlog.get_logger(__name__)

MOST: Final = 3
SHORTEST: Final = 12
"""Characters before which nothing can be like it."""
LONGEST: Final = 2_000
SECONDS: Final = 1.0
PER_PEER: Final = 40
"""Questions a caller may ask at once; as many come back within a minute."""


class Suggesting:
    """Finds them. ``base`` is where articles are read, as a form's page has to name it."""

    def __init__(self, bus: Client, base: str, clock: Clock) -> None:
        self._bus, self._base = bus, base
        self._peers = Budget(PER_PEER, 60, clock)

    async def like(self, written: str, language: str, peer: str) -> list[dict[str, str]]:
        """``title`` and ``url`` of each, best first."""
        written = " ".join(written[:LONGEST].split())
        if len(written) < SHORTEST or not self._peers.take(holder(peer)):
            return []
        query = ArticlesQuery(text=written, alike=True, language=language, only=True, per_page=MOST)
        try:
            data = await rpc.request(self._bus, subjects.query("articles"), query.encode(), timeout=SECONDS)
            found = ArticlesAnswer.decode(data).items
        except (BusError, NewerVersion, Undecodable) as error:
            log.info("a form is without articles", error=str(error)[:300])
            return []
        return [{"title": each.title, "url": address(self._base, each.article, each.language)} for each in found]
