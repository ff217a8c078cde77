"""STATUS: a customer asks how things stand, on any channel, and is told at once: the state, who has it, until when.

Only whoever takes part in a ticket hears of it. Everybody else gets the same words whether there is such a ticket or not.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from services.router.deciding import answering, calls
from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from services.router.deciding.senders import Way
from shared.calendars import AROUND_THE_CLOCK
from shared.identity import derive
from shared.messages.changeset import CountAutomatic, QueueDelivery
from shared.messages.facts import ContactFact, Facts, TicketFact, point_key
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.texts import customer_status, text
from shared.texts.moments import moment

if TYPE_CHECKING:
    from services.router.deciding.evidence import Evidence

# The word alone on its line, with or without a number. "Status of my printer" is a question for people.
_ASKED = re.compile(
    r"[\s#/!.\"'>]*(?:status|stan|stanje|state)(?:\s+(?:of|for|ticket|sprawy|zg[łl]oszenia|zg[łl]oszenie|upita|za|nr|no|br)\b\.?){0,3}"
    r"\s*[:=,-]?\s*(?:#|\[\s*)?(?:T\s*-?\s*)?(\d{1,9})?\s*\]?[\s?!.]*",
    re.IGNORECASE,
)
# Below the line may stand a greeting and a name; whoever writes more wants to be read.
_MOST_BELOW = 120
_LINE = 100


@dataclass(frozen=True)
class Enquiry:
    """Somebody asks for the state of a ticket; null: of their newest."""

    number: int | None


def enquiry(message: Inbound) -> Enquiry | None:
    """The enquiry that a message is: its subject or its first line says so and little else is in it."""
    if message.automatic or message.attachments or message.imported or message.pressed:
        return None
    if message.channel == "voice":
        # What somebody said on the phone is for people; what they keyed in is not.
        digits = calls.keyed(message)
        return None if digits is None else Enquiry(calls.number(digits))
    written = (message.reply_text or message.text)[:2_000].strip()
    first, _, below = written.partition("\n")
    for line, rest in ((first, below), (message.subject, written)):
        asked = _ASKED.fullmatch(line) if 0 < len(line) <= _LINE else None
        if asked and len(rest.strip()) <= _MOST_BELOW:
            return Enquiry(int(asked[1]) if asked[1] and int(asked[1]) else None)
    return None


def way_of(evidence: "Evidence") -> Way | None:
    """Where an enquiry is answered. Never at a Reply-To that a mail names: whoever writes in a customer's name could ask for it."""
    if evidence.way is None or evidence.way.point in evidence.points:
        return evidence.way
    return replace(evidence.way, point=evidence.points[0]) if evidence.points else None


def answer(
    message: Inbound,
    way: Way,
    ticket: TicketFact | None,
    contact: ContactFact | None,
    language: str,
    facts: Facts,
    policy: Policy,
    now: datetime,
    draft: Draft,
) -> str | None:
    """Tell how a ticket stands (null: that there is nothing to tell). Gives why nothing is told, null when it is."""
    key = point_key(way.point.kind, way.point.value)
    ticket_id = ticket.ticket_id if ticket else None
    known, sent = facts.contacts.get(key), facts.automatic.get(key, ())
    why_not = answering.refusal(
        way.point.value, message.automatic, known, sent, ticket_id, policy, now, kind=way.point.kind
    )
    if why_not is not None:
        return why_not
    template, variables = _told(ticket, contact, language, facts, policy, now)
    draft.operations += [
        QueueDelivery(
            outbound=Outbound(
                delivery_id=derive("delivery", message.source_id, "status"),
                ticket_id=ticket_id,
                ticket_number=ticket.number if ticket else 0,
                channel=way.channel,
                inbox=way.inbox,
                kind="notice",
                to=[Address(address=way.point.value)],
                language=language,
                subject=ticket.subject if ticket and way.channel == "email" else message.subject,
                template=template,
                variables=variables,
                in_reply_to=message.message_id if message.channel == way.channel else None,
                conversation=message.conversation if message.channel == way.channel else None,
                automatic=True,
                created_at=now,
                correlation_id=message.correlation_id,
            )
        ),
        CountAutomatic(point=way.point, ticket_id=ticket_id, at=now),
    ]
    draft.change(facts, key)
    return None


def spoken(ticket: TicketFact | None, contact: ContactFact | None, facts: Facts, now: datetime) -> dict[str, Any]:
    """How a ticket stands, for a caller who waits for it: part of the changeset's result."""
    return dict(calls.told(ticket, contact, _due(ticket, now) if ticket else None, facts))


def _told(
    ticket: TicketFact | None,
    contact: ContactFact | None,
    language: str,
    facts: Facts,
    policy: Policy,
    now: datetime,
) -> tuple[str, dict[str, str]]:
    if ticket is None:
        return "status.none", {}
    agent = facts.assignees.get(ticket.assignee or "")
    who = (agent.public_name or agent.name if agent else "") or (ticket.team or "") or text("status.team", language)
    told = {"state": customer_status(ticket.status, language), "who": who}
    due = _due(ticket, now)
    if due is None:
        return "status.plain", told
    # On their clock where it is known, else on ours. Figures only: they read alike in every language, and fit into an SMS.
    ours = policy.calendars.get((ticket.state.get("sla") or {}).get("hours", ""), AROUND_THE_CLOCK).timezone
    return "status.due", told | {"until": moment(due, (contact.timezone if contact else None) or ours)}


def _due(ticket: TicketFact, now: datetime) -> datetime | None:
    """Until when the customer hears of us: the next promise that is not over and still counts."""
    if ticket.status not in ("new", "open", "on_hold"):
        return None
    promises = (ticket.first_response_due, ticket.next_response_due, ticket.resolution_due)
    return min((due for due in promises if due is not None and due > now), default=None)
