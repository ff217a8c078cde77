"""Compressed RTF (MS-OXRTFCP), the form in which Outlook keeps the body of a message. Pure, bounded, never raises."""

import struct
import zlib
from dataclasses import dataclass

MAX_RAW = 2 * 1024 * 1024
"""Octets of RTF that are unpacked: eight times what a mail's text may be, for RTF is wordy."""

_COMPRESSED, _STORED = 0x75465A4C, 0x414C454D  # "LZFu" and "MELA", 2.1.3.1.1
_WINDOW = 4096
# What the dictionary holds in the beginning, 2.1.2.1.
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


@dataclass(frozen=True, slots=True)
class Unpacked:
    """The RTF, and whether anything about its packing was wrong: then it may be only the beginning."""

    rtf: bytes
    damaged: bool = False


def unpack_rtf(octets: bytes) -> Unpacked:
    """The value of PR_RTF_COMPRESSED as RTF. A wrong checksum is named and tolerated: the words matter more than it."""
    if len(octets) < 16:
        return Unpacked(b"", bool(octets))
    size, raw_size, kind, checksum = struct.unpack_from("<IIII", octets)
    # The size counts what follows it, twelve octets of the header among them (2.1.3.1.1).
    content = octets[16 : max(16, min(size + 4, len(octets)))]
    damaged = size + 4 > len(octets)
    if kind == _STORED:
        return Unpacked(content[: min(raw_size, MAX_RAW)], damaged)
    if kind != _COMPRESSED:
        return Unpacked(b"", True)
    # The CRC of 2.1.3.2 begins with 0 and is not inverted at the end, which is what zlib's does by itself.
    damaged |= zlib.crc32(content, 0xFFFFFFFF) ^ 0xFFFFFFFF != checksum
    rtf, ended = _expand(content)
    return Unpacked(rtf, damaged or not ended or len(rtf) != raw_size)


def _expand(content: bytes) -> tuple[bytes, bool]:
    """The octets that a run of literals and references stands for (2.2.2), and whether its end was found.

    The dictionary of 4,096 octets is the tail of what has been written, so that a place in it is a distance back from here.
    """
    out = bytearray(_DICTIONARY)
    most = len(_DICTIONARY) + MAX_RAW
    position, end = 0, len(content)
    while position < end and len(out) < most:
        control = content[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                if position >= end:
                    return bytes(out[len(_DICTIONARY) :]), False
                out.append(content[position])
                position += 1
                continue
            if position + 2 > end:
                return bytes(out[len(_DICTIONARY) :]), False
            reference = content[position] << 8 | content[position + 1]
            position += 2
            distance = (len(out) - (reference >> 4)) % _WINDOW
            if distance == 0:
                return bytes(out[len(_DICTIONARY) :]), True
            length = (reference & 15) + 2
            if distance > len(out):
                out += bytes(length)  # a place nothing was written to yet
                continue
            start = len(out) - distance
            piece = out[start : start + length]
            if distance < length:
                piece = (piece * (length // distance + 1))[:length]
            out += piece
    return bytes(out[len(_DICTIONARY) : most]), False
