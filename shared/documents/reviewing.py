"""Quality review: checklists, draws of tickets, and reviews of what was drawn.

A checklist has criteria with weights. A draw keeps its seed and from what it was drawn, so that anybody can see that it was fair. A review
is of one ticket by one reviewer, with the criteria as they were when it was drawn; its score follows from the scores of its criteria.
"""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import AwareDatetime, Field, field_validator, model_validator

from shared.documents.kind import Body, Change, Kind, Summary
from shared.identity import derive

CHECKLIST: Final = "checklist"
DRAW: Final = "draw"
REVIEW: Final = "review"
DEFAULT: Final = "default"
"""The checklist that there is without anybody having written one; one that is saved under this id takes its place."""
MOST_DRAWN: Final = 50


class Criterion(Body):
    """What is looked at. ``text`` says it by language; ``weight`` is how much it counts beside others."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")
    text: dict[str, str] = Field(default_factory=dict, max_length=20)
    weight: float = Field(default=1.0, gt=0, le=100)

    @field_validator("text")
    @classmethod
    def _short(cls, value: dict[str, str]) -> dict[str, str]:
        if any(len(text) > 500 or len(language) > 3 for language, text in value.items()):
            raise ValueError("texts by language, at most 500 characters each")
        return value


class Checklist(Body):
    """Criteria; each is scored from 0 to ``scale``."""

    name: str = Field(min_length=1, max_length=120)
    scale: int = Field(default=2, ge=1, le=10)
    criteria: list[Criterion] = Field(min_length=1, max_length=40)

    @model_validator(mode="after")
    def _different(self) -> "Checklist":
        names = [each.name for each in self.criteria]
        if len(set(names)) != len(names):
            raise ValueError("two criteria have the same name")
        return self


DEFAULT_CRITERIA: Final[tuple[tuple[str, float], ...]] = (
    ("understood", 2.0),
    ("correct", 3.0),
    ("complete", 2.0),
    ("clear", 1.0),
    ("polite", 1.0),
    ("promises", 2.0),
    ("recorded", 1.0),
)
"""Their texts stand in `shared.texts.reports` (``review.criterion.…``), in every language."""


class Drawn(Body):
    """A draw: which tickets were asked for, the seed (``named`` by who drew, else made by chance), how many they were drawn from and
    what their numbers come to (`shared.reports.drawing.checksum`), and which were drawn, in their order."""

    since: AwareDatetime
    until: AwareDatetime
    team: str | None = None
    agent: str | None = None
    count: int = Field(ge=1, le=MOST_DRAWN)
    seed: str = Field(min_length=1, max_length=200)
    named: bool = False
    reviewer: str = Field(max_length=400)
    candidates: int = Field(ge=0)
    left_out: int = Field(default=0, ge=0)
    checksum: str = Field(max_length=64)
    numbers: list[int] = Field(max_length=MOST_DRAWN)
    checklist: str = Field(default=DEFAULT, max_length=120)


class Review(Body):
    """A ticket that is looked at. ``reviewer`` is the actor who drew it, ``agent`` the mail address of who is judged. ``scores`` are by
    criterion, null where it does not apply; ``score`` (0 to 1) and ``done_at`` are written by itself when it is ``done``."""

    number: int
    reviewer: str = Field(max_length=400)
    reviewer_name: str = Field(default="", max_length=200)
    agent: str = Field(default="", max_length=320)
    team: str = Field(default="", max_length=100)
    channel: str = Field(default="", max_length=40)
    category: str = Field(default="", max_length=100)
    subject: str = Field(default="", max_length=300)
    draw: str = Field(default="", max_length=120)
    checklist: str = Field(default=DEFAULT, max_length=120)
    scale: int = Field(default=2, ge=1, le=10)
    criteria: list[Criterion] = Field(min_length=1, max_length=40)
    scores: dict[str, int | None] = Field(default_factory=dict, max_length=40)
    notes: dict[str, str] = Field(default_factory=dict, max_length=40)
    note: str = Field(default="", max_length=8_000)
    state: Literal["open", "done"] = "open"
    score: float | None = None
    done_at: datetime | None = None

    @model_validator(mode="after")
    def _of_its_criteria(self) -> "Review":
        names = {each.name for each in self.criteria}
        for name, score in self.scores.items():
            if name not in names:
                raise ValueError(f"scores: there is no criterion {name[:40]!r}")
            if score is not None and not 0 <= score <= self.scale:
                raise ValueError(f"scores: {name} is scored from 0 to {self.scale}")
        for name, note in self.notes.items():
            if name not in names or len(note) > 2_000:
                raise ValueError("notes: by criterion, at most 2,000 characters each")
        return self


_FIXED: Final = ("number", "reviewer", "agent", "team", "channel", "category", "draw", "checklist", "scale", "criteria")


def review_id(reviewer: str, number: int) -> str:
    """The id of a reviewer's review of a ticket: so there is one."""
    return derive("review", reviewer, str(number))


