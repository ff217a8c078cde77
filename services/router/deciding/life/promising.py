"""By when a customer is told that they will be answered: a span while we are at work, a day and an hour when we are not."""

from datetime import datetime
from typing import Any

from services.router.deciding.life.living import Living
from services.router.deciding.life.sla import terms_for
from services.router.deciding.terms import Terms, between
from shared.calendars import AROUND_THE_CLOCK
from shared.messages.facts import point_key
from shared.messages.outbound import Outbound
from shared.messages.parts import POINT_OF_CHANNEL
from shared.texts.moments import by_when


def acknowledge(living: Living) -> None:
    """The acknowledgement promises what the ticket's SLA says now, after all that rules have made of it."""
    for delivery in living.deliveries():
        if delivery.outbound.kind == "acknowledgement":
            variables = promise(living, living.ticket.first_response_due, delivery.outbound)
            delivery.outbound.variables = delivery.outbound.variables | variables


def promise(living: Living, due: datetime | None, outbound: Outbound) -> dict[str, Any]:
    """What a text of the catalogue needs to say when something is due (null: nobody knows): its variable ``expected``, or the seconds
    that it is made from."""
    return expected(due, terms_for(living), living.now, outbound.language, timezone_of(living, outbound))


def expected(due: datetime | None, terms: Terms, now: datetime, language: str, timezone: str | None) -> dict[str, Any]:
    """As `promise`. A span is said only of time that passes at one go; across a closing time the customer is told the day and the hour,
    in ``timezone`` or, where that is not known, ours. What is overdue already is promised as soon as possible."""
    if due is None or due <= now:
        return {"expected_seconds": None}
    seconds = round((due - now).total_seconds())
    calendar = terms.calendar
    if calendar is AROUND_THE_CLOCK or between(calendar, now, due) == due - now:
        return {"expected_seconds": seconds}
    return {"expected_seconds": seconds, "expected": by_when(language, due, timezone or calendar.timezone)}


def timezone_of(living: Living, outbound: Outbound) -> str | None:
    """The time zone of whoever this goes to; null: nobody knows."""
    kind = POINT_OF_CHANNEL.get(outbound.channel)
    known = living.facts.contacts.get(point_key(kind, outbound.to[0].address)) if kind and outbound.to else None
    return known.timezone if known is not None else None
