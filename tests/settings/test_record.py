"""``[record]`` and ``[register]``: what may stand there, and what is said of what may not."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.settings import ConfigError, load
from shared.settings.record import COLUMNS, Ahead, parse_ahead

BEGUN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["4h", "20%", "0s", "1d", "12.5%", "90%"])
def test_how_long_before_is_written_back_as_it_was(text: str) -> None:
    assert str(parse_ahead(text)) == text
    assert load(None, None, {"TRUNKLINE_RECORD__WARN_BEFORE": text}).record.warn_before == parse_ahead(text)


@pytest.mark.parametrize("text", ["0%", "100%", "-5%", "20", "soon", "%", ""])
def test_what_is_neither_a_time_nor_a_share_is_said_so(text: str) -> None:
    with pytest.raises(ConfigError, match=r"no duration.*or a share"):
        load(None, None, {"TRUNKLINE_RECORD__WARN_BEFORE": text})


@given(
    st.one_of(
        st.builds(Ahead, span=st.timedeltas(timedelta(0), timedelta(days=400))),
        st.builds(Ahead, share=st.floats(0.001, 0.999)),
    ),
    st.timedeltas(timedelta(days=-10), timedelta(days=400)),
)
def test_a_warning_lies_in_the_second_half_of_the_time(ahead: Ahead, time: timedelta) -> None:
    due = BEGUN + time
    warned = ahead.before(BEGUN, due)
    assert warned <= due
    assert warned - (due - max(time, timedelta(0)) / 2) >= -timedelta(milliseconds=1)


def test_the_register_has_all_columns_unless_some_are_chosen() -> None:
    assert load(None, None, {}).registry.columns == COLUMNS
    chosen = load(None, None, {"TRUNKLINE_REGISTER__COLUMNS": "problem,number"}).registry
    assert chosen.columns == ("problem", "number")


@pytest.mark.parametrize(("columns", "why"), [("number,name", r"register\.columns\.1"), ("number,number", "twice")])
def test_columns_that_are_none_or_twice_are_said_so(columns: str, why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        load(None, None, {"TRUNKLINE_REGISTER__COLUMNS": columns})
