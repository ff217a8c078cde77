"""Which ticket does a message belong to? The order of evidence, strongest first, and what each piece may do.

Signed evidence (reply address, own Message-ID, body token) is unguessable but can be forwarded: it proves the ticket, not the
person. What anybody can write (foreign ids, numbers in a subject) counts only for those who take part in the ticket, or, for a
foreign id, when its message went to few; otherwise the message opens a ticket of its own with a link "possibly related".
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from services.router.deciding.evidence import Evidence
from services.router.deciding.policy import Policy
from shared.messages.facts import Facts, ReferenceFact, TicketFact
from shared.messages.inbound import Inbound
from shared.messages.parts import Reason


@dataclass(frozen=True)
class Placement:
    """Where a message goes: into ``ticket``, or (null) into a new one linked to ``related``. ``follows`` is a closed ticket that the
    new one continues. ``participant`` tells whether the sender has a participant's rights in ``ticket``."""

    reason: Reason
    ticket: TicketFact | None = None
    participant: bool = True
    follows: TicketFact | None = None
    related: list[tuple[TicketFact, str]] = field(default_factory=list)


def place(message: Inbound, evidence: Evidence, facts: Facts, policy: Policy) -> Placement:
    """The placement of a message that is not stored yet."""
    proven = next(_signed(evidence, facts), None)
    if proven is not None:
        ticket, reason = proven
        return _into(ticket, reason, takes_part(evidence.sender, ticket))
    related: list[tuple[TicketFact, str]] = []
    for ticket, reason, qualified in _guessable(message, evidence, facts, policy):
        if qualified:
            return _into(ticket, reason, takes_part(evidence.sender, ticket), related)
        if all(ticket.ticket_id != other.ticket_id for other, _ in related):
            related.append((ticket, f"{reason.rule}: {reason.evidence}"))
    return Placement(Reason(rule="no evidence", evidence="opens a ticket"), related=related)


def takes_part(sender: str, ticket: TicketFact) -> bool:
    """Whether the sender wrote in the ticket, or stood in To or Cc, and did not get in by a token alone."""
    return bool(sender) and sender in ticket.participants and sender not in ticket.unconfirmed


def _into(
    ticket: TicketFact, reason: Reason, participant: bool, related: list[tuple[TicketFact, str]] | None = None
) -> Placement:
    return Placement(reason, ticket=ticket, participant=participant, related=related or [])


def _by_number(number: int, facts: Facts) -> TicketFact | None:
    ticket_id = facts.numbers.get(number)
    return facts.tickets.get(ticket_id) if ticket_id else None


def _signed(evidence: Evidence, facts: Facts) -> Iterator[tuple[TicketFact, Reason]]:
    for number in evidence.by_address:
        if ticket := _by_number(number, facts):
            yield ticket, Reason(rule="signed reply address", evidence=f"T-{number}", confidence=1.0)
    for number, message_id in evidence.by_own_id:
        if ticket := _by_number(number, facts):
            yield ticket, Reason(rule="own message id", evidence=message_id, confidence=1.0)
    for number in evidence.by_body:
        if ticket := _by_number(number, facts):
            yield ticket, Reason(rule="token in the text", evidence=f"T-{number}", confidence=0.95)


def _guessable(
    message: Inbound, evidence: Evidence, facts: Facts, policy: Policy
) -> Iterator[tuple[TicketFact, Reason, bool]]:
    for message_id in evidence.foreign:
        for reference, ticket in _known(message_id, facts):
            yield (
                ticket,
                Reason(rule="known reference", evidence=message_id, confidence=0.9),
                _may_follow(evidence, reference, ticket, policy),
            )
    if message.message_id:
        for reference, ticket in _known(message.message_id, facts):
            rule = "same message id, other content" if reference.owned else "late ancestor"
            yield (
                ticket,
                Reason(rule=rule, evidence=message.message_id, confidence=0.8),
                _may_precede(evidence, reference, ticket, policy),
            )
    for number in evidence.in_subject:
        if named := _by_number(number, facts):
            reason = Reason(rule="number in the subject", evidence=f"T-{number}", confidence=0.8)
            yield named, reason, takes_part(evidence.sender, named)


def _known(message_id: str, facts: Facts) -> Iterator[tuple[ReferenceFact, TicketFact]]:
    """Who knows an id: those whose message bears it before those who only mention it, then the older ticket first."""
    entries = facts.references.get(message_id, ())
    pairs = [(entry, facts.tickets[entry.ticket_id]) for entry in entries if entry.ticket_id in facts.tickets]
    yield from sorted(pairs, key=lambda pair: (not pair[0].owned, pair[1].created_at, pair[1].ticket_id))


def _may_follow(evidence: Evidence, reference: ReferenceFact, ticket: TicketFact, policy: Policy) -> bool:
    """A reply to a known id: its sender takes part, or the message it answers went to few. When the message is not known but
    only mentioned, the two must have somebody in common: an unseen newsletter is mentioned by many strangers."""
    if takes_part(evidence.sender, ticket):
        return True
    if reference.owned:
        return reference.audience is not None and reference.audience <= policy.few_recipients
    return _overlap(evidence, ticket)


def _may_precede(evidence: Evidence, reference: ReferenceFact, ticket: TicketFact, policy: Policy) -> bool:
    """The ancestor of what is stored came late. It joins under the same condition as if it had come in time."""
    if takes_part(evidence.sender, ticket):
        return True
    if reference.owned:
        return False
    return evidence.audience <= policy.few_recipients or _overlap(evidence, ticket)


def _overlap(evidence: Evidence, ticket: TicketFact) -> bool:
    confirmed = set(ticket.participants) - set(ticket.unconfirmed)
    return not confirmed.isdisjoint(evidence.participants)
