"""Anna, an agent who chose how she is told of her tickets: for tests of what she is told, where and when."""

from typing import Any

from services.router.deciding.consequences import decide_delivery
from services.router.deciding.folding import fold
from shared.messages.agents import AddNews, ChoiceFact
from shared.messages.changeset import Changeset, QueueDelivery
from shared.messages.facts import Facts, TicketFact, agent_key
from shared.messages.outbound import DeliveryReport, Outbound, TimerDue
from shared.messages.parts import Point
from tests.router.life.telling import ANNA, Telling
from tests.router.life.telling import policy as every_channel
from tests.router.world import START

POLICY = every_channel()
TELEGRAM, PHONE = Point(kind="telegram", value="4711"), Point(kind="phone", value="+48511222333")
WHATSAPP, OTHER = Point(kind="whatsapp", value="+48511222334"), Point(kind="email", value="anna@home.example")
NIGHT = {"start": "22:00", "end": "07:00", "zone": "Europe/Warsaw"}


def choice(notify: dict[str, Any] | None = None, *points: Point, **more: Any) -> ChoiceFact:
    known = {"agent_id": ANNA.agent_id, "email": ANNA.email, "name": ANNA.name}
    return ChoiceFact(**(known | {"notify": notify or {}, "points": list(points)} | more))


def annas(notify: dict[str, Any] | None = None, *points: Point, **more: Any) -> Telling:
    """A world in which Anna has the ticket of the customer who writes by SMS, and chose how to be told."""
    world = Telling()
    world.says("The pump hums.")
    world.one.assignee = ANNA.email
    world.state.choices[ANNA.email] = choice(notify, *points, **more)
    return world


def told(world: Telling) -> list[Outbound]:
    """What the newest decision tells agents."""
    return [op.outbound for op in world.last().operations if op.op == "queue_delivery" and op.outbound.kind == "alert"]


def kept(count: int, ticket: int = 1, **variables: Any) -> Facts:
    """So much is kept for Anna, about as many tickets as are named."""
    facts = Facts(
        choices={ANNA.email: choice({"channels": ["telegram"]}, TELEGRAM)}, versions={agent_key(ANNA.agent_id): 3}
    )
    for place in range(count):
        number = 1001 + place % ticket
        facts.tickets[f"t{number}"] = TicketFact(
            ticket_id=f"t{number}", number=number, status="open", subject=f"Pump {number}", channel="sms", inbox="sms",
            language="en", created_at=START,
        )  # fmt: skip
        news = AddNews(
            news_id=f"n{place}", agent_id=ANNA.agent_id, ticket_id=f"t{number}", event="replied", template="agent.replied",
            variables={"text": f"words {place}", **variables}, at=START,
        )  # fmt: skip
        fold(facts, Changeset(cause=f"c{place}", operations=[news]))
    return facts


DUE = TimerDue(timer_id=f"digest:{ANNA.agent_id}", kind="digest", generation=7, due_at=START)


def failing(world: Telling, outbound: Outbound, state: str = "failed", attempt: int = 1) -> list[Outbound]:
    """What is sent because that could not be delivered."""
    at = world.now
    report = DeliveryReport(
        delivery_id=outbound.delivery_id, attempt=attempt, state=state, at=at, channel=outbound.channel, inbox=outbound.inbox,
        error="blocked by the recipient",
    )  # fmt: skip
    facts = world.state.model_copy(deep=True)
    facts.sent = {outbound.delivery_id: outbound}
    changeset = decide_delivery(report, facts, world.policy, at)
    world.commit(changeset)
    return [op.outbound for op in changeset.operations if isinstance(op, QueueDelivery)]
