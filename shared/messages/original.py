"""A message as it came in: its bytes, before anybody read anything out of them."""

from typing import ClassVar

from shared.messages.base import Versioned
from shared.messages.parts import Stored


class OriginalQuery(Versioned):
    """``store.query.original``: the original of one message of the ticket ``number``."""

    VERSION: ClassVar[int] = 1

    number: int
    message_id: str


class OriginalAnswer(Versioned):
    """The answer to `OriginalQuery`; ``original`` is null for a message that was written here, or whose channel keeps none."""

    VERSION: ClassVar[int] = 1

    found: bool = False
    original: Stored | None = None
