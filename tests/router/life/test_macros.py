"""Macros: an answer with its variables filled in, and actions, at one click and in one decision."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from services.router.deciding.commands import Refused, needs
from shared.documents.macro import MACRO, MacroBody
from shared.messages.automation import ApplyMacro
from shared.messages.command import Change, Close, Command
from shared.messages.documents import DocumentFact, DocumentName, SaveDocument, document_key
from shared.messages.facts import PersonFact
from shared.settings.macros import Macro
from tests.router.life.automated import Automated, policy
from tests.router.life.telling import ANNA

TEXT = {
    "en": "Hello {customer}, {agent} of {company} has {number} “{subject}” ({category}). You hear of us {expected}. {{ok}}",
    "pl": "Dzień dobry, {number}.",
}
TAKE = {
    "name": "take",
    "text": TEXT,
    "then": {"status": "pending", "tags": ["taken"], "note": "Taken.", "priority": "high"},
}
SILENT = {"name": "junk", "then": {"status": "spam"}}


def world(*macros: dict[str, Any]) -> Automated:
    there = Automated(policy=policy(macro=macros or (TAKE, SILENT)))
    there.actor = f"agent:{ANNA.agent_id}"
    return there


def test_a_macro_answers_and_acts_in_one_decision() -> None:
    there = world()
    number = there.opened(subject="Error 5", text="There is an error.")
    contact_id = str(there.ticket(number).contact_id)
    there.state.people[contact_id] = PersonFact(contact_id=contact_id, name="Ana Anić")
    changeset = there.act(ApplyMacro(number=number, name="take"))
    (mail,) = [each for each in there.to_customer() if each.kind == "reply"]
    assert mail.text.startswith(
        f"Hello Ana Anić, Anna of Support has T-{number} “Error 5” (technical). You hear of us within "
    )
    assert mail.text.endswith("{ok}")
    ticket = there.ticket(number)
    assert (ticket.status, ticket.priority, ticket.tags) == ("pending", "high", ["taken"])
    assert [note.text for note in there.notes()] == ["Taken."]
    applied = [each for each in changeset.operations if each.op == "add_event" and each.what == "macro_applied"]
    assert len(applied) == 1
    assert applied[0].data["did"]["status"] == "pending"
    assert applied[0].actor == f"agent:{ANNA.agent_id}"


def test_a_macro_of_the_configuration_cannot_be_made_at_the_desk_too() -> None:
    there = world()
    there.actor = "operator"
    there.act(SaveDocument(kind=MACRO, id="other", body={"text": {"en": "Hello."}}))
    with pytest.raises(Refused, match="the macro take stands in the configuration"):
        there.act(SaveDocument(kind=MACRO, id="take", body={"text": {"en": "Hello."}}))


def test_whose_name_nobody_knows_is_greeted_without_one() -> None:
    there = world()
    there.act(ApplyMacro(number=there.opened(), name="take"))
    assert there.to_customer()[0].text.startswith("Hello, Anna of ")


def test_it_speaks_the_customer_s_language() -> None:
    there = world()
    number = there.opened(subject="Error 5", text="There is an error.")
    there.act(Change(number=number, fields={"language": "pl"}))
    there.act(ApplyMacro(number=number, name="take"))
    assert there.to_customer()[0].text == f"Dzień dobry, T-{number}."


def test_a_macro_without_a_text_only_acts() -> None:
    there = world()
    number = there.opened(subject="Win", text="money")
    there.act(ApplyMacro(number=number, name="junk"))
    assert there.ticket(number).status == "spam"
    assert there.to_customer() == []


def test_what_cannot_be_done_whole_is_not_done() -> None:
    there = world()
    number = there.opened(subject="Error 5", text="There is an error.")
    there.act(Close(number=number))
    with pytest.raises(Refused, match="a closed ticket can become"):
        there.act(ApplyMacro(number=number, name="take"))
    assert not there.trail(number, "macro_applied", "message_sent")


def test_an_unknown_macro_is_refused_with_those_there_are() -> None:
    there = world()
    with pytest.raises(Refused, match="there are take, junk"):
        there.act(ApplyMacro(number=there.opened(), name="tkae"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Hello {custmer}", "there is no variable {custmer}"),
        ("{customer.__class__}", "there is no variable"),
        ("{customer!r}", "there is no variable"),
        ("{number:>99999999}", "there is no variable"),
        ("{0}", "there is no variable"),
        ("{", "braces"),
    ],
)
def test_what_no_variable_is_is_an_error_of_the_configuration(text: str, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        Macro.model_validate({"name": "x", "text": {"en": text}})


def kept(name: str, text: str, **then: Any) -> DocumentFact:
    at = datetime(2026, 3, 1, tzinfo=UTC)
    body = MacroBody.model_validate({"title": "Kept", "text": {"en": text}, "then": then}).model_dump()
    return DocumentFact(kind=MACRO, id=name, body=body, made_at=at, changed_at=at)


def test_a_macro_made_in_the_desk_is_asked_for_by_its_name_and_done() -> None:
    there = world()
    number = there.opened()
    fact = kept("again", "Once more, {number}.", tags="kept")
    there.state.documents[document_key(MACRO, "again")] = fact
    command = Command(
        command_id="c" * 32, actor="operator", at=fact.made_at, action=ApplyMacro(number=number, name="again")
    )
    assert needs(command, there.policy).documents == [DocumentName(kind=MACRO, id="again")]
    changeset = there.act(ApplyMacro(number=number, name="again"))
    assert there.to_customer()[-1].text == f"Once more, T-{number}."
    assert there.ticket(number).tags == ["kept"]
    assert document_key(MACRO, "again") in changeset.relies, "whoever changes it meanwhile has it decided again"


def test_of_two_macros_with_the_same_name_the_one_of_the_file_is_done() -> None:
    there = world()
    number = there.opened()
    there.state.documents[document_key(MACRO, "junk")] = kept("junk", "Not this.")
    there.act(ApplyMacro(number=number, name="junk"))
    assert there.ticket(number).status == "spam"
    assert there.to_customer() == []


def test_a_document_that_is_no_macro_any_more_is_none() -> None:
    there = world()
    broken = kept("old", "Hello").model_copy(update={"body": {"then": {"explode": True}}})
    there.state.documents[document_key(MACRO, "old")] = broken
    with pytest.raises(Refused, match="there is no macro 'old'"):
        there.act(ApplyMacro(number=there.opened(), name="old"))
