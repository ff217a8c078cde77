"""What all tables have in common."""

from typing import ClassVar

from sqlalchemy import MetaData, Table
from sqlmodel import SQLModel

# Small rows found only by their key: on SQLite the key's B-tree is then the table itself, half the pages to write.
KEYED = {"sqlite_with_rowid": False}


class Row(SQLModel):
    """The base of all tables. Constraints have names that do not depend on the database, so that migrations can speak of them."""

    metadata: ClassVar[MetaData] = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def table(model: type[SQLModel]) -> Table:
    """The Core table of a model."""
    result: Table = model.__table__  # type: ignore[attr-defined]
    return result
