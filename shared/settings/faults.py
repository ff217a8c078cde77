"""Faults of a configuration, each with the place it comes from, turned into lines for a person.

A place is a path in the merged tree; whether it came from the file or from a variable is looked up here.
"""

from typing import Any

from pydantic import ValidationError

from shared.settings.locate import Lines, Path
from shared.settings.wording import wording


class Faults:
    """Collects faults; at most one per place. ``lines()`` gives them in the order of the file, then of variables."""

    def __init__(self, source: str, lines: Lines | None, variables: dict[Path, str]) -> None:
        self._source = source
        self._lines = lines
        self._variables = variables
        self._found: dict[Path | str, tuple[int, str]] = {}

    def at(self, path: Path, tree: Any, message: str) -> None:
        """A fault in the value at ``path`` of ``tree``."""
        if path not in self._found:
            order, place = self._place(path)
            key = spell(path, tree)
            self._found[path] = (order, f"{place}{key}{': ' if key else ''}{message}")

    def of_variable(self, name: str, message: str) -> None:
        """A fault of an environment variable as a whole."""
        self._found[name] = (1 << 30, f"{name}: {message}")

    def of(self, error: ValidationError, tree: Any) -> None:
        """Everything that pydantic found wrong with ``tree``. Values are never quoted: they may be secrets."""
        for details in error.errors(include_url=False):
            path = _in_tree(details["loc"], tree)
            if not any(path[: len(known)] == known for known in self._found if isinstance(known, tuple)):
                self.at(path, tree, wording(details))

    def lines(self) -> list[str]:
        return [line for _, line in sorted(self._found.values(), key=lambda fault: fault[0])]

    def _place(self, path: Path) -> tuple[int, str]:
        depth, line = self._lines.find(path) if self._lines else (-1, 0)
        for length in range(len(path), 0, -1):
            if length >= depth and path[:length] in self._variables:
                return 1 << 30, f"{self._variables[path[:length]]}: "
        below = (name for known, name in self._variables.items() if depth < len(path) and known[: len(path)] == path)
        if name := next(below, None):
            return 1 << 30, f"{name}: "
        if depth <= 0:
            return 0, f"{self._source}: " if self._source else ""
        return line, f"{self._source}:{line}: "


def spell(path: Path, tree: Any) -> str:
    """``("inbox", 0, "imap", "port")`` as ``inbox.support.imap.port``; elements without a name by their number."""
    parts, node = [], tree
    for part in path:
        node = _child(node, part)
        name = node.get("name") if isinstance(part, int) and isinstance(node, dict) else None
        parts.append(name if isinstance(name, str) and name else str(part))
    return ".".join(parts)


def _child(node: Any, part: str | int) -> Any:
    if isinstance(node, dict):
        return node.get(part)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return None


def _in_tree(loc: tuple[str | int, ...], tree: Any) -> Path:
    """``loc`` without what pydantic adds to it: the tag of a union's member and the mark of a dictionary's key."""
    path: Path = ()
    node = tree
    for index, part in enumerate(loc):
        tag = isinstance(node, dict) and part not in node and node.get("channel") == part and len(path) == 2
        if tag or part == "[key]":
            continue
        if isinstance(part, str) and not isinstance(node, dict) and index > 0:
            continue
        path = (*path, part)
        node = _child(node, part)
    return path
