"""The register as a CSV file: worded in the company's language and time, read back as it was written, and never a formula."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.composition.errors import CannotStart
from services.composition.exporting.command import Wanted, moment
from shared.clock import now
from shared.messages.parts import Attachment, Point
from shared.messages.record import EnquiryMade, HandOver, RegisterLine
from shared.messages.ticket import EntryView, Evidence, Satisfaction
from shared.register.cells import LONGEST, Wording, cells, heading
from shared.register.csvfile import BOM, Sheet, harmless
from shared.settings.record import COLUMNS
from shared.texts import LANGUAGES

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WARSAW = ZoneInfo("Europe/Warsaw")


def entry(kind: str, **fields: Any) -> EntryView:
    given: dict[str, Any] = {"id": "e", "kind": kind, "created_at": AT, "updated_at": AT}
    return EntryView(**given | fields)


def line(**fields: Any) -> RegisterLine:
    given: dict[str, Any] = {"number": 1001, "received_at": AT, "received_via": "voice", "status": "closed"}
    return RegisterLine(**given | fields)


def cell(column: Any, language: str = "en", **fields: Any) -> str:
    (found,) = cells(line(**fields), [column], Wording(language, WARSAW))
    return found


REQUESTED = {"what": "Dispatch", "department": "technical", "requested_at": "2026-03-02T09:00:00Z"}
PROMISED = {"what": "A new pump"}
DUE = AT + timedelta(days=1)
ROWS: list[tuple[str, str, dict[str, Any], str]] = [
    ("number", "en", {}, "T-1001"),
    ("received_at", "en", {}, "2026-03-02 10:00"),
    ("received_via", "en", {}, "phone"),
    ("received_via", "hr", {"received_via": "letter"}, "letter"),
    ("contact", "en", {"points": [Point(kind="email", value="a@b.example"), Point(kind="phone", value="+4860")]},
     "a@b.example; +4860"),
    ("kind", "pl", {"kind": "complaint"}, "reklamacja"),
    ("kind", "pl", {}, ""),
    ("status", "hr", {}, "zatvoreno"),
    ("evidence", "en", {"evidence": [Evidence(note="photo", files=[Attachment(filename="a.jpg")], by="Ewa", at=AT),
                                     Evidence(of="m1")]}, "photo; a.jpg (Ewa, 2026-03-02 10:00)\nmessage m1"),
    ("actions", "en", {"entries": [entry("action", data=REQUESTED),
                                   entry("action", data=REQUESTED | {"evidence": [{"note": "receipt"}]}, done_at=DUE)]},
     "technical: Dispatch; requested 2026-03-02 10:00; not done yet\n"
     "technical: Dispatch; requested 2026-03-02 10:00; done 2026-03-03 10:00; evidence: receipt"),
    ("promises", "en", {"entries": [entry("promise", data=PROMISED | {"kept": True}, due_at=DUE, done_at=AT)]},
     "A new pump; due 2026-03-03 10:00; kept 2026-03-02 10:00"),
    ("promises", "en", {"entries": [entry("promise", data=PROMISED | {"kept": False}, due_at=AT, done_at=DUE)]},
     "A new pump; due 2026-03-02 10:00; done late 2026-03-03 10:00"),
    ("promises", "pl", {"entries": [entry("promise", data=PROMISED | {"kept": False}, due_at=AT)]},
     "A new pump; termin 2026-03-02 10:00; nie dotrzymano"),
    ("promises", "hr", {"entries": [entry("promise", data=PROMISED | {"kept": None, "moved": [
        {"from": "2026-03-02T09:00:00Z", "to": "2026-03-03T09:00:00Z", "reason": "nema dijela"}]}, due_at=DUE)]},
     "A new pump; rok 2026-03-03 10:00; odgođeno s 2026-03-02 10:00: nema dijela; u tijeku"),
    ("tasks", "en", {"entries": [entry("task", data={"what": "Order", "owner": "Ewa"})]}, "Order (Ewa); not done yet"),
    ("contacts", "en", {"entries": [
        entry("call", data={"direction": "out", "who": "Ana", "what": "Agreed.", "at": "2026-03-02T09:00:00Z"}),
        entry("contact", data={"direction": "in", "way": "letter", "who": "", "what": "Thanks.", "at": "2026-03-02T09:00:00Z"}),
        entry("task", data={"what": "Order"})]},
     "2026-03-02 10:00 call to Ana: Agreed.\n2026-03-02 10:00 letter from the customer: Thanks."),
    ("hand_overs", "en", {"hand_overs": [HandOver(at=AT, to="technical"), HandOver(at=DUE, was="a", to="b", reason="ill")]},
     "2026-03-02 10:00 nobody → technical\n2026-03-03 10:00 a → b: ill"),
    ("enquiries", "pl", {"enquiries": [EnquiryMade(at=AT, channel="sms")]}, "2026-03-02 10:00 wiadomość SMS"),
    ("preventive_verified", "en", {"preventive_verified_at": AT, "preventive_verified_by": "Jan"}, "2026-03-02 10:00 (Jan)"),
    ("confirmed_at", "en", {"customer_confirmed_at": AT}, "2026-03-02 10:00"),
    ("satisfied", "en", {"satisfaction": Satisfaction(score=2)}, "no"),
    ("satisfied", "pl", {"satisfaction": Satisfaction(score=3)}, "tak"),
    ("satisfied", "en", {}, ""),
    ("satisfaction", "en", {"satisfaction": Satisfaction(score=2, words="Too slow.")}, "2 of 5: Too slow."),
    ("satisfaction", "en", {"satisfaction": Satisfaction(words="Fine.")}, "Fine."),
]  # fmt: skip


@pytest.mark.parametrize(("column", "language", "fields", "said"), ROWS)
def test_a_cell_says_in_words_what_the_record_has(
    column: str, language: str, fields: dict[str, Any], said: str
) -> None:
    assert cell(column, language, **fields) == said


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_has_a_heading_and_a_cell(language: str) -> None:
    wording = Wording(language, WARSAW)
    words = heading(COLUMNS, wording)
    assert len(set(words)) == len(COLUMNS)
    assert len(cells(line(), COLUMNS, wording)) == len(COLUMNS)


def test_no_cell_is_longer_than_a_spreadsheet_takes() -> None:
    many = [entry("task", data={"what": "x" * 2_000}) for _ in range(100)]
    assert len(cell("tasks", entries=many)) == LONGEST


def written(*rows: list[str], separator: str = ",") -> str:
    file = io.StringIO(newline="")
    sheet = Sheet(file, separator)
    for row in rows:
        sheet.write(row)
    return file.getvalue()


FORMULAS = [
    "=cmd|' /C calc'!A0", "+48600100200", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "  =1", "\u00a0=1", "\ufeff=1", "\u200b+1",
    "＝1", "＋1", "－1", "＠A",
]  # fmt: skip


@pytest.mark.parametrize("cell", FORMULAS)
def test_what_would_be_a_formula_begins_with_an_apostrophe(cell: str) -> None:
    assert harmless(cell).startswith("'")


@pytest.mark.parametrize("cell", ["", "a=b", "T-1001", "1-2", "ana@b.example", "'", "žena", "2026-03-02 10:00"])
def test_what_is_none_stays_as_it_is(cell: str) -> None:
    assert harmless(cell) == cell


@given(st.text(max_size=40))
def test_no_text_begins_like_a_formula_or_has_control_characters(cell: str) -> None:
    safe = harmless(cell)
    assert safe[:1] not in ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
    assert not {chr(code) for code in range(32)} - {"\n", "\t"} & set(safe)
    assert safe.lstrip()[:1] not in ("=", "+", "@", "-")


@given(st.lists(st.lists(st.text(max_size=20), min_size=2, max_size=2), max_size=4), st.sampled_from([",", ";", "\t"]))
def test_a_file_reads_back_as_it_was_written(rows: list[list[str]], separator: str) -> None:
    whole = written(*rows, separator=separator)
    assert whole.startswith(BOM)
    read = list(csv.reader(io.StringIO(whole.removeprefix(BOM), newline=""), delimiter=separator, strict=True))
    assert read == [[harmless(cell) for cell in row] for row in rows]


def test_every_cell_is_quoted_so_that_another_separator_does_not_split_it() -> None:
    assert written(["a;=1", 'say "so"']) == f'{BOM}"a;=1","say ""so"""\r\n'


