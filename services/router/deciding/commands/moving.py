"""Deciding about a message in the wrong ticket: it moves with all that followed from it, and what follows later goes along.

That holds for the future by references: each id of a moved message leads to the other ticket from now on (marked as moved, so that it
outranks the signature of a reply address), and a sender all of whose mail was moved is remembered beside the old ticket's number.
Moving back is the same the other way round. Nothing is sent to anybody.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.router.deciding import lifecycle, marks, sending
from services.router.deciding.classify import classify
from services.router.deciding.commands.doing import Doing, Refused
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import (
    AddReferences,
    ChangeTicket,
    LinkTickets,
    MovedReference,
    MoveMessages,
    OpenTicket,
    PutContact,
)
from shared.messages.facts import FactsRequest, MessageFact, TicketFact, point_key, ticket_key
from shared.messages.parts import POINT_OF_CHANNEL, Point, Reason

_LATEST = 10


@dataclass(frozen=True)
class Split:
    """A ticket's messages: what moves (the messages in question first), what stays, and the deliveries of what moves."""

    source: TicketFact
    moved: list[MessageFact]
    rest: list[MessageFact]
    deliveries: list[str]

    def leaving(self) -> list[str]:
        """The senders of whose mail nothing stays."""
        staying = {message.author for message in self.rest if message.direction == "in"}
        return [author for author in self.authors() if author not in staying]

    def authors(self) -> list[str]:
        """Who wrote what moves, machines left out."""
        people = (message for message in self.moved if message.direction == "in" and not message.automatic)
        return list(dict.fromkeys(message.author for message in people if message.author))


def wrong_needs(want: c.WrongTicket) -> FactsRequest:
    """What must be known to move a message."""
    numbers = [want.number, *([want.to] if want.to is not None else [])]
    return FactsRequest(numbers=numbers, messages_of=numbers, deliveries_of=[want.number], texts=[want.message_id])


def wrong_ticket(do: Doing, want: c.WrongTicket) -> dict[str, Any]:
    """Move a message and what followed from it. Raises `Refused`."""
    source = do.ticket(want.number)
    if want.to == want.number:
        raise Refused("invalid", f"to: the message is in T-{want.number} already")
    split = part(do, source, [want.message_id])
    kept = [message for message in split.rest if message.direction != "internal"]
    if want.to is None and not kept:
        raise Refused("conflict", f"T-{want.number} has nothing but this conversation: it is its own ticket already")
    if want.to is not None:
        target = do.ticket(want.to)
        if target.status == "merged":
            raise Refused("conflict", f"T-{want.to} was merged into another ticket; move it there")
        _receive(do, split, target)
    else:
        target = open_for(do, split)
    return relocate(do, split, target, "moved")


def relocate(do: Doing, split: Split, target: TicketFact, link: str) -> dict[str, Any]:
    """Have the messages where they belong, in a ticket that is there or was just opened; ``link`` is how the two are linked."""
    source, first = split.source, split.moved[0].message_id
    emptied = all(message.direction == "internal" for message in split.rest)
    do.draft.operations.append(_move(do, split, target))
    staying = {message.conversation for message in split.rest}
    if known := [marks.conversation(talk) for talk in _talks(split) if talk in staying]:
        # Part of the talk stays, and may be taken up again where it is.
        do.draft.operations.append(AddReferences(ticket_id=source.ticket_id, mentioned=known))
    do.draft.operations.append(LinkTickets(ticket_id=target.ticket_id, other_id=source.ticket_id, kind=link))
    _leave(do, split, emptied=emptied)
    moved = {"messages": [message.message_id for message in split.moved], "from": source.ticket_id}
    for ticket_id in (source.ticket_id, target.ticket_id):
        do.event("messages_moved", ticket_id, first, **moved, to=target.ticket_id)
    return {"ticket_id": target.ticket_id, "message_id": first, "moved": len(split.moved)}


def part(do: Doing, source: TicketFact, message_ids: list[str]) -> Split:
    """What moves with these messages. Raises `Refused` for what is not there, and for what did not come in."""
    messages = do.facts.messages.get(source.ticket_id, [])
    wrong = [message for message in messages if message.message_id in message_ids]
    for missing in [each for each in message_ids if all(each != message.message_id for message in wrong)]:
        raise Refused("not-found", f"there is no message {missing} in T-{source.number}")
    if any(message.direction != "in" for message in wrong):
        raise Refused("invalid", "only a message that came in can be in the wrong ticket; what answers it moves along")
    sent = sent_for(do, source, messages)
    moved = followers(wrong, messages, sent)
    return Split(source, moved, *_left(messages, moved, sent))


