"""Teams serve inboxes, categories and languages: a new ticket is its team's from the beginning."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.router.deciding.classify import classify_inbound
from services.router.deciding.policy import Policy
from shared.settings.policy import Team
from tests.router import world as mailing
from tests.router.life.staffworld import Staffed, staff
from tests.router.life.staffworld import policy as giving
from tests.router.world import START, mail

TEAMS = (
    {"name": "desk", "inboxes": ["Support"]},
    {"name": "sprzedaz", "inboxes": ["sales"], "languages": ["pl"]},
    {"name": "prodaja", "inboxes": ["sales"], "languages": ["HR"]},
    {"name": "money", "categories": ["billing"]},
    {"name": "repairs"},
)


def policy(**teams_of: str) -> Policy:
    """An installation with these teams; ``teams_of`` says which categories name a team themselves."""
    settings = mailing.load(None, None, {})
    categories = tuple(each.model_copy(update={"team": teams_of.get(each.name, "")}) for each in settings.category)
    return mailing.policy(category=categories, team=tuple(Team.model_validate(team) for team in TEAMS))


@pytest.mark.parametrize(
    ("subject", "inbox", "language", "team", "rule"),
    [
        ("The printer", "support", "en", "desk", "team serves the inbox"),
        ("An error", "support", "en", "repairs", "category's team"),
        ("My invoice", "sales", "pl", "money", "team serves the category"),
        ("The printer", "sales", "pl", "sprzedaz", "team serves the inbox"),
        ("The printer", "sales", "hr", "prodaja", "team serves the inbox"),
        ("The printer", "sales", "en", None, None),
        ("The printer", "sales", None, None, None),
        ("The printer", "elsewhere", "pl", None, None),
    ],
)
def test_a_message_goes_to_the_team_that_serves_its_category_or_else_its_inbox(
    subject: str, inbox: str, language: str | None, team: str | None, rule: str | None
) -> None:
    message = mail("m", subject=subject, inbox=inbox, language=language, language_confidence=0.9, text="Please help.")
    found = classify_inbound(message, policy(technical="repairs"), START)
    reason = found.reasons.get("team")
    assert (found.team, reason.rule if reason else None) == (team, rule)


def test_a_language_that_is_only_guessed_chooses_no_team() -> None:
    message = mail("m", inbox="sales", language="pl", language_confidence=0.3)
    assert classify_inbound(message, policy(), START).team is None


@given(st.text(max_size=5), st.text(max_size=5), st.text(max_size=3))
def test_where_no_team_serves_anything_no_ticket_gets_one(category: str, inbox: str, language: str) -> None:
    settings: Any = mailing.policy(team=(Team(name="one"), Team(name="two")))
    assert settings.serving.team_of(category, inbox, language) is None


def test_members_speak_what_their_team_does_unless_they_say_otherwise() -> None:
    world = Staffed(policy=giving(team={"languages": ["pl"]}, language="require"))
    anna, boris = staff("anna@acme.example", languages=["en"]), staff("boris@acme.example")
    world.hire(anna, boris)
    world.writes("polish", subject="Error", text="Drukarka nie działa.", language="pl", language_confidence=0.99)
    world.writes("english", subject="Error", text="It fails.", language="en", language_confidence=0.99)
    assert world.given("polish", "english") == ["boris", "anna"]
