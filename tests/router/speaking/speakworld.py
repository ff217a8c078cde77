"""A world with agents who answer from wherever they are: what they were told, what they say, and the router's service that has it done."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from services.router import saying, spoken
from services.router.deciding.commands import Refused, decide_command
from services.router.deciding.commands.bulk import Work, concluded
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.agents import Say, SpeakerAsk, SpeakerFact, ToldFact
from shared.messages.changeset import AddEvent, AddMessage, AddSpoken, Changeset, Committed, QueueDelivery, SettleSpoken
from shared.messages.command import Command, CommandResult
from shared.messages.facts import AgentFact, Facts, FactsRequest, PersonFact, point_key
from shared.messages.inbound import Inbound
from shared.messages.life import StaffFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Authentication, Point
from shared.messages.presence import SinceFact
from shared.messages.ticket import MessageView, TicketView
from shared.secrets import TicketToken, message_id, reply_address
from shared.secrets.shortcode import short_code
from tests.router.life.recordworld import Passing
from tests.router.life.sideworld import policy
from tests.router.talking import Talk, said
from tests.router.world import KEYRING, START, mail

ANNA = StaffFact(
    agent_id=derive("agent", "anna"), email="anna@acme.example", name="Anna Nowak", public_name="Anna", languages=["en"],
    signatures={"en": "Anna, support"},
)  # fmt: skip
PIOTR = StaffFact(agent_id=derive("agent", "piotr"), email="piotr@acme.example", name="Piotr Lis", languages=["pl"])
ANNAS_PHONE, ANNAS_CHAT = "+48601601601", "7001"
PIOTRS_PHONE, PIOTRS_CHAT = "+48602602602", "7002"
EVE, EVES_PHONE, EVES_CHAT = "eve@else.example", "+48603603603", "7666"
PROVEN = Authentication(spf="pass", dkim="pass", dmarc="pass", domain="acme.example", dkim_aligned=True)
FORGED = Authentication(dmarc="fail", domain="acme.example")


@dataclass
class Speaking(Passing, Talk):
    """Ana (ana@customer.example) has T-1001 by mail, Bo T-1002 by SMS. Anna and Piotr have proven a chat and a number each."""

    policy: Policy = field(default_factory=lambda: replace(policy(), keyring=KEYRING))
    actor: str = f"agent:{ANNA.agent_id}"

    def __post_init__(self) -> None:
        for staff, phone, chat in ((ANNA, ANNAS_PHONE, ANNAS_CHAT), (PIOTR, PIOTRS_PHONE, PIOTRS_CHAT)):
            staff = staff.model_copy(deep=True)
            self.state.staff[staff.email] = staff
            fields = {name: getattr(staff, name) for name in AgentFact.model_fields if hasattr(staff, name)}
            self.state.agents[point_key("email", staff.email)] = AgentFact(**fields)
            self.state.assignees[staff.email] = AgentFact(**fields)
            kinds = {"phone": phone, "whatsapp": phone, "telegram": chat}
            points = [Point(kind=kind, value=value) for kind, value in kinds.items()]
            known = SpeakerFact(agent=staff, verified=[Point(kind="email", value=staff.email), *points])
            asks = [*(SpeakerAsk(point=point) for point in points), SpeakerAsk(part=staff.agent_id[:16])]
            self.state.speakers |= {ask.key: known for ask in asks}
        self.take(mail("first"))
        self.take(said("bo", "My phone is broken", "+385915550101"))
        person = self.state.people.setdefault(self.ticket(1001).contact_id or "", PersonFact(contact_id="?"))
        person.name = "Ana Kovač"

    # -- what agents are told, and say ----------------------------------------------------------------------------------

    def told(self, number: int = 1001, agent: StaffFact = ANNA, channel: str = "telegram", **more: Any) -> ToldFact:
        """A notification went to an agent."""
        self.done += 1
        delivery_id = derive("delivery", "told", str(self.done))
        to = {"telegram": ANNAS_CHAT, "email": agent.email}.get(channel, ANNAS_PHONE)
        given: dict[str, Any] = {
            "delivery_id": delivery_id,
            "ticket_id": self.state.numbers[number],
            "channel": channel,
            "inbox": {"telegram": "bot", "sms": "sms", "whatsapp": "wa"}.get(channel, "support"),
            "to": to,
            "code": "" if channel == "email" else short_code(KEYRING, delivery_id),
            "provider_id": f"{to}:{self.done * 10},{self.done * 10 + 1}" if channel == "telegram" else None,
            "event": "replied",
            "at": self.now,
        }
        told = ToldFact.model_validate(given | more)
        self._speaker(agent).told.insert(0, told)
        return told

    def texts(self, words: str, sender: str = ANNAS_PHONE, channel: str = "sms", **more: Any) -> Changeset:
        """Somebody writes from a telephone or Telegram."""
        self.done += 1
        message = said(f"t{self.done}", words, sender, channel, **more)
        return self.hears(message.model_copy(update={"received_at": self.now}))

    def chats(
        self, words: str, to: ToldFact | Outbound | None = None, sender: str = ANNAS_CHAT, **more: Any
    ) -> Changeset:
        """Somebody writes in Telegram, as an answer to something or not."""
        if isinstance(to, Outbound):
            to = next(each for each in self._speaker(ANNA).told if each.delivery_id == to.delivery_id)
        number = (to.provider_id or "").rpartition(":")[2].split(",")[-1] if to else ""
        answers = {"in_reply_to": [f"telegram:bot:{sender}:{number}"]} if to else {}
        return self.texts(words, sender, "telegram", **(answers | more))

    def presses(self, data: str, sender: str = ANNAS_CHAT) -> Changeset:
        """Somebody presses a button."""
        return self.chats("a label", sender=sender, pressed=data)

    def mails(self, words: str, to: ToldFact | None = None, sender: str = ANNA.email, **more: Any) -> Changeset:
        """Somebody mails to an address that was signed for Anna."""
        self.done += 1
        refs = (message_id(KEYRING, 0, to.delivery_id, "acme.example"),) if to else ()
        address = more.pop("address", None) or self.address()
        given = {"authentication": PROVEN, "recipients": [address], "to": (address,), "refs": refs} | more
        message = mail(f"m{self.done}", sender, text=words, **given)
        return self.hears(message.model_copy(update={"received_at": self.now}))

    def address(
        self, number: int = 1001, *, internal: bool = False, days: int = 0, part: str = ANNA.agent_id[:16]
    ) -> str:
        """A reply address as a notification of Anna's bears it."""
        day = (START - timedelta(days=days)).date()
        token = TicketToken(number, "agent", "internal" if internal else "public", day, part)
        return reply_address(KEYRING, token, "acme.example")

    def hears(self, message: Inbound) -> Changeset:
        """It is decided and committed, and what it wants done is done, as the router's service has it."""
        changeset = self.decide(message)
        assert self.commit(Changeset.model_validate_json(changeset.model_dump_json())) in ("committed", "repeated")
        self.finishes(changeset.result)
        return changeset

    def finishes(self, result: dict[str, Any]) -> None:
        """What the service does after a commit with this result."""
        wanted = spoken.wanted(Committed(cause="", outcome="committed", result=result))
        with pytest.MonkeyPatch.context() as clock:
            for module in (spoken, saying):
                clock.setattr(module, "now", lambda: self.now)
            if wanted is not None:
                asyncio.run(spoken.finish(_Store(self), wanted, self._does, self.policy))  # type: ignore[arg-type]

    async def _does(self, command: Command) -> CommandResult:
        """As the service does a command."""
        try:
            if isinstance(command.action, Say):
                results = await saying.say(_Store(self), command, self.policy, self._does)  # type: ignore[arg-type]
                changeset = concluded(command, Work([]), results, self.state, self.now)
            else:
                facts = Facts.decode(self.state.encode())
                changeset = decide_command(Command.decode(command.encode()), facts, self.policy, self.now)
        except Refused as refused:
            return CommandResult(error=refused.error, detail=str(refused), result=refused.result)
        outcome = self.commit(changeset)
        assert outcome in ("committed", "repeated")
        return CommandResult(repeated=outcome == "repeated", result=self.causes[changeset.cause].result)

    # -- what came of it ------------------------------------------------------------------------------------------------

    def to_customers(self) -> list[Outbound]:
        """What agents sent to customers."""
        return self.sent("reply")

    def echoes(self) -> list[Outbound]:
        """What agents were answered."""
        return [each for each in self.sent("alert") if each.agent_id and not each.event]

    def put_down(self) -> list[AddSpoken]:
        """All that was spoken, as it was put down."""
        return list(self.operations(AddSpoken))

    def verdicts(self) -> list[tuple[str, str]]:
        """What became of all that was spoken, with the reason."""
        found = {each.spoken_id: (each.verdict, each.reason) for each in self.put_down()}
        for op in self.operations(SettleSpoken):
            found[op.spoken_id] = (op.verdict, op.reason or found[op.spoken_id][1])
        return list(found.values())

    def refusals(self) -> list[AddEvent]:
        """What the audit trail says of whom we did not believe."""
        return [op for op in self.operations(AddEvent) if op.what == "agent_refused"]

    def notes(self) -> list[str]:
        """Internal notes, in words."""
        return [op.text for op in self.operations(AddMessage) if op.direction == "internal"]

    def customers_word(self, words: str, number: int = 1001, minutes: float = 1, **more: Any) -> None:
        """The customer, or with ``direction`` one of us, writes in a ticket; agents are not told."""
        self.now += timedelta(minutes=minutes)
        ticket_id = self.state.numbers[number]
        given = {"message_id": words, "direction": "in", "name": "Ana Kovač", "channel": "email", "text": words}
        since = SinceFact.model_validate({**given, "at": self.now, **more})
        self.state.since.setdefault(ticket_id, []).append(since)

    def _speaker(self, agent: StaffFact) -> SpeakerFact:
        return self.state.speakers[SpeakerAsk(part=agent.agent_id[:16]).key]

    def _remember(self, operation: object) -> None:
        super()._remember(operation)
        if isinstance(operation, QueueDelivery) and operation.outbound.agent_id:
            sent = operation.outbound
            for agent in (ANNA, PIOTR):
                if sent.agent_id == agent.agent_id and sent.ticket_id:
                    self.done += 1
                    number = f"{sent.to[0].address}:{self.done * 10}" if sent.channel == "telegram" else None
                    self._speaker(agent).told.insert(
                        0,
                        ToldFact(
                            delivery_id=sent.delivery_id, ticket_id=sent.ticket_id, channel=sent.channel, inbox=sent.inbox,
                            to=sent.to[0].address, code=sent.code, internal=sent.internal, provider_id=number,
                            event=sent.event, at=sent.seen_at or sent.created_at,
                        ),
                    )  # fmt: skip


