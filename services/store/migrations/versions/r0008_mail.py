"""What operating mail needs: held messages that were discarded, suggestions that were dismissed, since when an address is unreachable."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Nothing was discarded or dismissed yet; of the addresses that are marked, nobody knows since when."""
    op.add_column("quarantine", sa.Column("discarded_at", Instant, nullable=True))
    op.add_column("quarantine", sa.Column("discarded_by", sa.String(), nullable=True))
    op.add_column("quarantine", sa.Column("discard_reason", sa.String(), nullable=True))
    op.add_column("contact_suggestion", sa.Column("dismissed_at", Instant, nullable=True))
    op.add_column("contact_suggestion", sa.Column("dismissed_by", sa.String(), nullable=True))
    op.add_column("contact_point", sa.Column("marked_at", Instant, nullable=True))


def downgrade() -> None:
    """A column cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