def sent_for(do: Doing, source: TicketFact, messages: list[MessageFact]) -> dict[str, list[str]]:
    """The deliveries of a ticket's messages, by message: those of an answer itself, and the acknowledgement of what was answered."""
    sent: dict[str, list[str]] = {}
    for delivery in do.facts.deliveries.values():
        if delivery.ticket_id == source.ticket_id and delivery.message_id:
            sent.setdefault(delivery.message_id, []).append(delivery.delivery_id)
    for message in messages:
        acknowledgement = derive("delivery", message.source_id, "acknowledgement") if message.source_id else ""
        if acknowledgement in do.facts.deliveries:
            sent.setdefault(message.message_id, []).append(acknowledgement)
    return sent


def _left(
    messages: list[MessageFact], moved: list[MessageFact], sent: dict[str, list[str]]
) -> tuple[list[MessageFact], list[str]]:
    ids = {message.message_id for message in moved}
    rest = [message for message in messages if message.message_id not in ids]
    return rest, [delivery for message in moved for delivery in sent.get(message.message_id, ())]


def followers(
    wrong: list[MessageFact], messages: list[MessageFact], sent: dict[str, list[str]], by_mark: str = ""
) -> list[MessageFact]:
    """The messages and all that answers them, or answers what does. What names several messages of the ticket answers the newest it
    names. What names nothing but ``by_mark`` counts as an answer, too."""
    owner: dict[str, str] = {by_mark: by_mark} if by_mark else {}
    for message in messages:
        for known in (message.header_id, *map(marks.sent, sent.get(message.message_id, ()))):
            if known:
                owner.setdefault(known, message.message_id)
    answers: dict[str, list[MessageFact]] = {}
    for message in messages:
        parent = next((owner[each] for each in message.answers if each in owner), None)
        if parent is not None and parent != message.message_id:
            answers.setdefault(parent, []).append(message)
    first = {message.message_id: message for message in wrong}
    found = dict(first)
    waiting = [*first, *([by_mark] if by_mark else [])]
    while waiting:
        for message in answers.get(waiting.pop(), ()):
            if message.message_id not in found:
                found[message.message_id] = message
                waiting.append(message.message_id)
    later = [message for message in messages if message.message_id in found and message.message_id not in first]
    return [*wrong, *later]


def _move(do: Doing, split: Split, target: TicketFact) -> MoveMessages:
    source = split.source
    by = f"from T-{source.number} by {do.command.actor_name or do.command.actor}"
    there = do.facts.messages.get(target.ticket_id, [])
    return MoveMessages(
        from_id=source.ticket_id,
        ticket_id=target.ticket_id,
        message_ids=[message.message_id for message in split.moved],
        delivery_ids=split.deliveries,
        references=list(references(do, split)),
        forget=[marks.member(number, author) for number, author in _forgotten(split, target)],
        follow=[
            marks.member(number, author)
            for number in do.facts.moved_from.get(source.ticket_id, ())
            for author in split.leaving()
            if number not in (source.number, target.number)
        ],
        latest_from=latest(split.rest),
        latest=latest([*there, *split.moved]),
        routed_by=Reason(rule="moved by an agent", evidence=by),
    )


def _forgotten(split: Split, target: TicketFact) -> Iterable[tuple[int, str]]:
    """Ticket numbers from which a sender's mail was sent elsewhere, and is not any more: it comes back, or goes elsewhere now."""
    for author in split.authors():
        if target.number:
            yield target.number, author
    for author in split.leaving():
        yield split.source.number, author


def references(do: Doing, split: Split) -> Iterable[MovedReference]:
    """What leads to the other ticket from now on: ids of moved messages, what we sent about them, what only they mention, and, for
    senders of whose mail nothing stays, the old ticket's number."""
    staying = {known for message in split.rest for known in (message.header_id, *message.answers) if known}
    own = {message.header_id: message.audience for message in split.moved if message.header_id}
    for header_id, audience in own.items():
        yield MovedReference(id=header_id, owned=True, audience=audience)
    sent = [marks.sent(delivery_id) for delivery_id in split.deliveries]
    mentioned = dict.fromkeys(each for message in split.moved for each in message.answers)
    for mark in dict.fromkeys((*sent, *(each for each in mentioned if each not in staying and each not in own))):
        yield MovedReference(id=mark)
    for talk in _talks(split):
        yield MovedReference(id=marks.conversation(talk))
    leaving = split.leaving()
    for author in leaving:
        yield MovedReference(id=marks.member(split.source.number, author))
    for message in split.moved:
        foreign = [each for each in message.answers if " " not in each]
        if message.author in leaving:
            for each in dict.fromkeys((*foreign[:1], *foreign[-1:])):
                yield MovedReference(id=marks.answer(message.author, each))
            subject = marks.same_subject(message.author, message.subject) if do.policy.same_subject_within else None
            if subject:
                yield MovedReference(id=subject)


def _talks(split: Split) -> list[str]:
    """The talks that go on in the other ticket."""
    named = dict.fromkeys(message.conversation for message in split.moved if message.conversation)
    return [talk for talk in named if _goes_on_with_it(talk, split)]


