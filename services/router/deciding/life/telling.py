"""Telling people of a ticket by ourselves: its customer on their channel. Who its agents are; how they are told is
`services.router.deciding.life.notifying`.

A notice to the customer goes along with a message that this cause sends them anyway, as its postscript, and is one of its own otherwise;
it stays within the budget of automatic messages and never goes to whoever asked not to be written to. What is imported, spam or internal
tells nobody outside.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from services.router.deciding import answering, marks, sending
from services.router.deciding.life.living import Living
from services.router.deciding.senders import CONVERSATIONS, Way, conversation_of, is_providers_id
from shared.messages.changeset import AddReferences, CountAutomatic, QueueDelivery
from shared.messages.facts import point_key
from shared.messages.outbound import Button, Outbound, Postscript
from shared.messages.parts import POINT_OF_CHANNEL, Address, Attachment, Channel, Point
from shared.settings.notifying import NewsKind


@dataclass(frozen=True)
class Notice:
    """Something to be told: a text of the catalogue (``<template>.body``, on short channels ``<template>.short``) and what stands in it.
    ``own``: never as a postscript. ``name`` tells it from others of the same cause.

    To agents: ``event`` is its kind; without one everybody is told by mail, whatever they chose. ``worded`` gives the variables that
    depend on the language, ``attachments`` go along, ``subject`` is the ticket's as they may read it."""

    template: str
    variables: dict[str, Any]
    buttons: tuple[Button, ...] = ()
    own: bool = False
    name: str = ""
    event: NewsKind | Literal[""] = ""
    worded: Callable[[str], Mapping[str, Any]] | None = None
    attachments: tuple[Attachment, ...] = ()
    subject: str = ""


def way_to_customer(living: Living, preferred: Channel | None = None) -> Way | None:
    """Where the ticket's customer is written to: on the ticket's channel, else (forms, calls) by mail or SMS. With ``preferred`` on
    that channel, if a point of theirs is known there: one that is verified, else one that was only named, since somebody chose it."""
    ticket = living.ticket
    if preferred is not None and preferred != ticket.channel:
        found = _by(preferred, living) or _by(preferred, living, named=True)
        if found is not None:
            return found
    if ticket.channel in CONVERSATIONS and ticket.customer:
        channel = next(each for each in CONVERSATIONS if each == ticket.channel)
        inbox = living.policy.inbox_of(channel, ticket.inbox)
        return Way(channel, inbox, Point(kind=POINT_OF_CHANNEL[channel], value=ticket.customer)) if inbox else None
    kind = sending.kind_of(ticket.customer)
    if kind == "email":
        return Way("email", sending.email_inbox(ticket, living.policy), Point(kind="email", value=ticket.customer))
    if kind == "phone" and (inbox := living.policy.inbox_of("sms")):
        return Way("sms", inbox, Point(kind="phone", value=ticket.customer))
    return _by("email", living) or _by("sms", living)


def _by(channel: Channel, living: Living, *, named: bool = False) -> Way | None:
    """The customer's own point on a channel, in use and verified (or, ``named``, not)."""
    person = living.facts.people.get(living.ticket.contact_id or "")
    inbox = living.policy.inbox_of(channel, living.ticket.inbox)
    if channel == "email":
        inbox = sending.email_inbox(living.ticket, living.policy) if living.policy.email_inboxes else None
    kind = POINT_OF_CHANNEL.get(channel)
    for point in person.points if person else ():
        usable = (point.verified or named) and not (point.opted_out or point.undeliverable or point.blocked)
        if inbox and point.kind == kind and usable:
            return Way(channel, inbox, Point(kind=point.kind, value=point.value))
    return None


def tell_customer(living: Living, notice: Notice, preferred: Channel | None = None) -> str | None:
    """Tell the customer. Gives why nothing is told, null when it is; the ticket's audit trail says which."""
    why_not = _tell(living, notice, preferred)
    if why_not is None:
        living.event("customer_told", template=notice.template)
    else:
        living.event("customer_not_told", template=notice.template, why_not=why_not)
    return why_not


