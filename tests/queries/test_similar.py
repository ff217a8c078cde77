"""Past tickets like a new one: what counts, on both databases, and that nothing of their customers is shown."""

from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text as sql

from services.store.queries import likeness as alike
from services.store.queries import occurring
from shared.messages.changeset import ChangeTicket
from shared.messages.similar import SimilarAnswer, SimilarQuery, SimilarTicket
from shared.messages.ticket import TicketView
from tests.queries.archive import Archive
from tests.queries.test_search import HOSTILE

SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu")


def nonsense() -> str:
    """A word of a test's own, which no other ticket has."""
    return "".join(SYLLABLES[int(each)] for each in str(uuid4().int)[:6])


async def past(archive: Archive, text: str, solution: str = "", subject: str = "Help", **fields: Any) -> TicketView:
    """A ticket whose customer wrote that; solved, if it says how."""
    ticket = await archive.ticket(text=text, problem=text, subject=subject)
    solved = {"solution": solution, "status": "closed"} if solution else {}
    if solved or fields:
        await archive.commit(ChangeTicket(ticket_id=ticket.id, fields=solved | fields))
    return ticket


async def asked(archive: Archive, **query: Any) -> list[SimilarTicket]:
    answer: SimilarAnswer = await archive.ask("similar", SimilarQuery(**query), SimilarAnswer)
    return answer.items


def number(ticket: TicketView) -> int:
    return int(ticket.number.removeprefix("T-"))


def numbers(found: list[SimilarTicket]) -> list[int]:
    return [each.number for each in found]


# -- the queries --------------------------------------------------------------------------------------------------------


@pytest.mark.asyncio(loop_scope="module")
async def test_tickets_with_rare_words_in_common_are_found_solved_ones_first(archive: Archive) -> None:
    pump, valve, hose = nonsense(), nonsense(), nonsense()
    solved = await past(archive, f"My {pump} leaks at the {valve}.", "New gasket.")
    open_one = await past(archive, f"The {valve} of the {pump} leaks, the {hose} too.")
    await past(archive, "Something else altogether, thank you.", "Nothing.")
    new = await past(archive, f"Hello, our {pump}, its {valve} and the {hose} leak", subject=f"{pump} leaks")
    found = await asked(archive, number=number(new))
    assert numbers(found) == [number(solved), number(open_one)]
    assert (found[0].solution, found[0].status, found[1].solution) == ("New gasket.", "closed", "")
    assert {pump, valve} <= {word.lower() for word in found[0].why}
    assert 0 < found[0].score < found[1].score <= 1
    by_text = await asked(archive, text=f"{pump} {valve} {hose}", most=1)
    assert numbers(by_text) == [number(solved)]


@pytest.mark.asyncio(loop_scope="module")
async def test_endings_and_marks_on_letters_make_no_difference(archive: Archive) -> None:
    one, other = nonsense(), nonsense()
    known = await past(archive, f"Moja {one}arka nie działa, {other}ek się wyłącza.", "Wymiana.")
    assert numbers(await asked(archive, text=f"Zepsute {one}arki! Wyłączają się {other}ki")) == [number(known)]


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    "fields", [{"status": "spam"}, {"status": "merged"}, {"internal": True}], ids=["spam", "merged", "internal"]
)
async def test_what_is_no_customers_ticket_is_never_similar(archive: Archive, fields: dict[str, Any]) -> None:
    words = f"{nonsense()} {nonsense()}"
    hidden = await archive.ticket(text=words, problem=words, internal="internal" in fields)
    if "status" in fields:
        await archive.commit(ChangeTicket(ticket_id=hidden.id, fields=fields))
    assert await asked(archive, text=words) == []
    shown = await past(archive, words)
    assert numbers(await asked(archive, text=words)) == [number(shown)]
    assert await asked(archive, number=number(shown)) == []  # nor is a ticket like itself


@pytest.mark.asyncio(loop_scope="module")
async def test_only_a_language_can_be_asked_for(archive: Archive) -> None:
    words = f"{nonsense()} {nonsense()}"
    polish = await archive.ticket(text=words, problem=words, language="pl")
    await archive.ticket(text=words, problem=words, language="en")
    assert numbers(await asked(archive, text=words, language="pl")) == [number(polish)]


@pytest.mark.asyncio(loop_scope="module")
async def test_what_a_machine_wrote_is_not_looked_at(archive: Archive) -> None:
    words = f"{nonsense()} {nonsense()}"
    ticket = await past(archive, "Nothing of that.")
    await archive.commit(archive.message(ticket.id, uuid4().hex, text=words, automatic="auto-reply"))
    assert await asked(archive, text=words) == []
    await archive.commit(archive.message(ticket.id, uuid4().hex, text=words))
    assert numbers(await asked(archive, text=words)) == [number(ticket)]


@pytest.mark.asyncio(loop_scope="module")
async def test_nothing_shown_names_a_customer(archive: Archive) -> None:
    words = f"{nonsense()} {nonsense()}"
    solution = "Rang Ana back on +48 600 100 200, wrote to ana@customer.example: changed the fuse."
    await past(archive, words, solution, subject=f"For Ana: {words}")
    (found,) = await asked(archive, text=words)
    assert found.solution == "Rang … back on …, wrote to … changed the fuse."
    assert found.subject == f"For …: {words}"


