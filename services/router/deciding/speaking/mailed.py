"""Mail to an address that was signed for an agent: believed from one of their own addresses, if it is proven to come from there.

The signed address proves the notification, aligned DKIM or SPF the domain of the author (`services.router.deciding.proof`), our records
that the address is the agent's; no two of them are enough. Where the address only stands in the text, as in a notification that is
quoted in a mail to somebody else, it is kept in the ticket as something internal (`services.router.deciding.sides`), whoever wrote it: an
agent who shows a colleague what they were told does not answer the customer.
"""

from datetime import timedelta

from services.router.deciding import proof
from services.router.deciding.evidence import Evidence
from services.router.deciding.speaking import codes, holding, refusing, texted
from services.router.deciding.speaking.asking import AgentToken
from services.router.deciding.speaking.hearing import ECHO, Heard, Hearing
from services.router.deciding.speaking.saying import SPOKEN, say
from shared.messages.agents import ToldFact
from shared.messages.facts import TicketFact
from shared.texts import text

_AT_ONCE = timedelta(minutes=10)
_MOST_AT_ONCE = 10
"""Answers of ours to one agent by mail in that time. A person who writes more is rare; two machines that answer one another, without any
mark of it, are not, and each round would be a mail to the customer."""


def take(hearing: Hearing, evidence: Evidence, token: AgentToken) -> Heard | None:
    """What becomes of it; null: it is not for this lane."""
    message = hearing.message
    doubt = _doubt(hearing, evidence, token)
    ticket = hearing.numbered(token.number)
    if message.automatic is not None:
        hearing.put("dropped", f"automatic: {message.automatic}", ticket, internal=token.internal)
        return hearing.heard(f"{SPOKEN} dropped: automatic")
    told = _told(hearing, evidence)
    if doubt is not None and evidence.by_side:
        # It also answers what they were asked aside, and that is theirs to answer.
        refusing.note(hearing, doubt[0], ticket, told)
        return None
    if doubt is not None:
        return refusing.refuse(hearing, *doubt, ticket, told)
    hearing.reached()
    if ticket is None and token.number:
        return refusing.refuse(hearing, "no such ticket", "spoken.why.ticket")
    if _answered_lately(hearing) >= _MOST_AT_ONCE:
        hearing.put("dropped", "too many at once", ticket, told, internal=token.internal)
        return hearing.heard(f"{SPOKEN} dropped: too many at once")
    if ticket is None:
        return _of_several(hearing)
    meant = codes.meant(hearing.words, hearing.speaker, hearing.policy)
    held, words = meant.held or holding.answered(hearing, told), meant.words
    if held is not None and (decision := codes.decision(words)):
        return holding.decided(hearing, held, decision == "yes")
    if meant.held is not None:
        return holding.unclear(hearing, meant.held)
    return say(hearing, ticket, told, hearing.words, internal=token.internal)


def _of_several(hearing: Hearing) -> Heard:
    """It answers what was about several tickets, or about none: the one that is meant stands at the beginning, or they are told how."""
    named = texted.named_in(hearing.words, hearing)
    if isinstance(named, TicketFact):
        words = texted.NAMED.sub("", hearing.words, count=1) or "#status"
        return say(hearing, named, None, words, internal=named.internal)
    if hearing.speaker.refused_by.get(hearing.message.channel, 0) >= refusing.TRIES:
        hearing.put("dropped", "too many without a ticket")
        return hearing.heard(f"{SPOKEN} dropped: too many without a ticket")
    if named is not None:
        missing = text("spoken.missing", hearing.language, ticket=f"T-{named}")
        return refusing.unanswerable(hearing, "no such ticket", missing)
    return refusing.unanswerable(hearing, "which ticket", text("spoken.how.digest", hearing.language))


def _doubt(hearing: Hearing, evidence: Evidence, token: AgentToken) -> tuple[str, str] | None:
    """Why it is not believed, and the text that says so; null where nothing speaks against it."""
    theirs = {point.value for point in hearing.speaker.verified if point.kind == "email"}
    if evidence.sender not in theirs:
        return "not this agent", "spoken.why.sender"
    if not proof.is_proven(evidence.sender, hearing.message.authentication):
        return "unproven sender", "spoken.why.unproven"
    if token.expired:
        return "expired address", "spoken.why.expired"
    if hearing.message.forwarded_from:
        return "forwarded", "spoken.why.forwarded"
    return None


def _told(hearing: Hearing, evidence: Evidence) -> ToldFact | None:
    """The notification that it answers, by the Message-ID that we signed."""
    answered = [delivery_id for _, delivery_id in evidence.deliveries]
    by_id = {each.delivery_id: each for each in hearing.speaker.told}
    return next((by_id[each] for each in answered if each in by_id), None)


def _answered_lately(hearing: Hearing) -> int:
    since = hearing.now - _AT_ONCE
    return sum(each.event == ECHO and each.channel == "email" and each.at > since for each in hearing.speaker.told)
