"""What authentication needs: who a mail is really from."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Json

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Of messages that are stored already nothing is known."""
    op.add_column("message", sa.Column("authentication", Json, nullable=True))


def downgrade() -> None:
    """A column cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
