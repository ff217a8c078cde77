"""Which mails of an archive belong together, and in which order they are told. Pure; an id counts as eight octets, so that years fit.

Mails belong together when one names another's Message-ID, or both name the same one, whether a mail with it is there or not.
"""

import heapq
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b


def short(message_id: str) -> int:
    """A Message-ID as a number of 64 bits. Two that have the same by chance are told one after the other; nothing else follows."""
    return int.from_bytes(blake2b(message_id.encode("utf-8", "replace"), digest_size=8).digest(), "big")


class Threads:
    """Mails, by the order in which they were added from 0 on, and which belong together (union-find with path halving)."""

    def __init__(self) -> None:
        self._node_of: dict[int, int] = {}
        self._up = array("q")
        self._own = array("q")
        self._parent = array("q")
        self._dates = array("d")

    def __len__(self) -> int:
        return len(self._own)

    def add(self, own: str | None, named: Sequence[str], date: float) -> None:
        """A mail: its Message-ID, those that it names (the one it answers last), and its date in seconds since the epoch."""
        node = self._node(short(own)) if own else self._new()
        named_nodes = [self._node(short(each)) for each in named if each and each != own]
        for other in named_nodes:
            self._join(node, other)
        self._own.append(node)
        self._parent.append(named_nodes[-1] if named_nodes else -1)
        self._dates.append(date)

    def date(self, mail: int) -> float:
        """The date of a mail, as it was added."""
        return self._dates[mail]

    def count(self) -> int:
        """How many threads there are."""
        return len({self._root(node) for node in self._own})

    def threads(self) -> Iterator[list[int]]:
        """The mails of each thread, those that are answered before their answers, else the older first; the thread that began first
        comes first."""
        members: defaultdict[int, list[int]] = defaultdict(list)
        for mail, node in enumerate(self._own):
            members[self._root(node)].append(mail)
        first = {root: min(self._when(mail) for mail in mails) for root, mails in members.items()}
        for root in sorted(members, key=first.__getitem__):
            yield self._ordered(members.pop(root))

    def _when(self, mail: int) -> tuple[float, int]:
        return self._dates[mail], mail

    def _ordered(self, mails: list[int]) -> list[int]:
        if len(mails) == 1:
            return mails
        bearers: dict[int, int] = {}
        for mail in sorted(mails, key=self._when):
            bearers.setdefault(self._own[mail], mail)
        answers: defaultdict[int, list[int]] = defaultdict(list)
        ready: list[tuple[float, int]] = []
        for mail in mails:
            answered = bearers.get(self._parent[mail])
            if answered is None or answered == mail:
                heapq.heappush(ready, self._when(mail))
            else:
                answers[answered].append(mail)
        ordered = list(self._told(ready, answers))
        if len(ordered) < len(mails):  # some answer one another in a circle: somebody's dates decide
            told = set(ordered)
            ordered += sorted((mail for mail in mails if mail not in told), key=self._when)
        return ordered

    def _told(self, ready: list[tuple[float, int]], answers: dict[int, list[int]]) -> Iterable[int]:
        while ready:
            _, mail = heapq.heappop(ready)
            yield mail
            for answer in answers.pop(mail, ()):
                heapq.heappush(ready, self._when(answer))

    # -- union-find -----------------------------------------------------------------------------------------------------

    def _new(self) -> int:
        self._up.append(len(self._up))
        return len(self._up) - 1

    def _node(self, key: int) -> int:
        found = self._node_of.get(key)
        if found is None:
            found = self._node_of[key] = self._new()
        return found

    def _root(self, node: int) -> int:
        up = self._up
        while up[node] != node:
            up[node] = up[up[node]]
            node = up[node]
        return node

    def _join(self, one: int, other: int) -> None:
        first, second = sorted((self._root(one), self._root(other)))
        self._up[second] = first
