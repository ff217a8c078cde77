"""Deciding about what a customer writes on the page of their ticket: a message like any other of theirs, read as one by channel ``form``.

It comes through no inbox and is no line of a ledger: whoever wrote it hears that we have it only when it is in the ticket.
"""

from dataclasses import replace
from typing import Any, get_args

from services.router.deciding import contacts, inbound, lifecycle, questions
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.evidence import Evidence, read
from services.router.deciding.opening import open_ticket
from services.router.deciding.recording import add_message, event, message_id
from services.router.deciding.senders import Way
from services.router.deciding.threading import Placement, takes_part
from shared.identity import derive
from shared.messages.changeset import ChangeTicket, OpenTicket
from shared.messages.customers import STATUS_LINKS, CustomerReply, WithdrawLinks
from shared.messages.facts import TicketFact
from shared.messages.inbound import Inbound
from shared.messages.parts import Address, Channel, Reason
from shared.texts import text

RULE = "page of the ticket"


def customer_reply(do: Doing, want: CustomerReply) -> dict[str, Any]:
    """What a customer writes goes into the ticket, or into a new one that follows it where it can no longer be opened again. Who says
    that it is not solved opens it, without a word, too. Raises `Refused` for who has no part in the ticket (any more)."""
    ticket = do.ticket(want.number)
    if ticket.internal or ticket.status in ("spam", "merged"):
        raise Refused("not-found", f"there is no page of T-{want.number}")
    follows = lifecycle.is_finished(ticket, do.now, do.policy.reopen_within)
    words = want.text.strip()
    said = bool(words or want.attachments)
    if not said and not want.rejects:
        raise Refused("invalid", "text: must not be empty")
    if not said and follows:
        words = text("page.not_solved", ticket.language, default=do.policy.languages[0])
    message = _message(do, want, ticket, words)
    evidence = evidence_of(do, message, ticket.inbox)
    if not takes_part(evidence, ticket, do.facts):
        raise Refused("forbidden", f"{want.point.kind} has no part in T-{want.number}")
    placement = Placement(Reason(rule=RULE, evidence=f"T-{ticket.number}"), ticket=ticket)
    if follows:
        return _follow_up(do, message, evidence, ticket)
    if want.rejects and ticket.status in lifecycle.OVER:
        by = questions.Said(do.command.actor, do.command.channel, do.now)
        questions.reject(ticket, by, do.facts, do.draft)
        if said:
            do.draft.operations.append(add_message(message, evidence, ticket.ticket_id, placement, do.facts))
            data = {"participant": True, "rule": RULE, "automatic": None}
            do.draft.operations.append(
                event("message_received", message, ticket.ticket_id, message_id(message), do.now, data)
            )
    elif said:
        inbound.join(message, evidence, placement, ticket, do.facts, do.policy, do.now, do.draft)
    else:
        raise Refused("conflict", f"T-{want.number} is {ticket.status}: there is nothing to confirm")
    made = {"message_id": message_id(message)} if said else {}
    return {"ticket_id": ticket.ticket_id, "number": ticket.number, **made}


def withdraw_links(do: Doing, want: WithdrawLinks) -> dict[str, Any]:
    """The links to the ticket's page that were sent so far open nothing any more: somebody passed one on, or it went astray. Raises
    `Refused` for a ticket that has no page."""
    ticket = do.whole(want.number)
    if ticket.internal:
        raise Refused("conflict", f"T-{want.number} is internal: it has no page")
    count = int((ticket.state.get(STATUS_LINKS) or {}).get("count") or 0) + 1
    state = {STATUS_LINKS: {"count": count, "at": do.now.isoformat()}}
    do.draft.operations.append(ChangeTicket(ticket_id=ticket.ticket_id, state=state))
    do.event("status_links_withdrawn", ticket.ticket_id, count=count)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number}


def _message(do: Doing, want: CustomerReply, ticket: TicketFact, words: str) -> Inbound:
    known = do.facts.people.get(ticket.contact_id or "")
    own = known is not None and any(
        (each.kind, each.value) == (want.point.kind, want.point.value) for each in known.points
    )
    return Inbound.model_validate(
        {
            "source_id": derive("page", do.command.command_id),
            "channel": "form",
            "inbox": ticket.inbox,
            "inboxes": [ticket.inbox],
            "received_at": do.now,
            "correlation_id": do.command.correlation_id,
            "from": Address(name=known.name if known is not None and own else "", address=want.point.value),
            "points": [want.point],
            "subject": ticket.subject,
            "text": words,
            "reply_text": words,
            "attachments": want.attachments,
        }
    )


def evidence_of(do: Doing, message: Inbound, preferred: str) -> Evidence:
    """Where it belongs is known; what its words might point to does not count. Only mail is acknowledged, should it open a ticket: on other
    channels the page itself says so."""
    point = message.points[0]
    inbox = do.policy.inbox_of("email", preferred)
    way = Way("email", inbox, point) if point.kind == "email" and inbox else None
    return replace(
        read(message, do.policy),
        way=way,
        answer_to=point.value if way else "",
        in_subject=[],
        content_key=None,
        subject_mark=None,
        enquiry=None,
        claimed=None,
    )


def _follow_up(do: Doing, message: Inbound, evidence: Evidence, ticket: TicketFact) -> dict[str, Any]:
    """A new ticket that follows this one, with the customer where they were."""
    reason = Reason(rule="follows a closed ticket", evidence=f"T-{ticket.number} by {RULE}")
    placement = Placement(reason, follows=ticket)
    contact = contacts.known(evidence, do.facts)
    theirs = contact is not None and contact.contact_id == ticket.contact_id
    channel = next((each for each in get_args(Channel) if each == ticket.channel), message.channel)
    ticket_id = open_ticket(
        message,
        evidence,
        placement,
        contact,
        contact.contact_id if contact else None,
        do.facts,
        do.policy,
        do.now,
        do.draft,
    )
    for operation in do.draft.operations:
        if isinstance(operation, OpenTicket) and operation.ticket_id == ticket_id:
            operation.channel, operation.language = channel, ticket.language
            if theirs or message.points[0].value == ticket.customer:
                operation.customer, operation.contact_id = ticket.customer, ticket.contact_id
                operation.participants = list(dict.fromkeys([*operation.participants, ticket.customer]))
    return {"ticket_id": ticket_id, "message_id": message_id(message)}