def _goes_on_with_it(talk: str, split: Split) -> bool:
    """Whether the talk goes on where the messages go: nothing that was written later stays."""
    moved = max(message.created_at for message in split.moved if message.conversation == talk)
    staying = (each for each in split.rest if each.conversation == talk and each.direction == "in")
    return all(each.created_at <= moved for each in staying)


def latest(messages: list[MessageFact]) -> list[str]:
    """The newest Message-IDs, oldest first."""
    ordered = sorted((message for message in messages if message.header_id), key=lambda message: message.created_at)
    return list(dict.fromkeys(message.header_id for message in ordered if message.header_id))[-_LATEST:]


def people(do: Doing, messages: Iterable[MessageFact]) -> list[str]:
    """Who wrote these messages or stood in To or Cc, our own addresses left out."""
    everyone = (
        address
        for message in messages
        if message.direction == "out" or not message.automatic
        for address in (*([message.author] if message.direction == "in" else []), *message.recipients)
    )
    return [address for address in dict.fromkeys(everyone) if address and not do.policy.is_own(address)][:100]


def _receive(do: Doing, split: Split, target: TicketFact) -> None:
    """The other ticket gets the messages' people, and is open again when a customer's message came to it."""
    new = [address for address in people(do, split.moved) if address not in target.participants]
    change = ChangeTicket(
        ticket_id=target.ticket_id,
        add_participants=new,
        add_unconfirmed=[address for address in new if address in split.source.unconfirmed],
    )
    status = lifecycle.after_message(target.status) if split.authors() else target.status
    if status != target.status:
        move = lifecycle.move(target, status, _step(do, "message"))
        change.fields = move.fields
        do.draft.operations += [*move.timers, move.event]
    if change.fields or change.add_participants:
        do.draft.operations.append(change)


def open_for(do: Doing, split: Split) -> TicketFact:
    """A ticket of its own for the messages."""
    wrong, source = split.moved[0], split.source
    text = do.facts.texts.get(wrong.message_id, "")
    classified = classify(wrong.subject, text, wrong.author, wrong.inbox, wrong.channel, do.policy, do.now)
    kind = POINT_OF_CHANNEL.get(wrong.channel) or sending.kind_of(wrong.author)
    contact = do.facts.contacts.get(point_key(kind, wrong.author))
    own = source.customer.lower() == wrong.author and source.channel == wrong.channel
    contact_id = contact.contact_id if contact else derive("contact", kind, wrong.author) if wrong.author else None
    if contact is None and own:
        contact_id = source.contact_id
    elif contact_id and contact is None:
        point = Point(kind=kind, value=wrong.author)
        do.draft.operations.append(PutContact(contact_id=contact_id, name=wrong.author_name, points=[point]))
    opened = OpenTicket(
        ticket_id=do.derive("ticket"),
        subject=wrong.subject,
        channel=wrong.channel,
        inbox=wrong.inbox,
        language=(contact.language if contact and contact.language else source.language),
        contact_id=contact_id,
        customer=source.customer if own else wrong.author,
        conversation=wrong.conversation,
        participants=people(do, split.moved),
        kind=classified.kind,
        category=classified.category,
        priority=classified.priority,
        team=classified.team,
        received_by=wrong.inbox,
        problem=text[:10_000],
        created_at=do.now,
        first_response_due=classified.first_response_due,
        resolution_due=classified.resolution_due,
        reasons={**classified.reasons, "thread": Reason(rule="moved by an agent", evidence=f"from T-{source.number}")},
        state=classified.state,
    )
    do.draft.operations.append(opened)
    do.event("ticket_opened", opened.ticket_id, wrong.message_id, category=opened.category, priority=opened.priority)
    fields = opened.model_dump(include=set(TicketFact.model_fields))
    return TicketFact(number=0, **fields)


def _step(do: Doing, by: lifecycle.By) -> lifecycle.Step:
    data = {"because": "messages were moved"}
    return lifecycle.Step(by, do.command.actor, do.now, do.policy.close_after, do.command.channel, data=data)


def _leave(do: Doing, split: Split, *, emptied: bool) -> None:
    """The old ticket loses those who have to do with the moved messages only; with nothing left in it, it is closed."""
    source = split.source
    gone = set(people(do, split.moved)) - set(people(do, split.rest))
    fields: dict[str, Any] = {}
    if gone.intersection(source.participants):
        fields["participants"] = [address for address in source.participants if address not in gone]
        fields["unconfirmed"] = [address for address in source.unconfirmed if address not in gone]
    if emptied and source.status != "closed" and lifecycle.allowed(source.status, "closed"):
        move = lifecycle.move(source, "closed", _step(do, "hand"))
        fields |= move.fields
        do.draft.operations += [*move.timers, move.event]
    if fields:
        do.draft.operations.append(ChangeTicket(ticket_id=source.ticket_id, fields=fields))
    do.draft.change(do.facts, ticket_key(source.ticket_id))
