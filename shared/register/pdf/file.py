"""A PDF file (ISO 32000-1) that is written as it comes: a page is compressed and on disk before the next one is begun.

In memory stay where each object lies and which glyphs were used; the fonts, with those alone, are written at the end. Text only: no
script, no link, no form, nothing that is loaded.
"""

import zlib
from array import array
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from shared.register.pdf.face import MISSING, Face

_CATALOG, _PAGES, _INFO, _RESOURCES, _FIRST = 1, 2, 3, 4, 5
_OF_A_FACE = 5
_MAPPED_AT_ONCE = 100  # of a bfchar section, ISO 32000-1 9.10.3


class PdfFile:
    """A document at ``path``. ``faces`` are called F0, F1 … on its pages; sizes are in points (1/72 inch)."""

    def __init__(self, path: Path, faces: list[Face], size: tuple[float, float], title: str, language: str) -> None:
        self._file = path.open("wb")
        self._faces, self._size, self._title, self._language = faces, size, title, language
        self._at = 0
        self._offsets = array("Q", [0] * (_FIRST + _OF_A_FACE * len(faces)))
        self._pages = array("L")
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def page(self, content: str) -> None:
        """One more page, as content-stream operators."""
        page = len(self._offsets)
        self._offsets.extend((0, 0))
        self._pages.append(page)
        width, height = self._size
        self._object(
            page,
            f"<< /Type /Page /Parent {_PAGES} 0 R /MediaBox [0 0 {width:g} {height:g}] "
            f"/Resources {_RESOURCES} 0 R /Contents {page + 1} 0 R >>".encode(),
        )
        self._stream(page + 1, content.encode("ascii"))

    def close(self, made: datetime) -> None:
        """Write what the pages refer to, and where everything lies."""
        for place, face in enumerate(self._faces):
            self._face(_FIRST + _OF_A_FACE * place, face)
        fonts = " ".join(f"/F{place} {_FIRST + _OF_A_FACE * place} 0 R" for place in range(len(self._faces)))
        self._object(_RESOURCES, f"<< /Font << {fonts} >> >>".encode())
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self._object(_PAGES, f"<< /Type /Pages /Count {len(self._pages)} /Kids [{kids}] >>".encode())
        self._object(
            _INFO,
            f"<< /Title {_text(self._title)} /Producer {_text('Trunkline')} /CreationDate (D:{made:%Y%m%d%H%M%S}Z) >>".encode(),
        )
        self._object(
            _CATALOG,
            f"<< /Type /Catalog /Pages {_PAGES} 0 R /Lang {_text(self._language)} "
            "/ViewerPreferences << /DisplayDocTitle true >> >>".encode(),
        )
        self._trailer()
        self._file.close()

    def abandon(self) -> None:
        """Let go of the file as it is."""
        self._file.close()

    def _trailer(self) -> None:
        begins = self._at
        self._put(f"xref\n0 {len(self._offsets)}\n0000000000 65535 f \n".encode())
        for offset in self._offsets[1:]:
            self._put(f"{offset:010d} 00000 n \n".encode())
        self._put(
            f"trailer\n<< /Size {len(self._offsets)} /Root {_CATALOG} 0 R /Info {_INFO} 0 R >>\nstartxref\n{begins}\n%%EOF\n".encode()
        )

    def _face(self, first: int, face: Face) -> None:
        used = face.used() or {0: (MISSING, 600)}
        # Six letters before a font's name say that it is a part of it (9.6.4).
        name = f"TRUNKL+{face.name}"
        self._object(
            first,
            f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H "
            f"/DescendantFonts [{first + 1} 0 R] /ToUnicode {first + 4} 0 R >>".encode(),
        )
        widths = " ".join(f"{number} [{advance}]" for number, (_, advance) in used.items())
        self._object(
            first + 1,
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {first + 2} 0 R /DW 500 /W [{widths}] /CIDToGIDMap /Identity >>".encode(),
        )
        self._object(
            first + 2,
            f"<< /Type /FontDescriptor /FontName /{name} /Flags 4 /FontBBox [-454 -293 2159 968] /ItalicAngle 0 "
            f"/Ascent 984 /Descent -273 /CapHeight 660 /StemV 84 /FontFile2 {first + 3} 0 R >>".encode(),
        )
        content = face.file()
        self._stream(first + 3, content, f"/Length1 {len(content)} ")
        self._stream(first + 4, _to_unicode({number: char for number, (char, _) in used.items()}).encode())

    def _object(self, number: int, content: bytes) -> None:
        self._offsets[number] = self._at
        self._put(b"%d 0 obj\n%b\nendobj\n" % (number, content))

    def _stream(self, number: int, content: bytes, more: str = "") -> None:
        packed = zlib.compress(content)
        head = f"<< {more}/Filter /FlateDecode /Length {len(packed)} >>\nstream\n".encode()
        self._object(number, head + packed + b"\nendstream")

    def _put(self, content: bytes) -> None:
        self._file.write(content)
        self._at += len(content)


def _text(words: str) -> str:
    """A text string (7.9.2.2), in hexadecimal digits."""
    return f"<feff{words.encode('utf-16-be', 'replace').hex()}>"


def _to_unicode(said: Mapping[int, str]) -> str:
    """The CMap by which what is written can be searched and copied (9.10.3)."""
    pairs = [f"<{number:04x}> <{char.encode('utf-16-be').hex()}>" for number, char in said.items()]
    parts = [pairs[start : start + _MAPPED_AT_ONCE] for start in range(0, len(pairs), _MAPPED_AT_ONCE)]
    sections = "\n".join(f"{len(part)} beginbfchar\n" + "\n".join(part) + "\nendbfchar" for part in parts)
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        f"1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n{sections}\nendcmap\n"
        "CMapName currentdict /CMap defineresource pop\nend\nend\n"
    )
