"""Pictures (and films) without what they tell of whoever took them: place, time, device, name, thumbnails, comments. Pure, and lossless.

What a file is shows in its first octets, whatever its name says. What is seen or heard stays as it is, octet for octet; the orientation
stays, or a photo would turn. Anything that is no picture is returned as it is: documents (PDF, Office, SVG) bear names of authors that
only their own programs take out without harm, see docs/decisions/0041-masking.md.

Cleaning is total: a damaged file loses what comes where nothing is expected, and everything behind its end. It is bounded: each reader
goes through a file once, and leaves out what comes after `MOST` pieces.
"""

from shared.pictures import bmff, gif, jpeg, png, tiff, webp
from shared.pictures.pieces import MOST

__all__ = ["LOOK", "MOST", "cleaned", "is_picture"]

LOOK = 16
"""So many octets say what a file is."""

_READERS = (
    (jpeg.is_one, jpeg.cleaned),
    (png.is_one, png.cleaned),
    (webp.is_one, webp.cleaned),
    (gif.is_one, gif.cleaned),
    (tiff.is_one, tiff.cleaned),
    (bmff.is_one, bmff.cleaned),
)


def is_picture(beginning: bytes) -> bool:
    """Whether a file that begins so (`LOOK` octets) is one that `cleaned` knows."""
    return any(is_one(beginning) for is_one, _ in _READERS)


def cleaned(content: bytes) -> bytes:
    """The file without what it tells of its maker; the same octets where there is nothing to take away. Cleaning twice is cleaning
    once."""
    for is_one, clean in _READERS:
        if is_one(content[:LOOK]):
            return clean(content)
    return content
