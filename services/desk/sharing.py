"""Of a ticket that others became part of: what of it may be shown to whom. Pure.

Merging is an agent's doing, inside; whoever stood in Cc of one ticket must not thereby read another one. They are shown what belongs to the
tickets in which they took part; of what came since, what they wrote or were sent; and all that came after an agent has answered them in the
whole: from then on they are part of it. A customer's own tickets are theirs, by whichever of their points.
"""

from datetime import datetime

from shared.messages.customers import COMMON, PageMessage, PagePart, PageTicket


def shown_to(ticket: PageTicket, value: str) -> PageTicket:
    """The ticket as whoever has the point ``value`` may see it; the same one where that is all of it."""
    reader = value.strip().lower()
    names = {reader, *(ticket.verified if reader in ticket.verified else ())}
    own = {place for place, part in enumerate(ticket.parts) if names.intersection(part.people)}
    if len(own) == len(ticket.parts):
        return ticket
    since = _answered_since(ticket, reader, [part for at, part in enumerate(ticket.parts) if at not in own])
    first = min(own, default=None)
    return ticket.model_copy(
        update={
            "subject": ticket.parts[first].subject if first is not None else "",
            "messages": [each for each in ticket.messages if _is_theirs(each, reader, own, since)],
            "promises": [each for each in ticket.promises if each.part in own],
            "satisfaction": None,
        }
    )


def _is_theirs(message: PageMessage, reader: str, own: set[int], since: datetime | None) -> bool:
    if message.part != COMMON:
        return message.part in own
    later = since is not None and message.created_at >= since
    return later or message.address == reader or reader in message.to


def _answered_since(ticket: PageTicket, reader: str, others: list[PagePart]) -> datetime | None:
    """When they were first answered in the whole, after the last of the ``others`` came to it; null: not yet."""
    merged = [each.merged_at for each in ticket.parts if each.merged_at is not None]
    if not others or not merged:
        return None
    answers = (
        each for each in ticket.messages if each.direction == "out" and each.part == COMMON and reader in each.to
    )
    return min((each.created_at for each in answers if each.created_at > max(merged)), default=None)
