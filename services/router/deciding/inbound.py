"""Deciding about a message that came in: stored already, into a ticket, or a ticket of its own; and whether it is answered."""

from dataclasses import dataclass, field
from datetime import datetime

from services.router.deciding import answering, lifecycle
from services.router.deciding.classify import Classified, classify_inbound
from services.router.deciding.evidence import Evidence, read
from services.router.deciding.policy import Policy
from services.router.deciding.threading import Placement, place
from shared.identity import derive
from shared.messages.changeset import (
    AddEvent,
    AddMessage,
    AddReferences,
    AddRoute,
    Changeset,
    ChangeTicket,
    CountAutomatic,
    Ledgered,
    LinkTickets,
    OpenTicket,
    Operation,
    PutContact,
    QueueDelivery,
)
from shared.messages.facts import ContactFact, Facts, TicketFact, point_key, reference_key, source_key, ticket_key
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point, Reason
from shared.texts.languages import pick_language

# From here on a detected language is kept as what is known of the contact.
SURE_LANGUAGE = 0.9
PROBLEM_LENGTH = 10_000


@dataclass
class Draft:
    """A changeset in the making."""

    operations: list[Operation] = field(default_factory=list)
    relies: dict[str, int] = field(default_factory=dict)
    bumps: dict[str, None] = field(default_factory=dict)

    def rely(self, facts: Facts, *keys: str) -> None:
        """These keys' versions were looked at."""
        for key in keys:
            self.relies[key] = facts.versions.get(key, 0)

    def change(self, facts: Facts, *keys: str) -> None:
        """These keys change by this changeset."""
        self.rely(facts, *keys)
        self.bumps.update(dict.fromkeys(keys))


def decide_inbound(
    message: Inbound, facts: Facts, policy: Policy, now: datetime, evidence: Evidence | None = None
) -> Changeset:
    """The changeset for a message. ``evidence`` may be handed in where it was read already."""
    evidence = evidence or read(message, policy)
    draft = Draft()
    draft.rely(facts, source_key(message.source_id))
    stored = facts.sources.get(message.source_id)
    if stored is not None:
        return _again(message, draft, facts, policy, now)
    placement = place(message, evidence, facts, policy)
    _rely_on_evidence(message, evidence, facts, draft)
    if placement.ticket is not None and lifecycle.is_finished(placement.ticket, now, policy.reopen_within):
        placement = _place_beside(message, placement)
    contact = facts.contacts.get(point_key("email", evidence.sender)) if evidence.sender else None
    contact_id = _ensure_contact(message, evidence, contact, facts, draft)
    if placement.ticket is None:
        ticket_id = _open(message, evidence, placement, contact, contact_id, facts, policy, now, draft)
    else:
        ticket_id = placement.ticket.ticket_id
        _join(message, evidence, placement, placement.ticket, facts, now, draft)
    draft.change(facts, source_key(message.source_id))
    result = {"ticket_id": ticket_id, "message_id": _message_id(message)}
    return _changeset(message, draft, policy, Ledgered(**_route(message), outcome="stored"), result)


def _route(message: Inbound) -> dict[str, str]:
    return {"channel": message.channel, "inbox": message.inbox}


def _message_id(message: Inbound) -> str:
    return derive("message", message.source_id)


def _changeset(message: Inbound, draft: Draft, policy: Policy, ledger: Ledgered, result: dict[str, str]) -> Changeset:
    return Changeset(
        cause=message.cause,
        relies=draft.relies,
        bumps=list(draft.bumps),
        operations=draft.operations,
        ledger=ledger,
        result=result,
        policy=policy.version,
    )


def _again(message: Inbound, draft: Draft, facts: Facts, policy: Policy, now: datetime) -> Changeset:
    """The same message by another route: noted, nothing else."""
    stored = facts.sources[message.source_id]
    new = [inbox for inbox in message.inboxes if inbox not in stored.inboxes]
    if new:
        draft.change(facts, source_key(message.source_id))
        draft.operations += [
            AddRoute(message_id=stored.message_id, inboxes=new),
            _event("route_added", message, stored.ticket_id, stored.message_id, now, {"inboxes": new}),
        ]
    ledger = Ledgered(**_route(message), outcome="duplicate", reason="another route" if new else "sent again")
    return _changeset(message, draft, policy, ledger, {"ticket_id": stored.ticket_id, "message_id": stored.message_id})


