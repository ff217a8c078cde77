"""Whatever is said by whom, in whatever order: the customer's messages and those of side conversations never mix."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.router.deciding.commands import Refused
from shared.messages import command as c
from shared.messages.changeset import AddMessage, AddReferences, QueueDelivery
from shared.messages.gathering import Merge, Unmerge
from shared.messages.outbound import Outbound
from shared.messages.talking import StartSide, WriteMessage, WriteSide
from tests.router.life.sideworld import ANNA, COURIER, DRIVER, Aside
from tests.router.talking import said
from tests.router.world import mail

ANAS = "ana@customer.example"
SECRET = "SECRET"
"""Stands in everything that is written aside, and in nothing else."""
Step = Callable[["Life"], object]


class Life(Aside):
    """Two tickets of Ana's and a courier, by mail and by SMS."""

    names: int = 0

    def name(self) -> str:
        self.names += 1
        self.now += timedelta(minutes=1)
        return f"n{self.names}"

    def agent(self, action: Any) -> None:
        try:
            self.act(action)
        except Refused:
            self.changesets.append(self.changesets[0].model_copy(update={"operations": []}))

    def to(self, aside: bool) -> list[Outbound]:
        """What we have sent by mail, aside or to the customer."""
        sent = self.sent("message") + self.sent("reply") + self.sent("acknowledgement")
        return [each for each in sent if bool(each.side) == aside and each.channel == "email"]


def customer(answering: bool) -> Step:
    def step(life: Life) -> None:
        refs = (life.own_id(life.to(aside=False)[-1]),) if answering else ("first",)
        life.take(mail(life.name(), refs=refs, text="public", received_at=life.now))

    return step


def courier(how: str) -> Step:
    def step(life: Life) -> None:
        sent = life.to(aside=True)
        if not sent:
            return
        last = sent[-1]
        more: dict[str, Any] = {"text": f"{SECRET} parcel", "received_at": life.now, "subject": "parcel"}
        if how == "address":
            more["recipients"] = [life.address(last.side, last.ticket_number)]
        elif how == "id":
            more["refs"] = (life.own_id(last),)
        elif how == "both":
            more |= {"refs": ("first", life.own_id(last)), "recipients": [life.address(last.side, last.ticket_number)]}
        elif last.side not in life.sides(last.ticket_number):
            return  # merged, written in, and given back since: a number alone then opens a ticket of its own
        else:
            more["subject"] = f"[T-{last.ticket_number}] parcel"
        life.take(mail(life.name(), COURIER, **more))

    return step


def driver(life: Life) -> None:
    if any(side["to"] == DRIVER for number in life.state.numbers for side in life.sides(number).values()):
        life.take(said(life.name(), f"{SECRET} soon", DRIVER, received_at=life.now))


def begun(to: str, channel: str) -> Step:
    return lambda life: life.agent(StartSide(number=1001, channel=channel, to=to, text=f"{SECRET} where?"))  # type: ignore[arg-type]


def written(life: Life) -> None:
    for number in sorted(life.state.numbers):
        for side_id in list(life.sides(number))[:1]:
            life.agent(WriteSide(number=number, side_id=side_id, text=f"{SECRET} again"))


STEPS: list[Step] = [
    customer(answering=False),
    customer(answering=True),
    *map(courier, ("address", "id", "both", "number")),
    driver,
    begun(COURIER, "email"),
    begun("parts@supplier.example", "email"),
    begun(DRIVER, "sms"),
    written,
    lambda life: life.agent(c.Reply(number=1001, text="public")),
    lambda life: life.agent(WriteMessage(number=1001, text="public")),
    lambda life: life.agent(c.Note(number=1001, text="between us")),
    lambda life: life.agent(c.Solve(number=1001, summary="public")),
    lambda life: life.agent(Merge(number=1001, into=1002)),
    lambda life: life.agent(Unmerge(number=1001)),
]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(STEPS), min_size=3, max_size=16))
def test_what_is_said_aside_and_what_the_customer_sees_never_mix(steps: list[Step]) -> None:
    life = Life()
    life.actor = f"agent:{ANNA.email}"
    life.take(mail("other", text="public"))
    for step in (begun(COURIER, "email"), *steps):
        step(life)
    asides = set()
    for changeset in life.changesets:
        for op in changeset.operations:
            if isinstance(op, AddMessage):
                assert (op.side is not None) == (SECRET in op.text)
                assert op.side is None or (
                    op.direction == "internal" and op.header_id is None and op.conversation is None
                )
                asides |= {op.source_id} if op.side and op.source_id else set()
            elif isinstance(op, QueueDelivery):
                check(op.outbound)
    for ticket in life.state.tickets.values():
        assert {COURIER, DRIVER, "parts@supplier.example"}.isdisjoint(ticket.participants)
        assert all(f"mail-{each.partition('@')[0]}" not in asides for each in ticket.latest_message_ids)
    owned = {op.own for each in life.changesets for op in each.operations if isinstance(op, AddReferences) and op.own}
    assert all(f"mail-{each.partition('@')[0]}" not in asides for each in owned)


def check(sent: Outbound) -> None:
    """To whom something goes says what may stand in it, and which ids it names."""
    if sent.kind == "alert":
        return
    to = {each.address for each in (*sent.to, *sent.cc, *sent.bcc)}
    assert bool(sent.side) == (SECRET in sent.text)
    assert (ANAS in to) != bool(sent.side)
    assert len(to) == 1
    if sent.side:
        assert "first@mua" not in sent.references
        assert not sent.postscripts
        assert not sent.automatic
