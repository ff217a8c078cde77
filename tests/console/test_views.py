"""What the address of the console's list means, whatever stands in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.desk.console.list.views import EVERYBODYS, ORDERS, asked, order_of, page_of, searching, standard
from shared.messages.listing import LIVING, Conditions

VIEWS = standard("anna@acme.example", ["technical"])


def test_every_view_shows_what_its_name_says() -> None:
    assert VIEWS["mine"][0] == Conditions(statuses=list(LIVING), snoozed=False, mine="anna@acme.example")
    assert VIEWS["unassigned"][0].assignee == "none"
    assert VIEWS["teams"][0].teams == ["technical"]
    assert {name: each[0].due for name, each in VIEWS.items() if each[0].due} == {
        "soon": "soon",
        "breached": "breached",
    }
    assert VIEWS["snoozed"][0].snoozed is True


def test_what_is_counted_once_for_everybody_is_the_same_for_everybody() -> None:
    anna, boris = standard("anna@acme.example", ["sales"]), standard("boris@acme.example", [])
    assert {name for name in anna if anna[name] == boris[name]} == set(EVERYBODYS)


def test_whoever_is_in_no_team_sees_no_team_s_tickets() -> None:
    assert standard("anna@acme.example", [])["teams"][0].teams == [""]


@pytest.mark.parametrize(
    ("query", "changed"),
    [
        ({"status": "open,pending"}, {"statuses": ["open", "pending"]}),
        ({"assignee": "none"}, {"assignee": "none"}),
        ({"team": "sales"}, {"teams": ["sales"]}),
        ({"q": " pump "}, {"q": "pump"}),
        ({"priority": "", "channel": " "}, {}),
        ({"nonsense": "1", "due": "soon"}, {}),
    ],
)
def test_filters_are_put_over_the_view(query: dict[str, str], changed: dict[str, object]) -> None:
    base = VIEWS["all"][0]
    assert asked(query, base) == Conditions.model_validate(base.model_dump() | changed)


def test_a_search_looks_at_everything() -> None:
    assert searching(asked({"q": "pump"}, VIEWS["mine"][0])) == Conditions(q="pump")


@given(
    st.dictionaries(st.sampled_from(["status", "team", "q", "sort", "page", "assignee", "tag"]), st.text(max_size=40))
)
def test_no_address_makes_the_list_fail(query: dict[str, str]) -> None:
    assert isinstance(asked(query, VIEWS["all"][0]), Conditions)
    assert order_of(query, "due") in ORDERS
    assert 1 <= page_of(query) <= 10_000
