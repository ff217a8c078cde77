"""The configuration as it is handed out: the file's, with the teams and webhooks that were made at the desk."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from shared.documents import team, webhook
from shared.messages.documents import DocumentFact
from shared.settings.effective import versioned
from shared.settings.made import MADE

HANDED_OUT: Final = (team.TEAM, webhook.WEBHOOK)
"""The kinds of documents that everybody hears of with the configuration."""
MOST: Final = 500
"""Documents of them in all, by their ids."""


def handed_out(tree: Mapping[str, Any], facts: Iterable[DocumentFact]) -> dict[str, Any]:
    """``tree`` (`shared.settings.effective`) with what of these documents can be used, and the version of both together: the file's own
    where there are none."""
    made: dict[str, list[dict[str, Any]]] = {}
    for fact in sorted(facts, key=lambda each: (each.kind, each.id)):
        entry = team.handed_out(fact.body) if fact.kind == team.TEAM else webhook.handed_out(fact.id, fact.body)
        if entry is not None:
            made.setdefault(fact.kind, []).append(entry)
    if not made:
        return dict(tree)
    made.get(team.TEAM, []).sort(key=lambda entry: str(entry["name"]).casefold())
    return versioned({**tree, MADE: made})
