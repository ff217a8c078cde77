"""What an agent may do by their role, and how they choose to be told; both by our records, never by what anybody writes."""

from typing import Any

import pytest

from services.router.deciding.commands import Refused, decide_command, needs
from services.router.deciding.commands.rights import allowed
from shared.messages import command as c
from shared.messages import gathering as g
from shared.messages.agents import AddPoint, DropPoint, Say, VerifyPoint
from shared.messages.life import ChangeAgent, StaffFact
from shared.messages.staff import ChangeStaff, Escalate
from tests.router.test_agent_points import ANNA, BORIS, Staffed
from tests.router.world import START, mail

ROLES = ("admin", "lead", "agent", "auditor")
NOTE = c.Note(number=1001, text="They called.")
EVERYBODY, NOBODY = set(ROLES), {"admin"}
AGENTS, LEADS = {"admin", "lead", "agent"}, {"admin", "lead"}


def staff(email: str, role: str) -> StaffFact:
    return StaffFact(agent_id=f"id-{email[:4]}", email=email, name="X", role=role)


@pytest.mark.parametrize(
    ("action", "may"),
    [
        (NOTE, AGENTS),
        (c.Reply(number=1, text="Yes"), AGENTS),
        (c.Solve(number=1, summary="Done"), AGENTS),
        (g.Merge(number=1, into=2), AGENTS),
        (Escalate(number=1, reason="late"), AGENTS),
        (Say(number=1, text="#status"), EVERYBODY),
        (c.CreateToken(name="n", sha256="0" * 64), NOBODY),
        (c.CreateAgent(email="new@acme.example", name="New"), LEADS),
        (c.CreateAgent(email="new@acme.example", name="New", role="admin"), NOBODY),
        (ChangeStaff(email=ANNA, fields={"languages": ["hr"]}), AGENTS),
        (ChangeStaff(email=ANNA, fields={"role": "lead"}), LEADS),
        (ChangeStaff(email=ANNA, fields={"role": "admin"}), NOBODY),
        (ChangeStaff(email=BORIS, fields={"languages": ["hr"]}), LEADS),
        (ChangeStaff(email="Boss@acme.example", fields={"name": "B"}), NOBODY),
        (AddPoint(email=ANNA, kind="phone", value="+48600100200"), AGENTS),
        (AddPoint(email=BORIS, kind="phone", value="+48600100200"), LEADS),
        (AddPoint(email="boss@acme.example", kind="phone", value="+48600100200"), NOBODY),
        (VerifyPoint(email=f" {ANNA.upper()} ", kind="phone", value="+48600100200", code="A"), EVERYBODY),
        (VerifyPoint(email=BORIS, kind="phone", value="+48600100200", code="A"), LEADS),
        (DropPoint(email=ANNA, kind="phone", value="+48600100200"), AGENTS),
        (DropPoint(email=BORIS, kind="phone", value="+48600100200"), LEADS),
    ],
)
def test_each_role_may_do_what_is_its_own(action: Any, may: set[str]) -> None:
    others = {ANNA: staff(ANNA, "agent"), BORIS: staff(BORIS, "agent")}
    others["boss@acme.example"] = staff("boss@acme.example", "admin")
    assert {role for role in ROLES if allowed(action, staff(ANNA, role), others) is None} == may


def test_a_role_that_nobody_knows_may_only_look() -> None:
    assert allowed(NOTE, staff(ANNA, "owner")) is not None


@pytest.mark.parametrize(("role", "error"), [("auditor", "forbidden"), ("agent", None), ("admin", None)])
def test_a_command_of_an_agents_is_decided_by_the_role_in_our_records(role: str, error: str | None) -> None:
    world = Staffed()
    world.take(mail("first"))
    world.state.staff[ANNA].role = role
    command = c.Command(command_id="k", actor="agent:id-anna", at=START, action=NOTE)
    assert needs(command, world.policy).staff
    assert not needs(command.model_copy(update={"actor": "token:agent"}), world.policy).staff
    if error is None:
        assert decide_command(command, world.state, world.policy, START).operations
    else:
        with pytest.raises(Refused) as refused:
            decide_command(command, world.state, world.policy, START)
        assert refused.value.error == error


def test_a_command_in_the_name_of_an_agent_whom_nobody_knows_is_refused() -> None:
    world = Staffed()
    world.take(mail("first"))
    command = c.Command(command_id="k", actor="agent:id-gone", at=START, action=NOTE)
    with pytest.raises(Refused) as refused:
        decide_command(command, world.state, world.policy, START)
    assert refused.value.error == "forbidden"


# -- signatures and choices ---------------------------------------------------------------------------------------------------


def changed(fields: dict[str, Any]) -> dict[str, Any]:
    """What is written of Anna."""
    command = c.Command(command_id="k", actor="operator", at=START, action=ChangeStaff(email=ANNA, fields=fields))
    world = Staffed()
    (change,) = (
        op for op in decide_command(command, world.state, world.policy, START).operations if isinstance(op, ChangeAgent)
    )
    return change.fields


def test_signatures_and_choices_are_kept_as_they_were_written() -> None:
    notify = {
        "channels": ["telegram", "email"],
        "rules": [{"events": ["sla"], "priorities": ["urgent"], "channels": ["sms"]}],
        "quiet": {"start": "22:00", "end": "06:30", "zone": "Europe/Zagreb"},
        "digest": {"every": "2h"},
    }
    fields = changed({"notify": notify, "signatures": {"hr": " Lijep pozdrav\nAnna ", "en": " "}})
    assert fields["signatures"] == {"hr": "Lijep pozdrav\nAnna"}
    kept = fields["notify"]
    assert (kept["channels"], kept["rules"][0]["channels"]) == (["telegram", "email"], ["sms"])
    assert (kept["quiet"]["start"], "but" in kept["quiet"]) == ("22:00:00", False)
    assert changed({"notify": kept})["notify"] == kept
    assert changed({"notify": None})["notify"] == {}


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"notify": {"channels": ["fax"]}}, "notify.channels.0"),
        ({"notify": {"loud": True}}, "notify.loud"),
        ({"notify": {"quiet": {"start": "22:00", "end": "06:00", "zone": "Mars"}}}, "no time zone 'Mars'"),
        ({"notify": {"digest": {"every": "1s"}}}, "notify.digest.every"),
        ({"notify": "loud"}, "notify"),
        ({"signatures": {"de": "Gruß"}}, "by language, of en, pl, hr"),
        ({"signatures": "Anna"}, "by language"),
        ({"signatures": {"en": "A\x00"}}, "plain text"),
        ({"signatures": {"en": "A" * 2001}}, "at most 2000"),
    ],
)
def test_a_choice_that_cannot_be_is_refused_with_what_is_wrong(fields: dict[str, Any], words: str) -> None:
    with pytest.raises(Refused, match=words):
        changed(fields)
