"""What a simulator remembers, within bounds: files up to a number of bytes, and how often the same thing was sent."""

from collections import OrderedDict
from collections.abc import Hashable, ItemsView
from dataclasses import dataclass
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


@dataclass(frozen=True)
class Kept:
    """A file. ``media_type`` as the customer's device said."""

    content: bytes
    media_type: str
    name: str = ""


class Bounded(OrderedDict[K, V], Generic[K, V]):
    """A dictionary that forgets what came first when it holds more than ``limit``."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit

    def __setitem__(self, key: K, value: V) -> None:
        super().__setitem__(key, value)
        while len(self) > self._limit:
            self.popitem(last=False)


class Shelf:
    """Files by their id, at most ``limit`` bytes of them: the oldest go."""

    def __init__(self, limit: int = 128 << 20) -> None:
        self._limit, self._size = limit, 0
        self._files: OrderedDict[str, Kept] = OrderedDict()

    def put(self, key: str, kept: Kept) -> None:
        self.drop(key)
        self._files[key] = kept
        self._size += len(kept.content)
        while self._size > self._limit:
            self.drop(next(iter(self._files)))

    def get(self, key: str) -> Kept | None:
        return self._files.get(key)

    def items(self) -> ItemsView[str, Kept]:
        return self._files.items()

    def drop(self, key: str) -> bool:
        """Whether it was there."""
        kept = self._files.pop(key, None)
        if kept is not None:
            self._size -= len(kept.content)
        return kept is not None


class Tally(Generic[K]):
    """How often each thing happened, for the last ``limit`` different ones."""

    def __init__(self, limit: int = 100_000) -> None:
        self._counts: Bounded[K, int] = Bounded(limit)

    def add(self, key: K) -> None:
        self._counts[key] = self._counts.get(key, 0) + 1

    def count(self, key: K) -> int:
        return self._counts.get(key, 0)

    def repeated(self) -> dict[K, int]:
        """All that happened more than once."""
        return {key: count for key, count in self._counts.items() if count > 1}
