"""Deciding about what is written beside the customer's thread: separate messages to the customer, side conversations with others."""

from typing import Any

from services.router.deciding import marks, sending, sides
from services.router.deciding.commands import collision, outward
from services.router.deciding.commands.conversation import has_customer, send
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.reaching import Reach, reach
from services.router.deciding.senders import CONVERSATIONS, conversation_of
from shared.identity import derive
from shared.messages import command as c
from shared.messages import talking as t
from shared.messages.changeset import AddMessage, AddReferences, ChangeTicket, PutContact, QueueDelivery
from shared.messages.facts import FactsRequest, TicketFact, point_key
from shared.messages.outbound import Outbound, side_delivery, side_part
from shared.messages.parts import POINT_OF_CHANNEL, Address, Attachment, Channel, Point
from shared.phones import is_e164
from shared.texts import LANGUAGES, text

_SIDE_CHANNELS: tuple[Channel, ...] = ("email", "sms", "whatsapp", "telegram")
_BY_NUMBER = ("phone", "whatsapp")
_SUBJECT = 998


def needs(action: object, request: FactsRequest) -> None:
    """What must be known beside the ticket."""
    if isinstance(action, t.WriteMessage):
        request.people_of = list(request.numbers)
        channel = action.channel or _channel_of(action.to)
        if action.to and channel is not None:
            request.points = [_point(channel, action.to)]
    elif isinstance(action, t.StartSide):
        request.points = [_point(action.channel, action.to)]


def _channel_of(to: str) -> Channel | None:
    kinds: dict[str, Channel] = {"email": "email", "phone": "sms"}
    return kinds.get(sending.kind_of(to))


def _point(channel: str, to: str) -> Point:
    kind = POINT_OF_CHANNEL.get(channel, "email")
    return Point(kind=kind, value=sending.normalised(to) if kind in ("email", *_BY_NUMBER) else to.strip())


# -- to the customer ----------------------------------------------------------------------------------------------------


def write_message(do: Doing, want: t.WriteMessage) -> dict[str, Any]:
    """Write to the customer beside the thread. Raises `Refused`."""
    ticket = do.ticket(want.number)
    has_customer(ticket)
    if ticket.status == "merged":
        raise Refused("conflict", f"T-{want.number} was merged into another ticket; write there")
    _says_something(want.text, want.attachments)
    collision.check(do, ticket, want.seen_at)
    channel = want.channel or (_channel_of(want.to) if want.to else None)
    reply = c.Reply(
        number=want.number,
        text=want.text,
        channel=channel,
        to=[want.to] if want.to else [],
        html=want.html,
        attachments=want.attachments,
    )
    way = _to_new_point(do, want, ticket, channel) or reach(do, reply, ticket)
    return send(do, reply, ticket, way, "message", want.subject.strip())


def _to_new_point(do: Doing, want: t.WriteMessage, ticket: TicketFact, channel: Channel | None) -> Reach | None:
    """By a point that is not known to be the customer's: only where it is to be added to what is known of them. Null: it is theirs."""
    if not want.to:
        return None
    if channel is None:
        raise Refused("invalid", f"to: {want.to!r} is neither a mail address nor a number; name a channel")
    point = _point(channel, want.to)
    known = do.facts.contacts.get(point_key(point.kind, point.value))
    person = do.facts.people.get(ticket.contact_id or "")
    theirs = next(
        (p for p in (person.points if person else ()) if (p.kind, p.value) == (point.kind, point.value)), None
    )
    if point.value == ticket.customer or (theirs is not None and (theirs.verified or channel == "email")):
        return None
    if channel == "email" and point.value in ticket.participants and point.value not in ticket.unconfirmed:
        return None
    if not want.add:
        raise Refused("invalid", f"to: {point.value} is not known to be the customer's; with add it becomes theirs")
    if ticket.contact_id is None:
        raise Refused("conflict", f"add: nobody is known to be the customer of T-{want.number}")
    if known is not None and known.contact_id != ticket.contact_id:
        raise Refused("conflict", f"to: {point.value} is another contact's; merge the two if they are one person")
    inbox = _checked(do, ticket, channel, point)
    key = point_key(point.kind, point.value)
    do.draft.change(do.facts, key)
    do.draft.operations.append(PutContact(contact_id=ticket.contact_id, points=[point], verified=False))
    do.event("point_added", ticket.ticket_id, kind=point.kind, contact=ticket.contact_id)
    return Reach(channel, inbox, [Address(address=point.value)], conversation_of(channel, inbox, point.value))


