"""Figures: what reports count is found by when it happened, preventive actions without looking at all tickets."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

COUNTED = sa.text("what IN ('message_sent', 'status_changed', 'satisfaction_given')")
PREVENTIVE = sa.text("preventive_action IS NOT NULL")


def upgrade() -> None:
    """Two partial indexes; nothing else changes."""
    op.create_index(
        "ix_event_counted", "event", ["at", "seq"], unique=False, sqlite_where=COUNTED, postgresql_where=COUNTED
    )
    op.create_index(
        "ix_ticket_preventive",
        "ticket",
        ["number"],
        unique=False,
        sqlite_where=PREVENTIVE,
        postgresql_where=PREVENTIVE,
    )


def downgrade() -> None:
    """Indexes go without a loss, but other revisions do not: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
