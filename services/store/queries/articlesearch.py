"""The search index over published articles: what the database must hold for it, and where words occur in it.

SQLite gets a contentless FTS5 table fed by triggers, PostgreSQL a generated ``search`` column with a GIN index; words of titles are told
from others by column there, by weight here. Both index words without marks on letters, so that they find alike. Each word is looked up by
itself, at a bounded number of places: what that leaves out is in so many articles that it tells nothing.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import Connection, text

from services.store.queries.likeness import Term, fold, weight

MOST: Final = 5_000
"""So many texts with a word that somebody typed are looked at."""
FEW: Final = 1_200
"""So many with a word of a whole letter: what is in more tells next to nothing, and there are many words in a letter."""
TYPED: Final = 8
"""So many words of what somebody types are looked for."""
_LONGEST_WORD: Final = 40
_PREFIX_FROM: Final = 3
_LEAST: Final = 4  # letters that are left of a word without its ending
_ENDING: Final = 2
_WORD: Final = re.compile(r"[^\W_]+")

_COUNT = text("SELECT count(*) FROM article_text")
_SQLITE = text("SELECT rowid FROM search_article WHERE search_article MATCH :words LIMIT :most")
_POSTGRESQL = "(SELECT {n} AS n, seq FROM article_text WHERE search @@ to_tsquery(cast('simple' AS regconfig), :words{n}) LIMIT :most)"


def article_ddl(dialect: str) -> list[str]:
    """The statements that make the index after the table ``article_text`` exists. ``dialect`` is ``sqlite`` or ``postgresql``."""
    if dialect != "sqlite":
        weighted = " || ".join(
            f"setweight(to_tsvector(cast('simple' AS regconfig), {column}), '{mark}')"
            for column, mark in (("title_words", "A"), ("words", "B"))
        )
        return [
            f"ALTER TABLE article_text ADD COLUMN search tsvector GENERATED ALWAYS AS ({weighted}) STORED",
            "CREATE INDEX search_article ON article_text USING gin (search)",
        ]
    add = "INSERT INTO search_article (rowid, title_words, words) VALUES (new.seq, new.title_words, new.words);"
    # A contentless index forgets a row only when it is told what stood there.
    forget = (
        "INSERT INTO search_article (search_article, rowid, title_words, words)"
        " VALUES ('delete', old.seq, old.title_words, old.words);"
    )
    return [
        "CREATE VIRTUAL TABLE search_article USING fts5(title_words, words, content='', columnsize=0, tokenize='unicode61')",
        f"CREATE TRIGGER search_article_insert AFTER INSERT ON article_text BEGIN {add} END",
        f"CREATE TRIGGER search_article_update AFTER UPDATE ON article_text BEGIN {forget} {add} END",
        f"CREATE TRIGGER search_article_delete AFTER DELETE ON article_text BEGIN {forget} END",
    ]


def folded_words(words: str) -> list[str]:
    """The different words of a text as the index has them."""
    found = (_folded(word) for word in _WORD.findall(unicodedata.normalize("NFKC", words)))
    return list(dict.fromkeys(word for word in found if word))


def typed_terms(typed: str) -> list[Term]:
    """What somebody typed into a search, as words to look for: the first `TYPED`, longer ones by their beginnings, whatever their
    endings. Nothing that is typed is an operator."""
    found: dict[str, Term] = {}
    for word in _WORD.findall(unicodedata.normalize("NFKC", typed[:1_000])):
        folded = _folded(word)
        if len(folded) > _LEAST and folded.isalpha():
            folded = folded[: max(_LEAST, len(folded) - _ENDING)]
        if folded:
            found.setdefault(folded, Term(folded, folded, word, open=len(folded) >= _PREFIX_FROM))
    return list(found.values())[:TYPED]


def _folded(word: str) -> str:
    # Taken apart a sign may become several, of which some are no letters.
    return "".join(_WORD.findall(fold(word)))[:_LONGEST_WORD]


@dataclass(slots=True)
class Found:
    """How much each word counts, and the texts (their row numbers) that have it, in their titles or anywhere."""

    weights: dict[Term, float] = field(default_factory=dict)
    titles: dict[Term, set[int]] = field(default_factory=dict)
    places: dict[Term, set[int]] = field(default_factory=dict)

    def best(self, most: int) -> list[int]:
        """The texts that have the most of what is looked for; what stands in a title counts twice."""
        sums: dict[int, float] = defaultdict(float)
        for some in (self.places, self.titles):
            for term, places in some.items():
                worth = self.weights[term]
                for place in places:
                    sums[place] += worth
        return sorted(sums, key=lambda place: (-sums[place], place))[:most]

    def share(self, place: int) -> float:
        """How much of all that is looked for a text has, from 0 to 1; all of it in the title is 1."""
        whole = 2 * sum(self.weights.values())
        has = sum(self.weights[term] for some in (self.places, self.titles) for term in some if place in some[term])
        return has / whole if whole else 0.0

    def shared(self, place: int) -> set[Term]:
        """Which of the words a text has."""
        return {term for term, places in self.places.items() if place in places}


def look_up(connection: Connection, terms: Sequence[Term], most: int = MOST) -> Found:
    """Where the ``terms`` occur, ``most`` places of each. Raises what the database raises."""
    found = Found()
    many = connection.scalar(_COUNT) or 0
    if not many or not terms:
        return found
    asked = [(term, title) for term in terms for title in (False, True)]
    for (term, title), rows in zip(asked, _having(connection, asked, most), strict=True):
        (found.titles if title else found.places)[term] = rows
        if not title:
            # A word that there is nowhere is taken to be rare: it is what the articles lack.
            found.weights[term] = weight(many, len(rows) if len(rows) < most else many)
    return found


def _having(connection: Connection, asked: Sequence[tuple[Term, bool]], most: int) -> list[set[int]]:
    if connection.dialect.name == "sqlite":
        return [
            set(connection.execute(_SQLITE, {"words": _match(term, title), "most": most}).scalars())
            for term, title in asked
        ]
    found: list[set[int]] = [set() for _ in asked]
    statement = " UNION ALL ".join(_POSTGRESQL.format(n=n) for n in range(len(asked)))
    values = {f"words{n}": _tsquery(term, title) for n, (term, title) in enumerate(asked)}
    for n, place in connection.execute(text(statement), {"most": most, **values}):
        found[n].add(place)
    return found


def _match(term: Term, title: bool) -> str:
    column = "title_words : " if title else ""
    return f'{column}"{term.folded}"{"*" if term.open else ""}'


def _tsquery(term: Term, title: bool) -> str:
    return f"'{term.folded}':{'*' if term.open else ''}{'A' if title else ''}".removesuffix(":")
