"""Signed and encrypted mail: S/MIME (RFC 8551) and OpenPGP (RFC 3156, RFC 9580). Marked and read through, never verified.

A signature says nothing here about who wrote: that is what `defects` may not be taken for. Nothing is decrypted.
"""

import re

_SIGNED = {
    "application/pkcs7-signature": "smime-signed",
    "application/x-pkcs7-signature": "smime-signed",
    "application/pgp-signature": "pgp-signed",
}
_OPAQUE = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_CLEAR = "-----BEGIN PGP SIGNED MESSAGE-----"
_CLEAR_END = "-----BEGIN PGP SIGNATURE-----"
_ARMOUR_END = "-----END PGP SIGNATURE-----"
_MAX_SIGNED = 100
_DASHED = re.compile(r"^- ", re.MULTILINE)
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_MAX_STEPS = 10_000
_MAX_LEVELS = 12


def protection(media_type: str, parameters: dict[str, str]) -> str | None:
    """The mark for a part by its type: `smime-signed`, `pgp-signed`, `smime-encrypted`, `pgp-encrypted`, or None."""
    if media_type in _OPAQUE:
        kind = parameters.get("smime-type", "").lower()
        if kind in ("enveloped-data", "authenveloped-data"):
            return "smime-encrypted"
        return "smime-signed" if kind == "signed-data" else None
    if media_type == "application/pgp-encrypted":
        return "pgp-encrypted"
    return _SIGNED.get(media_type)


def is_opaque(media_type: str) -> bool:
    """Whether a part may be a mail inside a CMS structure (RFC 8551 3.5)."""
    return media_type in _OPAQUE


def read_clear_signed(text: str) -> tuple[str, str | None]:
    """Text without the armour of a cleartext signature (RFC 9580 7), and its mark; text of armour only is marked."""
    if "-----BEGIN PGP " not in text:
        return text, None
    kept: list[str] = []
    position = 0
    for _ in range(_MAX_SIGNED):
        start = text.find(_CLEAR, position)
        blank = text.find("\n\n", start) if start >= 0 else -1
        signature = text.find(_CLEAR_END, blank) if blank >= 0 else -1
        end = text.find(_ARMOUR_END, signature) if signature >= 0 else -1
        if end < 0:
            break
        kept += [text[position:start], _DASHED.sub("", text[blank + 2 : signature])]
        position = end + len(_ARMOUR_END)
    if kept:
        return "".join(kept) + text[position:].removeprefix("\n"), "pgp-signed"
    return text, "pgp-encrypted" if "-----BEGIN PGP MESSAGE-----" in text else None


def signed_content(der: bytes) -> bytes | None:
    """The MIME entity inside CMS SignedData (RFC 5652 5), definite or indefinite lengths; None where there is none."""
    try:
        return _Reader(der).content()
    except (IndexError, ValueError):
        return None


class _Reader:
    """BER (X.690), as far as a SignedData needs it: one pass, bounded in steps and levels."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets
        self.steps = 0

    def content(self) -> bytes | None:
        """ContentInfo → [0] SignedData → encapContentInfo → [0] OCTET STRING."""
        info, end = self._enter(0, 0x30)
        oid_start, oid_end, position = self._value(info)
        if self.octets[oid_start:oid_end] != _SIGNED_DATA:
            return None
        signed, end = self._enter(position, 0xA0)
        inside, end = self._enter(signed, 0x30)
        inside = self._value(inside)[2]  # version
        inside = self._value(inside)[2]  # digestAlgorithms
        encapsulated, end = self._enter(inside, 0x30)
        after_type = self._value(encapsulated)[2]
        if after_type >= end or self.octets[after_type] != 0xA0:
            return None  # a detached signature
        string, _ = self._enter(after_type, 0xA0)
        return self._strings(string, 0)[0]

    def _header(self, at: int) -> tuple[int, int, int]:
        """Tag, where the value begins, and its length; -1 for an indefinite one."""
        self.steps += 1
        if self.steps > _MAX_STEPS:
            raise ValueError("too many values")
        tag, first = self.octets[at], self.octets[at + 1]
        if first < 0x80:
            return tag, at + 2, first
        if first == 0x80:
            return tag, at + 2, -1
        size = first & 0x7F
        if size > 5:
            raise ValueError("a length that cannot be")
        length = int.from_bytes(self.octets[at + 2 : at + 2 + size], "big")
        return tag, at + 2 + size, length

    def _enter(self, at: int, tag: int) -> tuple[int, int]:
        found, start, length = self._header(at)
        if found != tag:
            raise ValueError("another value was expected")
        return start, len(self.octets) if length < 0 else start + length

    def _value(self, at: int, level: int = 0) -> tuple[int, int, int]:
        """Start and end of a value, and where the next one begins."""
        _, start, length = self._header(at)
        if length >= 0:
            return start, start + length, start + length
        if level > _MAX_LEVELS:
            raise ValueError("too deep")
        position = start
        while self.octets[position : position + 2] != b"\x00\x00":
            position = self._value(position, level + 1)[2]
        return start, position, position + 2

    def _strings(self, at: int, level: int) -> tuple[bytes, int]:
        """An OCTET STRING, put together where it comes in pieces."""
        tag, start, length = self._header(at)
        if tag == 0x04:
            return self.octets[start : start + length], start + length
        if tag != 0x24 or level > _MAX_LEVELS:
            raise ValueError("no octets here")
        pieces, position = [], start
        end = len(self.octets) if length < 0 else start + length
        while position < end and not (length < 0 and self.octets[position : position + 2] == b"\x00\x00"):
            piece, position = self._strings(position, level + 1)
            pieces.append(piece)
        return b"".join(pieces), position + (2 if length < 0 else 0)
