"""winmail.dat: what Outlook packs into TNEF (MS-OXTNEF, properties of MS-OXPROPS), unpacked. Pure, bounded, never raises."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from shared.mail.lzfu import unpack_rtf
from shared.mail.rtf import read_rtf

_SIGNATURE = 0x223E9F78
_MAX_FILES = 500
_MAX_DEPTH = 4
_MAX_PROPERTIES = 5_000
_WORDS_AT_LEAST = 10_000

# Attributes (MS-OXTNEF 2.1.3.2): the low half of the identifier.
_TITLE, _DATA, _RENDERED, _PROPERTIES = 0x8010, 0x800F, 0x9002, 0x9005
_MESSAGE_PROPERTIES, _BODY, _CODEPAGE = 0x9003, 0x800C, 0x9007
# Properties (MS-OXPROPS): the tag's identifier.
_LONG_NAME, _SHORT_NAME, _MEDIA_TYPE, _CONTENT_ID, _OBJECT, _DISPLAY_NAME = (
    0x3707,
    0x3704,
    0x370E,
    0x3712,
    0x3701,
    0x3001,
)
_PLAIN, _HTML, _RTF = 0x1000, 0x1013, 0x1009
# Octets of the values of fixed length (MS-OXCDATA 2.11.1), padded to four.
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_VARIABLE = {0x1E, 0x1F, 0x102, 0x0D}


@dataclass(slots=True)
class PackedFile:
    """One attachment of the message; an empty name or type where it does not say."""

    name: str = ""
    media_type: str = ""
    content_id: str = ""
    content: bytes = b""


@dataclass(slots=True)
class Winmail:
    """What was packed: files, and the texts of the message where it holds them."""

    files: list[PackedFile] = field(default_factory=list)
    text: str = ""
    html: str = ""
    rtf: bytes = b""
    """The body as compressed RTF (PR_RTF_COMPRESSED), where it is there."""
    damaged: bool = False


def read_tnef(octets: bytes) -> Winmail | None:
    """Unpack; None where this is no TNEF at all. Messages within messages give their files too, four levels deep."""
    if len(octets) < 6 or struct.unpack_from("<I", octets)[0] != _SIGNATURE:
        return None
    out = Winmail()
    _read(octets, out, 0)
    if out.rtf and not out.html.strip():
        _take_rtf(out)
    return out


def _take_rtf(out: Winmail) -> None:
    """The body from its RTF: the HTML in it, or its words where there are no others."""
    unpacked = unpack_rtf(out.rtf)
    # RTF has a word for every few packed octets; whoever has far more of them wants to keep us busy.
    words = read_rtf(unpacked.rtf, _WORDS_AT_LEAST + len(out.rtf))
    out.damaged |= unpacked.damaged or words.cut
    if words.is_html and words.content.strip():
        out.html = words.content
    elif not out.text.strip():
        out.text = words.content.strip()


def _read(octets: bytes, out: Winmail, depth: int) -> None:
    current: PackedFile | None = None
    codec = "cp1252"
    for kind, data in _attributes(octets, out):
        if kind == _CODEPAGE and len(data) >= 4:
            codec = _codec(struct.unpack_from("<I", data)[0])
        elif kind == _RENDERED:
            current = PackedFile()
            if len(out.files) >= _MAX_FILES:
                out.damaged = True
                return
            out.files.append(current)
        elif kind == _TITLE and current is not None:
            current.name = current.name or _string(data, codec)
        elif kind == _DATA and current is not None:
            current.content = data
        elif kind == _PROPERTIES and current is not None:
            _attachment(current, data, codec, out, depth)
        elif kind == _BODY and depth == 0:
            out.text = out.text or _string(data, codec)
        elif kind == _MESSAGE_PROPERTIES and depth == 0:
            _message(data, codec, out)


def _attributes(octets: bytes, out: Winmail) -> Iterator[tuple[int, bytes]]:
    """(identifier, data) of each attribute: level, identifier, length, data, checksum; the checksum is not looked at."""
    position, end = 6, len(octets)
    while position + 9 <= end:
        identifier, length = struct.unpack_from("<II", octets, position + 1)
        start = position + 9
        if octets[position] not in (1, 2) or start + length > end:
            out.damaged = True
            return
        yield identifier & 0xFFFF, octets[start : start + length]
        position = start + length + 2
    out.damaged |= position < end


def _message(data: bytes, codec: str, out: Winmail) -> None:
    for identifier, kind, value in _properties(data, out):
        if identifier == _PLAIN:
            out.text = _text_of(kind, value, codec) or out.text
        elif identifier == _HTML:
            out.html = _text_of(kind, value, codec)
        elif identifier == _RTF and kind == 0x102:
            out.rtf = value


def _attachment(current: PackedFile, data: bytes, codec: str, out: Winmail, depth: int) -> None:
    display = short = ""
    for identifier, kind, value in _properties(data, out):
        if identifier == _LONG_NAME:
            current.name = _text_of(kind, value, codec) or current.name
        elif identifier == _SHORT_NAME:
            short = _text_of(kind, value, codec)
        elif identifier == _DISPLAY_NAME:
            display = _text_of(kind, value, codec)
        elif identifier == _MEDIA_TYPE:
            current.media_type = _text_of(kind, value, codec)
        elif identifier == _CONTENT_ID:
            current.content_id = _text_of(kind, value, codec).strip("<>")
        elif identifier == _OBJECT and kind == 0x0D and not current.content:
            # 16 octets name the interface; an embedded message is a TNEF stream of its own.
            inner = value[16:]
            current.content = inner
            if len(inner) > 6 and struct.unpack_from("<I", inner)[0] == _SIGNATURE and depth < _MAX_DEPTH:
                current.media_type = current.media_type or "application/ms-tnef"
                _read(inner, out, depth + 1)
        elif identifier == _OBJECT and kind == 0x102:
            current.content = current.content or value
    current.name = current.name or short or display


def _properties(data: bytes, out: Winmail) -> Iterator[tuple[int, int, bytes]]:
    """(identifier, type, value) of each property (MS-OXTNEF 2.1.3.4); of several values, the first."""
    if len(data) < 4:
        return
    count = struct.unpack_from("<I", data)[0]
    position = 4
    try:
        for _ in range(min(count, _MAX_PROPERTIES)):
            kind, identifier = struct.unpack_from("<HH", data, position)
            position += 4
            if identifier >= 0x8000:
                position = _after_name(data, position)
            base = kind & 0x0FFF
            several = bool(kind & 0x1000)
            if base in _VARIABLE:
                value, position = _variable(data, position)
            elif base in _FIXED:
                number = 1
                if several:
                    number = struct.unpack_from("<I", data, position)[0]
                    position += 4
                value = data[position : position + _FIXED[base]]
                position += _FIXED[base] * number
            else:
                out.damaged = True
                return
            if position > len(data) + 3:
                out.damaged = True
                return
            yield identifier, base, value
    except struct.error:
        out.damaged = True


def _after_name(data: bytes, position: int) -> int:
    """Past the name of a named property: a GUID, then a number or a string."""
    named = struct.unpack_from("<I", data, position + 16)[0]
    position += 20
    if named == 0:
        return position + 4
    length = struct.unpack_from("<I", data, position)[0]
    return int(position + 4 + length + -length % 4)


def _variable(data: bytes, position: int) -> tuple[bytes, int]:
    number = struct.unpack_from("<I", data, position)[0]
    position += 4
    first = b""
    for at in range(min(number, _MAX_PROPERTIES)):
        length = struct.unpack_from("<I", data, position)[0]
        position += 4
        if position + length > len(data):
            raise struct.error("a value is longer than what holds it")
        if at == 0:
            first = data[position : position + length]
        position += length + -length % 4
    return first, position


def _text_of(kind: int, value: bytes, codec: str) -> str:
    return value.decode("utf-16-le", "replace").rstrip("\x00") if kind == 0x1F else _string(value, codec)


def _string(value: bytes, codec: str) -> str:
    value = value.rstrip(b"\x00")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode(codec, "replace")


def _codec(number: int) -> str:
    name = f"cp{number}" if number not in (28591, 28592) else {28591: "latin-1", 28592: "iso8859-2"}[number]
    try:
        "".encode(name)
    except LookupError:
        return "cp1252"
    return name
