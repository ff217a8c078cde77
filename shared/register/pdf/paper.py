"""What stands on paper: headings, paragraphs, fields beside one another and below, over as many pages as it takes.

Sizes are in points, from the page's top left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from shared.register.blocks import readable
from shared.register.pdf.face import BOLD, MISSING, REGULAR, Face
from shared.register.pdf.file import PdfFile

A4 = (595.0, 842.0)
A4_WIDE = (842.0, 595.0)
_MARGIN = 40.0
_LEADING = 1.3
_GREY, _DARK, _BLUE = "0.42 0.45 0.52", "0.10 0.11 0.14", "0.11 0.23 0.54"
_GAP = 12.0


@dataclass(frozen=True)
class Frame:
    """What stands on every page: ``title`` above, ``made`` below, beside the page's number (``page``, with ``{number}`` in it); and
    ``lacking`` on those that have characters which the fonts do not have."""

    title: str
    made: str
    page: str
    language: str
    lacking: str
    size: tuple[float, float] = A4


class Paper:
    """A document at ``path``."""

    def __init__(self, path: Path, frame: Frame) -> None:
        self._plain, self._bold = Face(REGULAR), Face(BOLD)
        self._file = PdfFile(path, [self._plain, self._bold], frame.size, frame.title, frame.language)
        self._frame = frame
        self._width, self._height = frame.size
        self._content: list[str] = []
        self._number = 0
        self._lacking = False
        """The page that is being written has boxes instead of characters."""
        self._y = 0.0
        self._turn()

    @property
    def _room(self) -> float:
        return self._width - 2 * _MARGIN

    def heading(self, words: str, size: float = 12.0) -> None:
        """A heading, with some room for what follows."""
        lines = self._bold.lines(self._bold.fitting(" ".join(readable(words).split())), size, self._room)
        self._need(size * _LEADING * len(lines) + 40)
        self._y += size * 0.6
        for line in lines:
            self._line(line, _MARGIN, size, self._bold, _BLUE)
        self._y += size * 0.2

    def rule(self) -> None:
        """A line across the page, with room around it."""
        self._need(10)
        self._y += 4
        up = self._height - self._y
        self._content.append(f"0.8 0.82 0.86 RG 0.6 w {_MARGIN:g} {up:.1f} m {self._width - _MARGIN:g} {up:.1f} l S")
        self._y += 4

    def grid(self, pairs: Sequence[tuple[str, str]], columns: int, size: float = 8.5) -> None:
        """Short things side by side: what each is called above what it is."""
        wide = (self._room - _GAP * (columns - 1)) / columns
        for start in range(0, len(pairs), columns):
            row = [self._cell(label, words, wide, size) for label, words in pairs[start : start + columns]]
            high = max(len(cell) for cell in row) * size * _LEADING + 3
            self._need(high)
            top = self._y
            for place, cell in enumerate(row):
                self._y = top
                for line, face, colour in cell:
                    self._line(line, _MARGIN + place * (wide + _GAP), size, face, colour)
            self._y = top + high

    def _cell(self, label: str, words: str, wide: float, size: float) -> list[tuple[str, Face, str]]:
        above = self._plain.lines(self._plain.fitting(label), size, wide)
        below = self._plain.lines(self._plain.fitting(readable(words)), size, wide)
        return [*((line, self._plain, _GREY) for line in above), *((line, self._plain, _DARK) for line in below)]

    def field(self, label: str, words: str, size: float = 8.5, beside: float = 110.0) -> None:
        """What takes room: what it is called on the left, what it says on the right, over pages where it must."""
        labels = self._bold.lines(self._bold.fitting(label), size, beside - _GAP)
        lines = self._plain.lines(self._plain.fitting(readable(words)), size, self._room - beside)
        step = size * _LEADING
        for place in range(max(len(labels), len(lines))):
            self._need(step)
            top = self._y
            if place < len(labels):
                self._line(labels[place], _MARGIN, size, self._bold, _GREY)
            self._y = top
            if place < len(lines):
                self._line(lines[place], _MARGIN + beside, size, self._plain, _DARK)
            self._y = top + step
        self._y += 3

    def paragraph(
        self, words: str, size: float = 9.5, *, bold: bool = False, faint: bool = False, indent: float = 0
    ) -> None:
        """Words over the page's whole width."""
        face = self._bold if bold else self._plain
        for line in face.lines(face.fitting(readable(words)), size, self._room - indent):
            self._need(size * _LEADING)
            self._line(line, _MARGIN + indent, size, face, _GREY if faint else _DARK)

    def space(self, points: float) -> None:
        """Room, unless the page ends there anyway."""
        self._y = min(self._y + points, self._height - _MARGIN)

    def close(self, made: datetime) -> None:
        """Finish the file. Raises `OSError`."""
        self._end()
        self._file.close(made)

    def abandon(self) -> None:
        """Let go of an unfinished file."""
        self._file.abandon()

    def _need(self, high: float) -> None:
        """Turn the page where this does not fit on it any more."""
        if self._y + high > self._height - _MARGIN - 12:
            self._end()
            self._turn()

    def _turn(self) -> None:
        self._number += 1
        self._y = _MARGIN - 18
        title = self._plain.fitting(" ".join(readable(self._frame.title).split()))
        self._line(self._plain.lines(title, 8, self._room)[0], _MARGIN, 8, self._plain, _GREY)
        self._y = _MARGIN + 4

    def _end(self) -> None:
        self._y = self._height - 30
        number = self._plain.fitting(self._frame.page.format(number=self._number))
        made = self._plain.fitting(readable(self._frame.made))
        top = self._y
        self._line(made, _MARGIN, 8, self._plain, _GREY)
        self._y = top
        right = self._width - _MARGIN - self._plain.width(number, 8)
        self._line(number, right, 8, self._plain, _GREY)
        if self._lacking:
            self._line(self._plain.fitting(self._frame.lacking), _MARGIN, 7, self._plain, _DARK)
            self._lacking = False
        self._file.page("\n".join(self._content))
        self._content = []

    def _line(self, text: str, x: float, size: float, face: Face, colour: str) -> None:
        """One line of text, and down by its height."""
        self._y += size * _LEADING
        self._lacking = self._lacking or MISSING in text
        if text.strip():
            name = "F1" if face is self._bold else "F0"
            baseline = self._height - self._y + size * 0.3
            self._content.append(
                f"BT {colour} rg /{name} {size:g} Tf {x:.1f} {baseline:.1f} Td <{face.encoded(text)}> Tj ET"
            )
