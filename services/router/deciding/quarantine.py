"""Deciding what is held back instead of becoming a ticket, and what comes of it when somebody lets it out."""

from dataclasses import dataclass
from datetime import datetime

from services.router.deciding import spam
from services.router.deciding.evidence import Evidence
from services.router.deciding.policy import Policy
from services.router.deciding.spam import Suspicion
from services.router.deciding.threading import Placement
from shared.identity import derive
from shared.messages.changeset import AddEvent, AddHeldRoute, Operation, Quarantine
from shared.messages.facts import Facts, HeldFact, point_key
from shared.messages.inbound import Inbound
from shared.messages.parts import Reason

# Mail that was built to hurt whoever reads it: no mail client writes a thousand parts, or fifty of them inside one another.
_HOSTILE = ("too-many-parts", "too-deep")


@dataclass(frozen=True)
class Waiver:
    """Somebody let the message out of quarantine: it is not held again. ``acknowledge``: not too long ago for an acknowledgement."""

    acknowledge: bool


@dataclass(frozen=True)
class Judgement:
    """``hold``: why the message is held back. ``suspicion``: why it is taken for spam although it is let in."""

    hold: Reason | None = None
    suspicion: Suspicion | None = None


def judge(
    message: Inbound, evidence: Evidence, placement: Placement, facts: Facts, policy: Policy, waiver: Waiver | None
) -> Judgement:
    """Whether a message is held back, and whether it is taken for spam."""
    if waiver is not None:
        return Judgement()
    known = (facts.contacts.get(key) for key in evidence.keys)
    contact = next((each for each in known if each is not None), None)
    key = point_key("email", evidence.sender) if message.channel == "email" else ""
    if key not in facts.agents:
        if blocked := _blocked(evidence.sender, policy):
            return Judgement(Reason(rule="blocked", evidence=f"{blocked} in the configuration"))
        if any(each is not None and each.blocked for each in map(facts.contacts.get, evidence.keys)):
            return Judgement(Reason(rule="blocked", evidence=f"{evidence.sender}, by an agent"))
    if hostile := [defect for defect in message.defects if defect in _HOSTILE]:
        return Judgement(Reason(rule="hostile", evidence=", ".join(hostile)))
    if key in facts.agents or spam.vouched(evidence) or (placement.ticket is not None and placement.participant):
        return Judgement()
    suspicion = spam.suspect(message, contact is not None and contact.answered, facts, policy)
    if suspicion is not None and suspicion.certain and policy.spam.quarantines:
        return Judgement(suspicion.reason, suspicion)
    return Judgement(None, suspicion)


def _blocked(sender: str, policy: Policy) -> str | None:
    """The entry of the configuration that blocks a sender: the address, its domain or one above it."""
    if not policy.spam.blocked or not sender:
        return None
    if sender in policy.spam.blocked:
        return sender
    labels = sender.rpartition("@")[2].split(".")
    above = (".".join(labels[i:]) for i in range(min(len(labels), 20)))
    return next((domain for domain in above if domain in policy.spam.blocked), None)


def held_id(message: Inbound) -> str:
    """The id of a message in quarantine."""
    return derive("held", message.source_id)


def hold(message: Inbound, reason: Reason, policy: Policy, now: datetime) -> list[Operation]:
    """Hold a message back."""
    data = {"held": held_id(message), "reason": reason.rule, "inbox": message.inbox}
    return [
        Quarantine(
            held_id=held_id(message), message=message, reason=reason, held_at=now, expires_at=now + policy.spam.keep
        ),
        AddEvent(what="message_quarantined", actor="system", channel=message.channel, data=data, at=now),
    ]


def another_route(message: Inbound, held: HeldFact) -> list[Operation]:
    """A message that is held came by another inbox too: noted, so that its release knows."""
    new = [inbox for inbox in message.inboxes if inbox not in held.inboxes]
    return [AddHeldRoute(held_id=held.held_id, inboxes=[*held.inboxes, *new])] if new else []
