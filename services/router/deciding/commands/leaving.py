"""Deciding about agents who leave, and who come back: what counted as theirs counts no longer, at once, and nothing of it is lost."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.commands.signing import known, note, tell
from services.router.deciding.life.departing import TIMER, timer_id
from shared.messages import signin as s
from shared.messages.changeset import CancelTimer, SetTimer
from shared.messages.facts import agent_key, point_key
from shared.messages.life import ChangeAgent, StaffFact
from shared.messages.staff import BlockAgent, UnblockAgent

_MOST_TOLD = 20
"""Leads and admins who are told that somebody left."""


def block(do: Doing, want: BlockAgent) -> dict[str, Any]:
    """Nothing is an agent's any more who leaves: sessions, links to a password, news. Their points stay theirs, so that nobody else's word
    is taken for theirs, and say nothing. Raises `Refused` for whoever is unknown, oneself, and the last admin."""
    email = want.email.strip().lower()
    if email in do.facts.blocked:
        return {"agent_id": do.facts.blocked[email], "email": email, "open": 0, "tokens": _tokens(do)}
    agent = do.facts.staff.get(email)
    if agent is None:
        raise Refused("not-found", f"there is no agent {email}")
    if do.command.actor in (f"agent:{agent.agent_id}", f"agent:{email}"):
        raise Refused("invalid", "nobody blocks themselves: another admin does")
    keep_an_admin(do, agent)
    _change(do, agent.agent_id, email, do.now.isoformat())
    do.draft.operations += [
        s.EndSessions(agent_id=agent.agent_id, at=do.now),
        s.DropResets(agent_id=agent.agent_id),
        SetTimer(timer_id=timer_id(agent.agent_id), kind=TIMER, due_at=do.now),
    ]
    note(do, agent, "agent_blocked", open=agent.open)
    tokens = _tokens(do)
    for lead in _leads(do, agent):
        tell(do, lead, "signin.left", who=agent.name or email, count=agent.open, by=do.name)
    return {"agent_id": agent.agent_id, "email": email, "open": agent.open, "tokens": tokens}


def unblock(do: Doing, want: UnblockAgent) -> dict[str, Any]:
    """They are back. Raises `Refused` for whoever is unknown."""
    email = want.email.strip().lower()
    agent_id = do.facts.blocked.get(email)
    if agent_id is None:
        agent = do.facts.staff.get(email)
        if agent is None:
            raise Refused("not-found", f"there is no agent {email}")
        return {"agent_id": agent.agent_id, "email": email}
    _change(do, agent_id, email, None)
    do.draft.operations.append(CancelTimer(timer_id=timer_id(agent_id)))
    do.event("agent_unblocked", None, agent=agent_id)
    return {"agent_id": agent_id, "email": email}


def keep_an_admin(do: Doing, agent: StaffFact) -> None:
    """One admin who can sign in stays: without one, the link of the first sign-in would make anybody who has it the next. Raises
    `Refused`."""
    if agent.role != "admin":
        return
    # Two admins who block each other at once: the second one's decision finds that this has changed.
    do.draft.change(do.facts, s.FIRST)
    able = set(known(do).admin_ids)
    others = {each.agent_id for each in do.facts.staff.values() if each.role == "admin"} - {agent.agent_id}
    if not others or (agent.agent_id in able and not able & others):
        raise Refused("conflict", f"{agent.email} is the last admin who can sign in: make another one first")


def _change(do: Doing, agent_id: str, email: str, blocked_at: str | None) -> None:
    do.draft.change(do.facts, agent_key(agent_id), s.credential_key(agent_id), point_key("email", email))
    do.draft.operations.append(ChangeAgent(agent_id=agent_id, fields={"blocked_at": blocked_at}))


def _tokens(do: Doing) -> list[str]:
    """Names of the API tokens that they made and that still count. They are not ended: what runs with them would stop, unasked."""
    return [each.name for each in known(do).tokens if each.revoked_at is None]


def _leads(do: Doing, agent: StaffFact) -> list[StaffFact]:
    others = (each for each in do.facts.staff.values() if each.agent_id != agent.agent_id)
    leads = [each for each in others if each.role in ("lead", "admin") and do.command.actor != f"agent:{each.agent_id}"]
    return leads[:_MOST_TOLD]