def _rely_on_evidence(message: Inbound, evidence: Evidence, facts: Facts, draft: Draft) -> None:
    ids = [*evidence.foreign, *([message.message_id] if message.message_id else [])]
    draft.rely(facts, *(reference_key(message_id) for message_id in ids))
    draft.rely(facts, *(point_key("email", a) for a in (evidence.sender, evidence.answer_to) if a))
    known = {entry.ticket_id for message_id in ids for entry in facts.references.get(message_id, ())}
    numbers = (
        *evidence.by_address,
        *(number for number, _ in evidence.by_own_id),
        *evidence.by_body,
        *evidence.in_subject,
    )
    known |= {facts.numbers[number] for number in numbers if number in facts.numbers}
    draft.rely(facts, *(ticket_key(ticket_id) for ticket_id in sorted(known)))


def _place_beside(message: Inbound, placement: Placement) -> Placement:
    """What belongs to a finished ticket: automatic mail still joins it, silently; anything else opens one that follows it."""
    ticket = placement.ticket
    if message.automatic is not None or ticket is None:
        return placement
    reason = Reason(rule="follows a closed ticket", evidence=f"T-{ticket.number} by {placement.reason.rule}")
    return Placement(reason, follows=ticket, related=placement.related)


def _ensure_contact(
    message: Inbound, evidence: Evidence, contact: ContactFact | None, facts: Facts, draft: Draft
) -> str | None:
    if not evidence.sender:
        return None
    sure = message.language if message.language_confidence >= SURE_LANGUAGE and not message.automatic else None
    name = message.from_.name if message.from_ else ""
    if contact is not None and (contact.name or not name) and (contact.language or not sure):
        return contact.contact_id
    contact_id = contact.contact_id if contact else derive("contact", "email", evidence.sender)
    point = Point(kind="email", value=evidence.sender)
    draft.operations.append(PutContact(contact_id=contact_id, name=name, language=sure, points=[point]))
    draft.change(facts, point_key("email", evidence.sender))
    return contact_id


def _open(
    message: Inbound,
    evidence: Evidence,
    placement: Placement,
    contact: ContactFact | None,
    contact_id: str | None,
    facts: Facts,
    policy: Policy,
    now: datetime,
    draft: Draft,
) -> str:
    ticket_id = derive("ticket", message.source_id)
    classified = classify_inbound(message, policy, now)
    known = contact.language if contact else None
    language = pick_language(message.language, message.language_confidence, policy.languages, known)
    reasons = {**classified.reasons, "thread": placement.reason}
    draft.operations.append(
        OpenTicket(
            ticket_id=ticket_id,
            subject=message.subject,
            channel=message.channel,
            inbox=message.inbox,
            language=language,
            contact_id=contact_id,
            customer=evidence.sender,
            participants=evidence.participants,
            kind=classified.kind,
            category=classified.category,
            priority=classified.priority,
            team=classified.team,
            received_by=message.inbox,
            problem=(message.reply_text or message.text)[:PROBLEM_LENGTH],
            created_at=message.received_at,
            first_response_due=classified.first_response_due,
            resolution_due=classified.resolution_due,
            reasons=reasons,
        )
    )
    draft.operations.append(_add_message(message, evidence, ticket_id, placement.reason, now))
    _reference(message, evidence, ticket_id, facts, draft)
    draft.operations.append(
        _event(
            "ticket_opened",
            message,
            ticket_id,
            _message_id(message),
            now,
            {"category": classified.category, "priority": classified.priority, "team": classified.team},
        )
    )
    _link(message, placement, ticket_id, draft)
    _acknowledge(message, evidence, ticket_id, language, classified, facts, policy, now, draft)
    return ticket_id


def _join(
    message: Inbound,
    evidence: Evidence,
    placement: Placement,
    ticket: TicketFact,
    facts: Facts,
    now: datetime,
    draft: Draft,
) -> None:
    draft.operations.append(_add_message(message, evidence, ticket.ticket_id, placement.reason, now))
    _reference(message, evidence, ticket.ticket_id, facts, draft)
    draft.change(facts, ticket_key(ticket.ticket_id))
    change = ChangeTicket(ticket_id=ticket.ticket_id)
    if message.automatic is not None:
        pass  # a machine gains no rights by writing
    elif placement.participant:
        change.add_participants = [a for a in evidence.participants if a not in ticket.participants]
    elif evidence.sender and evidence.sender not in ticket.participants:
        change.add_participants = change.add_unconfirmed = [evidence.sender]
    if message.automatic is None:
        status = lifecycle.after_message(ticket.status)
        if status != ticket.status:
            change.fields["status"] = status
            if ticket.status in ("solved", "closed"):
                change.fields |= {"solved_at": None, "closed_at": None}
            draft.operations.append(
                _event("status_changed", message, ticket.ticket_id, None, now, {"from": ticket.status, "to": status})
            )
    if change.fields or change.add_participants:
        draft.operations.append(change)
    data = {"participant": placement.participant, "rule": placement.reason.rule, "automatic": message.automatic}
    draft.operations.append(_event("message_received", message, ticket.ticket_id, _message_id(message), now, data))
    _link(message, placement, ticket.ticket_id, draft)