class _Store:
    """The world, asked as the router asks the store."""

    def __init__(self, world: Speaking) -> None:
        self._world = world

    async def facts(self, _: FactsRequest) -> Facts:
        return Facts.decode(self._world.state.encode())

    async def ticket(self, number: int) -> TicketView:
        """With what its customer has written; nothing else of it is asked for."""
        ticket_id = self._world.state.numbers[number]
        written = [
            MessageView(
                id=each.message_id, direction="in", author=each.author.address, channel=each.channel, text=each.text,
                reply_text=each.reply_text, created_at=each.created_at,
            )
            for each in self._world.operations(AddMessage)
            if each.ticket_id == ticket_id and each.direction == "in"
        ]  # fmt: skip
        return TicketView.model_construct(messages=written)

    async def commit(self, changesets: list[Changeset]) -> list[Committed]:
        return [self._committed(each) for each in changesets]

    def _committed(self, changeset: Changeset) -> Committed:
        outcome = self._world.commit(changeset)
        if outcome == "conflict":
            return Committed(cause=changeset.cause, outcome="conflict")
        kept = self._world.causes[changeset.cause]
        answer = {"cause": changeset.cause, "outcome": outcome, "result": kept.result, "fingerprint": kept.fingerprint}
        return Committed.model_validate(answer)
