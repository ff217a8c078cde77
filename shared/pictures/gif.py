"""GIF: comments and everything of applications go (GIF89a, sections 24 and 26; XMP specification part 3, 1.1.2), but how often it is
repeated and its colours."""

from typing import Final

from shared.pictures.pieces import MOST

_KEPT: Final = frozenset([b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012"])
_EXTENSION, _IMAGE, _TRAILER = b"\x21", b"\x2c", b"\x3b"
_CONTROL, _APPLICATION = b"\xf9", b"\xff"


def is_one(beginning: bytes) -> bool:
    """Whether a file that begins so is a GIF."""
    return beginning[:6] in (b"GIF87a", b"GIF89a")


def cleaned(content: bytes) -> bytes:
    """It without what tells of its maker."""
    place = 13 + _table(content[10:11])
    if len(content) <= place:
        return content  # it breaks off in its head, where nothing is told
    kept = [content[:place]]
    for _ in range(MOST):
        kind = content[place : place + 1]
        if kind == _IMAGE:
            data = place + 11 + _table(content[place + 9 : place + 10])
        elif kind == _EXTENSION:
            data = place + 2
        else:
            break
        whole, end = _blocks(content, data)
        label = content[place + 1 : place + 2]
        application = label == _APPLICATION and content[place + 3 : place + 14] in _KEPT
        if data <= len(content) and (kind == _IMAGE or label == _CONTROL or application):
            kept += [content[place:whole], b"\0"]
        place = end
    return b"".join([*kept, _TRAILER])


def _table(packed: bytes) -> int:
    """Octets of the table of colours that follows."""
    return 3 << ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0


def _blocks(content: bytes, place: int) -> tuple[int, int]:
    """How far whole blocks of data go from a place, and where it goes on behind the zero that ends them."""
    whole = place
    while whole < len(content) and content[whole]:
        following = whole + content[whole] + 1
        if following > len(content):
            break
        whole = following
    return whole, whole + 1 if content[whole : whole + 1] == b"\0" else len(content)
