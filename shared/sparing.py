"""Packages that libraries load because they happen to be installed, and that nothing here uses: what they hold counts at rest."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


def spare(name: str) -> None:
    """From now on this package is not to be had, as if it were not installed; one that is loaded already stays."""
    sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # None: "no such module", see importlib's documentation


@contextmanager
def without(name: str) -> Iterator[None]:
    """While something else is imported, this package is not to be had."""
    spare(name)
    try:
        yield
    finally:
        if sys.modules.get(name) is None:
            sys.modules.pop(name, None)
