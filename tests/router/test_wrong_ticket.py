"""A message in the wrong ticket: it moves with what followed from it, later mails follow, and all of it can be undone."""

from dataclasses import replace
from datetime import timedelta

import pytest

from services.router.deciding.commands import Refused, decide_command
from shared.messages.changeset import AddEvent, MoveMessages, QueueDelivery
from shared.messages.command import Command, Note, Reply, WrongTicket
from shared.messages.inbound import Inbound
from shared.secrets import TicketToken, message_id, reply_address
from tests.router.world import KEYRING, START, World, mail


def token(number: int) -> str:
    return reply_address(KEYRING, TicketToken(number, "customer", "public", START.date()), "acme.example")


def sent_id(number: int, changeset_result: dict[str, object]) -> str:
    """The Message-ID that an answer went out under."""
    return message_id(KEYRING, number, str(changeset_result["delivery_id"]), "acme.example")


def msg(world: World, name: str) -> str:
    return world.state.sources[f"mail-{name}"].message_id


def glued() -> World:
    """T-1001 of Ana's, in which a mail of Bo's landed by a forwarded token, was answered, and answered again."""
    world = World()
    world.take(mail("first", text="one"))
    world.take(mail("stray", "bo@else.example", recipients=[token(1001)], refs=("unseen",), text="two", minutes=1))
    done = world.do(Reply(number=1001, text="Hello Bo", to=["bo@else.example"]), "reply")
    own = sent_id(1001, done.result)
    world.take(mail("again", "bo@else.example", recipients=[token(1001)], refs=("stray", own), text="three", minutes=2))
    world.take(mail("ours", recipients=[token(1001)], refs=("first",), text="four", minutes=3))
    assert len(world.partition()) == 1
    return world


def wrong(world: World, name: str, to: int | None = None, key: str = "wrong") -> dict[str, object]:
    number = world.number_of(name)
    return world.do(WrongTicket(number=number, message_id=msg(world, name), to=to), key).result


def test_a_message_moves_to_its_own_ticket_with_all_that_followed_and_nothing_is_sent() -> None:
    world = glued()
    before = len(world.acknowledgements())
    changeset = world.do(WrongTicket(number=1001, message_id=msg(world, "stray")), "wrong")
    assert world.number_of("stray") == world.number_of("again") == 1002
    assert world.number_of("first") == world.number_of("ours") == 1001
    assert changeset.result["moved"] == 3
    assert not [o for o in changeset.operations if isinstance(o, QueueDelivery)]
    assert len(world.acknowledgements()) == before
    ticket, old = (world.state.tickets[world.ticket_of(name)] for name in ("stray", "first"))
    assert (ticket.customer, ticket.participants, ticket.unconfirmed) == ("bo@else.example", ["bo@else.example"], [])
    assert old.participants == ["ana@customer.example"]
    answer = next(d for d in world.state.deliveries.values() if d.kind == "reply")
    assert answer.ticket_id == ticket.ticket_id
    assert {e.what for e in changeset.operations if isinstance(e, AddEvent)} >= {"messages_moved", "ticket_opened"}


def later(world: World, how: str) -> Inbound:
    """A later mail of Bo's that still leads to T-1001 by its signature."""
    own = next(d.delivery_id for d in world.state.deliveries.values() if d.kind == "reply")
    options: dict[str, dict[str, object]] = {
        "token and id": {"recipients": [token(1001)], "refs": ("stray", "again")},
        "our own id": {"refs": (message_id(KEYRING, 1001, own, "acme.example").upper(),)},
        "token alone": {"recipients": [token(1001)]},
        "foreign id": {"refs": ("again",)},
        "what only they mentioned": {"refs": ("unseen",)},
    }
    return mail("later", "bo@else.example", text="five", minutes=9, **options[how])  # type: ignore[arg-type]


HOWS = ["token and id", "our own id", "token alone", "foreign id", "what only they mentioned"]


@pytest.mark.parametrize("how", HOWS)
def test_later_mails_of_the_thread_go_where_it_was_moved(how: str) -> None:
    world = glued()
    wrong(world, "stray")
    world.take(later(world, how))
    assert world.number_of("later") == 1002


@pytest.mark.parametrize("how", HOWS)
def test_moving_back_undoes_it_for_later_mails_too(how: str) -> None:
    world = glued()
    wrong(world, "stray")
    wrong(world, "stray", to=1001, key="back")
    assert {world.number_of(name) for name in ("first", "stray", "again", "ours")} == {1001}
    world.take(later(world, how))
    assert world.number_of("later") == 1001
    assert world.state.tickets[world.state.numbers[1002]].status == "closed"


def test_a_second_move_holds_as_the_first() -> None:
    world = glued()
    world.take(mail("third", "cy@customer.example", text="six"))
    wrong(world, "stray")
    wrong(world, "stray", to=1002, key="second")
    for i, how in enumerate(HOWS):
        message = later(world, how)
        world.take(message.model_copy(update={"source_id": f"mail-l{i}", "message_id": f"l{i}@mua", "text": how}))
        assert world.number_of(f"l{i}") == 1002, how


def test_the_others_of_the_old_ticket_stay_there() -> None:
    world = glued()
    wrong(world, "stray")
    world.take(mail("more", recipients=[token(1001)], refs=("first", "ours"), text="seven", minutes=9))
    world.take(mail("bare", recipients=[token(1001)], text="eight", minutes=9))
    assert world.number_of("more") == world.number_of("bare") == 1001


