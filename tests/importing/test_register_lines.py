"""A row of an old register as the ticket that it tells of: dates, words, customers, entries, and what is wrong, column by column."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.composition.importing.register import entries as ours
from services.composition.importing.register.lines import Line, Reader
from services.composition.importing.register.mapping import headings, parsed, places
from services.composition.importing.register.table import Row, Table
from services.composition.importing.register.values import moment
from shared.register.cells import Wording, cells, heading
from shared.settings.record import COLUMNS
from shared.texts import LANGUAGES
from tests.exporting.test_record_csv import entry, line

ZONE = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def read(given: dict[str, str], mapping: str = "") -> Line:
    """One row with these cells."""
    table = Table(list(given), 1, iter([Row(2, list(given.values()))]))
    reader = Reader(table, parsed(mapping), ZONE, NOW)
    found = reader.read(next(table.rows))
    assert found is not None
    return found


def made(given: dict[str, str], mapping: str = "") -> Any:
    found = read(given, mapping)
    assert found.action is not None, found.problems
    return found.action


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_headings_of_our_own_export_are_known_in_every_language(language: str) -> None:
    words = heading(COLUMNS, Wording(language, ZONE))
    found, unknown = places(words, parsed(""))
    assert found == {name: [place] for place, name in enumerate(COLUMNS)}
    assert unknown == []
    assert set(headings().values()) == set(COLUMNS)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        ("2026-03-02", "2026-03-01T23:00"), ("2026-03-02 10:15", "2026-03-02T09:15"), ("2026-03-02T10:15:30", "2026-03-02T09:15:30"),
        ("2026-03-02T10:15:00Z", "2026-03-02T10:15"), ("2026-03-02 10:15+02:00", "2026-03-02T08:15"),
        ("2.3.2026.", "2026-03-01T23:00"), ("02. 03. 2026. 10:15", "2026-03-02T09:15"), ("02-03-2026", "2026-03-01T23:00"),
        ("2026/03/02", "2026-03-01T23:00"), ("31/01/2026", "2026-01-30T23:00"), ("01/31/2026", "2026-01-30T23:00"),
        ("", None),
    ],
)  # fmt: skip
def test_dates_are_read_as_people_here_write_them(written: str, at: str | None) -> None:
    found = moment(written, ZONE)
    assert (found and found.at) == (at and datetime.fromisoformat(f"{at}+00:00"))


@pytest.mark.parametrize(
    "written", ["02/03/2026", "31.2.2026", "soon", "45000", "2.3.26", "1850-01-01", "25:00", "2026-03-02 26:00"]
)
def test_what_is_no_date_or_could_be_two_is_told(written: str) -> None:
    (problem,) = read({"Subject": "x", "Received": written}).problems
    assert (problem.row, problem.column) == (2, "Received")
    assert written in problem.why or "too long ago" in problem.why


def test_a_map_says_what_the_headings_the_dates_and_the_words_are() -> None:
    mapping = """
    timezone = "UTC"
    country = "HR"
    date_format = ["%d/%m/%y"]
    [columns]
    subject = "Betreff"
    problem = ["Teil 1", "Teil 2"]
    closed_at = "Ende"
    status = "Lage"
    [status]
    "läuft noch" = "open"
    [kind]
    "Garantie" = "complaint"
    [priority]
    "A" = "urgent"
    """
    row = {"Betreff": "Pumpe", "Teil 1": "leckt", "Teil 2": "stark", "Ende": "", "Lage": "Läuft noch", "Art": "garantie",
           "Priorität": "A", "Datum": "02/03/24", "Telefon": "091 234 5678"}  # fmt: skip
    action = made(row, mapping)
    assert (action.subject, action.problem, action.status) == ("Pumpe", "leckt\nstark", "open")
    assert (action.kind, action.priority, action.points[0].value) == ("complaint", "urgent", "+385912345678")
    assert action.received_at == datetime(2024, 3, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "wrong",
    ['[columns]\nsubjekt = "x"', '[status]\nx = "over"', 'timezone = "Mars"', 'encoding = "ebcdic-9"', "delimiter = ';;'", "= 1",
     "other = 1", 'country = "Poland"'],
)  # fmt: skip
def test_a_map_that_is_wrong_is_told_in_one_line(wrong: str) -> None:
    with pytest.raises(ValueError, match=r".+") as raised:
        parsed(wrong)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("row", "columns"),
    [
        ({"Subject": "x", "Status": "odd"}, ["Status"]),
        ({"Subject": "x", "Priority": "purple", "Type": "odd"}, ["Priority", "Type"]),
        ({"Number": "7"}, ["subject"]),
        ({"Subject": "x", "Received": "2030-01-01"}, ["Received"]),
        ({"Subject": "x", "Received": "2024-03-02", "Closed on": "2024-03-01"}, ["Closed on"]),
    ],
)
def test_what_cannot_be_read_is_told_by_its_column(row: dict[str, str], columns: list[str]) -> None:
    found = read(row)
    assert sorted(problem.column for problem in found.problems) == sorted(columns)
    assert found.action is None


def test_a_day_without_a_time_is_not_before_what_began_on_it() -> None:
    action = made({"Subject": "x", "Received": "2024-03-02 15:00", "Closed on": "2024-03-02"})
    assert action.closed_at == action.received_at


@pytest.mark.parametrize(
    ("contact", "points"),
    [
        ("Ana@Customer.example", [("email", "ana@customer.example")]),
        ("Ana <ana@customer.example>; +48 600 100 200", [("email", "ana@customer.example"), ("phone", "+48600100200")]),
        ("0048600100200, by the gate", [("phone", "+48600100200"), ("other", "by the gate")]),
        ("", []),
    ],
)
def test_customers_are_known_by_addresses_and_numbers(contact: str, points: list[tuple[str, str]]) -> None:
    assert [(point.kind, point.value) for point in made({"Subject": "x", "Contact": contact}).points] == points


@pytest.mark.parametrize(
    ("satisfied", "why", "score", "words"),
    [("yes", "", 4, ""), ("Nie", "slow", 2, "slow"), ("", "5 of 5: fine", 5, "fine"), ("tak", "3 na 5", 3, ""),
     ("quite", "", None, "quite")],
)  # fmt: skip
def test_whether_they_were_satisfied_and_why(satisfied: str, why: str, score: int | None, words: str) -> None:
    found = made({"Subject": "x", "Satisfied": satisfied, "Feedback": why}).satisfaction
    assert (found.score, found.words) == (score, words)


def test_other_peoples_words_are_one_entry_and_done_where_the_ticket_is_over() -> None:
    row = {
        "Subject": "x",
        "Received": "2024-03-02",
        "Closed on": "2024-03-05",
        "Department": "Depot",
        "Actions taken": "Called;\nsent",
    }
    (action,) = made(row).entries
    assert (action.kind, action.what, action.department) == ("action", "Called;\nsent", "Depot")
    assert action.done_at == datetime(2024, 3, 4, 23, tzinfo=UTC)
    assert made({**row, "Status": "open"}).entries[0].done_at is None


def test_a_row_is_known_by_its_number_or_by_all_that_it_says() -> None:
    numbered = {"Number": "7", "Subject": "x"}
    assert (
        read(numbered).command_id
        == read({**numbered, "Subject": "y"}).command_id
        != read({**numbered, "Number": "8"}).command_id
    )
    plain = {"Subject": "x", "Details": "y"}
    assert (
        read(plain).command_id == read({**plain, "Empty": ""}).command_id != read({**plain, "Details": "z"}).command_id
    )
    table = Table(["Subject"], 1, iter([Row(2, ["x"]), Row(3, ["x"])]))
    reader = Reader(table, parsed(""), ZONE, NOW)
    assert len({found.command_id for found in map(reader.read, table.rows) if found}) == 2


WORD = st.text(alphabet="ab ;:,().\n→é1", min_size=1, max_size=12)
TIME = st.integers(0, 50_000).map(lambda hours: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=hours))
EVIDENCE = st.lists(
    st.fixed_dictionaries({"note": WORD, "by": st.sampled_from(["", "Ewa"]), "at": TIME.map(str)}), max_size=2
)
MOVED = st.lists(
    st.fixed_dictionaries({"from": TIME.map(datetime.isoformat), "reason": st.sampled_from(["", "ill", "no part"])}),
    max_size=2,
)
DATA = st.fixed_dictionaries(
    {"what": WORD, "department": WORD, "owner": st.sampled_from(["", "Ewa"]), "way": st.sampled_from(["letter", "visit"]),
     "who": st.sampled_from(["", "Ana", "Jan N."]), "direction": st.sampled_from(["in", "out"]), "moved": MOVED, "evidence": EVIDENCE,
     "kept": st.sampled_from([None, True, False]), "requested_at": TIME.map(datetime.isoformat), "at": TIME.map(datetime.isoformat)}
)  # fmt: skip


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from(list(ours.COLUMN)),
    st.sampled_from(LANGUAGES),
    st.lists(st.tuples(DATA, st.none() | TIME, st.none() | TIME), min_size=1, max_size=3),
)
def test_what_is_taken_apart_says_the_very_same_again(kind: ours.Kind, language: str, several: list[Any]) -> None:
    wording = Wording(language, ZONE)
    views = [entry(kind, data=data, due_at=due, done_at=done) for data, due, done in several]
    (cell,) = cells(line(entries=views), [ours.COLUMN[kind]], wording)
    found = ours.entries(kind, cell, ZONE)
    if found is not None:
        again = [ours._view(each) for each in found]
        spoken = [cells(line(entries=again), [ours.COLUMN[kind]], Wording(each, ZONE)) for each in LANGUAGES]
        assert [cell] in spoken


@pytest.mark.parametrize("language", LANGUAGES)
def test_ordinary_entries_of_our_own_export_are_taken_apart(language: str) -> None:
    at = datetime(2024, 3, 2, 9, tzinfo=UTC)
    data = {"what": "A (b); c: d", "department": "Service", "requested_at": at.isoformat(), "owner": "Ewa", "kept": True,
            "moved": [{"from": at.isoformat(), "reason": "ill"}], "way": "letter", "who": "Ana", "at": at.isoformat(),
            "evidence": [{"note": "photo", "by": "Ewa", "at": at.isoformat()}]}  # fmt: skip
    for kind, column in ours.COLUMN.items():
        views = [entry(kind, data=data, due_at=at, done_at=at)] * 2
        (cell,) = cells(line(entries=views), [column], Wording(language, ZONE))
        found = ours.entries(kind, cell, ZONE)
        assert found is not None
        assert len(found) == 2
        assert (found[0].evidence[0].note, found[0].evidence[0].by, found[0].evidence[0].at) == ("photo", "Ewa", at)
