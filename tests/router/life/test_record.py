"""What is written into a ticket's record, and what is refused; the audit trail tells of each change and never has anybody's words."""

import json
from datetime import timedelta
from typing import Any

import pytest

from services.router.deciding.commands import Refused, needs
from shared.messages import record as r
from shared.messages.command import Change, Command, Note, Solve
from shared.messages.ticket import Evidence
from tests.router.life.recordworld import Passing, hours
from tests.router.world import START

SECRET = "zebra"


@pytest.fixture
def world() -> Passing:
    return Passing()


def action(number: int, **fields: Any) -> r.AddAction:
    given = {"what": f"Dispatch a technician {SECRET}", "department": "technical", "requested_at": START}
    return r.AddAction(number=number, **given | fields)


def test_an_action_is_asked_for_and_done_with_its_evidence(world: Passing) -> None:
    number = world.opened()
    world.act(action(number))
    (entry,) = world.entries(number)
    assert (entry.kind, entry.done_at, entry.by, entry.data["department"]) == ("action", None, "Anna", "technical")
    world.until(START + hours(48))
    photo = Evidence(note=f"the photo {SECRET}")
    fields = {"done_at": world.now.isoformat()}
    change = r.ChangeEntry(number=number, entry_id=entry.entry_id, fields=fields, add_evidence=[photo])
    world.act(change, "Piotr")
    (entry,) = world.entries(number)
    assert entry.done_at == world.now
    assert [(each["note"], each["by"]) for each in entry.data["evidence"]] == [(photo.note, "Piotr")]
    assert world.whats(number)[-2:] == ["entry_changed", "entry_done"]
    changed = world.events(number)[-2]
    assert changed.data["changes"] == {"done_at": [None, world.now.isoformat()]}
    assert set(changed.data["fields"]) == {"done_at", "evidence"}


def test_calls_and_other_contacts_are_logged_with_who_when_and_how(world: Passing) -> None:
    number = world.opened()
    world.until(START + hours(2))
    call = r.LogCall(number=number, direction="out", who="Ana", what="She agreed.", at=START + hours(1), seconds=240)
    world.act(call)
    world.act(r.LogContact(number=number, way="letter", what="We wrote again.", at=START + hours(1)))
    first, second = world.entries(number)
    assert (first.kind, first.data["direction"], first.data["seconds"]) == ("call", "out", 240)
    assert (second.kind, second.data["way"], second.done_at) == ("contact", "letter", START + hours(1))


def test_no_event_has_a_word_of_what_people_wrote(world: Passing) -> None:
    number = world.opened(text=f"It leaks {SECRET}", subject=f"Pump {SECRET}")
    world.act(action(number, evidence=[Evidence(note=SECRET)]))
    world.act(r.AddPromise(number=number, what=SECRET, due=START + hours(5)))
    world.act(r.AddTask(number=number, what=SECRET))
    world.act(r.LogCall(number=number, direction="in", who=SECRET, what=SECRET, at=START))
    for entry in world.entries(number):
        world.act(r.ChangeEntry(number=number, entry_id=entry.entry_id, fields={"what": f"more {SECRET}"}))
    world.act(r.AddEvidence(number=number, evidence=[Evidence(note=SECRET)]))
    texts = ("subject", "problem", "details", "impact", "solution", "tested", "root_cause", "preventive_action")
    world.act(Change(number=number, fields=dict.fromkeys(texts, SECRET)))
    world.act(r.VerifyPrevention(number=number, note=SECRET))
    said = json.dumps([event.model_dump(mode="json") for event in world.events(number)])
    assert len(world.events(number)) >= 12
    assert SECRET not in said


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"what": " "}, "what: must not be empty"),
        ({"department": ""}, "department: must not be empty"),
        ({"what": "x" * 5_001}, "at most 5000"),
        ({"requested_at": START + hours(1)}, "requested_at: .* still to come"),
        ({"done_at": START - hours(1)}, "before it was requested"),
        ({"done_at": START + hours(1)}, "done_at: .* still to come"),
        ({"evidence": [Evidence(of="no-such-message")]}, "has no message"),
        ({"evidence": [Evidence(note=" ")]}, "needs a note"),
    ],
)
def test_an_action_that_cannot_be_is_refused(world: Passing, fields: dict[str, Any], why: str) -> None:
    number = world.opened()
    with pytest.raises(Refused, match=why):
        world.act(action(number, **fields))


