"""Where people just write on, a talk is one ticket: however it is batched, in a burst, solved and taken up again, edited and taken back."""

import random
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding.commands import Refused
from shared.messages import command as c
from shared.messages.changeset import (
    AddMessage,
    AddReferences,
    BlockPoint,
    CancelTimer,
    ChangeTicket,
    EditMessage,
    MarkPoint,
)
from shared.messages.inbound import Inbound
from shared.messages.parts import Point
from tests.router.talking import ANA, BO, Talk, said
from tests.router.world import START, mail

HOUR = 60


@pytest.fixture
def world() -> Talk:
    return Talk()


def solved(world: Talk, name: str) -> None:
    world.do(c.Solve(number=world.number_of(name), summary="Done"), key=f"solve-{name}-{len(world.order)}")


# -- one talk, one ticket -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["sms", "whatsapp", "telegram", "chat"])
def test_a_burst_is_one_ticket_and_one_acknowledgement(world: Talk, channel: str) -> None:
    burst = [said(f"m{i}", f"part {i}", channel=channel, minutes=i / 20) for i in range(10)]
    for changeset in world.decide_batch(burst):
        assert world.commit(changeset) == "committed"
    assert len(world.partition()) == 1
    (sent,) = world.sent()
    assert (sent.channel, sent.kind, sent.to[0].address) == (channel, "acknowledgement", ANA)
    assert sent.conversation == burst[0].conversation


@given(count=st.integers(1, 12), seed=st.integers(0, 2**32), routers=st.integers(1, 3))
@settings(max_examples=120, deadline=None)
def test_a_talk_is_one_ticket_in_whatever_batches_and_by_whichever_routers(count: int, seed: int, routers: int) -> None:
    rng = random.Random(seed)
    waiting = [said(f"m{i}", rng.choice(["yes", "ok", f"text {i}"]), minutes=i / 10) for i in range(count)]
    by_cause = {message.cause: message for message in waiting}
    rng.shuffle(waiting)
    world = Talk()
    in_hand: list[list] = []  # type: ignore[type-arg]
    while waiting or in_hand:
        if waiting and len(in_hand) < routers:
            size = rng.randint(1, 4)
            batch, waiting = waiting[:size], waiting[size:]
            in_hand.append(world.decide_batch(batch))
            continue
        changesets = in_hand.pop(rng.randrange(len(in_hand)))
        outcomes = world.commit_batch(changesets)
        waiting += [by_cause[each.cause] for each, how in zip(changesets, outcomes, strict=True) if how == "conflict"]
    assert len(world.partition()) == 1
    assert len(world.state.sources) == count
    assert len(world.sent()) == 1


def test_another_inbox_and_another_person_are_other_talks(world: Talk) -> None:
    world.take(said("a"))
    world.take(said("b", channel="whatsapp"))
    world.take(said("c", sender=BO))
    assert len(world.partition()) == 3


def test_a_message_reopens_what_was_solved_within_a_day_and_later_opens_one_that_follows(world: Talk) -> None:
    world.take(said("a"))
    solved(world, "a")
    world.take(said("b", "Still broken", minutes=23 * HOUR))
    assert world.ticket_of("b") == world.ticket_of("a")
    assert world.state.tickets[world.ticket_of("a")].status == "open"
    solved(world, "a")
    world.take(said("c", "Something else", minutes=48 * HOUR))
    assert world.ticket_of("c") != world.ticket_of("a")
    (link,) = world.links()
    assert (link.kind, link.other_id) == ("follow-up", world.ticket_of("a"))


def test_of_several_open_the_one_that_waits_for_the_customer_goes_on(world: Talk) -> None:
    first, second = two_open(world)
    world.do(c.Change(number=world.state.tickets[first].number, fields={"status": "pending"}), key="pending")
    world.take(said("next", minutes=30))
    assert world.ticket_of("next") == first
    world.take(said("and then", minutes=31))
    assert world.ticket_of("and then") == first, "which is the one where something happened last"
    assert second != first


