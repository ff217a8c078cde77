"""PNG: only the chunks that make the picture stay (W3C PNG, third edition, section 11, APNG among it), and of EXIF the orientation.

Texts, times and anything that nobody knows go. A picture that breaks off is still shown as far as it goes.
"""

import zlib
from typing import Final

from shared.pictures.pieces import MOST, only_orientation, orientation

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_KEPT: Final = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV mDCv cLLI cLLi bKGD hIST pHYs acTL fcTL fdAT".split()
)


def is_one(beginning: bytes) -> bool:
    """Whether a file that begins so is a PNG."""
    return beginning.startswith(_SIGNATURE)


def cleaned(content: bytes) -> bytes:
    """It without what tells of its maker."""
    kept, place = [_SIGNATURE], len(_SIGNATURE)
    for _ in range(MOST):
        length = int.from_bytes(content[place : place + 4])
        kind, end = content[place + 4 : place + 8], place + length + 12
        if kind in _KEPT:
            kept.append(content[place:end])
        elif kind == b"eXIf" and (exif := only_orientation(orientation(content[place + 8 : end - 4]))):
            kept.append(_chunk(kind, exif))
        if kind == b"IEND" or end >= len(content):
            break
        place = end
    return b"".join(kept)


def _chunk(kind: bytes, body: bytes) -> bytes:
    return len(body).to_bytes(4) + kind + body + zlib.crc32(kind + body).to_bytes(4)
