"""What customers are told of their ticket by itself: once for each change, with what goes to them anyway, and never by surprise."""

from typing import Any

import pytest

from services.router.deciding.folding import fold
from shared.messages import command as c
from shared.messages.after import Snooze
from shared.messages.changeset import Changeset, CountAutomatic, MarkPoint, OptPoint
from shared.messages.parts import Address, Point
from shared.texts.short import short_words
from tests.router.life.recordworld import hours
from tests.router.life.telling import ANNA, STEPS, Telling, parts, policy
from tests.router.talking import ANA, said

TROUBLE = "My printer does not start: error"


@pytest.fixture
def world() -> Telling:
    """Ana has written an SMS about her printer, and Anna has not looked yet."""
    world = Telling()
    world.says(TROUBLE)
    return world


def change(world: Telling, **fields: Any) -> list[list[str]]:
    """What an agent's change tells the customer: the texts of each message."""
    world.until(world.now + hours(1))
    world.act(c.Change(number=world.one.number, fields=fields))
    return told(world)


def told(world: Telling) -> list[list[str]]:
    return [parts(each) for each in world.to_customer()]


# -- another status -----------------------------------------------------------------------------------------------------

STEPS_OF_A_LIFE: list[tuple[str, list[tuple[str, list[list[str]]]]]] = [
    ("taken in hand: open all along", [("open", [])]),
    ("waiting, and open again", [("pending", [["notice.waiting"]]), ("open", [["notice.open"]])]),
    ("on hold is open to the customer", [("on_hold", []), ("open", [])]),
    ("waiting, then on hold", [("pending", [["notice.waiting"]]), ("on_hold", [])]),
    ("solved, and open again", [("solved", [["notice.solved", "ask.solved"]]), ("open", [["notice.reopened"]])]),
    ("solved, then closed", [("solved", [["notice.solved", "ask.solved"]]), ("closed", [])]),
    ("closed at once", [("closed", [["notice.closed"]]), ("open", [["notice.reopened"]])]),
    ("spam is told nothing, nor is what it was", [("spam", []), ("open", [])]),
]


@pytest.mark.parametrize(("life"), [row[1] for row in STEPS_OF_A_LIFE], ids=[row[0] for row in STEPS_OF_A_LIFE])
def test_each_change_of_what_a_ticket_is_for_its_customer_is_told_once(
    world: Telling, life: list[tuple[str, list[list[str]]]]
) -> None:
    for status, expected in life:
        assert change(world, status=status) == expected
        assert change(world, product="Printer") == [], "what does not concern the customer is not told"


@pytest.mark.parametrize("switch", ["open", "waiting", "handled", "closed"])
def test_each_notice_can_be_switched(switch: str) -> None:
    only = {"open": False, "waiting": False, "handled": False, "closed": False, "first_steps": False, switch: True}
    world = Telling(policy(only, {"ask": False, "satisfaction": False}))
    world.says(TROUBLE)
    lives = {"pending": "waiting", "open": "open", "solved": "handled", "closed": "closed"}
    heard = {lives[status]: change(world, status=status) for status in lives}
    texts = {"open": "notice.open", "waiting": "notice.waiting", "handled": "notice.solved", "closed": "notice.closed"}
    assert heard == {name: ([[texts[name]]] if name == switch else []) for name in texts}


def test_an_answer_that_says_what_we_wait_for_is_one_message(world: Telling) -> None:
    world.act(c.Reply(number=world.one.number, text="Which model is it?", status="pending"))
    (sent,) = world.to_customer()
    assert parts(sent) == ["-", "notice.waiting"]
    assert short_words(sent, "Acme", "en").startswith(
        "Which model is it?\n- Anna\n\nYour request T-1001 is now waiting"
    )
    assert world.one.status == "pending"


def test_who_has_just_been_asked_something_is_not_told_that_we_wait(world: Telling) -> None:
    number = world.one.number
    world.act(c.Reply(number=number, text="Which model is it?"))
    world.act(c.Change(number=number, fields={"status": "pending"}))
    assert world.to_customer() == []
    world.says("A 200")
    world.act(c.Change(number=number, fields={"status": "pending"}))
    assert told(world) == [["notice.waiting"]], "nobody asked anything since the customer wrote"


