"""The built-in configuration: what counts where ``trunkline.toml`` is silent.

Scalars have their defaults in their models. This module has the lists: the inbox ``support``, eight categories, four
priorities and one SLA, read from ``defaults.toml`` beside it.
"""

import tomllib
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

LISTS = ("inbox", "category", "priority", "sla")


@cache
def _built_in() -> dict[str, list[dict[str, Any]]]:
    return tomllib.loads(files("shared.settings").joinpath("defaults.toml").read_text("utf-8"))


def built_in() -> dict[str, list[dict[str, Any]]]:
    """The built-in lists as a fresh tree: ``inbox``, ``category``, ``priority`` and ``sla``."""
    return deepcopy(_built_in())


def fill(tree: dict[str, Any]) -> None:
    """Put the built-in lists into ``tree`` where it has none.

    Inboxes, categories and SLAs that are given replace the built-in ones; a given category or priority named like a
    built-in one takes from it what it doesn't state. A category ``general`` (for what nothing matches) and the four
    priorities always exist: they are put behind the given ones.
    """
    defaults = built_in()
    for kind in LISTS:
        given = tree.get(kind)
        if given is None or (kind == "inbox" and given == []):
            tree[kind] = defaults[kind]
        elif kind in ("category", "priority") and isinstance(given, list):
            always = {"general"} if kind == "category" else {entry["name"] for entry in defaults[kind]}
            _complete(given, {entry["name"]: entry for entry in defaults[kind]}, always)


def _complete(given: list[Any], defaults: dict[str, dict[str, Any]], always: set[str]) -> None:
    for entry in given:
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            name = "normal" if entry["name"] == "medium" else entry["name"]
            for key, value in defaults.get(name, {}).items():
                entry.setdefault(key, value)
            always.discard(name)
    given.extend(entry for name, entry in defaults.items() if name in always)
