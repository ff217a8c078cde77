"""What the administration's pages show, worked out without a page: the configuration as written, weeks, texts, and audit entries."""

import tomllib
from datetime import date
from typing import Any

import pytest

from services.desk.console.admin.views import (
    CHANNELS,
    Stretch,
    actor,
    as_written,
    closed,
    languages_of,
    minutes_of,
    preview,
    templates,
    told,
    toml,
    week,
    written,
)
from shared.settings import effective, load
from shared.settings.rules import Rule
from shared.settings.targets import Hours
from shared.texts.languages import LANGUAGES

VALUES = {"company": "Acme", "ticket": "T-1001", "subject": "Pump {x}", "expected": "within 8 hours", "code": "123456"}


def office(**more: Any) -> Hours:
    return Hours.model_validate({"name": "office", "timezone": "Europe/Warsaw", **more})


def test_the_configuration_is_shown_key_by_key_as_it_is_written() -> None:
    entry = {
        "name": "gold",
        "when": {"priority": [], "tags": ["a", "b"]},
        "hours": "",
        "tell": True,
        "pauses": ["x"],
        "step": [{"after": "1h"}],
    }
    assert written(entry) == [("when.tags", "a, b"), ("tell", "true"), ("pauses", "x"), ("step.1.after", "1h")]


def test_no_secret_of_an_inbox_is_shown() -> None:
    secret = "a-secret-that-is-long-enough"
    environ = {
        "TRUNKLINE_INBOX__SUPPORT__IMAP__PASSWORD": secret,
        "TRUNKLINE_INBOX__SUPPORT__IMAP__HOST": "imap.acme.example",
    }
    environ |= {"TRUNKLINE_INBOX__SUPPORT__IMAP__USER": "support", "TRUNKLINE_INBOX__SUPPORT__RECEIVE": "imap"}
    (inbox,) = effective(load(None, None, environ))["inbox"]
    shown = written(inbox)
    assert ("imap.host", "imap.acme.example") in shown
    assert secret not in str(shown)


def test_a_week_has_seven_days_and_bars_where_it_is_open() -> None:
    days = week(office(week={"mon": ["09:00-17:00"], "wed": ["06:00-12:00", "22:00-24:00"]}))
    assert [day for day, _ in days] == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert days[0][1] == [Stretch(540, 1020, "09:00-17:00")]
    assert [(bar.left, bar.width) for bar in days[2][1]] == [(25.0, 25.0), (91.67, 8.33)]
    assert days[6][1] == []


def test_days_off_are_those_on_which_somebody_would_be_there() -> None:
    five = {day: ["09:00-17:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    assert closed(office(week=five, holidays="PL"), date(2026, 11, 1), most=2) == [
        date(2026, 11, 11),
        date(2026, 12, 24),
    ]
    assert closed(office(week=five, holidays=["2026-03-01", "2026-03-02"]), date(2026, 1, 1)) == [date(2026, 3, 2)], (
        "the first is a Sunday"
    )
    assert closed(office(week=five, holidays=["2026-03-02"]), date(2026, 3, 3)) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("channel", CHANNELS)
def test_every_text_can_be_previewed_with_nothing_left_in_braces(language: str, channel: Any) -> None:
    found = [preview(name, language, channel, VALUES) for name in templates()]
    shown = [each for each in found if each is not None]
    assert len(shown) > 5
    assert all(each.words for each in shown)
    assert not any("{" in each.words.replace("Pump {x}", "") for each in shown)
    assert all(bool(each.subject) == (channel == "email") for each in shown)
    assert all((each.segments is not None) == (channel == "sms") for each in shown)


def test_a_text_is_shown_as_it_goes_out() -> None:
    made = preview("acknowledgement", "pl", "sms", VALUES)
    assert made is not None
    assert made.segments is not None
    assert ("T-1001" in made.words, made.segments.encoding) == (True, "UCS-2")
    unknown = preview("asking.request", "en", "email", {})
    assert unknown is not None
    assert "‹company›" in unknown.words, "what has no example is shown by its name"
    assert preview("nonesuch", "en", "email", VALUES) is None


@pytest.mark.parametrize("value", [True, 3, 'a "b"\n\\', ["x", "y"], {"if": {"words": ["a"]}, "n": 1}])
def test_values_are_written_as_the_file_has_them(value: Any) -> None:
    assert tomllib.loads(f"it = {toml(value)}") == {"it": value}


def test_a_rule_of_the_configuration_can_be_tried_as_it_is() -> None:
    rule = Rule.model_validate(
        {
            "name": "vip",
            "on": "timer",
            "after": "2h",
            "if": {"domain": "a.example"},
            "then": {"tags": "vip", "snooze": "1d"},
        }
    )
    assert Rule.model_validate({"name": "vip", **tomllib.loads(as_written(rule))}) == rule


def test_an_audit_entry_names_people_and_what_was_before() -> None:
    known = {"a1": "Anna"}
    data = {
        "agent": "a1",
        "fields": ["role"],
        "changes": {"role": ["agent", "lead"], "away_until": [None, "9999-12-31T00:00:00+00:00"]},
    }
    assert told(data, known) == "agent: Anna; role: agent → lead; away_until: – → ∞"
    assert told({"text": "x" * 500, "none": None, "two": ["a", "b"]}, known) == f"text: {'x' * 119}…; two: a, b"
    assert [actor(each, known) for each in ("agent:a1", "agent:gone", "token:crm", "operator")] == [
        "Anna",
        "gone",
        "token:crm",
        "operator",
    ]


def test_languages_are_read_from_what_people_type() -> None:
    assert languages_of(" PL, en  hr,pl") == ["pl", "en", "hr"]


@pytest.mark.parametrize(
    ("kept", "minutes"), [("1h", 60), ("90m", 90), ("7d", 10_080), ("1s", 1), ("often", None), (None, None), (7, None)]
)
def test_how_often_news_is_told_together_is_read_in_minutes(kept: Any, minutes: int | None) -> None:
    assert minutes_of(kept) == minutes
