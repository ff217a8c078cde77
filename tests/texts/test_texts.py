"""Every text exists in every language with the same variables, and comes out whole."""

import re

import pytest

from shared.messages.parts import Priority, Status
from shared.texts import LANGUAGES, MissingVariable, UnknownText, alert, customer_status, expected, text
from shared.texts.catalogue import CATALOGUE, CUSTOMER_STATUS
from shared.texts.lookup import variables_of
from shared.texts.operators import ALERTS

VALUES = {
    "ticket": "T-1001",
    "subject": "Invoice {x}",
    "term": "pump",
    "now": "9",
    "before": "2",
    "company": "Acme",
    "expected": "within 8 hours",
    "address": "ana@customer.example",
    "point": "ana@customer.example",
    "error": "5.1.1 no such user",
    "closing": "soon",
    "until": "2026-03-02",
    "state": "open",
    "who": "Anna",
    "count": "5",
    "size": "20",
    "name": "Anna",
    "when": "Monday 08:00",
    "span": "3 min 12 s",
    "agent": "Anna",
    "list": "- model",
    "rule": "vip",
    "steps": "Please restart it.",
    "solution": "We replaced the power supply.",
    "link": "https://acme.example/t/abc",
    "since": "2026-03-02",
    "score": "2",
    "words": "Too slow.",
    "what": "the first answer",
    "missing": "root cause",
    "at": "2026-03-02",
    "why": "no parts",
    "way": "letter",
    "by": "Anna",
    "lines": "T-12 Pump — new gasket",
    "text": "It hums.",
    "customer": "Jan",
    "code": "K7QF9T",
    "url": "https://acme.example",
    "reason": "on leave",
    "to": "technical",
    "was": "open",
    "of": "technical",
    "request": "T-1002",
    "id": "0123",
    "q": "pump",
    "page": "2",
    "pages": "5",
    "date": "2 March 2026",
    "details": "\n\nBy: Anna",
    "word": "#slove",
    "near": "#solve",
    "form": "#solve SUMMARY",
    "inbox": "support",
    "left": "3",
    "seconds": "30",
    "browser": "Firefox",
    "network": "192.0.2.0",
    "seen": "today",
    "email": "anna@acme.example",
    "number": "1",
    "names": "a.jpg",
    "file": "a.jpg",
}


# What agents read at the desk: many short words, some of them the same in two languages ("Status", "SMS").
SHOWN = [key for key in CATALOGUE if key.startswith("console.")]
# Words that are the same in two languages.
SAME = ("subject", "rule.message.postscript", "signin.page.code", "signin.page.role.admin", "signin.page.role.agent")
SENT = [key for key in CATALOGUE if not key.startswith("console.")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_of_the_console_is_there_and_comes_out_filled_in(language: str) -> None:
    for key in SHOWN:
        assert set(CATALOGUE[key]) == set(LANGUAGES), key
        names = variables_of(CATALOGUE[key]["en"])
        assert variables_of(CATALOGUE[key][language]) == names, key
        filled = text(key, language, **dict.fromkeys(names, "7"))
        assert filled.strip(), key
        assert not re.search(r"[{}]|[ \t]\n|  ", filled), key


def test_sentences_of_the_console_are_translated() -> None:
    same = [
        key
        for key in SHOWN
        for en in [CATALOGUE[key]["en"]]
        if len(en.split()) > 2 and en in (CATALOGUE[key]["pl"], CATALOGUE[key]["hr"])
    ]
    assert [key for key in same if len(variables_of(CATALOGUE[key]["en"])) == 0] == []


# By loops, not one test each: five thousand tests of a moment cost more to hand around than to run.
def test_a_text_is_there_in_every_language_with_the_same_variables() -> None:
    for key in SENT:
        assert set(CATALOGUE[key]) == set(LANGUAGES), key
        variables = {language: variables_of(template) for language, template in CATALOGUE[key].items()}
        assert len({frozenset(names) for names in variables.values()}) == 1, (key, variables)
        assert variables["en"] <= set(VALUES), (key, variables)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_comes_out_filled_in(language: str) -> None:
    for key in SENT:
        filled = text(key, language, **VALUES)
        assert filled.strip(), key
        assert "{" not in filled.replace(VALUES["subject"], ""), key
        assert not re.search(r"[ \t]\n|  ", filled), key


def test_translations_differ() -> None:
    assert [key for key in SENT if key not in SAME and len(set(CATALOGUE[key].values())) != len(LANGUAGES)] == []


def test_a_subject_carries_the_ticket_in_brackets() -> None:
    assert text("subject", "pl", ticket="T-7", subject="Żółw") == "Re: [T-7] Żółw"


def test_an_unknown_language_gets_the_first_configured_one() -> None:
    assert text("status.open", "de", default="hr") == "otvoreno"
    assert text("status.open", "de") == "open"
    assert text("status.open", "de", default="fr") == "open"


def test_an_unknown_text_is_an_error() -> None:
    with pytest.raises(UnknownText):
        text("no.such.text", "en")
    with pytest.raises(UnknownText):
        alert("no such alert")


def test_a_missing_variable_is_an_error() -> None:
    with pytest.raises(MissingVariable, match=r"reply\.footer needs company"):
        text("reply.footer", "en", ticket="T-1")


def test_what_a_customer_wrote_is_never_a_template() -> None:
    filled = text("notice.closed.body", "en", ticket="T-1", subject="{company.__class__} {0}", company="A")
    assert "{company.__class__} {0}" in filled


def test_an_acknowledgement_says_number_company_time_and_subject() -> None:
    for language in LANGUAGES:
        promise = expected(language, 8 * 3600)
        body = text("acknowledgement.body", language, ticket="T-9", subject="Pismo", company="Acme", expected=promise)
        for part in ("T-9", "Acme", "Pismo", promise + "."):
            assert part in body


@pytest.mark.parametrize("status", Status.__args__)  # type: ignore[attr-defined]
def test_every_status_has_a_name_for_customers(status: str) -> None:
    assert customer_status(status, "en") in ("open", "waiting for you", "handled", "closed")
    assert status in CUSTOMER_STATUS


def test_an_unknown_status_is_an_error() -> None:
    with pytest.raises(UnknownText):
        customer_status("lost", "en")


@pytest.mark.parametrize("priority", Priority.__args__)  # type: ignore[attr-defined]
def test_every_priority_has_a_name(priority: str) -> None:
    assert text(f"priority.{priority}", "pl")


@pytest.mark.parametrize("key", ALERTS)
def test_an_alert_comes_out_filled_in(key: str) -> None:
    variables = dict.fromkeys(variables_of(ALERTS[key]), "7")
    filled = alert(key, **variables)
    assert "{" not in filled
    assert "\n" not in filled