def test_who_writes_to_us_while_we_wait_is_not_told_that_it_goes_on(world: Telling) -> None:
    change(world, status="pending")
    world.says("It is an A 200.")
    assert world.one.status == "open"
    assert world.to_customer() == []


def test_what_was_done_is_told_once_and_not_again_when_it_was_not_enough(world: Telling) -> None:
    number = world.one.number
    world.act(c.Solve(number=number, summary="We replaced the pump."))
    assert told(world) == [["notice.summary", "ask.solved"]]
    world.says("It still leaks")
    assert change(world, status="solved") == [["notice.solved", "ask.solved"]], "that had not solved it"
    world.says("It still leaks")
    assert change(world, solution="We replaced the seal, too.") == []
    assert change(world, status="solved") == [["notice.summary", "ask.solved"]]
    world.says("It still leaks")
    world.until(world.now + hours(1))
    world.act(c.Solve(number=number, summary="We replaced the seal, too."))
    assert told(world) == [["notice.summary", "ask.solved"]], "whoever says it again means it"


def test_who_writes_about_what_was_done_hears_that_it_is_open_again_and_until_when(world: Telling) -> None:
    change(world, status="solved")
    world.says("It happens again")
    (sent,) = world.to_customer()
    assert parts(sent) == ["notice.reopened"]
    assert "within 8 hours" in short_words(sent, "Acme", "en")
    assert world.one.reopened == 1


def test_putting_off_and_waking_tells_the_customer_nothing(world: Telling) -> None:
    change(world, status="pending")
    world.act(Snooze(number=world.one.number, until=world.now + hours(5)))
    assert world.to_customer() == []
    world.until(world.now + hours(6))
    assert world.one.status == "pending"
    assert world.to_customer() == []


# -- who has it, and what to try ----------------------------------------------------------------------------------------


def test_the_acknowledgement_says_what_can_be_tried_in_the_customers_language() -> None:
    world = Telling()
    world.says("Drukarka nie działa", language="pl", language_confidence=1.0)
    (acknowledgement,) = world.to_customer()
    assert parts(acknowledgement) == ["acknowledgement", "first_steps"]
    assert acknowledgement.postscripts[0].variables == {"steps": STEPS["pl"]}
    words = short_words(acknowledgement, "Acme", "en")
    assert "Prosimy uruchomic urzadzenie ponownie." in words, "an SMS has no diacritics below its text, either"


def test_what_can_be_tried_can_be_switched_off() -> None:
    world = Telling(policy({"first_steps": False}))
    world.says(TROUBLE)
    assert told(world) == [["acknowledgement"]]


def test_who_takes_a_ticket_is_named_once_by_the_name_that_customers_know(world: Telling) -> None:
    assert change(world, assignee=ANNA.email) == [["notice.assigned"]]
    words = short_words(world.to_customer()[0], "Acme", "en")
    assert words == "Acme: Anna is taking care of T-1001."
    assert ANNA.email not in world.to_customer()[0].model_dump_json()
    assert change(world, assignee=None) == []
    assert change(world, assignee=ANNA.agent_id) == [], "they know that already"


def test_an_agent_without_a_name_for_customers_is_not_named(world: Telling) -> None:
    assert change(world, assignee="lea@acme.example") == []


def test_who_takes_what_is_not_open_is_not_named(world: Telling) -> None:
    change(world, status="solved")
    assert change(world, assignee=ANNA.email) == []


def test_steps_of_a_category_that_was_found_later_are_told_with_the_name() -> None:
    world = Telling()
    world.says("Hello, a question")
    assert told(world) == [["acknowledgement"]]
    assert change(world, category="technical", assignee=ANNA.email) == [["notice.assigned", "first_steps"]]


# -- where ---------------------------------------------------------------------------------------------------------------


def form(world: Telling, *points: Point) -> None:
    """Ana fills in the form and leaves these points."""
    sender = Address(name="Ana", address=points[0].value)
    more = {"message_id": "form:contact:1", "conversation": None, "points": list(points), "from": sender}
    world.take(said("form", TROUBLE, channel="form", **more))