def two_open(world: Talk) -> tuple[str, str]:
    """Two open tickets of one talk: an agent moved a message to one of its own."""
    world.take(said("a"))
    world.take(said("b", "And my invoice?", minutes=5))
    stray = next(each for each in world.operations(AddMessage) if each.source_id == "mail-b")
    world.do(c.WrongTicket(number=world.number_of("a"), message_id=stray.message_id), key="move")
    return world.ticket_of("a"), world.ticket_of("b")


def test_the_talk_goes_on_where_an_agent_moved_its_newest_message(world: Talk) -> None:
    first, second = two_open(world)
    assert first != second
    world.take(said("c", "It is number 7", minutes=6))
    assert world.ticket_of("c") == second


def test_a_reply_goes_where_the_message_is_that_it_replies_to(world: Talk) -> None:
    first, second = two_open(world)
    world.take(said("re", minutes=9, in_reply_to=[f"sms:sms:{ANA}:a"]))
    assert world.ticket_of("re") == first != second
    assert world.routed("re") == "known reference"


def test_a_strangers_reply_to_a_guessed_id_joins_nothing(world: Talk) -> None:
    world.take(said("a"))
    world.take(said("b", sender=BO, in_reply_to=[f"sms:sms:{ANA}:a"]))
    world.take(mail("m", refs=(f"sms:sms:{ANA}:a",)))
    assert len(world.partition()) == 3


def test_a_number_in_the_text_counts_for_participants_only(world: Talk) -> None:
    first, second = two_open(world)
    number = world.state.tickets[first].number
    world.take(said("mine", f"about T-{number} again", minutes=10))
    assert world.ticket_of("mine") == first
    assert world.routed("mine") == "number in the text"
    world.take(said("theirs", f"about T-{number}", sender=BO, minutes=11))
    assert world.ticket_of("theirs") not in (first, second)
    world.take(said("order", f"order #{number}", minutes=12))
    assert world.routed("order") == "open conversation"


def test_a_mail_customer_may_name_their_number_by_sms_once_they_are_known_as_one_person(world: Talk) -> None:
    world.take(said("chat", channel="chat", sender="s1", points=chat_points("s1", "ana@customer.example")))
    world.take(mail("m", subject=f"[T-{world.number_of('chat')}] more"))
    assert world.ticket_of("m") == world.ticket_of("chat")


def chat_points(session: str, address: str) -> list[Point]:
    return [Point(kind="chat", value=session), Point(kind="email", value=address)]


def test_spam_stays_with_the_spam_and_is_not_acknowledged_again(world: Talk) -> None:
    world.take(said("a"))
    world.do(c.MarkSpam(number=world.number_of("a")), key="spam")
    world.take(said("b", minutes=5))
    assert world.ticket_of("b") == world.ticket_of("a")
    assert len(world.sent()) == 1


def test_a_talk_forgets_its_oldest_tickets_that_are_over(world: Talk) -> None:
    for i in range(15):
        world.take(said(f"m{i}", minutes=i * 60))
        world.do(c.Close(number=world.number_of(f"m{i}")), key=f"close-{i}")
    mark = f"conversation sms:sms:{ANA}"
    assert len(world.state.references[mark]) == 10
    assert world.ticket_of("m14") in {each.ticket_id for each in world.state.references[mark]}
    assert any(each.leaves for each in world.operations(AddReferences))


def test_a_short_code_is_stored_and_never_answered(world: Talk) -> None:
    world.take(said("code", "Your code is 1234", sender="BANK", points=[], automatic="notification"))
    assert world.ticket_of("code")
    assert not world.sent()


def test_our_own_number_is_never_answered(world: Talk) -> None:
    world.take(said("loop", sender="+15005550006"))
    assert not world.sent()


