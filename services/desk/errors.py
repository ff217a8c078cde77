"""What can go wrong between a caller and Trunkline, as types; `services.desk.problems` turns each into an answer."""

from collections.abc import Mapping
from typing import Any


class DeskError(Exception):
    """The root. ``status`` is the HTTP status, the text is for the caller."""

    status = 500


class Away(DeskError):
    """The bus, the store or the router does not answer now. ``again`` is after how many seconds to try again.

    ``unsure`` tells that a change may have been made all the same: it is then safe to repeat with the same Idempotency-Key.
    """

    status = 503

    def __init__(self, detail: str, again: int = 5, *, unsure: bool = False) -> None:
        super().__init__(detail)
        self.again, self.unsure = again, unsure


class Unauthorized(DeskError):
    """No token, or one nobody knows."""

    status = 401


class TooManyAttempts(DeskError):
    """This peer has tried too many unknown tokens. ``again`` is in seconds."""

    status = 429

    def __init__(self, again: int) -> None:
        super().__init__("too many attempts with unknown tokens from this address")
        self.again = again


class NotFound(DeskError):
    """There is no such ticket or message."""

    status = 404


class Refused(DeskError):
    """The router does not do it. ``kind`` is `CommandResult.error`; ``extra`` are further members of the answer."""

    def __init__(self, status: int, kind: str, detail: str, extra: Mapping[str, Any] | None = None) -> None:
        super().__init__(detail)
        self.status, self.kind, self.extra = status, kind, dict(extra or {})


class Unprocessable(DeskError):
    """A part of the request cannot be taken; ``field`` points at it (RFC 6901, or the header's name)."""

    status = 422

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field


class TooLarge(DeskError):
    """More than may be sent."""

    status = 413


class Broken(DeskError):
    """A service answered with an error that repeating will not mend; the log of that service has the cause."""

    status = 502
