"""Deciding about agents' points: adding one, which a code must prove; the code that came back; and giving one up.

A code goes to the point itself. Only for Telegram the answer has it: who asks opens the chat with it, and the chat is what is proven
(`services.router.deciding.linking`). It is made for each answer (`answered`), so that it stands in nothing that is kept. Wrong codes
are counted, which is a change like any other: the answer says so and is no error.
"""

import hmac
from datetime import timedelta
from typing import Any, Final

from services.router.deciding import agentpoints, sending
from services.router.deciding.agentpoints import Kind
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.policy import Policy
from shared.messages import command as c
from shared.messages.agents import AddPoint, AgentPointFact, DropPoint, PutAgentPoint, RemoveAgentPoint, VerifyPoint
from shared.messages.changeset import QueueDelivery
from shared.messages.facts import FactsRequest, agent_key, point_key
from shared.messages.life import StaffFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Channel, Point
from shared.phones import to_e164
from shared.secrets.pointcode import START, TRIES, VALID, digest, point_code, point_link, read_code
from shared.texts import text
from shared.texts.languages import agents_language

MOST: Final = 20
"""Points of one agent, claimed or proven: so many codes can be sent to others at most."""
AGAIN: Final = timedelta(minutes=1)
"""Another code for the same point is sent no sooner."""
_CHANNELS: Final[dict[Kind, Channel]] = {
    "email": "email",
    "phone": "sms",
    "whatsapp": "whatsapp",
    "telegram": "telegram",
}
_LONGEST_ADDRESS: Final = 254


def needs(action: AddPoint | VerifyPoint | DropPoint, request: FactsRequest) -> None:
    """The agent, all their points, and whose this one is."""
    request.staff, request.points_of = True, [action.email.strip().lower()]
    value = normalised(action.kind, action.value)
    if value:
        request.points = [Point(kind=action.kind, value=value)]


def normalised(kind: Kind, value: str) -> str | None:
    """The value as points are compared; null for what is none of this kind. A chat is named by its number."""
    value = value.strip()
    if kind == "telegram":
        return value if value == "" or (value.isascii() and value.isdigit() and len(value) <= 20) else None
    if kind == "email":
        fits = sending.kind_of(value) == "email" and len(value) <= _LONGEST_ADDRESS
        return value.lower() if fits else None
    return to_e164(value)


def add(do: Doing, want: AddPoint) -> dict[str, Any]:
    """A point is claimed, and the code that proves it sent there. Raises `Refused`."""
    agent, value = _agent(do, want.email), _value(want.kind, want.value)
    if want.kind == "telegram" and value:
        raise Refused("invalid", "value: leave it empty; whoever opens the chat with the code has it")
    _check_new(do, agent, want.kind, value)
    inbox = _inbox(do, want.kind)
    code = point_code(do.policy.keyring, do.command.command_id)
    claim = agentpoints.claimed(agent.agent_id, want.kind, value, code, do.now)
    do.draft.operations.append(claim)
    do.draft.change(do.facts, agent_key(agent.agent_id), *([point_key(want.kind, value)] if value else []))
    do.event("agent_point_added", None, agent=agent.agent_id, kind=want.kind)
    result = {"agent_id": agent.agent_id, "kind": want.kind, "value": value, "verified": False, "inbox": inbox}
    result["expires_at"] = (do.now + VALID).isoformat()
    if want.kind != "telegram":
        _send(do, agent, claim, inbox, code)
    return result


def answered(command: c.Command, result: dict[str, Any], policy: Policy) -> dict[str, Any]:
    """What whoever sent the command is answered: of a chat that is claimed also the code, how it is sent, and the link that sends it."""
    if not isinstance(command.action, AddPoint) or command.action.kind != "telegram":
        return result
    code = f"{START}{point_code(policy.keyring, command.command_id)}"
    bot = policy.points.bots.get(str(result.get("inbox") or ""))
    link = f"https://t.me/{bot}?start={code}" if bot else None
    return result | {"code": code, "command": f"/start {code}", "link": link}


def verify(do: Doing, want: VerifyPoint) -> dict[str, Any]:
    """The code came back: right, and the point is theirs, or wrong, and one try fewer is left. Raises `Refused` where there is nothing
    to prove, or no longer."""
    agent, value = _agent(do, want.email), _value(want.kind, want.value)
    claim = _own(do, agent, want.kind, value)
    if claim.verified_at is not None:
        return {"agent_id": agent.agent_id, "kind": want.kind, "value": value, "verified": True}
    if claim.tries >= TRIES:
        raise Refused("conflict", f"{TRIES} wrong codes: ask for a new one by adding {value} again")
    if claim.code_expires is None or claim.code_expires <= do.now:
        raise Refused("conflict", f"the code no longer counts: ask for a new one by adding {value} again")
    if agentpoints.is_anothers(agent.agent_id, want.kind, value, do.facts):
        raise Refused("conflict", f"{value} is another agent's")
    result = {"agent_id": agent.agent_id, "kind": want.kind, "value": value}
    if not hmac.compare_digest(digest(read_code(want.code) or ""), claim.code_sha256):
        return result | {"verified": False, "left": _count_wrong(do, claim)}
    agentpoints.prove(
        agent, want.kind, value, do.facts, do.policy, do.now, f"command:{do.command.command_id}", do.draft
    )
    do.event("agent_point_verified", None, agent=agent.agent_id, kind=want.kind)
    return result | {"verified": True}