def test_a_form_is_acknowledged_by_mail(world: Talk) -> None:
    point = Point(kind="email", value="ana@customer.example")
    world.take(said("f", channel="form", sender="ana@customer.example", conversation=None, points=[point]))
    (sent,) = world.sent()
    assert (sent.channel, sent.inbox, sent.to[0].address) == ("email", "support", "ana@customer.example")
    assert sent.in_reply_to is None


# -- edits, deletions, buttons ------------------------------------------------------------------------------------------


def test_an_edit_changes_the_message_and_nothing_else(world: Talk) -> None:
    world.take(said("a", "Helo"))
    before = world.state.tickets[world.ticket_of("a")].status
    world.take(said("a2", "Hello", minutes=1, edits=f"sms:sms:{ANA}:a"))
    (edit,) = world.operations(EditMessage)
    assert (edit.header_id, edit.text, edit.deleted) == (f"sms:sms:{ANA}:a", "Hello", False)
    assert len(world.operations(AddMessage)) == 1
    assert "message_edited" in world.events()
    assert world.state.tickets[world.ticket_of("a")].status == before
    assert len(world.sent()) == 1


def test_what_is_taken_back_is_marked(world: Talk) -> None:
    world.take(said("a"))
    world.take(said("a2", "", edits=f"sms:sms:{ANA}:a", deleted=True))
    (edit,) = world.operations(EditMessage)
    assert edit.deleted
    assert "message_deleted" in world.events()


def test_nobody_edits_what_another_said(world: Talk) -> None:
    world.take(said("a"))
    world.take(said("b", "Not me", sender=BO, edits=f"sms:sms:{ANA}:a"))
    assert not world.operations(EditMessage)
    assert world.ticket_of("b") != world.ticket_of("a")


def test_an_edit_of_what_never_came_is_a_message(world: Talk) -> None:
    world.take(said("b", "Hello", edits=f"sms:sms:{ANA}:lost"))
    assert world.ticket_of("b")


def press(world: Talk, data: str, sender: str = ANA, name: str = "p") -> list[ChangeTicket]:
    """What pressing a button changed."""
    world.take(said(name, "", sender=sender, pressed=data))
    return [operation for operation in world.last().operations if isinstance(operation, ChangeTicket)]


def test_a_customer_confirms_that_it_is_solved(world: Talk) -> None:
    world.take(said("a"))
    solved(world, "a")
    press(world, f"solved:{world.number_of('a')}:yes")
    ticket = world.state.tickets[world.ticket_of("a")]
    assert ticket.customer_confirmed_at is not None
    assert ticket.status == "closed"


def test_a_customer_says_that_it_is_not_solved(world: Talk) -> None:
    world.take(said("a"))
    solved(world, "a")
    press(world, f"solved:{world.number_of('a')}:no")
    assert world.state.tickets[world.ticket_of("a")].status == "open"
    assert any(isinstance(operation, CancelTimer) for operation in world.last().operations)


def test_a_customer_gives_a_score(world: Talk) -> None:
    world.take(said("a"))
    changes = press(world, f"score:{world.number_of('a')}:4")
    assert [change.fields["satisfaction"] for change in changes if change.fields] == [{"score": 4, "words": ""}]


@pytest.mark.parametrize("data", ["solved:{n}:maybe", "score:{n}:6", "solved:9999:yes", "else", "", "score:0:1"])
def test_a_button_that_says_nothing_is_ignored(world: Talk, data: str) -> None:
    world.take(said("a"))
    assert press(world, data.format(n=world.number_of("a"))) == []
    assert world.events()[-1] == "press_ignored"


def test_a_stranger_presses_in_vain(world: Talk) -> None:
    world.take(said("a"))
    assert press(world, f"score:{world.number_of('a')}:1", sender=BO) == []


def test_somebody_elses_button_with_words_is_a_message(world: Talk) -> None:
    world.take(said("a", "Track my parcel", pressed="vendor:77"))
    assert world.ticket_of("a")


# -- whether somebody may be written to ---------------------------------------------------------------------------------


