"""What the pages of quality review show. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.desk.reviewing import LEADS
from shared.documents.reviewing import Criterion, Review, total
from shared.messages.documents import DocumentFact
from shared.texts import UnknownText, text

EXCERPT: Final = 4_000
"""Characters of a message that are shown beside the form."""
MESSAGES: Final = 60
NOT_APPLICABLE: Final = "-"


@dataclass(frozen=True)
class Line:
    """A review in a list. ``left``: how many criteria have no score yet."""

    id: str
    number: int
    subject: str
    agent: str
    reviewer: str
    left: int
    of: int
    score: float | None
    at: datetime | None


def lines(facts: Sequence[DocumentFact], names: Mapping[str, str]) -> list[Line]:
    """Reviews as a list shows them; ``names`` are agents' names by address."""
    found = []
    for fact in facts:
        body = Review.model_validate(fact.body)
        left = sum(1 for each in body.criteria if each.name not in body.scores)
        agent = names.get(body.agent, body.agent)
        found.append(
            Line(
                fact.id,
                body.number,
                body.subject,
                agent,
                body.reviewer_name,
                left,
                len(body.criteria),
                body.score,
                body.done_at,
            )
        )
    return found


def wording(criterion: Criterion, language: str) -> str:
    """A criterion in a reader's language, else in the one that it has; without any, its name."""
    said = criterion.text.get(language)
    if said:
        return said
    try:
        return text(f"review.criterion.{criterion.name}", language)
    except UnknownText:
        return next(iter(criterion.text.values()), criterion.name.replace("_", " "))


def choices(scale: int, words: Mapping[str, str]) -> dict[str, str]:
    """What can be chosen for a criterion: its scores, the ends of them with their words, and that it does not apply."""
    shown = {str(each): str(each) for each in range(scale + 1)}
    shown["0"], shown[str(scale)] = f"0 · {words['lowest']}", f"{scale} · {words['highest']}"
    return {**shown, NOT_APPLICABLE: words["not_applicable"]}


def scores(chosen: Mapping[str, str | None]) -> dict[str, int | None]:
    """What was chosen, as a review keeps it; what nobody has chosen yet is not in it."""
    return {name: None if each == NOT_APPLICABLE else int(each) for name, each in chosen.items() if each is not None}


def chosen(review: Review) -> dict[str, str | None]:
    """The other way round."""
    found: dict[str, str | None] = {each.name: None for each in review.criteria}
    for name, score in review.scores.items():
        found[name] = NOT_APPLICABLE if score is None else str(score)
    return found


def so_far(review: Review, picked: Mapping[str, str | None]) -> float | None:
    """The score as it stands."""
    return total(review.criteria, scores(picked), review.scale)


def missing(review: Review, picked: Mapping[str, str | None]) -> list[str]:
    """The criteria that nothing was chosen for."""
    return [each.name for each in review.criteria if picked.get(each.name) is None]


def may_draw(role: str) -> bool:
    """Whether this role draws tickets."""
    return role in ("lead", "admin")


def sees_all(role: str) -> bool:
    """Whether this role sees everybody's reviews."""
    return role in LEADS
