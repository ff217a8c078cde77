"""Reading other people's registers: encodings, what stands between cells, workbooks, and files that were made to do harm."""

import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.composition.importing.register import csvreading, xlsxreading
from services.composition.importing.register.lines import Line, Reader
from services.composition.importing.register.mapping import Mapping
from services.composition.importing.register.source import Source
from services.composition.importing.register.table import LONGEST_CELL, Row, Unreadable, headed, row

ZONE = ZoneInfo("Europe/Warsaw")
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
POLISH = "Zażółć gęślą jaźń; łódź, Świeże śliwki"
CROATIAN = "Žuti čamac, đak, ćevapi; šuma"
GERMAN = "Größe, Übung, älter; Straße"
FRENCH = "Élève, être, où, garçon; déjà vu"
TEXTS = [POLISH, CROATIAN, GERMAN, FRENCH]


def lines(path: Path, mapping: Mapping | None = None) -> list[Line]:
    source = Source.of(path, mapping or Mapping(), True)
    with source.opened() as (table, _):
        reader = Reader(table, source.mapping, ZONE, NOW)
        return [line for line in map(reader.read, table.rows) if line is not None]


def subjects(path: Path, mapping: Mapping | None = None) -> list[str]:
    return [line.action.subject for line in lines(path, mapping) if line.action is not None]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [(text, encoding) for text in TEXTS for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")]
    + [(text, encoding) for text in (POLISH, CROATIAN) for encoding in ("cp1250", "iso-8859-2")]
    + [(GERMAN, "cp1252"), (FRENCH, "cp1252")],
)
def test_words_are_read_as_they_were_written_whatever_the_encoding(tmp_path: Path, text: str, encoding: str) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(f'Subject;Contact\r\n"{text}";a@b.example\r\n'.encode(encoding))
    assert subjects(path) == [text]


@pytest.mark.parametrize("between", [",", ";", "\t", "|"])
def test_what_stands_between_cells_is_found_out(tmp_path: Path, between: str) -> None:
    path = tmp_path / "register.csv"
    rows = [["Subject", "Details"], ['"A, b; c|d"', '"two\r\nlines, ""quoted"""'], ["Second", "1,5; 2|3"]]
    rows[2][1] = f'"{rows[2][1]}"'
    path.write_bytes("\r\n".join(between.join(each) for each in rows).encode())
    read = lines(path)
    assert [line.action.subject for line in read if line.action] == ["A, b; c|d", "Second"]
    assert read[0].action is not None
    assert read[0].action.details == 'two\nlines, "quoted"'


def test_the_heading_is_found_below_a_title_and_unknown_columns_are_told(tmp_path: Path) -> None:
    path = tmp_path / "register.csv"
    path.write_text("Complaints 2019,,\n,,\nNo.,Subject,Shelf\n1,Leaks,7\n,,\n2,Broken,\n")
    source = Source.of(path, Mapping(), True)
    with source.opened() as (table, how):
        reader = Reader(table, Mapping(), ZONE, NOW)
        assert "headings in row 3" in how
        assert [table.headings[place] for place in reader.unknown] == ["Shelf"]
        read = [line for line in map(reader.read, table.rows) if line is not None]
    assert [(line.row.number, line.action.old_number) for line in read if line.action] == [(4, "1"), (6, "2")]
    assert read[0].action is not None
    assert read[0].action.row == "No.: 1\nSubject: Leaks\nShelf: 7"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "empty"),
        (b"\0\1\2binary" * 50, "no text"),
        (b"a,b\n1,2\n", "no row with headings"),
        (b'Subject,Problem\n"never closed,1\n' + b"x" * 200_000, "quotation mark"),
    ],
)
def test_a_file_that_is_no_register_gives_one_clear_line(tmp_path: Path, content: bytes, why: str) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=why) as raised:
        lines(path)
    assert "\n" not in str(raised.value)


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Number", "Received on", "Subject", "Contact", "Closed on"])
    sheet.append([17, datetime(2019, 3, 2, 10, 30), "Leaks", "+385 91 234 5678", datetime(2019, 3, 4)])
    sheet.append([18.5, "2019-03-03", "=1+1", "'=x", None])
    book.save(path)
    return path


def test_a_workbook_has_its_dates_and_numbers_and_a_formula_without_a_value_is_told(tmp_path: Path) -> None:
    first, second = lines(workbook(tmp_path / "register.xlsx"))
    assert first.action is not None
    assert (first.action.old_number, first.action.points[0].value) == ("17", "+385912345678")
    assert first.action.received_at == datetime(2019, 3, 2, 9, 30, tzinfo=UTC)
    assert first.action.closed_at == datetime(2019, 3, 3, 23, tzinfo=UTC)
    assert [str(problem) for problem in second.problems] == [
        "row 3: C3 is a formula without a value; save the file in Excel once more"
    ]


def damaged(path: Path, name: str, content: bytes) -> Path:
    """A workbook in which one part says something else."""
    whole = workbook(path.with_suffix(".whole.xlsx"))
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, content if part.filename == name else old.read(part))
    return path


BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet>&b;</worksheet>'
SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        (SHEET, BOMB, "document type"),
        (SHEET, b"<worksheet><sheetData>" + b" " * 9_000_000, "unpacks"),
        (SHEET, b"<worksheet><sheetData><row", "cannot be read"),
        ("[Content_Types].xml", b"", "cannot be read"),
    ],
)
def test_a_workbook_that_was_made_to_do_harm_gives_one_clear_line(
    tmp_path: Path, name: str, content: bytes, why: str
) -> None:
    path = damaged(tmp_path / "register.xlsx", name, content)
    with pytest.raises(Unreadable, match=why) as raised:
        lines(path)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("content", [b"PK\x03\x04 no zip", b"\xd0\xcf\x11\xe0" + b"old" * 99])
def test_what_only_looks_like_a_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "register.xlsx"
    path.write_bytes(content)
    with pytest.raises(Unreadable):
        lines(path)


def test_a_row_far_away_or_far_too_wide_costs_nothing(tmp_path: Path) -> None:
    far = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>' + b"".join(
        b'<row r="%d"><c r="%b%d" t="inlineStr"><is><t>Subject</t></is></c></row>' % (number, column, number)
        for number, column in ((1, b"A"), (2, b"ZZ"), (99_999_999, b"A"))
    )
    path = damaged(tmp_path / "register.xlsx", SHEET, far + b"</sheetData></worksheet>")
    with xlsxreading.opened(path) as (_, rows):
        assert next(rows).cells == ["Subject"]
        assert next(rows).problem.startswith("has 702 cells")
        with pytest.raises(Unreadable, match="rows"):
            list(rows)


@pytest.mark.parametrize("cells", [["x"] * 201, ["x" * (LONGEST_CELL + 1)], ["x" * 90_000] * 3])
def test_a_row_that_is_too_large_is_told_and_kept_whole(cells: list[str]) -> None:
    read = row(7, cells)
    assert read.problem
    assert list(read.cells) == cells


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_octets_make_the_reader_fail_otherwise_than_it_says(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(content)
    try:
        how = csvreading.recognised(path)
        with csvreading.opened(path, how) as rows:
            table = headed([Row(0, ["Subject"]), *rows], ["subject"])
            reader = Reader(table, Mapping(), ZONE, NOW)
            assert all(line is None or line.action or line.problems for line in map(reader.read, table.rows))
    except Unreadable as error:
        said = str(error)
        assert "\n" not in said
