"""Which line of a TOML document a key stands in, so that an error can say where to look.

This reads only as much of TOML 1.0 as it takes to find keys, and only documents that ``tomllib`` has accepted. What
stands inside a value (an element of an array, a key of an inline table) is found at the line its value begins.
"""

import re
from collections.abc import Sequence

Path = tuple[str | int, ...]

_KEY = re.compile(r"""\s*(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([A-Za-z0-9_-]+))\s*""")
_SKIPPED = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}'
    r"|'''.*?'{3,5}"
    r'|"(?:[^"\\\n]|\\.)*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{}\n]|[^\[\]{}\n\"'\#]+",
    re.DOTALL,
)


class Lines:
    """The lines (from 1) of a TOML document's keys. ``line`` answers for a path such as ``("inbox", 0, "name")``."""

    def __init__(self, document: str) -> None:
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._scan(document.replace("\r\n", "\n"))

    def find(self, path: Sequence[str | int]) -> tuple[int, int]:
        """How many parts of ``path`` stand in the document, and the line of the last of them (0 and 1: none)."""
        for length in range(len(path), 0, -1):
            line = self._lines.get(tuple(path[:length]))
            if line is not None:
                return length, line
        return 0, 1

    def _scan(self, text: str) -> None:
        table: Path = ()
        position, line = 0, 1
        while position < len(text):
            end = text.find("\n", position)
            end = len(text) if end < 0 else end
            start = text[position:end].lstrip()
            if start.startswith("["):
                table = self._header(start, line)
            elif start and not start.startswith("#"):
                keys, offset = _dotted(text, position)
                self._note(table, keys, line)
                end = _end_of_value(text, offset + 1)
            line += text.count("\n", position, end) + 1
            position = end + 1

    def _header(self, header: str, line: int) -> Path:
        array = header.startswith("[[")
        keys, _ = _dotted(header, 2 if array else 1)
        path: Path = ()
        for depth, key in enumerate(keys, start=1):
            path = (*path, key)
            self._lines.setdefault(path, line)
            if array and depth == len(keys):
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
                self._lines.setdefault(path, line)
        self._lines[path] = line
        return path

    def _note(self, table: Path, keys: Sequence[str], line: int) -> None:
        for depth in range(1, len(keys) + 1):
            self._lines.setdefault((*table, *keys[:depth]), line)


def _dotted(text: str, position: int) -> tuple[list[str], int]:
    """The parts of the dotted key at ``position``, and where it ends."""
    keys = []
    while found := _KEY.match(text, position):
        quoted, literal, bare = found.groups()
        keys.append(_unescape(quoted) if quoted is not None else literal if literal is not None else bare)
        position = found.end()
        if text[position : position + 1] != ".":
            break
        position += 1
    return keys, position


def _unescape(text: str) -> str:
    return re.sub(r"\\u([0-9A-Fa-f]{4})", lambda found: chr(int(found[1], 16)), text).replace('\\"', '"')


def _end_of_value(text: str, position: int) -> int:
    """Where the line ends on which the value that begins at ``position`` ends."""
    depth = 0
    while position < len(text):
        found = _SKIPPED.match(text, position)
        if found is None:
            position += 1
            continue
        piece = found[0]
        if piece == "\n" and depth <= 0:
            return position
        if piece in ("[", "{"):
            depth += 1
        elif piece in ("]", "}"):
            depth -= 1
        position = found.end()
    return position
