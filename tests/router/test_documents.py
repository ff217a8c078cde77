"""Documents: who may write them, and what becomes of them. The kinds used here are of these tests alone."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.router.deciding.commands import Refused, decide_command
from services.router.deciding.policy import Policy
from shared.documents import KINDS, Body, Change, Kind, Summary
from shared.messages.command import Command
from shared.messages.documents import (
    DocumentFact,
    DropDocument,
    PutDocument,
    RemoveDocument,
    SaveDocument,
    document_key,
)
from shared.messages.facts import Facts
from shared.messages.life import StaffFact
from tests.router.world import policy

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Leaf(Body):
    text: str
    state: str = "draft"


def no_way_back(change: Change) -> str | None:
    return "what is out stays out" if change.before and change.after and change.before.state == "out" else None


LEAF = Kind(
    "leaf", Leaf, writes="agent", summary=lambda body: Summary(body.state, body.text[:20], body.text), check=no_way_back
)
OWN = Kind("own-leaf", Leaf, writes="own", noted=False)
LED = Kind("led-leaf", Leaf, writes="lead", largest=200)


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in (LEAF, OWN, LED):
        monkeypatch.setitem(KINDS, kind.name, kind)


def staff(role: str, name: str = "anna") -> StaffFact:
    return StaffFact(agent_id=name[0] * 32, email=f"{name}@acme.example", name=name, role=role)


def decided(action: Any, *, actor: str = "agent:" + "a" * 32, role: str = "agent", known: DocumentFact | None = None):
    facts = Facts(staff={"anna@acme.example": staff(role)}, versions={"document:leaf:one": 4})
    if known is not None:
        facts.documents[document_key(known.kind, known.id)] = known
    command = Command(command_id="c" * 32, actor=actor, at=NOW, action=action)
    return decide_command(command, facts, policy(), NOW)


def kept(kind: str = "leaf", owner: str = "", state: str = "draft", revision: int = 3) -> DocumentFact:
    return DocumentFact(
        kind=kind,
        id="one",
        owner=owner,
        body={"text": "old", "state": state},
        state=state,
        revision=revision,
        made_by="agent:first",
        made_at=NOW,
        changed_at=NOW,
    )


def test_a_document_is_kept_with_what_lists_see_of_it() -> None:
    change = decided(SaveDocument(kind="leaf", id="one", body={"text": " Green Leaf "}))
    [put] = [each for each in change.operations if isinstance(each, PutDocument)]
    assert (put.title, put.words, put.state, put.revision) == ("Green Leaf", "green leaf\ngreen leaf", "draft", 1)
    assert put.made_by == put.changed_by == "agent:" + "a" * 32
    assert change.relies == {"document:leaf:one": 4}
    assert change.bumps == ["document:leaf:one"]
    assert [each.what for each in change.operations if each.op == "add_event"] == ["document_saved"]


def test_a_change_keeps_who_made_it_and_counts() -> None:
    change = decided(SaveDocument(kind="leaf", id="one", body={"text": "new"}, seen=3), known=kept())
    [put] = [each for each in change.operations if isinstance(each, PutDocument)]
    assert (put.made_by, put.revision) == ("agent:first", 4)


@pytest.mark.parametrize(
    ("action", "role", "known", "error"),
    [
        (SaveDocument(kind="nothing", id="one", body={}), "admin", None, "not-found"),
        (SaveDocument(kind="leaf", id="one two", body={"text": "x"}), "admin", None, "invalid"),
        (SaveDocument(kind="leaf", id="one", body={}), "admin", None, "invalid"),
        (SaveDocument(kind="leaf", id="one", body={"text": "x", "more": 1}), "admin", None, "invalid"),
        (SaveDocument(kind="leaf", id="one", body={"text": "a\0b"}), "admin", None, "invalid"),
        (SaveDocument(kind="leaf", id="one", body={"text": "x"}), "auditor", None, "forbidden"),
        (SaveDocument(kind="led-leaf", id="one", body={"text": "x"}), "agent", None, "forbidden"),
        (SaveDocument(kind="led-leaf", id="one", body={"text": "x" * 300}), "lead", None, "invalid"),
        (SaveDocument(kind="leaf", id="one", body={"text": "x"}, seen=2), "agent", kept(), "moved-on"),
        (SaveDocument(kind="leaf", id="one", body={"text": "x"}, seen=0), "agent", kept(), "moved-on"),
        (SaveDocument(kind="leaf", id="one", body={"text": "x"}), "agent", kept(state="out"), "invalid"),
        (SaveDocument(kind="own-leaf", id="one", body={"text": "x"}), "admin", kept("own-leaf", "b" * 32), "forbidden"),
        (RemoveDocument(kind="own-leaf", id="one"), "admin", kept("own-leaf", "b" * 32), "forbidden"),
        (RemoveDocument(kind="leaf", id="one", seen=1), "agent", kept(), "moved-on"),
    ],
)
def test_what_may_not_be_is_refused(action: Any, role: str, known: DocumentFact | None, error: str) -> None:
    with pytest.raises(Refused) as refused:
        decided(action, role=role, known=known)
    assert refused.value.error == error


def test_what_is_ones_own_needs_no_rights_and_makes_no_noise() -> None:
    change = decided(SaveDocument(kind="own-leaf", id="one", body={"text": "x"}), role="auditor")
    [put] = change.operations
    assert isinstance(put, PutDocument)
    assert put.owner == "a" * 32


def test_what_is_removed_is_gone_and_what_is_not_there_is_as_good_as_gone() -> None:
    change = decided(RemoveDocument(kind="leaf", id="one"), known=kept())
    assert [each.op for each in change.operations] == ["drop_document", "add_event"]
    assert isinstance(change.operations[0], DropDocument)
    assert decided(RemoveDocument(kind="leaf", id="one")).operations == []


def test_every_kind_has_a_body_that_refuses_what_it_does_not_know() -> None:
    assert isinstance(policy(), Policy)
    for name, kind in KINDS.items():
        assert (kind.name, kind.body.model_config.get("extra")) == (name, "forbid")
