"""Nothing with words in it is overlooked: of every column of every table it is said what becomes of it when somebody is forgotten."""

import pytest
from sqlalchemy import Boolean, Integer, Table

from services.store import tables  # noqa: F401 - so that all tables are known
from services.store.columns import Instant
from services.store.forgetting.fates import FATES
from services.store.forgetting.naming import Names
from services.store.models import Row
from tests.people.planting import TABLES


def wordy(one: Table) -> set[str]:
    """The columns that can hold words."""
    return {each.name for each in one.columns if not isinstance(each.type, Boolean | Instant | Integer)}


@pytest.mark.parametrize("name", sorted(Row.metadata.tables))
def test_of_every_column_that_can_hold_words_it_is_said_what_becomes_of_it(name: str) -> None:
    unsaid = wordy(TABLES[name]) - set(FATES.get(name, {}))
    assert not unsaid, (
        f"services/store/forgetting/fates.py does not say what erasing somebody does to {name}: {sorted(unsaid)}"
    )


def test_nothing_is_said_of_tables_that_are_not_there() -> None:
    assert {(name, each) for name, fates in FATES.items() for each in fates} <= {
        (name, each.name) for name, one in TABLES.items() for each in one.columns
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to ann@x.example.", "Write to erased."),
        ("<ANN@X.example>, ann@x.example", "<erased>, erased"),
        ("joann@x.example ann@x.example.com ann@x.example-y", "joann@x.example ann@x.example.com ann@x.example-y"),
        ("call +385911234567 or +3859112345678", "call erased or +3859112345678"),
        ("whatsapp:+385911234567", "whatsapp:erased"),
        ("12345 is too short to be looked for", "12345 is too short to be looked for"),
    ],
)
def test_somebody_is_found_where_their_address_stands_by_itself(text: str, expected: str) -> None:
    names = Names(["ann@x.example", "+385911234567", "12345"])
    assert names.without(text) == expected
    assert names.without({"a": [text, 7, None]}) == {"a": [expected, 7, None]}
    assert names.are_in(text) == (text != expected)


def test_of_nobody_nothing_is_found() -> None:
    assert not Names([]).are_in("ann@x.example")
    assert Names(["123"]).without("123") == "123"
