"""Side conversations: somebody who has no part in a ticket is asked about it, and what they answer is kept in it as internal.

They are found by what was signed for them, never by what the customer's thread is found by, and nothing of theirs leads there: neither
their Message-IDs nor their addresses are remembered as the ticket's. A valid signature proves the conversation, not the person: whoever
writes by it from another address is shown as such. What answers a mail that was made for an agent is internal, too.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.router.deciding import conversations, marks, proof
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence
from services.router.deciding.recording import add_message, message_id
from services.router.deciding.senders import conversation_of
from services.router.deciding.threading import Placement
from shared.messages.changeset import AddEvent, ChangeTicket
from shared.messages.facts import Facts, TicketFact, ticket_key
from shared.messages.inbound import Inbound
from shared.messages.outbound import side_part
from shared.messages.parts import Reason

MEMORY = "side"
"""What a ticket remembers of its side conversations, by their ids: channel, inbox, to, name, subject, language, by, created_at, updated_at,
and ids, the newest Message-IDs of the other side."""
OTHER_SENDER = "other-sender"
"""Stands among the defects of a message that came by a side conversation's signature from somebody else."""
MOST = 50
"""Of one ticket."""
_IDS = 5
# Of all that a ticket remembers there may be 100 kB (`services.store.fields`): with names and subjects fifty of these have room in it.
_LONGEST_ID = 200

Side = Mapping[str, Any]


@dataclass(frozen=True)
class Aside:
    """Where a message goes that is not the customer's: into the conversation ``side_id`` of a ticket (empty: it answers what an agent was
    told). ``known``: it comes from whom the conversation is held with, as far as can be told."""

    ticket: TicketFact
    reason: Reason
    side_id: str = ""
    known: bool = False

    @property
    def placement(self) -> Placement:
        """As threading says it."""
        return Placement(self.reason, ticket=self.ticket, participant=self.known)


def sides(ticket: TicketFact) -> dict[str, Side]:
    """A ticket's side conversations by their ids."""
    held: dict[str, Side] = ticket.state.get(MEMORY) or {}
    return held


def talk(side: Side) -> str | None:
    """What the talk is called on a conversation channel; null on others."""
    return conversation_of(side["channel"], side["inbox"], side["to"])


def find(message: Inbound, evidence: Evidence, facts: Facts, now: datetime) -> Aside | None:
    """The side conversation that a message belongs to; null for what is a customer's."""
    for ticket, side_id, rule, signed in _candidates(message, evidence, facts, now):
        side = sides(ticket)[side_id]
        theirs = evidence.side_talk is not None or evidence.sender == side["to"].lower()
        known = theirs and not proof.failure(message.authentication)
        if signed or known:
            reason = Reason(rule=rule, evidence=f"T-{ticket.number}", confidence=1.0 if known else 0.5)
            return Aside(ticket, reason, side_id, known)
    for number in evidence.by_agent:
        if ticket_of := _by_number(number, facts):
            reason = Reason(rule="answers a mail to an agent", evidence=f"T-{ticket_of.number}", confidence=0.5)
            return Aside(ticket_of, reason)
    return None


def _candidates(
    message: Inbound, evidence: Evidence, facts: Facts, now: datetime
) -> Iterator[tuple[TicketFact, str, str, bool]]:
    """Ticket, side conversation, by which rule, and whether our signature says so: then it counts whoever writes."""
    named = [(each.number, each.part, each.expired) for each in evidence.by_side]
    for number, part, expired in named:
        if not expired:
            yield from _by_part(number, part, "side conversation's signed address", facts, signed=True)
    for number, delivery_id in evidence.deliveries:
        yield from _by_part(number, side_part(delivery_id), "own message id of a side conversation", facts, signed=True)
    for number, part, expired in named:
        if expired:
            yield from _by_part(number, part, "side conversation's expired address", facts, signed=False)
    if message.channel == "email":
        for number in evidence.in_subject:
            ticket = _by_number(number, facts)
            for side_id, side in sides(ticket).items() if ticket else ():
                if ticket is not None and side["channel"] == "email" and side["to"].lower() == evidence.sender:
                    yield ticket, side_id, "number in the subject, in a side conversation", False
    else:
        yield from _in_talk(message, evidence, facts, now)