PHONE, MAIL = Point(kind="phone", value=ANA), Point(kind="email", value="ana@customer.example")


@pytest.mark.parametrize(
    ("points", "choice", "channel"),
    [
        ([MAIL, PHONE], None, "email"),
        ([MAIL, PHONE], "channel", "email"),
        ([MAIL, PHONE], "sms", "sms"),
        ([PHONE, MAIL], "email", "email"),
        ([PHONE], "email", "sms"),
        ([MAIL], "sms", "email"),
    ],
)
def test_who_wants_to_be_told_by_mail_or_sms_is(points: list[Point], choice: str | None, channel: str) -> None:
    world = Telling()
    form(world, *points)
    if choice:
        assert change(world, notify_by=choice) == []
    change(world, status="pending")
    assert [each.channel for each in world.to_customer()] == [channel]


def test_the_choice_is_in_the_audit_trail_and_can_be_taken_back(world: Telling) -> None:
    change(world, notify_by="email")
    assert world.one.state["notify_by"] == "email"
    assert world.events()[-1] == "ticket_changed"
    change(world, notify_by="channel")
    assert change(world, status="pending")
    assert [each.channel for each in world.to_customer()] == ["sms"]


@pytest.mark.parametrize(
    ("of_customer", "of_ticket", "channel"),
    [("sms", None, "sms"), ("sms", "channel", "email"), ("sms", "email", "email"), (None, "sms", "sms")],
)
def test_a_customers_choice_counts_for_all_their_tickets_and_a_tickets_own_outranks_it(
    of_customer: str | None, of_ticket: str | None, channel: str
) -> None:
    world = Telling()
    form(world, MAIL, PHONE)
    if of_customer:
        world.act(c.ChangePerson(contact_id=str(world.one.contact_id), fields={"notify_by": of_customer}))
    if of_ticket:
        change(world, notify_by=of_ticket)
    change(world, status="pending")
    assert [each.channel for each in world.to_customer()] == [channel]


def test_who_is_acknowledged_elsewhere_may_go_on_there() -> None:
    world = Telling()
    form(world, PHONE)
    world.says("It is an A 200.")
    assert len(world.state.tickets) == 1


def test_what_is_answered_elsewhere_finds_the_ticket() -> None:
    world = Telling()
    form(world, MAIL, PHONE)
    change(world, notify_by="sms")
    change(world, status="pending")
    world.says("It is an A 200.")
    assert len(world.state.tickets) == 1
    assert world.one.status == "open"


# -- to whom not ---------------------------------------------------------------------------------------------------------


def test_an_internal_ticket_tells_no_customer() -> None:
    world = Telling()
    world.act(c.OpenByHand(subject="Parts", text="Order two.", internal=True))
    for status in ("pending", "open", "solved", "closed"):
        assert change(world, status=status) == []


def test_what_is_silent_or_imported_tells_nobody() -> None:
    world = Telling()
    world.says(TROUBLE, silent=True)
    assert world.to_customer() == []


UNREACHABLE = [
    OptPoint(point=PHONE, out=True),
    MarkPoint(point=PHONE, undeliverable=True, reason="gone"),
]


@pytest.mark.parametrize("mark", UNREACHABLE, ids=["opted out", "undeliverable"])
def test_who_cannot_or_will_not_be_written_to_is_not(world: Telling, mark: OptPoint | MarkPoint) -> None:
    fold(world.state, Changeset(cause="mark", operations=[mark]))
    for status in ("pending", "open", "solved", "open"):
        assert change(world, status=status) == []
    assert "customer_not_told" in world.events()
    assert "asking" not in world.one.state, "what was not asked cannot be answered"


def test_notices_have_a_budget(world: Telling) -> None:
    told_times = 0
    for turn in range(60):
        world.act(c.Change(number=world.one.number, fields={"status": "solved" if turn % 2 == 0 else "open"}))
        told_times += len(world.to_customer())
    assert 5 <= told_times <= 15
    counted = len(world.operations(CountAutomatic))
    assert counted == told_times + 1, "the acknowledgement counts, too"
