"""Giving tickets to agents by themselves: to whom, or why to nobody; taking them back from who is away.

A ticket is given when it is opened, comes to another team, is open again or comes back from an agent, as its team's mode says. Whom it is
given to is chosen from what is known of all agents; the key of the one who is chosen keeps two routers from giving them more than they can
take. What nobody can be given waits in its team's queue, and is looked at again when somebody is expected.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from services.router.deciding.draft import Draft
from services.router.deciding.life.living import Living
from services.router.deciding.life.notifying import tell_agents
from services.router.deciding.life.presence import Presence, calendar_of_hours, candidates, known
from services.router.deciding.life.telling import Notice, audience
from services.router.deciding.terms import after
from shared.messages.facts import agent_key
from shared.messages.life import ChangeAgent, StaffFact
from shared.messages.outbound import TimerDue
from shared.messages.parts import Reason

MEMORY = "assigning"
"""What a ticket remembers: ``back``: when it goes back to its team; ``tries``: how often nobody could be given it."""
QUEUE, BACK = "assign", "back"
"""The kinds of timers: a ticket in the queue is looked at again; an agent has been away for long enough."""

LOOK_AGAIN = timedelta(minutes=15)
SELDOM = timedelta(hours=1)
"""A ticket in the queue is looked at again after the first, then after twice as long, at the latest after the second: nobody tells it of
who is back early or has done with another one."""

LEFT = "agent_left"
"""What happened to a ticket whose agent works here no longer."""
_WORKED_ON = ("new", "open")
_ACTIVE = ("new", "open", "pending", "on_hold")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def follow(living: Living) -> None:
    """Let the ticket go to whom it belongs by what has happened."""
    _note_time(living)
    _correct_team(living)
    _part(living)
    _leave(living)
    _watch_absence(living)
    if _waits_for_somebody(living):
        _give(living)
    elif living.ticket.assignee or living.ticket.status not in _ACTIVE:
        _stop_waiting(living)


# -- what leads to another team, or away from an agent ------------------------------------------------------------------


def _note_time(living: Living) -> None:
    """Since when somebody has it."""
    ticket = living.ticket
    if not living.became("assignee"):
        return
    given = living.now if ticket.assignee else None
    if living.before is not None or given is not None:
        living.change(assigned_at=given)
    agent = known(living, ticket.assignee)
    if agent is not None:
        # Two routers do not fill up one agent, one of them by hand.
        living.draft.change(living.facts, agent_key(agent.agent_id))


def _correct_team(living: Living) -> None:
    """Who corrects a category means its team, unless somebody has chosen another one."""
    before, ticket = living.before, living.ticket
    if before is None or not living.became("category") or living.became("team"):
        return
    by_hand = any("category" in event.data.get("fields", ()) for event in living.happened("ticket_changed"))
    teams = {rule.name: rule.team for rule in living.policy.categories}
    team = teams.get(ticket.category or "")
    if by_hand and team and team != ticket.team and ticket.team in (None, teams.get(before.category or "")):
        living.change(team=team, reasons={"team": Reason(rule="category's team", evidence=ticket.category or "")})
        living.event("team_changed", **{"from": before.team or "", "to": team})


def _part(living: Living) -> None:
    """Whoever has it works here no longer: it is their team's again, and the team is told where its customer waits."""
    ticket = living.ticket
    if ticket.status not in _ACTIVE or not living.facts.is_blocked(ticket.assignee):
        return
    if not living.happened(LEFT):
        living.event(LEFT).actor = "system"
    _take_back(living, "whoever had it works here no longer")
    if _asked(living):
        living.event("returned_to_team", team=ticket.team).actor = "system"


def _leave(living: Living) -> None:
    """In another team, whose tickets are given to its members, it is no longer that of an agent who is none of them."""
    ticket, policy = living.ticket, living.policy
    if living.before is None or not living.became("team") or not ticket.assignee or living.became("assignee"):
        return
    named = ("assignee" in event.data.get("fields", ()) for event in living.happened("ticket_changed"))
    if any(named):
        return  # somebody wants just this agent there
    members = policy.teams.get(ticket.team or "", ())
    agent = known(living, ticket.assignee)
    if policy.assignment.mode(ticket.team) == "off" or not members or (agent and agent.email.lower() in members):
        return
    _take_back(living, "the ticket went to another team")


