"""Telephone calls on the bus: who calls, and what was decided about something that a caller keyed in."""

from datetime import datetime
from typing import ClassVar

from shared.messages.base import Record, Versioned
from shared.messages.parts import Status


class CallerQuery(Versioned):
    """``store.query.caller``: what is known of whoever has this number (E.164)?"""

    VERSION: ClassVar[int] = 1

    number: str


class CallerAnswer(Versioned):
    """The contact's language; null where nobody has the number, or nothing is known."""

    VERSION: ClassVar[int] = 1

    language: str | None = None


class ToldStatus(Record):
    """How a ticket stands, as its customer may hear it. ``who`` has it, empty: a team without a name. ``until``, in the customer's time
    zone, is when they hear of us; null: nothing is promised."""

    number: int
    status: Status
    who: str = ""
    until: datetime | None = None


class ToldQuery(Versioned):
    """``store.query.told``: what was decided about this enquiry, by its cause?"""

    VERSION: ClassVar[int] = 1

    cause: str


class ToldAnswer(Versioned):
    """``decided``: it was; ``status`` is then what the caller may hear, null: that there is nothing for them."""

    VERSION: ClassVar[int] = 1

    decided: bool = False
    status: ToldStatus | None = None