def _says_something(words: str, attachments: list[Attachment]) -> None:
    if not words.strip() and not attachments:
        raise Refused("invalid", "text: must not be empty")


def _checked(do: Doing, ticket: TicketFact, channel: Channel, point: Point) -> str:
    """The inbox by which a point can be written to. Raises `Refused` for one that cannot, or is not to be."""
    if point.kind == "email" and sending.kind_of(point.value) != "email":
        raise Refused("invalid", f"to: {point.value!r} is no mail address")
    if point.kind in _BY_NUMBER and not is_e164(point.value):
        raise Refused("invalid", f"to: {point.value!r} is no number; write it like +48600100200")
    if not point.value or do.policy.is_own(point.value) or point.value in do.policy.own_numbers:
        raise Refused("invalid", f"to: {point.value!r} is one of ours")
    inbox = sending.email_inbox(ticket, do.policy) if channel == "email" else do.policy.inbox_of(channel, ticket.inbox)
    if inbox is None or (channel != "email" and channel not in CONVERSATIONS):
        raise Refused("invalid", f"channel: there is no inbox that sends {channel}")
    known = do.facts.contacts.get(point_key(point.kind, point.value))
    if known is not None and known.opted_out:
        raise Refused("conflict", f"to: {point.value} asked not to be written to by {channel} (STOP)")
    if known is not None and known.undeliverable:
        raise Refused("conflict", f"to: {point.value} cannot be reached by {channel} any more")
    return inbox


# -- to others ----------------------------------------------------------------------------------------------------------


def start_side(do: Doing, want: t.StartSide) -> dict[str, Any]:
    """Begin a side conversation. Raises `Refused`, also for somebody who takes part in the ticket."""
    ticket = do.ticket(want.number)
    _may_be_talked_over(ticket)
    _says_something(want.text, want.attachments)
    if want.channel not in _SIDE_CHANNELS:
        raise Refused("invalid", f"channel: must be one of {', '.join(_SIDE_CHANNELS)}")
    if want.language and want.language not in LANGUAGES:
        raise Refused("invalid", f"language: must be one of {', '.join(LANGUAGES)}")
    point = _point(want.channel, want.to)
    inbox = _checked(do, ticket, want.channel, point)
    key = point_key(point.kind, point.value)
    known = do.facts.contacts.get(key)
    if point.value in (*ticket.participants, ticket.customer) or (known and known.contact_id == ticket.contact_id):
        raise Refused("conflict", f"to: {point.value} takes part in T-{want.number}; write them a message instead")
    held = sides.sides(ticket)
    if len(held) >= sides.MOST:
        raise Refused("conflict", f"T-{want.number} has {sides.MOST} side conversations, which is the most")
    language = want.language or (known.language if known and known.language in LANGUAGES else None) or _default(do)
    side: dict[str, Any] = {
        "channel": want.channel,
        "inbox": inbox,
        "to": point.value,
        "name": want.name.strip() or (known.name if known else ""),
        "subject": outward.words(do, want.subject.strip()[:_SUBJECT], language)
        or text("side.subject", language, company=do.policy.company),
        "language": language,
        "by": do.command.actor,
        "created_at": do.now.isoformat(),
        "updated_at": do.now.isoformat(),
        "ids": [],
    }
    side_id = do.derive("side")
    if known is None:
        # Known by this alone, so that a STOP or a failure can be remembered; it says nothing of who they are.
        contact_id = derive("contact", point.kind, point.value)
        do.draft.operations.append(PutContact(contact_id=contact_id, name=side["name"], points=[point], verified=False))
        do.draft.change(do.facts, key)
    # No version changes: nothing that was decided without these becomes wrong.
    found_by = [marks.aside(side_part(side_id)), *([marks.side(talk)] if (talk := sides.talk(side)) else [])]
    do.draft.operations.append(AddReferences(ticket_id=ticket.ticket_id, mentioned=found_by))
    do.event("side_started", ticket.ticket_id, side=side_id, channel=want.channel)
    return _write(do, ticket, side_id, side, want.text, want.attachments)


