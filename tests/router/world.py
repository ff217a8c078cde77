"""A world for the pure core: everything committed so far, with the store's rules for versions and causes, and nothing else."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.router.deciding.commands import decide_command
from services.router.deciding.evidence import needs, read
from services.router.deciding.folding import fold
from services.router.deciding.inbound import decide_inbound
from services.router.deciding.policy import Policy, build
from shared.identity import derive
from shared.messages.changeset import AddMessage, Changeset, LinkTickets, MoveMessages, OpenTicket, QueueDelivery
from shared.messages.command import Action, Command
from shared.messages.facts import (
    DeliveryFact,
    Facts,
    MessageFact,
    agent_key,
    point_key,
    reference_key,
    source_key,
    ticket_key,
)
from shared.messages.gathering import MoveRecord
from shared.messages.inbound import Inbound
from shared.messages.parts import Address
from shared.secrets import Keyring
from shared.settings import load

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
KEYRING = Keyring("a", {"a": b"k" * 32})


def policy(**changes: object) -> Policy:
    """The policy of an installation without configuration, with an inbox address."""
    settings = load(None, None, {})
    inbox = settings.inbox[0].model_copy(update={"address": "support@acme.example"})
    settings = settings.model_copy(update={"inbox": (inbox,), **changes})
    return build(settings, KEYRING, "test")


def mail(
    name: str,
    sender: str = "ana@customer.example",
    *,
    to: tuple[str, ...] = ("support@acme.example",),
    cc: tuple[str, ...] = (),
    refs: tuple[str, ...] = (),
    subject: str = "Printer",
    text: str = "It does not print.",
    inbox: str = "support",
    minutes: float = 0,
    **more: object,
) -> Inbound:
    """A mail called ``name``: its Message-ID is ``name@mua``; ``refs`` are names too, oldest first."""
    ids = [ref if "@" in ref else f"{ref}@mua" for ref in refs]
    fields: dict[str, object] = {
        "source_id": f"mail-{name}",
        "channel": "email",
        "inbox": inbox,
        "inboxes": [inbox],
        "received_at": START + timedelta(minutes=minutes),
        "correlation_id": name,
        "message_id": f"{name}@mua",
        "in_reply_to": ids[-1:],
        "references": ids,
        "from": Address(address=sender),
        "to": [Address(address=a) for a in to],
        "cc": [Address(address=a) for a in cc],
        "subject": subject,
        "text": text,
        "reply_text": text,
    }
    return Inbound.model_validate(fields | more)


@dataclass
class World:
    """What was committed, in order."""

    policy: Policy = field(default_factory=policy)
    state: Facts = field(default_factory=Facts)
    causes: dict[str, Changeset] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    changesets: list[Changeset] = field(default_factory=list)

    def facts(self, message: Inbound) -> Facts:
        """A snapshot of what a decision about ``message`` asks for (it gets everything; it may only rely on what it asked)."""
        request = needs([(message, read(message, self.policy))])
        facts = self.state.model_copy(deep=True)
        keys = [source_key(s) for s in request.sources] + [reference_key(r) for r in request.references]
        keys += [point_key(p.kind, p.value) for p in request.points] + [ticket_key(t) for t in facts.tickets]
        if request.assignees:
            names = {ticket.assignee for ticket in facts.tickets.values() if ticket.assignee}
            agents = {agent.email for agent in facts.assignees.values()}
            keys += [point_key("email", name) for name in names | agents if "@" in name]
        keys += [agent_key(agent.agent_id) for agent in facts.staff.values()]
        facts.deliveries = dict(reversed(facts.deliveries.items()))  # the newest first, as the store has them
        facts.versions = {key: self.state.versions.get(key, 0) for key in keys}
        facts.sources = {s: f for s, f in facts.sources.items() if s in request.sources}
        facts.references = {r: f for r, f in facts.references.items() if r in request.references}
        return facts

    def decide(self, message: Inbound, facts: Facts | None = None) -> Changeset:
        """A decision about ``message``, from these facts or from those of now."""
        return decide_inbound(message, facts or self.facts(message), self.policy, message.received_at)

    def commit(self, changeset: Changeset) -> str:
        """As the store: ``committed``, ``repeated`` or ``conflict``."""
        if changeset.cause in self.causes:
            return "repeated"
        if any(self.state.versions.get(key, 0) != version for key, version in changeset.relies.items()):
            return "conflict"
        self.causes[changeset.cause] = changeset
        self.order.append(changeset.cause)
        self.changesets.append(changeset)
        fold(self.state, changeset)
        for operation in changeset.operations:
            if isinstance(operation, OpenTicket):
                number = 1001 + len(self.state.numbers)
                self.state.tickets[operation.ticket_id].number = number
                self.state.numbers[number] = operation.ticket_id
        for operation in changeset.operations:
            self._remember(operation)
        return "committed"

    def _remember(self, operation: object) -> None:
        """What the store knows of messages and deliveries, and batches of mail do not ask about."""
        if isinstance(operation, AddMessage):
            fields = {name: getattr(operation, name) for name in MessageFact.model_fields if hasattr(operation, name)}
            author = {"author": operation.author.address.lower(), "author_name": operation.author.name}
            recipients = [address.address.lower() for address in operation.recipients]
            fact = MessageFact.model_validate(fields | author | {"recipients": recipients})
            self.state.messages.setdefault(operation.ticket_id, []).append(fact)
        elif isinstance(operation, MoveMessages | MoveRecord):
            every = self.state.messages.get(operation.from_id, [])
            gone = [message for message in every if message.message_id in operation.message_ids]
            self.state.messages[operation.from_id] = [message for message in every if message not in gone]
            self.state.messages.setdefault(operation.ticket_id, []).extend(gone)
        elif isinstance(operation, LinkTickets) and operation.kind == "moved":
            number = self.state.tickets[operation.other_id].number
            self.state.moved_from.setdefault(operation.ticket_id, []).append(number)
        elif isinstance(operation, QueueDelivery):
            sent = operation.outbound
            fields = {name: getattr(sent, name) for name in ("delivery_id", "ticket_id", "channel", "inbox", "kind")}
            fact = DeliveryFact(
                **fields, to=sent.to[0].address, state="accepted", attempt=1, message_id=sent.message_id
            )
            self.state.deliveries[sent.delivery_id] = fact

    def do(self, action: Action, key: str) -> Changeset:
        """Have an agent's command decided and committed."""
        command = Command(command_id=key, actor="agent:anna", actor_name="Anna", at=START, action=action)
        changeset = decide_command(command, self.state.model_copy(deep=True), self.policy, START)
        assert self.commit(changeset) == "committed"
        return changeset

    def decide_batch(self, messages: list[Inbound]) -> list[Changeset]:
        """Decisions about messages that came together: each as if those before it were committed."""
        facts = self.state.model_copy(deep=True)
        chosen = []
        for message in messages:
            chosen.append(self.decide(message, facts))
            fold(facts, chosen[-1])
        return chosen

    def commit_batch(self, changesets: list[Changeset]) -> list[str]:
        """As the store commits one request: what relies on a change that did not come about conflicts too."""
        outcomes: list[str] = []
        broken: set[str] = set()
        for changeset in changesets:
            outcomes.append("conflict" if broken & set(changeset.relies) else self.commit(changeset))
            if outcomes[-1] != "committed":
                broken |= set(changeset.bumps)
        return outcomes

    def take(self, message: Inbound) -> Changeset:
        """Decide and commit, as a router alone in the world."""
        changeset = self.decide(message)
        assert self.commit(changeset) in ("committed", "repeated")
        return changeset

    def ticket_of(self, name: str) -> str:
        """The ticket that the mail of that name is in."""
        return self.state.sources[f"mail-{name}"].ticket_id

    def number_of(self, name: str) -> int:
        """The number of that ticket."""
        return self.state.tickets[self.ticket_of(name)].number

    def partition(self) -> set[frozenset[str]]:
        """Which mails are together."""
        tickets: dict[str, set[str]] = {}
        for source, fact in self.state.sources.items():
            tickets.setdefault(fact.ticket_id, set()).add(source)
        return {frozenset(sources) for sources in tickets.values()}

    def acknowledgements(self) -> list[QueueDelivery]:
        """Every acknowledgement that was queued."""
        return [o for c in self.changesets for o in c.operations if isinstance(o, QueueDelivery)]

    def links(self) -> list[LinkTickets]:
        """Every link between tickets."""
        return [o for c in self.changesets for o in c.operations if isinstance(o, LinkTickets)]

    def routed(self, name: str) -> str:
        """The rule by which the mail of that name found its ticket."""
        for changeset in self.changesets:
            for operation in changeset.operations:
                if isinstance(operation, AddMessage) and operation.message_id == derive("message", f"mail-{name}"):
                    assert operation.routed_by is not None
                    return operation.routed_by.rule
        raise AssertionError(f"{name} is in no ticket")
