"""The register as Excel, Word and PDF: what was written is read back, nobody's words become more than words, and memory stays bounded."""

import csv
import re
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import docx
import openpyxl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as checking
from hypothesis import strategies as st

from shared.register.blocks import block, readable
from shared.register.cells import Wording, heading, values
from shared.register.csvfile import FORMULA, harmless
from shared.register.errors import NoSuchFormat, TooMuch
from shared.register.formats import MEDIA, Style, begun
from shared.register.pdf.face import MISSING, REGULAR, Face
from shared.register.xlsxfile import XlsxFile
from shared.settings.record import COLUMNS
from tests.exporting.reading import pages_of, text_of
from tests.exporting.test_record_csv import line

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
WORDING = Wording("pl", ZoneInfo("Europe/Warsaw"))
STYLE = Style(COLUMNS, WORDING, "Zażółć & <Synowie>", AT)
FORMULAS = [
    "=1+1",
    "+48600100200",
    "-2+3",
    "@SUM(A1)",
    '=HYPERLINK("http://x","y")',
    "http://x.example",
    "=cmd|' /C calc'!A0",
    "\t=1",
]
IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
ODD = st.sampled_from([*FORMULAS, "＝1", "\u200b=1", "žena\nđak", "<w:t>&amp;", "_x0041_", "中文 😀", "'"])
WORDS = st.lists(st.one_of(st.text(max_size=30), ODD), min_size=20, max_size=30)
"""Many at a time, because a file takes longer than what stands in it."""
PROPERTY = checking(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def written(
    folder: Path, format: str, *rows: list[str], columns: tuple[str, ...] = ("number", "problem", "details")
) -> Path:
    path = folder / f"register.{format}"
    path.unlink(missing_ok=True)
    file = begun(format, path, Style(columns, WORDING, "Acme", AT))  # type: ignore[arg-type]
    for row in rows:
        file.write(row)
    file.close()
    return path


@PROPERTY
@given(WORDS)
def test_no_words_become_a_formula_a_link_or_a_number_in_excel(tmp_path: Path, words: list[str]) -> None:
    path = written(tmp_path, "xlsx", *([f"T-{place}", text, text] for place, text in enumerate(words)))
    book = openpyxl.load_workbook(path)
    assert book.active is not None
    for place, text in enumerate(words):
        for cell in book.active[place + 2][1:3]:
            assert cell.value is None or cell.data_type == "s"
            assert cell.hyperlink is None
            # ECMA-376 writes an underscore that would be read as an escape as one itself (22.9.2.19).
            found = (cell.value or "").replace("_x005F_", "_")
            assert cell.quotePrefix is bool(FORMULA.match(found))
            assert found == IN_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    with zipfile.ZipFile(path) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet


@PROPERTY
@given(WORDS)
def test_no_words_become_a_field_or_a_link_in_word(tmp_path: Path, words: list[str]) -> None:
    path = written(tmp_path, "docx", *([f"T-{place}", text, text] for place, text in enumerate(words)))
    document = docx.Document(str(path))
    said = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert {IN_XML.sub("", readable(text)) for text in words} - {""} <= said
    with zipfile.ZipFile(path) as parts:
        body = parts.read("word/document.xml")
    assert not re.search(rb"<w:(fldSimple|fldChar|instrText|hyperlink|object)", body)


@checking(PROPERTY, max_examples=2)
@given(WORDS)
def test_no_words_become_anything_but_glyphs_in_pdf(tmp_path: Path, words: list[str]) -> None:
    content = written(tmp_path, "pdf", *([f"T-{place}", text, text] for place, text in enumerate(words))).read_bytes()
    assert not re.search(rb"/(JavaScript|JS|URI|Launch|AA|OpenAction|Annots|AcroForm|EmbeddedFile)\b", content)
    said = re.sub(r"\s", "", text_of(content))
    for text in words:
        assert re.sub(r"\s", "", Face(REGULAR).fitting(readable(text))) in said


@PROPERTY
@given(WORDS)
def test_no_words_become_a_formula_in_csv(tmp_path: Path, words: list[str]) -> None:
    path = written(tmp_path, "csv", *([f"T-{place}", text, text] for place, text in enumerate(words)))
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, strict=True))
    for text, row in zip(words, rows[1:], strict=True):
        expected = harmless(text).encode("utf-8", "replace").decode()
        assert row[1:] == [expected, expected]
        assert not FORMULA.match(row[1])


def test_times_are_times_in_excel_its_heading_stays_in_sight_and_filters(tmp_path: Path) -> None:
    path = tmp_path / "register.xlsx"
    file = begun("xlsx", path, STYLE)
    ticket = line(closed_at=AT, customer_confirmed_at=AT, problem="=1+1", subject="Pompa")
    file.write(values(ticket, COLUMNS, WORDING))
    file.close()
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    assert sheet.title == "Rejestr zgłoszeń klientów"
    names = [cell.value for cell in sheet[1]]
    assert names == heading(COLUMNS, WORDING)
    row = dict(zip(COLUMNS, (cell.value for cell in sheet[2]), strict=True))
    assert row["received_at"] == row["closed_at"] == row["confirmed_at"] == datetime(2026, 3, 2, 10, 0)
    assert row["problem"] == "=1+1"
    assert row["solved_at"] is None
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(2, len(COLUMNS)).coordinate}"


