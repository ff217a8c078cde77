"""Numbers in fixed-width lower-case base32 (the alphabet of RFC 4648, section 6, without padding).

The alphabet has one case, so mail systems that change the case of an address change nothing.
"""

ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"

_PAIRS = [high + low for high in ALPHABET for low in ALPHABET]
_AS_PYTHON = str.maketrans(ALPHABET, "0123456789abcdefghijklmnopqrstuv")


def encode(value: int, width: int) -> str:
    """``value``, at least 0 and below ``32 ** width``, as exactly ``width`` characters."""
    pairs = []
    for _ in range((width + 1) // 2):
        pairs.append(_PAIRS[value & 1023])
        value >>= 10
    text = "".join(reversed(pairs))
    return text[1:] if width & 1 else text


def decode(text: str) -> int:
    """The number in ``text``, which must consist of characters of the alphabet."""
    return int(text.translate(_AS_PYTHON), 32)
