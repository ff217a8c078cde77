"""Models of the classifier, and which is in use."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant, Json, Serial

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Nothing is learnt yet: only rules decide."""
    op.create_table(
        "learnt_model",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("tickets", sa.Integer(), nullable=False),
        sa.Column("measured", Json, nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_learnt_model")),
    )
    op.create_table(
        "learnt_choice",
        sa.Column("seq", Serial, nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_learnt_choice")),
    )


def downgrade() -> None:
    """A table cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