def _take_back(living: Living, reason: str) -> None:
    agent = living.ticket.assignee
    living.change(assignee=None, assigned_at=None)
    living.event("unassigned", reason, **{"from": agent, "team": living.ticket.team}).actor = "system"


# -- who is away --------------------------------------------------------------------------------------------------------


def _watch_absence(living: Living) -> None:
    """The customer writes and whoever has the ticket is away: it goes back after a while, unless they answer."""
    held = living.recall(MEMORY) or {}
    ticket = living.ticket
    if "back" in held and (
        not ticket.assignee
        or living.became("assignee")
        or ticket.status not in _ACTIVE
        or living.happened("message_sent")
    ):
        living.cancel(BACK)
        held = _remember(living, back=None)
    span = living.policy.assignment.wanted.return_after
    if span is None or "back" in held or living.before is None or not ticket.assignee or not _asked(living):
        return
    until = _away_until(living, ticket.assignee)
    if until is None:
        return
    due = after(calendar_of_hours(living, living.policy.assignment.hours_of(ticket.team)), living.now, span)
    if due is not None and due < until:
        _remember(living, back=due.isoformat())
        living.timer(BACK, due)


def _asked(living: Living) -> bool:
    """Whether the customer wants something."""
    wrote = (
        event.data.get("automatic") is None and event.data.get("rule") != "repeated content"
        for event in living.happened("message_received")
    )
    return any(wrote) or bool(living.happened("solution_rejected"))


def come_back(living: Living, _timer: TimerDue) -> None:
    """The agent has been away for long enough: the ticket is their team's again."""
    held = living.recall(MEMORY) or {}
    if "back" not in held:
        return
    _remember(living, back=None)
    ticket = living.ticket
    if ticket.assignee and ticket.status in _ACTIVE and _away_until(living, ticket.assignee) is not None:
        _take_back(living, "whoever had it is away, and the customer waits")
        living.event("returned_to_team", team=ticket.team).actor = "system"


def tell_team(living: Living) -> None:
    """A ticket came back from somebody who is away, and nobody was given it: its team is told."""
    ticket = living.ticket
    if living.happened("returned_to_team") and not ticket.assignee:
        absent = (living.before.assignee or "") if living.before else ""
        away = known(living, absent)
        gone = {absent.lower(), away.email.lower() if away else ""}
        team = [each for each in audience(living, ticket.team) if each not in gone]
        tell_agents(living, team, Notice("agent.returned", {}, event="opened"))


def _away_until(living: Living, name: str) -> datetime | None:
    """Until when an agent is away; null: they are not, or nobody knows them."""
    agent = known(living, name) or living.facts.assignees.get(name)
    until = agent.away_until if agent is not None else None
    return until if until is not None and until > living.now else None


# -- giving -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Choice:
    """Who is given a ticket, by which rule, and what it went by."""

    agent: StaffFact
    rule: str
    evidence: str


def _waits_for_somebody(living: Living) -> bool:
    """Whether it is to be given to somebody now. What an agent has put back into the queue by hand stays there."""
    ticket, before = living.ticket, living.before
    if ticket.assignee or ticket.status not in _WORKED_ON or living.policy.assignment.mode(ticket.team) == "off":
        return False
    if before is None or living.became("team"):
        return True
    revived = before.status not in _WORKED_ON and not before.assignee
    return revived or bool(living.happened("returned_to_team") or living.happened(LEFT))


def look_again(living: Living, _timer: TimerDue) -> None:
    """A ticket in the queue: perhaps somebody can be given it now."""
    ticket = living.ticket
    waits = not ticket.assignee and ticket.status in _WORKED_ON
    if waits and living.policy.assignment.mode(ticket.team) != "off":
        _give(living)
    else:
        _remember(living, tries=None)


def _give(living: Living) -> None:
    choice = choose(living)
    if choice is not None:
        give(living, choice)
        _stop_waiting(living)
    else:
        _wait(living)


def give(living: Living, choice: Choice) -> None:
    """They have it from now on, and two routers do not give them more than they can take."""
    agent, before = choice.agent, living.ticket.assignee
    reason = {"assignee": Reason(rule=choice.rule, evidence=choice.evidence)}
    living.change(assignee=agent.email, assigned_at=living.now, reasons=reason)
    given = {"last_given": _turn(living).isoformat()}
    living.draft.operations.append(ChangeAgent(agent_id=agent.agent_id, fields=given))
    living.draft.change(living.facts, agent_key(agent.agent_id))
    event = living.event(
        "assigned",
        choice.rule,
        agent=agent.email,
        team=living.ticket.team,
        evidence=choice.evidence,
        **{"from": before},
    )
    event.actor = "system"


