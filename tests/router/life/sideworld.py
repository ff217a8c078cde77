"""A world in which agents talk a ticket over with others than its customer: by mail and by SMS, with agents and teams that are known."""

from dataclasses import dataclass, field
from typing import Any

from services.router.deciding import sides
from services.router.deciding.policy import Policy
from shared.messages.changeset import AddEvent, AddMessage, Changeset
from shared.messages.facts import AgentFact, TicketFact, point_key
from shared.messages.life import StaffFact
from shared.messages.outbound import Outbound, side_part
from shared.messages.talking import StartSide
from shared.secrets import TicketToken, message_id, reply_address
from shared.settings.agents import Agents
from shared.settings.policy import Team
from tests.router import world as mailing
from tests.router.life.recordworld import Passing
from tests.router.talking import INBOXES, Talk
from tests.router.world import KEYRING, START, mail

COURIER = "dispatch@courier.example"
DRIVER = "+48600900900"
ANNA = StaffFact(agent_id="id-anna", email="anna@acme.example", name="Anna Nowak", public_name="Anna")
PIOTR = StaffFact(agent_id="id-piotr", email="piotr@acme.example", name="Piotr Lis")
EWA = StaffFact(agent_id="id-ewa", email="ewa@acme.example", name="Ewa Zych", role="lead")
JAN = StaffFact(agent_id="id-jan", email="jan@acme.example", name="Jan Lis")
TEAMS = (Team(name="technical", members=("piotr@acme.example", "jan@acme.example")), Team(name="sales"))


def policy(**agents: bool) -> Policy:
    """An installation with an inbox of every channel and two teams; ``agents`` are keys of ``[agents]``."""
    settings = mailing.load(None, None, {})
    email = settings.inbox[0].model_copy(update={"address": "support@acme.example"})
    return mailing.policy(inbox=(email, *INBOXES), team=TEAMS, agents=Agents.model_validate(agents))


@dataclass
class Aside(Passing, Talk):
    """The customer is ana@customer.example, whose ticket is T-1001; nobody has it."""

    policy: Policy = field(default_factory=policy)

    def __post_init__(self) -> None:
        for staff in (ANNA, PIOTR, EWA, JAN):
            self.state.staff[staff.email] = staff
            fields = {name: getattr(staff, name) for name in AgentFact.model_fields if hasattr(staff, name)}
            self.state.agents[point_key("email", staff.email)] = AgentFact(**fields)
            self.state.assignees[staff.email] = AgentFact(**fields)
        self.take(mail("first"))

    def starts(self, to: str = COURIER, channel: str = "email", words: str = "Where is it?", **more: Any) -> str:
        """Begin a side conversation about T-1001; gives its id."""
        given = {"number": 1001, "channel": channel, "to": to, "text": words} | more
        return str(self.act(StartSide.model_validate(given)).result["side_id"])

    def address(self, side_id: str, number: int = 1001, days: int = 0) -> str:
        """The reply address of a side conversation."""
        day = START.date().fromordinal(START.date().toordinal() - days)
        return reply_address(KEYRING, TicketToken(number, "side", "internal", day, side_part(side_id)), "acme.example")

    def own_id(self, outbound: Outbound) -> str:
        """The Message-ID by which something of ours left."""
        return message_id(KEYRING, outbound.ticket_number, outbound.delivery_id, "acme.example")

    def kept(self, changeset: Changeset) -> AddMessage:
        """The only message that a decision keeps."""
        (message,) = [op for op in changeset.operations if isinstance(op, AddMessage)]
        return message

    def sides(self, number: int = 1001) -> dict[str, sides.Side]:
        """What a ticket remembers of its side conversations."""
        return sides.sides(self.ticket(number))

    def first(self) -> TicketFact:
        """Ana's ticket."""
        return self.ticket(1001)


def alerts(changeset: Changeset) -> list[tuple[str, str]]:
    """Whom a decision tells what: address and text of the catalogue, in the order of addresses."""
    sent = [op.outbound for op in changeset.operations if op.op == "queue_delivery"]
    return sorted((each.to[0].address, each.template or "") for each in sent if each.kind == "alert")


def outside(changeset: Changeset) -> list[Outbound]:
    """What a decision sends to anybody who is no agent."""
    sent = [op.outbound for op in changeset.operations if op.op == "queue_delivery"]
    return [each for each in sent if each.kind != "alert"]


def whats(changeset: Changeset) -> list[str]:
    """What a decision says happened."""
    return [op.what for op in changeset.operations if isinstance(op, AddEvent)]
