"""Mail that was in a mailbox before we were: it becomes tickets, and nobody is told, timed or answered on its account."""

import pytest

from shared.messages.changeset import AddEvent, ChangeTicket, CountAutomatic, OpenTicket, QueueDelivery, SetTimer
from shared.messages.command import Solve
from shared.messages.inbound import Inbound
from shared.messages.parts import Bounce, FailedRecipient
from tests.router.world import World, mail

TIMES = ("first_response_due", "next_response_due", "resolution_due")
OLD: list[Inbound] = [
    mail("old", silent=True),
    mail("old", silent=True, subject="URGENT: outage", text="Everything is down, this is urgent."),
    mail("old", silent=True, subject="Complaint", text="I want to complain about my invoice."),
    mail("old", silent=True, automatic="auto-reply"),
    mail("old", "mailer-daemon@mx.example", silent=True, automatic="bounce",
         bounce=Bounce(recipients=[FailedRecipient(address="ana@customer.example", status="5.1.1")])),
]  # fmt: skip


@pytest.mark.parametrize("message", OLD, ids=["plain", "urgent", "complaint", "auto-reply", "bounce"])
def test_old_mail_opens_a_ticket_without_clocks_answers_or_alerts(message: Inbound) -> None:
    world = World()
    changeset = world.take(message)
    (opened,) = [o for o in changeset.operations if isinstance(o, OpenTicket)]
    assert [getattr(opened, name) for name in TIMES] == [None, None, None]
    assert "sla" not in opened.reasons
    assert not [o for o in changeset.operations if isinstance(o, QueueDelivery | CountAutomatic | SetTimer)]
    (event,) = [o for o in changeset.operations if isinstance(o, AddEvent) and o.what == "ticket_opened"]
    assert event.data["silent"] is True


@pytest.mark.parametrize("message", OLD[:3], ids=["plain", "urgent", "complaint"])
def test_the_same_mail_is_timed_and_answered_when_it_is_new(message: Inbound) -> None:
    changeset = World().take(message.model_copy(update={"silent": False}))
    (opened,) = [o for o in changeset.operations if isinstance(o, OpenTicket)]
    assert opened.first_response_due is not None
    assert "sla" in opened.reasons
    assert [o.outbound.kind for o in changeset.operations if isinstance(o, QueueDelivery)] == ["acknowledgement"]


def test_old_mail_that_joins_a_solved_ticket_leaves_it_solved() -> None:
    world = World()
    world.take(mail("first"))
    world.do(Solve(number=1001, summary="A new cable"), "solve")
    changeset = world.take(mail("old", refs=("first",), minutes=5, silent=True))
    assert world.ticket_of("old") == world.ticket_of("first")
    assert [o.fields for o in changeset.operations if isinstance(o, ChangeTicket) and "status" in o.fields] == []
    assert world.state.tickets[world.ticket_of("first")].status == "solved"
    world.take(mail("new", refs=("first",), minutes=6))
    assert world.state.tickets[world.ticket_of("first")].status == "open"