def _turn(living: Living) -> datetime:
    """When they were given it: later than anybody was given anything, so that what is decided at one moment has an order, too."""
    times = [agent.last_given for agent in living.facts.staff.values() if agent.last_given is not None]
    times += [load.last for load in _loads(living.draft).values() if load.last is not None]
    return max(living.now, max(times, default=_LONG_AGO) + timedelta(microseconds=1))


def choose(living: Living) -> Choice | None:
    """Who is to be given the ticket: somebody of its team who is there and can take one more; null: nobody. The same facts give the same
    answer, whatever their order."""
    ticket, wanted = living.ticket, living.policy.assignment.wanted
    loads = _loads(living.draft)
    here = Presence(living)
    free = [agent for agent in candidates(living) if _room(agent, living, loads) and here.now(agent)]
    if wanted.language == "require":
        free = [agent for agent in free if _speaks(agent, living) == 0]
    if not free:
        return None
    last = living.facts.last_agents.get(ticket.contact_id or "", "").lower() if wanted.sticky else ""
    for agent in free:
        if last and last in (agent.email.lower(), agent.agent_id.lower()):
            return Choice(agent, "had the customer's last ticket", agent.email)
    mode = living.policy.assignment.mode(ticket.team)

    def rank(agent: StaffFact) -> tuple[object, ...]:
        load = loads.get(agent.agent_id, _Load())
        busy = agent.open + load.more if mode == "least_busy" else 0
        return _speaks(agent, living), busy, load.last or agent.last_given or _LONG_AGO, agent.email

    best = min(free, key=rank)
    why = f"{best.open} open" if mode == "least_busy" else "was given none for longest"
    spoken = f", speaks {ticket.language}" if ticket.language in best.languages else ""
    return Choice(best, mode.replace("_", " "), f"{why} of {len(free)} who can{spoken}")


@dataclass
class _Load:
    """What an agent was given by this very decision."""

    more: int = 0
    last: datetime | None = None


def _loads(draft: Draft) -> dict[str, _Load]:
    """What it was, by agent: one decision may be about many tickets, and the facts only know what was before it."""
    found: dict[str, _Load] = {}
    for operation in draft.operations:
        if isinstance(operation, ChangeAgent) and "last_given" in operation.fields:
            load = found.setdefault(operation.agent_id, _Load())
            load.more, load.last = load.more + 1, datetime.fromisoformat(operation.fields["last_given"])
    return found


def _room(agent: StaffFact, living: Living, loads: dict[str, _Load]) -> bool:
    most = agent.capacity if agent.capacity is not None else living.policy.assignment.wanted.capacity
    return most is None or agent.open + loads.get(agent.agent_id, _Load()).more < most


def _speaks(agent: StaffFact, living: Living) -> int:
    """0: they speak the ticket's language; 1: nobody has said what they speak, nor their team; 2: they do not."""
    ticket = living.ticket
    spoken = agent.languages or living.policy.serving.languages_of(ticket.team)
    return 0 if ticket.language in spoken else 2 if spoken else 1


# -- waiting ------------------------------------------------------------------------------------------------------------


def _wait(living: Living) -> None:
    """It stays in its team's queue, and is looked at again when somebody is expected; where nobody can ever come, when it changes."""
    if not candidates(living):
        _stop_waiting(living)
        return
    tries = (living.recall(MEMORY) or {}).get("tries", 0)
    pause = min(LOOK_AGAIN * 2 ** min(tries, 10), SELDOM)
    soonest = Presence(living).next_anybody()
    due = living.now + pause
    if soonest is not None and soonest > living.now:
        due = min(due, soonest)
    _remember(living, tries=tries + 1)
    # When the day begins, who waits for longest comes first.
    living.timer(QUEUE, due + timedelta(microseconds=int(living.ticket.created_at.timestamp()) % 10_000_000))


def _stop_waiting(living: Living) -> None:
    if "tries" in (living.recall(MEMORY) or {}):
        living.cancel(QUEUE)
        _remember(living, tries=None)


def _remember(living: Living, **what: object) -> dict[str, object]:
    held = {name: value for name, value in ({**(living.recall(MEMORY) or {}), **what}).items() if value is not None}
    living.remember(MEMORY, held or None)
    return held
