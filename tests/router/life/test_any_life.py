"""Whatever happens to a ticket, in any order: it goes only where it may, and its customer is told once, by somebody, and never twice."""

from collections.abc import Callable
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding import lifecycle
from services.router.deciding.commands import Refused
from services.router.deciding.folding import fold
from shared.identity import derive
from shared.messages import command as c
from shared.messages.after import CustomerAnswer, Snooze
from shared.messages.changeset import AddEvent, Changeset, ChangeTicket, QueueDelivery
from shared.messages.facts import TicketFact, point_key
from shared.messages.outbound import Outbound
from shared.messages.parts import delivered_to
from shared.texts.catalogue import CUSTOMER_STATUS
from tests.router.life.telling import ANNA, LEA, Telling, parts, policy

Step = Callable[[Telling], object]
OF_STATUS = {
    *("notice.open", "notice.reopened", "notice.waiting", "notice.solved", "notice.summary", "notice.closed"),
}
POLICY = policy(tickets={"follow_up_after": timedelta(days=1)})


def newest(world: Telling) -> int:
    return max(world.state.numbers)


def does(action: Callable[[int], c.Action]) -> Step:
    """An agent does something with the newest ticket, if it can be done."""

    def step(world: Telling) -> None:
        try:
            world.act(action(newest(world)))
        except Refused:
            world.changesets.append(Changeset(cause="refused"))

    return step


def answers(**what: object) -> Step:
    def step(world: Telling) -> None:
        try:
            world.answer(CustomerAnswer.model_validate({"number": newest(world), **what}))
        except Refused:
            world.changesets.append(Changeset(cause="refused"))

    return step


def presses(answer: str) -> Step:
    kind = "solved" if answer in ("yes", "no") else "score"
    return lambda world: world.says("", pressed=f"{kind}:{newest(world)}:{answer}")


def merged(world: Telling) -> None:
    """The newest ticket becomes another one."""
    ticket_id = world.state.numbers[newest(world)]
    change = ChangeTicket(ticket_id=ticket_id, fields={"status": "merged", "snoozed_until": None})
    world.changesets.append(Changeset(cause="merged"))
    fold(world.state, Changeset(cause="merged", operations=[change]))


def put_off(hours: int) -> Step:
    return lambda world: does(lambda number: Snooze(number=number, until=world.now + timedelta(hours=hours)))(world)


STEPS: list[Step] = [
    *(lambda world, words=words: world.says(words) for words in ("Hello", "1", "2", "Nie, nadal", "5", "skandal")),
    *(lambda world, opt=opt: world.says("X", fields={"opt": opt}) for opt in ("out", "in")),
    *(presses(answer) for answer in ("yes", "no", "1", "5")),
    *(answers(**what) for what in ({"solved": True, "score": 4}, {"solved": False}, {"score": 1, "words": "awful"})),
    *(
        does(lambda number, status=status: c.Change(number=number, fields={"status": status}))
        for status in ("open", "pending", "on_hold", "solved", "closed", "spam")
    ),
    *(
        does(lambda number, agent=agent: c.Change(number=number, fields={"assignee": agent}))
        for agent in (ANNA.email, LEA.email, None)
    ),
    does(lambda number: c.Change(number=number, fields={"notify_by": "email"})),
    does(lambda number: c.Reply(number=number, text="Look")),
    does(lambda number: c.Reply(number=number, text="Which?", status="pending")),
    does(lambda number: c.Reply(number=number, text="Done", status="solved")),
    does(lambda number: c.Solve(number=number, summary="Mended")),
    does(lambda number: c.MarkSpam(number=number)),
    does(lambda number: c.NotSpam(number=number)),
    put_off(1),
    merged,
    *(lambda world, hours=hours: world.until(world.now + timedelta(hours=hours)) for hours in (1, 30, 24 * 8)),
]


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=3, max_size=18))
def test_any_life_keeps_the_rules(steps: list[Step]) -> None:
    world = Telling(POLICY)
    world.says("My printer does not start")
    seen: set[str] = {each.outbound.delivery_id for each in world.operations(QueueDelivery)}
    for step in steps:
        watched = Watched(world)
        step(world)
        watched.check(seen)


class Watched:
    """The world as it was before a step, to compare with what came of it. Time that passes may be several decisions."""

    def __init__(self, world: Telling) -> None:
        self.world = world
        self.known = len(world.changesets)
        self.state = world.state.model_copy(deep=True)

    def check(self, seen: set[str]) -> None:
        for changeset in self.world.changesets[self.known :]:
            for ticket_id in {each.ticket_id for each in changeset.operations if isinstance(each, AddEvent)} - {None}:
                self._moves(changeset, self.state.tickets.get(str(ticket_id)), str(ticket_id))
            for operation in changeset.operations:
                if isinstance(operation, QueueDelivery):
                    self._sent(operation.outbound)
                    assert operation.outbound.delivery_id not in seen, "nothing is sent twice"
                    seen.add(operation.outbound.delivery_id)
            fold(self.state, changeset)
            for ticket_id, ticket in self.state.tickets.items():
                ticket.number = self.world.state.tickets[ticket_id].number
        for ticket in self.world.state.tickets.values():
            self._stands(ticket)

    def _moves(self, changeset: Changeset, before: TicketFact | None, ticket_id: str) -> None:
        status = first = before.status if before else "new"
        for event in changeset.operations:
            if isinstance(event, AddEvent) and event.ticket_id == ticket_id and event.what == "status_changed":
                assert event.data["from"] == status
                assert event.data["to"] in lifecycle.TRANSITIONS[status]
                status = event.data["to"]
        told = [each.outbound for each in changeset.operations if isinstance(each, QueueDelivery)]
        told = [each for each in told if each.ticket_id == ticket_id and each.kind != "alert"]
        assert sum(each.kind == "notice" for each in told) <= 1, "one notice, whatever it says"
        of_status = [part for each in told for part in parts(each) if part in OF_STATUS]
        assert len(of_status) <= (CUSTOMER_STATUS[first] != CUSTOMER_STATUS[status])
        if status in ("merged", "spam") and first == status:
            assert not [each for each in told if each.automatic and each.kind != "alert"]

    def _sent(self, outbound: Outbound) -> None:
        assert outbound.automatic == (outbound.template is not None)
        assert outbound.automatic or outbound.author, "what a person wrote says who"
        point = delivered_to(outbound.channel, outbound.to[0].address)
        assert point is not None
        contact = self.state.contacts.get(point_key(point.kind, point.value))
        if outbound.automatic and contact is not None:
            assert not contact.opted_out
            assert not contact.undeliverable

    def _stands(self, ticket: TicketFact) -> None:
        assert ticket.snoozed_until is None or ticket.status == "on_hold"
        assert (ticket.solved_at is None) or ticket.status in (*lifecycle.OVER, "spam", "merged")
        assert "asking" not in ticket.state or ticket.status in (*lifecycle.OVER, "merged")
        closing = derive("timer", "close", ticket.ticket_id) in self.world.state.timers
        assert closing == (ticket.status == "solved") or ticket.status == "merged"
