"""Lists of tickets and single tickets, on both databases."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.store.queries import tickets as code
from services.store.queries.views import SHORTENED
from shared.messages.changeset import AddEvent, ChangeTicket, LinkTickets, QueueDelivery
from shared.messages.outbound import Outbound
from shared.messages.parts import Address
from shared.messages.ticket import TicketAnswer, TicketQuery, TicketsPage, TicketsQuery
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_each_condition_narrows_and_all_must_hold(archive: Archive) -> None:
    tag = uuid4().hex
    mine = await archive.ticket(tags=[tag, "vip"], assignee="anna", team="technical", status="open")
    other = await archive.ticket(tags=[tag], channel="sms", status="new")
    assert await archive.found(tag=tag) == [other.number, mine.number]
    assert await archive.found(tag=tag, status="open") == [mine.number]
    assert await archive.found(tag=tag, status="new,open") == [other.number, mine.number]
    assert await archive.found(tag=tag, assignee="anna") == [mine.number]
    assert await archive.found(tag=tag, assignee="none") == [other.number]
    assert await archive.found(tag=tag, team="technical") == [mine.number]
    assert await archive.found(tag=tag, channel="sms") == [other.number]
    assert await archive.found(tag=tag, channel="sms", status="open") == []


@pytest.mark.parametrize("value", ["\0", "'; DROP TABLE ticket; --", "ż" * 300, "%", "[]", '"'])
async def test_whatever_stands_in_a_condition_is_only_compared(archive: Archive, value: str) -> None:
    for condition in ("status", "assignee", "team", "channel", "tag"):
        assert await archive.found(**{condition: value}) == []


async def test_pages_follow_one_another_and_are_bounded(archive: Archive) -> None:
    tag = uuid4().hex
    numbers = [(await archive.ticket(tags=[tag])).number for _ in range(5)][::-1]
    assert await archive.found(tag=tag, page=1, per_page=2) == numbers[:2]
    assert await archive.found(tag=tag, page=3, per_page=2) == numbers[4:]
    assert await archive.found(tag=tag, page=4, per_page=2) == []
    assert await archive.found(tag=tag, page=0, per_page=-3) == numbers[:1]
    assert await archive.found(tag=tag, page=10**30, per_page=10**9) == []
    page: TicketsPage = await archive.ask("tickets", TicketsQuery(tag=tag, per_page=2), TicketsPage)
    assert page.total == 5


async def test_newest_may_mean_last_changed(archive: Archive) -> None:
    tag = uuid4().hex
    first, second = [await archive.ticket(tags=[tag]) for _ in range(2)]
    await archive.commit(ChangeTicket(ticket_id=first.id, fields={"priority": "high"}))
    assert await archive.found(tag=tag) == [second.number, first.number]
    assert await archive.found(tag=tag, sort="updated") == [first.number, second.number]


async def test_a_ticket_comes_with_all_that_belongs_to_it(archive: Archive) -> None:
    ticket = await archive.ticket(text="First.")
    other = await archive.ticket()
    message_id = uuid4().hex
    outbound = Outbound(
        delivery_id=uuid4().hex,
        ticket_id=ticket.id,
        message_id=message_id,
        channel="email",
        inbox="support",
        kind="reply",
        to=[Address(address="ana@customer.example")],
        created_at=START,
    )
    await archive.commit(
        archive.message(
            ticket.id, message_id, direction="out", text="Second.", author=Address(name="Anna", address="")
        ),
        QueueDelivery(outbound=outbound),
        AddEvent(what="message_sent", ticket_id=ticket.id, actor="token:t", data={"a": [1]}, at=START),
        LinkTickets(ticket_id=ticket.id, other_id=other.id, kind="possibly-related", reason="same words"),
    )
    shown = (await archive.ask("ticket", TicketQuery(number=int(ticket.number[2:])), TicketAnswer)).ticket
    assert [message.text for message in shown.messages] == ["First.", "Second."]
    assert [message.author for message in shown.messages] == ["Ana K <ana@customer.example>", "Anna"]
    assert [event.what for event in shown.events] == ["ticket_opened", "message_sent"]
    assert shown.events[1].data == {"a": [1]}
    assert [(delivery.state, delivery.to) for delivery in shown.deliveries] == [("queued", "ana@customer.example")]
    assert [point.value for point in shown.contact.points] == ["ana@customer.example"]
    assert [(related.number, related.kind) for related in shown.related] == [(other.number, "possibly-related")]
    back = (await archive.ask("ticket", TicketQuery(number=int(other.number[2:])), TicketAnswer)).ticket
    assert [related.number for related in back.related] == [ticket.number]
    assert shown.created_at.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    "query",
    [
        TicketQuery(number=1),
        TicketQuery(number=0),
        TicketQuery(number=-5),
        TicketQuery(number=10**30),
        TicketQuery(message_id="none"),
        TicketQuery(message_id="\0"),
        TicketQuery(),
    ],
)
async def test_a_ticket_that_is_not_there_is_null(archive: Archive, query: TicketQuery) -> None:
    assert (await archive.ask("ticket", query, TicketAnswer)).ticket is None


async def test_what_does_not_fit_into_one_answer_is_shortened_and_says_so(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "ANSWER_BYTES", 50_000)
    ticket = await archive.ticket(text="short")
    large = archive.message(ticket.id, uuid4().hex, text="x" * 40_000, reply_text="y" * 20_000, html="<p>" * 10_000)
    await archive.commit(large)
    shown = (await archive.ask("ticket", TicketQuery(number=int(ticket.number[2:])), TicketAnswer)).ticket
    assert [SHORTENED in message.defects for message in shown.messages] == [False, True]
    assert shown.messages[1].html is None
    assert len(shown.messages[1].text) == 2_000
    assert shown.messages[0].text == "short"


async def test_only_the_newest_messages_of_a_flooded_ticket_are_shown(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(code, "SHOWN", 3)
    ticket = await archive.ticket(text="0")
    await archive.commit(*(archive.message(ticket.id, uuid4().hex, text=str(number)) for number in range(1, 6)))
    shown = (await archive.ask("ticket", TicketQuery(number=int(ticket.number[2:])), TicketAnswer)).ticket
    assert [message.text for message in shown.messages] == ["3", "4", "5"]


async def test_what_was_seen_is_told_by_when_messages_came_into_the_ticket(archive: Archive) -> None:
    ticket = await archive.ticket()
    assert ticket.last_message_at == ticket.created_at
    late, long_ago = ticket.created_at + timedelta(hours=2), ticket.created_at - timedelta(days=1)
    await archive.commit(
        archive.message(ticket.id, f"late-{ticket.id}", created_at=long_ago),
        AddEvent(
            what="message_received", ticket_id=ticket.id, message_id=f"late-{ticket.id}", actor="customer", at=late
        ),
        AddEvent(what="status_changed", ticket_id=ticket.id, actor="customer", at=late + timedelta(hours=1)),
    )
    number = int(ticket.number.removeprefix("T-"))
    shown = (await archive.ask("ticket", TicketQuery(number=number), TicketAnswer)).ticket
    assert shown.last_message_at == late
