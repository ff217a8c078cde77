"""The same again: machines that bear no mark of one are not answered for ever, and do not open tickets for ever."""

import random
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding import repeating
from shared.messages.changeset import AddEvent, AddMessage, Changeset, ChangeTicket
from shared.messages.inbound import Inbound
from shared.messages.parts import Attachment
from tests.router.world import World, mail

AWAY = "Hello, thank you for writing. Your request {number} of {hour}:00 was registered. We will answer soon."


def auto(i: int, minutes: float | None = None, **more: object) -> Inbound:
    """What another help desk's automatic answer looks like when its headers say nothing: a new mail each time, in no thread."""
    text = AWAY.format(number=f"REQ-{4711 + i}", hour=i % 24)
    when = float(i) if minutes is None else minutes
    return mail(f"m{i}", "desk@other.example", subject=f"Request REQ-{4711 + i}", text=text, minutes=when, **more)  # type: ignore[arg-type]


def answered(changesets: list[Changeset]) -> list[bool]:
    whys = [[o for o in c.operations if isinstance(o, AddEvent) and o.what == "not_acknowledged"] for c in changesets]
    return [not why for why in whys]


def test_the_third_time_within_an_hour_is_not_answered_any_more() -> None:
    world = World()
    done = [world.take(auto(i)) for i in range(6)]
    assert answered(done) == [True, True, False, False, False, False]
    assert len(world.acknowledgements()) == 2
    why = next(o.data["why"] for o in done[2].operations if isinstance(o, AddEvent) and o.what == "not_acknowledged")
    assert why == "said 3 times within an hour"


def test_an_hour_later_it_is_answered_again() -> None:
    world = World()
    assert answered([world.take(auto(i, 40.0 * i)) for i in range(6)]) == [True] * 6


def test_others_who_say_the_same_and_the_same_one_saying_something_else_are_answered() -> None:
    world = World()
    done = [world.take(auto(i)) for i in range(4)]
    done.append(world.take(mail("x", "desk@other.example", text="A person here: what is this about?", minutes=5)))
    done.append(world.take(mail("y", "ana@customer.example", text=AWAY, minutes=5)))
    assert answered(done)[-2:] == [True, True]


def test_a_flood_goes_into_one_ticket_and_is_tagged() -> None:
    world = World()
    done = [world.take(auto(i, i / 2)) for i in range(60)]
    assert len(world.partition()) == 10
    last = world.state.tickets[world.ticket_of("m59")]
    assert last.ticket_id == world.ticket_of("m10") == world.ticket_of("m9")
    assert last.tags == ["repeated"]
    assert world.routed("m59") == "repeated content"
    stored = [o for c in done for o in c.operations if isinstance(o, AddMessage)]
    assert [o.automatic for o in stored] == [None] * 10 + ["loop"] * 50


def test_a_flood_neither_opens_its_ticket_again_nor_gives_rights_in_it() -> None:
    world = World()
    for i in range(10):
        world.take(auto(i, i / 2))
    ticket = world.state.tickets[world.ticket_of("m9")]
    ticket.status = "solved"
    changeset = world.take(auto(10, 5))
    assert world.ticket_of("m10") == ticket.ticket_id
    assert ticket.status == "solved"
    assert not any(o.add_participants for o in changeset.operations if isinstance(o, ChangeTicket))


def test_what_belongs_to_a_ticket_by_better_evidence_goes_there_however_often_it_is_said() -> None:
    world = World()
    for i in range(12):
        world.take(auto(i, i / 2))
    world.take(mail("own", "desk@other.example", text="a person", minutes=7))
    world.take(auto(12, 8, refs=("own",)))
    assert world.ticket_of("m12") == world.ticket_of("own")


def test_what_is_remembered_of_a_flood_stays_small_and_the_flood_stays_one_ticket() -> None:
    world = World()
    for i in range(400):
        world.take(auto(i, i / 2))
    assert len(world.partition()) == 10
    (seen,) = world.state.contents.values()
    assert len(seen) <= 30 + 200


