"""How much a new ticket matters: the customer's importance, and the matrix of impact and urgency. Each choice says why."""

from dataclasses import replace
from typing import Any

import pytest

from services.router.deciding.classify import classify_inbound
from services.router.deciding.weighing import weigh
from shared.messages.inbound import Inbound
from shared.messages.parts import Reason
from tests.router.life.automated import policy
from tests.router.world import START, mail

BIG = {"name": "Big", "domains": ["big.example"], "addresses": ["+48600100200"], "importance": "high"}
MATRIX = {
    "high": {"low": "normal", "normal": "high", "high": "urgent", "urgent": "urgent"},
    "normal": {"low": "low", "normal": "normal", "high": "high", "urgent": "high"},
    "low": {"urgent": "normal", "high": "normal", "normal": "low"},
}


def chosen(message: Inbound, **more: Any) -> tuple[str, str, str]:
    found = classify_inbound(message, policy(customer=[BIG], **more), START)
    return found.priority, found.reasons["priority"].rule, found.reasons["priority"].evidence


def written(text: str, sender: str = "ana@customer.example", **more: Any) -> Inbound:
    return mail("one", sender, subject="Hello", text=text, **more)


@pytest.mark.parametrize(
    ("text", "sender", "expected"),
    [
        ("a question", "ana@customer.example", ("normal", "default")),
        ("a question", "bo@BIG.example", ("high", "customer's importance")),
        ("this is urgent", "bo@big.example", ("urgent", "words")),
        ("a question", "bo@notbig.example", ("normal", "default")),
    ],
)
def test_an_important_customer_s_ticket_has_at_least_their_priority(
    text: str, sender: str, expected: tuple[str, str]
) -> None:
    assert chosen(written(text, sender))[:2] == expected


@pytest.mark.parametrize(
    ("text", "sender", "priority", "evidence"),
    [
        ("a question", "ana@customer.example", "normal", "impact normal (nothing says otherwise), urgency normal"),
        ("this is urgent", "ana@customer.example", "high", "urgency urgent (words: urgent)"),
        ("a question", "bo@big.example", "high", "impact high (customer Big)"),
        ("this is urgent", "bo@big.example", "urgent", "impact high (customer Big)"),
    ],
)
def test_impact_and_urgency_make_the_priority(text: str, sender: str, priority: str, evidence: str) -> None:
    found = chosen(written(text, sender), matrix=MATRIX)
    assert found[:2] == (priority, "impact and urgency")
    assert evidence in found[2]


def test_a_form_says_impact_and_urgency_itself_and_no_other_channel_may() -> None:
    fields = {"impact": "low", "urgency": "Urgent"}
    form = written("a question", channel="form", inbox="contact", fields=fields)
    assert chosen(form, matrix=MATRIX) == (
        "normal",
        "impact and urgency",
        "impact low (the form), urgency urgent (the form)",
    )
    assert chosen(written("a question", fields=fields), matrix=MATRIX)[0] == "normal"
    assert chosen(written("a question", channel="form", inbox="contact", fields={"impact": "' OR 1"}), matrix=MATRIX)[
        0
    ] == ("normal")


def test_a_category_may_weigh_more_and_a_customer_more_than_that() -> None:
    known = policy(customer=[BIG | {"importance": "urgent"}], matrix=MATRIX | {"urgent": {"normal": "urgent"}})
    there = replace(known, automation=replace(known.automation, impact={"heavy": "high"}))
    because = Reason(rule="default")
    assert weigh("normal", because, "heavy", frozenset(), {}, there)[0] == "high"
    assert weigh("normal", because, "light", frozenset(), {}, there)[0] == "normal"
    assert weigh("normal", because, "heavy", frozenset({"+48600100200"}), {}, there)[0] == "urgent"
