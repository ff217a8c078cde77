"""Merging: two tickets of one customer are one, whatever leads to either leads to it, and undoing gives back just what was the other's."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding.commands import Refused
from shared.messages import command as c
from shared.messages.after import Snooze
from shared.messages.changeset import AddEvent, AddMessage, QueueDelivery
from shared.messages.gathering import MakeProblem, Merge, Split, Unmerge
from shared.messages.record import AddPromise
from shared.secrets import TicketToken, message_id, reply_address
from tests.router.life.telling import Telling, policy
from tests.router.talking import BO
from tests.router.world import KEYRING, START

POLICY = policy(notices={"open": True, "handled": True, "waiting": True})
HOUR = timedelta(hours=1)


def token(number: int) -> str:
    return reply_address(KEYRING, TicketToken(number, "customer", "public", START.date()), "acme.example")


def two() -> tuple[Telling, str, str]:
    """T-1001 and T-1002, both Ana's by mail; gives the names of their first mails."""
    world = Telling(POLICY)
    first = world.mails("My printer does not start", subject="Printer")
    second = world.mails("It still does not start", subject="Printer again", cc=("cy@customer.example",))
    assert [world.number_of(name) for name in (first, second)] == [1001, 1002]
    return world, first, second


def texts(world: Telling, number: int) -> list[str]:
    """The ids of the messages in a ticket."""
    return [message.message_id for message in world.state.messages.get(world.state.numbers[number], [])]


def sent_to_customers(world: Telling) -> list[QueueDelivery]:
    return [
        each for each in world.last().operations if isinstance(each, QueueDelivery) and each.outbound.kind != "alert"
    ]


def test_all_that_one_has_goes_to_the_other_and_nothing_is_sent() -> None:
    world, _, _ = two()
    world.act(AddPromise(number=1002, what="A technician comes", due=world.now + 30 * HOUR))
    world.act(c.Change(number=1002, fields={"watchers": ["lea@acme.example"], "assignee": "anna@acme.example"}))
    world.act(c.Reply(number=1002, text="We look at it"))
    moving, entries = texts(world, 1002), [each.entry_id for each in world.entries(1002)]
    here = texts(world, 1001)
    changeset = world.act(Merge(number=1002, into=1001))
    assert changeset.result == {
        "ticket_id": world.state.numbers[1001], "number": 1001, "merged": True, "moved": len(moving),
    }  # fmt: skip
    assert not [each for each in changeset.operations if isinstance(each, QueueDelivery | AddMessage)]
    assert texts(world, 1001) == [*here, *moving]
    assert texts(world, 1002) == []
    old, whole = world.ticket(1002), world.ticket(1001)
    assert (old.status, old.merged_into) == ("merged", whole.ticket_id)
    assert [each.entry_id for each in world.entries(1001)] == entries
    assert "cy@customer.example" in whole.participants
    assert set(whole.watchers) == {"lea@acme.example", "anna@acme.example"}
    assert {each.ticket_id for each in world.state.timers.values()} == {whole.ticket_id}
    assert all(each.ticket_id == whole.ticket_id for each in world.state.deliveries.values())
    assert {e.what for e in changeset.operations if isinstance(e, AddEvent)} >= {"ticket_merged", "merge_received"}


def own_id(world: Telling, number: int) -> str:
    """A Message-ID that an answer in a ticket went out under."""
    ticket_id = world.state.numbers[number]
    delivery = next(d for d in world.state.deliveries.values() if d.ticket_id == ticket_id and d.kind == "reply")
    return message_id(KEYRING, number, delivery.delivery_id, "acme.example")


LEADS = ["token", "own id", "foreign id", "number in the subject"]


@pytest.mark.parametrize("how", LEADS)
def test_whatever_led_to_the_merged_ticket_leads_to_what_it_is_part_of(how: str) -> None:
    world, _, second = two()
    world.act(c.Reply(number=1002, text="We look at it"))
    own = own_id(world, 1002)
    options: dict[str, dict[str, Any]] = {
        "token": {"recipients": [token(1002)]},
        "own id": {"refs": (own,)},
        "foreign id": {"refs": (second,)},
        "number in the subject": {"subject": "[T-1002] and?"},
    }
    world.act(Merge(number=1002, into=1001))
    name = world.mails("And now?", **options[how])
    assert world.number_of(name) == 1001
    assert texts(world, 1002) == []
    assert len(world.state.numbers) == 2
    world.act(Unmerge(number=1002))
    assert world.number_of(name) == 1002, "what followed from it goes back, too"
    later = world.mails("Then?", refs=(name,))
    assert world.number_of(later) == 1002


