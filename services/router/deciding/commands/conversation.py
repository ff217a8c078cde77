"""Deciding about what agents write in a ticket: answers to the customer and internal notes."""

from typing import Any, Literal

from services.router.deciding import marks, naming, spam
from services.router.deciding.commands import collision, outward, takingback
from services.router.deciding.commands.changing import set_status
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.reaching import Reach, reach
from services.router.deciding.senders import is_providers_id
from shared.messages import command as c
from shared.messages.changeset import AddMessage, AddReferences, ChangeTicket, QueueDelivery
from shared.messages.facts import TicketFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Address


def reply(do: Doing, want: c.Reply) -> dict[str, Any]:
    ticket = do.ticket(want.number)
    if not want.text.strip() and not want.attachments and not want.html:
        raise Refused("invalid", "text: must not be empty", why="empty")
    if ticket.status == "merged":
        merged = f"T-{want.number} was merged into another ticket; answer there"
        raise Refused("conflict", merged, why="merged", ticket=f"T-{want.number}")
    has_customer(ticket)
    collision.check(do, ticket, want.seen_at)
    way = reach(do, want, ticket)
    if want.waiting_id:
        takingback.let_go(do, want, ticket)
    elif (waits := takingback.hold(do, want, ticket)) is not None:
        return waits
    return send(do, want, ticket, way)


def has_customer(ticket: TicketFact) -> None:
    """Raises `Refused` for a ticket that is between departments: nothing of it goes out of the house; and for spam, where nobody would see
    what is answered."""
    number = f"T-{ticket.number}"
    if ticket.internal:
        raise Refused(
            "conflict", f"{number} is internal and has no customer; write a note", why="internal", ticket=number
        )
    if ticket.status == "spam":
        raise Refused("conflict", f"{number} is spam; say first that it is not", why="spam", ticket=number)


def send(
    do: Doing,
    want: c.Reply,
    ticket: TicketFact,
    way: Reach,
    kind: Literal["reply", "message"] = "reply",
    subject: str = "",
) -> dict[str, Any]:
    """Send something to the customer: an answer in the thread, or (``message``) one that answers nothing, with a subject of its own."""
    want = outward.masked(do, want, ticket.language)
    subject = outward.words(do, subject, ticket.language) or ticket.subject
    answers = ticket.latest_message_ids if kind == "reply" else []
    # What other channels call their messages means nothing in a mail's header.
    known = [each for each in answers if not is_providers_id(each)] if way.channel == "email" else []
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
            subject=subject,
            text=want.text,
            reply_text=want.text,
            html=want.html,
            attachments=want.attachments,
            created_at=do.now,
            correlation_id=do.command.correlation_id,
            answers=answers[-1:],
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
                kind=kind,
                to=recipients,
                cc=cc,
                bcc=bcc,
                language=ticket.language,
                subject=subject,
                text=want.text,
                html=want.html,
                author=outward.author(do),
                signature=outward.signature(do, ticket.language),
                signed=outward.speaks(do),
                attachments=want.attachments,
                in_reply_to=known[-1] if known else None,
                references=known,
                created_at=do.now,
                correlation_id=do.command.correlation_id,
            )
        ),
    ]
    if way.conversation and way.conversation != ticket.conversation:
        # What the customer answers there belongs here. Nothing that was decided without this becomes wrong: no version changes.
        talk = marks.conversation(way.conversation)
        do.draft.operations.append(AddReferences(ticket_id=ticket.ticket_id, mentioned=[talk]))
    change = ChangeTicket(ticket_id=ticket.ticket_id, fields={"next_response_due": None})
    # Whoever stood in To or Cc may answer; of those in Bcc nobody shall know, so what they write is confirmed first.
    named = dict.fromkeys(
        [*(address.address.lower() for address in way.to), *(each.strip().lower() for each in want.cc)]
    )
    change.add_participants = [address for address in named if address not in ticket.participants]
    if ticket.first_responded_at is None:
        do.draft.operations += spam.by_answering(ticket.ticket_id, do.facts, do.policy)
        change.fields |= {"first_responded_at": do.now.isoformat(), "first_response_due": None}
    status = want.status or ("open" if ticket.status == "new" else ticket.status)
    if status != ticket.status:
        set_status(do, ticket, status, change.fields)
    do.draft.operations.append(change)
    do.event("message_sent", ticket.ticket_id, message_id, **({} if kind == "reply" else {"kind": kind}))
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
    if not want.text.strip() and not want.attachments:
        raise Refused("invalid", "text: must not be empty")
    if ticket.status == "merged":
        merged = f"T-{want.number} was merged into another ticket; write it there"
        raise Refused("conflict", merged, why="merged", ticket=f"T-{want.number}")
    message_id = do.derive("message")
    mentioned, warnings = naming.mentioned(want.text, want.mentions, do.facts, do.policy)
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
            attachments=want.attachments,
            created_at=do.now,
            correlation_id=do.command.correlation_id,
        )
    )
    do.event("note_added", ticket.ticket_id, message_id, mentions=mentioned)
    result = {"ticket_id": ticket.ticket_id, "number": ticket.number, "message_id": message_id}
    return result | {"mentions": mentioned, "warnings": warnings}
