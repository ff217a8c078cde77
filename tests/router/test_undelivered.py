"""Bounces that come as mail: believed when they bring back what we signed, noted at the delivery, told to whom it concerns."""

from dataclasses import replace

import pytest

from services.router.deciding.consequences import decide_delivery
from shared.identity import derive
from shared.messages.changeset import (
    AddEvent,
    BounceDelivery,
    Changeset,
    ChangeTicket,
    CountAutomatic,
    MarkPoint,
    QueueDelivery,
)
from shared.messages.command import Change, Reply
from shared.messages.facts import AgentFact
from shared.messages.inbound import Inbound
from shared.messages.outbound import DeliveryReport, Outbound
from shared.messages.parts import Bounce, FailedRecipient
from shared.secrets import Keyring, TicketToken, message_id, reply_address
from shared.settings import load
from shared.texts import text
from tests.router.world import KEYRING, START, World, mail, policy

ANA = "ana@customer.example"
ANNA = "anna@acme.example"


def house(assignee: str | None = ANNA) -> World:
    """T-1001 of Ana's and Bo's, whose agent is Anna, with an answer that went to Ana and one that went to Bo."""
    world = World(
        policy=replace(
            policy(), alerts=("ops@acme.example",), teams={"technical": ("tom@acme.example", "tea@acme.example")}
        )
    )
    world.take(mail("first", cc=("bo@customer.example",)))
    world.do(Reply(number=1001, text="Hello"), "to ana")
    world.do(Reply(number=1001, text="Hello", to=["bo@customer.example"]), "to bo")
    if assignee:
        commit = {"ticket_id": world.ticket_of("first"), "fields": {"assignee": assignee, "team": None}}
        world.commit(Changeset(cause="assigned", operations=[ChangeTicket.model_validate(commit)]))
        world.do(Change(number=1001, fields={"priority": "high"}), "looked at")
    return world


def sent(world: World, key: str) -> str:
    """The delivery of an answer."""
    return derive("delivery", key)


def bounce(
    name: str = "b",
    *recipients: FailedRecipient,
    original: str | None = None,
    to: str | None = None,
    minutes: float = 5,
) -> Inbound:
    failed = list(recipients or [FailedRecipient(address=ANA, status="5.1.1")])
    more: dict[str, object] = {"recipients": [to]} if to else {}
    return mail(
        name, "mailer-daemon@mx.example", subject="Undelivered Mail", text="It failed.", automatic="bounce", minutes=minutes,
        bounce=Bounce(recipients=failed, original_message_id=original), **more,
    )  # fmt: skip


def signed(delivery_id: str, number: int = 1001, keyring: Keyring = KEYRING) -> str:
    return message_id(keyring, number, delivery_id, "acme.example")


def token(number: int = 1001) -> str:
    return reply_address(KEYRING, TicketToken(number, "customer", "public", START.date()), "acme.example")


def notices(changeset: Changeset) -> list[Outbound]:
    return [o.outbound for o in changeset.operations if isinstance(o, QueueDelivery)]


def failed(changeset: Changeset) -> list[str]:
    return [o.delivery_id for o in changeset.operations if isinstance(o, BounceDelivery)]


def marked(changeset: Changeset) -> list[str]:
    return [o.point.value for o in changeset.operations if isinstance(o, MarkPoint)]


def events(changeset: Changeset) -> list[str]:
    return [o.what for o in changeset.operations if isinstance(o, AddEvent)]