def drop(do: Doing, want: DropPoint) -> dict[str, Any]:
    """They are not to be reached nor believed there any more; of whoever works here no longer it becomes free for others. Raises
    `Refused`."""
    email = want.email.strip().lower()
    gone = do.facts.blocked.get(email)
    agent = StaffFact(agent_id=gone, email=email, name="") if gone else _agent(do, email)
    value = _value(want.kind, want.value)
    if want.kind == "email" and value == agent.email.lower():
        raise Refused("invalid", f"{value} is the address they were added with: it stays")
    point = _own(do, agent, want.kind, value)
    do.draft.operations.append(RemoveAgentPoint(point_id=point.point_id))
    do.draft.change(do.facts, agent_key(agent.agent_id), *([point_key(want.kind, value)] if value else []))
    do.event("agent_point_dropped", None, agent=agent.agent_id, kind=want.kind)
    return {"agent_id": agent.agent_id, "kind": want.kind, "value": value}


def _agent(do: Doing, email: str) -> StaffFact:
    agent = do.facts.staff.get(email.strip().lower())
    if agent is None:
        raise Refused("not-found", f"there is no agent {email.strip().lower()}")
    return agent


def _value(kind: Kind, value: str) -> str:
    found = normalised(kind, value)
    if found is None:
        expected = {"email": "a mail address", "telegram": "the number of a chat"}.get(
            kind, "a number like +48221234567"
        )
        raise Refused("invalid", f"value: {value[:100]!r} is not {expected}")
    return found


def _own(do: Doing, agent: StaffFact, kind: Kind, value: str) -> AgentPointFact:
    point = do.facts.agent_points.get(agentpoints.point_id(agent.agent_id, kind, value))
    if point is None:
        raise Refused("not-found", f"{agent.email} has no point {kind} {value}".rstrip())
    return point


def _check_new(do: Doing, agent: StaffFact, kind: Kind, value: str) -> None:
    if kind == "email" and value == agent.email.lower():
        raise Refused("conflict", f"{value} is the address they were added with: it counts already")
    if do.policy.is_own(value) or value in do.policy.own_numbers:
        raise Refused("invalid", f"value: {value} is our own")
    if value and agentpoints.is_anothers(agent.agent_id, kind, value, do.facts):
        raise Refused("conflict", f"{value} is another agent's")
    claim = do.facts.agent_points.get(agentpoints.point_id(agent.agent_id, kind, value))
    if claim is not None and claim.verified_at is not None:
        raise Refused("conflict", f"{value} is theirs already")
    if claim is not None and value and claim.code_expires is not None and do.now < claim.code_expires - VALID + AGAIN:
        raise Refused("conflict", "a code was sent a moment ago; another one can be asked for in a minute")
    own = [each for each in do.facts.agent_points.values() if each.agent_id == agent.agent_id]
    if claim is None and len(own) >= MOST:
        raise Refused("conflict", f"they have {len(own)} points already: drop one first")


def _inbox(do: Doing, kind: Kind) -> str:
    """Which inbox the code leaves by, or comes back to."""
    channel = _CHANNELS[kind]
    preferred = getattr(do.policy.agents, channel, "")
    inbox = do.policy.inbox_of(channel, preferred)
    if inbox is None:
        possible = [each for each, by in _CHANNELS.items() if do.policy.inbox_of(by) is not None]
        raise Refused(
            "invalid", f"kind: there is no inbox of channel {channel}; possible are {', '.join(possible) or 'none'}"
        )
    return inbox


def _send(do: Doing, agent: StaffFact, claim: PutAgentPoint, inbox: str, code: str) -> None:
    language, by_mail = agents_language(agent.languages, do.policy.languages), claim.kind == "email"
    linked = by_mail and do.policy.telling.is_public
    variables = {"code": code}
    if linked:
        token = point_link(do.policy.keyring, claim.point_id, code)
        variables["link"] = f"{do.policy.telling.public_url}/agent/point/{token}"
    subject = text("agent.point.subject", language, company=do.policy.company) if by_mail else ""
    sent = Outbound(
        delivery_id=do.derive("delivery"),
        channel=_CHANNELS[claim.kind],
        inbox=inbox,
        kind="alert",
        to=[Address(name=agent.name if by_mail else "", address=claim.value)],
        language=language,
        subject=subject,
        template="agent.point_link" if linked else "agent.point",
        variables=variables,
        automatic=True,
        created_at=do.now,
        correlation_id=do.command.correlation_id,
    )
    do.draft.operations.append(QueueDelivery(outbound=sent))


def _count_wrong(do: Doing, claim: AgentPointFact) -> int:
    """Note a wrong code; gives how many tries are left."""
    named = {name: getattr(claim, name) for name in AgentPointFact.model_fields} | {"tries": claim.tries + 1}
    do.draft.operations.append(PutAgentPoint(**named | {"created_at": claim.created_at or do.now}))
    do.draft.change(do.facts, agent_key(claim.agent_id))
    do.event("agent_point_refused", None, agent=claim.agent_id, kind=claim.kind, tries=claim.tries + 1)
    return TRIES - claim.tries - 1
