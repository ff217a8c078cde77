"""Agents are told before a target is missed and when it is: whoever has the ticket, else the team, else the operators."""

from functools import partial

from services.router.deciding.life.living import Living
from services.router.deciding.life.notifying import tell_agents
from services.router.deciding.life.sla import terms_for
from services.router.deciding.life.telling import Notice, audience
from shared.messages.sla import SlaCycle
from shared.texts import text
from shared.texts.moments import moment


def tell(living: Living) -> None:
    """Tell of what warned or ran out by this cause and is still waited for."""
    struck = living.happened("sla_warning", "sla_breached")
    if not struck or not (terms := terms_for(living)).tell:
        return
    open_runs = {(run["clock"], run.get("cycle", 1)): run for run in (living.recall("sla") or {}).get("open", ())}
    to = receivers(living)
    zone = terms.calendar.timezone
    for event in struck:
        run = open_runs.get((event.data["clock"], event.data["cycle"]))
        if run is None:
            continue
        cycle = SlaCycle.model_validate(run)
        due = cycle.breached_at or cycle.due or living.now
        notice = Notice(
            event.what.replace("_", "."),
            {"until": moment(due, zone)},
            name=f"{cycle.clock} {cycle.cycle}",
            event="sla",
            worded=partial(_clock, cycle.clock),
        )
        tell_agents(living, to, notice)


def _clock(clock: str, language: str) -> dict[str, str]:
    return {"what": text(f"sla.{clock}", language)}


def receivers(living: Living) -> list[str]:
    """Whoever has the ticket; where nobody does (or nobody whose address is known) its team; else the operators."""
    ticket = living.ticket
    return (
        audience(living, ticket.assignee, *ticket.collaborators)
        or audience(living, ticket.team)
        or list(dict.fromkeys(living.policy.alerts))
    )
