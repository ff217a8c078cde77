"""Webhooks made at the desk: what each was told lately is found without looking at all deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0020"

HOOKED = sa.text("channel = 'api'")


def upgrade() -> None:
    """A partial index; nothing else changes."""
    op.create_index(
        "ix_delivery_hooked",
        "delivery",
        ["inbox", "updated_at"],
        unique=False,
        sqlite_where=HOOKED,
        postgresql_where=HOOKED,
    )


def downgrade() -> None:
    """Indexes go without a loss, but other revisions do not: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
