"""Commands about what agents are done with: a held message that is discarded, a suggestion that is wrong."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding.commands import Refused, decide_command, needs
from services.router.deciding.releasing import decide_held
from shared.messages import command as c
from shared.messages.changeset import AddEvent, Changeset, DiscardHeld, DismissSuggestion, ReleaseHeld
from shared.messages.facts import Facts, HeldFact, PersonFact, contact_key, source_key
from tests.router.world import START, mail, policy

MAIL = mail("won", "win@lottery.example")


def held(**changes: Any) -> Facts:
    """The mail is in quarantine."""
    fact = HeldFact(held_id="h", inboxes=["support"], received_at=START).model_copy(update=changes)
    return Facts(held={MAIL.source_id: fact}, versions={source_key(MAIL.source_id): 3})


def about_held(action: c.Action, facts: Facts) -> Changeset:
    command = c.Command(command_id="1", actor="agent:anna", at=START, action=action)
    return decide_held(command, MAIL, facts, policy(), START + timedelta(hours=1))


def test_a_message_is_discarded_with_reason_and_actor_and_stays_where_the_ledger_counts_it() -> None:
    changeset = about_held(c.Discard(held_id="h", reason="  a newsletter "), held())
    (discarded,) = [o for o in changeset.operations if isinstance(o, DiscardHeld)]
    assert (discarded.by, discarded.reason, discarded.at) == ("agent:anna", "a newsletter", START + timedelta(hours=1))
    assert [o.what for o in changeset.operations if isinstance(o, AddEvent)] == ["message_discarded"]
    assert changeset.bumps == [source_key(MAIL.source_id)]
    assert (changeset.ledger, changeset.result) == (None, {"held_id": "h", "already_discarded": False})


def test_discarding_again_changes_nothing_and_what_was_let_out_cannot_be_discarded() -> None:
    again = about_held(c.Discard(held_id="h"), held(discarded_at=START))
    assert (again.operations, again.result["already_discarded"]) == ([], True)
    with pytest.raises(Refused, match="let out") as refused:
        about_held(c.Discard(held_id="h"), held(released_at=START))
    assert refused.value.error == "conflict"
    with pytest.raises(Refused, match="nothing is held"):
        about_held(c.Discard(held_id="h"), Facts())


def test_what_was_discarded_can_still_be_let_out() -> None:
    changeset = about_held(c.Release(held_id="h"), held(discarded_at=START))
    assert any(isinstance(o, ReleaseHeld) for o in changeset.operations)


def dismissing(other: str, people: Facts) -> Changeset:
    action = c.DismissPeople(contact_id="ana", other=other)
    command = c.Command(command_id="1", actor="agent:anna", at=START, action=action)
    assert needs(command, policy()).people == ["ana", other]
    return decide_command(command, people, policy(), START)


PEOPLE = {
    "ana": PersonFact(contact_id="ana"),
    "bo": PersonFact(contact_id="bo"),
    "cy": PersonFact(contact_id="cy", merged_into="bo"),
}


def test_a_suggestion_is_dismissed_for_both() -> None:
    facts = Facts(people=PEOPLE, versions={contact_key("ana"): 1, contact_key("bo"): 2})
    changeset = dismissing("bo", facts)
    (said,) = [o for o in changeset.operations if isinstance(o, DismissSuggestion)]
    assert {said.contact_id, said.other_id, said.by} == {"ana", "bo", "agent:anna"}
    assert [o.what for o in changeset.operations if isinstance(o, AddEvent)] == ["suggestion_dismissed"]
    assert set(changeset.bumps) == {contact_key("ana"), contact_key("bo")}


@pytest.mark.parametrize(("other", "error"), [("ana", "invalid"), ("nobody", "not-found"), ("cy", "conflict")])
def test_what_cannot_be_dismissed_is_refused(other: str, error: str) -> None:
    with pytest.raises(Refused) as refused:
        dismissing(other, Facts(people=PEOPLE))
    assert refused.value.error == error
