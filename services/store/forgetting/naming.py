"""Where somebody is named: their addresses and numbers in texts and values of others, and the same without them."""

import json
import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import Text, cast, func, or_

ERASED = "erased"
SHORTEST = 6
"""Characters of an address below which it is not looked for in texts: shorter ones are found in anything."""


class Names:
    """The addresses of somebody, lower-cased. Found is what stands by itself: not a part of a longer address or number."""

    def __init__(self, values: Collection[str]) -> None:
        self.values = frozenset(values)
        self._long = sorted(each for each in values if len(each) >= SHORTEST)
        either = "|".join(map(re.escape, self._long))
        # What may stand in an address before or after it makes it another's; a full stop ends a sentence, or goes on with a domain.
        self._pattern = re.compile(rf"(?<![\w.+-])(?:{either})(?![\w-]|\.\w)", re.IGNORECASE) if either else None

    def are_in(self, written: str) -> bool:
        """Whether one of them stands in a text."""
        return self._pattern is not None and self._pattern.search(written) is not None

    def without(self, value: Any) -> Any:
        """The same value, or text, with "erased" in their place."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self._pattern.sub(ERASED, value)
        if isinstance(value, dict):
            return {self.without(key): self.without(each) for key, each in value.items()}
        return [self.without(each) for each in value] if isinstance(value, list) else value

    def may_stand_in(self, *columns: Any) -> Any:
        """A condition of SQL that finds all rows in which they stand in these columns, and some in which they do not; false for nobody."""
        return or_(
            False,
            *(as_text(column).contains(_escaped(each), autoescape=True) for column in columns for each in self._long),
        )

    def are_quoted_in(self, *columns: Any) -> Any:
        """A condition: one of them is a string of a JSON column."""
        quoted = [json.dumps(each, ensure_ascii=False) for each in sorted(self.values)]
        return or_(False, *(as_text(column).contains(each, autoescape=True) for column in columns for each in quoted))


def _escaped(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)[1:-1]


def as_text(column: Any) -> Any:
    """A JSON column as the text that it is, in small letters."""
    return func.lower(cast(column, Text))
