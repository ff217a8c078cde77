"""What sending needs: who got a copy of an answer that nobody else knows of."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Json

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Messages that are stored already had none."""
    op.add_column("message", sa.Column("bcc", Json, nullable=True))


def downgrade() -> None:
    """A column cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
