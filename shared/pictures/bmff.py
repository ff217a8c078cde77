"""Pictures and films in boxes (HEIC, AVIF, MP4, QuickTime): what tells of the maker is overwritten where it lies.

ISO/IEC 14496-12, 4.2 and 8.11 (``meta``, ``iinf``, ``iloc``), 8.10 (``udta``); ISO/IEC 23008-12, annex A (Exif and XMP as items of a
picture). Nothing moves, because everything else is found by its place: a box that goes becomes ``free``. A picture is turned by a property
of its own (``irot``), which stays; its Exif says nothing that is needed.
"""

from collections.abc import Iterator
from typing import Final

from shared.pictures.pieces import MOST, overwrite

_BRANDS: Final = frozenset([b"ftyp"])
_GOES: Final = frozenset([b"udta", b"uuid", b"meta"])  # within a film; of a whole file `meta` is the picture itself
_HOLDS: Final = frozenset([b"moov", b"trak"])
_TELLING: Final = frozenset([b"Exif", b"mime", b"uri "])
_DEPTH: Final = 4
_HANDLER: Final = 64  # octets in which a `meta` says what it is of (8.4.3)

Box = tuple[bytes, int, int, int]
"""Kind, where it begins, where its content begins, where it ends."""


def is_one(beginning: bytes) -> bool:
    """Whether a file that begins so is made of boxes."""
    return beginning[4:8] in _BRANDS


def cleaned(content: bytes) -> bytes:
    """It without what tells of its maker, as long as before."""
    picture = bytearray(content)
    for kind, start, inner, end in _boxes(content, 0, len(content)):
        if kind == b"meta" and b"pict" in content[inner : inner + _HANDLER]:
            overwrite(picture, _items(content, inner + 4, end))
        elif kind in _GOES:
            _free(picture, start, inner, end)
        elif kind in _HOLDS:
            _film(picture, content, inner, end, _DEPTH)
    return content if picture == content else bytes(picture)


def _film(picture: bytearray, content: bytes, start: int, end: int, depth: int) -> None:
    for kind, first, inner, last in _boxes(content, start, end):
        if kind in _GOES:
            _free(picture, first, inner, last)
        elif kind in _HOLDS and depth:
            _film(picture, content, inner, last, depth - 1)


def _free(picture: bytearray, start: int, inner: int, end: int) -> None:
    picture[start + 4 : start + 8] = b"free"
    picture[inner:end] = bytes(end - inner)


def _boxes(content: bytes, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places, one after the other; the last one may say that it goes to the end."""
    for _ in range(MOST):
        size, inner = int.from_bytes(content[start : start + 4]), start + 8
        if size == 1:
            size, inner = int.from_bytes(content[start + 8 : start + 16]), start + 16
        last = end if size == 0 else min(start + size, end)
        if inner > end or last < inner:
            return
        yield content[start + 4 : start + 8], start, inner, last
        start = last


def _items(content: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """Where a picture's Exif and XMP lie."""
    boxes = {kind: (inner, last) for kind, _, inner, last in _boxes(content, start, end)}
    if b"iinf" not in boxes or b"iloc" not in boxes:
        return []
    telling = _telling(content, *boxes[b"iinf"])
    data = boxes.get(b"idat", (0, 0))[0]
    return [
        (first, min(first + length, len(content)))
        for item, first, length in _extents(content, *boxes[b"iloc"], data)
        if item in telling and first < len(content)
    ]


def _telling(content: bytes, start: int, end: int) -> set[int]:
    """The numbers of items that are no picture (8.11.6, `infe` of version 2 and 3)."""
    found = set()
    first = start + 4 + (2 if content[start : start + 1] == b"\0" else 4)
    for kind, _, inner, _ in _boxes(content, first, end):
        version = int.from_bytes(content[inner : inner + 1])
        if kind == b"infe" and version in (2, 3):
            width = 2 if version == 2 else 4
            if content[inner + 6 + width : inner + 10 + width] in _TELLING:
                found.add(int.from_bytes(content[inner + 4 : inner + 4 + width]))
    return found


def _extents(content: bytes, start: int, end: int, data: int) -> Iterator[tuple[int, int, int]]:
    """Item, place and length of each piece of an item (8.11.3); those in ``idat`` count from ``data``."""
    version = int.from_bytes(content[start : start + 1])
    place = start + 4
    sizes = content[place : place + 2].ljust(2, b"\0")
    offset, length, base, index = sizes[0] >> 4, sizes[0] & 15, sizes[1] >> 4, sizes[1] & 15 if version else 0
    wide = 4 if version == 2 else 2
    place += 2

    def number(width: int) -> int:
        nonlocal place
        place += width
        return int.from_bytes(content[place - width : min(place, end)])

    left = MOST
    for _ in range(min(number(wide), MOST)):
        item = number(wide)
        method = number(2) & 15 if version else 0
        number(2)  # in which file: our own
        from_ = number(base) + (data if method == 1 else 0)
        for _ in range(number(2)):
            number(index)
            at = number(offset)
            yield item, from_ + at, number(length)
            left -= 1
            if place >= end or not left:
                return
