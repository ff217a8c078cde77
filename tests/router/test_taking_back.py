"""An answer waits before it is sent: until then nothing of it is done, and of sending it and taking it back one happens."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.router.deciding.commands import Refused, decide_command, needs
from services.router.deciding.life import goingout
from shared.documents.working import draft_id
from shared.messages.changeset import AddEvent, AddMessage, Changeset, QueueDelivery
from shared.messages.command import Action, Command, CommandResult, MarkSpam, Reply
from shared.messages.documents import DocumentFact, PutDocument, document_key
from shared.messages.life import StaffFact
from shared.messages.parts import Attachment
from shared.messages.waiting import LONGEST, WAITING, TakeBack, WaitingView, waiting_views
from tests.router.life.clockwork import Clockwork, policy

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
ANNA, BORIS = "agent:anna", "agent:boris"
ANSWER = Reply(number=1001, text="Switch it on.", status="solved", undo_seconds=8)


@pytest.fixture
def there() -> Clockwork:
    """A ticket, T-1001, that a customer opened, and two agents."""
    world = Clockwork(policy=policy())
    world.write("first", AT - timedelta(minutes=30))
    for name in ("anna", "boris"):
        email = f"{name}@acme.example"
        world.state.staff[email] = StaffFact(agent_id=name, email=email, name=name.title(), role="agent")
    return world


def decided(there: Clockwork, action: Action, *, key: str = "k", actor: str = ANNA, at: datetime = AT) -> Changeset:
    command = Command(command_id=key, actor=actor, actor_name="Anna", at=at, action=action)
    return decide_command(command, there.state.model_copy(deep=True), there.policy, at)


def done(there: Clockwork, action: Action, **how: Any) -> Changeset:
    changeset = decided(there, action, **how)
    assert there.commit(changeset) == "committed"
    return changeset


def waiting(there: Clockwork) -> list[WaitingView]:
    return waiting_views(there.ticket.state)


def woken(there: Clockwork) -> list[Command]:
    """The commands that the timer's next firing wakes us for; the firing is written down."""
    (timer,) = [each for each in there.state.timers.values() if each.kind == goingout.TIMER]
    facts = there.state.model_copy(deep=True)
    there.fire(timer, timer.due_at)
    return goingout.commands(there.fired[-1], facts)


def sent(there: Clockwork) -> list[str]:
    every = [each for changeset in there.changesets for each in changeset.operations]
    return [each.outbound.text for each in every if isinstance(each, QueueDelivery) and each.outbound.kind == "reply"]


def go(there: Clockwork, command: Command, at: datetime = AT) -> Changeset:
    return decide_command(command, there.state.model_copy(deep=True), there.policy, at)


def test_until_it_is_sent_nothing_of_an_answer_is_done(there: Clockwork) -> None:
    before = there.ticket.model_copy(deep=True)
    changeset = done(there, ANSWER)
    assert [type(each) for each in changeset.operations if isinstance(each, AddMessage | QueueDelivery)] == []
    for name in ("status", "first_responded_at", "first_response_due", "participants", "solved_at"):
        assert getattr(there.ticket, name) == getattr(before, name), name
    (one,) = waiting(there)
    assert (one.text, one.status, one.by, one.stopped) == ("Switch it on.", "solved", ANNA, "")
    assert one.send_at == AT + timedelta(seconds=8)
    assert changeset.result["waiting_id"] == one.id
    (timer,) = [each for each in there.state.timers.values() if each.kind == goingout.TIMER]
    assert timer.due_at == one.send_at


def test_when_its_time_has_come_it_is_sent_once_with_all_that_belongs_to_it(there: Clockwork) -> None:
    done(there, ANSWER)
    (command,) = woken(there)
    assert there.commit(go(there, command)) == "committed"
    assert sent(there) == ["Switch it on."]
    assert there.ticket.status == "solved"
    assert there.ticket.first_responded_at is not None
    assert waiting(there) == []
    assert [each for each in there.state.timers.values() if each.kind == goingout.TIMER] == []
    with pytest.raises(Refused):  # a second router, woken by the same timer
        go(there, command)


def test_a_router_that_dies_before_it_has_sent_it_is_followed_by_another_try(there: Clockwork) -> None:
    done(there, ANSWER)
    (command,) = woken(there)
    (again,) = woken(there)
    assert again == command
    (timer,) = [each for each in there.state.timers.values() if each.kind == goingout.TIMER]
    assert timer.due_at == AT + timedelta(seconds=8) + 2 * goingout.AGAIN


def test_taken_back_it_is_never_sent_and_its_words_are_in_the_draft(there: Clockwork) -> None:
    done(there, ANSWER)
    (one,) = waiting(there)
    key = document_key("draft", draft_id(1001, "anna"))
    begun = {"text": "And another thing", "files": []}
    there.state.documents[key] = DocumentFact(
        kind="draft", id=draft_id(1001, "anna"), body=begun, revision=3, made_at=AT, changed_at=AT
    )
    (command,) = woken(there)  # it was about to go
    changeset = done(there, TakeBack(number=1001, waiting_id=one.id), key="back")
    (put,) = [each for each in changeset.operations if isinstance(each, PutDocument)]
    assert (put.id, put.owner, put.revision) == (draft_id(1001, "anna"), "anna", 4)
    assert put.body["text"] == "Switch it on.\n\nAnd another thing"
    assert changeset.result["answer"]["text"] == "Switch it on."
    with pytest.raises(Refused, match="taken back"):
        go(there, command)
    assert sent(there) == []
    assert waiting(there) == []


