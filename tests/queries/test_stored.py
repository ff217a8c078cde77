"""Which source ids are known: what an import asks, on both databases."""

from datetime import timedelta
from uuid import uuid4

import pytest

from services.store.queries.stored import MOST
from shared.bus.errors import RemoteError
from shared.messages.changeset import Quarantine
from shared.messages.importing import StoredAnswer, StoredQuery
from shared.messages.parts import Reason
from tests.queries.archive import START, Archive
from tests.router.world import mail

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_stored_and_held_messages_are_known_and_others_are_not(archive: Archive) -> None:
    ticket = await archive.ticket(text="Hello")
    stored, held = f"mail-{uuid4().hex}", f"mail-{uuid4().hex}"
    await archive.commit(archive.message(ticket.id, uuid4().hex, source_id=stored, inboxes=["support", "sales"]))
    message = mail("held").model_copy(update={"source_id": held})
    kept = START + timedelta(days=30)
    reason = Reason(rule="hostile")
    await archive.commit(
        Quarantine(held_id=uuid4().hex, message=message, reason=reason, held_at=START, expires_at=kept)
    )
    asked = StoredQuery(source_ids=[stored, held, f"mail-{uuid4().hex}", "", "' OR 1=1 --", stored])
    answer = await archive.ask("stored", asked, StoredAnswer)
    assert (answer.stored, answer.held) == ({stored: ["support", "sales"]}, [held])
    assert answer.numbers == {stored: int(ticket.number.removeprefix("T-"))}


async def test_only_so_many_ids_can_be_asked_for(archive: Archive) -> None:
    assert await archive.ask("stored", StoredQuery(source_ids=["x"] * MOST), StoredAnswer) == StoredAnswer()
    with pytest.raises(RemoteError, match="at most"):
        await archive.ask("stored", StoredQuery(source_ids=["x"] * (MOST + 1)), StoredAnswer)


async def test_tickets_are_known_by_their_numbers_and_when_they_were_received(archive: Archive) -> None:
    opened = await archive.ticket(created_at=START - timedelta(days=3))
    posted = await archive.ticket(created_at=START, received_at=START - timedelta(days=9))
    numbers = [int(each.number.removeprefix("T-")) for each in (opened, posted)]
    asked = StoredQuery(source_ids=[], tickets=[*numbers, 0, -1, 2**40, 999_999])
    answer = await archive.ask("stored", asked, StoredAnswer)
    assert answer.received == dict(zip(numbers, (START - timedelta(days=3), START - timedelta(days=9)), strict=True))
    with pytest.raises(RemoteError, match="at most"):
        await archive.ask("stored", StoredQuery(source_ids=[], tickets=[1] * (MOST + 1)), StoredAnswer)


async def test_tickets_are_listed_by_when_they_were_opened_and_not_by_when_they_were_imported(archive: Archive) -> None:
    young = await archive.ticket(tags=["listed"])
    old = await archive.ticket(tags=["listed"], created_at=START - timedelta(days=900))
    oldest = await archive.ticket(tags=["listed"], created_at=START - timedelta(days=901), status="closed")
    assert await archive.found(tag="listed") == [young.number, old.number, oldest.number]
    assert await archive.found(tag="listed", status="new,closed") == [young.number, old.number, oldest.number]
