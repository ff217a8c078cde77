"""``/start`` with a code, in a private chat with a Telegram bot of ours: it proves that the chat is the agent's who asked for the code.

Nothing of it ever becomes a ticket. Whoever tries codes is answered once an hour, politely, and stands among what was refused; a code has
40 bits and counts for a quarter of an hour (`shared.secrets.pointcode`). What other links to the bot bring along is none, and no concern
of ours here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from services.router.deciding import agentpoints, answering
from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.agents import AddSpoken, AgentPointFact, RemoveAgentPoint
from shared.messages.changeset import AddEvent, CountAutomatic, QueueDelivery
from shared.messages.facts import Facts, FactsRequest, agent_key, point_key
from shared.messages.inbound import Inbound
from shared.messages.life import StaffFact
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Point
from shared.secrets.pointcode import digest, started_with
from shared.texts.languages import agents_language, pick_language

if TYPE_CHECKING:
    from services.router.deciding.evidence import Evidence

REFUSAL_AGAIN: Final = timedelta(hours=1)
"""Nobody is told more often that a code does not count."""


@dataclass(frozen=True)
class Linked:
    """What became of it: the ledger's reason, and the changeset's result."""

    reason: str
    result: dict[str, Any]


def code_of(message: Inbound, policy: Policy) -> str | None:
    """The code of an agent that came with ``/start``; null for every other message. Only our own Telegram inboxes count (intake takes
    nothing from groups): who may write messages of other channels may write any."""
    if message.channel != "telegram" or message.inbox not in policy.inboxes.get("telegram", ()):
        return None
    if message.imported or message.silent or message.edits:
        return None
    return started_with(message.fields.get("start", ""))


def needs(evidence: "Evidence", request: FactsRequest) -> None:
    """Whose code it is."""
    if evidence.link_code is not None:
        request.codes.append(digest(evidence.link_code))
        request.staff = True


def take(
    message: Inbound, evidence: "Evidence", facts: Facts, policy: Policy, now: datetime, draft: Draft
) -> Linked | None:
    """Prove the chat, or refuse; null where no code came."""
    chat = next((point for point in evidence.points if point.kind == "telegram"), None)
    if evidence.link_code is None or chat is None:
        return None
    key = point_key(chat.kind, chat.value)
    draft.change(facts, key)
    claim = _claim(evidence.link_code, facts)
    agent = _agent(claim, facts)
    why_not = _why_not(claim, agent, chat, facts, now)
    if why_not or claim is None or agent is None:
        return _refuse(message, chat, why_not, facts, policy, now, draft)
    draft.operations.append(RemoveAgentPoint(point_id=claim.point_id))
    draft.change(facts, agent_key(agent.agent_id))
    if agentpoints.holder("telegram", chat.value, facts) is None:
        agentpoints.prove(agent, "telegram", chat.value, facts, policy, now, message.cause, draft)
    _note(
        message,
        "agent_point_verified",
        {"agent": agent.agent_id, "kind": "telegram"},
        f"agent:{agent.agent_id}",
        now,
        draft,
    )
    if _may_answer(chat, facts, policy, now) is None:
        language = agents_language(agent.languages, policy.languages)
        _answer(message, chat, "agent.linked", {"name": agent.public_name or agent.name}, language, now, draft)
    return Linked("agent linked", {"agent_id": agent.agent_id})


def _claim(code: str, facts: Facts) -> AgentPointFact | None:
    wanted = digest(code)
    points = facts.agent_points.values()
    return next((p for p in points if p.kind == "telegram" and p.verified_at is None and p.code_sha256 == wanted), None)


def _agent(claim: AgentPointFact | None, facts: Facts) -> StaffFact | None:
    agent_id = claim.agent_id if claim is not None else ""
    return next((each for each in facts.staff.values() if each.agent_id == agent_id), None)


def _why_not(claim: AgentPointFact | None, agent: StaffFact | None, chat: Point, facts: Facts, now: datetime) -> str:
    """Why the chat is not proven; empty when it is."""
    if claim is None or agent is None:
        return "wrong code"
    if claim.code_expires is None or claim.code_expires <= now:
        return "expired code"
    if agentpoints.is_anothers(agent.agent_id, "telegram", chat.value, facts):
        return "another agent's chat"
    return ""


def _refuse(
    message: Inbound, chat: Point, reason: str, facts: Facts, policy: Policy, now: datetime, draft: Draft
) -> Linked:
    held = agentpoints.holder("telegram", chat.value, facts)
    draft.operations.append(
        AddSpoken(
            spoken_id=derive("spoken", message.source_id),
            source_id=message.source_id,
            agent_id=held.agent_id if held is not None else None,
            channel=message.channel,
            inbox=message.inbox,
            point=chat,
            text="/start",  # without the code: somebody's may have been meant
            verdict="refused",
            reason=reason,
            at=now,
        )
    )
    _note(message, "agent_point_refused", {"kind": "telegram", "why": reason}, "system", now, draft)
    sent = facts.automatic.get(point_key(chat.kind, chat.value), ())
    lately = any(each.at > now - REFUSAL_AGAIN for each in sent)
    if not lately and _may_answer(chat, facts, policy, now) is None:
        # What their app is set to: nothing else is known of whoever only opens a chat.
        language = pick_language(message.language, 0.0, policy.languages, threshold=0.0)
        _answer(message, chat, "agent.link_refused", {}, language, now, draft)
    return Linked(f"agent refused: {reason}", {"spoken_id": derive("spoken", message.source_id)})


def _may_answer(chat: Point, facts: Facts, policy: Policy, now: datetime) -> str | None:
    """Why the chat is not answered; null when it may be."""
    key = point_key(chat.kind, chat.value)
    contact, sent = facts.contacts.get(key), facts.automatic.get(key, ())
    return answering.refusal(chat.value, None, contact, sent, None, policy, now, kind=chat.kind)


def _answer(
    message: Inbound, chat: Point, template: str, variables: dict[str, str], language: str, now: datetime, draft: Draft
) -> None:
    answer = Outbound(
        delivery_id=derive("delivery", message.source_id, template),
        channel="telegram",
        inbox=message.inbox,
        kind="notice",
        to=[Address(address=chat.value)],
        language=language,
        template=template,
        variables=dict(variables),
        conversation=message.conversation,
        automatic=True,
        created_at=now,
        correlation_id=message.correlation_id,
    )
    draft.operations += [QueueDelivery(outbound=answer), CountAutomatic(point=chat, at=now)]


def _note(message: Inbound, what: str, data: dict[str, Any], actor: str, now: datetime, draft: Draft) -> None:
    draft.operations.append(AddEvent(what=what, actor=actor, channel=message.channel, data=data, at=now))
