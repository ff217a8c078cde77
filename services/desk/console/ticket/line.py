"""A ticket's line of time: messages of all channels, what was noted by hand, and what happened between them. Pure.

What happened between two messages stands together, so that it can be folded into one line.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from shared.messages.ticket import DeliveryView, EntryView, EventView, MessageView, TicketView

NEWEST: Final = 8
"""So many of the newest messages are shown at once, beside the first one."""
MORE: Final = 40
"""So many more each time somebody asks for older ones."""
_SAID_ELSEWHERE: Final = frozenset(
    {
        "message_received",
        "message_sent",
        "note_added",
        "side_sent",
        "side_started",
        "delivery",
        "ticket_opened",
        "route_added",
        "sla_changed",
        "watched",
        "customer_told",
        "message_edited",
        "message_deleted",
        "answer_waits",
    }
)
"""Entries of the audit trail that the line shows otherwise, or that only the trail itself need show."""
_NOTED: Final = ("call", "contact")


@dataclass(frozen=True)
class Item:
    """One place of the line: a message, something noted by hand, or what ``happened`` in between, oldest first."""

    key: str
    at: datetime
    message: MessageView | None = None
    deliveries: tuple[DeliveryView, ...] = ()
    noted: EntryView | None = None
    happened: tuple[EventView, ...] = ()

    @property
    def signature(self) -> str:
        """Changes with whatever is shown of it."""
        shown = [
            each.model_dump_json() for each in (self.message, *self.deliveries, self.noted, *self.happened) if each
        ]
        return blake2b("\n".join(shown).encode(), digest_size=12).hexdigest()


@dataclass(frozen=True)
class Line:
    """What is shown: the ``first`` message, how many are ``folded`` behind it, and the ``newest`` places."""

    first: tuple[Item, ...]
    folded: int
    newest: tuple[Item, ...]


def line_of(view: TicketView) -> list[Item]:
    """All places of the line, oldest first."""
    sent: dict[str, list[DeliveryView]] = defaultdict(list)
    for delivery in view.deliveries or ():
        if delivery.message_id is not None:
            sent[delivery.message_id].append(delivery)
    found = [
        Item(f"m-{each.id}", each.created_at, message=each, deliveries=tuple(sent[each.id]))
        for each in view.messages or ()
    ]
    found += [
        Item(f"n-{each.id}", each.done_at or each.created_at, noted=each)
        for each in view.entries or ()
        if each.kind in _NOTED
    ]
    events = [Item(f"e-{each.id}", each.at, happened=(each,)) for each in view.events or () if _is_told(each)]
    return _together(sorted([*found, *events], key=lambda item: item.at))


def _is_told(event: EventView) -> bool:
    """Whether the line tells of it: once, where the audit trail has it twice (a change, and what kind of change that was)."""
    changes = event.data.get("changes")
    only_status = event.what == "ticket_changed" and isinstance(changes, dict) and list(changes) == ["status"]
    return not (only_status or event.what in _SAID_ELSEWHERE or event.what.endswith("_corrected"))


def _together(items: Sequence[Item]) -> list[Item]:
    """Neighbouring events as one place, named after the first of them so that it stays the same while it grows."""
    joined: list[Item] = []
    for item in items:
        if item.happened and joined and joined[-1].happened:
            last = joined[-1]
            joined[-1] = Item(last.key, last.at, happened=(*last.happened, *item.happened))
        else:
            joined.append(item)
    return joined


def folded(items: Sequence[Item], newest: int = NEWEST) -> Line:
    """The first message and the ``newest`` ones, with what happened around them; folding away less than two messages is not worth it."""
    places = [place for place, item in enumerate(items) if not item.happened]
    if len(places) <= newest + 2:
        return Line((), 0, tuple(items))
    first, start = places[0], places[-newest]
    return Line(tuple(items[: first + 1]), len(places) - newest - 1, tuple(items[start:]))


def quoted(message: MessageView) -> tuple[str, str]:
    """What this person newly wrote, and the whole where that is more (else empty)."""
    said, whole = message.reply_text.strip(), message.text.strip()
    if not said or said == whole:
        return whole, ""
    return said, whole