@pytest.mark.parametrize(
    ("fields", "error", "why"),
    [
        ({}, "invalid", "nothing to change"),
        ({"due": START.isoformat()}, "invalid", "due: a action has none"),
        ({"what": None}, "invalid", "what: cannot be null"),
        ({"done_at": "soon"}, "invalid", "done_at: must be a time"),
        ({"done_at": "2026-03-02T09:00:00"}, "invalid", "with its zone"),
        ({"done_at": (START - hours(9)).isoformat()}, "invalid", "before it was requested"),
        ({"requested_at": (START + hours(9)).isoformat()}, "invalid", "still to come"),
    ],
)
def test_an_entry_is_not_changed_into_what_it_cannot_be(
    world: Passing, fields: dict[str, Any], error: str, why: str
) -> None:
    number = world.opened()
    world.act(action(number))
    with pytest.raises(Refused, match=why) as refused:
        world.act(r.ChangeEntry(number=number, entry_id=world.entries(number)[0].entry_id, fields=fields))
    assert refused.value.error == error


def test_an_entry_of_another_ticket_is_not_found(world: Passing) -> None:
    number, other = world.opened(), world.opened()
    world.act(action(number))
    with pytest.raises(Refused) as refused:
        world.act(r.ChangeEntry(number=other, entry_id=world.entries(number)[0].entry_id, fields={"what": "x"}))
    assert refused.value.error == "not-found"


def test_nothing_is_written_into_what_was_merged_into_another_ticket(world: Passing) -> None:
    number = world.opened()
    world.ticket(number).status = "merged"
    for add in (action(number), r.AddPromise(number=number, what="a", due=START), r.VerifyPrevention(number=number)):
        with pytest.raises(Refused, match="was merged"):
            world.act(add)


def test_writing_the_same_again_changes_nothing(world: Passing) -> None:
    number = world.opened()
    world.act(action(number))
    entry = world.entries(number)[0]
    change = r.ChangeEntry(number=number, entry_id=entry.entry_id, fields={"what": entry.data["what"]})
    assert world.act(change).operations == []


