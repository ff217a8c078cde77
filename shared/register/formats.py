"""Which files the register can be, and one of them begun. What a format needs is imported when it is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from shared.register.cells import Value, Wording, heading
from shared.register.errors import NoSuchFormat
from shared.settings.record import Column

MEDIA: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
"""The formats, and what each is called on the web."""


class RegisterFile(Protocol):
    """A register that is being written. Both raise `OSError`."""

    def write(self, row: Sequence[Value]) -> None:
        """One more ticket. Raises `TooMuch` where the format holds no more."""

    def close(self) -> None:
        """Finish the file."""


@dataclass(frozen=True)
class Style:
    """What a register looks like: its ``columns``, its words, whose it is, when it was ``made``; ``separator`` is of CSV."""

    columns: Sequence[Column]
    wording: Wording
    company: str
    made: datetime
    separator: str = ","

    @property
    def title(self) -> str:
        """What stands above it."""
        return f"{self.company}: {self.wording.word('title')}"


def checked(format: str) -> str:
    """The format. Raises `NoSuchFormat`."""
    if format not in MEDIA:
        raise NoSuchFormat(f"the register cannot be written as {format!r}; there are {', '.join(MEDIA)}")
    return format


def begun(format: str, path: Path, style: Style) -> RegisterFile:
    """A register in a new file at ``path``. Raises `NoSuchFormat` and `OSError`."""
    words, columns = style.wording, style.columns
    headings = heading(columns, words)
    made = words.word("made", at=words.at(style.made))
    match checked(format):
        case "xlsx":
            from shared.register.xlsxfile import XlsxFile

            return XlsxFile(path, columns, headings, words.word("title"))
        case "docx":
            from shared.register.docxfile import DocxFile

            return DocxFile(path, columns, headings, style.title, made, words.language)
        case "pdf":
            from shared.register.pdf.paper import A4_WIDE, Frame
            from shared.register.pdffile import RegisterPdf

            page = words.word("page", number="{number}")
            frame = Frame(style.title, made, page, words.language, words.word("lacking"), A4_WIDE)
            return RegisterPdf(path, columns, headings, frame, style.made)
        case _:
            from shared.register.csvfile import CsvFile

            return CsvFile(path, headings, style.separator)
