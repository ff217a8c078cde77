"""TIFF (and raw photos that are one): what tells of the maker is taken out of its directories, and overwritten where it lay.

TIFF 6.0, sections 2 and 8; Exif 2.32, 4.6.3. Nothing moves: everything in a TIFF is found by its place. A tag that is none
of those below stays, for a picture may need it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from shared.pictures.pieces import MOST, Order, byte_order, overwrite

_TELLING: Final = frozenset({
    269, 270, 271, 272, 285, 305, 306, 315, 316, 333, 700, 32781, 33432, 33723, 34377, 34853, 36867, 36868, 37500, 37510, 40091,
    40092, 40093, 40094, 40095, 42016, 42032, 42033, 42035, 42036, 42037, 50708, 50735, 50740, 50827, 50838, 51041,
})  # fmt: skip
"""Names, texts, makes, programs, times, XMP, IPTC, Photoshop's, notes of the maker, serial numbers; GPS (34853) with its directory."""
_EXIF: Final = 34665
_GPS: Final = 34853
_BELOW: Final = 330  # SubIFDs
_SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_ENTRY: Final = 12
_MOST_BELOW: Final = 100


def is_one(beginning: bytes) -> bool:
    """Whether a file that begins so is a TIFF."""
    return byte_order(beginning) is not None


def cleaned(content: bytes) -> bytes:
    """It without what tells of its maker, as long as before."""
    order = byte_order(content)
    if order is None:
        return content
    found = list(_directories(content, order))
    picture = bytearray(content)
    overwrite(picture, (span for place, wholly, entries in found for span in _values(content, entries, wholly)))
    for place, wholly, entries in found:
        _close_up(picture, content, place, order, [each for each in entries if _goes(each.tag, wholly)])
    return content if picture == content else bytes(picture)


@dataclass(frozen=True, slots=True)
class _Entry:
    """Of a directory: where it stands, its tag, and where its value lies, from and to."""

    place: int
    tag: int
    first: int
    last: int


def _goes(tag: int, wholly: bool) -> bool:
    return wholly or tag in _TELLING or tag == _EXIF


def _directories(content: bytes, order: Order) -> Iterator[tuple[int, bool, list[_Entry]]]:
    """Where each directory begins, whether all in it goes (EXIF, places), and what is in it. Each once: they may name each other in a
    circle."""
    waiting: list[tuple[int, bool]] = [(_number(content, 4, 4, order), False)]
    seen: set[int] = set()
    left = MOST
    while waiting and left > 0:
        place, wholly = waiting.pop()
        if place in seen or not 8 <= place < len(content) - 2:
            continue
        seen.add(place)
        entries = list(islice(_entries(content, place, order), left))
        left -= len(entries) + 1
        yield place, wholly, entries
        for each in entries:
            if each.tag in (_EXIF, _GPS):
                waiting.append((_number(content, each.place + 8, 4, order), True))
            elif each.tag == _BELOW:
                places = range(each.first, min(each.last, each.first + 4 * _MOST_BELOW), 4)
                waiting += [(_number(content, where, 4, order), False) for where in places]
        after = place + 2 + _ENTRY * _number(content, place, 2, order)
        waiting.append((_number(content, after, 4, order), wholly))


def _entries(content: bytes, place: int, order: Order) -> Iterator[_Entry]:
    count = _number(content, place, 2, order)
    for start in range(place + 2, min(place + 2 + _ENTRY * count, len(content) - _ENTRY + 1), _ENTRY):
        tag, kind = _number(content, start, 2, order), _number(content, start + 2, 2, order)
        size = _SIZES.get(kind, 1) * _number(content, start + 4, 4, order)
        first = start + 8 if size <= 4 else _number(content, start + 8, 4, order)
        yield _Entry(start, tag, first, first + size)


def _values(content: bytes, entries: list[_Entry], wholly: bool) -> Iterator[tuple[int, int]]:
    """Where the values lie that go; the first octets of the file are no value's."""
    for each in entries:
        if _goes(each.tag, wholly) and each.tag not in (_EXIF, _GPS) and each.first >= 8:
            yield each.first, min(each.last, len(content))


def _close_up(picture: bytearray, content: bytes, place: int, order: Order, going: list[_Entry]) -> None:
    """Take entries out of a directory: those behind them move up."""
    count = _number(content, place, 2, order)
    room = 2 + _ENTRY * count + 4
    if not going or place + room > len(picture):
        return
    gone = {each.place for each in going}
    starts = range(place + 2, place + 2 + _ENTRY * count, _ENTRY)
    kept = b"".join(content[start : start + _ENTRY] for start in starts if start not in gone)
    directory = (len(kept) // _ENTRY).to_bytes(2, order) + kept + content[place + room - 4 : place + room]
    picture[place : place + room] = directory.ljust(room, b"\0")


def _number(content: bytes, place: int, size: int, order: Order) -> int:
    return int.from_bytes(content[place : place + size], order)