def test_a_record_is_bounded(world: Passing, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.router.deciding.commands import record

    monkeypatch.setattr(record, "MOST_ENTRIES", 2)
    monkeypatch.setattr(record, "MOST_EVIDENCE", 2)
    number = world.opened()
    world.act(action(number))
    world.act(action(number))
    with pytest.raises(Refused, match="has 2 entries"):
        world.act(action(number))
    piece = Evidence(note="a")
    world.act(r.AddEvidence(number=number, evidence=[piece, piece]))
    with pytest.raises(Refused, match="the most is 2 pieces"):
        world.act(r.AddEvidence(number=number, evidence=[piece]))


def test_a_record_is_bounded_in_octets_too(world: Passing, monkeypatch: pytest.MonkeyPatch) -> None:
    from services.router.deciding.commands import record

    monkeypatch.setattr(record, "MOST_BYTES", 4_000)
    monkeypatch.setattr(record, "EVIDENCE_BYTES", 1_000)
    number = world.opened()
    for _ in range(3):
        world.act(action(number, what="x" * 1_000))
    with pytest.raises(Refused, match=r"the record of T-\d+ is full"):
        world.act(action(number, what="x" * 1_000))
    change = r.ChangeEntry(number=number, entry_id=world.entries(number)[0].entry_id, fields={"what": "x" * 4_000})
    with pytest.raises(Refused, match="is full"):
        world.act(change)
    with pytest.raises(Refused, match="too much in one place"):
        world.act(r.AddEvidence(number=number, evidence=[Evidence(note="x" * 1_000)]))


def test_evidence_may_be_a_message_of_the_ticket(world: Passing) -> None:
    number = world.opened()
    world.act(Note(number=number, text="The invoice is attached."))
    ticket_id = world.state.numbers[number]
    message_id = world.state.messages[ticket_id][-1].message_id
    add = r.AddEvidence(number=number, evidence=[Evidence(of=message_id)])
    command = Command(command_id="x", actor="a", at=START, action=add)
    assert needs(command, world.policy).messages_of == [number]
    world.act(add)
    world.act(r.AddEvidence(number=number, evidence=[Evidence(note="and this")]))
    kept = world.ticket(number).fields["evidence"]
    assert [(each["of"], each["note"], each["by"]) for each in kept] == [
        (message_id, "", "Anna"),
        (None, "and this", "Anna"),
    ]


def test_another_preventive_action_is_one_that_nobody_has_verified_yet(world: Passing) -> None:
    number = world.opened()
    later = (START + hours(100)).isoformat()
    world.act(Change(number=number, fields={"preventive_action": "Better seals", "preventive_due": later}))
    world.act(r.VerifyPrevention(number=number))
    world.act(Change(number=number, fields={"preventive_action": "Better seals", "product": "P100"}))
    assert world.ticket(number).fields["preventive_verified_by"] == "Anna"
    for action in (
        Change(number=number, fields={"preventive_action": "Another supplier"}),
        Solve(number=number, summary="Done.", preventive_action="Welded pipes"),
    ):
        world.act(action)
        fields = world.ticket(number).fields
        assert (fields["preventive_verified_at"], fields["preventive_verified_by"]) == (None, None)
        assert "prevention_verified" in world.whats(number)
        assert [each.kind for each in world.state.timers.values()].count("record") == 1, "it is watched again"
        world.act(r.VerifyPrevention(number=number), "Piotr")
    both = {"preventive_action": "Steel", "preventive_verified_at": world.now.isoformat()}
    world.act(Change(number=number, fields=both), "Ewa")
    assert world.ticket(number).fields["preventive_verified_by"] == "Ewa"


def test_a_piece_of_evidence_is_taken_back_by_its_id_and_the_audit_trail_says_so(world: Passing) -> None:
    number = world.opened()
    for note in ("the wrong photo", "the right one"):
        world.act(r.AddEvidence(number=number, evidence=[Evidence(note=note)]))
    wrong, right = world.ticket(number).fields["evidence"]
    assert wrong["id"] != right["id"]
    world.act(r.RemoveEvidence(number=number, evidence_id=wrong["id"], reason="another customer's"), "Piotr")
    assert world.ticket(number).fields["evidence"] == [right]
    (event,) = [each for each in world.events(number) if each.what == "evidence_removed"]
    assert (event.data, event.reason) == ({"piece": wrong["id"], "by": "Anna", "files": 0}, "another customer's")
    with pytest.raises(Refused) as refused:
        world.act(r.RemoveEvidence(number=number, evidence_id=wrong["id"]))
    assert refused.value.error == "not-found"


def test_evidence_of_an_entry_and_pieces_from_before_they_had_ids_are_taken_back_too(world: Passing) -> None:
    number = world.opened()
    world.act(action(number, evidence=[Evidence(note="asked by mail"), Evidence(note="and by phone")]))
    (entry,) = world.entries(number)
    first, second = entry.data["evidence"]
    world.act(r.RemoveEvidence(number=number, evidence_id=first["id"]))
    (entry,) = world.entries(number)
    assert entry.data["evidence"] == [second]
    assert world.events(number)[-1].data["entry"] == entry.entry_id
    old = [{"note": "one", "files": [], "by": "Anna"}, {"note": "two", "files": [], "by": "Anna"}]
    world.ticket(number).fields["evidence"] = list(old)
    world.act(r.RemoveEvidence(number=number, evidence_id="1"))
    assert world.ticket(number).fields["evidence"] == old[:1]
    for missing in ("1", "", "-1", "x" * 64):
        with pytest.raises(Refused):
            world.act(r.RemoveEvidence(number=number, evidence_id=missing))


def test_changed_fields_stand_in_the_audit_trail_as_they_were_and_are(world: Passing) -> None:
    number = world.opened()
    due = START + timedelta(days=9)
    world.act(Change(number=number, fields={"product": "P100", "preventive_due": due.isoformat(), "details": SECRET}))
    world.act(Change(number=number, fields={"product": "P200", "preventive_due": due.isoformat()}), "Piotr")
    first, second = world.events(number)[-2:]
    assert first.data["changes"] == {"product": [None, "P100"], "preventive_due": [None, due.isoformat()]}
    assert set(first.data["fields"]) == {"product", "preventive_due", "details"}
    assert second.data["changes"] == {"product": ["P100", "P200"]}
    assert (second.actor, second.channel) == ("agent:anna@acme.example", "api")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("preventive_due", "tomorrow"),
        ("preventive_due", "2026-03-02T10:00:00"),
        ("preventive_due", 5),
        ("preventive_verified_at", (START + timedelta(days=1)).isoformat()),
        ("received_at", (START + timedelta(days=1)).isoformat()),
        ("tested_by", 7),
        ("evidence", []),
        ("solved_at", START.isoformat()),
    ],
)
def test_a_field_that_cannot_be_so_is_refused(world: Passing, field: str, value: Any) -> None:
    number = world.opened()
    with pytest.raises(Refused, match=field):
        world.act(Change(number=number, fields={field: value}))


