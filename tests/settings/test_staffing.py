"""``[assignment]`` and ``[[escalation]]``: what can be said, and what is told of what cannot."""

from datetime import timedelta
from pathlib import Path

import pytest

from shared.settings import load
from shared.settings.errors import ConfigError

GOOD = """\
[assignment]
mode = "least_busy"
capacity = 20
return_after = "90m"
[[team]]
name = "technical"
members = ["anna@acme.example"]
assign = "off"
hours = "office"
languages = ["en", "pl"]
inboxes = ["support"]
categories = ["technical"]
[[hours]]
name = "office"
week = {mon = ["08:00-16:00"]}
[[escalation]]
name = "unhappy"
hours = "office"
when = {angry = true, sla = "warning, breached", words = {en = "lawyer"}, priority = "medium"}
step = [{to = "lead", priority = "high"}, {after = "2h", to = "technical", notify = ["operators", "anna@acme.example"]}]
"""


def loaded(folder: Path, text: str):  # type: ignore[no-untyped-def]
    file = folder / "trunkline.toml"
    file.write_text(text)
    return load(file, folder, {})


def test_what_is_said_of_assignment_and_escalation_is_read(tmp_path: Path) -> None:
    settings = loaded(tmp_path, GOOD)
    assert (settings.assignment.mode, settings.assignment.capacity) == ("least_busy", 20)
    assert settings.assignment.return_after == timedelta(minutes=90)
    assert (settings.team[0].assign, settings.team[0].hours) == ("off", "office")
    (ladder,) = settings.escalation
    assert (ladder.when.sla, ladder.when.priority) == (("warning", "breached"), ("normal",))
    assert [step.after for step in ladder.step] == [timedelta(0), timedelta(hours=2)]
    assert (ladder.until, ladder.tell_customer) == ("answered", True)


def test_without_configuration_nothing_is_given_out_and_nothing_escalated() -> None:
    settings = load(None, None, {})
    assert settings.assignment.mode == "off"
    assert not settings.escalation


@pytest.mark.parametrize(
    ("good", "bad", "told"),
    [
        ('mode = "least_busy"', 'mode = "lottery"', "round_robin"),
        ("capacity = 20", "capacity = -1", "capacity"),
        ('assign = "off"', 'assign = "sometimes"', "assign"),
        ('inboxes = ["support"]', 'inboxes = ["suport"]', "support"),
        ('categories = ["technical"]', 'categories = ["tehnical"]', "technical"),
        ('languages = ["en", "pl"]', 'languages = ["polski"]', "languages"),
        ('assign = "off"\nhours = "office"', 'assign = "off"\nhours = "ofice"', "did you mean office"),
        ('name = "unhappy"\nhours = "office"', 'name = "unhappy"\nhours = "night"', "no hours named 'night'"),
        ('after = "2h", to = "technical"', 'after = "2h", to = "tecnical"', "did you mean technical"),
        ('notify = ["operators", ', 'notify = ["operator", ', "no team named 'operator'"),
        ('{to = "lead", priority = "high"}', '{after = "1h"}', "does nothing"),
        ('{to = "lead", priority = "high"}', '{after = "3h", to = "lead"}', "in the order of their times"),
        ("angry = true", "angri = true", "angri"),
        ("angry = true", 'category = "no-such"', "no category named 'no-such'"),
        ("angry = true", "reopened = 0", "reopened"),
        ("step = [", "step = [] #", "step"),
        ('name = "unhappy"', 'name = "By Hand"', "name"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(tmp_path: Path, good: str, bad: str, told: str) -> None:
    assert good in GOOD
    with pytest.raises(ConfigError) as caught:
        loaded(tmp_path, GOOD.replace(good, bad))
    assert told in str(caught.value)
