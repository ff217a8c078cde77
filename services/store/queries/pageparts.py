"""What of a ticket came from which ticket that became part of it, for its page: somebody who took part in one of them only must not be
shown the others. Who that is, the desk tells; here is only what belongs where."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import Ticket, TicketLink, table
from shared.messages.customers import COMMON, PagePart

_ticket, _link = table(Ticket), table(TicketLink)
_KEPT: Final = "merge"
"""What a ticket that became part of another one remembers (`services.router.deciding.commands.merging.MEMORY`)."""
_DEPTH: Final = 5
MOST: Final = 100
"""Tickets that became part of one; of more, the rest is nobody's but the customer's."""
_OF_TICKET = ("id", "number", "subject", "customer", "participants", "unconfirmed", "merged_into", "state")


@dataclass
class Parts:
    """``parts`` has the ticket itself first; empty where nothing became part of it."""

    parts: list[PagePart] = field(default_factory=list)
    since: datetime | None = None
    """When the first became part of it: what came later belongs to all of them."""
    _messages: dict[str, int] = field(default_factory=dict)
    _entries: dict[str, int] = field(default_factory=dict)

    def of_message(self, message_id: str, at: datetime) -> int:
        """To which part a message belongs, by its place in ``parts``; `COMMON`: to all."""
        return self._messages.get(message_id, self._later(at))

    def of_entry(self, entry_id: str, at: datetime) -> int:
        """The same for an entry of the record."""
        return self._entries.get(entry_id, self._later(at))

    def _later(self, at: datetime) -> int:
        return COMMON if self.since is not None and at > self.since else 0

    def add(self, rows: list[RowMapping], whole: RowMapping) -> None:
        """These tickets became part of ``whole``, through one another perhaps: the innermost come last, and what they gave is theirs."""
        came: dict[str, set[str]] = {}
        for row in rows:
            came.setdefault(row["merged_into"] or "", set()).update(_kept(row).get("participants") or ())
        self.parts = [_part(whole, came)]
        for row in rows:
            kept = _kept(row)
            place, at = len(self.parts), kept.get("at")
            self.parts.append(_part(row, came))
            self._messages |= dict.fromkeys(kept.get("messages") or (), place)
            self._entries |= dict.fromkeys(kept.get("entries") or (), place)
            merged_at = datetime.fromisoformat(at) if at else None
            if merged_at is not None and row["merged_into"] == whole["id"]:
                self.since = min(self.since or merged_at, merged_at)


def _kept(row: RowMapping) -> dict[str, Any]:
    return (row["state"] or {}).get(_KEPT) or {}


def _part(row: RowMapping, came: dict[str, set[str]]) -> PagePart:
    foreign = {*row["unconfirmed"], *came.get(row["id"], ())}
    at = _kept(row).get("at")
    return PagePart(
        subject=row["subject"],
        people=[each for each in dict.fromkeys((row["customer"].lower(), *row["participants"])) if each not in foreign],
        merged_at=datetime.fromisoformat(at) if at else None,
    )


async def parts_of(connection: AsyncConnection, whole: RowMapping) -> Parts:
    """The parts of a ticket."""
    found: list[RowMapping] = []
    inside = [whole["id"]]
    for _ in range(_DEPTH):
        wanted = (
            select(*(_ticket.c[name] for name in _OF_TICKET))
            .join(_link, _link.c.ticket_id == _ticket.c.id)
            .where(_link.c.other_id.in_(inside), _link.c.kind == "merged", _ticket.c.status == "merged")
            .order_by(_ticket.c.number)
            .limit(MOST)
        )
        rows = [row for row in (await connection.execute(wanted)).mappings() if row["merged_into"] in inside]
        if not rows:
            break
        found += rows
        inside = [row["id"] for row in rows]
    parts = Parts()
    if found:
        parts.add(found, whole)
    return parts
