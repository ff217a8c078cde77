"""Deciding about what agents write in a ticket: answers to the customer and internal notes."""

from typing import Any

from services.router.deciding import spam
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.reaching import reach
from services.router.deciding.senders import is_providers_id
from shared.messages import command as c
from shared.messages.changeset import AddMessage, ChangeTicket, QueueDelivery
from shared.messages.outbound import Outbound
from shared.messages.parts import Address


def reply(do: Doing, want: c.Reply) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    if not want.text.strip() and not want.attachments and not want.html:
        raise Refused("invalid", "text: must not be empty")
    if ticket.status == "merged":
        raise Refused("conflict", f"T-{want.number} was merged into another ticket; answer there")
    way = reach(do, want, ticket)
    by_mail = way.channel == "email"
    # What other channels call their messages means nothing in a mail's header.
    known = [each for each in ticket.latest_message_ids if not is_providers_id(each)] if by_mail else []
    cc, bcc = _addresses(want.cc), _addresses(want.bcc)
    message_id, delivery_id = do.derive("message"), do.derive("delivery")
    recipients = way.to
    do.draft.operations += [
        AddMessage(
            message_id=message_id,
            ticket_id=ticket.ticket_id,
            direction="out",
            channel=way.channel,
            inbox=way.inbox,
            conversation=way.conversation,
            author=Address(name=do.command.actor_name, address=""),
            author_kind="agent",
            recipients=[*recipients, *cc],
            bcc=bcc or None,
            audience=len(recipients) + len(cc) + len(bcc),
            subject=ticket.subject,
            text=want.text,
            reply_text=want.text,
            html=want.html,
            attachments=want.attachments,
            created_at=do.now,
            correlation_id=do.command.correlation_id,
            answers=ticket.latest_message_ids[-1:],
        ),
        QueueDelivery(
            outbound=Outbound(
                delivery_id=delivery_id,
                ticket_id=ticket.ticket_id,
                ticket_number=ticket.number,
                message_id=message_id,
                channel=way.channel,
                inbox=way.inbox,
                conversation=way.conversation,
                kind="reply",
                to=recipients,
                cc=cc,
                bcc=bcc,
                language=ticket.language,
                subject=ticket.subject,
                text=want.text,
                html=want.html,
                author=do.command.actor_name,
                attachments=want.attachments,
                in_reply_to=known[-1] if known else None,
                references=known,
                created_at=do.now,
                correlation_id=do.command.correlation_id,
            )
        ),
    ]
    change = ChangeTicket(ticket_id=ticket.ticket_id, fields={"next_response_due": None})
    # Whoever stood in To or Cc may answer; of those in Bcc nobody shall know, so what they write is confirmed first.
    named = dict.fromkeys(
        [*(address.address.lower() for address in way.to), *(each.strip().lower() for each in want.cc)]
    )
    change.add_participants = [address for address in named if address not in ticket.participants]
    if ticket.first_responded_at is None:
        do.draft.operations += spam.by_answering(ticket.ticket_id, do.facts, do.policy)
        change.fields |= {"first_responded_at": do.now.isoformat(), "first_response_due": None}
    if ticket.status == "new":
        change.fields["status"] = "open"
        do.event("status_changed", ticket.ticket_id, **{"from": "new", "to": "open"})
    do.draft.operations.append(change)
    do.event("message_sent", ticket.ticket_id, message_id)
    return {
        "ticket_id": ticket.ticket_id,
        "number": ticket.number,
        "message_id": message_id,
        "delivery_id": delivery_id,
    }


def _addresses(addresses: list[str]) -> list[Address]:
    return [Address(address=address.strip()) for address in addresses]


def note(do: Doing, want: c.Note) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    if not want.text.strip():
        raise Refused("invalid", "text: must not be empty")
    message_id = do.derive("message")
    do.draft.operations.append(
        AddMessage(
            message_id=message_id,
            ticket_id=ticket.ticket_id,
            direction="internal",
            channel=ticket.channel,
            inbox=ticket.inbox,
            author=Address(name=do.command.actor_name, address=""),
            author_kind="agent",
            subject=ticket.subject,
            text=want.text,
            reply_text=want.text,
            created_at=do.now,
            correlation_id=do.command.correlation_id,
        )
    )
    do.event("note_added", ticket.ticket_id, message_id, mentions=want.mentions)
    return {"ticket_id": ticket.ticket_id, "number": ticket.number, "message_id": message_id}
