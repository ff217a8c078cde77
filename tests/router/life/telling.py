"""A world in which customers write on every channel, time passes, and what they are told is looked at."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.router.deciding.commands import decide_command
from services.router.deciding.policy import Policy
from shared.messages.changeset import Changeset
from shared.messages.command import Action, Command
from shared.messages.facts import AgentFact, StaffFact, TicketFact, point_key
from shared.messages.outbound import Outbound
from shared.settings.notices import After, Notices
from tests.router import world as mailing
from tests.router.life.recordworld import Passing
from tests.router.talking import ANA, INBOXES, Talk, said
from tests.router.world import mail

ANNA = StaffFact(agent_id="id-anna", email="anna@acme.example", name="Anna Nowak", public_name="Anna")
LEA = StaffFact(agent_id="id-lea", email="lea@acme.example", name="Lea Horvat", role="lead")
STEPS = {"en": "Please restart the device.", "pl": "Prosimy uruchomić urządzenie ponownie."}


def policy(
    notices: dict[str, bool] | None = None, after: dict[str, Any] | None = None, tickets: dict[str, Any] | None = None
) -> Policy:
    """An installation with an inbox of every channel, whose technical category has first steps."""
    settings = mailing.load(None, None, {})
    email = settings.inbox[0].model_copy(update={"address": "support@acme.example"})
    category = [
        each.model_copy(update={"first_steps": STEPS}) if each.name == "technical" else each
        for each in settings.category
    ]
    return mailing.policy(
        inbox=(email, *INBOXES),
        category=tuple(category),
        notices=Notices.model_validate(notices or {}),
        after=After.model_validate(after or {}),
        tickets=settings.tickets.model_copy(update=tickets or {}),
    )


@dataclass
class Telling(Talk, Passing):
    """The customer is Ana: `ANA` by SMS, ana@customer.example by mail."""

    policy: Policy = field(default_factory=policy)

    def __post_init__(self) -> None:
        for staff in (ANNA, LEA):
            self.state.staff[staff.email] = staff
            fields = {name: getattr(staff, name) for name in AgentFact.model_fields}
            self.state.agents[point_key("email", staff.email)] = AgentFact(**fields)
            self.state.assignees[staff.email] = AgentFact(**fields)

    def says(self, words: str, *, channel: str = "sms", after: float = 1, sender: str = ANA, **more: Any) -> Changeset:
        """The customer writes on a conversation channel, so many minutes later."""
        self.until(self.now + timedelta(minutes=after))
        self.done += 1
        return self.take(said(f"s{self.done}", words, sender, channel, received_at=self.now, **more))

    def mails(self, words: str, *, refs: tuple[str, ...] = (), after: float = 1, **more: Any) -> str:
        """The customer writes a mail; gives what it is called."""
        self.until(self.now + timedelta(minutes=after))
        self.done += 1
        name = f"m{self.done}"
        self.take(mail(name, refs=refs, text=words, received_at=self.now, **more))
        return name

    def answer(self, action: Action, channel: str = "page") -> Changeset:
        """The customer says something on their page."""
        self.done += 1
        command = Command(command_id=f"c{self.done}", actor="customer", channel=channel, at=self.now, action=action)
        changeset = decide_command(command, self.state.model_copy(deep=True), self.policy, self.now)
        assert self.commit(changeset) == "committed"
        return changeset

    @property
    def one(self) -> TicketFact:
        """The only ticket."""
        (ticket,) = self.state.tickets.values()
        return ticket

    def to_customer(self) -> list[Outbound]:
        """What the newest decision sends to the customer."""
        return [each for each in sent(self.last()) if each.kind != "alert"]

    def to_agents(self) -> list[tuple[str, str]]:
        """What the newest decision tells agents: template and address."""
        return [(each.template or "", each.to[0].address) for each in sent(self.last()) if each.kind == "alert"]


def sent(changeset: Changeset) -> list[Outbound]:
    """What a decision sends."""
    return [op.outbound for op in changeset.operations if op.op == "queue_delivery"]


def parts(outbound: Outbound) -> list[str]:
    """The texts of which a message is made; what somebody wrote is ``-``."""
    return [outbound.template or "-", *(each.template for each in outbound.postscripts)]
