"""Where words occur among the messages, and how often, at a cost that does not grow with the database.

SQLite's index gives the newest rows with a word first, so a few of them are enough: how close together they are tells how frequent the
word is. PostgreSQL's gives all of them or none. Its own statistics tell beforehand which words are frequent (``most_common_elems`` of a
tsvector, https://www.postgresql.org/docs/current/view-pg-stats.html): these are not looked up by themselves, only the two that tell most
together.
"""

from bisect import bisect_left
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.models import Message, table
from services.store.queries.likeness import Term, occurrences, weight

NEWEST = 300
"""So many of the newest messages with a word are looked at."""
FREQUENT = 1_000
"""A word that more messages than this have is not looked up by itself on PostgreSQL: some milliseconds for so many."""
_TELLS = 1.0
"""The weight of a word that a third of all messages have; of more frequent ones two together tell nothing."""

_message = table(Message)

# Not by who wrote it: the words of names and addresses stand in the same index.
_SQLITE = text("SELECT rowid FROM search_message WHERE search_message MATCH :words ORDER BY rowid DESC LIMIT :most")
# Ordered by a sum, for which there is no index: in the order of ``seq`` the planner walks through far more messages than it believes.
_POSTGRESQL = "(SELECT {n} AS n, seq FROM message WHERE search @@ to_tsquery('simple', :words{n}) ORDER BY seq + 0 DESC LIMIT :most)"
_STATISTICS = text(
    "SELECT CAST(CAST(most_common_elems AS text) AS text[]) AS words, most_common_elem_freqs AS shares FROM pg_stats"
    " WHERE schemaname = current_schema() AND tablename = 'message' AND attname = 'search'"
)
# A plan made for any word would do for rare ones what is right for frequent ones, or the other way round.
_CUSTOM = text("SET LOCAL plan_cache_mode = force_custom_plan")


@dataclass(slots=True)
class Occurring:
    """How much each word counts, and the newest messages (their row numbers) that have it, as far as they were looked up."""

    weights: dict[Term, float] = field(default_factory=dict)
    places: dict[Term, Sequence[int]] = field(default_factory=dict)


async def look_up(connection: AsyncConnection, dialect: str, terms: Sequence[Term]) -> Occurring:
    """Where the ``terms`` occur. Raises what the database raises."""
    newest = await connection.scalar(select(func.max(_message.c.seq))) or 1
    found = Occurring()
    if dialect == "sqlite":
        for term in terms:
            rows = await connection.execute(_SQLITE, {"words": _match(term), "most": NEWEST})
            _note(found, term, rows.scalars().all(), newest)
        return found
    await connection.execute(_CUSTOM)
    shares = await _shares(connection, terms)
    frequent = [term for term in terms if shares[term] * newest > FREQUENT]
    found.weights = {term: weight(newest, shares[term] * newest) for term in frequent}
    telling = [term for term in frequent if found.weights[term] > _TELLS]
    pair = sorted(telling, key=lambda term: -found.weights[term])[:2]
    rare = [term for term in terms if term not in found.weights]
    *places, both = await _having(connection, [*([term] for term in rare), pair if len(pair) == 2 else []])
    for term, some in zip(rare, places, strict=True):
        _note(found, term, some, newest)
    found.places |= dict.fromkeys(pair, both)
    return found


def _note(found: Occurring, term: Term, places: Sequence[int], newest: int) -> None:
    found.places[term] = places
    found.weights[term] = weight(newest, occurrences(places, NEWEST, newest))


async def _having(connection: AsyncConnection, wanted: Sequence[Sequence[Term]]) -> list[list[int]]:
    """For each of them the newest messages that have all of its terms, newest first; none for no terms. All at one go."""
    found: list[list[int]] = [[] for _ in wanted]
    parts, values = [], {}
    for n, terms in enumerate(wanted):
        if terms:
            parts.append(_POSTGRESQL.format(n=n))
            values[f"words{n}"] = " & ".join(map(_tsquery, terms))
    if parts:
        for n, place in await connection.execute(text(" UNION ALL ".join(parts)), {"most": NEWEST, **values}):
            found[n].append(place)
    return [sorted(each, reverse=True) for each in found]


async def _shares(connection: AsyncConnection, terms: Collection[Term]) -> dict[Term, float]:
    """In what share of the messages each of them occurs, where that is frequent; 0 for rare ones, and where nobody has counted yet."""
    row = (await connection.execute(_STATISTICS)).one_or_none()
    if row is None or not row.words:
        return dict.fromkeys(terms, 0.0)
    # Three more values stand behind those of the words: the least and the greatest share, and that of nulls.
    known = sorted(zip(row.words, row.shares, strict=False))
    return {term: _share(term, known) for term in terms}


def _share(term: Term, known: Sequence[tuple[str, float]]) -> float:
    place = bisect_left(known, (term.word, 0.0))
    if not term.open:
        return known[place][1] if place < len(known) and known[place][0] == term.word else 0.0
    total = 0.0
    while place < len(known) and known[place][0].startswith(term.word):
        total += known[place][1]
        place += 1
    return min(total, 1.0)


def _match(term: Term) -> str:
    return f'{{subject text}} : "{term.word}"{"*" if term.open else ""}'


def _tsquery(term: Term) -> str:
    return f"'{term.word}'{':*' if term.open else ''}"
