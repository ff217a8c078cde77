"""JPEG: every application segment and comment goes, but the colours' (JFIF, ICC profile, Adobe) and the orientation.

ITU-T T.81, annex B; JFIF 1.02; Exif 2.32, 4.5.4; ICC.1:2010, B.4; Adobe TN 5116, 18. Behind the end of the image telephones put whole
other pictures and films ("MPF", "motion photo") with places and times of their own: those go, too.
"""

import re
from typing import Final

from shared.pictures.pieces import MOST, UPRIGHT, only_orientation, orientation

_START, _END, _SCAN, _COMMENT = b"\xff\xd8", 0xD9, 0xDA, 0xFE
_APPLICATIONS = range(0xE0, 0xF0)
_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})  # markers without a length
# A marker within or behind a scan: neither a stuffed zero nor a restart (T.81, B.1.1.2, B.1.1.5).
_MARKER = re.compile(rb"\xff+([^\x00\xff])")
_NEXT = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_EXIF: Final = b"Exif\0\0"
_JFIF: Final = b"JFIF\0"
_JFIF_LENGTH = 12  # octets without a thumbnail, the two that say so left out


def is_one(beginning: bytes) -> bool:
    """Whether a file that begins so is a JPEG."""
    return beginning[:3] == b"\xff\xd8\xff"


def cleaned(content: bytes) -> bytes:
    """It without what tells of its maker."""
    kept: list[bytes] = []
    turned = UPRIGHT
    place, first = len(_START), 0
    for _ in range(MOST):
        found = _MARKER.search(content, place)
        if found is None:
            break
        marker, place = found[1][0], found.end()
        if marker == _END:
            break
        if marker in _ALONE:
            continue
        length = int.from_bytes(content[place : place + 2])
        if length < 2:
            break
        body, place = content[place + 2 : place + length], place + length
        if marker == 0xE1 and body.startswith(_EXIF) and turned == UPRIGHT:
            turned = orientation(body[len(_EXIF) :])
        segment = _segment(marker, body)
        if marker == _SCAN:
            end = _NEXT.search(content, place)
            stop = len(content) if end is None else end.start()
            # Where it breaks off in the middle of an escape, the end that is put there would be read as part of it.
            segment += content[place:stop] if end is not None else content[place:stop].rstrip(b"\xff")
            place = stop
        if segment and marker == 0xE0:
            first = len(kept) + 1  # EXIF stands behind JFIF where both are
        if segment:
            kept.append(segment)
    exif = only_orientation(turned)
    if exif:
        kept.insert(first, _segment(0xE1, _EXIF + exif, ours=True))
    return b"".join([_START, *kept, b"\xff\xd9"])


def _segment(marker: int, body: bytes, *, ours: bool = False) -> bytes:
    """The segment as it stays; nothing where it goes."""
    if marker == _COMMENT or (marker in _APPLICATIONS and not ours):
        if marker == 0xE0 and body.startswith(_JFIF):
            body = body[:_JFIF_LENGTH].ljust(_JFIF_LENGTH, b"\0") + b"\0\0"
        elif not (marker == 0xE2 and body.startswith(b"ICC_PROFILE\0")) and not (
            marker == 0xEE and body.startswith(b"Adobe")
        ):
            return b""
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2) + body
