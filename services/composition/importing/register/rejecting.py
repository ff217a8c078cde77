"""Rows that could not be imported, as a CSV file beside the register: why, and all that stands in them, to be mended and imported."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from services.composition.importing.register.lines import ADDED, Line
from services.composition.importing.register.table import said
from shared.register.csvfile import Sheet


class Rejected:
    """``FILE.rejected.csv``, which is made when the first row is rejected, and readable for whoever imports only."""

    def __init__(self, register: Path, headings: Sequence[str]) -> None:
        self.path = register.with_name(f"{register.name}.rejected.csv")
        self.number = 0
        self._headings = [heading for heading in headings if heading not in ADDED]
        self._own = [place for place, heading in enumerate(headings) if heading in ADDED]
        self._file: TextIO | None = None
        self._sheet: Sheet | None = None

    def add(self, line: Line, why: str) -> None:
        """One more row. Raises `OSError`."""
        if self._sheet is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
            self._file = os.fdopen(
                os.open(self.path, flags, 0o600), "w", encoding="utf-8", newline="", errors="replace"
            )
            self._sheet = Sheet(self._file, ",")
            self._sheet.write([*ADDED, *self._headings])
        cells = [said(cell) for place, cell in enumerate(line.row.cells) if place not in self._own]
        self._sheet.write([str(line.row.number), why, *cells])
        self.number += 1

    def close(self) -> None:
        """Finish the file. Raises `OSError`."""
        if self._file is not None:
            self._file.close()
