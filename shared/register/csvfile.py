"""A CSV file (RFC 4180) that spreadsheet programs read as it is meant: as text, in UTF-8, and never as a formula.

A program that opens it takes a cell that begins with ``=``, ``+``, ``-``, ``@``, a tab or a line break for something to be worked out,
and what stands in the register was written by strangers (https://owasp.org/www-community/attacks/CSV_Injection). Such a cell begins with
an apostrophe; every cell is quoted, so that none becomes two where another separator is expected.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO

from shared.register.cells import Value, written

BOM = "\ufeff"
"""Without it some programs take UTF-8 for the machine's old charset."""

# With what may stand before it unseen, and in the wide form that some input methods write.
FORMULA = re.compile("[\\s\ufeff\u200b-\u200f\u2060]*[=+\\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def harmless(cell: str) -> str:
    """The cell without control characters, with an apostrophe where it would be taken for a formula."""
    cell = CONTROL.sub("", cell.replace("\r\n", "\n").replace("\r", "\n"))
    return f"'{cell}" if FORMULA.match(cell) else cell


class Sheet:
    """Lines written to a file that was opened with ``newline=""``."""

    def __init__(self, file: TextIO, separator: str) -> None:
        file.write(BOM)
        self._writer = csv.writer(file, delimiter=separator, quoting=csv.QUOTE_ALL, lineterminator="\r\n")

    def write(self, cells: Iterable[str]) -> None:
        """One more line."""
        self._writer.writerow([harmless(cell) for cell in cells])


class CsvFile:
    """The register as a CSV file at ``path``, which is made."""

    def __init__(self, path: Path, headings: Sequence[str], separator: str) -> None:
        self._file = path.open("w", encoding="utf-8", newline="", errors="replace")
        self._sheet = Sheet(self._file, separator)
        self._sheet.write(headings)

    def write(self, row: Sequence[Value]) -> None:
        """One more ticket."""
        self._sheet.write([written(value) for value in row])

    def close(self) -> None:
        """Finish the file."""
        self._file.close()
