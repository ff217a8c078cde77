"""Improvement actions: what is done so that something gets better, by whom and until when, and what came of it.

They come from somewhere: tickets, quality reviews, what customers said, or a word that comes up more and more. They are proposed by
anybody, accepted by a lead, worked on, and then done or dropped, with a word on what came of it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field

from shared.documents.kind import Body, Change, Kind, Summary

NAME: Final = "improvement"
Sort = Literal["training", "tool", "article", "process"]
Status = Literal["proposed", "accepted", "in_progress", "done", "dropped"]

TRANSITIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "proposed": ("accepted", "dropped"),
    "accepted": ("in_progress", "done", "dropped"),
    "in_progress": ("done", "dropped", "accepted"),
    # What did not help after all, or was needed after all.
    "done": ("in_progress",),
    "dropped": ("proposed",),
}
WORKED_ON: Final = ("accepted", "in_progress")
_LEADS: Final = ("lead", "admin", "operator")
_OWN_STEPS: Final = {
    ("accepted", "in_progress"),
    ("in_progress", "done"),
    ("accepted", "done"),
    ("in_progress", "accepted"),
}
_ASIDE: Final = {"status", "outcome", "accepted_at", "done_at"}


Number = Annotated[int, Field(ge=1, le=2**31 - 1)]
"""A ticket's."""


class Trend(Body):
    """A word or a category that grew: how many tickets of a period and of the one before had it."""

    term: str = Field(default="", max_length=100)
    category: str = Field(default="", max_length=100)
    now: int = Field(default=0, ge=0)
    before: int = Field(default=0, ge=0)
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class Origin(Body):
    """Where it came from: numbers of tickets, ids of quality reviews, numbers of tickets whose customers said something of it, a trend."""

    tickets: list[Number] = Field(default_factory=list, max_length=100)
    reviews: list[Annotated[str, Field(max_length=120)]] = Field(default_factory=list, max_length=100)
    feedback: list[Number] = Field(default_factory=list, max_length=100)
    trend: Trend | None = None


class Improvement(Body):
    """One of them. ``owner`` is the mail address of who does it, or a name. ``accepted_at`` and ``done_at`` are written by itself; a
    dropped one says in ``outcome`` why."""

    kind: Sort
    what: str = Field(min_length=1, max_length=500)
    why: str = Field(default="", max_length=4_000)
    origin: Origin = Field(default_factory=Origin)
    owner: str = Field(default="", max_length=320)
    due: AwareDatetime | None = None
    status: Status = "proposed"
    outcome: str = Field(default="", max_length=4_000)
    accepted_at: datetime | None = None
    done_at: datetime | None = None


def objection(change: Change) -> str | None:
    """Why an improvement action may not be changed so; null: it may."""
    before, after = change.before, change.after
    leads = change.role in _LEADS
    if after is None:
        kept = not leads and before is not None and before.status != "proposed"
        return "only a lead takes away what was accepted; drop it instead" if kept else None
    was = before.status if before else None
    if was is None and after.status != "proposed":
        return "status: it begins as proposed"
    if was is not None and after.status not in (was, *TRANSITIONS[was]):
        return f"status: what is {was} can become {' or '.join(TRANSITIONS[was])}, not {after.status}"
    if after.status in (*WORKED_ON, "done") and not after.owner:
        return "owner: say who does it"
    if after.status in WORKED_ON and after.due is None:
        return "due: say until when"
    if after.status in ("done", "dropped") and not after.outcome:
        return "outcome: say what came of it"
    return None if leads or before is None else _of_an_agent(before, after)


def _of_an_agent(before: Improvement, after: Improvement) -> str | None:
    """Agents word what is only proposed, and say how far what was accepted has come."""
    if before.status != after.status and (before.status, after.status) not in _OWN_STEPS:
        return "status: only a lead or an admin may say that"
    if before.status != "proposed" and before.model_dump(exclude=_ASIDE) != after.model_dump(exclude=_ASIDE):
        return "only a lead or an admin changes what was accepted; say in outcome what came of it"
    return None


def settled(change: Change) -> Improvement:
    """With the times at which it was accepted and done, whatever was sent."""
    after = Improvement.model_validate(change.after)
    before: Improvement | None = change.before
    accepted = before.accepted_at if before else None
    done = before.done_at if before else None
    if after.status in (*WORKED_ON, "done"):
        accepted = accepted or change.now
    if after.status == "proposed":
        accepted = None
    done = (done or change.now) if after.status == "done" else None
    return after.model_copy(update={"accepted_at": accepted, "done_at": done})


def _summary(body: Improvement) -> Summary:
    words = f"{body.kind} {body.owner} {body.why}\n{body.outcome}"
    return Summary(body.status, body.what[:200], words)


IMPROVEMENT = Kind(NAME, Improvement, writes="agent", summary=_summary, check=objection, settle=settled, largest=40_000)
KINDS = (IMPROVEMENT,)
