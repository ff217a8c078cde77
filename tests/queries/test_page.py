"""What the customer of a ticket may see of it, on both databases: nothing internal is in the answer at all."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.messages.changeset import AddMessage, ChangeTicket, OpenTicket
from shared.messages.customers import PageAnswer, PageQuery, PageTicket
from shared.messages.life import PutEntry
from shared.messages.parts import BY_HAND, Address, Attachment, Point, Reason
from shared.messages.ticket import TicketView
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANA = "ana@customer.example"
EVE = "eve@elsewhere.example"


async def ask(archive: Archive, number: int) -> PageAnswer:
    answer: PageAnswer = await archive.ask("page", PageQuery(number=number), PageAnswer)
    return answer


async def page_of(archive: Archive, ticket: TicketView) -> PageTicket:
    found = (await ask(archive, int(ticket.number.removeprefix("T-")))).ticket
    assert found is not None
    return found


def message(ticket: TicketView, text: str, **more: Any) -> AddMessage:
    fields: dict[str, Any] = {
        "message_id": uuid4().hex, "ticket_id": ticket.id, "direction": "in", "channel": "email", "inbox": "support",
        "author": Address(name="Ana", address=ANA), "text": text, "reply_text": text, "created_at": START,
    }  # fmt: skip
    return AddMessage.model_validate(fields | more)


async def test_it_has_what_the_customer_wrote_or_was_sent_and_nothing_else(archive: Archive) -> None:
    ticket = await archive.ticket(text="First", participants=[ANA, EVE])
    us: dict[str, Any] = {"direction": "out", "author": Address(name="Anna Nowak", address=""), "author_kind": "agent"}
    await archive.commit(
        ChangeTicket(ticket_id=ticket.id, add_participants=[EVE], add_unconfirmed=[EVE]),
        message(ticket, "Ours", **us),
        message(ticket, "Note", direction="internal"),
        message(ticket, "Aside", side=uuid4().hex),
        message(ticket, "Away until Monday", automatic="auto-reply"),
        message(ticket, "I am Eve", author=Address(name="Eve", address=EVE.title())),
        message(ticket, "New\n> quoted", reply_text="New"),
        message(ticket, "", reply_text="", html="<p>Hello</p>", **us),
    )
    page = await page_of(archive, ticket)
    assert [(each.direction, each.author, each.text, each.quoted, each.html) for each in page.messages] == [
        ("in", "Ana K", "First", "", ""),
        ("out", "", "Ours", "", ""),
        ("in", "Ana", "New", "New\n> quoted", ""),
        ("out", "", "", "", "<p>Hello</p>"),
    ]
    assert [each.address for each in page.messages] == [ANA, "", ANA, ""]
    assert (page.participants, page.points) == ([ANA], [Point(kind="email", value=ANA)])
    assert not page.more


async def test_what_one_of_us_wrote_down_of_a_talk_is_not_shown_as_the_customers_words(archive: Archive) -> None:
    ticket = await archive.ticket(text="First")
    by_hand = Reason(rule=BY_HAND, evidence="agent:anna")
    await archive.commit(message(ticket, "Sounded drunk.", routed_by=by_hand), message(ticket, "Second"))
    page = await page_of(archive, ticket)
    assert [each.text for each in page.messages] == ["First", "Second"]
    assert not page.more


async def test_it_has_the_promises_and_none_of_the_other_entries(archive: Archive) -> None:
    ticket = await archive.ticket()
    due = START + timedelta(days=1)
    entries = [
        PutEntry(
            entry_id=uuid4().hex, ticket_id=ticket.id, kind=kind, data={"what": f"A {kind}", "kept": False}, due_at=due,
            by="agent:anna", created_at=START, updated_at=START,
        )
        for kind in ("promise", "task", "call", "action")
    ]  # fmt: skip
    await archive.commit(*entries)
    (promise,) = (await page_of(archive, ticket)).promises
    assert (promise.what, promise.due, promise.done_at, promise.kept) == ("A promise", due, None, False)


async def test_only_files_that_can_be_fetched_are_named(archive: Archive) -> None:
    ticket = await archive.ticket()
    named, inline, unstored = (
        Attachment(filename="a.pdf", blob="a" * 64),
        Attachment(inline=True, blob="b" * 64),
        Attachment(filename="c.pdf"),
    )
    await archive.commit(message(ticket, "See", attachments=[named, inline, unstored]))
    assert (await page_of(archive, ticket)).messages[-1].attachments == [named]


async def test_a_long_talk_is_shown_from_its_end_and_fits_into_one_answer(archive: Archive) -> None:
    ticket = await archive.ticket()
    await archive.commit(*(message(ticket, f"{number} {'ž' * 15_000}") for number in range(220)))
    page = await page_of(archive, ticket)
    assert page.more
    assert page.messages[-1].text.startswith("219 ")
    assert len(page.model_dump_json().encode()) < 4_000_000


async def test_what_is_internal_or_spam_has_none_and_what_was_merged_says_where_it_went(archive: Archive) -> None:
    into = await archive.ticket()
    for hidden in ({"internal": True}, {"status": "spam"}):
        ticket = await archive.ticket()
        await archive.commit(ChangeTicket(ticket_id=ticket.id, fields=hidden))
        assert await ask(archive, int(ticket.number.removeprefix("T-"))) == PageAnswer()
    merged = await archive.ticket()
    await archive.commit(ChangeTicket(ticket_id=merged.id, fields={"status": "merged", "merged_into": into.id}))
    assert await ask(archive, int(merged.number.removeprefix("T-"))) == PageAnswer(
        into=int(into.number.removeprefix("T-"))
    )
    for number in (0, -1, 2**40, 999_999):
        assert await ask(archive, number) == PageAnswer()


async def test_a_ticket_without_a_contact_has_no_points(archive: Archive) -> None:
    opened = OpenTicket(
        ticket_id=uuid4().hex, subject="x", channel="api", inbox="shop", language="en", customer="", created_at=START
    )
    await archive.commit(opened)
    ticket = await archive.ticket()
    number = int(ticket.number.removeprefix("T-")) - 1
    found = (await ask(archive, number)).ticket
    assert found is not None
    assert (found.points, found.participants, found.messages) == ([], [], [])
