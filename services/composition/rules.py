"""`trunkline rules try`: what the configured rules would have done with past tickets. Nothing changes."""

import json

from rich.console import Console

from services.composition.listing import print_table, time_of
from services.composition.operating import Operator, operator
from shared.calendars import calendar_of
from shared.clock import now
from shared.messages.automation import PastPage, PastQuery, PastTicket
from shared.rehearsing import Run, looks_at_texts, rehearse
from shared.ruling import known_customers, prepare
from shared.settings import Settings

MOST = 20_000


async def try_rules(settings: Settings, since: str | None, as_json: bool, of: Settings | None = None) -> None:
    """Print each run that there would have been with the rules of ``of`` (default: those of ``settings``). Raises `CannotStart`."""
    of = of or settings
    query = PastQuery(since=time_of(since) if since else None, texts=looks_at_texts(of.rule))
    async with operator(settings) as running:
        past, more = await _past(running, query)
    calendars = {hours.name: calendar_of(hours) for hours in of.hours}
    rules = [prepare(rule, calendars) for rule in of.rule]
    runs = list(rehearse(past, rules, known_customers(of.customer), now()))
    if as_json:
        told = {"tickets": len(past), "rules": len(rules), "runs": [run.listed() for run in runs], "more": more}
        print(json.dumps(told, ensure_ascii=False, default=str))
        return
    if runs:
        print_table(["ticket", "when", "rule", "on", "because", "would have done"], [_row(run) for run in runs])
    older = "; older ones were not looked at" if more else ""
    Console().print(f"{len(runs)} runs of {len(rules)} rules on {len(past)} tickets{older}", highlight=False)


async def _past(running: Operator, query: PastQuery) -> tuple[list[PastTicket], bool]:
    found: list[PastTicket] = []
    while len(found) < MOST:
        page = PastPage.decode(await running.ask("past", query.encode()))
        found += page.tickets
        if page.next is None:
            return found, False
        query = query.model_copy(update={"before": page.next})
    return found, True


def _row(run: Run) -> list[str]:
    did = ", ".join(f"{name} = {value}" for name, value in run.did.items()) or "nothing new"
    when = f"{run.at:%Y-%m-%d %H:%M}"
    return [f"T-{run.number}", when, run.rule, run.on, "; ".join(run.why) or "no conditions", did]
