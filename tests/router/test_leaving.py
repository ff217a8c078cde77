"""Deciding about agents who leave: what was theirs counts no longer, their tickets go back, and an admin stays."""

from typing import Any

import pytest

from services.router.deciding import consequences, life, naming
from services.router.deciding.commands import Refused, check_rights, decide_command, needs
from services.router.deciding.commands.rights import allowed
from services.router.deciding.draft import Draft
from services.router.deciding.folding import fold
from services.router.deciding.life.departing import TIMER, timer_id
from services.router.deciding.life.telling import audience, responsible
from shared.messages import signin as s
from shared.messages.changeset import AddEvent, Changeset, ChangeTicket, QueueDelivery, SetTimer
from shared.messages.command import Command, CreateAgent, Note
from shared.messages.facts import Facts, TicketFact, TimerFact
from shared.messages.life import ChangeAgent, StaffFact
from shared.messages.outbound import TimerDue
from shared.messages.staff import BlockAgent, ChangeStaff, UnblockAgent
from shared.settings.policy import Team
from tests.router.world import START, policy

ANNA, BORIS, CARA = "anna@acme.example", "boris@acme.example", "cara@acme.example"
POLICY = policy()


def staff(email: str, role: str, **more: Any) -> StaffFact:
    name = email.partition("@")[0]
    return StaffFact(agent_id=f"id-{name}", email=email, name=name.title(), role=role, **more)


def house(**more: Any) -> Facts:
    people = [staff(ANNA, "admin"), staff(BORIS, "admin", open=7), staff(CARA, "lead")]
    able = {"admins": True, "admin_ids": ["id-anna", "id-boris"]}
    return Facts(staff={each.email: each for each in people}, sign_in=s.SignInFacts(**able | more))


def decide(action: Any, known: Facts, actor: str = "agent:id-anna") -> Changeset:
    command = Command(command_id="k", actor=actor, actor_name="Anna", at=START, action=action)
    needs(command, POLICY)
    return decide_command(command, known, POLICY, START)


def made(changeset: Changeset, kind: type) -> list[Any]:
    return [each for each in changeset.operations if isinstance(each, kind)]


def test_who_leaves_is_signed_out_their_tickets_go_back_by_a_timer_and_the_leads_are_told() -> None:
    token = s.TokenFact(token_id="t", name="export", created_at=START)
    over = token.model_copy(update={"name": "over", "revoked_at": START})
    done = decide(BlockAgent(email=BORIS.upper()), house(tokens=[token, over]))
    assert made(done, ChangeAgent)[0].fields == {"blocked_at": START.isoformat()}
    assert made(done, s.EndSessions)[0].agent_id == "id-boris"
    assert len(made(done, s.DropResets)) == 1
    assert [(each.timer_id, each.kind) for each in made(done, SetTimer)] == [(timer_id("id-boris"), TIMER)]
    told = [each.outbound for each in made(done, QueueDelivery)]
    assert [(each.to[0].address, each.template) for each in told] == [(CARA, "signin.left")]
    assert [each.what for each in made(done, AddEvent)] == ["agent_blocked"]
    assert done.result | {} == {"agent_id": "id-boris", "email": BORIS, "open": 7, "tokens": ["export"]}


def test_the_last_admin_stays_one_whether_blocked_or_made_something_else() -> None:
    alone = house()
    del alone.staff[ANNA]
    for action in (BlockAgent(email=BORIS), ChangeStaff(email=BORIS, fields={"role": "agent"})):
        with pytest.raises(Refused, match="last admin"):
            decide(action, alone.model_copy(deep=True), "operator")
        # An admin who was invited and cannot sign in yet keeps nobody else's link from working.
        with pytest.raises(Refused, match="who can sign in"):
            decide(action, house(admin_ids=["id-boris"]), "operator")
        # Of two admins who do it to each other at once, the second one's decision finds that this has changed.
        assert s.FIRST in decide(action, house(), "operator").bumps
    assert decide(BlockAgent(email=CARA), alone, "operator").result["email"] == CARA


