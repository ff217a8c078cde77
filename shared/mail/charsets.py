"""Octets to text, whatever the label says: aliases, wrong labels, no label. Never raises."""

import codecs
import re
from functools import lru_cache

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
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
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
    for candidate in (label, label.removeprefix("x-"), label.replace("windows-", "cp"), label.split(":")[0]):
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
    if octets.isascii():
        return clean(octets.decode("ascii"))
    return decode_charset(octets, None)[0]


def decode_charset(octets: bytes, charset: str | None) -> tuple[str, str | None]:
    """Text and a defect: `unknown-charset`, `mislabelled-charset`, `undecodable-charset`, or None."""
    codec = codec_of(charset) if charset else ""
    if octets.isascii() and codec not in _STATEFUL and b"\x1b" not in octets:
        return clean(octets.decode("ascii")), None if codec is not None else "unknown-charset"
    if not codec:
        return clean(_guess(octets)), "unknown-charset" if codec is None else None
    if codec in _STATEFUL:
        return _stateful(octets, codec)
    if codec not in ("utf-8", "ascii") and codec not in _MULTIBYTE:
        # Eight-bit text that happens to be whole UTF-8 is UTF-8 under a wrong label: chance would break a sequence.
        text = _strict(octets, "utf-8")
        if text is not None and not octets.isascii():
            return clean(text), "mislabelled-charset"
    text = _strict(octets, codec)
    if text is not None:
        return clean(text), None
    return _wrongly_labelled(octets, codec)


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
        return clean(octets.decode(codec, "replace")), "undecodable-charset"
    text = _strict(octets, "utf-8")
    if text is not None:
        return clean(text), "mislabelled-charset"
    return clean(octets.decode(codec, "replace")), "undecodable-charset"


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
    return clean(_guess(octets)), "mislabelled-charset"


def _guess(octets: bytes) -> str:
    """No label, or a lying one: UTF-8 and ISO-2022-JP show themselves; Cyrillic by its letters; else windows-1252."""
    if b"\x1b$" in octets or b"\x1b(" in octets:
        text = _strict(octets, "iso2022_jp_ext")
        if text is not None:
            return text
    text = _strict(octets, "utf-8")
    if text is not None:
        return text
    sample = octets[:4096]
    high = [octet for octet in sample if octet >= 0x80]
    letters = len(high) + sum(1 for octet in sample if 65 <= octet <= 90 or 97 <= octet <= 122)
    if len(high) > 8 and len(high) > letters * 0.6:
        guess = _dense(sample, octets)
        if guess is not None:
            return guess
    replaced = octets.decode("utf-8", "replace")
    if replaced.count("\ufffd") * 4 <= sum(1 for character in replaced if character > "\x7f"):
        return replaced
    return octets.decode("cp1252", "replace") if _strict(octets, "cp1252") else octets.decode("latin-1")


def _dense(sample: bytes, octets: bytes) -> str | None:
    """Mostly eight-bit letters: a script of its own. The candidate whose letters are most often common ones wins."""
    best, best_share = None, 0.5
    for codec, common in (
        ("cp1251", "оеаинтсрвлкмдпуя"),
        ("koi8-r", "оеаинтсрвлкмдпуя"),
        ("cp932", "のにはをたがでてとしれさいるかなす"),
        ("euc_jp", "のにはをたがでてとしれさいるかなす"),
        ("gb18030", "的一是不了在人有我他这中大来上国您好请"),
        ("cp1253", "αοιετσνηυρπκμλ"),
    ):
        text = sample.decode(codec, "ignore")
        foreign = [character for character in text if character > "\x7f"]
        share = sum(1 for character in foreign if character in common) / max(len(foreign), 1)
        share *= 4 if len(common) > 16 and codec == "gb18030" else 1
        if share > best_share:
            best, best_share = codec, share
    return octets.decode(best, "replace") if best else None
