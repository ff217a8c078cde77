"""A random draw that can be repeated: who has the seed and the candidates finds the same tickets, whatever order the candidates come in.

Each candidate's place is a hash of the seed and its number; those with the lowest places are drawn. Who chooses the seed before the
candidates are known cannot choose whom it draws.
"""

import hashlib
import heapq
from collections.abc import Iterable


def place(seed: str, number: int) -> bytes:
    """Where a ticket stands in the draw of this seed."""
    return hashlib.blake2b(f"{seed}\x1f{number}".encode("utf-8", "surrogatepass"), digest_size=16).digest()


def drawn(seed: str, candidates: Iterable[int], count: int) -> list[int]:
    """So many of the candidates, fewer where there are not so many, in the order of the draw."""
    return heapq.nsmallest(count, candidates, key=lambda number: place(seed, number))


def checksum(candidates: Iterable[int]) -> str:
    """What the numbers of the candidates come to (BLAKE2b of them in ascending order, by commas): so that the candidates of a draw are
    known for certain without their being kept."""
    listed = ",".join(map(str, sorted(candidates)))
    return hashlib.blake2b(listed.encode(), digest_size=16).hexdigest()