@pytest.mark.parametrize(
    ("text", "files", "key"),
    [("", [], None), ("...", [], None), ("hello", [], "one"), ("", ["a"], "two"), ("hello", ["a"], "three")],
)
def test_what_says_nothing_is_not_compared_and_files_count(text: str, files: list[str], key: str | None) -> None:
    attachments = [Attachment(sha256=sha) for sha in files]
    message = mail("m", text=text, subject="", attachments=attachments)
    found = repeating.content_key(message, "ana@customer.example")
    assert (found is None) is (key is None)
    other = mail("n", text=f"{text} x", subject="", attachments=[Attachment(sha256="b")])
    assert repeating.content_key(other, "ana@customer.example") != found


def test_a_scanner_that_sends_page_after_page_gets_a_ticket_for_each() -> None:
    world = World()
    for i in range(20):
        scan = Attachment(filename="scan.pdf", sha256=f"{i:064x}")
        world.take(mail(f"m{i}", "scanner@customer.example", subject="Scan", text="", attachments=[scan], minutes=i))
    assert len(world.partition()) == 20


def test_the_memory_of_an_import_is_no_flood() -> None:
    world = World()
    for i in range(15):
        world.take(auto(i, 1.0, silent=True))
    assert len(world.partition()) == 15


@dataclass
class Desk:
    """A help desk of another make: every mail is a new ticket, answered with a mail of its own. It writes no header that says so, keeps
    neither subject nor references, and answers to From or to Reply-To."""

    address: str
    to_reply_address: bool
    tickets: int = 0
    sent: list[Inbound] = field(default_factory=list)

    def receive(self, recipient: str) -> Inbound:
        self.tickets += 1
        text = AWAY.format(number=self.tickets, hour=self.tickets % 24)
        message = mail(
            f"desk{self.tickets}", self.address, subject=f"Ticket {self.tickets}", text=text, minutes=self.tickets
        )
        if self.to_reply_address:
            message = message.model_copy(update={"recipients": [recipient]})
        self.sent.append(message)
        return message


@pytest.mark.parametrize("to_reply_address", [True, False])
def test_a_help_desk_without_any_mark_and_we_stop_answering_each_other_within_three_mails(
    to_reply_address: bool,
) -> None:
    from services.router.deciding.evidence import read
    from shared.secrets import TicketToken, reply_address
    from tests.router.world import KEYRING, START

    world = World()
    desk = Desk("desk@other.example", to_reply_address)
    world.take(mail("start", desk.address, text="We have a question about your invoice."))
    answers = 0
    while len(world.acknowledgements()) > answers:
        answers = len(world.acknowledgements())
        assert answers <= 3
        number = max(world.state.numbers)
        token = TicketToken(number, "customer", "public", START.date())
        incoming = desk.receive(reply_address(KEYRING, token, "acme.example"))
        assert bool(read(incoming, world.policy).by_address) is to_reply_address
        world.take(incoming)
    assert answers == (1 if to_reply_address else 3)


@given(seed=st.integers(0, 2**32), count=st.integers(3, 25), routers=st.integers(2, 4))
@settings(max_examples=60, deadline=None)
def test_several_routers_count_a_flood_as_one_does(seed: int, count: int, routers: int) -> None:
    rng = random.Random(seed)
    waiting = [auto(i, i / 10) for i in range(count)]
    world, in_hand = World(), []
    while waiting or in_hand:
        if waiting and len(in_hand) < routers:
            message = waiting.pop()
            in_hand.append((message, world.decide(message)))
            continue
        message, changeset = in_hand.pop(rng.randrange(len(in_hand)))
        if world.commit(changeset) == "conflict":
            waiting.append(message)
    assert len(world.partition()) == min(count, 10)
    assert len(world.acknowledgements()) == 2