def test_nobody_blocks_themselves_and_only_admins_block() -> None:
    with pytest.raises(Refused, match="themselves"):
        decide(BlockAgent(email=ANNA), house())
    for action in (BlockAgent(email=BORIS), UnblockAgent(email=BORIS)):
        for role in ("lead", "agent", "auditor"):
            assert allowed(action, staff("x@acme.example", role), house().staff), role
        assert allowed(action, staff(ANNA, "admin"), house().staff) is None


def test_twice_blocked_is_once_blocked_and_whoever_is_back_is_back() -> None:
    known = house()
    fold(known, decide(BlockAgent(email=BORIS), known))
    assert (BORIS in known.staff, known.blocked) == (False, {BORIS: "id-boris"})
    again = decide(BlockAgent(email=BORIS), known)
    assert (again.operations, again.result["email"]) == ([], BORIS)
    back = decide(UnblockAgent(email=BORIS), known)
    assert made(back, ChangeAgent)[0].fields == {"blocked_at": None}
    with pytest.raises(Refused, match="unblock"):
        decide(CreateAgent(email=BORIS, name="Boris"), known)


def test_who_was_blocked_does_nothing_even_where_nobody_else_is_left() -> None:
    command = Command(command_id="k", actor="agent:id-boris", at=START, action=Note(number=1, text="x"))
    with pytest.raises(Refused, match="no such agent"):
        check_rights(command, Facts(blocked={BORIS: "id-boris"}))


def test_a_team_in_the_configuration_may_still_have_somebody_who_left_and_they_cannot_be_named() -> None:
    told = policy(team=(Team(name="technical", members=[BORIS, CARA]),))
    gone = Facts(blocked={BORIS: "id-boris"})
    assert naming.member_called(BORIS, told, gone) is None
    assert naming.member_called(CARA, told, gone) == CARA


def left_behind() -> Facts:
    ticket = TicketFact(
        ticket_id="t1", number=1, status="open", subject="S", channel="email", inbox="support", language="en",
        assignee=BORIS, team="technical", created_at=START, updated_at=START,
    )  # fmt: skip
    timer = TimerFact(timer_id=timer_id("id-boris"), kind=TIMER, ticket_id=None, generation=1, due_at=START)
    known = house()
    del known.staff[BORIS]
    return known.model_copy(
        update={
            "tickets": {"t1": ticket},
            "numbers": {1: "t1"},
            "held_by": {"id-boris": ["t1"]},
            "blocked": {BORIS: "id-boris"},
            "timers": {timer_id("id-boris"): timer},
        }
    )


def test_the_timer_takes_some_back_and_looks_again_until_nothing_is_left() -> None:
    timer = TimerDue(timer_id=timer_id("id-boris"), kind=TIMER, generation=1, due_at=START)
    assert consequences.timer_needs([timer], POLICY).held_by == ["id-boris"]
    known = left_behind()
    done = consequences.decide_timer(timer, known, POLICY, START)
    changed = {name: value for each in made(done, ChangeTicket) for name, value in each.fields.items()}
    assert (changed["assignee"], "team" in changed) == (None, False)
    assert [each.what for each in made(done, AddEvent)][:2] == ["agent_left", "unassigned"]
    assert len(made(done, SetTimer)) == 1
    assert not [each for each in made(done, QueueDelivery) if each.outbound.to[0].address == BORIS]
    for over in ({"held_by": {"id-boris": []}}, {"blocked": {}}):
        last = consequences.decide_timer(timer, left_behind().model_copy(update=over), POLICY, START)
        assert (made(last, SetTimer), made(last, ChangeTicket)) == ([], [])


def test_of_a_ticket_that_somebody_who_left_still_has_its_team_is_told_and_never_they() -> None:
    told = policy(team=(Team(name="technical", members=[BORIS, CARA]),))
    known = left_behind()
    cause = life.Cause(id="x", actor="system")
    living = life.live(cause, "t1", Draft(), known, told, START)
    assert living is not None
    assert responsible(living) == [CARA]
    assert audience(living, BORIS, "id-boris") == []
