"""People who leave: since when an agent is blocked, and who made an API token."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Two columns. Nobody is blocked; of tokens that were made before nobody knows by whom."""
    op.add_column("agent", sa.Column("blocked_at", Instant(), nullable=True))
    op.add_column("token", sa.Column("made_by", sa.String(), nullable=False, server_default=""))


def downgrade() -> None:
    """Whoever was blocked would be let in again: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
