"""The console: an index for the lists of tickets that are over, which are nearly all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

OVER = sa.text("status IN ('solved', 'closed', 'spam')")


def upgrade() -> None:
    """Only what is over is in it, so that mails to living tickets do not write it."""
    op.create_index(
        "ix_ticket_over",
        "ticket",
        ["status", "updated_at", "number"],
        unique=False,
        sqlite_where=OVER,
        postgresql_where=OVER,
    )


def downgrade() -> None:
    """A table cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
