"""Deciding about tokens, agents and what operators are told."""

from typing import Any

from services.router.deciding import agentpoints, sending
from services.router.deciding.commands.doing import Doing, Refused
from shared.identity import derive
from shared.messages import command as c
from shared.messages.changeset import AddAgent, AddToken, QueueDelivery
from shared.messages.facts import point_key
from shared.messages.outbound import Outbound
from shared.messages.parts import Address


def create_token(do: Doing, want: c.CreateToken) -> dict[str, Any]:
    if not want.name.strip():
        raise Refused("invalid", "name: must not be empty")
    token_id = do.derive("token")
    do.draft.operations.append(
        AddToken(
            token_id=token_id,
            name=want.name,
            sha256=want.sha256,
            at=do.now,
            role=want.role,
            made_by=do.command.actor[:200],
        )
    )
    do.event("token_created", None, name=want.name, role=want.role)
    return {"token_id": token_id}


def create_agent(do: Doing, want: c.CreateAgent) -> dict[str, Any]:
    email = want.email.strip().lower()
    if sending.kind_of(email) != "email":
        raise Refused("invalid", f"email: {want.email!r} is no mail address")
    if not want.name.strip() or any(ord(char) < 32 for char in want.name):
        raise Refused("invalid", "name: must be one line, and not empty")
    if do.policy.is_own(email):
        raise Refused("conflict", f"email: {email} is ours: what an agent is told would come back as a customer's mail")
    if do.facts.is_blocked(email):
        raise Refused("conflict", f"{email} was an agent here and is blocked: unblock them instead")
    if point_key("email", email) in do.facts.agents:
        raise Refused("conflict", f"there is an agent {email} already")
    if agentpoints.holder("email", email, do.facts) is not None:
        raise Refused("conflict", f"{email} is a point of another agent; drop it there first")
    do.draft.change(do.facts, point_key("email", email))
    agent_id = derive("agent", email)
    do.draft.operations.append(AddAgent(agent_id=agent_id, email=email, name=want.name, role=want.role, at=do.now))
    do.event("agent_created", None, agent=agent_id, role=want.role)
    return {"agent_id": agent_id}


def alert(do: Doing, want: c.Alert) -> dict[str, Any]:
    inboxes = sorted(do.policy.email_inboxes, key=lambda name: name in want.avoid) or ["support"]
    inbox = inboxes[0]
    for address in do.policy.alerts:
        do.draft.operations.append(
            QueueDelivery(
                outbound=Outbound(
                    delivery_id=derive("delivery", do.command.command_id, address),
                    channel="email",
                    inbox=inbox,
                    kind="alert",
                    to=[Address(address=address)],
                    subject=f"{do.policy.company}: {want.what}",
                    text=want.text,
                    automatic=True,
                    created_at=do.now,
                    correlation_id=do.command.correlation_id,
                )
            )
        )
    do.event("alert_sent", None, condition=want.what, episode=want.episode)
    return {}
