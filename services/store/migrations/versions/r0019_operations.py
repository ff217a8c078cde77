"""Operations: deliveries that did not arrive are found without looking at all that did."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

UNDELIVERED = sa.text("channel <> 'api' AND state IN ('failed', 'bounced', 'unknown')")


def upgrade() -> None:
    """A partial index; nothing else changes."""
    op.create_index(
        "ix_delivery_undelivered",
        "delivery",
        ["updated_at"],
        unique=False,
        sqlite_where=UNDELIVERED,
        postgresql_where=UNDELIVERED,
    )


def downgrade() -> None:
    """Indexes go without a loss, but other revisions do not: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
