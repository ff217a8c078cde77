"""The customers' portal."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Nobody has asked for a code yet."""
    op.create_table(
        "portal_code",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("point_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("sent", sa.Boolean(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_code")),
    )
    op.create_index(op.f("ix_portal_code_point_id"), "portal_code", ["point_id"])
    op.create_index(op.f("ix_portal_code_expires_at"), "portal_code", ["expires_at"])
    op.create_table(
        "portal_session",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("ended_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_session")),
    )
    op.create_index(op.f("ix_portal_session_expires_at"), "portal_session", ["expires_at"])


def downgrade() -> None:
    """A table cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
