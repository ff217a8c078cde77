"""Which ticket does a message belong to? The order of evidence, strongest first, and what each piece may do.

What an agent said comes before all: a message that was moved to another ticket takes there what answers it.
Signed evidence (reply address, own Message-ID, body token) is unguessable but can be forwarded: it proves the ticket, not the
person. What anybody can write (foreign ids, numbers in a subject) counts only for those who take part in the ticket, or, for a
foreign id, when its message went to few; otherwise the message opens a ticket of its own with a link "possibly related".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.router.deciding import conversations, marks, repeating
from services.router.deciding.evidence import Evidence
from services.router.deciding.policy import Policy
from services.router.deciding.senders import is_providers_id
from shared.messages.facts import Facts, ReferenceFact, TicketFact
from shared.messages.inbound import Inbound
from shared.messages.parts import Reason


@dataclass(frozen=True)
class Placement:
    """Where a message goes: into ``ticket``, or (null) into a new one linked to ``related``. ``follows`` is a closed ticket that the
    new one continues. ``participant`` tells whether the sender has a participant's rights in ``ticket``.
    ``repeated``: it is there only because its sender says the same over and over. ``through``: it is there because these were merged
    into it."""

    reason: Reason
    ticket: TicketFact | None = None
    participant: bool = True
    follows: TicketFact | None = None
    related: list[tuple[TicketFact, str]] = field(default_factory=list)
    repeated: bool = False
    through: tuple[str, ...] = ()


def place(message: Inbound, evidence: Evidence, facts: Facts, policy: Policy, now: datetime) -> Placement:
    """The placement of a message that is not stored yet."""
    proven = _came_back(evidence, facts) or _moved(evidence, facts) or next(_signed(evidence, facts), None)
    if proven is not None:
        ticket, reason = proven
        return _into(ticket, reason, takes_part(evidence, ticket, facts))
    related: list[tuple[TicketFact, str]] = []
    for ticket, reason, qualified in _guessable(message, evidence, facts, policy):
        if qualified:
            return _into(ticket, reason, takes_part(evidence, ticket, facts), related)
        if all(ticket.ticket_id != other.ticket_id for other, _ in related):
            related.append((ticket, f"{reason.rule}: {reason.evidence}"))
    if talk := conversations.place(evidence, facts, now, policy.reopen_within):
        return _into(talk, conversations.reason(talk), takes_part(evidence, talk, facts), related)
    if repeated := _repeated(message, evidence, facts):
        return repeated
    return Placement(Reason(rule="no evidence", evidence="opens a ticket"), related=related)


def takes_part(evidence: Evidence, ticket: TicketFact, facts: Facts) -> bool:
    """Whether the sender wrote in the ticket, or stood in To or Cc, and did not get in by a token alone; or is its customer, writing
    from another point of theirs."""
    if any(member in ticket.participants and member not in ticket.unconfirmed for member in evidence.members):
        return True
    if ticket.contact_id is None:
        return False
    contacts = (facts.contacts.get(key) for key in evidence.keys)
    return any(contact is not None and contact.contact_id == ticket.contact_id for contact in contacts)


def _into(
    ticket: TicketFact, reason: Reason, participant: bool, related: list[tuple[TicketFact, str]] | None = None
) -> Placement:
    return Placement(reason, ticket=ticket, participant=participant, related=related or [])


def _by_number(number: int, facts: Facts) -> TicketFact | None:
    ticket_id = facts.numbers.get(number)
    return facts.tickets.get(ticket_id) if ticket_id else None


def _came_back(evidence: Evidence, facts: Facts) -> tuple[TicketFact, Reason] | None:
    """A bounce belongs where the message is now that it brings back."""
    delivery = facts.deliveries.get(evidence.failed) if evidence.failed else None
    ticket = facts.tickets.get(delivery.ticket_id) if delivery and delivery.ticket_id else None
    return (ticket, Reason(rule="bounce of our message", evidence=f"T-{ticket.number}")) if ticket else None


def _moved(evidence: Evidence, facts: Facts) -> tuple[TicketFact, Reason] | None:
    """Where an agent moved what the message answers: the newest message it names decides. A mark stands for a Message-ID that we
    signed; a foreign one can be known to anybody, so it counts for participants and beside a signature only."""
    signed = bool(evidence.by_address or evidence.by_body or evidence.by_own_id)
    for key in evidence.trail:
        entries = [entry for entry in facts.references.get(key, ()) if entry.ticket_id in facts.tickets]
        moved = next((facts.tickets[entry.ticket_id] for entry in entries if entry.moved), None)
        ours = " " in key
        if moved is not None and (ours or signed or takes_part(evidence, moved, facts)):
            return moved, Reason(rule="answers a moved message", evidence=f"T-{moved.number}", confidence=0.95)
        if ours or any(
            entry.owned and takes_part(evidence, facts.tickets[entry.ticket_id], facts) for entry in entries
        ):
            return None
    return None


def _with_its_sender(number: int, evidence: Evidence, facts: Facts) -> tuple[TicketFact, str] | None:
    """The ticket that a signed number leads to: the one where all that the sender wrote in it was moved, else itself."""
    for entry in facts.references.get(marks.member(number, evidence.sender), ()):
        if entry.moved and entry.ticket_id in facts.tickets:
            return facts.tickets[entry.ticket_id], f"T-{number}, whose mail of this sender was moved"
    ticket = _by_number(number, facts)
    return (ticket, f"T-{number}") if ticket else None


def _signed(evidence: Evidence, facts: Facts) -> Iterator[tuple[TicketFact, Reason]]:
    for number in evidence.by_address:
        if found := _with_its_sender(number, evidence, facts):
            yield found[0], Reason(rule="signed reply address", evidence=found[1], confidence=1.0)
    for number, message_id in evidence.by_own_id:
        if ticket := _by_number(number, facts):
            yield ticket, Reason(rule="own message id", evidence=message_id, confidence=1.0)
    for number in evidence.by_body:
        if found := _with_its_sender(number, evidence, facts):
            yield found[0], Reason(rule="token in the text", evidence=found[1], confidence=0.95)


def _guessable(
    message: Inbound, evidence: Evidence, facts: Facts, policy: Policy
) -> Iterator[tuple[TicketFact, Reason, bool]]:
    for number in evidence.expired:
        if named := _by_number(number, facts):
            reason = Reason(rule="expired reply address", evidence=f"T-{number}", confidence=0.9)
            yield named, reason, takes_part(evidence, named, facts)
    for message_id in evidence.foreign:
        yield from _following(message_id, evidence, facts, policy)
    for message_id in dict.fromkeys((*evidence.foreign[:1], *evidence.foreign[-1:])):
        for _, ticket in _known(marks.answer(evidence.sender, message_id), facts):
            if takes_part(evidence, ticket, facts):
                yield ticket, Reason(rule="same sender's earlier answer", evidence=message_id, confidence=0.85), True
    if message.message_id:
        for reference, ticket in _known(message.message_id, facts):
            rule = "same message id, other content" if reference.owned else "late ancestor"
            yield (
                ticket,
                Reason(rule=rule, evidence=message.message_id, confidence=0.8),
                _may_precede(evidence, reference, ticket, facts, policy),
            )
    for number in evidence.in_subject:
        if named := _by_number(number, facts):
            rule = "number in the subject" if message.channel == "email" else "number in the text"
            reason = Reason(rule=rule, evidence=f"T-{number}", confidence=0.8)
            yield named, reason, takes_part(evidence, named, facts)
    if evidence.subject_mark and policy.same_subject_within:
        yield from _of_same_subject(message, evidence, evidence.subject_mark, policy.same_subject_within, facts)


def _following(
    message_id: str, evidence: Evidence, facts: Facts, policy: Policy
) -> Iterator[tuple[TicketFact, Reason, bool]]:
    """The tickets that know an id which a message answers. What else answers a known message, or an unknown one, has only that in
    common: it counts for whoever takes part, and of an unknown message's answers only the oldest is worth a link."""
    reason = Reason(rule="known reference", evidence=message_id, confidence=0.9)
    linked = borne = False
    for reference, ticket in _known(message_id, facts):
        borne = borne or reference.owned
        if (reference.owned or not borne) and not is_providers_id(message_id):
            qualified = _may_follow(evidence, reference, ticket, facts, policy)
        else:
            qualified = takes_part(evidence, ticket, facts)
        if qualified or reference.owned or not linked:
            yield ticket, reason, qualified
        linked = True


