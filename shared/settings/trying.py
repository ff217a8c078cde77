"""Whether a text could be the configuration file: every fault in it, without anything being changed."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from shared.settings.errors import ConfigError
from shared.settings.loading import load
from shared.settings.settings import Settings

LONGEST: Final = 500_000
"""Characters of a configuration that are looked at."""
_LARGEST_SECRET: Final = 65_536


def faults_of(text: str, settings: Settings) -> list[str]:
    """What is wrong with ``text`` where the configuration of ``settings`` stands: a line per fault, none: it can be used. Files that it
    names are looked at only where they are small and regular: who tries a text shall not have a device read."""
    source = settings.source or Path("trunkline.toml")
    if len(text) > LONGEST:
        return [f"{source}: longer than {LONGEST} characters"]
    try:
        odd = [path for path in _files(tomllib.loads(text)) if not _is_harmless(source.parent / path)]
    except (tomllib.TOMLDecodeError, RecursionError):
        odd = []  # said below, with its line
    if odd:
        return [f"{source}: file:{odd[0][:200]}: no ordinary small file"]
    try:
        load(source, settings.data, os.environ, text=text)
    except ConfigError as error:
        return list(error.lines)
    except RecursionError:
        return [f"{source}: brackets in brackets, too many of them"]
    return []


def _files(tree: Any) -> Iterator[str]:
    if isinstance(tree, str) and tree.startswith("file:"):
        yield tree.removeprefix("file:")
    elif isinstance(tree, dict | list):
        for each in tree.values() if isinstance(tree, dict) else tree:
            yield from _files(each)


def _is_harmless(path: Path) -> bool:
    try:
        return not path.exists() or (path.is_file() and path.stat().st_size <= _LARGEST_SECRET)
    except (OSError, ValueError):
        return True  # it cannot be read, which is what will be said of it
