"""Octets to text, whatever the label says: aliases, wrong labels, no label. Never raises."""

import codecs
import re
from functools import lru_cache

from shared.mail.guess import guess_text, plausible

_ALIASES = {
    "ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "ansi_x3.110-1983": "latin-1",
    "cp-850": "cp850",
    "dos-850": "cp850",
    "euc-cn": "gb18030",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "cp936": "gb18030",
    "x-gbk": "gb18030",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "korean": "cp949",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ce": "mac_latin2",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "big5": "big5hkscs",
    "x-big5": "big5hkscs",
    "x-euc-jp": "euc_jp",
    "unicode-1-1-utf-7": "utf-7",
    "unicode-1-1-utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "x-unknown": "",
    "unknown-8bit": "",
    "unknown": "",
    "default": "",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "win-1251": "cp1251",
    "iso-8859-1": "cp1252",  # WHATWG encoding standard: what is called Latin 1 is windows-1252
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
}
# They mean something other than their octets even where all octets are ASCII.
_STATEFUL = {"utf-7", "iso2022_jp_ext", "iso2022_jp_2", "iso2022_jp", "iso2022_kr", "hz", "utf-16", "utf-32"}
_STATEFUL |= {"utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"}
# Codecs that are no charsets: quadratic, or able to make lone surrogates out of plain ASCII.
_REFUSED = {"punycode", "idna", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
_MULTIBYTE = {"gb18030", "cp932", "cp949", "euc_jp", "big5hkscs", "johab", "shift_jis_2004", "euc_jis_2004"}
_THREE_OCTETS = re.compile(rb"[\xe0-\xef][\x80-\xbf][\x80-\xbf]")
_ESCAPE = re.compile(rb"(\x1b\$[@B]|\x1b\([BJI]|\x1b\$\([D])")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
# Names that software made up around a code page: windows1250, x-windows-1250, cp-1250, ms_1250.
_NUMBERED = re.compile(r"(?:windows|win|cp|ms|ibm|dos|x-cp)\D{0,2}(\d{3,4})|iso\D{0,2}8859\D{0,2}(\d{1,2})")
_NOT_NAME = re.compile(r"[^a-z0-9._:+-]")


def clean(text: str) -> str:
    """Without NUL and lone surrogates, which neither UTF-8 nor PostgreSQL can hold."""
    if text.isascii() and "\x00" not in text:
        return text
    return _UNSTORABLE.sub(lambda match: "" if match[0] == "\x00" else "\ufffd", text)


@lru_cache(maxsize=256)
def codec_of(charset: str) -> str | None:
    """The Python codec for a label as mails write it; None where there is none, "" where the label says nothing."""
    label = _NOT_NAME.sub("", charset.strip().lower().strip("\"'"))
    label = label.removeprefix("charset=").removeprefix("charset")
    for candidate in (label, label.replace("_", "-"), label.removeprefix("x-")):
        if candidate in _ALIASES:
            return _ALIASES[candidate]
    if not label:
        return ""
    number = _NUMBERED.search(label)
    for candidate in (
        label,
        label.removeprefix("x-"),
        label.replace("windows-", "cp"),
        label.split(":")[0],
        f"cp{number[1]}" if number else "",
        f"iso8859-{number[2]}" if number and number[2] else "",
    ):
        try:
            found = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        if found.name.replace("-", "_") in _REFUSED or not getattr(found, "_is_text_encoding", True):
            return None
        return _ALIASES.get(found.name, found.name)
    return None


def decode_raw(octets: bytes) -> str:
    """Octets of a header that carry no label: UTF-8 (RFC 6532), else what old software meant by eight bits."""
    if octets.isascii() and b"\x1b" not in octets:
        return clean(octets.decode("ascii"))
    return decode_charset(octets, None)[0]


def decode_charset(octets: bytes, charset: str | None) -> tuple[str, str | None]:
    """Text and a defect: `unknown-charset`, `mislabelled-charset`, `undecodable-charset`, or None."""
    codec = codec_of(charset) if charset else ""
    if octets.isascii() and codec not in _STATEFUL and b"\x1b" not in octets:
        return clean(octets.decode("ascii")), None if codec is not None else "unknown-charset"
    if not codec:
        return clean(guess_text(octets)), "unknown-charset" if codec is None else None
    if codec in _STATEFUL:
        return _stateful(octets, codec)
    if codec not in ("utf-8", "ascii") and codec not in _MULTIBYTE:
        # Eight-bit text that happens to be whole UTF-8 is UTF-8 under a wrong label: chance would break a sequence.
        text = _strict(octets, "utf-8")
        if text is not None and not octets.isascii():
            return clean(text), "mislabelled-charset"
    if codec in _MULTIBYTE:
        text = _strict(octets, "utf-8")
        if text is not None and _is_no_chance(octets, text, codec):
            return clean(text), "mislabelled-charset"
    text = _strict(octets, codec)
    if text is not None:
        return clean(text), None
    return _wrongly_labelled(octets, codec)


def _is_no_chance(octets: bytes, text: str, codec: str) -> bool:
    """Whether octets that are whole UTF-8 under another multi-byte label are that and not pairs that fit by chance."""
    if len(_THREE_OCTETS.findall(octets, 0, 4096)) > 1:
        return True
    foreign = sum(1 for character in text[:2000] if character > "\x7f")
    return foreign > 5 and plausible(octets, codec) < 0.2


def _strict(octets: bytes, codec: str) -> str | None:
    try:
        return octets.decode(codec)
    except (UnicodeDecodeError, LookupError, ValueError):
        return None


def _stateful(octets: bytes, codec: str) -> tuple[str, str | None]:
    if codec == "utf-16" and octets[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        # Without a mark it is big-endian (RFC 2781 4.3), unless the zero octets say otherwise.
        codec = "utf-16-le" if octets[1:200:2].count(0) > octets[0:200:2].count(0) else "utf-16-be"
    text = _strict(octets, codec)
    if text is not None:
        return clean(text), None
    if codec.startswith("iso2022_jp"):
        if not octets.isascii():
            return clean(guess_text(octets)), "mislabelled-charset"
        return clean(_japanese(octets)), None if b"\x1b" in octets else "undecodable-charset"
    text = _strict(octets, "utf-8")
    if text is not None:
        return clean(text), "mislabelled-charset"
    return clean(octets.decode(codec, "replace")), "undecodable-charset"


def _japanese(octets: bytes) -> str:
    """ISO-2022-JP as Windows writes it (cp50221): with NEC's signs and half-width kana, which the standard lacks."""
    out: list[str] = []
    double, kana = False, False
    for piece in _ESCAPE.split(octets):
        if _ESCAPE.fullmatch(piece):
            double, kana = piece.startswith(b"\x1b$"), piece == b"\x1b(I"
        elif double:
            out.append(
                b"".join(_shifted(piece[at], piece[at + 1]) for at in range(0, len(piece) - 1, 2)).decode(
                    "cp932", "replace"
                )
            )
        elif kana:
            out.append(bytes(octet | 0x80 for octet in piece).decode("cp932", "replace"))
        else:
            out.append(piece.decode("ascii", "replace"))
    return "".join(out)


def _shifted(row: int, cell: int) -> bytes:
    """A character of JIS X 0208 as Shift_JIS; what is no character (a line break in the middle) stays as it is."""
    if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
        return bytes((row, cell))
    lead = ((row - 0x21) >> 1) + (0x81 if row < 0x5F else 0xC1)
    trail = cell + (0x7E if row % 2 == 0 else 0x1F if cell < 0x60 else 0x20)
    return bytes((lead, trail))


def _wrongly_labelled(octets: bytes, codec: str) -> tuple[str, str | None]:
    text = _strict(octets, "utf-8")
    if text is not None:
        return clean(text), "mislabelled-charset"
    replaced = octets.decode(codec if codec in _MULTIBYTE or codec == "utf-8" else "utf-8", "replace")
    high = sum(1 for character in replaced if character > "\x7f")
    if codec in _MULTIBYTE or codec == "utf-8":
        # A few broken characters in the right charset (a cut, an odd byte) read better than a wrong charset.
        if replaced.count("\ufffd") * 4 <= high:
            return clean(replaced), "undecodable-charset"
    elif codec != "ascii":
        # A single-byte charset with holes (windows-1252 has five).
        return clean(octets.decode(codec, "replace")), "undecodable-charset"
    return clean(guess_text(octets)), "mislabelled-charset"
