"""What is due is woken by the wall clock, also when that jumps: a machine that slept, a clock that was set."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from services.store import waking
from services.store.group import WakeUnit

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


class Due:
    """Stands in for the writer: the next thing is due in an hour."""

    def __init__(self) -> None:
        self.asked: asyncio.Queue[None] = asyncio.Queue()

    async def submit(self, units: Sequence[WakeUnit]) -> None:
        for unit in units:
            unit.next_at = START + timedelta(hours=1)
        self.asked.put_nowait(None)
        await asyncio.sleep(0)


async def test_what_became_due_while_the_machine_slept_is_woken_within_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    at = START
    monkeypatch.setattr(waking, "now", lambda: at)
    due = Due()
    task = asyncio.create_task(waking.Waker().run(due))  # type: ignore[arg-type]
    try:
        async with asyncio.timeout(60):
            await due.asked.get()
            at = START + timedelta(hours=9)
            await due.asked.get()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
