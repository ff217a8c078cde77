"""Deciding about dead letters: who may have them handled again, and what is written down."""

from datetime import UTC, datetime

import pytest

from services.router.deciding.commands import Refused, check_rights
from services.router.deciding.commands.dead import Given, decide_replay
from shared.messages.changeset import AddEvent
from shared.messages.command import Command
from shared.messages.facts import Facts
from shared.messages.life import StaffFact
from shared.messages.operations import ReplayDead
from tests.router.world import policy

AT = datetime(2026, 3, 2, 10, 15, tzinfo=UTC)


def command(actor: str = "operator", role: str = "") -> Command:
    return Command(command_id="c1", actor=actor, role=role, channel="desk", at=AT, action=ReplayDead(dead_id=17))


@pytest.mark.parametrize(
    ("role", "may"), [("admin", True), ("lead", False), ("agent", False), ("auditor", False), ("owner", False)]
)
def test_only_an_admin_has_a_dead_letter_replayed(role: str, may: bool) -> None:
    staff = {"a@acme.example": StaffFact(agent_id="a1", email="a@acme.example", name="Anna", role=role)}
    for given, facts in ((command("agent:a1"), Facts(staff=staff)), (command("token:t", role), Facts())):
        if may:
            check_rights(given, facts)
        else:
            with pytest.raises(Refused) as refused:
                check_rights(given, facts)
            assert refused.value.error == "forbidden"


def test_the_changeset_says_who_wanted_it_and_changes_nothing_else() -> None:
    letter = Given(17, "intake.email.support", "router", "e" * 9_000, 9)
    changeset = decide_replay(command(), letter, Facts(), policy(), AT)
    (event,) = changeset.operations
    assert isinstance(event, AddEvent)
    assert (event.what, event.actor, event.ticket_id) == ("dead_letter_replayed", "operator", None)
    assert (event.data["dead"], event.data["subject"], len(event.data["error"])) == (17, "intake.email.support", 500)
    assert changeset.result == {"dead_id": 17, "subject": "intake.email.support"}
    assert changeset.bumps == []