def _add_message(message: Inbound, evidence: Evidence, ticket_id: str, reason: Reason, now: datetime) -> AddMessage:
    return AddMessage(
        message_id=_message_id(message),
        ticket_id=ticket_id,
        direction="in",
        channel=message.channel,
        inbox=message.inbox,
        author=message.from_ or Address(address=""),
        source_id=message.source_id,
        header_id=message.message_id,
        inboxes=message.inboxes,
        audience=evidence.audience,
        recipients=[*message.to, *message.cc][:100],
        subject=message.subject,
        text=message.text,
        reply_text=message.reply_text,
        html=message.html,
        language=message.language,
        automatic="loop" if evidence.comes_back else message.automatic,
        bounce=message.bounce,
        attachments=message.attachments,
        original=message.original,
        defects=message.defects,
        date=message.date,
        created_at=message.received_at,
        routed_by=reason,
        correlation_id=message.correlation_id,
    )


def _reference(message: Inbound, evidence: Evidence, ticket_id: str, facts: Facts, draft: Draft) -> None:
    """Index the message's own id and every foreign one it mentions, seen or not; own ids of ours need no index."""
    known = facts.references
    mentioned = [
        message_id
        for message_id in evidence.foreign
        if all(entry.ticket_id != ticket_id for entry in known.get(message_id, ()))
    ]
    own = message.message_id if message.message_id and not evidence.comes_back else None
    if own or mentioned:
        draft.operations.append(
            AddReferences(ticket_id=ticket_id, own=own, audience=evidence.audience, mentioned=mentioned)
        )
        draft.change(facts, *(reference_key(i) for i in (*mentioned, *([own] if own else []))))


def _link(message: Inbound, placement: Placement, ticket_id: str, draft: Draft) -> None:
    if placement.follows is not None:
        draft.operations.append(
            LinkTickets(ticket_id=ticket_id, other_id=placement.follows.ticket_id, kind="follow-up")
        )
    for other, reason in placement.related[:5]:
        draft.operations.append(
            LinkTickets(ticket_id=ticket_id, other_id=other.ticket_id, kind="possibly-related", reason=reason)
        )


def _event(
    what: str, message: Inbound, ticket_id: str | None, message_id: str | None, now: datetime, data: dict[str, object]
) -> AddEvent:
    actor = "system" if message.automatic else "customer"
    return AddEvent(
        what=what,
        ticket_id=ticket_id,
        message_id=message_id,
        actor=actor,
        channel=message.channel,
        data=data,
        at=now,
    )


def _acknowledge(
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
    key = point_key("email", evidence.answer_to)
    automatic = "loop" if evidence.comes_back else message.automatic
    why_not = answering.refusal(
        evidence.answer_to, automatic, facts.contacts.get(key), facts.automatic.get(key, ()), ticket_id, policy, now
    )
    if why_not is not None:
        draft.operations.append(_event("not_acknowledged", message, ticket_id, None, now, {"why": why_not}))
        return
    name = message.from_.name if message.from_ and evidence.answer_to == evidence.sender else ""
    point = Point(kind="email", value=evidence.answer_to)
    draft.operations += [
        QueueDelivery(
            outbound=Outbound(
                delivery_id=derive("delivery", message.source_id, "acknowledgement"),
                ticket_id=ticket_id,
                channel=message.channel,
                inbox=message.inbox,
                kind="acknowledgement",
                to=[Address(name=name, address=evidence.answer_to)],
                language=language,
                subject=message.subject,
                template="acknowledgement",
                variables={"expected_seconds": classified.expected_seconds, "subject": message.subject},
                in_reply_to=message.message_id,
                references=[*message.references[-10:], *([message.message_id] if message.message_id else [])],
                automatic=True,
                created_at=now,
                correlation_id=message.correlation_id,
            )
        ),
        CountAutomatic(point=point, ticket_id=ticket_id, at=now),
    ]
    draft.change(facts, key)


def decide_sent_again(message: Inbound, sequence: str, policy: Policy) -> Changeset:
    """The changeset for a message that was published a second time, at ``sequence``: the ledger counts it, nothing else."""
    return Changeset(
        cause=f"{message.cause}:{sequence}",
        ledger=Ledgered(**_route(message), outcome="duplicate", reason="sent again"),
        policy=policy.version,
    )