def test_solving_says_who_solved_and_who_tested(world: Passing) -> None:
    number = world.opened()
    world.act(Solve(number=number, summary="New seal.", tested="Ran an hour."), "Piotr")
    fields = world.ticket(number).fields
    assert (fields["solved_by"], fields["tested_by"]) == ("Piotr", "Piotr")
    other = world.opened()
    world.act(Solve(number=other, summary="New seal.", tested="Ran an hour.", tested_by="Ewa"), "Piotr")
    assert world.ticket(other).fields["tested_by"] == "Ewa"
    third = world.opened()
    world.act(Change(number=third, fields={"status": "solved", "solved_by": "the workshop"}))
    assert world.ticket(third).fields["solved_by"] == "the workshop"


def test_a_ticket_by_hand_says_when_how_and_by_whom_it_was_received(world: Passing) -> None:
    number = world.opened(received_by="Ewa", received_at=START - timedelta(days=2), received_via="letter")
    fields = world.ticket(number).fields
    assert (fields["received_by"], fields["received_via"]) == ("Ewa", "letter")
    assert fields["received_at"] == START - timedelta(days=2)
    with pytest.raises(Refused, match="still to come"):
        world.opened(received_at=START + timedelta(days=2))


def test_a_preventive_action_is_verified_once_by_somebody(world: Passing) -> None:
    number = world.opened()
    with pytest.raises(Refused, match="no preventive action"):
        world.act(r.VerifyPrevention(number=number))
    world.act(Change(number=number, fields={"preventive_action": "Better seals", "preventive_owner": "Ewa"}))
    world.act(r.VerifyPrevention(number=number, note="No leak in a month."), "Piotr")
    fields = world.ticket(number).fields
    assert (fields["preventive_verified_at"], fields["preventive_verified_by"]) == (START.isoformat(), "Piotr") or (
        fields["preventive_verified_at"] == START
    )
    assert [each["note"] for each in fields["evidence"]] == ["No leak in a month."]
    with pytest.raises(Refused, match="verified already"):
        world.act(r.VerifyPrevention(number=number))
