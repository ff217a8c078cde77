"""What a reader finds in a PDF document of ours: its text, by the map that says which glyph is which character."""

import re
import zlib

_STREAM = re.compile(rb"(\d+) 0 obj\n<<([^>]*?)/Filter /FlateDecode /Length (\d+) >>\nstream\n")
_MAPPED = re.compile(r"<([0-9a-f]{4})> <([0-9a-f]+)>")
_SAID = re.compile(r"/F(\d) [\d.]+ Tf [^<]*<([0-9a-f]*)> Tj")


def text_of(pdf: bytes) -> str:
    """The lines of a document as they are drawn."""
    return "\n".join(pages_of(pdf))


def pages_of(pdf: bytes) -> list[str]:
    """The same, page by page."""
    streams = [zlib.decompress(pdf[each.end() : each.end() + int(each[3])]) for each in _STREAM.finditer(pdf)]
    maps = [
        {
            int(glyph, 16): bytes.fromhex(char).decode("utf-16-be")
            for glyph, char in _MAPPED.findall(each.decode("ascii"))
        }
        for each in streams
        if b"beginbfchar" in each
    ]
    pages = [each.decode("ascii") for each in streams if b" Tj ET" in each]
    found = []
    for page in pages:
        lines = []
        for face, glyphs in _SAID.findall(page):
            numbers = [int(glyphs[start : start + 4], 16) for start in range(0, len(glyphs), 4)]
            lines.append("".join(maps[int(face)][number] for number in numbers))
        found.append("\n".join(lines))
    return found
