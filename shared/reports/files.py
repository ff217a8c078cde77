"""Figures as files: CSV, one table below the other, and an Excel workbook with a sheet for each table.

Numbers are written as numbers; what people wrote is written as words, never as a formula (`shared.register.csvfile`). Excel gets
durations and shares in its own formats; CSV has seconds and shares from 0 to 1, as its headings say.
"""

import csv
import io
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from shared.messages.reports import Cell, ReportTable
from shared.register.csvfile import BOM, FORMULA, harmless
from shared.reports.wording import heading, named, title, unit_of
from shared.texts import text

CSV: Final = "text/csv; charset=utf-8"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_LONGEST: Final = 32_000
_NOT_IN_A_NAME: Final = re.compile(r"[\[\]:*?/\\']")
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def csv_file(tables: Sequence[ReportTable], language: str, separator: str = ",") -> bytes:
    """The tables, each with a title above and an empty line below. UTF-8 with a byte order mark."""
    out = io.StringIO(newline="")
    out.write(BOM)
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    for place, table in enumerate(tables):
        if place:
            writer.writerow([])
        writer.writerow([title(table, language)])
        writer.writerow([_heading(table, column, language) for column in range(len(table.columns))])
        for row in table.rows:
            writer.writerow([_plain(table, column, cell, language) for column, cell in enumerate(row)])
    return out.getvalue().encode("utf-8", "replace")


def _heading(table: ReportTable, place: int, language: str) -> str:
    column = table.columns[place]
    unit = f" ({text(f'report.unit.{column.unit}', language)})" if column.unit in ("seconds", "share") else ""
    return heading(column, language) + unit


def _plain(table: ReportTable, place: int, cell: Cell, language: str) -> Cell:
    value = named(table.columns[place], cell, language)
    if table.columns[place].unit == "ticket" and isinstance(value, int):
        value = f"T-{value}"
    return harmless(value)[:_LONGEST] if isinstance(value, str) else "" if value is None else value


def xlsx_file(tables: Sequence[ReportTable], language: str, zone: ZoneInfo) -> bytes:
    """A workbook. It is made in memory: figures are small, and takes some tens of milliseconds, so not on an event loop."""
    from xlsxwriter import Workbook

    out = io.BytesIO()
    never = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    book = Workbook(out, never)
    formats = {
        "head": book.add_format({"bold": True, "bg_color": "#E6EBF5", "bottom": 1, "text_wrap": True, "valign": "top"}),
        "seconds": book.add_format({"num_format": "[h]:mm:ss"}),
        "share": book.add_format({"num_format": "0.0%"}),
        "time": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
        "score": book.add_format({"num_format": "0.00"}),
        "quoted": book.add_format({"quote_prefix": True}),
    }
    names: set[str] = set()
    for table in tables:
        sheet = book.add_worksheet(_sheet_name(title(table, language), names))
        for place, column in enumerate(table.columns):
            sheet.write_string(0, place, heading(column, language), formats["head"])
            sheet.set_column(place, place, 60 if column.unit == "text" else 24 if column.unit == "" else 16)
        sheet.freeze_panes(1, 0)
        for line, row in enumerate(table.rows, start=1):
            for place, cell in enumerate(row):
                value = named(table.columns[place], cell, language)
                _write(sheet, line, place, value, unit_of(table, place, row), formats, zone)
    if not tables:
        book.add_worksheet()
    book.close()
    return out.getvalue()


def _write(sheet: Any, line: int, place: int, value: Cell, unit: str, formats: dict[str, Any], zone: ZoneInfo) -> None:
    if value is None:
        return
    if isinstance(value, int | float) and unit != "ticket":
        number = value / 86_400 if unit == "seconds" else value
        sheet.write_number(line, place, number, formats.get(unit) if unit in ("seconds", "share", "score") else None)
        return
    if unit == "time" and isinstance(value, str):
        at = datetime.fromisoformat(value).astimezone(zone).replace(tzinfo=None)
        sheet.write_datetime(line, place, at, formats["time"])
        return
    words = _NOT_IN_XML.sub("", f"T-{value}" if unit == "ticket" else str(value))[:_LONGEST]
    sheet.write_string(line, place, words, formats["quoted"] if FORMULA.match(words) else None)


def _sheet_name(wanted: str, names: set[str]) -> str:
    """Excel's names: at most 31 characters, some of them forbidden, and no two alike."""
    plain = _NOT_IN_A_NAME.sub(" ", wanted).strip()[:31] or "1"
    name, count = plain, 1
    while name.lower() in names:
        count += 1
        name = f"{plain[: 30 - len(str(count))]} {count}"
    names.add(name.lower())
    return name
