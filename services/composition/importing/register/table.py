"""A table out of a file: rows of cells with their numbers, and where its heading stands. Pure."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from shared.register.csvfile import CONTROL, FORMULA

Cell = str | datetime | date
"""What stands in a cell: words, or a time (an Excel cell's, without a zone)."""

MOST_ROWS = 1_048_576
MOST_COLUMNS = 200
LONGEST_CELL = 100_000
"""Characters."""
LONGEST_ROW = 250_000
"""Characters; with what is made of it, a row fits into one message of the bus."""
_LOOKED_AT = 50
_SPACE = re.compile(r"\s+")


class Unreadable(Exception):
    """The file is none that can be read; the text is one line for whoever asked."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row as it stands in the file, by its number there (from 1). ``problem`` says why it cannot be taken as it is; empty: it can."""

    number: int
    cells: Sequence[Cell]
    problem: str = ""


def row(number: int, cells: Sequence[Cell]) -> Row:
    """A row without the empty cells at its end, checked for its bounds."""
    found = list(cells)
    while found and found[-1] == "":
        found.pop()
    if len(found) > MOST_COLUMNS:
        return Row(number, found, f"has {len(found)} cells; at most {MOST_COLUMNS} are read")
    texts = [len(each) for each in found if isinstance(each, str)]
    if max(texts, default=0) > LONGEST_CELL or sum(texts) > LONGEST_ROW:
        return Row(number, found, f"is longer than {LONGEST_ROW} characters, or one of its cells than {LONGEST_CELL}")
    return Row(number, found)


def plain(text: str) -> str:
    """A cell's words without what nobody sees, and without the apostrophe by which a spreadsheet is told that it is no formula."""
    text = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return text[1:] if text.startswith("'") and FORMULA.match(text[1:]) else text


def said(cell: Cell) -> str:
    """A cell as people read it."""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return cell if isinstance(cell, str) else cell.isoformat()


def folded(heading: str) -> str:
    """A heading as it is compared: whatever its case, spaces and marks at its end."""
    return _SPACE.sub(" ", heading.replace("\ufeff", "")).strip(" :*.").casefold()


@dataclass(frozen=True)
class Table:
    """A heading, the number of its row, and the rows below it."""

    headings: list[str]
    at: int
    rows: Iterator[Row]


def headed(rows: Iterable[Row], known: Iterable[str]) -> Table:
    """The table below its heading: of the first rows the one that has most of the ``known`` (folded) headings. Raises `Unreadable`."""
    names, every = set(known), iter(rows)
    first: list[Row] = []
    for each in every:
        first.append(each)
        if len(first) == _LOOKED_AT:
            break
    scores = [len({folded(said(cell)) for cell in each.cells} & names) for each in first]
    best = max(range(len(first)), key=lambda place: scores[place], default=0)
    if not first or scores[best] == 0:
        shown = next((each for each in first if sum(cell != "" for cell in each.cells) > 1), None)
        seen = ", ".join(repr(said(cell)[:40]) for cell in shown.cells[:10]) if shown else "nothing"
        raise Unreadable(f"no row with headings that are known was found (there is {seen}); name them with --map")

    def below() -> Iterator[Row]:
        yield from first[best + 1 :]
        yield from every

    return Table([said(cell) for cell in first[best].cells], first[best].number, below())
