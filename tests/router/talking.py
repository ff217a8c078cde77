"""A world in which people write on conversation channels: its policy has an inbox of each, and it knows contacts with their points."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.router.deciding.evidence import needs, read
from services.router.deciding.policy import Policy
from shared.messages.changeset import AddEvent, Changeset, MergeContacts, OptPoint, PutContact, QueueDelivery
from shared.messages.facts import Facts, PersonFact, PointFact, contact_key, point_key
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point
from shared.settings.inbox import ChatInbox, FormInbox, TelegramInbox, TwilioInbox
from tests.router import world as mailing
from tests.router.world import START, World

ANA = "+48600100200"
BO = "+385915550101"
INBOXES = (
    TelegramInbox(name="bot", channel="telegram"),
    TwilioInbox(name="sms", channel="sms", number="+15005550006"),
    TwilioInbox(name="wa", channel="whatsapp", number="whatsapp:+15005550007"),
    ChatInbox(name="web", channel="chat"),
    FormInbox(name="contact", channel="form"),
)
INBOX_OF = {inbox.channel: inbox.name for inbox in INBOXES}


def policy() -> Policy:
    """An inbox of every channel that is tested, beside the one for mail."""
    settings = mailing.load(None, None, {})
    email = settings.inbox[0].model_copy(update={"address": "support@acme.example"})
    return mailing.policy(inbox=(email, *INBOXES))


def said(
    name: str, words: str = "Hello", sender: str = ANA, channel: str = "sms", minutes: float = 0, **more: Any
) -> Inbound:
    """Something said on a conversation channel, called ``name``."""
    inbox = INBOX_OF[channel]
    kinds = {"sms": ["phone"], "whatsapp": ["whatsapp", "phone"]}.get(channel, [channel])
    fields: dict[str, Any] = {
        "source_id": f"mail-{name}",
        "channel": channel,
        "inbox": inbox,
        "inboxes": [inbox],
        "received_at": START + timedelta(minutes=minutes),
        "correlation_id": name,
        "message_id": f"{channel}:{inbox}:{sender}:{name}",
        "from": Address(name="Ana", address=sender),
        "points": [Point(kind=kind, value=sender) for kind in kinds],
        "conversation": f"{channel}:{inbox}:{sender}",
        "text": words,
        "reply_text": words,
    }
    return Inbound.model_validate(fields | more)


@dataclass
class Talk(World):
    """A world with an inbox of each channel."""

    policy: Policy = field(default_factory=policy)

    def facts(self, message: Inbound) -> Facts:
        facts = super().facts(message)
        request = needs([(message, read(message, self.policy))])
        for point in request.newest_of:
            key = point_key(point.kind, point.value)
            contact = facts.contacts.get(key)
            theirs = [t for t in facts.tickets.values() if contact and t.contact_id == contact.contact_id]
            if theirs:
                over = ("closed", "spam", "merged")
                facts.newest[key] = max(theirs, key=lambda t: (t.status not in over, t.created_at, t.number)).ticket_id
        return facts

    def _remember(self, operation: object) -> None:
        super()._remember(operation)
        if isinstance(operation, PutContact):
            person = self.state.people.setdefault(operation.contact_id, PersonFact(contact_id=operation.contact_id))
            for point in operation.points:
                if all((each.kind, each.value) != (point.kind, point.value) for each in person.points):
                    person.points.append(PointFact(kind=point.kind, value=point.value, verified=operation.verified))
            self.state.versions.setdefault(contact_key(operation.contact_id), 0)
        elif isinstance(operation, OptPoint):
            for person in self.state.people.values():
                for each in person.points:
                    if (each.kind, each.value) == (operation.point.kind, operation.point.value):
                        each.opted_out = operation.out
        elif isinstance(operation, MergeContacts):
            other, kept = self.state.people[operation.other_id], self.state.people[operation.contact_id]
            kept.points, other.points, other.merged_into = [*kept.points, *other.points], [], kept.contact_id

    def sent(self, kind: str | None = None) -> list[Outbound]:
        """Everything that was sent, in order."""
        every = (op.outbound for op in self.operations(QueueDelivery))
        return [each for each in every if kind is None or each.kind == kind]

    def operations(self, model: type[Any]) -> list[Any]:
        """Every operation of a kind."""
        return [op for changeset in self.changesets for op in changeset.operations if isinstance(op, model)]

    def events(self) -> list[str]:
        """What happened."""
        return [event.what for event in self.operations(AddEvent)]

    def last(self) -> Changeset:
        """The newest changeset."""
        return self.changesets[-1]