def _by_part(
    number: int, part: str, rule: str, facts: Facts, *, signed: bool
) -> Iterator[tuple[TicketFact, str, str, bool]]:
    """By the number that was signed along; or, if the ticket was merged since, or is one of its own again, by the part alone."""
    by_mark = (facts.tickets.get(entry.ticket_id) for entry in facts.references.get(marks.aside(part), ()))
    for ticket in (_by_number(number, facts), *by_mark) if part else ():
        for side_id in sides(ticket) if ticket is not None else ():
            if ticket is not None and side_part(side_id) == part:
                yield ticket, side_id, rule, signed


def _in_talk(
    message: Inbound, evidence: Evidence, facts: Facts, now: datetime
) -> Iterator[tuple[TicketFact, str, str, bool]]:
    """The side conversation in which something was said last; of two tickets, the one whose number they wrote. Whoever is a customer as
    well, with something going on in a ticket of their own since, goes on there."""
    found = []
    for entry in facts.references.get(evidence.side_talk or "", ()):
        ticket = facts.tickets.get(entry.ticket_id)
        for side_id, side in sides(ticket).items() if ticket else ():
            if ticket is not None and talk(side) == message.conversation:
                named = ticket.number in evidence.in_subject
                found.append((named, datetime.fromisoformat(side["updated_at"]), side_id, ticket))
    if not found:
        return
    named, at, side_id, ticket = max(found, key=lambda each: each[:3])
    own = conversations.place(evidence, facts, now)
    goes_on = own is not None and not conversations.is_over(own, now) and (own.updated_at or own.created_at) > at
    if named or not goes_on:
        yield ticket, side_id, "side conversation", True


def _by_number(number: int, facts: Facts) -> TicketFact | None:
    ticket_id = facts.numbers.get(number)
    return facts.tickets.get(ticket_id) if ticket_id else None


def take(
    message: Inbound,
    evidence: Evidence,
    aside: Aside,
    placement: Placement,
    facts: Facts,
    now: datetime,
    draft: Draft,
) -> None:
    """Keep a message in its side conversation: nobody gains a part in the ticket by it, and its status stays as it is."""
    ticket_id = aside.ticket.ticket_id
    draft.change(facts, ticket_key(ticket_id))
    kept = add_message(message, evidence, ticket_id, placement, facts)
    strange = [OTHER_SENDER] if aside.side_id and not aside.known else []
    # What the ticket is found by, and what its customer's mails name, has nothing of it.
    through = [marks.through(each) for each in placement.through]
    apart: dict[str, Any] = {
        "header_id": None,
        "answers": through,
        "content_key": None,
        "conversation": None,
        "audience": 0,
    }
    as_internal = {"direction": "internal", "author_kind": "other", "defects": [*kept.defects, *strange]}
    draft.operations.append(kept.model_copy(update={**apart, **as_internal, "side": aside.side_id or None}))
    if aside.side_id:
        draft.operations.append(heard(aside, message, now))
    what = "side_received" if aside.side_id else "alert_answered"
    data = {"side": aside.side_id, "known": aside.known, "automatic": message.automatic, "rule": aside.reason.rule}
    draft.operations.append(
        AddEvent(
            what=what,
            ticket_id=ticket_id,
            message_id=message_id(message),
            actor=actor(message),
            channel=message.channel,
            data=data,
            at=now,
        )
    )


def actor(message: Inbound) -> str:
    """Who is the cause of what follows: a machine, or somebody who is neither customer nor agent."""
    return "system" if message.automatic else "other"


def heard(aside: Aside, message: Inbound, now: datetime) -> ChangeTicket:
    """What the ticket remembers after a message: what it answers next time."""
    known = sides(aside.ticket)
    side = known[aside.side_id]
    ids = list(side.get("ids", ()))
    if message.message_id and message.automatic is None and len(message.message_id) <= _LONGEST_ID:
        ids = [*(each for each in ids if each != message.message_id), message.message_id][-_IDS:]
    changed = {**side, "updated_at": now.isoformat(), "ids": ids}
    return ChangeTicket(ticket_id=aside.ticket.ticket_id, state={MEMORY: {**known, aside.side_id: changed}})
