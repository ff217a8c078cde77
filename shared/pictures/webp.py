"""WebP: only the chunks that make the picture stay (RFC 9649, 2.7), and of EXIF the orientation; the header says what is left."""

from collections.abc import Iterator
from typing import Final

from shared.pictures.pieces import MOST, UPRIGHT, only_orientation, orientation

_PICTURE: Final = frozenset([b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ICCP"])
_FRAME: Final = frozenset([b"VP8 ", b"VP8L", b"ALPH"])
_FRAME_HEAD: Final = 16
_HAS_EXIF: Final = 0x08
_HAS_XMP: Final = 0x04


def is_one(beginning: bytes) -> bool:
    """Whether a file that begins so is a WebP."""
    return beginning[:4] == b"RIFF" and beginning[8:12] == b"WEBP"


def cleaned(content: bytes) -> bytes:
    """It without what tells of its maker."""
    turned, extended = UPRIGHT, -1
    kept: list[bytes] = []
    for kind, body in _chunks(content[12:]):
        if kind == b"VP8X" and extended < 0:
            extended = len(kept)
            kept.append(body)
        elif kind == b"EXIF" and turned == UPRIGHT:
            turned = orientation(body.removeprefix(b"Exif\0\0"))
        elif kind == b"ANMF":
            frame = [_chunk(*each) for each in _chunks(body[_FRAME_HEAD:]) if each[0] in _FRAME]
            kept.append(_chunk(kind, body[:_FRAME_HEAD] + b"".join(frame)))
        elif kind in _PICTURE:
            kept.append(_chunk(kind, body))
    exif = only_orientation(turned) if extended >= 0 else b""
    if extended >= 0:
        flags = kept[extended][:1] or b"\0"
        said = (flags[0] & ~(_HAS_EXIF | _HAS_XMP)) | (_HAS_EXIF if exif else 0)
        kept[extended] = _chunk(b"VP8X", bytes([said]) + kept[extended][1:])
    if exif:
        kept.append(_chunk(b"EXIF", exif))
    whole = b"WEBP" + b"".join(kept)
    return b"RIFF" + len(whole).to_bytes(4, "little") + whole


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = 0
    for _ in range(MOST):
        length = int.from_bytes(content[place + 4 : place + 8], "little")
        if len(content) < place + 8:
            return
        yield content[place : place + 4], content[place + 8 : place + 8 + length]
        place += 8 + length + length % 2


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
