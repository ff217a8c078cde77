"""``store.query.known``: which Message-IDs a stored message has; intake asks when it compares a mailbox with what is stored."""

from sqlalchemy import select

from services.store.models import Reference, table
from services.store.reading import QueryContext
from shared.bus.errors import RemoteError
from shared.messages.facts import reference_key
from shared.messages.mailbox import KnownAnswer, KnownQuery

_reference = table(Reference)
MOST = 1000
_LOOKUP = 500


async def find_known(context: QueryContext, query: KnownQuery) -> KnownAnswer:
    """Those of the ids that a message of some ticket bears. Raises DatabaseUnavailable, and RemoteError ``too-many``."""
    if len(query.message_ids) > MOST:
        raise RemoteError("too-many", f"at most {MOST} Message-IDs can be asked for at a time")
    by_key = {reference_key(each): each for each in query.message_ids}
    keys = list(by_key)
    found: set[str] = set()
    async with context.reader.snapshot() as connection:
        for start in range(0, len(keys), _LOOKUP):
            some = _reference.c.key.in_(keys[start : start + _LOOKUP])
            rows = await connection.execute(select(_reference.c.key).where(some, _reference.c.owned).distinct())
            found.update(by_key[row.key] for row in rows)
    return KnownAnswer(message_ids=sorted(found))