@pytest.mark.parametrize("first", ["sent", "taken back"])
def test_of_sending_and_taking_back_at_one_moment_just_one_happens(there: Clockwork, first: str) -> None:
    done(there, ANSWER)
    (one,) = waiting(there)
    (command,) = woken(there)
    both = {"sent": go(there, command), "taken back": decided(there, TakeBack(number=1001, waiting_id=one.id), key="b")}
    other = next(name for name in both if name != first)
    assert there.commit(both[first]) == "committed"
    assert there.commit(both[other]) == "conflict"  # it is decided again, with what is so by now
    assert sent(there) == (["Switch it on."] if first == "sent" else [])
    with pytest.raises(Refused, match="has been sent" if first == "sent" else "taken back already"):
        decided(there, TakeBack(number=1001, waiting_id=one.id), key="c")


def test_whoever_takes_back_anothers_answer_has_its_words(there: Clockwork) -> None:
    done(there, ANSWER)
    (one,) = waiting(there)
    changeset = done(there, TakeBack(number=1001, waiting_id=one.id), key="b", actor=BORIS)
    assert [each.owner for each in changeset.operations if isinstance(each, PutDocument)] == ["boris"]
    (event,) = [each for each in changeset.operations if isinstance(each, AddEvent)]
    assert (event.what, event.actor, event.data["by"]) == ("answer_taken_back", BORIS, ANNA)


def test_files_channel_and_copies_come_back_too(there: Clockwork) -> None:
    file = Attachment(filename="a.pdf", media_type="application/pdf", size=3, sha256="a" * 64, blob="a" * 64)
    answer = ANSWER.model_copy(
        update={"channel": "email", "to": ["ana@customer.example"], "cc": ["b@c.example"], "attachments": [file]}
    )
    done(there, answer)
    (one,) = waiting(there)
    changeset = done(there, TakeBack(number=1001, waiting_id=one.id), key="back")
    (put,) = [each for each in changeset.operations if isinstance(each, PutDocument)]
    assert (put.body["channel"], put.body["to"], put.body["cc"]) == ("email", ["ana@customer.example"], ["b@c.example"])
    assert [each["filename"] for each in put.body["files"]] == ["a.pdf"]


def test_what_is_refused_when_its_time_has_come_stays_and_its_author_is_told(there: Clockwork) -> None:
    done(there, ANSWER)
    done(there, MarkSpam(number=1001), key="spam", actor=BORIS)
    (command,) = woken(there)
    with pytest.raises(Refused) as refused:
        go(there, command)
    result = CommandResult(error="conflict", detail=str(refused.value))
    stopped = goingout.stopped(command, result, there.state.model_copy(deep=True), there.policy, AT)
    assert there.commit(stopped) == "committed"
    (one,) = waiting(there)
    assert "spam" in one.stopped
    assert one.text == "Switch it on."
    alerts = [each.outbound for each in stopped.operations if isinstance(each, QueueDelivery)]
    assert [(each.template, each.to[0].address) for each in alerts] == [("agent.not_sent", "anna@acme.example")]
    assert [each for each in there.state.timers.values() if each.kind == goingout.TIMER] == []
    # It can still be had back, and nothing sends it meanwhile.
    changeset = done(there, TakeBack(number=1001, waiting_id=one.id), key="back")
    assert [each.body["text"] for each in changeset.operations if isinstance(each, PutDocument)] == ["Switch it on."]


def test_what_was_taken_back_before_it_was_refused_leaves_nothing_behind(there: Clockwork) -> None:
    done(there, ANSWER)
    (one,) = waiting(there)
    (command,) = woken(there)
    done(there, TakeBack(number=1001, waiting_id=one.id), key="back")
    result = CommandResult(error="conflict", detail="it was taken back")
    assert goingout.stopped(command, result, there.state, there.policy, AT).operations == []


@pytest.mark.parametrize(
    "answer",
    [
        ANSWER.model_copy(update={"undo_seconds": 0}),
        ANSWER.model_copy(update={"undo_seconds": -5}),
        ANSWER.model_copy(update={"text": "x" * 70_000}),
    ],
    ids=["off", "negative", "too long to be remembered"],
)
def test_what_cannot_wait_is_sent_at_once(there: Clockwork, answer: Reply) -> None:
    done(there, answer)
    assert len(sent(there)) == 1
    assert waiting(there) == []


def test_a_ticket_has_only_so_many_answers_waiting_and_none_waits_long(there: Clockwork) -> None:
    for place in range(7):
        done(there, ANSWER.model_copy(update={"undo_seconds": 10_000}), key=f"k{place}")
    assert len(waiting(there)) == 5
    assert len(sent(there)) == 2
    assert max(each.send_at for each in waiting(there)) <= AT + timedelta(seconds=LONGEST)


def test_nothing_waits_that_could_never_be_sent(there: Clockwork) -> None:
    done(there, MarkSpam(number=1001), key="spam")
    with pytest.raises(Refused, match="spam"):
        decided(there, ANSWER)
    assert WAITING not in there.ticket.state


def test_what_is_asked_for_taking_back_is_the_own_draft_and_whether_it_was_sent() -> None:
    command = Command(command_id="k", actor=ANNA, at=AT, action=TakeBack(number=7, waiting_id="w"))
    request = needs(command, policy())
    assert request.numbers == [7]
    assert [(each.kind, each.id) for each in request.documents] == [("draft", "T-7-anna")]
    assert len(request.deliveries) == 1
