"""What is not believed does nothing: it is put down with the reason, the ticket's audit trail says so, and the agent in whose name it came
is told at their own address, once an hour at most, and never with a word of what was written."""

from datetime import datetime

from services.router.deciding import sending
from services.router.deciding.draft import Draft
from services.router.deciding.speaking.asking import Claim
from services.router.deciding.speaking.echoing import answer, subject
from services.router.deciding.speaking.hearing import ECHO, LONGEST, Heard, Hearing
from shared.identity import derive
from shared.messages.agents import AddSpoken, ToldFact
from shared.messages.changeset import AddEvent, QueueDelivery
from shared.messages.facts import TicketFact
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point
from shared.texts import text

TRIES = 5
"""So many wrong codes in an hour; from then on the number is not listened to until they are an hour old."""
REFUSED = "agent refused"


def refuse(
    hearing: Hearing, reason: str, why: str, ticket: TicketFact | None = None, told: ToldFact | None = None
) -> Heard:
    """A mail that is not theirs. ``why`` names the text that tells them so."""
    note(hearing, reason, ticket, told)
    if not hearing.speaker.refused_by.get(hearing.message.channel):
        warn(hearing, "spoken.refused", ticket, why=text(why, hearing.language))
    return hearing.heard(f"{REFUSED}: {reason}")


def note(hearing: Hearing, reason: str, ticket: TicketFact | None, told: ToldFact | None) -> None:
    """Put it down, and no more."""
    internal = bool(hearing.claim.token and hearing.claim.token.internal)
    hearing.put("refused", reason, ticket, told, internal=internal)
    hearing.event("agent_refused", ticket, reason=reason)


def wrong_code(hearing: Hearing) -> Heard:
    """Somebody guesses, or mistypes: answered, since the answer goes to the agent's own telephone, and counted."""
    hearing.put("refused", "wrong code")
    hearing.event("agent_refused", None, reason="wrong code")
    answer(hearing, text("spoken.code", hearing.language), None)
    if hearing.speaker.refused_by.get(hearing.message.channel, 0) + 1 == TRIES:
        warn(hearing, "spoken.codes", None)
    return hearing.heard(f"{REFUSED}: wrong code")


def ignored(hearing: Hearing) -> Heard:
    """Too many wrong codes came from this number: not even a right one counts. Kept, so that it can be looked at."""
    hearing.put("dropped", "too many wrong codes")
    return hearing.heard(f"{REFUSED}: too many wrong codes")


def unanswerable(hearing: Hearing, reason: str, words: str) -> Heard:
    """There is nothing that it could answer: they are told how to write. It counts like a wrong code, so that whoever forges the number
    cannot have them written to without end."""
    hearing.put("refused", reason)
    answer(hearing, words, None)
    return hearing.heard(f"{REFUSED}: {reason}")


def nobody(message: Inbound, claim: Claim, reason: str, draft: Draft, now: datetime) -> Heard:
    """Whoever it was meant to be, we know no such agent."""
    sender = message.from_.address.lower() if message.from_ else ""
    point = claim.ask.point or (Point(kind="email", value=sender) if sender else None)
    fields = {
        "spoken_id": claim.spoken_id,
        "source_id": message.source_id,
        "channel": message.channel,
        "inbox": message.inbox,
        "point": point,
        "text": (message.reply_text or message.text)[:LONGEST],
        "attachments": message.attachments,
        "original": message.original,
        "verdict": "refused",
        "reason": reason,
        "at": now,
    }
    data = {"reason": reason, "pressed": (message.pressed or "")[:64]}
    draft.operations += [
        AddSpoken.model_validate(fields),
        AddEvent.model_validate(
            {"what": "agent_refused", "actor": "other", "channel": message.channel, "data": data, "at": now}
        ),
    ]
    return Heard("stored", f"{REFUSED}: {reason}", {"spoken_id": claim.spoken_id})


def warn(hearing: Hearing, template: str, ticket: TicketFact | None, **variables: str) -> None:
    """Tell the agent at their own address, whatever else they chose, that somebody writes in their name."""
    policy, agent = hearing.policy, hearing.speaker.agent
    inbox = sending.email_inbox(ticket, policy) if ticket else next(iter(policy.email_inboxes), "")
    if not inbox:
        return
    about = f"T-{ticket.number}" if ticket else "-"
    hearing.draft.operations.append(
        QueueDelivery(
            outbound=Outbound(
                delivery_id=derive("delivery", hearing.spoken_id, "warning"),
                ticket_id=ticket.ticket_id if ticket else None,
                ticket_number=0,
                channel="email",
                inbox=inbox,
                kind="alert",
                to=[Address(address=agent.email)],
                language=hearing.language,
                subject=subject(f"{template}.subject", ticket, hearing.language),
                template=template,
                variables={"of": about, **variables},
                automatic=True,
                created_at=hearing.now,
                correlation_id=hearing.message.correlation_id,
                agent_id=agent.agent_id,
                event=ECHO,
            )
        )
    )