def test_a_stranger_who_names_a_moved_message_gets_no_further_than_before() -> None:
    world = World()
    many = tuple(f"p{i}@else.example" for i in range(9))
    world.take(mail("first", text="one"))
    world.take(mail("big", cc=many, refs=("first",), text="two", minutes=1))
    wrong(world, "big")
    world.take(mail("eve", "eve@evil.example", refs=("big",), text="three", minutes=2))
    assert world.number_of("eve") == 1003
    assert [link.kind for link in world.links()] == ["moved", "possibly-related"]


def test_one_sender_with_two_matters_keeps_both() -> None:
    world = World()
    world.take(mail("first", text="one"))
    world.take(mail("other", recipients=[token(1001)], subject="Invoice", text="two", minutes=1))
    wrong(world, "other")
    assert world.number_of("other") == 1002
    world.take(mail("a", refs=("first",), recipients=[token(1001)], text="three", minutes=2))
    world.take(mail("b", refs=("other",), recipients=[token(1001)], text="four", minutes=2))
    world.take(mail("c", recipients=[token(1001)], text="five", minutes=2))
    assert [world.number_of(name) for name in "abc"] == [1001, 1002, 1001]


def test_moving_to_another_ticket_opens_it_again_and_empties_the_first() -> None:
    world = World()
    world.take(mail("first", text="one"))
    world.take(mail("second", text="two", subject="Re: it", minutes=1))
    target = world.state.tickets[world.ticket_of("first")]
    target.status, target.solved_at = "solved", START
    wrong(world, "second", to=1001)
    assert world.number_of("second") == 1001
    assert target.status == "open"
    assert world.state.tickets[world.state.numbers[1002]].status == "closed"
    assert target.latest_message_ids == ["first@mua", "second@mua"]
    world.take(mail("third", refs=("second",), recipients=[token(1002)], text="three", minutes=2))
    assert world.number_of("third") == 1001


def test_an_answer_to_a_moved_message_goes_along_even_when_it_names_older_ones() -> None:
    world = World()
    world.take(mail("root", cc=("bo@customer.example",), text="one"))
    world.take(mail("side", "bo@customer.example", cc=("ana@customer.example",), refs=("root",), text="two", minutes=1))
    world.take(mail("deep", refs=("root", "side"), text="three", minutes=2))
    world.take(mail("main", "bo@customer.example", refs=("root",), text="four", minutes=3))
    result = wrong(world, "side")
    assert result["moved"] == 2
    assert world.number_of("deep") == world.number_of("side") == 1002
    assert world.number_of("main") == world.number_of("root") == 1001
    assert world.state.tickets[world.state.numbers[1001]].participants == [
        "ana@customer.example",
        "bo@customer.example",
    ]


def test_the_same_subject_leads_where_the_mail_was_moved() -> None:
    world = World()
    world.policy = replace(world.policy, same_subject_within=timedelta(hours=5))
    world.take(mail("first", text="one"))
    world.take(mail("stray", "bo@else.example", subject="Lamp", recipients=[token(1001)], text="two", minutes=1))
    wrong(world, "stray")
    world.take(mail("later", "bo@else.example", subject="Re: Lamp", text="three", minutes=2))
    assert world.number_of("later") == 1002


def test_it_is_explained_at_the_message() -> None:
    world = glued()
    changeset = world.do(WrongTicket(number=1001, message_id=msg(world, "stray")), "wrong")
    (move,) = (o for o in changeset.operations if isinstance(o, MoveMessages))
    assert (move.routed_by.rule, move.routed_by.evidence) == ("moved by an agent", "from T-1001 by Anna")
    world.take(later(world, "token and id"))
    assert world.routed("later") == "answers a moved message"


def test_what_cannot_be_moved_is_refused() -> None:
    world = World()
    world.take(mail("first", text="one"))
    world.take(mail("merged", text="two"))
    world.state.tickets[world.ticket_of("merged")].status = "merged"
    note = world.do(Note(number=1001, text="mind"), "note").result["message_id"]
    first = msg(world, "first")
    for action, error in (
        (WrongTicket(number=1001, message_id=first), "conflict"),
        (WrongTicket(number=1001, message_id=first, to=1001), "invalid"),
        (WrongTicket(number=1001, message_id=first, to=1002), "conflict"),
        (WrongTicket(number=1001, message_id=first, to=77), "not-found"),
        (WrongTicket(number=1001, message_id="nothing", to=1002), "not-found"),
        (WrongTicket(number=1001, message_id=note, to=1002), "invalid"),
    ):
        with pytest.raises(Refused) as refused:
            world.do(action, f"refused {action}")
        assert refused.value.error == error, action


@pytest.mark.parametrize("how", HOWS)
def test_a_mail_that_was_decided_while_the_agent_moved_its_thread_is_decided_again(how: str) -> None:
    world = glued()
    message = later(world, how)
    early = world.decide(message)
    wrong(world, "stray")
    assert world.commit(early) == "conflict"
    world.take(message)
    assert world.number_of("later") == 1002


@pytest.mark.parametrize("how", HOWS[:4])
def test_a_move_that_was_decided_before_another_mail_came_is_decided_again(how: str) -> None:
    world = glued()
    action = WrongTicket(number=1001, message_id=msg(world, "stray"))
    command = Command(command_id="w", actor="agent:anna", actor_name="Anna", at=START, action=action)
    early = decide_command(command, world.state.model_copy(deep=True), world.policy, START)
    world.take(later(world, how))
    assert world.commit(early) == "conflict"
    assert world.do(action, "w").result["moved"] == (4 if how != "token alone" else 3)