def write_side(do: Doing, want: t.WriteSide) -> dict[str, Any]:
    """Write on in a side conversation. Raises `Refused`."""
    ticket = do.ticket(want.number)
    _may_be_talked_over(ticket)
    _says_something(want.text, want.attachments)
    side = sides.sides(ticket).get(want.side_id)
    if side is None:
        raise Refused("not-found", f"T-{want.number} has no side conversation {want.side_id}")
    channel = next(each for each in _SIDE_CHANNELS if each == side["channel"])
    inbox = _checked(do, ticket, channel, Point(kind=POINT_OF_CHANNEL[channel], value=side["to"]))
    # An inbox that is gone from the configuration is replaced by the one that sends now.
    return _write(do, ticket, want.side_id, {**side, "inbox": inbox}, want.text, want.attachments)


def _may_be_talked_over(ticket: TicketFact) -> None:
    if ticket.internal:
        raise Refused("conflict", f"T-{ticket.number} is internal: nothing of it goes out of the house")
    if ticket.status == "merged":
        raise Refused("conflict", f"T-{ticket.number} was merged into another ticket; write there")


def _default(do: Doing) -> str:
    return do.policy.languages[0] if do.policy.languages else LANGUAGES[0]


def _write(
    do: Doing, ticket: TicketFact, side_id: str, side: dict[str, Any], words: str, attachments: list[Attachment]
) -> dict[str, Any]:
    """Send a message of a side conversation, and keep it as internal."""
    words, attachments = outward.words(do, words, side["language"]), outward.files(do, attachments, side["language"])
    message_id, delivery_id = do.derive("message"), side_delivery(side_id, do.command.command_id)
    to = [Address(name=side["name"], address=side["to"])]
    ids = list(side["ids"]) if side["channel"] == "email" else []
    common: dict[str, Any] = {
        "message_id": message_id,
        "ticket_id": ticket.ticket_id,
        "channel": side["channel"],
        "inbox": side["inbox"],
        "subject": side["subject"],
        "text": words,
        "attachments": attachments,
        "created_at": do.now,
        "correlation_id": do.command.correlation_id,
        "side": side_id,
    }
    author = Address(name=do.command.actor_name, address="")
    do.draft.operations += [
        AddMessage(direction="internal", author=author, author_kind="agent", recipients=to, reply_text=words, **common),
        QueueDelivery(
            outbound=Outbound(
                delivery_id=delivery_id,
                ticket_number=ticket.number,
                kind="message",
                to=to,
                language=side["language"],
                author=outward.author(do),
                signature=outward.signature(do, side["language"]),
                signed=outward.speaks(do),
                conversation=sides.talk(side),
                in_reply_to=ids[-1] if ids else None,
                references=ids,
                **common,
            )
        ),
        ChangeTicket(
            ticket_id=ticket.ticket_id,
            state={sides.MEMORY: {**sides.sides(ticket), side_id: {**side, "updated_at": do.now.isoformat()}}},
        ),
    ]
    do.event("side_sent", ticket.ticket_id, message_id, side=side_id, channel=side["channel"])
    result = {"ticket_id": ticket.ticket_id, "number": ticket.number, "message_id": message_id}
    return result | {"delivery_id": delivery_id, "side_id": side_id}
