"""What an agent is told of what they said: by the way they used, in their language, short. Never an address or a number of a customer."""

from dataclasses import dataclass
from datetime import datetime

from services.router.deciding import masking, naming, sending
from services.router.deciding.policy import Policy
from services.router.deciding.speaking.asking import Button as Press
from services.router.deciding.speaking.hearing import ECHO, Hearing
from services.router.deciding.speaking.languages import language_of
from shared.identity import derive
from shared.messages.agents import SpokenFact
from shared.messages.changeset import QueueDelivery
from shared.messages.facts import Facts, TicketFact
from shared.messages.life import StaffFact
from shared.messages.outbound import Button, Outbound
from shared.messages.parts import Address, Point
from shared.phones import count_segments
from shared.texts import text
from shared.texts.short import plain

SEGMENTS = 2
"""So many SMS an answer to an agent takes at most."""
_LONGEST_SUBJECT = 100
_LONGEST = {"email": 20_000, "telegram": 3_500, "whatsapp": 1_500}
_GLIMPSE = {"sms": 40, "whatsapp": 120}
_QUOTED = {"sms": 60}
NOT_SENT = "spoken.subject.not"
"""The text that is the subject of a mail of which nothing more is to be said than that nothing was sent."""


@dataclass(frozen=True)
class Addressee:
    """An agent at one of their points. ``answers`` is the id of what they wrote, where this answers something."""

    agent: StaffFact
    channel: str
    inbox: str
    point: Point
    answers: str | None = None
    correlation_id: str = ""


def answer(
    hearing: Hearing,
    words: str,
    ticket: TicketFact | None,
    buttons: list[Button] | None = None,
    *,
    internal: bool = False,
) -> None:
    """Answer them at once."""
    message = hearing.message
    to = Addressee(
        hearing.speaker.agent, message.channel, message.inbox, hearing.point, message.message_id, message.correlation_id
    )
    delivery_id = derive("delivery", hearing.spoken_id, "echo")
    made = echo(to, words, ticket, hearing.policy, hearing.now, delivery_id, buttons, internal=internal)
    hearing.draft.operations.append(made)


def echo(
    to: Addressee,
    words: str,
    ticket: TicketFact | None,
    policy: Policy,
    now: datetime,
    delivery_id: str,
    buttons: list[Button] | None = None,
    *,
    internal: bool = False,
    title: str = NOT_SENT,
) -> QueueDelivery:
    """An answer to an agent. ``internal``: what they answer to it is a note; ``title`` names the text that is a mail's subject."""
    is_mail, language = to.channel == "email", language_of(to.agent.languages, policy)
    outbound = Outbound.model_validate(
        {
            "delivery_id": delivery_id,
            "ticket_id": ticket.ticket_id if ticket else None,
            "ticket_number": ticket.number if ticket else 0,
            "channel": to.channel,
            "inbox": sending.email_inbox(ticket, policy) if is_mail and ticket else to.inbox,
            "kind": "alert",
            "to": [Address(address=to.point.value)],
            "language": language,
            "subject": subject(title, ticket, language) if is_mail else "",
            "text": fitted(hidden(words, ticket, language), to.channel),
            "in_reply_to": to.answers,
            "references": [to.answers] if to.answers and is_mail else [],
            "automatic": True,
            "created_at": now,
            "correlation_id": to.correlation_id,
            "buttons": buttons or [] if to.channel == "telegram" else [],
            "agent_id": to.agent.agent_id,
            "event": ECHO,
            "internal": internal,
        }
    )
    return QueueDelivery(outbound=outbound)


def question(spoken_id: str, language: str, yes: bool = True) -> list[Button]:
    """The buttons under a question in Telegram: send it, drop it."""
    shown = [_button(Press("yes", spoken_id), "spoken.button.yes", language)] if yes else []
    return [*shown, _button(Press("no", spoken_id), "spoken.button.no", language)]


def choice(spoken_id: str, tickets: list[TicketFact], language: str) -> list[Button]:
    """The buttons under the question which ticket was meant."""
    chosen = [
        Button(
            label=f"T-{each.number} {glimpse(hidden(naming.title_of(each), each, language), 'telegram', 40)}".strip(),
            data=Press("to", spoken_id, each.number).data,
        )
        for each in tickets
    ]
    return [*chosen, *question(spoken_id, language, yes=False)]


def subject(key: str, ticket: TicketFact | None, language: str) -> str:
    """The subject of a mail about a ticket, or about none."""
    called = hidden(naming.title_of(ticket)[:_LONGEST_SUBJECT], ticket, language) if ticket else ""
    return text(key, language, subject=called).strip().removesuffix(":")


def hidden(words: str, ticket: TicketFact | None, language: str) -> str:
    """Words of ours, or of a ticket, without the addresses and numbers of whoever takes part in it from outside."""
    return masking.for_agent(words, masking.customer_points(ticket, Facts()), language) if ticket is not None else words


def _button(press: Press, label: str, language: str) -> Button:
    return Button(label=text(label, language), data=press.data)


def glimpse(words: str, channel: str, most: int = 0) -> str:
    """The beginning of what somebody wrote, on one line."""
    words, most = " ".join(words.split()), most or _GLIMPSE.get(channel, 200)
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def quoted(words: str, channel: str) -> str:
    """The beginning of what they said, as it is told back on a channel."""
    return glimpse(words, channel, _QUOTED.get(channel, 200))


def glimpsed(held: SpokenFact) -> str:
    """The same, of something that was said before."""
    return glimpse(held.text, held.channel) or ", ".join(each.filename for each in held.attachments)[:100] or "-"


def fitted(words: str, channel: str) -> str:
    """``words`` as they fit a message of the channel; an SMS in letters that are cheap, in two segments."""
    if channel != "sms":
        most = _LONGEST.get(channel, 1_500)
        return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"
    words = plain(words)
    if count_segments(words).count <= SEGMENTS:
        return words
    low, high = 0, min(len(words), 320)
    while low < high:
        middle = (low + high + 1) // 2
        if count_segments(f"{words[:middle]}...").count <= SEGMENTS:
            low = middle
        else:
            high = middle - 1
    return f"{words[:low].rstrip()}..."