@pytest.mark.asyncio(loop_scope="module")
async def test_a_frequent_word_is_taken_to_be_frequent_though_only_the_newest_are_looked_at(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(occurring, "NEWEST", 3)
    frequent, rare, other = nonsense(), nonsense(), nonsense()
    target = await past(archive, f"{frequent} {rare} {other}", "That.")
    for _ in range(5):
        await past(archive, f"{frequent} and nothing more of it")
    found = await asked(archive, text=f"{frequent} {rare} {other}")
    assert numbers(found) == [number(target)]
    assert found[0].why[-1] == frequent


@pytest.mark.asyncio(loop_scope="module")
async def test_words_that_are_frequent_each_are_found_together(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(occurring, "FREQUENT", 5)
    one, other = nonsense(), nonsense()
    target = await past(archive, f"{one} of the {other}", "That.")
    for word in (one, other) * 7:
        await past(archive, f"{word} and nothing more of it")
    if archive.context.reader.dialect == "postgresql":
        async with archive.database.writer.begin() as connection:
            await connection.execute(sql("ANALYZE message"))
    assert numbers(await asked(archive, text=f"{one} {other}"))[0] == number(target)
    async with archive.context.reader.snapshot() as connection:
        terms = alike.terms("", f"{one} {other}")
        found = await occurring.look_up(connection, archive.context.reader.dialect, terms)
    looked_up = [len(found.places[term]) for term in terms]
    assert looked_up == ([1, 1] if archive.context.reader.dialect == "postgresql" else [8, 8])
    assert all(1 < found.weights[term] < 3 for term in terms)


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("text", HOSTILE)
async def test_nothing_that_stands_in_a_ticket_is_an_error(archive: Archive, text: str) -> None:
    text = text.encode("utf-8", "ignore").decode()  # no message on the bus has anything else
    await asked(archive, text=f"{text} {text}abcd abcd{text} {text}12ab")


@pytest.mark.asyncio(loop_scope="module")
async def test_a_ticket_that_is_not_there_has_nothing_similar(archive: Archive) -> None:
    for wanted in (0, -1, 999_999, 2**40):
        answer: SimilarAnswer = await archive.ask("similar", SimilarQuery(number=wanted), SimilarAnswer)
        assert (answer.found, answer.items) == (False, [])


# -- words and weights --------------------------------------------------------------------------------------------------


def shown(terms: list[alike.Term]) -> list[str]:
    return [term.shown for term in terms]


def test_of_a_text_those_words_are_looked_for_that_tell_most() -> None:
    text = "Dear Ms Novak, the printer HP4200 shows error E42 and 500 since a day. Jan, +48 600 700 800, jan@x.example"
    found = shown(alike.terms("Printer broken", text, ["Jan Novak"]))
    assert found[:2] == ["Printer", "broken"]
    assert {"HP4200", "E42", "500", "error"} <= set(found)
    assert not {"Novak", "Jan", "printer", "600", "jan", "example", "a", "Ms"} & set(found)


def test_a_long_text_is_looked_at_in_part() -> None:
    subject, text = " ".join(f"subject{n}" for n in range(50)), " ".join(f"wordnumber{n}x" for n in range(5_000))
    found = alike.terms(subject, text)
    assert len(found) == alike.TERMS
    assert sum(term.shown.startswith("subject") for term in found) == alike.OF_SUBJECT


def test_a_word_counts_the_less_the_more_frequent_it_is() -> None:
    weights = [alike.weight(100_000, occurs) for occurs in (1, 10, 1_000, 50_000, 100_000)]
    assert weights == sorted(weights, reverse=True)
    assert weights[0] > 10
    assert weights[-1] < 0.01
    assert alike.weight(2, 2) > 0  # or a new house would find nothing


@pytest.mark.parametrize(
    ("places", "most", "newest", "expected"),
    [([], 3, 1_000, 0), ([9, 4], 3, 1_000, 2), ([1_000, 999, 998], 3, 1_000, 1_000), ([900, 500, 1], 3, 1_000, 3)],
)
def test_how_often_a_word_occurs_is_estimated_by_how_close_together_the_newest_are(
    places: list[int], most: int, newest: int, expected: float
) -> None:
    assert alike.occurrences(places, most, newest) == pytest.approx(expected, rel=0.01)


def test_one_word_in_common_is_a_coincidence() -> None:
    terms = alike.terms("", "pump valve hose leaking")
    weights = dict.fromkeys(terms, 1.0)
    assert alike.score(terms[:1], weights) == 0
    assert alike.score(terms[:2], weights) == 0.5
    assert alike.score(terms[:1], dict.fromkeys(terms[:1], 1.0)) == 1


@pytest.mark.parametrize(
    ("text", "names", "expected"),
    [
        ("Zadzwoniono do pana Kowalskiego", ["Jan Kowalski"], "Zadzwoniono do pana …"),
        ("Javljeno gospođi Horvat i HORVATU", ["Ivana Horvat"], "Javljeno gospođi … i …"),
        ("the print queue was full", ["Jan Printer"], "the print queue was full"),
        ("see https://x.example/t/abc and www.x.example/y", [], "see … and …"),
        ("order 12345, 18.03.2026", [], "order 12345, …"),
        ("a\nb\t c", [], "a b c"),
    ],
)
def test_names_in_any_ending_addresses_and_long_numbers_are_hidden(text: str, names: list[str], expected: str) -> None:
    assert alike.shown(text, names, 300) == expected


@given(st.text(max_size=300), st.text(max_size=40))
def test_any_text_can_be_looked_at(text: str, name: str) -> None:
    found = alike.terms(text, text, [name])
    assert len(found) <= alike.TERMS
    assert alike.common(found, [text]) == set(found)
    assert len(alike.shown(text, [name], 50)) <= 50
    for term in found:
        assert not set(term.word) & set("\"'\\&|!():*<> \0")
