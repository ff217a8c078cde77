"""Deciding where an agent's answer goes: the customer's own channel, or another point of theirs that is known to be theirs."""

from dataclasses import dataclass

from services.router.deciding import sending
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.senders import CONVERSATIONS, conversation_of
from shared.messages import command as c
from shared.messages.facts import PersonFact, PointFact, TicketFact
from shared.messages.parts import POINT_OF_CHANNEL, Address, Channel


@dataclass(frozen=True)
class Reach:
    """By which inbox of which channel somebody is written to."""

    channel: Channel
    inbox: str
    to: list[Address]
    conversation: str | None = None


def reach(do: Doing, want: c.Reply, ticket: TicketFact) -> Reach:
    """Where a reply goes. Raises `Refused` for a channel that nothing is sent on, and for a point that is not known to be the
    customer's, cannot be reached, or is not to be written to."""
    channel = want.channel or _channel_of(want, ticket)
    if channel == "email":
        return _by_mail(do, want, ticket)
    inbox = do.policy.inbox_of(channel, ticket.inbox)
    if inbox is None or channel not in CONVERSATIONS:
        raise Refused("invalid", f"channel: there is no inbox that sends {channel}")
    if want.cc or want.bcc:
        raise Refused("invalid", f"cc: a message by {channel} has one recipient")
    person = do.facts.people.get(ticket.contact_id or "")
    point = _point(want, channel, ticket, person)
    _may_be_written_to(point, channel)
    own = channel == ticket.channel and point.value == ticket.customer and inbox == ticket.inbox
    talk = ticket.conversation if own and ticket.conversation else conversation_of(channel, inbox, point.value)
    return Reach(channel, inbox, [Address(address=point.value)], talk)


def _channel_of(want: c.Reply, ticket: TicketFact) -> Channel:
    """The channel that is meant where none is named: what the address looks like, else the ticket's, else (forms, calls) the one that
    reaches its customer."""
    meant = want.to[0] if want.to else ticket.customer
    if ticket.channel in CONVERSATIONS and (not want.to or meant.strip() == ticket.customer):
        return next(each for each in CONVERSATIONS if each == ticket.channel)
    return "sms" if sending.kind_of(meant) == "phone" else "email"


def _by_mail(do: Doing, want: c.Reply, ticket: TicketFact) -> Reach:
    to = want.to or _mail_of(ticket, do.facts.people.get(ticket.contact_id or ""))
    if not to:
        nobody = f"to: T-{want.number} has no customer to answer by mail; name an address"
        raise Refused("invalid", nobody, why="address", ticket=f"T-{want.number}")
    for field, addresses in (("to", to), ("cc", want.cc), ("bcc", want.bcc)):
        for address in addresses:
            if sending.kind_of(address) != "email":
                raise Refused("invalid", f"{field}: {address!r} is no mail address")
            if do.policy.is_own(address.strip().lower()):
                raise Refused("invalid", f"{field}: {address!r} is one of ours")
    return Reach("email", sending.email_inbox(ticket, do.policy), [Address(address=each.strip()) for each in to])


def _mail_of(ticket: TicketFact, person: PersonFact | None) -> list[str]:
    if sending.kind_of(ticket.customer) == "email":
        return [ticket.customer]
    points = person.points if person else []
    found = (point.value for point in points if point.kind == "email" and point.verified and not point.undeliverable)
    return [address for address in [next(found, "")] if address]


def _point(want: c.Reply, channel: str, ticket: TicketFact, person: PersonFact | None) -> PointFact:
    """The point to write to. The ticket's customer is one on the ticket's own channel, whatever is known of them."""
    kind = POINT_OF_CHANNEL[channel]
    theirs = [point for point in (person.points if person else []) if point.kind == kind]
    if len(want.to) > 1:
        raise Refused("invalid", f"to: a message by {channel} has one recipient")
    if want.to:
        wanted = sending.normalised(want.to[0]) if kind in ("phone", "whatsapp") else want.to[0].strip()
    else:
        usual = [point for point in theirs if point.verified and not (point.opted_out or point.undeliverable)]
        wanted = usual[0].value if usual else (theirs[0].value if theirs else "")
        if sending.kind_of_customer(ticket) == kind and ticket.customer:
            wanted = ticket.customer
    found = next((point for point in theirs if point.value == wanted), None)
    if found is None and wanted and wanted == ticket.customer and sending.kind_of_customer(ticket) == kind:
        return PointFact(kind=kind, value=wanted)
    if found is None:
        raise Refused("invalid", f"to: {wanted or channel} is not known to be the customer's")
    if not found.verified and found.value != ticket.customer:
        raise Refused("invalid", f"to: nobody has verified that {found.value} is the customer's")
    return found


def _may_be_written_to(point: PointFact, channel: str) -> None:
    if point.opted_out:
        stop = f"to: {point.value} asked not to be written to by {channel} (STOP)"
        raise Refused("conflict", stop, why="opted_out", way=channel)
    if point.undeliverable:
        gone = f"to: {point.value} cannot be reached by {channel} any more"
        raise Refused("conflict", gone, why="unreachable", way=channel)
