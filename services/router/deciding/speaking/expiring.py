"""What is held and not confirmed within a day is dropped, and its agent told: an answer that nobody waits for any more only surprises."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from services.router.deciding import gathered
from services.router.deciding.draft import Draft
from services.router.deciding.policy import Policy
from services.router.deciding.speaking.echoing import Addressee, echo, glimpsed
from services.router.deciding.speaking.languages import language_of
from shared.identity import derive
from shared.messages.agents import SettleSpoken, SpokenFact
from shared.messages.changeset import SetTimer
from shared.messages.facts import Facts
from shared.messages.outbound import TimerDue
from shared.texts import text

TIMER = "spoken"
"""The kind of timer; its id is ``spoken:<spoken_id>``."""
KEPT = timedelta(hours=24)


def timer_id(spoken_id: str) -> str:
    """The timer of something that is held."""
    return f"{TIMER}:{spoken_id}"


def timer(spoken_id: str, ticket_id: str | None, now: datetime) -> SetTimer:
    """From now on a day."""
    return SetTimer(timer_id=timer_id(spoken_id), kind=TIMER, ticket_id=ticket_id, due_at=now + KEPT)


def once(held: SpokenFact, facts: Facts, draft: Draft) -> None:
    """What is held is decided once: of two who decide at the same moment (both buttons, a code twice, the end of its day) the second one
    finds it decided. Nobody else ever asks for this key."""
    draft.change(facts, f"spoken {held.spoken_id} {len(held.results)}")


def needs(timers: Iterable[TimerDue]) -> list[str]:
    """What was spoken that these timers are about."""
    return [timer.timer_id.partition(":")[2] for timer in timers if timer.kind == TIMER]


def expire(timer: TimerDue, facts: Facts, policy: Policy, now: datetime, draft: Draft) -> None:
    """Its day is over."""
    held = facts.spoken.get(timer.timer_id.partition(":")[2])
    if held is None or held.verdict != "held":
        return
    once(held, facts, draft)
    draft.operations.append(
        SettleSpoken(spoken_id=held.spoken_id, verdict="dropped", reason="expired", results=held.results, at=now)
    )
    agent = next((each for each in facts.staff.values() if each.agent_id == held.agent_id), None)
    if agent is None or held.point is None:
        return
    ticket = gathered.final(held.ticket_id, facts) if held.ticket_id else None
    about = f"T-{ticket.number}" if ticket else "-"
    words = text("spoken.expired", language_of(agent.languages, policy), ticket=about, words=glimpsed(held))
    delivery_id = derive("delivery", held.spoken_id, "expired")
    to = Addressee(agent, held.channel, held.inbox, held.point)
    draft.operations.append(echo(to, words, ticket, policy, now, delivery_id, internal=held.internal))
