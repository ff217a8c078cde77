"""Rows as the API shows them: pure functions from a row (by column name) to a view of `shared.messages.ticket`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import RowMapping

from services.store.queries.timing import sla_view, time_view
from shared.messages.learning import SUGGESTED
from shared.messages.outbound import instead_id
from shared.messages.parts import Point, Reason
from shared.messages.presence import EDITED, WRITTEN
from shared.messages.ticket import (
    ContactView,
    DeliveryView,
    EntryView,
    EventView,
    MessageView,
    Related,
    Satisfaction,
    TicketView,
)
from shared.messages.waiting import waiting_views

# Stands in `MessageView.defects` where a message was too large to be shown whole; the original is complete.
SHORTENED = "not-shown-whole"
_SHORT = 2_000


def number_text(number: int) -> str:
    """How a ticket's number is written: ``T-1001``."""
    return f"T-{number}"


def ticket_view(row: RowMapping, contact: ContactView, related: Sequence[Related]) -> TicketView:
    """A ticket without its messages, events and deliveries."""
    shown = {
        name: row[name] for name in TicketView.model_fields if name in row and name not in ("number", "satisfaction")
    }
    satisfaction = Satisfaction.model_validate(row["satisfaction"]) if row["satisfaction"] else None
    return TicketView.model_validate(
        {
            **shown,
            "number": number_text(row["number"]),
            "received_at": row["received_at"] or row["created_at"],
            "satisfaction": satisfaction,
            "contact": contact,
            "related": list(related),
            "merged_into": next((each.number for each in related if each.kind == "merged"), None),
            "sla": sla_view(row["state"]),
            "time": time_view(row["state"]),
            "notify_by": (row["state"] or {}).get("notify_by") or "channel",
            "side_conversations": [
                {"id": name, **side} for name, side in ((row["state"] or {}).get("side") or {}).items()
            ],
            "request": (row["state"] or {}).get("request"),
            "suggestions": (row["state"] or {}).get(SUGGESTED) or {},
            "waiting": waiting_views(row["state"]),
        }
    )


WINDOWED = ("whatsapp", "messenger")
WINDOW = timedelta(hours=24)
"""https://www.twilio.com/docs/whatsapp/key-concepts: how long after a person's message anything may be sent to them."""


def window_end(view: TicketView) -> datetime | None:
    """Until when the ticket's customer may be sent anything; null on channels without such a rule, and where they never wrote."""
    if view.channel not in WINDOWED:
        return None
    wrote = [each.created_at for each in view.messages or () if each.direction == "in" and each.channel == view.channel]
    return max(wrote) + WINDOW if wrote else None


def last_message(view: TicketView) -> datetime:
    """When the ticket's newest message came in or went out. By the audit trail, because a message's own time is when its sender's system
    handed it over: an answer is held if something came into the ticket later than what its author saw (`services.store.since`)."""
    happened = [each.at for each in view.events or () if each.what in (*WRITTEN, *EDITED)]
    return max([view.created_at, *happened, *(each.created_at for each in view.messages or ())])


def contact_view(contact_id: str, name: str, points: Sequence[RowMapping]) -> ContactView:
    """A contact with their points, as they were first seen."""
    return ContactView(
        id=contact_id, name=name, points=[Point(kind=point["kind"], value=point["value"]) for point in points]
    )


# How a link is called at its other end, where that makes a difference.
_INWARD = {"problem": "case", "merged": "merged-here"}


def related_view(number: int, kind: str, reason: str, *, outward: bool) -> Related:
    """Another ticket that has to do with this one."""
    return Related(number=number_text(number), kind=kind if outward else _INWARD.get(kind, kind), reason=reason)


def message_view(row: RowMapping) -> MessageView:
    """A message; its author as ``Name <address>``, or what there is of it."""
    name, address = row["author_name"], row["author_address"]
    shown = {field: row[field] for field in MessageView.model_fields if field in row}
    routed_by = Reason.model_validate(row["routed_by"]) if row["routed_by"] else None
    author = f"{name} <{address}>" if name and address else name or address
    return MessageView.model_validate({**shown, "author": author, "routed_by": routed_by})


def event_view(row: RowMapping) -> EventView:
    """An entry of the audit trail."""
    return EventView.model_validate({field: row[field] for field in EventView.model_fields})


def delivery_view(row: RowMapping) -> DeliveryView:
    """A delivery."""
    return DeliveryView.model_validate({field: row[field] for field in DeliveryView.model_fields if field in row})


def note_instead(deliveries: Sequence[DeliveryView]) -> None:
    """Say at what failed on which channel it was sent instead."""
    by_id = {each.id: each for each in deliveries}
    for each in deliveries:
        other = by_id.get(instead_id(each.id))
        each.instead = other.channel if other is not None else ""


def entry_view(row: RowMapping) -> EntryView:
    """An entry of the record."""
    return EntryView.model_validate({field: row[field] for field in EntryView.model_fields})


def fit(messages: list[MessageView], budget: int) -> None:
    """Shorten what is largest until all messages together take at most ``budget`` bytes as JSON, or nothing is left to shorten.

    An answer travels as one message on the bus, which takes 8 MiB; HTML goes first because its text stands beside it.
    """
    sizes = {message.id: len(message.model_dump_json()) for message in messages}
    for shorten in (_without_html, _with_short_texts):
        for message in sorted(messages, key=lambda each: -sizes[each.id]):
            if sum(sizes.values()) <= budget:
                return
            if shorten(message):
                message.defects = [*(defect for defect in message.defects if defect != SHORTENED), SHORTENED]
                sizes[message.id] = len(message.model_dump_json())


def _without_html(message: MessageView) -> bool:
    changed, message.html = message.html is not None, None
    return changed


def _with_short_texts(message: MessageView) -> bool:
    changed = len(message.text) > _SHORT or len(message.reply_text) > _SHORT
    message.text, message.reply_text = message.text[:_SHORT], message.reply_text[:_SHORT]
    return changed
