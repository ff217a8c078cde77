"""Reading an Excel workbook of anybody's, in bounded memory: a stranger may have made it to do harm.

Before anything is read, what is packed in it is unpacked once and counted, and a document type (by which entities would come) is refused.
Formulas are taken by the values that the program which saved the file has worked out; nothing is worked out here.
"""

import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from itertools import repeat
from pathlib import Path
from typing import Any

from services.composition.importing.register.table import MOST_ROWS, Cell, Row, Unreadable, plain, row

MOST_PACKED = 256 * 1024 * 1024
MOST_UNPACKED = 1024 * 1024 * 1024
MOST_STRINGS = 256 * 1024 * 1024
"""Octets of the words that a sheet refers to, which are kept in memory."""
MOST_RATIO = 200
_SMALL = 8 * 1024 * 1024
"""Octets up to which it does not matter how well something was packed."""
_MOST_PARTS = 5_000
_MOST_EMPTY = 20_000
"""Rows: a file of a few octets may jump over a million, which take their time."""
_PIECE = 256 * 1024
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_ESCAPED = re.compile("_x((?!D[89A-F])[0-9A-F]{4})_")
_OLE = b"\xd0\xcf\x11\xe0"


@contextmanager
def opened(path: Path, sheet: str = "") -> Iterator[tuple[str, Iterator[Row]]]:
    """The sheet's name and its rows, from 1; ``sheet``: which (empty: the first). Raises `Unreadable`, iterating too."""
    formulas = looked_through(path)
    books: list[Any] = []
    try:
        title, rows = _begun(path, sheet, formulas, books)
        yield title, rows
    finally:
        for book in books:
            book.close()


def _begun(path: Path, sheet: str, formulas: bool, books: list[Any]) -> tuple[str, Iterator[Row]]:
    import openpyxl  # half a second, and only who imports a workbook needs it

    try:
        for values in (True, False) if formulas else (True,):
            book = openpyxl.load_workbook(path, read_only=True, data_only=values, keep_links=False)
            books.append(book)  # one after the other: those that were opened are closed where the next cannot be
        names = [each.title for each in books[0].worksheets]
        if not names or (sheet and sheet not in names):
            raise Unreadable(f"{path} has no sheet {sheet!r}; it has {', '.join(names) or 'none'}")
        sheets = [book[sheet or names[0]] for book in books]
        for each in sheets:
            each.reset_dimensions()  # what a file says of its own size is not to be believed
    except Unreadable:
        raise
    except Exception as error:  # a damaged workbook fails in any way: in the zip, in the XML, in what the XML says
        raise Unreadable(f"{path} cannot be read as an Excel workbook: {error}"[:300]) from error
    return sheets[0].title, _guarded(path, _rows(sheets[0], sheets[1] if formulas else None))


def _guarded(path: Path, rows: Iterator[Row]) -> Iterator[Row]:
    try:
        yield from rows
    except Unreadable:
        raise
    except Exception as error:  # as above
        raise Unreadable(f"{path} cannot be read as an Excel workbook: {error}"[:300]) from error


def looked_through(path: Path) -> bool:
    """Whether there are formulas in it. Raises `Unreadable` for what is no workbook, or unpacks to more than is read."""
    try:
        if path.stat().st_size > MOST_PACKED:
            raise Unreadable(f"{path} is larger than {MOST_PACKED >> 20} MiB")
        with path.open("rb") as file:
            if file.read(4) == _OLE:
                raise Unreadable(f"{path} is an old or an encrypted Excel file; save it as .xlsx without a password")
        with zipfile.ZipFile(path) as parts:
            return _counted(path, parts)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise Unreadable(f"{path} is no Excel workbook (.xlsx): {error}"[:300]) from None


def _counted(path: Path, parts: zipfile.ZipFile) -> bool:
    if len(parts.infolist()) > _MOST_PARTS:
        raise Unreadable(f"{path} has more than {_MOST_PARTS} parts")
    if "[Content_Types].xml" not in parts.namelist():
        raise Unreadable(f"{path} is no Excel workbook (.xlsx)")
    whole, formulas = 0, False
    for part in parts.infolist():
        size, tail = 0, b""
        is_xml = part.filename.endswith((".xml", ".rels"))
        most = MOST_STRINGS if "sharedStrings" in part.filename else MOST_UNPACKED
        with parts.open(part) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                whole += len(piece)
                packed = size > _SMALL and size > MOST_RATIO * max(part.compress_size, 1)
                if packed or size > most or whole > MOST_UNPACKED:
                    raise Unreadable(f"{path} unpacks to far more than a register has")
                if is_xml:
                    seen = tail + piece
                    if b"<!DOCTYPE" in seen or b"<!ENTITY" in seen:
                        raise Unreadable(f"{path} is refused: it has a document type, which no Excel workbook has")
                    formulas = formulas or ("worksheets/" in part.filename and bool(_FORMULA.search(seen)))
                    tail = piece[-16:]
    return formulas


def _rows(sheet: Any, formulas: Any | None) -> Iterator[Row]:
    written = formulas.iter_rows() if formulas is not None else repeat(())
    empty = 0
    for number, (cells, sources) in enumerate(zip(sheet.iter_rows(), written, strict=False), 1):
        if number > MOST_ROWS:
            raise Unreadable(f"the sheet has more than {MOST_ROWS} rows")
        empty = 0 if any(cell.value is not None for cell in cells) else empty + 1
        if empty > _MOST_EMPTY:
            raise Unreadable(f"more than {_MOST_EMPTY} empty rows follow one another, to row {number}; delete them")
        values = [_value(cell) for cell in cells]
        read = row(number, values)
        lacking = next(
            (
                source.coordinate
                for value, source in zip(values, sources, strict=False)
                if value == "" and getattr(source, "data_type", "") == "f"
            ),
            None,
        )
        if lacking and not read.problem:
            read = Row(number, read.cells, f"{lacking} is a formula without a value; save the file in Excel once more")
        yield read


def _value(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, date):
        return value
    if isinstance(value, time | timedelta | int):
        return str(value)
    # ECMA-376 part 1, 22.9.2.19: what XML cannot hold stands there as _xHHHH_.
    return plain(_ESCAPED.sub(lambda found: chr(int(found[1], 16)), str(value)))