def total(criteria: Sequence[Criterion], scores: Mapping[str, int | None], scale: int) -> float | None:
    """The share that was reached of what could be, by weight; criteria that do not apply, or have no score yet, do not count. Null where
    none counts."""
    counted = [(each.weight, score) for each in criteria if (score := scores.get(each.name)) is not None]
    weight = math.fsum(each for each, _ in counted)
    return math.fsum(each * score for each, score in counted) / (weight * scale) if counted else None


def objection(change: Change) -> str | None:
    """Why a review may not be changed so; null: it may."""
    before, after = change.before, change.after
    if after is None:
        return None if change.role in ("admin", "operator") else "a review is not taken away"
    if after.reviewer != change.made_by:
        return "reviewer: whoever drew a ticket reviews it"
    if change.id != review_id(after.reviewer, after.number):
        return "id: there is one review of a ticket by each reviewer, and this is not its id"
    if before is not None:
        changed = next((name for name in _FIXED if getattr(before, name) != getattr(after, name)), None)
        if changed is not None:
            return f"{changed}: stays as it was when the ticket was drawn"
        if change.actor != after.reviewer and change.role not in ("admin", "operator"):
            return "only who drew it writes a review, or an admin"
    if after.state == "done":
        missing = [each.name for each in after.criteria if each.name not in after.scores]
        if missing:
            return f"scores: {missing[0]} has none; null where it does not apply"
        if total(after.criteria, after.scores, after.scale) is None:
            return "scores: a review says something of at least one criterion"
    return None


def settled(change: Change) -> Review:
    """With its score, and when it was done."""
    after = Review.model_validate(change.after)
    if after.state == "open":
        return after.model_copy(update={"score": None, "done_at": None})
    before: Review | None = change.before
    done = before.done_at if before is not None and before.done_at is not None else change.now
    score = total(after.criteria, after.scores, after.scale)
    return after.model_copy(update={"score": None if score is None else round(score, 6), "done_at": done})


def judged_words(agent: str) -> str:
    """By this a list finds the reviews in which somebody is judged."""
    return f"judged<{agent.lower()}>"


def _summary(body: Review) -> Summary:
    words = f"t-{body.number} {body.team} {body.reviewer_name} {body.note}"
    return Summary(body.state, f"T-{body.number} {body.subject}"[:200], f"{judged_words(body.agent)}\n{words}")


def _draw_stays(change: Change) -> str | None:
    """A draw is not changed any more: that is what it is kept for."""
    if change.after is None or (change.before is not None and change.before != change.after):
        return "a draw stays as it was"
    return None if change.after.reviewer == change.made_by else "reviewer: whoever draws is the reviewer"


KINDS = (
    Kind(CHECKLIST, Checklist, writes="lead", summary=lambda body: Summary("", body.name), largest=60_000),
    Kind(DRAW, Drawn, writes="lead", summary=lambda body: Summary("", body.seed), check=_draw_stays, largest=8_192),
    Kind(REVIEW, Review, writes="lead", summary=_summary, check=objection, settle=settled, largest=200_000),
)
