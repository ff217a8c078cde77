"""The kinds of documents that people make in the desk. Each is described in a module of its own; here is the table of them all."""

from collections.abc import Iterable
from typing import Final

from shared.documents import article, improvement, macro, preferences, reviewing, team, webhook, working
from shared.documents.kind import Body, Change, Kind, Summary

__all__ = ["KINDS", "Body", "Change", "Kind", "Summary"]


def _by_name(*some: Iterable[Kind]) -> dict[str, Kind]:
    return {kind.name: kind for kinds in some for kind in kinds}


KINDS: Final[dict[str, Kind]] = _by_name(
    article.KINDS,
    macro.KINDS,
    preferences.KINDS,
    working.KINDS,
    improvement.KINDS,
    reviewing.KINDS,
    team.KINDS,
    webhook.KINDS,
)
