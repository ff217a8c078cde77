"""What several kinds of pictures share: how many pieces are read, what is overwritten in place, and the one thing of EXIF that stays, the
orientation.

EXIF is a little TIFF: CIPA DC-008 (Exif 2.32), 4.5.4 and 4.6.4 (Orientation, tag 0x0112, SHORT, 1 to 8).
"""

from collections.abc import Iterable
from typing import Final, Literal

MOST: Final = 100_000
"""Pieces (segments, chunks, blocks, boxes) of one file; a photo has some hundreds."""
UPRIGHT: Final = 1
_ORIENTATION: Final = 0x0112
_ENTRIES: Final = 1_000

Order = Literal["little", "big"]


def byte_order(tiff: bytes) -> Order | None:
    """The order of octets in a TIFF (TIFF 6.0, section 2), null where it is none."""
    if tiff[:4] == b"II*\0":
        return "little"
    return "big" if tiff[:4] == b"MM\0*" else None


def orientation(tiff: bytes) -> int:
    """The orientation that EXIF (from its byte order mark on) gives: 1 to 8, upright where it says nothing that makes sense."""
    order = byte_order(tiff)
    if order is None:
        return UPRIGHT
    start = int.from_bytes(tiff[4:8], order)
    count = min(int.from_bytes(tiff[start : start + 2], order), _ENTRIES)
    for place in range(start + 2, start + 2 + 12 * count, 12):
        entry = tiff[place : place + 12]
        if len(entry) == 12 and int.from_bytes(entry[:2], order) == _ORIENTATION:
            value = int.from_bytes(entry[8:10], order)
            return value if 1 <= value <= 8 else UPRIGHT
    return UPRIGHT


def only_orientation(value: int) -> bytes:
    """EXIF that says nothing else, from its byte order mark on; nothing for a picture that is upright."""
    if value == UPRIGHT:
        return b""
    entry = _ORIENTATION.to_bytes(2) + b"\0\x03\0\0\0\x01" + value.to_bytes(2) + b"\0\0"
    return b"MM\0*\0\0\0\x08\0\x01" + entry + b"\0\0\0\0"


def overwrite(picture: bytearray, spans: Iterable[tuple[int, int]]) -> None:
    """Fill what lies between these places (from, to) with zeros, each octet once, however often spans name it."""
    done = 0
    for first, last in sorted(spans):
        first, last = max(first, done), min(last, len(picture))
        if first < last:
            picture[first:last] = bytes(last - first)
            done = last
