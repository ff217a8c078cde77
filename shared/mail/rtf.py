"""The words of RTF: HTML or plain text that was wrapped in it comes out again (MS-OXRTFEX), other RTF becomes plain text.

Not a renderer: formatting, pictures and tables' borders are left out. One pass, bounded, never raises.
"""

import re
from dataclasses import dataclass, field

from shared.mail.limits import MAX_TEXT

_TOKEN = re.compile(
    r"\\(?P<word>[a-zA-Z]{1,32})(?P<number>-?\d{1,9})?[ ]?|\\'(?P<octet>[0-9a-fA-F]{2})|\\(?P<sign>[^a-zA-Z])|"
    r"(?P<brace>[{}])|(?P<text>[^\\{}\r\n\x00]+)|[\r\n\x00\\]+"
)
_DESTINATIONS = {
    "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "headerl", "headerr", "headerf", "footer", "footerl",
    "footerr", "footerf", "footnote", "fldinst", "listtable", "listoverridetable", "revtbl", "rsidtbl", "filetbl", "bkmkstart",
    "bkmkend", "xe", "tc", "nonshppict", "datastore", "themedata", "template", "operator", "title", "author", "mmathPr",
}  # fmt: skip
_BREAKS = {
    "par": "\n",
    "line": "\n",
    "sect": "\n",
    "page": "\n",
    "row": "\n",
    "tab": "\t",
    "cell": "\t",
    "nestcell": "\t",
    "nestrow": "\n",
}
# As text, and as the entity that stands in HTML for it (MS-OXRTFEX 3.1.3.1).
_SIGNS = {
    "lquote": ("‘", "&lsquo;"), "rquote": ("’", "&rsquo;"), "ldblquote": ("“", "&ldquo;"), "rdblquote": ("”", "&rdquo;"),
    "bullet": ("•", "&bull;"), "endash": ("–", "&ndash;"), "emdash": ("—", "&mdash;"), "emspace": ("\u2003", "&emsp;"),
    "enspace": ("\u2002", "&ensp;"), "zwj": ("\u200d", "&zwj;"), "zwnj": ("\u200c", "&zwnj;"),
}  # fmt: skip
# Charsets of fonts (the RTF specification's \fcharset) as codecs.
_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 130: "johab", 134: "gbk", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250", 254: "cp437", 255: "cp850",
}  # fmt: skip
_MAX_TOKENS = 250_000
_MAX_OPEN = 2_000
_MAX_FONTS = 2_000


@dataclass(frozen=True, slots=True)
class Words:
    """What RTF says. `is_html`: HTML was wrapped in it, and `content` is that. `cut`: there was more than is read."""

    content: str
    is_html: bool = False
    cut: bool = False


def read_rtf(rtf: bytes, most: int = _MAX_TOKENS) -> Words:
    """The words of an RTF document, at most MAX_TEXT characters of at most `most` tokens; of what is none, none."""
    if not rtf.lstrip()[:5].startswith(b"{\\rtf"):
        return Words("")
    reader = _Reader(rtf.decode("latin-1"))
    reader.run(min(most, _MAX_TOKENS))
    text = reader.written()
    return Words(text[:MAX_TEXT], reader.is_html, not reader.ended or len(text) > MAX_TEXT)


@dataclass(slots=True)
class _Group:
    """What a pair of braces encloses, and what holds within."""

    skipped: bool = False
    wrapping: bool = False
    """RTF for readers that know no HTML (\\htmlrtf): left out."""
    hidden: bool = False
    fonts: bool = False
    after_unicode: int = 1
    codec: str = ""

    def within(self) -> "_Group":
        """What holds at the beginning of a group in this one."""
        return _Group(self.skipped, self.wrapping, self.hidden, self.fonts, self.after_unicode, self.codec)


