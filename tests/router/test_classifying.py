"""Category, priority, team and times from the configuration, each with its reason."""

from datetime import timedelta
from pathlib import Path

import pytest

from services.router.deciding.classify import classify
from services.router.deciding.policy import Policy, build
from shared.settings import load
from tests.router.world import KEYRING, START, policy

DEFAULT = policy()


def chosen(subject: str, text: str = "", sender: str = "ana@customer.example", at: Policy = DEFAULT):  # type: ignore[no-untyped-def]
    return classify(subject, text, sender, "support", "email", at, START)


@pytest.mark.parametrize(
    ("subject", "text", "category"),
    [
        ("Invoice is wrong", "You charged my card twice", "billing"),
        ("Faktura", "Proszę o korektę faktury za styczeń", "billing"),
        ("Račun", "Molim ispravak računa", "billing"),
        ("Printer", "It does not start and shows an error", "technical"),
        ("Drukarka", "Drukarka nie działa od wczoraj", "technical"),
        ("Pisač", "Pisač ne radi", "technical"),
        ("DRUKARKA NIE DZIALA", "", "technical"),
        ("Complaint about service", "I am very disappointed and want to complain", "complaint"),
        ("Reklamacja", "Składam reklamację", "complaint"),
        ("Reklamacija", "Želim uložiti reklamaciju", "complaint"),
        ("Hello", "What time is it?", "general"),
    ],
)
def test_the_built_in_words_find_the_category_in_three_languages(subject: str, text: str, category: str) -> None:
    found = chosen(subject, text)
    assert found.category == category
    assert found.reasons["category"].rule in ("words", "default")


@pytest.mark.parametrize(
    ("text", "priority"),
    [("This is urgent!", "urgent"), ("PILNE: awaria", "urgent"), ("Hitno!", "urgent"), ("take your time", "normal")],
)
def test_urgency_is_found_in_three_languages_and_shortens_the_first_response(text: str, priority: str) -> None:
    found = chosen("Question", text)
    assert found.priority == priority
    hours = 1 if priority == "urgent" else 8
    assert found.first_response_due == START + timedelta(hours=hours)
    assert found.expected_seconds == hours * 3600


def test_rules_come_before_words(tmp_path: Path) -> None:
    file = tmp_path / "trunkline.toml"
    file.write_text(
        '[[team]]\nname = "money"\n[[category]]\nname = "general"\n'
        '[[category]]\nname = "vip"\ndomains = ["big.example"]\nteam = "money"\npriority = "high"\n'
        '[[category]]\nname = "part"\npatterns = ["\\\\bPN-\\\\d{4}\\\\b"]\n'
    )
    own = build(load(file, None, {}), KEYRING, "v")
    found = chosen("Invoice", "", "boss@big.example", own)
    assert (found.category, found.team, found.priority) == ("vip", "money", "high")
    assert found.reasons["category"].evidence == "big.example"
    assert found.reasons["team"].evidence == "vip"
    assert chosen("order of pn-1234 please", at=own).reasons["category"].evidence == "pn-1234"


def test_a_word_counts_only_from_the_beginning_of_a_word() -> None:
    assert chosen("misinvoiced", "").category == "general"
