"""Agents' points: what one is called, whose it is already, and what becomes of it when it is proven. Pure; shared by commands and chats."""

from datetime import datetime
from typing import Final, Literal

from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.agents import AgentPointFact, PutAgentPoint
from shared.messages.changeset import MarkPoint, QueueDelivery
from shared.messages.facts import Facts, agent_key, point_key
from shared.messages.life import StaffFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point
from shared.secrets.pointcode import VALID, digest
from shared.texts import text
from shared.texts.languages import agents_language

Kind = Literal["email", "phone", "whatsapp", "telegram"]
_CHANNEL_NAMES: Final = {"phone": "SMS", "whatsapp": "WhatsApp", "telegram": "Telegram", "email": ""}


def point_id(agent_id: str, kind: Kind, value: str) -> str:
    """The id of an agent's point. A chat that nobody has named yet has the empty value: there is one such claim for each agent."""
    return derive("agent point", agent_id, kind, value)


def claimed(agent_id: str, kind: Kind, value: str, code: str, now: datetime) -> PutAgentPoint:
    """A point that a code is to prove."""
    return PutAgentPoint(
        point_id=point_id(agent_id, kind, value),
        agent_id=agent_id,
        kind=kind,
        value=value,
        code_sha256=digest(code),
        code_expires=now + VALID,
        created_at=now,
    )


def holder(kind: Kind, value: str, facts: Facts) -> AgentPointFact | None:
    """Whose proven point it is; null: nobody's."""
    points = facts.agent_points.values()
    return next((p for p in points if p.verified_at is not None and (p.kind, p.value) == (kind, value)), None)


def is_anothers(agent_id: str, kind: Kind, value: str, facts: Facts) -> bool:
    """Whether it is another agent's: proven, or the address they were added with."""
    held = holder(kind, value, facts)
    own = facts.agents.get(point_key("email", value)) if kind == "email" else None
    return any(each is not None and each.agent_id != agent_id for each in (held, own))


def prove(
    agent: StaffFact, kind: Kind, value: str, facts: Facts, policy: Policy, now: datetime, cause: str, draft: Draft
) -> None:
    """It is theirs from now on, and they are told so by mail: somebody who had only got at their code would be noticed."""
    proven = PutAgentPoint(
        point_id=point_id(agent.agent_id, kind, value),
        agent_id=agent.agent_id,
        kind=kind,
        value=value,
        verified_at=now,
        created_at=now,
    )
    # The code came back from there: whatever did not arrive before, it does now.
    draft.operations += [proven, MarkPoint(point=Point(kind=kind, value=value), undeliverable=False, at=now)]
    draft.change(facts, agent_key(agent.agent_id), point_key(kind, value))
    inbox = policy.inbox_of("email")
    if inbox is None:
        return
    language = agents_language(agent.languages, policy.languages)
    name = value if kind in ("email", "phone") else _CHANNEL_NAMES[kind]
    told = Outbound(
        delivery_id=derive("delivery", cause, "point proven"),
        channel="email",
        inbox=inbox,
        kind="alert",
        to=[Address(name=agent.name, address=agent.email)],
        language=language,
        subject=text("agent.point_proven.subject", language, company=policy.company),
        template="agent.point_proven",
        variables={"way": name},
        automatic=True,
        created_at=now,
        correlation_id="",
    )
    draft.operations.append(QueueDelivery(outbound=told))
