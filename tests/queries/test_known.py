"""Which Message-IDs are stored, on both databases."""

from uuid import uuid4

import pytest

from shared.bus.errors import RemoteError
from shared.messages.changeset import AddReferences
from shared.messages.mailbox import KnownAnswer, KnownQuery
from tests.queries.archive import Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_an_id_is_known_when_a_message_bears_it_and_not_when_one_only_mentions_it(archive: Archive) -> None:
    ticket = (await archive.ticket()).id
    ids = [f"{uuid4().hex}@customer.example" for _ in range(3)]
    await archive.commit(AddReferences(ticket_id=ticket, own=ids[0], audience=1, mentioned=[ids[1]]))
    answer = await archive.ask("known", KnownQuery(message_ids=[*ids, ids[0], ""]), KnownAnswer)
    assert answer.message_ids == [ids[0]]


async def test_more_than_a_thousand_are_refused(archive: Archive) -> None:
    some = [f"{number}@customer.example" for number in range(1000)]
    assert (await archive.ask("known", KnownQuery(message_ids=some), KnownAnswer)).message_ids == []
    with pytest.raises(RemoteError):
        await archive.ask("known", KnownQuery(message_ids=[*some, "one"]), KnownAnswer)
