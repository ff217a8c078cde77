"""What is asked while an agent types, on both databases."""

from uuid import uuid4

import pytest

from shared.messages.after import TalkAnswer, TalkQuery
from shared.messages.changeset import OpenTicket
from shared.messages.ticket import TicketsPage, TicketsQuery
from tests.queries.archive import START, Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_tickets_talk_is_its_channel_inbox_and_customer(archive: Archive) -> None:
    opened = OpenTicket(
        ticket_id=uuid4().hex,
        subject=f"talk {uuid4().hex}",
        channel="telegram",
        inbox="bot",
        language="en",
        customer="77",
        created_at=START,
    )
    await archive.commit(opened)
    found = await archive.ask("tickets", TicketsQuery(q=opened.subject), TicketsPage)
    number = int(found.items[0].number.removeprefix("T-"))
    assert await archive.ask("talk", TalkQuery(number=number), TalkAnswer) == TalkAnswer(
        channel="telegram", inbox="bot", to="77"
    )
    for other in (number + 1_000_000, 0, -1, 2**40):
        assert await archive.ask("talk", TalkQuery(number=other), TalkAnswer) == TalkAnswer()