def test_word_and_pdf_say_what_a_ticket_has_and_leave_out_what_it_has_not(tmp_path: Path) -> None:
    ticket = line(subject="Pompa & <wąż>", problem="Cieknie.\nMocno.", customer="Ana Žižić", received_via="letter")
    for format in ("docx", "pdf"):
        path = tmp_path / f"register.{format}"
        file = begun(format, path, STYLE)
        file.write(values(ticket, COLUMNS, WORDING))
        file.close()
        if format == "pdf":
            said = text_of(path.read_bytes()).split("\n")
        else:
            document = docx.Document(str(path))
            said = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
            said = [each for text in said for each in text.split("\n")] + [each.text for each in document.paragraphs]
            said.append(document.sections[0].header.paragraphs[0].text)
        assert {"Klient", "Ana Žižić", "Opis problemu", "Cieknie.", "Mocno.", "2026-03-02 10:00"} <= set(said)
        assert any(each.startswith("T-1001") and "Pompa & <wąż>" in each for each in said)
        assert "Zażółć & <Synowie>: Rejestr zgłoszeń klientów" in said
        assert "Rozwiązanie" not in said


def test_a_pdf_is_whole_every_object_lies_where_its_table_says(tmp_path: Path) -> None:
    rows = [[f"T-{number}", "word " * 400, "x" * 3_000] for number in range(30)]
    content = written(tmp_path, "pdf", *rows).read_bytes()
    begins = int(content.rsplit(b"startxref\n", 1)[1].split(b"\n")[0])
    table = content[begins:].split(b"trailer")[0].split(b"\n")
    assert table[0] == b"xref"
    offsets = [int(entry[:10]) for entry in table[3:] if entry]
    for number, offset in enumerate(offsets, start=1):
        assert content[offset:].startswith(b"%d 0 obj\n" % number)
    pages = int(re.search(rb"/Type /Pages /Count (\d+)", content)[1])  # type: ignore[index]
    assert content.count(b"/Type /Page ") == pages > 10
    said = text_of(content)
    assert all(f"T-{number}" in said for number in range(30))
    assert said.count("x" * 50) >= 30


def test_what_the_font_lacks_is_seen_to_be_missing_and_plain_letters_stand_for_what_they_can() -> None:
    face = Face(REGULAR)
    assert face.fitting("żółć Жук Ωmega ㎏ Ａ") == "żółć Жук Ωmega kg A"
    assert face.fitting("中😀\u200d") == MISSING * 2
    assert face.fitting("a\nb") == "a\nb"
    assert face.fitting("a\u05b8\ufe0f") == f"a{MISSING}"  # a mark is not lost without a sign of it


def test_a_page_with_characters_that_the_font_lacks_says_where_they_are(tmp_path: Path) -> None:
    filler = "words " * 700
    rows = [["T-1", "plain", filler], ["T-2", "طلب", filler], ["T-3", "plain", filler]]
    pages = pages_of(written(tmp_path, "pdf", *rows).read_bytes())
    assert len(pages) > 2
    for page in pages:
        assert ("nie można tu pokazać" in page) is (MISSING in page)
    assert sum(MISSING in page for page in pages) == 1
    path = written(tmp_path, "xlsx", ["T-2", "طلب", ""])
    book = openpyxl.load_workbook(path).active
    assert book is not None
    assert book["B2"].value == "طلب"


@given(st.text(max_size=200), st.floats(min_value=20, max_value=300))
def test_no_line_is_wider_than_its_room_and_no_word_is_lost(text: str, room: float) -> None:
    face = Face(REGULAR)
    fitting = face.fitting(text)
    lines = face.lines(fitting, 9, room)
    assert all(face.width(each, 9) <= room + 0.01 or len(each) == 1 for each in lines)
    assert re.sub(r"[ \n]", "", "".join(lines)) == re.sub(r"[ \n]", "", fitting)


def test_what_takes_room_stands_below_what_is_short() -> None:
    made = block(("number", "kind", "problem", "impact"), ("N", "K", "P", "I"), ("T-1", "order", "x" * 61, ""))
    assert (made.title, made.short, made.long) == ("T-1", [("K", "order")], [("P", "x" * 61)])


def test_a_sheet_that_is_full_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.register.xlsxfile.MOST_LINES", 1)
    file = XlsxFile(tmp_path / "x.xlsx", ["number"], ["Number"], "R")
    file.write(["T-1"])
    with pytest.raises(TooMuch, match="choose fewer"):
        file.write(["T-2"])
    file.close()


def test_an_unknown_format_is_named_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(NoSuchFormat, match="csv, xlsx, pdf, docx"):
        begun("odt", tmp_path / "x", STYLE)


def test_a_format_is_imported_only_when_it_is_used() -> None:
    heavy = ("xlsxwriter", "docx", "fontTools", "openpyxl", "font_source_sans_pro")
    there = "import sys, shared.register.formats, services.composition.exporting.command"
    code = f"{there}; print([n for n in {heavy} if n in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
    assert set(MEDIA) == {"csv", "xlsx", "pdf", "docx"}
