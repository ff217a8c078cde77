"""People's data on the bus: what a restore holds back, whom to forget, and what is known of somebody."""

from datetime import datetime
from typing import Any, ClassVar, Literal

from pydantic import Field

from shared.messages.base import Record, Versioned
from shared.messages.parts import Point

HELD_BY_RESTORE = (
    "held by the restore: it was not sent when the backup was made, and nobody knows whether it was sent after that"
)
"""The error of a delivery that waits for somebody to release it."""


# -- held by a restore --------------------------------------------------------------------------------------------------------


class HeldDeliveriesQuery(Versioned):
    """``store.query.held_deliveries``: what a restore holds back, by id, after that of the page before."""

    VERSION: ClassVar[int] = 1

    after: str = ""
    limit: int = 500


class HeldDelivery(Record):
    """One of them."""

    id: str
    ticket: str | None = None
    channel: str
    inbox: str
    kind: str
    to: str
    subject: str = ""
    created_at: datetime


class HeldDeliveries(Versioned):
    """A page of them."""

    VERSION: ClassVar[int] = 1

    items: list[HeldDelivery] = Field(default_factory=list)


class ReleaseDelivery(Record):
    """Send what a restore holds back, or what nobody knows to have been sent: it is sent (once more)."""

    do: Literal["release_delivery"] = "release_delivery"
    delivery_id: str


# -- forgetting ---------------------------------------------------------------------------------------------------------------


class Forget(Record):
    """The operation: everything about whoever has these points is to be forgotten, piece by piece; ``sources`` are messages that were
    erased and have come again."""

    op: Literal["forget"] = "forget"
    erasure_id: str
    points: list[Point] = Field(default_factory=list)
    sources: list[str] = Field(default_factory=list)
    by: str
    at: datetime


class EraseContact(Record):
    """Forget whoever has this address (or other point's value)."""

    do: Literal["erase_contact"] = "erase_contact"
    point: Point
    points: list[Point] = Field(default_factory=list)


class PersonQuery(Versioned):
    """``store.query.person``: what is known of whoever has this address (or other point's value): a page of their tickets after that id,
    with the counts of everything."""

    VERSION: ClassVar[int] = 1

    address: str
    after: str = ""
    limit: int = 200


class PersonTicket(Record):
    """A ticket that a person has something to do with. ``own``: they are its customer; otherwise they took part in it."""

    ticket_id: str
    number: int
    own: bool
    status: str
    created_at: datetime


class PersonAnswer(Versioned):
    """What is known of them; ``contacts`` is empty where nobody has that address."""

    VERSION: ClassVar[int] = 1

    contacts: list[dict[str, Any]] = Field(default_factory=list)
    points: list[Point] = Field(default_factory=list)
    tickets: list[PersonTicket] = Field(default_factory=list)
    counts: dict[str, int] = Field(default_factory=dict)


class ErasureQuery(Versioned):
    """``store.query.erasure``: how far an erasure is."""

    VERSION: ClassVar[int] = 1

    erasure_id: str


class ErasureAnswer(Versioned):
    """``done_at`` is null as long as it goes on, ``counts`` is what was forgotten so far; ``known`` false: there is none."""

    VERSION: ClassVar[int] = 1

    known: bool = False
    done_at: datetime | None = None
    counts: dict[str, int] = Field(default_factory=dict)


# -- handing over -------------------------------------------------------------------------------------------------------------


class BelongingsQuery(Versioned):
    """``store.query.belongings``: what whoever has this address wrote, got and was promised in a ticket, oldest first. ``what`` is one of
    ``messages``, ``deliveries``, ``entries``; ``after`` the ``next`` of the page before. ``held``: instead, what of theirs was held back
    and is in no ticket, whatever ``ticket_id`` and ``what`` say. Whoever has asked already who that is
    (`PersonAnswer`) says it in ``contacts`` (ids) and ``values`` (of all points): looking for somebody takes longer than a page."""

    VERSION: ClassVar[int] = 1

    address: str
    ticket_id: str
    what: Literal["messages", "deliveries", "entries"]
    after: str = ""
    contacts: list[str] = Field(default_factory=list)
    values: list[str] = Field(default_factory=list)
    held: bool = False


class Belongings(Versioned):
    """A page of it, as plain values; ``next`` null: there is no more. ``ticket`` says what the ticket is to the customer."""

    VERSION: ClassVar[int] = 1

    ticket: dict[str, Any] = Field(default_factory=dict)
    items: list[dict[str, Any]] = Field(default_factory=list)
    next: str | None = None


class RetentionQuery(Versioned):
    """``store.query.retention``: how many tickets are over for longer than is kept."""

    VERSION: ClassVar[int] = 1


class RetentionAnswer(Versioned):
    """So many lose their words, so many others their files."""

    VERSION: ClassVar[int] = 1

    words: int = 0
    files: int = 0
