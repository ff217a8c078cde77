"""Environment variables as configuration: ``TRUNKLINE_SECTION__KEY``, and ``${VAR}`` inside the file's strings.

Elements of arrays of tables are named by their ``name`` or their number: ``TRUNKLINE_INBOX__SUPPORT__ADDRESS``,
``TRUNKLINE_INBOX__0__ADDRESS``. A value in ``[…]`` or ``{…}`` is JSON; any other is taken as a string, and lists
may be written with commas. Nothing here knows which keys exist: unknown ones are found when the tree is checked.
"""

import json
import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from shared.settings.locate import Path

PREFIX = "TRUNKLINE_"
_VARIABLE = re.compile(r"(\$?)\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def expand(tree: Any, environ: Mapping[str, str], complain: Callable[[Path, str], None], path: Path = ()) -> Any:
    """``tree`` with every ``${VAR}`` in its strings replaced (``$${VAR}`` stays ``${VAR}``).

    A variable that isn't set is told to ``complain`` and left as it is.
    """
    if isinstance(tree, dict):
        return {key: expand(value, environ, complain, (*path, key)) for key, value in tree.items()}
    if isinstance(tree, list):
        return [expand(value, environ, complain, (*path, index)) for index, value in enumerate(tree)]
    if not isinstance(tree, str) or "${" not in tree:
        return tree

    def value(found: re.Match[str]) -> str:
        if found[1]:
            return found[0][1:]
        if found[2] not in environ:
            complain(path, f"the environment variable {found[2]} is not set")
        return environ.get(found[2], found[0])

    return _VARIABLE.sub(value, tree)


class BadVariable(Exception):
    """A variable that can't be applied; the text says why."""


def overrides(environ: Mapping[str, str]) -> list[tuple[str, list[str], str]]:
    """The ``TRUNKLINE_…__…`` variables as name, parts of the key in lower case and value, shallow keys first."""
    found = [
        (name, name.removeprefix(PREFIX).lower().split("__"), value)
        for name, value in environ.items()
        if name.startswith(PREFIX)
    ]
    return sorted(found, key=lambda item: (len(item[1]), item[0]))


def apply(tree: dict[str, Any], parts: list[str], text: str) -> Path:
    """Set the key that ``parts`` name in ``tree`` to ``text``; the path it was set at. Raises `BadVariable`."""
    node: Any = tree
    path: Path = ()
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        if isinstance(node, list):
            index = _element(node, part, path)
            path = (*path, index)
            if last:
                node[index] = _value(text)
            node = node[index]
            continue
        if not isinstance(node, dict):
            raise BadVariable(f"{'.'.join(map(str, path))} is a value, it has no keys")
        path = (*path, part)
        if last:
            node[part] = _value(text)
        node = node.setdefault(part, {})
    return path


def _value(text: str) -> Any:
    if text.strip()[:1] + text.strip()[-1:] not in ("[]", "{}"):
        return text
    try:
        return json.loads(text)
    except ValueError as error:
        raise BadVariable(f"looks like JSON but isn't: {error}") from None


def _element(node: list[Any], part: str, path: Path) -> int:
    if part.isascii() and part.isdigit():
        if int(part) > len(node):
            raise BadVariable(f"there are {len(node)} of {path[-1]}; the next is {len(node)}, counted from 0")
        if int(part) == len(node):
            node.append({})
        return int(part)
    names = {_spelt(element["name"]): index for index, element in enumerate(node) if _named(element)}
    if part in names:
        return names[part]
    near = get_close_matches(part, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names) or 'none'}"
    raise BadVariable(f"there is no {path[-1]} named {part}{hint}")


def _named(element: Any) -> bool:
    return isinstance(element, dict) and isinstance(element.get("name"), str)


def _spelt(name: str) -> str:
    """A name as it can stand in a variable's name."""
    return re.sub(r"[^a-z0-9]+", "_", name.lower())
