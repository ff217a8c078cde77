"""Mentions in notes: whom they mean, who is told, and what is said of those that mean nobody."""

import pytest

from services.router.deciding import naming
from shared.messages import command as c
from shared.messages.facts import Facts
from shared.messages.talking import Assign
from tests.router.life.sideworld import ANNA, EWA, JAN, PIOTR, Aside, alerts, outside, policy

STAFF = Facts(staff={each.email: each for each in (ANNA, PIOTR, EWA, JAN)})
POLICY = policy()


@pytest.mark.parametrize(
    ("text", "named", "found", "warned"),
    [
        ("@anna please look", [], [ANNA.email], []),
        ("please look, @Anna.", [], [ANNA.email], []),
        ("(@anna@acme.example)", [], [ANNA.email], []),
        ("@id-anna", [], [ANNA.email], []),
        ("@technical and @sales", [], ["technical", "sales"], []),
        ("@anna @ANNA @anna@acme.example", ["anna", "@anna"], [ANNA.email], []),
        ("nothing here", ["Piotr Lis", "technical"], [PIOTR.email, "technical"], []),
        ("@piotr.lis", [], [PIOTR.email], []),
        ("write to bob@example.com, mail@technical.example", [], [], []),
        ("at @10:30, a@b, @@", [], [], []),
        ("@bob", [], [], ["@bob: there is no such agent or team"]),
        ("", ["Lis"], [], ["@Lis: may be piotr@acme.example, jan@acme.example; write the address"]),
        ("@anna@else.example", [], [], ["@anna@else.example: there is no such agent or team"]),
    ],
)
def test_whom_a_note_mentions(text: str, named: list[str], found: list[str], warned: list[str]) -> None:
    assert naming.mentioned(text, named, STAFF, POLICY) == (found, warned)


def test_mentions_without_end_are_bounded() -> None:
    found, warnings = naming.mentioned("@x" * 100_000 + " ".join(f"@n{n}" for n in range(500)), [], STAFF, POLICY)
    assert (found, len(warnings) <= naming.MOST) == ([], True)


def test_who_is_mentioned_is_told_once_with_the_words_and_where_to_look() -> None:
    world = Aside()
    world.actor = f"agent:{EWA.email}"
    world.act(Assign(number=1001, to={"agent": ANNA.email}))
    done = world.act(c.Note(number=1001, text="@technical @piotr @ewa @bob: does it leak?"), name="Ewa")
    assert alerts(done) == [(JAN.email, "agent.mentioned"), (PIOTR.email, "agent.mentioned")]
    told = world.told("agent.mentioned")[0]
    assert (told.variables["by"], told.variables["text"]) == ("Ewa Zych", "@technical @piotr @ewa @bob: does it leak?")
    assert told.variables["url"].startswith("http")
    assert outside(done) == []
    assert done.result["mentions"] == ["technical", PIOTR.email, EWA.email]
    assert done.result["warnings"] == ["@bob: there is no such agent or team"]


def test_who_is_mentioned_where_they_are_told_anyway_gets_one_mail() -> None:
    world = Aside()
    world.actor = f"agent:{EWA.email}"
    number = world.opened(contact="", internal=True, to_department="piotr")
    done = world.act(c.Note(number=number, text="@piotr @jan: by when?"))
    assert alerts(done) == [(JAN.email, "agent.mentioned"), (PIOTR.email, "agent.mentioned")]


def test_a_text_full_of_names_is_looked_up_for_the_first_of_them_only(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    agents_called = naming.agents_called
    monkeypatch.setattr(naming, "agents_called", lambda name, facts: asked.append(name) or agents_called(name, facts))
    words = " ".join(f"@n{place:x}" for place in range(8_000)) + " @anna"
    found, warnings = naming.mentioned(words, ["piotr"], STAFF, POLICY)
    assert (found, len(warnings)) == ([PIOTR.email], naming.MOST)
    assert len(asked) == naming.LOOKED_UP
