"""Houses for the whole-system tests: started when a test asks for one, ended with it, and their logs looked through."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.system.mailing import Sink
from tests.system.processes import Up

Build = Callable[..., Up]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    """Make an `Up` in a folder named ``name``, not yet started. Whatever still runs at the end of the test is killed."""
    made: list[Up] = []

    def make(name: str = "house", **more: Any) -> Up:
        made.append(Up(tmp_path / name, **more))
        made[-1].folder.mkdir()
        return made[-1]

    yield make
    for up in made:
        if up.process is not None:
            up.kill()


@pytest.fixture
def sink() -> Iterator[Sink]:
    """A relay that takes everything."""
    started = Sink().start()
    yield started
    started.stop()
