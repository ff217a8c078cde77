"""Reading a CSV file of anybody's: its encoding and what stands between its cells are found out, soberly, where nobody says."""

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.composition.importing.register.table import MOST_ROWS, Row, Unreadable, plain, row

DELIMITERS = ",;\t|"
_SAMPLE = 256 * 1024
_PIECE = 1024 * 1024
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CENTRAL = frozenset("ąćęłńóśźżĄĆĘŁŃÓŚŹŻčđšžČĐŠŽ")
_WESTERN = frozenset("äöüßÄÖÜéèêëàâáçñîïíôòùûúåøæœÉÈÀÇÑÅØ")
_CANDIDATES = ("cp1250", "iso-8859-2", "cp1252")


@dataclass(frozen=True)
class Read:
    """How a file is read. ``guessed``: its encoding was chosen by its letters, and may be another."""

    encoding: str
    delimiter: str
    guessed: bool = False


def recognised(path: Path, encoding: str = "", delimiter: str = "", central: bool = True) -> Read:
    """How to read the file; what is given counts. ``central``: its company writes Polish or Croatian. Raises `Unreadable`."""
    with path.open("rb") as file:
        start = file.read(_SAMPLE)
    if not start.strip():
        raise Unreadable(f"{path} is empty")
    found, guessed = (encoding, False) if encoding else encoding_of(path, start, central)
    try:
        text = codecs.getincrementaldecoder(found)().decode(start)
    except (LookupError, UnicodeError) as error:
        raise Unreadable(f"{path} cannot be read as {found}: {error}"[:300]) from None
    if not delimiter:
        delimiter = delimiter_of(text)
    return Read(found, delimiter, guessed)


def encoding_of(path: Path, start: bytes, central: bool) -> tuple[str, bool]:
    """The encoding of a file that begins so, and whether it is a guess. UTF-8 is never one: hardly any other text is valid in it."""
    for bom, name in _BOMS:
        if start.startswith(bom):
            return name, False
    if b"\0" in start:
        even, odd = start[0:4096:2].count(0), start[1:4096:2].count(0)
        if max(even, odd) > len(start[:4096]) // 5:
            return ("utf-16-be" if even > odd else "utf-16-le"), False
        raise Unreadable(f"{path} is no text: it has zero octets")
    others = bytearray()
    decoder, valid = codecs.getincrementaldecoder("utf-8")(), True
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                valid = False
            if len(others) < _PIECE:
                others += b" ".join(re.findall(rb"[\x80-\xff]+", piece))[:_PIECE]
            elif not valid:
                break
        try:
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            valid = False
    return ("utf-8", False) if valid else (guess(bytes(others), central), True)


def guess(words: bytes, central: bool) -> str:
    """The one-octet encoding in which these words have most letters that languages here are written with; where two have as many, what
    the company's language asks for."""
    order = _CANDIDATES if central else ("cp1252", "cp1250", "iso-8859-2")
    return max(order, key=lambda name: _likely(words, name))


def _likely(words: bytes, encoding: str) -> int:
    counted = Counter(words.decode(encoding, "replace"))
    score = 0
    for character, times in counted.items():
        if character in _CENTRAL or character in _WESTERN:
            score += 2 * times
        elif character >= "\x80" and not character.isalpha():
            score -= 2 * times  # a sign within a word
        elif character >= "\x80":
            score -= times
    return score


def delimiter_of(text: str) -> str:
    """What stands between the cells: what divides most rows into equally many. Raises `Unreadable`."""
    declared = re.match(r"\ufeff?sep=(.)\r?\n", text)
    if declared:
        return declared[1]
    return max(DELIMITERS, key=lambda each: _regular(text, each))


def _regular(text: str, delimiter: str) -> tuple[float, int]:
    widths: list[int] = []
    try:
        for cells in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            if cells:
                widths.append(len(cells))
            if len(widths) == 50:
                break
    except csv.Error:
        pass
    wide = Counter(width for width in widths if width > 1)
    if not wide:
        return 0.0, 0
    width, times = wide.most_common(1)[0]
    return times * width / len(widths), width


@contextmanager
def opened(path: Path, how: Read) -> Iterator[Iterator[Row]]:
    """The rows of the file, from 1. Iterating raises `Unreadable` where it stops being one."""
    try:
        with path.open(encoding=how.encoding, newline="", errors="strict") as file:
            yield _rows(csv.reader(file, delimiter=how.delimiter))
    except UnicodeError as error:
        raise Unreadable(f"{path} cannot be read as {how.encoding}: {error}"[:300]) from None


def _rows(reader: Iterator[Sequence[str]]) -> Iterator[Row]:
    number = 0
    while True:
        number += 1
        if number > MOST_ROWS:
            raise Unreadable(f"the file has more than {MOST_ROWS} rows; divide it")
        try:
            cells = next(reader, None)
        except csv.Error as error:
            limit = f"row {number}: {error}; is a quotation mark not closed there?"
            raise Unreadable(limit) from None
        if cells is None:
            return
        if number == 1 and len(cells) in (1, 2) and cells[0].lstrip("\ufeff").startswith("sep="):
            continue
        yield row(number, [plain(cell) for cell in cells])