def test_what_came_to_the_other_ticket_stays_there_when_it_is_undone() -> None:
    world, first, second = two()
    world.act(Merge(number=1002, into=1001))
    mine = world.mails("And the first one?", recipients=[token(1001)])
    answer = world.mails("About the first one", refs=(first,))
    world.act(Unmerge(number=1002))
    assert {world.number_of(name) for name in (first, mine, answer)} == {1001}
    assert world.number_of(second) == 1002


def test_a_chain_of_merged_tickets_leads_to_its_end_and_each_link_can_be_undone() -> None:
    world, first, second = two()
    third = world.mails("A third time", subject="Third")
    world.act(Merge(number=1002, into=1001))
    world.act(Merge(number=1001, into=1003))
    by_token = world.mails("Hello?", recipients=[token(1002)])
    assert {world.number_of(name) for name in (first, second, third, by_token)} == {1003}
    world.act(Unmerge(number=1002))
    assert [world.number_of(name) for name in (first, second, third, by_token)] == [1003, 1002, 1003, 1002]
    world.act(Merge(number=1002, into=1003))
    world.act(Unmerge(number=1001))
    assert [world.number_of(name) for name in (first, second, third)] == [1001, 1003, 1003]


def test_undoing_gives_back_status_clocks_timers_record_and_people() -> None:
    world, _, _ = two()
    world.act(AddPromise(number=1002, what="A technician comes", due=world.now + 300 * HOUR))
    world.act(Snooze(number=1002, until=world.now + 200 * HOUR))
    world.act(c.Change(number=1002, fields={"watchers": ["lea@acme.example"]}))
    before, other = world.ticket(1002).model_copy(deep=True), world.ticket(1001).model_copy(deep=True)
    timers = {each.timer_id: (each.kind, each.due_at) for each in world.state.timers.values()}
    world.act(Merge(number=1002, into=1001))
    world.until(world.now + HOUR / 2)
    world.act(Unmerge(number=1002))
    assert not sent_to_customers(world)
    after, still = world.ticket(1002), world.ticket(1001)
    for name in ("status", "snoozed_until", "merged_into", "watchers", "participants", "resolution_due", "assignee"):
        assert getattr(after, name) == getattr(before, name), name
    for name in ("status", "watchers", "participants", "resolution_due"):
        assert getattr(still, name) == getattr(other, name), name
    assert "merge" not in after.state
    assert {each.timer_id: (each.kind, each.due_at) for each in world.state.timers.values()} == timers
    assert [each.kind for each in world.entries(1002)] == ["promise"]


def test_what_waits_for_us_wakes_the_other_ticket_silently_and_undoing_puts_it_back() -> None:
    world, _, _ = two()
    world.act(c.Solve(number=1001, summary="A new cable"))
    world.act(Merge(number=1002, into=1001))
    assert world.ticket(1001).status == "open"
    assert not sent_to_customers(world)
    world.act(Unmerge(number=1002))
    assert (world.ticket(1001).status, world.ticket(1002).status) == ("solved", "new")
    assert not sent_to_customers(world)


def test_tickets_of_different_customers_are_never_merged_but_linked_as_one_problem_by_force() -> None:
    world, _, _ = two()
    world.mails("Mine does not start either", sender="bo@else.example", subject="Start")
    with pytest.raises(Refused, match="different customers"):
        world.act(Merge(number=1003, into=1001))
    changeset = world.act(Merge(number=1003, into=1001, force=True))
    assert (changeset.result["merged"], changeset.result["linked"]) == (False, "problem")
    assert world.ticket(1003).status == "new"
    assert "bo@else.example" not in world.ticket(1001).participants
    assert len(texts(world, 1003)) == 1
    assert [(link.kind, link.outward) for link in world.state.links[world.state.numbers[1003]]] == [("problem", True)]