@dataclass(slots=True)
class _Reader:
    source: str
    out: list[str] = field(default_factory=list)
    length: int = 0
    octets: bytearray = field(default_factory=bytearray)
    group: _Group = field(default_factory=_Group)
    open: list[_Group] = field(default_factory=list)
    fonts: dict[int, str] = field(default_factory=dict)
    font: int = 0
    codec: str = "cp1252"
    is_html: bool = False
    ended: bool = False
    starred: bool = False
    to_skip: int = 0
    """Characters that stand for readers that know no Unicode, after one that was given as \\u."""

    def run(self, most: int) -> None:
        position, source = 0, self.source
        for _ in range(most):
            match = _TOKEN.match(source, position)
            if match is None:
                self.ended = True
                break
            if self.length > MAX_TEXT:
                break
            position = match.end()
            kind = match.lastgroup
            if kind == "text":
                self._text(match["text"])
            elif kind == "octet":
                self._octet(int(match["octet"], 16))
            elif kind == "brace":
                self._brace(match["brace"])
            elif kind == "sign":
                self._sign(match["sign"])
            elif match["word"]:
                number = int(match["number"]) if match["number"] else None
                if match["word"] == "bin":
                    position += max(number or 0, 0)
                else:
                    self._word(match["word"], number)
        self._flush()

    def written(self) -> str:
        """Everything, halves of characters beyond the sixteen bits of \\u put together."""
        text = "".join(self.out)
        if text.isascii():
            return text
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")

    def _brace(self, brace: str) -> None:
        self._flush()
        self.starred, self.to_skip = False, 0
        if brace == "{":
            if len(self.open) < _MAX_OPEN:
                self.open.append(self.group)
                self.group = self.group.within()
        elif self.open:
            self.group = self.open.pop()

    def _sign(self, sign: str) -> None:
        if sign == "*":
            self.starred = True
            return
        if sign in "{}\\":
            self._text(sign)
            return
        self._flush()
        if sign == "~":
            self._put("\xa0", "&nbsp;")
        elif sign == "_":
            self._put("\u2011", "&#8209;")
        elif sign in "\r\n":
            self._put("\n", "\n")

    def _word(self, word: str, number: int | None) -> None:
        starred, self.starred = self.starred, False
        self._flush()
        if word in ("u", "uc"):
            self._unicode(word, number)
        elif word == "htmltag" and starred:
            self.group.codec = self.codec
        elif word == "htmlrtf":
            self.group.wrapping = number != 0
        elif starred or word in _DESTINATIONS:
            self.group.skipped, self.group.fonts = True, word == "fonttbl"
        elif word in _BREAKS:
            self._put(_BREAKS[word], _BREAKS[word])
        elif word in _SIGNS:
            self._put(*_SIGNS[word])
        elif word in ("v", "plain"):
            self.group.hidden = word == "v" and number != 0
        else:
            self._charset(word, number)

    def _unicode(self, word: str, number: int | None) -> None:
        if word == "uc":
            self.group.after_unicode = min(max(number or 0, 0), 10)
        elif number is not None:
            self._put(chr(number & 0xFFFF), chr(number & 0xFFFF))
            self.to_skip = self.group.after_unicode

    def _charset(self, word: str, number: int | None) -> None:
        """Which characters the octets that follow are, by the document or by the font."""
        if word == "fromhtml" and number != 0:
            self.is_html = True
        elif number is None:
            return
        elif word == "ansicpg":
            self.codec = _known(f"cp{number}") if number != 65001 else "utf-8"
        elif word == "f" and self.group.fonts:
            self.font = number
        elif word == "fcharset" and self.group.fonts and len(self.fonts) < _MAX_FONTS:
            self.fonts[self.font] = _CHARSETS.get(number, "")
        elif word == "f":
            self.group.codec = self.fonts.get(number, "")

    def _silent(self) -> bool:
        group = self.group
        return group.skipped or group.wrapping or (group.hidden and not self.is_html)

    def _put(self, text: str, entity: str) -> None:
        if not self._silent():
            self.out.append(entity if self.is_html else text)
            self.length += len(text)

    def _octet(self, octet: int) -> None:
        if self.to_skip:
            self.to_skip -= 1
        elif not self._silent():
            self.octets.append(octet)

    def _text(self, text: str) -> None:
        if self.to_skip:
            taken = min(self.to_skip, len(text))
            self.to_skip -= taken
            text = text[taken:]
        if not self._silent():
            # Together with the octets before it: the second half of a character may be an ordinary letter.
            self.octets += text.encode("latin-1")

    def _flush(self) -> None:
        if not self.octets:
            return
        text = bytes(self.octets).decode(self.group.codec or self.codec, "replace")
        self.octets.clear()
        self.out.append(text)
        self.length += len(text)


def _known(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name