def _of_same_subject(
    message: Inbound, evidence: Evidence, mark: str, within: timedelta, facts: Facts
) -> Iterator[tuple[TicketFact, Reason, bool]]:
    """The sender's newest ticket with this subject, unless it is over or too old."""
    for _, ticket in reversed(list(_known(mark, facts))):
        young = abs(message.received_at - ticket.created_at) <= within
        if young and ticket.status not in ("closed", "spam", "merged") and takes_part(evidence, ticket, facts):
            yield ticket, Reason(rule="same sender and subject", evidence=message.subject[:200], confidence=0.6), True


def _repeated(message: Inbound, evidence: Evidence, facts: Facts) -> Placement | None:
    """What one sender says over and over opens no more tickets."""
    seen = facts.contents.get(evidence.content_key, ()) if evidence.content_key else ()
    ticket = facts.tickets.get(repeating.gathering(seen, message.received_at) or "") if seen else None
    if ticket is None:
        return None
    times = repeating.times(seen, message.received_at)
    reason = Reason(rule="repeated content", evidence=f"{times} times within an hour", confidence=0.8)
    return Placement(reason, ticket=ticket, participant=takes_part(evidence, ticket, facts), repeated=True)


def _known(message_id: str, facts: Facts) -> Iterator[tuple[ReferenceFact, TicketFact]]:
    """Who knows an id: those whose message bears it before those who only mention it, then the older ticket first."""
    entries = facts.references.get(message_id, ())
    pairs = [(entry, facts.tickets[entry.ticket_id]) for entry in entries if entry.ticket_id in facts.tickets]
    yield from sorted(pairs, key=lambda pair: (not pair[0].owned, pair[1].created_at, pair[1].ticket_id))


def _may_follow(evidence: Evidence, reference: ReferenceFact, ticket: TicketFact, facts: Facts, policy: Policy) -> bool:
    """A reply to a known id: its sender takes part, or the message it answers went to few. When the message is not known but
    only mentioned, the two must know one another: an unseen newsletter is mentioned by many strangers."""
    if takes_part(evidence, ticket, facts):
        return True
    if reference.owned:
        return reference.audience is not None and reference.audience <= policy.few_recipients
    return _addressed(evidence, ticket)


def _may_precede(
    evidence: Evidence, reference: ReferenceFact, ticket: TicketFact, facts: Facts, policy: Policy
) -> bool:
    """The ancestor of what is stored came late. It joins under the same condition as if it had come in time."""
    if takes_part(evidence, ticket, facts):
        return True
    if reference.owned:
        return False
    return evidence.audience <= policy.few_recipients or _addressed(evidence, ticket)


def _addressed(evidence: Evidence, ticket: TicketFact) -> bool:
    """The message goes to the ticket's customer, too. That both write to a third one is not enough: so do all who answer a newsletter."""
    return ticket.customer in evidence.participants
