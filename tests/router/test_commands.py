"""What commands change, what they are refused, and that a repeated one is recognised."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding import lifecycle
from services.router.deciding.commands import Refused, decide_command, fingerprint, needs
from services.router.deciding.consequences import decide_delivery, decide_timer
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import (
    AddAgent,
    AddMessage,
    CancelTimer,
    ChangeTicket,
    MarkPoint,
    OpenTicket,
    PutContact,
    QueueDelivery,
    SetTimer,
)
from shared.messages.facts import AgentFact, DeliveryFact, TimerFact, point_key
from shared.messages.outbound import DeliveryReport, TimerDue
from shared.messages.parts import Channel, Point
from shared.messages.talking import WriteMessage
from tests.router.world import START, World, mail


@pytest.fixture
def world() -> World:
    """A world with one ticket, T-1001."""
    world = World()
    world.take(mail("first"))
    return world


def do(world: World, action: c.Action, key: str = "k"):  # type: ignore[no-untyped-def]
    command = c.Command(command_id=key, actor="token:test", actor_name="Anna", at=START, action=action)
    changeset = decide_command(command, world.state.model_copy(deep=True), world.policy, START)
    assert world.commit(changeset) == "committed"
    return changeset


def of(changeset: Any, kind: type) -> list[Any]:
    return [operation for operation in changeset.operations if isinstance(operation, kind)]


def fields(changeset: Any) -> dict[str, Any]:
    return {k: v for change in of(changeset, ChangeTicket) for k, v in change.fields.items()}


def test_a_reply_goes_to_the_customer_in_the_thread_under_the_agents_name(world: World) -> None:
    changeset = do(world, c.Reply(number=1001, text="Switch it on."))
    sent = of(changeset, QueueDelivery)[0].outbound
    assert [a.address for a in sent.to] == ["ana@customer.example"]
    assert (sent.kind, sent.author, sent.automatic, sent.ticket_number) == ("reply", "Anna", False, 1001)
    assert sent.in_reply_to == "first@mua"
    assert of(changeset, AddMessage)[0].direction == "out"
    assert fields(changeset)["status"] == "open"
    assert fields(changeset)["first_responded_at"] == START.isoformat()


def test_a_note_is_internal_and_sends_nothing(world: World) -> None:
    changeset = do(world, c.Note(number=1001, text="They called."))
    assert of(changeset, AddMessage)[0].direction == "internal"
    assert not of(changeset, QueueDelivery)


def test_solving_sets_a_timer_that_closes_the_ticket(world: World) -> None:
    changeset = do(world, c.Solve(number=1001, summary="It was off."))
    assert fields(changeset)["solution"] == "It was off."
    timer = of(changeset, SetTimer)[0]
    assert timer.due_at == START + world.policy.close_after
    ticket_id = world.ticket_of("first")
    world.state.timers[timer.timer_id] = TimerFact(
        timer_id=timer.timer_id, kind="close", ticket_id=ticket_id, generation=1, due_at=timer.due_at
    )
    due = TimerDue(timer_id=timer.timer_id, kind="close", generation=1, due_at=timer.due_at, ticket_id=ticket_id)
    closing = decide_timer(due, world.state, world.policy, timer.due_at)
    at = timer.due_at.isoformat()
    assert fields(closing) == {"status": "closed", "status_since": at, "closed_at": at}
    old = due.model_copy(update={"generation": 0})
    assert not decide_timer(old, world.state, world.policy, timer.due_at).operations


def test_reopening_a_solved_ticket_cancels_its_timer(world: World) -> None:
    do(world, c.Solve(number=1001, summary="Done."), "k1")
    changeset = do(world, c.Reopen(number=1001), "k2")
    assert of(changeset, CancelTimer)[0].timer_id == derive("timer", "close", world.ticket_of("first"))
    assert fields(changeset).items() >= {"status": "open", "solved_at": None, "closed_at": None}.items()


@pytest.mark.parametrize("status", list(lifecycle.TRANSITIONS))
@pytest.mark.parametrize("wanted", list(lifecycle.TRANSITIONS))
def test_the_table_of_transitions_holds_for_every_pair(world: World, status: str, wanted: str) -> None:
    world.state.tickets[world.ticket_of("first")].status = status  # type: ignore[assignment]
    change = c.Change(number=1001, fields={"status": wanted})
    if status != "merged" and wanted != "merged" and lifecycle.allowed(status, wanted):
        do(world, change)
    else:
        with pytest.raises(Refused, match="was merged into" if status == "merged" else "can become"):
            do(world, change)


@pytest.mark.parametrize(
    ("action", "error", "text"),
    [
        (c.Reply(number=9999, text="x"), "not-found", "T-9999"),
        (c.Reply(number=1001, text="  "), "invalid", "text"),
        (c.Reply(number=1001, text="x", to=["no address"]), "invalid", "to"),
        (c.Reply(number=1001, text="x", channel="sms"), "invalid", "channel"),
        (c.Reply(number=1001, text="x", to=["Support@acme.example"]), "invalid", "to: .* is one of ours"),
        (c.Reply(number=1001, text="x", bcc=["support+x@acme.example"]), "invalid", "bcc: .* is one of ours"),
        (c.OpenByHand(subject="x", text="x", inbox="no such"), "invalid", "inbox"),
        (c.Note(number=1001, text=""), "invalid", "text"),
        (c.Change(number=1001, fields={}), "invalid", "nothing"),
        (c.Change(number=1001, fields={"number": 5}), "invalid", "number"),
        (c.Change(number=1001, fields={"priority": "higher"}), "invalid", "priority"),
        (c.Change(number=1001, fields={"tags": "vip"}), "invalid", "tags"),
        (c.Change(number=1001, fields={"subject": " "}), "invalid", "subject"),
        (c.Change(number=1001, fields={"team": 5}), "invalid", "team"),
        (c.Solve(number=1001, summary=""), "invalid", "summary"),
        (c.OpenByHand(subject="", text="x"), "invalid", "subject"),
        (c.CreateAgent(email="nobody", name="N"), "invalid", "email"),
        (c.CreateAgent(email="a@acme.example", name=" "), "invalid", "name"),
        (c.CreateAgent(email="a@acme.example", name="A\r\nBcc: b@else.example"), "invalid", "name"),
        (c.CreateAgent(email="Support@acme.example", name="A"), "conflict", "ours"),
        (c.CreateToken(name=" ", sha256="x"), "invalid", "name"),
    ],
)
def test_what_cannot_be_done_says_which_field_and_why(world: World, action: c.Action, error: str, text: str) -> None:
    with pytest.raises(Refused, match=text) as refused:
        do(world, action)
    assert refused.value.error == error


def test_a_ticket_by_hand_is_classified_and_not_acknowledged(world: World) -> None:
    changeset = do(world, c.OpenByHand(subject="Faktura", text="Pilne", contact="Jan@Customer.example", name="Jan"))
    opened = of(changeset, OpenTicket)[0]
    assert (opened.category, opened.priority, opened.customer) == ("billing", "urgent", "jan@customer.example")
    assert not of(changeset, QueueDelivery)


@pytest.mark.parametrize(
    ("channel", "contact", "kind", "value"),
    [
        ("email", "Jan@Customer.example", "email", "jan@customer.example"),
        ("email", "+48 600 100 200", "phone", "+48600100200"),
        ("sms", "+48 600 100 200", "phone", "+48600100200"),
        ("whatsapp", "+48 600 100 200", "whatsapp", "+48600100200"),
        ("telegram", "123456789", "telegram", "123456789"),
        ("messenger", "AbC123", "messenger", "AbC123"),
    ],
)
def test_whom_a_ticket_by_hand_names_is_known_as_the_channel_calls_them_and_not_verified(
    world: World, channel: Channel, contact: str, kind: str, value: str
) -> None:
    action = c.OpenByHand(subject="Faktura", text="Pilne", contact=contact, channel=channel)
    asked = needs(c.Command(command_id="x", actor="a", at=START, action=action), world.policy).points
    (put,) = of(do(world, action), PutContact)
    assert put.points == asked == [Point(kind=kind, value=value)]
    assert not put.verified, "somebody only named it"


def test_nothing_is_answered_where_nobody_would_see_what_comes_back(world: World) -> None:
    do(world, c.MarkSpam(number=1001), "spam")
    for action in (c.Reply(number=1001, text="Hello"), WriteMessage(number=1001, text="Hello")):
        with pytest.raises(Refused, match="is spam; say first that it is not") as refused:
            do(world, action, "x")
        assert refused.value.error == "conflict"
    do(world, c.NotSpam(number=1001), "none")
    do(world, c.Reply(number=1001, text="Hello"), "y")


def test_the_same_command_twice_has_the_same_ids_and_fingerprint(world: World) -> None:
    reply = c.Reply(number=1001, text="Hello")
    one, two = (c.Command(command_id="k", actor="a", at=START + timedelta(minutes=m), action=reply) for m in (0, 1))
    first, second = (decide_command(x, world.state, world.policy, START) for x in (one, two))
    assert first.cause == second.cause
    assert first.result == second.result
    assert fingerprint(one) == fingerprint(two)
    other = one.model_copy(update={"action": c.Reply(number=1001, text="Other")})
    assert fingerprint(other) != fingerprint(one)


def test_an_agent_cannot_be_added_twice(world: World) -> None:
    changeset = do(world, c.CreateAgent(email="Anna@Acme.example", name="Anna"))
    assert of(changeset, AddAgent)[0].email == "anna@acme.example"
    known = AgentFact(agent_id="a", email="anna@acme.example", name="A", role="agent")
    world.state.agents[point_key("email", "anna@acme.example")] = known
    with pytest.raises(Refused, match="already"):
        do(world, c.CreateAgent(email="anna@acme.example", name="Anna"), "k2")


@pytest.mark.parametrize(
    ("state", "error", "marked"), [("bounced", "", True), ("failed", "5.1.1 x", True), ("failed", "5.7.1", False)]
)
def test_a_delivery_that_failed_for_good_is_noted_and_its_address_marked(
    world: World, state: str, error: str, marked: bool
) -> None:
    world.state.deliveries["d"] = DeliveryFact(
        delivery_id="d", ticket_id=world.ticket_of("first"), channel="email", inbox="support",
        to="ana@customer.example", state="sending", attempt=1, kind="reply",
    )  # fmt: skip
    report = DeliveryReport(
        delivery_id="d",
        attempt=1,
        state=state,
        at=START,
        channel="email",
        inbox="support",
        error=error,  # type: ignore[arg-type]
    )
    changeset = decide_delivery(report, world.state, world.policy, START)
    assert bool(of(changeset, MarkPoint)) is marked
    assert any(event.what == "delivery_failed" for event in changeset.operations if hasattr(event, "what"))
