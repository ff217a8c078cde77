"""The one place that reads the wall clock, so that decisions can be given a time instead of taking it.

Every time in Trunkline is an aware UTC datetime.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, aware, in UTC."""
    return datetime.now(UTC)