@pytest.mark.parametrize(
    ("text", "end", "at"),
    [
        ("2026-01-31", False, datetime(2026, 1, 30, 23, tzinfo=UTC)),
        ("2026-01-31", True, datetime(2026, 1, 31, 23, tzinfo=UTC)),
        ("2026-03-29", True, datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("2026-01-31T10:00Z", True, datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T10:00", False, datetime(2026, 1, 31, 9, tzinfo=UTC)),
    ],
)
def test_a_day_is_one_of_the_company_and_counts_whole(text: str, end: bool, at: datetime) -> None:
    assert moment("--since", text, WARSAW, end=end) == at


def test_how_long_ago_counts_from_now() -> None:
    assert abs(moment("--since", "30d", WARSAW) - (now() - timedelta(days=30))) < timedelta(minutes=1)


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "99999999999d"])
def test_what_is_no_time_is_said_so(text: str) -> None:
    with pytest.raises(CannotStart, match="--until"):
        Wanted(until=text).query(WARSAW)


def test_what_is_no_status_is_said_so() -> None:
    assert Wanted(status="new, open").query(WARSAW).status == "new, open"
    with pytest.raises(CannotStart, match="--status: there is no status 'opne'; there are new, open"):
        Wanted(status="new,opne").query(WARSAW)
