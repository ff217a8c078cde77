"""How long customers wait: first and next responses and solutions, targets that were met, and what had to be opened again.

All of it is told from runs of clocks, each of which is over for good: a ticket that is opened again gets new runs, and what was measured
before stays as it was.
"""

from datetime import datetime
from itertools import pairwise

from shared.messages.reports import ReportTable
from shared.reports.figure import DEEDS, TICKETS, Counts, Figure, groups_of
from shared.reports.rows import Deed, Run, Scope, TicketRow
from shared.reports.spread import Spreads

KINDS = ("", "worked")
"""On the clock on the wall, and in working time without pauses."""


def _groups(row: TicketRow) -> tuple[str, str, str]:
    return row.team, row.channel, row.category


def _took(run: Run, met: datetime) -> float:
    return (met - run.started_at).total_seconds()


class FirstResponse(Figure):
    """First responses that were given in the period. A ticket that was solved or closed without an answer has none."""

    name = "first_response"
    looks_at = TICKETS

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.spreads = Spreads(self.name, KINDS)

    def ticket(self, row: TicketRow) -> None:
        """Its first response, if it was given in the period."""
        for run in row.runs:
            met = run.met_at
            if run.clock != self.name or met is None or not self.period.has(met):
                continue
            if row.first_responded_at is not None and row.first_responded_at <= met:
                self.spreads.add(_groups(row), _took(run, met), run.worked)

    def tables(self) -> list[ReportTable]:
        """In all, and by team, channel and category."""
        return self.spreads.tables()


class NextResponse(Figure):
    """Answers in the period to what customers wrote after they had been answered before. What waited for an answer when its ticket was
    solved or closed without one is left out."""

    name = "next_response"
    looks_at = TICKETS | DEEDS
    deeds = frozenset({"answered"})

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.spreads = Spreads(self.name, KINDS)
        self._answers: set[tuple[int, datetime]] = set()
        self._unsure: list[tuple[TicketRow, Run, datetime]] = []

    def ticket(self, row: TicketRow) -> None:
        """Its next responses of the period."""
        solved = {run.met_at for run in row.runs if run.clock == "resolution"}
        for run in row.runs:
            met = run.met_at
            if run.clock != self.name or met is None or not self.period.has(met):
                continue
            if met in solved:
                # Solving ends all clocks: it was an answer only if one was sent at that moment.
                self._unsure.append((row, run, met))
            else:
                self.spreads.add(_groups(row), _took(run, met), run.worked)

    def deed(self, row: Deed) -> None:
        """An answer, perhaps the one with which a ticket was solved."""
        if row.what == "answered":
            self._answers.add((row.number, row.at))

    def tables(self) -> list[ReportTable]:
        """In all, and by team, channel and category."""
        for row, run, met in self._unsure:
            if (row.number, met) in self._answers:
                self.spreads.add(_groups(row), _took(run, met), run.worked)
        self._unsure.clear()
        return self.spreads.tables()


class Resolution(Figure):
    """Solutions of the period: each from the ticket's beginning, or its reopening, to when it was solved or closed."""

    name = "resolution"
    looks_at = TICKETS

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.spreads = Spreads(self.name, KINDS)

    def ticket(self, row: TicketRow) -> None:
        """Its solutions of the period."""
        for run in row.resolutions():
            if run.met_at is not None and self.period.has(run.met_at):
                self.spreads.add(_groups(row), _took(run, run.met_at), run.worked)

    def tables(self) -> list[ReportTable]:
        """In all, and by team, channel and category."""
        return self.spreads.tables()


class Sla(Figure):
    """Targets: a run that has one is decided when what it waits for happens in time, or when its time is over, whichever comes first. What
    ended because its ticket became spam or part of another was not decided."""

    name = "sla"
    looks_at = TICKETS
    clocks = ("first_response", "next_response", "resolution")

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.counts = Counts(self.name, "decided", "in_time", "missed", attainment=("in_time", "decided"))

    def ticket(self, row: TicketRow) -> None:
        """Its runs that were decided in the period."""
        for run in row.runs:
            if run.target is None or (run.ended_at is not None and run.met_at is None):
                continue
            missed = run.breached_at is not None
            if self.period.has(run.breached_at if missed else run.met_at):
                groups = [("clock", run.clock), ("policy", run.policy), *groups_of(row)]
                self.counts.add(groups, 1, int(not missed), int(missed))

    def tables(self) -> list[ReportTable]:
        """In all, by clock, SLA, team, channel and category."""
        return [
            self.counts.table(),
            self.counts.table("clock", self.clocks),
            *(self.counts.table(by) for by in ("policy", "team", "channel", "category")),
        ]


class Reopened(Figure):
    """Solutions of the period, how many of these were opened again by now, and how often a solved ticket was opened again in the
    period, whenever it had been solved."""

    name = "reopened"
    looks_at = TICKETS

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope)
        self.counts = Counts(self.name, "solutions", "again", "reopenings", rate=("again", "solutions"))

    def ticket(self, row: TicketRow) -> None:
        """Its solutions, and its reopenings."""
        runs = row.resolutions()
        for run, following in pairwise((*runs, None)):
            if run is None or run.met_at is None:
                continue
            solved = self.period.has(run.met_at)
            again = following is not None
            reopened = following is not None and self.period.has(following.started_at)
            if solved or reopened:
                self.counts.add(groups_of(row), int(solved), int(solved and again), int(reopened))

    def tables(self) -> list[ReportTable]:
        """In all, and by team, channel and category."""
        return [self.counts.table(), *(self.counts.table(by) for by in ("team", "channel", "category"))]
