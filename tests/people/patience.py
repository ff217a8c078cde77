"""Waiting in the drills: longer than elsewhere, since a drill is many steps, and machines have other work."""

from collections.abc import Awaitable, Callable

from tests.desk import house

SECONDS = 90.0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait, bounded, until something is so."""
    await house.until(condition, SECONDS)
