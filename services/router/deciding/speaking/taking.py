"""The way into this lane: whether a message is an agent's, or claims to be, and what becomes of it then."""

from datetime import datetime

from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence
from services.router.deciding.policy import Policy
from services.router.deciding.speaking import mailed, refusing, texted
from services.router.deciding.speaking.hearing import Heard, Hearing
from shared.messages.facts import Facts, agent_key, point_key
from shared.messages.inbound import Inbound


def take(
    message: Inbound, evidence: Evidence, facts: Facts, policy: Policy, now: datetime, draft: Draft
) -> Heard | None:
    """What becomes of a message of an agent, or of somebody who claims to be one; null for what is a customer's."""
    claim = evidence.claim
    if claim is None:
        return None
    if claim.spoken_id in facts.spoken:
        return Heard("duplicate", "sent again", {"spoken_id": claim.spoken_id})
    speaker = next((facts.speakers[ask.key] for ask in claim.asks if ask.key in facts.speakers), None)
    if speaker is None:
        if claim.token is not None:
            return refusing.nobody(message, claim, "no such agent", draft, now)
        if (message.pressed or "").startswith(("#", "/")):
            return refusing.nobody(message, claim, "no agent's button", draft, now)
        return None
    # Whose point it is, and what they may do, must not have changed when this is written down.
    points = [ask.point for ask in claim.asks if ask.point is not None]
    draft.rely(facts, agent_key(speaker.agent.agent_id), *(point_key(each.kind, each.value) for each in points))
    hearing = Hearing(message, claim, speaker, facts, policy, now, draft)
    return mailed.take(hearing, evidence, claim.token) if claim.token is not None else texted.take(hearing)
