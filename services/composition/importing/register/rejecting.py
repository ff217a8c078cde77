"""Rows that could not be imported, as a CSV file beside the register: why, and all that stands in them, to be mended and imported.

A file of an earlier run is never written over: somebody may be mending it. One that would say the very same is not kept twice.
"""

import errno
import filecmp
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TextIO

from services.composition.importing.register.lines import ADDED, Line
from services.composition.importing.register.table import said
from shared.register.csvfile import Sheet

_MOST_FILES: Final = 1_000


class Rejected:
    """``FILE.rejected.csv``, or ``FILE.rejected-2.csv`` and so on where there is one already. It is made when the first row is rejected,
    and is readable for whoever imports only."""

    def __init__(self, register: Path, headings: Sequence[str]) -> None:
        self.path = register.with_name(f"{register.name}.rejected.csv")
        self._register = register
        self._before: Path | None = None
        self.number = 0
        self._headings = [heading for heading in headings if heading not in ADDED]
        self._own = [place for place, heading in enumerate(headings) if heading in ADDED]
        self._file: TextIO | None = None
        self._sheet: Sheet | None = None

    def add(self, line: Line, why: str) -> None:
        """One more row. Raises `OSError`."""
        if self._sheet is None:
            self._file = os.fdopen(self._opened(), "w", encoding="utf-8", newline="", errors="replace")
            self._sheet = Sheet(self._file, ",")
            self._sheet.write([*ADDED, *self._headings])
        cells = [said(cell) for place, cell in enumerate(line.row.cells) if place not in self._own]
        self._sheet.write([str(line.row.number), why, *cells])
        self.number += 1

    def _opened(self) -> int:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        for number in range(2, _MOST_FILES):
            try:
                return os.open(self.path, flags, 0o600)
            except FileExistsError:
                self._before = self.path
                self.path = self._register.with_name(f"{self._register.name}.rejected-{number}.csv")
        raise FileExistsError(
            errno.EEXIST, "there are too many files of rejected rows beside the register; remove some"
        )

    def close(self) -> None:
        """Finish the file. Raises `OSError`."""
        if self._file is None:
            return
        self._file.close()
        if self._before is not None and filecmp.cmp(self._before, self.path, shallow=False):
            self.path.unlink()
            self.path = self._before