@pytest.mark.parametrize("by", ["message id", "reply address", "references"])
def test_a_bounce_of_what_we_sent_changes_its_delivery_marks_the_address_and_tells_the_agent(by: str) -> None:
    world = house()
    delivery = sent(world, "to ana")
    message = bounce(
        original=signed(delivery) if by == "message id" else "unknown@x", to=token() if by == "reply address" else None
    )
    if by == "references":
        message = message.model_copy(update={"references": [signed(delivery).upper()]})
    changeset = world.take(message)
    assert failed(changeset) == [delivery]
    assert marked(changeset) == [ANA]
    assert events(changeset) == ["message_received", "delivery_bounced"]
    (notice,) = notices(changeset)
    assert [a.address for a in notice.to] == [ANNA]
    assert (notice.kind, notice.automatic, notice.ticket_id) == ("notice", True, world.ticket_of("first"))
    assert notice.variables["error"] == f"bounced: 5.1.1 {ANA}"
    assert notice.subject == text("notice.undelivered.subject", "en", address=ANA, subject="Printer")
    assert [o.point.value for o in changeset.operations if isinstance(o, CountAutomatic)] == [ANNA]


def test_the_bounce_is_a_message_of_the_ticket_and_does_not_open_it_again() -> None:
    world = house()
    ticket = world.state.tickets[world.ticket_of("first")]
    ticket.status = "solved"
    world.take(bounce(original=signed(sent(world, "to ana"))))
    assert world.ticket_of("b") == ticket.ticket_id
    assert ticket.status == "solved"
    assert "mailer-daemon@mx.example" not in ticket.participants
    assert world.routed("b") == "bounce of our message"
    assert ticket.tags == ["undelivered"]


def test_a_delay_is_noted_and_nothing_else() -> None:
    world = house()
    delayed = FailedRecipient(address=ANA, status="4.4.1", permanent=False)
    changeset = world.take(bounce("b", delayed, original=signed(sent(world, "to ana"))))
    assert events(changeset) == ["message_received", "delivery_delayed"]
    assert not failed(changeset) + marked(changeset) + notices(changeset)


OTHERS_KEY = Keyring("b", {"b": b"z" * 32})


@pytest.mark.parametrize(
    "message",
    [
        bounce(),
        bounce(original="somebody@else.example"),
        bounce(original=signed("0" * 32, keyring=OTHERS_KEY)),
        bounce(original=signed("f" * 32)),
        bounce(to=token().replace("reply+", "reply+a")),
        bounce("b", FailedRecipient(address="eve@else.example"), to=token()),
    ],
    ids=["nothing", "foreign id", "other key", "no such delivery", "broken token", "somebody else"],
)
def test_a_bounce_that_proves_nothing_is_stored_and_changes_nothing(message: Inbound) -> None:
    world = house()
    changeset = world.take(message)
    assert "mail-b" in world.state.sources
    assert not failed(changeset) + marked(changeset) + notices(changeset)


def test_a_second_bounce_of_the_same_delivery_tells_nobody_again() -> None:
    world = house()
    delivery = sent(world, "to ana")
    world.take(bounce("one", original=signed(delivery)))
    changeset = world.take(bounce("two", original=signed(delivery), minutes=6))
    assert not failed(changeset) + marked(changeset) + notices(changeset)
    assert "delivery_bounced" in events(changeset)


def test_the_right_one_of_several_deliveries_is_found_by_its_recipient() -> None:
    world = house()
    changeset = world.take(bounce("b", FailedRecipient(address="Bo@Customer.example"), to=token()))
    assert failed(changeset) == [sent(world, "to bo")]
    assert marked(changeset) == ["bo@customer.example"]


def test_a_forwarded_mail_that_fails_further_on_marks_no_address_of_ours() -> None:
    world = house()
    changeset = world.take(
        bounce("b", FailedRecipient(address="ana@elsewhere.example"), original=signed(sent(world, "to ana")))
    )
    assert failed(changeset) == [sent(world, "to ana")]
    assert marked(changeset) == []
    assert [a.address for n in notices(changeset) for a in n.to] == [ANNA]


def test_a_bounce_that_names_nobody_still_counts_for_its_delivery() -> None:
    world = house()
    message = bounce(original=signed(sent(world, "to ana")))
    assert message.bounce is not None
    message.bounce.recipients = []
    changeset = world.take(message)
    assert (failed(changeset), marked(changeset)) == ([sent(world, "to ana")], [])


