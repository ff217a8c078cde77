"""The register as an Excel workbook (ECMA-376) of bounded memory: lines go to a temporary file as they come.

Words are written as words, whatever they look like: never a formula, a link or a number. A cell that a person would turn into a formula
by opening and leaving it carries the mark (``quotePrefix``) by which spreadsheet programs keep it a text.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from xlsxwriter import Workbook
from xlsxwriter.exceptions import XlsxWriterException

from shared.register.cells import Value
from shared.register.csvfile import FORMULA
from shared.register.errors import TooMuch

MOST_LINES = 1_048_575
"""Lines of a sheet below its heading."""
LONGEST = 32_767
"""UTF-16 units that a cell holds."""
DATES = "yyyy-mm-dd hh:mm"
_FIRST_YEAR = 1900
_WIDE = frozenset({"problem", "details", "solution", "actions", "promises", "contacts", "hand_overs", "evidence"})
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


class XlsxFile:
    """A workbook at ``path`` with one sheet, called ``title``: its heading stays in sight and filters."""

    def __init__(self, path: Path, columns: Sequence[str], headings: Sequence[str], title: str) -> None:
        options = {
            "constant_memory": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = Workbook(str(path), options)
        self._sheet = self._book.add_worksheet(_sheet_name(title))
        self._lines = 0
        shown = {"valign": "top", "text_wrap": True}
        head = self._book.add_format({"bold": True, "bg_color": "#E6EBF5", "bottom": 1, **shown})
        self._plain = self._book.add_format(shown)
        self._quoted = self._book.add_format({**shown, "quote_prefix": True})
        self._time = self._book.add_format({"num_format": DATES, "valign": "top"})
        for place, name in enumerate(columns):
            self._sheet.set_column(place, place, 44 if name in _WIDE else 18)
        for place, heading in enumerate(headings):
            self._sheet.write_string(0, place, heading, head)
        self._sheet.freeze_panes(1, 1)
        self._sheet.set_landscape()
        self._sheet.set_paper(9)
        self._sheet.repeat_rows(0)
        self._width = len(columns)

    def write(self, row: Sequence[Value]) -> None:
        """One more ticket. Raises `TooMuch` when the sheet is full."""
        if self._lines == MOST_LINES:
            raise TooMuch(f"an Excel sheet holds {MOST_LINES} tickets; choose fewer, or csv")
        self._lines += 1
        for place, value in enumerate(row):
            if isinstance(value, datetime) and value.year >= _FIRST_YEAR:
                self._sheet.write_datetime(self._lines, place, value, self._time)
            elif text := _fitting(value if isinstance(value, str) else value.isoformat(" ", "minutes")):
                self._sheet.write_string(self._lines, place, text, self._quoted if FORMULA.match(text) else self._plain)

    def close(self) -> None:
        """Finish the file. Raises `OSError`."""
        self._sheet.autofilter(0, 0, max(self._lines, 1), self._width - 1)
        try:
            self._book.close()
        except XlsxWriterException as error:
            raise OSError(str(error)) from error


def _fitting(text: str) -> str:
    """What XML and a cell can hold."""
    text = _NOT_IN_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(text) * 2 <= LONGEST or len(text.encode("utf-16-le")) // 2 <= LONGEST:
        return text
    return text.encode("utf-16-le")[: (LONGEST - 1) * 2].decode("utf-16-le", "ignore") + "…"


def _sheet_name(title: str) -> str:
    return re.sub(r"[\[\]:*?/\\']", " ", title)[:31].strip() or "Register"
