"""The acknowledgement of a new ticket: on the channel that the message came by, or (forms, calls) where its sender is reached."""

from datetime import datetime

from services.router.deciding import answering
from services.router.deciding.classify import Classified
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence, answered_in
from services.router.deciding.policy import Policy
from services.router.deciding.recording import event
from services.router.deciding.senders import conversation_of
from shared.identity import derive
from shared.messages.changeset import AddReferences, CountAutomatic, QueueDelivery
from shared.messages.facts import Facts, point_key, reference_key
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point


def acknowledge(
    message: Inbound,
    evidence: Evidence,
    ticket_id: str,
    language: str,
    classified: Classified,
    facts: Facts,
    policy: Policy,
    now: datetime,
    draft: Draft,
) -> None:
    """Acknowledge the ticket that a message opened, or note why that is not done."""
    way = evidence.way
    point = way.point if way else Point(kind="email", value="")
    key = point_key(point.kind, point.value)
    automatic = "loop" if evidence.comes_back else message.automatic
    why_not = "it is older than our part in it" if message.silent else None
    why_not = why_not or answering.refusal(
        point.value,
        automatic,
        facts.contacts.get(key),
        facts.automatic.get(key, ()),
        ticket_id,
        policy,
        now,
        kind=point.kind,
    )
    seen = facts.contents.get(evidence.content_key or "", ())
    why_not = why_not or answering.repetition(seen, message.received_at)
    if why_not is not None or way is None:
        draft.operations.append(event("not_acknowledged", message, ticket_id, None, now, {"why": why_not}))
        return
    name = message.from_.name if message.from_ and point in evidence.points else ""
    same = message.channel == way.channel
    answered = [message.message_id] if message.message_id and same else []
    draft.operations += [
        QueueDelivery(
            outbound=Outbound(
                delivery_id=derive("delivery", message.source_id, "acknowledgement"),
                ticket_id=ticket_id,
                channel=way.channel,
                inbox=way.inbox,
                kind="acknowledgement",
                to=[Address(name=name, address=point.value)],
                language=language,
                subject=message.subject,
                template="acknowledgement",
                variables={"expected_seconds": classified.expected_seconds, "subject": message.subject},
                in_reply_to=message.message_id if same else None,
                references=[*message.references[-10:], *answered],
                conversation=message.conversation if same else conversation_of(way.channel, way.inbox, point.value),
                automatic=True,
                created_at=now,
                correlation_id=message.correlation_id,
            )
        ),
        CountAutomatic(point=point, ticket_id=ticket_id, at=now),
    ]
    draft.change(facts, key)
    if (mark := answered_in(evidence)) is not None:
        # Whoever answers the acknowledgement goes on in this ticket.
        draft.operations.append(AddReferences(ticket_id=ticket_id, mentioned=[mark]))
        draft.change(facts, reference_key(mark))
