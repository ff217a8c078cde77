"""What threading needs: what a message answers, who has said the same before, and what agents moved to another ticket."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Json

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Messages that are stored already answer nothing that is known, and count as said by nobody."""
    op.add_column("message", sa.Column("answers", Json, nullable=False, server_default="[]"))
    op.add_column("message", sa.Column("content_key", sa.String(), nullable=True))
    op.add_column("message", sa.Column("forwarded_from", sa.String(), nullable=True))
    op.create_index("ix_message_content_key_created_at", "message", ["content_key", "created_at"], unique=False)
    op.add_column("reference", sa.Column("moved", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """A column cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