REFUSED = {
    "itself": (1001, 1001, "itself"),
    "not there": (1001, 1009, "no ticket"),
    "merged already": (1002, 1003, "merged into T-1001 already"),
    "into a merged one": (1003, 1002, "merged into T-1001 already"),
    "a circle": (1001, 1002, "merged into T-1001 already"),
    "spam": (1004, 1001, "is spam"),
    "internal": (1005, 1001, "internal"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_merged_is_refused(what: str) -> None:
    world, _, _ = two()
    world.mails("Three", subject="Third")
    world.mails("Four", subject="Fourth")
    world.opened(contact="", internal=True)
    world.act(c.MarkSpam(number=1004))
    world.act(Merge(number=1002, into=1001))
    number, into, why = REFUSED[what]
    with pytest.raises(Refused, match=why):
        world.act(Merge(number=number, into=into))


def test_only_a_merged_ticket_can_be_unmerged() -> None:
    world, _, _ = two()
    with pytest.raises(Refused, match="not merged"):
        world.act(Unmerge(number=1001))


def test_a_talk_by_sms_goes_on_in_the_ticket_it_was_merged_into_and_comes_back() -> None:
    world = Telling(POLICY)
    world.says("My printer does not start")
    number = world.opened(contact="+48600100200", channel="email")
    world.act(Merge(number=1001, into=number))
    world.says("Are you there?")
    assert len(texts(world, number)) == 3
    assert len(world.state.numbers) == 2
    world.act(Unmerge(number=1001))
    assert len(texts(world, 1001)) == 2
    world.says("Hello")
    assert len(texts(world, 1001)) == 3


def test_writing_by_the_number_of_a_strangers_merged_ticket_gains_nothing() -> None:
    world, _, _ = two()
    world.act(Merge(number=1002, into=1001))
    world.says("T-1002?", sender=BO)
    assert world.last().result["ticket_id"] not in (world.state.numbers[1001], world.state.numbers[1002])


def test_a_problems_cases_follow_it_into_the_ticket_it_is_merged_into_and_back() -> None:
    world, _, _ = two()
    world.mails("Mine, too", sender="bo@else.example", subject="Mine")
    world.act(MakeProblem(number=1002, numbers=[1003]))
    world.act(Merge(number=1002, into=1001))
    case = world.state.numbers[1003]
    assert [each.other_id for each in world.state.links[case]] == [world.state.numbers[1001]]
    world.act(Unmerge(number=1002))
    assert [each.other_id for each in world.state.links[case]] == [world.state.numbers[1002]]


def test_several_messages_become_a_ticket_of_their_own_with_what_followed_and_nothing_is_sent() -> None:
    world, first, _ = two()
    other = world.mails("Another thing", refs=(first,))
    answered = world.mails("More of that", refs=(other,))
    more = world.mails("A third thing", refs=(first,))
    world.act(c.Reply(number=1001, text="As to the third"))
    ids = {name: world.state.sources[f"mail-{name}"].message_id for name in (first, other, answered, more)}
    changeset = world.act(Split(number=1001, messages=[ids[other], ids[more]]))
    assert not [each for each in changeset.operations if isinstance(each, QueueDelivery)]
    assert {world.number_of(name) for name in (other, answered, more)} == {1003}
    assert world.number_of(first) == 1001
    assert len(texts(world, 1003)) == 4
    assert [link.kind for link in world.state.links[world.state.numbers[1003]]] == ["split"]
    later = world.mails("And?", refs=(answered,))
    assert world.number_of(later) == 1003


def test_what_cannot_be_split_off_is_refused() -> None:
    world, first, _ = two()
    message = world.state.sources[f"mail-{first}"].message_id
    for messages, why in (([], "at least one"), (["nothing"], "no message"), ([message], "nothing but this")):
        with pytest.raises(Refused, match=why):
            world.act(Split(number=1001, messages=messages))


def test_what_both_are_talked_over_with_others_has_to_fit_into_one() -> None:
    world, _, _ = two()
    side = {"channel": "email", "inbox": "support", "to": "c@courier.example", "subject": "s" * 1_400, "ids": []}
    for number in (1001, 1002):
        world.ticket(number).state["side"] = {f"{number}-{place}": side for place in range(33)}
    with pytest.raises(Refused, match="too many side conversations") as refused:
        world.act(Merge(number=1002, into=1001))
    assert refused.value.error == "conflict"
    world.ticket(1002).state["side"] = {}
    world.act(Merge(number=1002, into=1001))
