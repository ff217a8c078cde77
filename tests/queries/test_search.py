"""Full-text search, on both databases: what is found, and that nothing a person types is an error."""

from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, text, update

from services.store.models import Message, Ticket, table
from services.store.queries import finding
from services.store.queries.search import is_search_object, parse_search
from shared.messages.changeset import ChangeTicket
from tests.queries.archive import Archive

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = [
    '"',
    "'",
    '""" OR 1=1 --',
    "a AND OR NOT b",
    "NEAR(a b, 3)",
    "subject: x",
    "{a b}: c",
    "^a",
    "-a",
    "a*",
    "*",
    "a:*",
    "a & | ! b",
    "a <-> b",
    "<2>",
    "(((",
    "\\",
    "\\'",
    "a\0b",
    "\0",
    "%_",
    "日本語 テスト",
    "ʼ’`´",
    "̈̈̈",
    "²³½Ⅷ",
    "e\u0301\u200b\u202e",
    "\ud800",
    "x" * 5000,
    "a " * 500,
    "T-",
    "T-99999999999999999999",
    "#",
    "a\u2028b\x85c",
    "👩‍👩‍👧 🇵🇱",
]


@pytest.mark.parametrize(
    "q", ["kettle", "KETTLE", "kett", "kettle whistles", "whistles kettle", '"kettle"', "kettle!", "tea-kettle"]
)
async def test_words_are_found_wherever_they_stand(archive: Archive, q: str) -> None:
    ticket = await archive.ticket(text="My tea-kettle no longer whistles.")
    assert ticket.number in await archive.found(q=q)


@pytest.mark.parametrize("q", ["kettles", "kettle trumpet", "ettle", "ke"])
async def test_what_does_not_stand_there_is_not_found(archive: Archive, q: str) -> None:
    ticket = await archive.ticket(text="My tea-kettle no longer whistles.")
    assert ticket.number not in await archive.found(q=q)


@pytest.mark.parametrize("q", ["zażółć", "gęślą jaźń", "Čevapi"])
async def test_letters_of_our_languages_are_letters(archive: Archive, q: str) -> None:
    ticket = await archive.ticket(text="Zażółć gęślą jaźń; čevapi, i đak.")
    assert ticket.number in await archive.found(q=q)


@pytest.mark.parametrize("q", ["zoe@brass.example", "ZOE@Brass.example", "brass.example", "zoe"])
async def test_an_address_is_found_whole_or_in_part(archive: Archive, q: str) -> None:
    ticket = await archive.ticket(author="zoe@brass.example")
    assert ticket.number in await archive.found(q=q)


async def test_a_number_finds_its_ticket_before_all_that_mention_it(archive: Archive) -> None:
    ticket = await archive.ticket(text="The first.")
    number = ticket.number[2:]
    other = await archive.ticket(text=f"See {ticket.number} and {number}.")
    for q in (ticket.number, number, f"[{ticket.number}]", f"#{number}", ticket.number.lower()):
        assert (await archive.found(q=q))[0] == ticket.number, q
    assert await archive.found(q=number) == [ticket.number, other.number]


async def test_a_search_is_narrowed_by_conditions(archive: Archive) -> None:
    word = f"w{uuid4().hex}"
    await archive.ticket(text=word, status="open")
    closed = await archive.ticket(text=word, status="closed")
    assert await archive.found(q=word, status="closed") == [closed.number]


async def test_blanks_are_no_search_and_signs_find_nothing(archive: Archive) -> None:
    await archive.ticket()
    assert await archive.found(q="  ")
    assert await archive.found(q="?! ...") == []


async def test_a_changed_subject_is_found_and_the_former_is_not_lost_in_the_message(archive: Archive) -> None:
    word = f"w{uuid4().hex}"
    ticket = await archive.ticket(subject="Before")
    await archive.commit(ChangeTicket(ticket_id=ticket.id, fields={"subject": word}))
    assert await archive.found(q=word) == [ticket.number]
    await archive.commit(ChangeTicket(ticket_id=ticket.id, fields={"subject": "After"}))
    assert await archive.found(q=word) == []


async def test_what_is_erased_is_no_longer_found(archive: Archive) -> None:
    word, kept = f"w{uuid4().hex}", f"w{uuid4().hex}"
    ticket, other = await archive.ticket(text=word), await archive.ticket(text=word)
    message = table(Message)
    async with archive.database.writer.begin() as connection:
        await connection.execute(delete(message).where(message.c.ticket_id == ticket.id))
        await connection.execute(update(message).where(message.c.ticket_id == other.id).values(text=kept))
    assert await archive.found(q=word) == []
    assert await archive.found(q=kept) == [other.number]
    async with archive.database.writer.begin() as connection:
        await connection.execute(delete(table(Ticket)).where(table(Ticket).c.id == other.id))
        if archive.database.dialect == "sqlite":
            await connection.execute(text("INSERT INTO search_message (search_message) VALUES ('integrity-check')"))
    assert await archive.found(q=kept) == []


async def test_only_the_newest_matches_are_looked_at(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "CANDIDATES", 2)
    word = f"w{uuid4().hex}"
    numbers = [(await archive.ticket(text=word)).number for _ in range(4)]
    assert await archive.found(q=word) == numbers[:1:-1]


async def test_a_very_long_text_of_many_words_can_be_stored(archive: Archive) -> None:
    words = " ".join(f"word{number}" for number in range(200_000))
    ticket = await archive.ticket(text=words)
    assert ticket.number in await archive.found(q="word17")


@pytest.mark.parametrize("q", HOSTILE)
async def test_nothing_typed_is_an_error(archive: Archive, q: str) -> None:
    page = await archive.found(q=q.encode("utf-8", "replace").decode())
    assert isinstance(page, list)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(q=st.text(max_size=60) | st.lists(st.sampled_from(HOSTILE), max_size=4).map(" ".join))
@example(q="\ud800")
async def test_whatever_is_typed_the_database_takes_it(archive: Archive, q: str) -> None:
    async with archive.context.reader.snapshot() as connection:
        await finding.candidates(connection, archive.database.dialect, parse_search(q))


async def test_names_of_the_index_are_known_from_those_of_models() -> None:
    assert is_search_object("search_message_data")
    assert is_search_object("search")
    assert not is_search_object("message")
    assert not is_search_object(None)
