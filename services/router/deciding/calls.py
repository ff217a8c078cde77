"""Telephone calls: which ones only end what is in a ticket already, what a caller may hear of a ticket, what is noted of calls we made.

A call is one talk: whatever comes of it (a missed call, a recording, its transcription, what was keyed in) belongs to one ticket, in
whatever order it comes.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.changeset import AddEvent, AddMessage
from shared.messages.facts import ContactFact, DeliveryFact, Facts, TicketFact, ticket_key
from shared.messages.inbound import Inbound
from shared.messages.life import PutEntry
from shared.messages.outbound import DeliveryReport
from shared.messages.parts import Address
from shared.texts import text
from shared.texts.voice import VOICE_TEXTS, span

_MOST_DIGITS = 9


def keyed(message: Inbound) -> str | None:
    """The digits that a caller keyed in; null for anything else that comes by telephone."""
    return message.fields.get("keyed") if message.channel == "voice" else None


def number(digits: str) -> int | None:
    """The ticket that digits stand for: null for a 1, the caller's newest; 0, which none has, for what is no number."""
    if digits == "1":
        return None
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _MOST_DIGITS else 0


def only_ended(message: Inbound, mark: str | None, facts: Facts) -> str | None:
    """The ticket that has what came of a call which is over now; null where nothing did: it was missed."""
    if message.channel != "voice" or message.fields.get("call") != "missed" or mark is None:
        return None
    return next((entry.ticket_id for entry in facts.references.get(mark, ())), None)


def told(
    ticket: TicketFact | None, contact: ContactFact | None, due: datetime | None, facts: Facts
) -> Mapping[str, Any]:
    """What goes into the changeset's result for a caller who asked: `shared.messages.calls.ToldStatus` as JSON, or nothing."""
    if ticket is None:
        return {}
    agent = facts.assignees.get(ticket.assignee or "")
    who = (agent.public_name or agent.name if agent else "") or (ticket.team or "")
    until = due.astimezone(_zone(contact)).isoformat() if due is not None else None
    return {"told": {"number": ticket.number, "status": ticket.status, "who": who, "until": until}}


def _zone(contact: ContactFact | None) -> Any:
    try:
        return ZoneInfo(contact.timezone) if contact is not None and contact.timezone else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def made(
    report: DeliveryReport, delivery: DeliveryFact, facts: Facts, policy: Policy, now: datetime, draft: Draft
) -> None:
    """Note in its ticket how a call ended that an agent asked for. Nobody is mailed about one that failed: the agent was on the phone."""
    answered = report.state == "delivered"
    data = {"delivery": report.delivery_id, "answered": answered, "seconds": report.seconds or 0}
    ticket = facts.tickets.get(delivery.ticket_id) if delivery.ticket_id else None
    message_id = derive("message", "call", report.delivery_id) if ticket is not None else None
    if ticket is not None:
        draft.change(facts, ticket_key(ticket.ticket_id))
        words = _words(report, policy.languages[0] if policy.languages else "en")
        draft.operations.append(
            AddMessage(
                message_id=str(message_id),
                ticket_id=ticket.ticket_id,
                direction="internal",
                channel="voice",
                inbox=report.inbox,
                author=Address(address=""),
                author_kind="system",
                subject=ticket.subject,
                text=words,
                reply_text=words,
                created_at=report.at,
                correlation_id=report.correlation_id,
            )
        )
        if answered:
            draft.operations.append(_entry(report, delivery, words, now))
    draft.operations.append(
        AddEvent(
            what="call_ended",
            ticket_id=delivery.ticket_id,
            message_id=message_id,
            actor="system",
            channel="voice",
            reason="" if answered else report.error[:500],
            data=data,
            at=now,
        )
    )


def _entry(report: DeliveryReport, delivery: DeliveryFact, words: str, now: datetime) -> PutEntry:
    """The call as the ticket's record has those that are logged by hand."""
    began = report.at - timedelta(seconds=report.seconds or 0)
    said = {
        "direction": "out",
        "who": delivery.to,
        "what": words,
        "at": began.isoformat(),
        "seconds": report.seconds or 0,
    }
    return PutEntry(
        entry_id=derive("entry", "call", report.delivery_id),
        ticket_id=str(delivery.ticket_id),
        kind="call",
        data={**said, "evidence": []},
        done_at=began,
        created_at=now,
        updated_at=now,
    )


def _words(report: DeliveryReport, language: str) -> str:
    if report.state == "delivered":
        return text("call.answered", language, span=span(report.seconds or 0))
    key = f"call.{report.error.partition(':')[0]}"
    error = text(key, language) if key in VOICE_TEXTS else report.error[:300]
    return text("call.unanswered", language, error=error)
