"""Encoded words in headers (RFC 2047), also where they are broken: split characters, missing padding, raw octets."""

import binascii
import re

from shared.mail.charsets import clean, decode_charset, decode_raw

# The bound on the text keeps a header made of openings without ends linear.
_WORD = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^\r\n]{0,4000}?)\?=(?![0-9A-Fa-f]{2})")
_WORD_SIMPLE = re.compile(r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,40})?\?([bBqQ])\?([^?\r\n]{0,4000})\?=")
_LOOSE_OPENING = re.compile(r"=\?[ \t]{0,3}([\w.:+-]{2,40})[ \t]{0,3}\?[ \t]{0,3}([bBqQ])[ \t]{0,3}\?")
_LOOSE_END = re.compile(r"\?[ \t]=(?=[\s\"]|$)")
_UNENDED = re.compile(
    r"(=\?[\w.:+-]{2,40}\?(?:[bB]\?[A-Za-z0-9+/=]{2,4000}|[qQ]\?[^?\s]{0,2000}=[0-9A-Fa-f]{2}[^?\s]{0,2000}))\??\s*"
)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")
_BLANKS = re.compile(r"[ \t\r\n]+")


def decode_header(field: bytes | None) -> str:
    """A whole unstructured field (RFC 5322 2.2.1) as text: words decoded, runs of line breaks and blanks made one."""
    if not field:
        return ""
    return decode_words(decode_raw(field)).strip()


def decode_words(value: str) -> str:
    """Decode every encoded word; blanks between two of them vanish (RFC 2047 6.2), the rest stays as it is."""
    if "=?" not in value:
        return _tidy(value)
    value = _mended(value)
    decoded = _decode(value)
    if "=?" in decoded and _WORD_SIMPLE.fullmatch(decoded.strip()):
        # Encoded twice, as some gateways do: once more, and no further.
        decoded = _decode(decoded.strip())
    return decoded


def _mended(value: str) -> str:
    """Openings and ends as they were meant: blanks inside them taken out, a lost end set."""
    value = _LOOSE_OPENING.sub(r"=?\1?\2?", value)
    value = _LOOSE_END.sub("?=", value)
    last = max((match.start() for match in _LOOSE_OPENING.finditer(value)), default=len(value))
    lost = _UNENDED.fullmatch(value, last)
    return f"{value[: lost.end(1)]}?=" if lost is not None else value


def _decode(value: str) -> str:
    out: list[str] = []
    pending: list[tuple[str, bytes]] = []
    position = 0
    pattern = _WORD_SIMPLE if _WORD_SIMPLE.search(value) else _WORD
    for match in pattern.finditer(value):
        between = value[position : match.start()]
        if between and not (pending and not between.strip()):
            _flush(pending, out)
            out.append(between)
        charset, octets = match[1].lower(), _octets(match[2], match[3])
        if pending and pending[-1][0] == charset:
            # A character may be cut by the end of a word, though RFC 2047 5 forbids it: join before decoding.
            pending[-1] = (charset, pending[-1][1] + octets)
        else:
            pending.append((charset, octets))
        position = match.end()
    _flush(pending, out)
    out.append(value[position:])
    return _tidy("".join(out))


def _octets(encoding: str, text: str) -> bytes:
    if encoding in "bB":
        letters = _NOT_BASE64.sub("", text)
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))
    return binascii.a2b_qp(text.encode("utf-8", "replace"), header=True)


def _flush(pending: list[tuple[str, bytes]], out: list[str]) -> None:
    for charset, octets in pending:
        out.append(decode_charset(octets, charset)[0])
    pending.clear()


def _tidy(value: str) -> str:
    if "\n" in value or "\r" in value or "\t" in value:
        value = _BLANKS.sub(" ", value)
    return clean(value)
