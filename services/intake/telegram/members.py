"""Reading JSON that anybody may have written: a member of the wrong type is as good as none. No Telegram in here."""

import math
from typing import Any

Json = dict[str, Any]

LONGEST = 100_000
"""Characters of one text that are looked at; Telegram's own limit is 4096."""


def obj(parent: Json, name: str) -> Json:
    """The object under this name, an empty one where there is none."""
    found = parent.get(name)
    return found if isinstance(found, dict) else {}


def objects(parent: Json, name: str) -> list[Json]:
    """The objects in the list under this name."""
    found = parent.get(name)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def text(parent: Json, name: str) -> str:
    """The text under this name, well-formed and bounded; empty where there is none."""
    found = parent.get(name)
    if not isinstance(found, str):
        return ""
    # Half a surrogate pair is JSON but no UTF-8, and a NUL is no text for a database.
    return found[:LONGEST].encode("utf-8", "replace").decode().replace("\0", "")


def line(parent: Json, name: str) -> str:
    """The text under this name on one line."""
    return " ".join(text(parent, name).split())


def integer(parent: Json, name: str) -> int | None:
    """The whole number under this name, of at most 64 bits."""
    found = parent.get(name)
    if isinstance(found, bool) or not isinstance(found, int) or not -(2**63) <= found < 2**63:
        return None
    return found


def number(parent: Json, name: str) -> float | None:
    """The number under this name."""
    found = parent.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    try:
        value = float(found)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None
