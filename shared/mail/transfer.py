"""Content-Transfer-Encoding undone (RFC 2045 6), forgiving cut and dirty input."""

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_ENCODED_START = re.compile(rb"\s*[A-Za-z0-9+/]{16,}")
_MAX_PIECES = 100
_IDENTITY = {"", "7bit", "8bit", "binary", "7-bit", "8-bit", "none"}


def decode_transfer(body: bytes, encoding: str) -> tuple[bytes, str | None]:
    """The octets as they were before transport, and a defect: `bad-base64`, `bad-uuencode`,
    `unknown-transfer-encoding`, or None."""
    if encoding in _IDENTITY:
        return body, None
    if encoding == "base64":
        return _base64(body)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(body), None
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        return _uuencode(body)
    return body, "unknown-transfer-encoding"


def _base64(body: bytes) -> tuple[bytes, str | None]:
    try:
        # The strict form refuses line breaks, so that only they are taken out on the ordinary path.
        return binascii.a2b_base64(body.translate(None, b"\r\n \t"), strict_mode=True), None
    except binascii.Error:
        pass  # dirty or cut: read below, with its defect
    if not _looks_encoded(body):
        return body, "bad-base64"
    out = bytearray()
    # Two encoded texts may be glued together, each with its padding; or plain words follow the end (a list's footer).
    pieces = re.split(rb"=+", body, maxsplit=_MAX_PIECES)
    for at, piece in enumerate(pieces):
        # The last piece of too many still has its equals signs.
        letters = _NOT_BASE64.sub(b"", piece).replace(b"=", b"")
        if at and (len(letters) % 4 == 1 or b" " in piece.strip()):
            break
        whole = letters[:-1] if len(letters) % 4 == 1 else letters
        out += binascii.a2b_base64(whole + b"=" * (-len(whole) % 4))
    return bytes(out), "bad-base64"


def _looks_encoded(body: bytes) -> bool:
    """Whether most lines of a sample hold only letters of the alphabet: prose under a wrong label has blanks."""
    lines = [line.strip() for line in body[:4096].splitlines() if line.strip()]
    clean = sum(1 for line in lines if not _NOT_BASE64.search(line))
    return bool(lines) and (clean * 2 >= len(lines) or _ENCODED_START.match(body) is not None)


def _uuencode(body: bytes) -> tuple[bytes, str | None]:
    out = bytearray()
    defect = None
    inside = False
    for line in body.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
            continue
        if line.strip() == b"end":
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            defect = "bad-uuencode"
    return (bytes(out), defect) if inside else (body, "bad-uuencode")
