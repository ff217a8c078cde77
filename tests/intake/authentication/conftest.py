"""A nameserver for each test of who a mail is really from."""

from collections.abc import Iterator

import pytest

from tests.intake.authentication.nameserver import TestNameserver


@pytest.fixture
def dns() -> Iterator[TestNameserver]:
    with TestNameserver() as server:
        yield server
