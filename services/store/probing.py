"""Whether a database answers, for `trunkline check`; reads nothing of it."""

from sqlalchemy import URL, text

from services.store.engine import open_database
from services.store.errors import unavailable


async def probe(url: URL) -> str:
    """Connect and ask the simplest question. Raises `DatabaseUnavailable` with one line that says what to do."""
    database = open_database(url)
    try:
        with unavailable(url):
            async with database.readers.connect() as connection:
                await connection.execute(text("SELECT 1"))
    finally:
        await database.close()
    return f"{url.database} at {url.host or 'localhost'} answers"
