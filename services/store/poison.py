"""What to do with a changeset that the database refuses."""

import re

from sqlalchemy.exc import DBAPIError

from shared.messages.changeset import Changeset, Committed

# An escaped NUL that is not itself behind a backslash. PostgreSQL has no NUL in texts, mails may have one.
_NUL = re.compile(rb"(?<!\\)((?:\\\\)*)\\u0000")


def without_nul(changeset: Changeset) -> Changeset | None:
    """The changeset with every NUL character replaced by U+FFFD; null when it has none."""
    data = changeset.model_dump_json(by_alias=True).encode()
    cleaned = _NUL.sub(rb"\1\\ufffd", data)
    return None if cleaned == data else Changeset.model_validate_json(cleaned)


def invalid(changeset: Changeset, error: Exception) -> Committed:
    """The answer for a changeset that can never be written."""
    reason = str(error.orig) if isinstance(error, DBAPIError) else f"{type(error).__name__}: {error}"
    return Committed(cause=changeset.cause, outcome="invalid", error=" ".join(reason.split())[:500])