def test_a_list_of_thousands_of_failures_costs_a_bounded_number_of_operations() -> None:
    world = house()
    many = [FailedRecipient(address=f"p{i}@customer.example") for i in range(5000)]
    changeset = world.take(bounce("b", *many, original=signed(sent(world, "to ana"))))
    assert len(changeset.operations) < 60
    assert len(notices(changeset)) == 1


@pytest.mark.parametrize(
    ("team", "told"), [("technical", ["tom@acme.example", "tea@acme.example"]), (None, ["ops@acme.example"])]
)
def test_where_nobody_has_the_ticket_its_team_or_the_operators_are_told_once(team: str | None, told: list[str]) -> None:
    world = house(assignee=None)
    world.do(Change(number=1001, fields={"team": team}), "team")
    first = world.take(bounce("one", original=signed(sent(world, "to ana"))))
    assert [a.address for n in notices(first) for a in n.to] == told
    second = world.take(
        bounce("two", FailedRecipient(address="bo@customer.example"), original=signed(sent(world, "to bo")))
    )
    assert failed(second) == [sent(world, "to bo")]
    assert notices(second) == []


def test_of_an_acknowledgement_in_a_ticket_that_nobody_has_the_tag_tells() -> None:
    world = house(assignee=None)
    acknowledged = next(d.delivery_id for d in world.state.deliveries.values() if d.kind == "acknowledgement")
    changeset = world.take(bounce(original=signed(acknowledged)))
    assert (failed(changeset), marked(changeset), notices(changeset)) == ([acknowledged], [ANA], [])
    assert world.state.tickets[world.ticket_of("first")].tags == ["undelivered"]


def test_an_agent_is_found_by_id_too() -> None:
    world = house(assignee="agent-7")
    world.state.assignees["agent-7"] = AgentFact(agent_id="agent-7", email=ANNA, name="Anna", role="agent")
    changeset = world.take(bounce(original=signed(sent(world, "to ana"))))
    assert [a.address for n in notices(changeset) for a in n.to] == [ANNA]


def test_a_notice_that_bounces_goes_to_the_operators_and_theirs_to_nobody() -> None:
    world = house()
    told = notices(world.take(bounce("one", original=signed(sent(world, "to ana")))))[0]
    to_anna = FailedRecipient(address=ANNA, status="5.2.1")
    second = world.take(bounce("two", to_anna, original=signed(told.delivery_id)))
    assert marked(second) == [ANNA]
    (operators,) = notices(second)
    assert [a.address for a in operators.to] == ["ops@acme.example"]
    third = world.take(
        bounce("three", FailedRecipient(address="ops@acme.example"), original=signed(operators.delivery_id))
    )
    assert failed(third) == [operators.delivery_id]
    assert notices(third) == []


def test_a_delivery_that_the_relay_refuses_for_good_is_told_to_the_agent_too() -> None:
    world = house()
    report = DeliveryReport(
        delivery_id=sent(world, "to ana"), attempt=1, state="failed", at=START, channel="email", inbox="support",
        error="5.1.1 no such user",
    )  # fmt: skip
    changeset = decide_delivery(report, world.state.model_copy(deep=True), world.policy, START)
    assert events(changeset) == ["delivery_failed"]
    assert [a.address for n in notices(changeset) for a in n.to] == [ANNA]
    assert [o.fields for o in changeset.operations if isinstance(o, ChangeTicket)] == [{"tags": ["undelivered"]}]


def test_an_imported_bounce_changes_nothing() -> None:
    world = house()
    message = bounce(original=signed(sent(world, "to ana"))).model_copy(update={"silent": True})
    changeset = world.take(message)
    assert not failed(changeset) + marked(changeset) + notices(changeset)


def test_teams_and_operators_come_from_the_configuration() -> None:
    assert load(None, None, {}).team == ()
    assert policy().teams == {}
