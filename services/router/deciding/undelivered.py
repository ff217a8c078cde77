"""What did not arrive: a delivery that failed or came back is noted in its ticket, the address is marked, and somebody is told.

A bounce counts only when it brings back a Message-ID that we signed, or came to a reply address that we signed; anybody can write one
without, and such a one is stored and changes nothing. Whoever has the ticket is told; where nobody has it, its team or the operators
are, once per ticket, but not of an acknowledgement: much spam gives an address that does not exist. Who is told of a notice that did
not arrive is never the one whom it did not reach.

A mark is taken away again when whoever has the address writes from it, or when something sent there arrives. That a mail server took a mail
does not mean that it arrived: it counts only where the mark came from such a server's refusal, not where a mail came back later.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.router.deciding import answering, fallback, proof, sending
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence
from services.router.deciding.life import retelling
from services.router.deciding.policy import Policy
from services.router.deciding.recording import event
from shared.identity import derive
from shared.messages.changeset import (
    AddEvent,
    BounceDelivery,
    ChangeTicket,
    CountAutomatic,
    MarkPoint,
    QueueDelivery,
)
from shared.messages.facts import DeliveryFact, Facts, TicketFact, point_key, ticket_key
from shared.messages.inbound import Inbound
from shared.messages.outbound import REACHED, Outbound, TimerDue
from shared.messages.parts import Address, FailedRecipient, Point, delivered_to
from shared.texts import text

TAG = "undelivered"
# A bounce may name as many as a mail has recipients.
MOST_RECIPIENTS = 20
_MOST_TOLD = 20
_ERROR_LENGTH = 300
# How the reason of a mark begins that a mail which came back has set.
BOUNCED = "bounced:"
_ARRIVED = ("delivered", "read")


@dataclass(frozen=True)
class Failure:
    """A message of ``ticket`` (null: of none) that did not reach ``address``. ``cause`` makes the ids of what follows from it."""

    ticket: TicketFact | None
    delivery: DeliveryFact
    address: str
    error: str
    cause: str
    language: str


def bounced(message: Inbound, evidence: Evidence, facts: Facts, policy: Policy, now: datetime, draft: Draft) -> None:
    """What follows from a bounce that came as mail; nothing from one that proves nothing."""
    if message.bounce is None or message.silent:
        return
    recipients = message.bounce.recipients[:MOST_RECIPIENTS] or [FailedRecipient(address="")]
    handled: set[str] = set()
    for recipient in recipients:
        delivery = _delivery(recipient, evidence, facts)
        if delivery is None:
            continue
        ticket = facts.tickets.get(delivery.ticket_id) if delivery.ticket_id else None
        address = recipient.address.lower()
        failed = address if _was_written_to(address, delivery, ticket) else ""
        error = " ".join(filter(None, (BOUNCED, recipient.status, recipient.address)))[:_ERROR_LENGTH]
        new = delivery.state != "bounced" and delivery.delivery_id not in handled
        _note(message, delivery, recipient, error, now, draft)
        if not recipient.permanent:
            continue
        if failed and not _marked(failed, facts):
            _mark(failed, error, facts, now, draft)
        # The mail that a chat's message went by is to another address than the delivery.
        somebody_else = failed and failed != delivery.to.lower() and delivery.channel == "email"
        if not new or somebody_else:
            continue
        draft.operations.append(BounceDelivery(delivery_id=delivery.delivery_id, error=error))
        handled.add(delivery.delivery_id)
        cause = derive("bounce", message.source_id, delivery.delivery_id)
        about = (delivery, delivery.attempt, error, facts, policy, now, draft)
        if retelling.send(*about) or fallback.send(*about):
            continue
        tell(
            Failure(ticket, delivery, failed or delivery.to.lower(), error, cause, _language(policy)),
            facts,
            policy,
            now,
            draft,
        )


def _delivery(recipient: FailedRecipient, evidence: Evidence, facts: Facts) -> DeliveryFact | None:
    """The delivery that a failed recipient belongs to: the one that was brought back, else the newest to that address in a ticket whose
    reply address the bounce came to."""
    if evidence.failed is not None:
        return facts.deliveries.get(evidence.failed)
    address = recipient.address.lower()
    tickets = {facts.numbers[number] for number in evidence.by_address if number in facts.numbers}
    to = [d for d in facts.deliveries.values() if address and d.ticket_id in tickets and d.to.lower() == address]
    return to[0] if to else None


def _was_written_to(address: str, delivery: DeliveryFact, ticket: TicketFact | None) -> bool:
    """Whether we wrote to the address that failed, or somebody forwarded our mail to it."""
    return bool(address) and (address == delivery.to.lower() or (ticket is not None and address in ticket.participants))


def _note(
    message: Inbound, delivery: DeliveryFact, recipient: FailedRecipient, error: str, now: datetime, draft: Draft
) -> None:
    draft.operations.append(
        AddEvent(
            what="delivery_bounced" if recipient.permanent else "delivery_delayed",
            ticket_id=delivery.ticket_id,
            message_id=derive("message", message.source_id),
            actor="system",
            channel=message.channel,
            reason=error,
            data={"delivery": delivery.delivery_id, "status": recipient.status, "permanent": recipient.permanent},
            at=now,
        )
    )


def _marked(address: str, facts: Facts) -> bool:
    contact = facts.contacts.get(point_key("email", address))
    return contact is not None and contact.undeliverable


def _mark(address: str, error: str, facts: Facts, now: datetime, draft: Draft) -> None:
    key = point_key("email", address)
    if key in facts.versions:
        draft.change(facts, key)
    draft.operations.append(
        MarkPoint(point=Point(kind="email", value=address), undeliverable=True, reason=error, at=now)
    )


def written_from(message: Inbound, evidence: Evidence, facts: Facts) -> list[Point]:
    """The sender's points that are marked undeliverable and that they plainly write from. Machines, old mail, and mail that its domain
    disowns show nothing."""
    if (
        message.automatic
        or message.bounce
        or message.silent
        or message.imported
        or proof.failure(message.authentication)
    ):
        return []
    return [point for point in evidence.points if _is_outdated(point, message.received_at, facts)]


def _is_outdated(point: Point, at: datetime, facts: Facts) -> bool:
    key = point_key(point.kind, point.value)
    contact = facts.contacts.get(key)
    if contact is None:
        # It may have been marked before anybody was known to have it: then its key has a version.
        return facts.versions.get(key, 0) > 0
    return contact.undeliverable and (contact.marked_at is None or contact.marked_at < at)


def unmarked(facts: Facts, points: list[Point]) -> Facts:
    """The facts as they are without the marks of these points: what is decided next goes by that."""
    keys = {point_key(point.kind, point.value) for point in points} & set(facts.contacts)
    if not keys:
        return facts
    reachable = {key: facts.contacts[key].model_copy(update={"undeliverable": False}) for key in keys}
    return facts.model_copy(update={"contacts": facts.contacts | reachable})


def clear(message: Inbound, points: list[Point], facts: Facts, ticket_id: str, now: datetime, draft: Draft) -> None:
    """Take the marks of points away that their owner wrote from."""
    for point in points:
        key = point_key(point.kind, point.value)
        draft.change(facts, key)
        draft.operations.append(MarkPoint(point=point, undeliverable=False, at=now))
        contact = facts.contacts.get(key)
        if contact is not None:
            data = {"kind": point.kind, "contact": contact.contact_id, "because": "they wrote from it"}
            draft.operations.append(event("point_reachable", message, ticket_id, None, now, data))


def reached_needs(timers: Iterable[TimerDue]) -> list[str]:
    """The deliveries that timers of kind ``reached`` tell of."""
    return [timer.timer_id.partition(":")[2] for timer in timers if timer.kind == REACHED]


def reached(timer: TimerDue, facts: Facts, now: datetime, draft: Draft) -> None:
    """A delivery arrived at a point that is marked undeliverable."""
    delivery = facts.deliveries.get(timer.timer_id.partition(":")[2])
    point = delivered_to(delivery.channel, delivery.to) if delivery is not None else None
    if delivery is None or point is None:
        return
    key = point_key(point.kind, point.value)
    draft.rely(facts, key)
    contact = facts.contacts.get(key)
    arrived = delivery.state in _ARRIVED
    taken = delivery.state == "accepted" and contact is not None and not contact.mark_reason.startswith(BOUNCED)
    if contact is None or not contact.undeliverable or not (arrived or taken):
        return
    draft.change(facts, key)
    draft.operations += [
        MarkPoint(point=point, undeliverable=False, at=now),
        AddEvent(
            what="point_reachable",
            ticket_id=delivery.ticket_id,
            actor="system",
            channel=delivery.channel,
            data={
                "kind": point.kind,
                "contact": contact.contact_id,
                "because": "a message arrived there",
                "delivery": delivery.delivery_id,
            },
            at=now,
        ),
    ]


def _language(policy: Policy) -> str:
    return policy.languages[0] if policy.languages else "en"


def tell(failure: Failure, facts: Facts, policy: Policy, now: datetime, draft: Draft) -> None:
    """Tell whoever should know, and tag the ticket."""
    ticket = failure.ticket
    listeners = list(_listeners(failure, facts, policy))
    if ticket is not None and TAG not in ticket.tags:
        draft.change(facts, ticket_key(ticket.ticket_id))
        draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, fields={"tags": [*ticket.tags, TAG]}))
    for address in listeners[:_MOST_TOLD]:
        key = point_key("email", address)
        sent = facts.automatic.get(key, ())
        ticket_id = ticket.ticket_id if ticket else None
        if answering.refusal(address, None, facts.contacts.get(key), sent, ticket_id, policy, now) is None:
            draft.operations += [_notice(failure, address, policy, now)]
            if key in facts.versions:
                draft.operations.append(
                    CountAutomatic(point=Point(kind="email", value=address), ticket_id=ticket_id, at=now)
                )
                draft.change(facts, key)


def _listeners(failure: Failure, facts: Facts, policy: Policy) -> Iterable[str]:
    ticket, delivery = failure.ticket, failure.delivery
    if delivery.kind in ("notice", "alert"):
        # What did not arrive was itself such a notice: the operators are told, unless it was theirs.
        told = () if failure.address in policy.alerts else policy.alerts
    elif ticket is not None and ticket.assignee and not facts.is_blocked(ticket.assignee):
        agent = facts.assignees.get(ticket.assignee)
        address = agent.email if agent else ticket.assignee.lower()
        reached = sending.kind_of(address) == "email" and address != failure.address and not _marked(address, facts)
        told = (address,) if reached else policy.alerts
    elif ticket is not None and TAG not in ticket.tags and delivery.kind != "acknowledgement":
        members = policy.teams.get(ticket.team or "", ())
        told = tuple(each for each in members if not facts.is_blocked(each)) or policy.alerts
    else:
        told = ()
    return (address.lower() for address in dict.fromkeys(told) if address.lower() != failure.address)


def _notice(failure: Failure, address: str, policy: Policy, now: datetime) -> QueueDelivery:
    ticket = failure.ticket
    subject = ticket.subject if ticket else ""
    own = failure.delivery.inbox if failure.delivery.channel == "email" else next(iter(policy.email_inboxes), "")
    inbox = sending.email_inbox(ticket, policy) if ticket else own
    return QueueDelivery(
        outbound=Outbound(
            delivery_id=derive("delivery", failure.cause, address),
            ticket_id=ticket.ticket_id if ticket else None,
            channel="email",
            inbox=inbox,
            kind="notice",
            to=[Address(address=address)],
            language=failure.language,
            subject=text("notice.undelivered.subject", failure.language, address=failure.address, subject=subject),
            template="notice.undelivered",
            variables={"address": failure.address, "error": failure.error or "-"},
            automatic=True,
            created_at=now,
        )
    )
