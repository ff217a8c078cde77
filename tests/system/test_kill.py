"""The central promise, small and with a fixed seed: SIGKILL under load loses nothing, doubles nothing and leaves nothing stuck.

In full size: `benchmarks.kill`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.postgres import Postgres
from tests.system.houses import Split
from tests.system.killing import after_so_many, kill_split, kill_up
from tests.system.writing import post

SEED, MAILS = 20260302, 120


@pytest.fixture
def database() -> Iterator[str]:
    server = Postgres()
    try:
        server.start()
        yield server.url()
    finally:
        server.remove()


def test_killing_up_again_and_again_loses_and_doubles_nothing(tmp_path: Path) -> None:
    figures = kill_up(tmp_path, post(MAILS, SEED), seed=SEED, moment=after_so_many(MAILS // 3), afterwards=1)
    assert figures.kills >= 3
    assert figures.reckoning.mails == MAILS


def test_killing_every_service_and_the_bus_in_turn_loses_and_doubles_nothing(tmp_path: Path, database: str) -> None:
    victims = Split.VICTIMS[:5]
    figures = kill_split(
        tmp_path, post(MAILS, SEED), seed=SEED, database=database, victims=victims, moment=after_so_many(MAILS // 5)
    )
    assert figures.kills >= len(victims)
    assert figures.reckoning.mails == MAILS
