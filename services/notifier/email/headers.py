"""Header fields of a mail as ASCII text: folded, encoded, and unable to become two fields. Pure.

Lines end in CRLF and are at most 78 characters where the content allows it, 998 always (RFC 5322 2.1.1). Whatever a value
contains, it stays the value of its own field: every control character becomes a space before anything else happens.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import lru_cache

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_QUOTABLE = re.compile(r'[\\"]')
# What may stand for itself in a Q word wherever one is allowed (RFC 2047 5, rule 3).
_Q_SAFE = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,500}")

_LINE = 76
_WORD_TEXT = 63  # of the 75 characters of an encoded word, 12 are its frame
_LONGEST_PLAIN = 200
MAX_UNSTRUCTURED = 600
MAX_PHRASE = 120
MAX_REFERENCES = 20


def clean(text: str, limit: int = MAX_UNSTRUCTURED) -> str:
    """``text`` on one line: control characters and runs of white space become one space; at most ``limit`` characters."""
    if not (text.isascii() and text.isprintable()):  # nearly all are, and need no regular expression
        text = _CONTROL.sub(" ", text)
    return " ".join(text.split())[:limit].rstrip()


def unstructured(name: str, text: str, tag: str = "") -> str:
    """The field ``name`` with human text. ``tag`` (plain ASCII) stands before it, outside of any encoded word."""
    text = clean(text)
    start = f"{name}: {tag}"
    if not text:
        return f"{start}\r\n"
    if tag:
        start += " "
    if _plain(text):
        return _fold(start, text.split(" "))
    return f"{start}{encoded_words(text, len(start))}\r\n"


def _plain(text: str) -> bool:
    # A text that looks like an encoded word would be decoded into something nobody wrote.
    return text.isascii() and "=?" not in text and all(len(word) <= _LONGEST_PLAIN for word in text.split(" "))


def _fold(start: str, words: Sequence[str]) -> str:
    lines, line = [], start + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) > _LINE:
            lines.append(line)
            line = f" {word}"
        else:
            line += f" {word}"
    lines.append(line)
    return "\r\n".join(lines) + "\r\n"


def encoded_words(text: str, used: int = 0) -> str:
    """``text`` as encoded words (RFC 2047) on as many lines as needed; ``used`` characters of the first are taken.

    Base64 or Q, whichever is shorter; a character never spans two words (RFC 2047 5).
    """
    foreign = sum(char not in _Q_SAFE and char != " " for char in text)
    pieces = _base64_pieces(text, used) if foreign * 4 > len(text) else _q_pieces(text, used)
    return "\r\n ".join(pieces)


def _room(used: int) -> int:
    # Too little left for a useful word: the first one is as long as the others, and its line a little longer than nice.
    return _WORD_TEXT - used if used <= _WORD_TEXT - 12 else _WORD_TEXT


def _q_pieces(text: str, used: int) -> list[str]:
    pieces, word, room = [], "", _room(used)
    for char in text:
        piece = char if char in _Q_SAFE else "_" if char == " " else "".join(f"={b:02X}" for b in _octets(char))
        if len(word) + len(piece) > room:
            pieces.append(f"=?utf-8?q?{word}?=")
            word, room = "", _WORD_TEXT
        word += piece
    pieces.append(f"=?utf-8?q?{word}?=")
    return pieces


def _base64_pieces(text: str, used: int) -> list[str]:
    pieces, word, room = [], b"", _room(used) // 4 * 3
    for char in text:
        octets = _octets(char)
        if len(word) + len(octets) > room:
            pieces.append(f"=?utf-8?b?{b64encode(word).decode()}?=")
            word, room = b"", _WORD_TEXT // 4 * 3
        word += octets
    pieces.append(f"=?utf-8?b?{b64encode(word).decode()}?=")
    return pieces


def _octets(char: str) -> bytes:
    return char.encode("utf-8", "replace")


@lru_cache(maxsize=2048)
def phrase(name: str) -> str:
    """A display name (RFC 5322 3.2.5): atoms, a quoted string, or encoded words. Empty for an empty name."""
    name = clean(name, MAX_PHRASE)
    if not name:
        return ""
    if not _plain(name):
        return encoded_words(name, 6)
    if _ATOMS.fullmatch(name):
        return name
    escaped = _QUOTABLE.sub(r"\\\g<0>", name)
    return f'"{escaped}"'


def mailboxes(name: str, boxes: Iterable[tuple[str, str]]) -> str:
    """The field ``name`` with (display name, valid address) pairs, one a line."""
    return f"{name}: " + ",\r\n ".join(_mailbox(*box) for box in boxes) + "\r\n"


def _mailbox(display: str, address: str) -> str:
    shown = phrase(display)
    if not shown:
        return address
    last = len(shown) - shown.rfind("\n") - 1
    # The break keeps a long name and its address on lines of their own.
    return f"{shown}{' ' if last + len(address) < _LINE - 6 else chr(13) + chr(10) + ' '}<{address}>"


def valid_id(message_id: str | None) -> str | None:
    """A Message-ID (without brackets) that can stand in a header as it is, else None: a broken one can't be repeated."""
    bare = (message_id or "").strip().removeprefix("<").removesuffix(">")
    return bare if _MESSAGE_ID.fullmatch(bare) else None


def references(known: Iterable[str], parent: str | None) -> list[str]:
    """What stands in References (RFC 5322 3.6.4): valid ids, each once, oldest first, ``parent`` last.

    At most 20: the first, which names the thread, and the newest.
    """
    ids = list(dict.fromkeys(each for each in map(valid_id, known) if each and each != parent))
    if parent:
        ids.append(parent)
    return ids if len(ids) <= MAX_REFERENCES else ids[:1] + ids[-(MAX_REFERENCES - 1) :]


def id_list(name: str, ids: Sequence[str]) -> str:
    """The field ``name`` with these (valid) Message-IDs, one a line; nothing when there are none."""
    return f"{name}: " + "\r\n ".join(f"<{each}>" for each in ids) + "\r\n" if ids else ""
