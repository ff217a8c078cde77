"""Deciding about a message that opens a ticket: what the ticket is like, and whether it is acknowledged."""

from datetime import datetime

from services.router.deciding import proof, spam
from services.router.deciding.acknowledging import acknowledge
from services.router.deciding.classify import classify_inbound, untimed
from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence
from services.router.deciding.marks import answer
from services.router.deciding.policy import Policy
from services.router.deciding.quarantine import Waiver
from services.router.deciding.recording import add_message, event, link, message_id, reference
from services.router.deciding.spam import Suspicion
from services.router.deciding.threading import Placement
from shared.identity import derive
from shared.messages.changeset import OpenTicket
from shared.messages.facts import ContactFact, Facts
from shared.messages.inbound import Inbound
from shared.texts.languages import pick_language

PROBLEM_LENGTH = 10_000


def open_ticket(
    message: Inbound,
    evidence: Evidence,
    placement: Placement,
    contact: ContactFact | None,
    contact_id: str | None,
    facts: Facts,
    policy: Policy,
    now: datetime,
    draft: Draft,
    suspicion: Suspicion | None = None,
    waiver: Waiver | None = None,
) -> str:
    """Open a ticket for the message and acknowledge it, or note why not. Gives the ticket's id."""
    ticket_id = derive("ticket", message.source_id)
    classified = classify_inbound(message, policy, now, suspected=suspicion is not None)
    if message.silent:
        classified = untimed(classified)
    known = contact.language if contact else None
    language = pick_language(message.language, message.language_confidence, policy.languages, known)
    reasons = {**classified.reasons, "thread": placement.reason}
    if suspicion is not None:
        reasons["spam"] = suspicion.reason
    draft.operations.append(
        OpenTicket(
            ticket_id=ticket_id,
            subject=message.subject,
            channel=message.channel,
            inbox=message.inbox,
            language=language,
            contact_id=contact_id,
            customer=evidence.points[0].value if evidence.points else evidence.sender,
            participants=evidence.participants,
            kind=classified.kind,
            category=classified.category,
            priority=classified.priority,
            team=classified.team,
            tags=[*([spam.TAG] if suspicion is not None else []), *proof.marks(message.authentication)],
            received_by=message.inbox,
            conversation=message.conversation,
            problem=(message.reply_text or message.text)[:PROBLEM_LENGTH],
            created_at=message.received_at,
            first_response_due=classified.first_response_due,
            resolution_due=classified.resolution_due,
            reasons=reasons,
            state=classified.state,
        )
    )
    draft.operations.append(add_message(message, evidence, ticket_id, placement, facts))
    reference(message, evidence, ticket_id, facts, draft, _marks_of_opening(evidence))
    draft.operations.append(
        event(
            "ticket_opened",
            message,
            ticket_id,
            message_id(message),
            now,
            {"category": classified.category, "priority": classified.priority, "team": classified.team}
            | ({"silent": True} if message.silent else {}),
        )
    )
    link(message, placement, ticket_id, draft)
    why_not = None
    if suspicion is not None and suspicion.certain:
        why_not = f"certainly spam: {suspicion.reason.rule}"
    elif waiver is not None and not waiver.acknowledge:
        why_not = "released from quarantine too late"
    if why_not is not None:
        draft.operations.append(event("not_acknowledged", message, ticket_id, None, now, {"why": why_not}))
        return ticket_id
    acknowledge(message, evidence, ticket_id, language, classified, facts, policy, now, draft)
    return ticket_id


def _marks_of_opening(evidence: Evidence) -> list[str]:
    """What the new ticket is found by besides ids: by its sender's other answers to the same message, and by its subject."""
    answered = dict.fromkeys((*evidence.foreign[:1], *evidence.foreign[-1:])) if evidence.sender else ()
    found = [answer(evidence.sender, message_id) for message_id in answered]
    return [*found, *([evidence.subject_mark] if evidence.subject_mark else [])]