def test_stop_is_kept_and_not_answered_and_start_undoes_it(world: Talk) -> None:
    world.take(said("a"))
    world.take(said("stop", "STOP", minutes=1, fields={"opt": "out"}))
    assert world.ticket_of("stop") == world.ticket_of("a"), "the word is kept where the talk is"
    assert len(world.sent()) == 1
    number = world.number_of("a")
    with pytest.raises(Refused, match="asked not to be written to"):
        world.do(c.Reply(number=number, text="But"), key="r1")
    world.take(said("start", "START", minutes=2, fields={"opt": "in"}))
    world.do(c.Reply(number=number, text="Good"), key="r2")
    assert [each.kind for each in world.sent()] == ["acknowledgement", "reply"]


def test_stop_of_somebody_new_opens_no_ticket_and_holds(world: Talk) -> None:
    world.take(said("stop", "STOP", fields={"opt": "out"}))
    assert not world.state.tickets
    world.take(said("later", "Hello", minutes=60))
    assert world.ticket_of("later")
    assert not world.sent()


def test_a_blocked_bot_cannot_be_reached_until_it_can(world: Talk) -> None:
    world.take(said("a", channel="telegram", sender="77"))
    world.take(said("gone", "", channel="telegram", sender="77", fields={"reachable": "no"}))
    (mark,) = world.operations(MarkPoint)
    assert (mark.point.kind, mark.undeliverable) == ("telegram", True)
    world.take(said("back", "", channel="telegram", sender="77", fields={"reachable": "yes"}))
    assert not world.operations(MarkPoint)[-1].undeliverable
    assert len(world.sent()) == 1


def test_a_second_edit_in_the_batch_of_its_message_finds_it(world: Talk) -> None:
    batch: list[Inbound] = [said("a"), said("a2", "Better", edits=f"sms:sms:{ANA}:a")]
    assert [world.commit(each) for each in world.decide_batch(batch)] == ["committed", "committed"]
    assert len(world.operations(EditMessage)) == 1
    assert world.state.tickets[world.ticket_of("a")].created_at - START < timedelta(minutes=1)


def test_blocking_a_talks_customer_blocks_their_point_there(world: Talk) -> None:
    world.take(said("a", channel="telegram", sender="1234567"))
    world.do(c.MarkSpam(number=world.number_of("a"), block=True), key="spam")
    (blocked,) = world.operations(BlockPoint)
    assert (blocked.point.kind, blocked.point.value) == ("telegram", "1234567")


def test_a_moved_message_of_a_chat_opens_a_ticket_of_the_same_customer(world: Talk) -> None:
    for i, name in enumerate(("a", "b")):
        world.take(said(name, channel="chat", sender="SessionX", minutes=i))
    stray = next(each for each in world.operations(AddMessage) if each.source_id == "mail-b")
    world.do(c.WrongTicket(number=world.number_of("a"), message_id=stray.message_id), key="move")
    first, second = (world.state.tickets[world.ticket_of(name)] for name in ("a", "b"))
    assert (second.customer, second.contact_id, second.conversation) == (
        "SessionX",
        first.contact_id,
        first.conversation,
    )


def test_two_routers_open_one_ticket_even_for_somebody_who_is_known_and_not_answered(world: Talk) -> None:
    world.take(said("first", language="pl", language_confidence=0.99))
    world.do(c.Close(number=world.number_of("first")), key="close")
    world.take(said("stop", "STOP", fields={"opt": "out"}))
    both = [world.decide(said(name, minutes=60)) for name in ("a", "b")]
    assert [world.commit(changeset) for changeset in both] == ["committed", "conflict"]
    world.take(said("b", minutes=60))
    assert world.ticket_of("a") == world.ticket_of("b")


def test_people_may_begin_with_the_same_word_again_and_again(world: Talk) -> None:
    for i in range(4):
        world.take(said(f"m{i}", "Hi", minutes=i * 5))
        world.do(c.Close(number=world.number_of(f"m{i}")), key=f"close-{i}")
    assert len(world.sent("acknowledgement")) == 4
