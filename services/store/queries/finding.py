"""Which tickets a search finds, on either database. What is indexed, and how words become a query, stands in `search`."""

from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.store.queries.search import Search

# Ranking or counting every match of a common word takes hundreds of milliseconds on a large database; the newest do not.
CANDIDATES = 1_000

_SQLITE = text(
    """
SELECT message.ticket_id FROM
  (SELECT rowid AS seq FROM search_message WHERE search_message MATCH :words ORDER BY rowid DESC LIMIT :most) AS hit
  JOIN message ON message.seq = hit.seq
UNION
SELECT ticket.id FROM
  (SELECT rowid AS number FROM search_ticket WHERE search_ticket MATCH :words ORDER BY rowid DESC LIMIT :most) AS hit
  JOIN ticket ON ticket.number = hit.number
"""
)

_POSTGRESQL = text(
    """
(SELECT ticket_id FROM message WHERE search @@ to_tsquery('simple', :words) ORDER BY seq DESC LIMIT :most)
UNION
(SELECT id FROM ticket WHERE search @@ to_tsquery('simple', :words) ORDER BY number DESC LIMIT :most)
"""
)

_NUMBERED = text("SELECT id FROM ticket WHERE number IN :numbers").bindparams(bindparam("numbers", expanding=True))


async def candidates(connection: AsyncConnection, dialect: str, search: Search) -> list[str]:
    """The ids of the tickets that a search finds: by number, and the newest `CANDIDATES` by words of a message or of their own."""
    found: set[str] = set()
    words = search.sqlite if dialect == "sqlite" else search.postgresql
    if words:
        found.update(
            await _ids(connection, _SQLITE if dialect == "sqlite" else _POSTGRESQL, words=words, most=CANDIDATES)
        )
    if search.numbers:
        found.update(await _ids(connection, _NUMBERED, numbers=list(search.numbers)))
    return sorted(found)


async def _ids(connection: AsyncConnection, statement: TextClause, **values: object) -> list[str]:
    return list((await connection.execute(statement, values)).scalars())
