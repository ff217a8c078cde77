"""A font as a PDF document needs it: how wide characters are, which glyphs were used, and those glyphs alone as a font file.

Source Sans has Latin with all its accents, Greek and Cyrillic. What it has no glyph for is written in the plain letters it stands for where
there are such (Unicode's compatibility forms), else as the font's empty box: that something stands there is seen, is U+FFFD in the text,
and the page that has one says where it is whole (`shared.register.pdf.paper.Frame`). Nothing is fetched.
"""

import io
import unicodedata
from functools import cache

import font_source_sans_pro
from fontTools import subset
from fontTools.ttLib import TTFont

REGULAR, BOLD = "SourceSansPro", "SourceSansProSemibold"
MISSING = "\ufffd"


@cache
def _metrics(name: str) -> tuple[dict[int, int], list[int]]:
    """Glyph numbers by code point, and the advance of each glyph in thousandths of the font's size."""
    with TTFont(font_source_sans_pro.font_files_ttf[name], lazy=True) as font:
        order = {glyph: number for number, glyph in enumerate(font.getGlyphOrder())}
        unit = 1000 / font["head"].unitsPerEm
        advances = [round(font["hmtx"][glyph][0] * unit) for glyph in order]
        return {code: order[glyph] for code, glyph in font.getBestCmap().items()}, advances


class Face:
    """One face in one document: it remembers what was written with it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._numbers, self._advances = _metrics(name)
        self._glyphs: dict[str, str] = {}
        self._widths: dict[str, int] = {}
        self._said: dict[int, str] = {}

    def fitting(self, text: str) -> str:
        """The text in characters that this face has, or `MISSING`; its lines stay lines."""
        text = unicodedata.normalize("NFC", text)
        return "\n".join(
            line if all(char in self._widths for char in line) else "".join(map(self._known, line))
            for line in text.split("\n")
        )

    def _known(self, char: str) -> str:
        if char in self._widths:
            return char
        if ord(char) in self._numbers:
            self._keep(char, self._numbers[ord(char)])
            return char
        if unicodedata.category(char) in ("Cf", "Mn", "Me", "Cc") and not unicodedata.combining(char):
            return ""  # joins others or chooses how they look, and is nothing by itself
        plain = unicodedata.normalize("NFKD", char)
        if plain != char and all(ord(each) in self._numbers for each in plain):
            return "".join(map(self._known, plain))
        self._keep(MISSING, 0)
        return MISSING

    def _keep(self, char: str, number: int) -> None:
        self._widths[char] = self._advances[number]
        self._glyphs[char] = f"{number:04x}"
        self._said.setdefault(number, char)

    def width(self, text: str, size: float) -> float:
        """How wide a text that was made `fitting` is, in points."""
        return sum(map(self._widths.__getitem__, text)) * size / 1000

    def encoded(self, text: str) -> str:
        """A text that was made `fitting`, as PDF writes its glyphs (ISO 32000-1, 9.7.6.2)."""
        return "".join(map(self._glyphs.__getitem__, text))

    def lines(self, text: str, size: float, room: float) -> list[str]:
        """A text that was made `fitting`, broken between words, and within those that are wider than ``room`` points."""
        found: list[str] = []
        for line in text.split("\n"):
            found += self._broken(line, room * 1000 / size)
        return found

    def _broken(self, line: str, room: float) -> list[str]:
        if sum(map(self._widths.__getitem__, line)) <= room:
            return [line]
        space = self._widths.get(" ") or 200
        found: list[str] = []
        now: list[str] = []
        taken = 0.0
        for word in line.split(" "):
            wide = sum(map(self._widths.__getitem__, word))
            if now and taken + space + wide > room:
                found.append(" ".join(now))
                now, taken = [], 0.0
            while wide > room:
                head = self._beginning(word, room)
                found.append(head)
                word = word[len(head) :]
                wide = sum(map(self._widths.__getitem__, word))
            taken += wide + (space if now else 0)
            now.append(word)
        return [*found, " ".join(now)]

    def _beginning(self, word: str, room: float) -> str:
        taken = 0
        for place, char in enumerate(word):
            taken += self._widths[char]
            if taken > room:
                return word[: max(place, 1)]
        return word

    def used(self) -> dict[int, tuple[str, int]]:
        """The glyphs that were written: what each says, and its advance."""
        return {number: (char, self._advances[number]) for number, char in sorted(self._said.items())}

    def file(self) -> bytes:
        """A font file with the glyphs that were written, under the numbers they have in the whole font."""
        options = subset.Options(
            retain_gids=True, notdef_outline=True, glyph_names=False, hinting=False, layout_features=[]
        )
        options.drop_tables += ["GSUB", "GPOS", "GDEF", "DSIG", "name", "post", "OS/2", "cmap", "kern", "meta"]
        with TTFont(font_source_sans_pro.font_files_ttf[self.name]) as font:
            chosen = subset.Subsetter(options)
            chosen.populate(gids=list(self._said))
            chosen.subset(font)
            for table in ("GSUB", "GPOS", "GDEF", "DSIG", "name", "post", "OS/2", "cmap", "kern", "meta"):
                if table in font:
                    del font[table]
            made = io.BytesIO()
            font.save(made)
        return made.getvalue()