def _tell(living: Living, notice: Notice, preferred: Channel | None) -> str | None:
    ticket = living.ticket
    if living.cause.quiet:
        return "nobody is told of what is imported or restored"
    if ticket.internal:
        return "an internal ticket has no customer"
    if ticket.status in ("spam", "merged"):
        return f"the ticket is {ticket.status}"
    way = way_to_customer(living, preferred)
    if way is None:
        return "no address to answer to"
    going = None if notice.own else _going_out(living, way)
    if going is not None:
        going.postscripts.append(Postscript(template=notice.template, variables=notice.variables))
        going.buttons.extend(notice.buttons)
        _lead_back(living, going)
        return None
    key = point_key(way.point.kind, way.point.value)
    contact, sent = living.facts.contacts.get(key), living.facts.automatic.get(key, ())
    why_not = answering.refusal(
        way.point.value, None, contact, sent, living.ticket_id, living.policy, living.now, kind=way.point.kind
    )
    if why_not is not None:
        return why_not
    outbound = _notice(living, notice, way)
    living.draft.operations.append(QueueDelivery(outbound=outbound))
    _lead_back(living, outbound)
    if key in living.facts.versions:
        living.draft.operations.append(CountAutomatic(point=way.point, ticket_id=living.ticket_id, at=living.now))
        living.draft.change(living.facts, key)
    return None


def _lead_back(living: Living, outbound: Outbound) -> None:
    """What is answered in another talk than the ticket's own finds the ticket, too. No version changes: nothing that was decided without
    this becomes wrong."""
    ticket = living.ticket
    if outbound.conversation is None or outbound.conversation == ticket.conversation:
        return
    mark = marks.conversation(outbound.conversation)
    if any(entry.ticket_id == ticket.ticket_id for entry in living.facts.references.get(mark, ())):
        return
    living.draft.operations.append(AddReferences(ticket_id=ticket.ticket_id, mentioned=[mark]))
    to = outbound.to[0].address
    if to not in ticket.participants:
        living.join(to)


def _going_out(living: Living, way: Way) -> Outbound | None:
    """The message that goes to the customer anyway by this cause."""
    for each in living.deliveries():
        outbound = each.outbound
        to = {address.address.lower() for address in outbound.to}
        if outbound.channel == way.channel and way.point.value.lower() in to and outbound.kind != "alert":
            return outbound
    return None


def _notice(living: Living, notice: Notice, way: Way) -> Outbound:
    ticket = living.ticket
    # What other channels call their messages means nothing in a mail's header.
    known = [each for each in ticket.latest_message_ids if not is_providers_id(each)] if way.channel == "email" else []
    own = way.channel == ticket.channel and way.point.value == ticket.customer and way.inbox == ticket.inbox
    talk = ticket.conversation if own else None
    return Outbound(
        delivery_id=living.derive("delivery", "notice", notice.template, notice.name),
        ticket_id=ticket.ticket_id,
        ticket_number=ticket.number,
        channel=way.channel,
        inbox=way.inbox,
        kind="notice",
        to=[Address(address=way.point.value)],
        language=ticket.language,
        subject=ticket.subject,
        template=notice.template,
        variables=notice.variables,
        in_reply_to=known[-1] if known else None,
        references=known,
        conversation=talk or conversation_of(way.channel, way.inbox, way.point.value),
        buttons=list(notice.buttons),
        automatic=True,
        created_at=living.now,
        correlation_id=living.cause.correlation_id,
    )


def address_of(living: Living, name: str) -> str | None:
    """The mail address of an agent whom a ticket names by id or address; null where none is known."""
    agent = living.facts.assignees.get(name)
    address = agent.email if agent else name.strip().lower()
    return address if sending.kind_of(address) == "email" else None


def audience(living: Living, *names: str | None) -> list[str]:
    """The agents' addresses behind ids, addresses and names of teams, each once; never who is the cause, or works here no longer."""
    found: dict[str, None] = {}
    for name in filter(None, names):
        for each in living.policy.teams.get(name, (name,)):
            address = address_of(living, each)
            gone = living.facts.is_blocked(address) or living.facts.is_blocked(each)
            if address is not None and not gone and living.cause.actor not in (f"agent:{address}", f"agent:{each}"):
                found[address] = None
    return list(found)


def responsible(living: Living, *first: str | None) -> list[str]:
    """The addresses of whoever is to look after the ticket: the first of these names that somebody is behind, else its agent, else its
    team, else the operators."""
    for name in (*first, living.ticket.assignee, living.ticket.team):
        found = audience(living, name)
        if found:
            return found
    return [address.lower() for address in living.policy.alerts]
