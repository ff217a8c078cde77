"""Folding what changes about agents into the facts: their columns, their points, what is kept for them and what they said."""

from datetime import datetime
from typing import Any

from shared.messages.agents import (
    AddNews,
    AddSpoken,
    AgentPointFact,
    NewsFact,
    PutAgentPoint,
    RemoveAgentPoint,
    RemoveNews,
    SettleSpoken,
    SpeakerAsk,
    SpeakerFact,
    SpokenFact,
)
from shared.messages.facts import Facts
from shared.messages.life import ChangeAgent
from shared.messages.parts import Point

_TIMES = ("away_until", "last_given")


def fold_agents(facts: Facts, operation: object) -> None:
    """Change ``facts`` as writing ``operation`` would; nothing where it is not about agents."""
    match operation:
        case ChangeAgent():
            _change(facts, operation)
        case PutAgentPoint():
            _put_point(facts, operation)
        case RemoveAgentPoint():
            _remove_point(facts, operation.point_id)
        case AddSpoken():
            _add_spoken(facts, operation)
        case SettleSpoken():
            _settle(facts, operation)
        case AddNews():
            _add_news(facts, operation)
        case RemoveNews():
            told = set(operation.news_ids)
            kept = [each for each in facts.news.get(operation.agent_id, ()) if each.news_id not in told]
            facts.news[operation.agent_id] = kept


def _change(facts: Facts, change: ChangeAgent) -> None:
    if change.fields.get("blocked_at"):
        _block(facts, change.agent_id)
    known: list[Any] = [*facts.staff.values(), *facts.choices.values(), *(s.agent for s in facts.speakers.values())]
    for agent in known:
        if agent.agent_id != change.agent_id:
            continue
        for name, value in change.fields.items():
            if name not in type(agent).model_fields:
                continue
            given = {} if name == "notify" and value is None else value
            setattr(agent, name, datetime.fromisoformat(value) if isinstance(value, str) and name in _TIMES else given)


def _block(facts: Facts, agent_id: str) -> None:
    """They are nobody from now on. Who is back is known with the next facts."""
    staff = next((each for each in facts.staff.values() if each.agent_id == agent_id), None)
    if staff is not None:
        facts.blocked[staff.email.lower()] = agent_id
    for known in (facts.staff, facts.choices, facts.agents):
        for key in [key for key, each in known.items() if each.agent_id == agent_id]:
            del known[key]
    for key in [key for key, each in facts.speakers.items() if each.agent.agent_id == agent_id]:
        del facts.speakers[key]


def _put_point(facts: Facts, put: PutAgentPoint) -> None:
    _remove_point(facts, put.point_id)
    facts.agent_points[put.point_id] = AgentPointFact(**{n: getattr(put, n) for n in AgentPointFact.model_fields})
    if put.verified_at is None:
        return
    point = Point(kind=put.kind, value=put.value)
    for choice in facts.choices.values():
        if choice.agent_id == put.agent_id and point not in choice.points:
            choice.points.append(point)
    known = next((each for each in facts.speakers.values() if each.agent.agent_id == put.agent_id), None)
    staff = next((each for each in facts.staff.values() if each.agent_id == put.agent_id), None)
    if known is None and staff is not None:
        known = SpeakerFact(agent=staff, verified=[Point(kind="email", value=staff.email)])
    if known is not None:
        if point not in known.verified:
            known.verified.append(point)
        facts.speakers.setdefault(SpeakerAsk(point=point).key, known)


def _remove_point(facts: Facts, point_id: str) -> None:
    gone = facts.agent_points.pop(point_id, None)
    if gone is None or gone.verified_at is None:
        return
    point = Point(kind=gone.kind, value=gone.value)
    facts.speakers.pop(SpeakerAsk(point=point).key, None)
    for speaker in facts.speakers.values():
        if speaker.agent.agent_id == gone.agent_id:
            speaker.verified = [each for each in speaker.verified if each != point]
    for choice in facts.choices.values():
        if choice.agent_id == gone.agent_id:
            choice.points = [each for each in choice.points if each != point]


def _speakers(facts: Facts, agent_id: str | None) -> list[SpeakerFact]:
    """Each once: one that was asked about in two ways stands there twice."""
    found = {id(each): each for each in facts.speakers.values() if each.agent.agent_id == agent_id}
    return list(found.values())


def _add_spoken(facts: Facts, added: AddSpoken) -> None:
    if added.spoken_id in facts.spoken:
        return
    named = {name: getattr(added, name) for name in SpokenFact.model_fields if name in AddSpoken.model_fields}
    fact = facts.spoken[added.spoken_id] = SpokenFact(**named)
    for speaker in _speakers(facts, added.agent_id):
        _judged(speaker, fact)


def _settle(facts: Facts, settled: SettleSpoken) -> None:
    known = facts.spoken.get(settled.spoken_id)
    for speaker in {id(each): each for each in facts.speakers.values()}.values():
        known = known or next((each for each in speaker.held if each.spoken_id == settled.spoken_id), None)
        speaker.held = [each for each in speaker.held if each.spoken_id != settled.spoken_id]
    if known is None:
        return
    known.verdict, known.reason = settled.verdict, settled.reason or known.reason
    known.results = settled.results
    facts.spoken[settled.spoken_id] = known
    for speaker in _speakers(facts, known.agent_id):
        _judged(speaker, known)


def _judged(speaker: SpeakerFact, spoken: SpokenFact) -> None:
    """What is held of an agent's, and what was refused from them."""
    if spoken.verdict == "held":
        speaker.held.insert(0, spoken)
    elif spoken.verdict == "refused":
        speaker.refused += 1
        speaker.refused_by[spoken.channel] = speaker.refused_by.get(spoken.channel, 0) + 1


def _add_news(facts: Facts, added: AddNews) -> None:
    kept = facts.news.setdefault(added.agent_id, [])
    ticket = facts.tickets.get(added.ticket_id)
    about: dict[str, Any] = {"ticket_number": 0}
    if ticket is not None:
        about = {"ticket_number": ticket.number, "subject": ticket.subject, "priority": ticket.priority}
    named = {name: getattr(added, name) for name in ("news_id", "ticket_id", "event", "template", "variables", "at")}
    if all(each.news_id != added.news_id for each in kept):
        kept.append(NewsFact(**about, **named))
