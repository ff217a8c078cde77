"""The desk's look at the configuration ends with the desk."""

import asyncio
from typing import Any

import pytest

from services.desk import following
from services.desk.following import Following
from shared.settings import Settings


class Losing:
    """A bus in whose answer one cancellation gets lost, as in the client's waits before Python 3.12."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.lost = 0
        self._looks = 0

    def jetstream(self) -> "Losing":
        return self

    async def key_value(self, _name: str) -> Any:
        self._looks += 1
        if self._looks == 1:
            raise TimeoutError
        self.asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.lost += 1
            if self.lost > 1:
                raise
            raise TimeoutError from None


async def test_it_ends_although_a_cancellation_got_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "EVERY", 0.0)
    bus: Any = Losing()
    looking = Following(bus, Settings())
    await looking.start()
    await bus.asked.wait()
    async with asyncio.timeout(30):
        await looking.stop()
    assert bus.lost == 2
