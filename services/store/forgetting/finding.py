"""What somebody has to do with: their contacts and points, their tickets, and where else they wrote or are named."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, or_, select

from services.store.forgetting.naming import Names
from services.store.forgetting.rows import (
    CONTACT,
    DELIVERY,
    ENTRY,
    EVENT,
    HELD,
    MESSAGE,
    NEWS,
    POINT,
    SPOKEN,
    TICKET,
)

_ROUNDS = 50  # of contacts that were merged into one another


@dataclass(frozen=True)
class Person:
    """Who is to be forgotten. ``values`` are the lower-cased values of all points."""

    erasure_id: str
    at: datetime
    contacts: list[str] = field(default_factory=list)
    points: list[tuple[str, str]] = field(default_factory=list)
    values: list[str] = field(default_factory=list)


def whole(connection: Connection, erasure: Mapping[Any, Any]) -> Person:
    """Everybody that these points belong to, with all of their points; also of contacts that were merged into them."""
    points = {(each["kind"], each["value"]) for each in erasure["points"]}
    values = sorted({value.lower() for _, value in points})
    contacts = set(
        connection.execute(select(POINT.c.contact_id).where(func.lower(POINT.c.value).in_(values))).scalars()
    )
    contacts -= {None}
    for _ in range(_ROUNDS):
        related = select(CONTACT.c.id).where(CONTACT.c.merged_into.in_(list(contacts)))
        into = select(CONTACT.c.merged_into).where(CONTACT.c.id.in_(list(contacts)), CONTACT.c.merged_into.is_not(None))
        more = {*connection.execute(related).scalars(), *connection.execute(into).scalars()} - contacts
        if not more:
            break
        contacts |= more
    found = select(POINT.c.kind, POINT.c.value).where(POINT.c.contact_id.in_(list(contacts)))
    points |= {(kind, value) for kind, value in connection.execute(found)}
    return Person(
        erasure["id"],
        erasure["at"],
        sorted(contacts),
        sorted(points),
        sorted({value.lower() for _, value in points if value.strip()}),
    )


def own_tickets(connection: Connection, person: Person) -> list[str]:
    theirs = or_(TICKET.c.contact_id.in_(person.contacts), func.lower(TICKET.c.customer).in_(person.values))
    return list(connection.execute(select(TICKET.c.id).where(theirs)).scalars())


def written(connection: Connection, person: Person) -> list[str]:
    """What they wrote in others' tickets, and what was forwarded from them."""
    theirs = or_(
        func.lower(MESSAGE.c.author_address).in_(person.values), func.lower(MESSAGE.c.forwarded_from).in_(person.values)
    )
    return list(connection.execute(select(MESSAGE.c.id).where(theirs)).scalars())


def held(connection: Connection, person: Person) -> list[str]:
    return list(connection.execute(select(HELD.c.id).where(func.lower(HELD.c.sender).in_(person.values))).scalars())


def took_part(connection: Connection, person: Person) -> list[str]:
    """Others' tickets in which they are named. Walks through the tables in which that may be."""
    names, values = Names(person.values), person.values
    named = names.are_quoted_in(TICKET.c.participants, TICKET.c.unconfirmed, TICKET.c.watchers)
    statements = (
        select(TICKET.c.id).where(or_(named, names.may_stand_in(TICKET.c.reasons, TICKET.c.state))),
        select(MESSAGE.c.ticket_id).where(names.are_quoted_in(MESSAGE.c.recipients, MESSAGE.c.bcc)),
        select(MESSAGE.c.ticket_id).where(names.may_stand_in(MESSAGE.c.routed_by)),
        select(ENTRY.c.ticket_id).where(names.may_stand_in(ENTRY.c.data)),
        select(NEWS.c.ticket_id).where(names.may_stand_in(NEWS.c.variables)),
        select(SPOKEN.c.ticket_id).where(names.are_quoted_in(SPOKEN.c.point)),
        select(DELIVERY.c.ticket_id).where(
            or_(func.lower(DELIVERY.c.to).in_(values), names.may_stand_in(DELIVERY.c.error))
        ),
        select(EVENT.c.ticket_id).where(
            or_(func.lower(EVENT.c.actor).in_(values), names.may_stand_in(EVENT.c.data, EVENT.c.reason))
        ),
    )
    found = {each for statement in statements for each in connection.execute(statement).scalars() if each is not None}
    return sorted(found)
