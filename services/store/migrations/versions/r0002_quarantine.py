"""What quarantine needs: held messages, blocked points, and what the spam filter has learnt."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant, Json, Serial

revision = "0002"
down_revision = "0001"

ANSWERED = sa.text("first_responded_at IS NOT NULL")


def upgrade() -> None:
    """Add the tables, the column and the index."""
    op.create_table(
        "quarantine",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("inbox", sa.String(), nullable=False),
        sa.Column("inboxes", Json, nullable=False),
        sa.Column("sender", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", Json, nullable=False),
        sa.Column("message", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", Instant, nullable=False),
        sa.Column("held_at", Instant, nullable=False),
        sa.Column("expires_at", Instant, nullable=False),
        sa.Column("released_at", Instant, nullable=True),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.Column("ticket_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("source_id", name=op.f("uq_quarantine_source_id")),
    )
    op.create_index(op.f("ix_quarantine_held_at"), "quarantine", ["held_at"], unique=False)
    op.create_index(op.f("ix_quarantine_expires_at"), "quarantine", ["expires_at"], unique=False)
    op.create_table(
        "spam_word",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("spam", Serial, nullable=False),
        sa.Column("ham", Serial, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_spam_word")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "spam_learnt",
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("spam", sa.Boolean(), nullable=False),
        sa.Column("words", Json, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_spam_learnt")),
        sqlite_with_rowid=False,
    )
    op.add_column("contact_point", sa.Column("blocked", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_ticket_answered",
        "ticket",
        ["contact_id"],
        unique=False,
        sqlite_where=ANSWERED,
        postgresql_where=ANSWERED,
    )


def downgrade() -> None:
    """Restore a backup instead: what was held would be lost."""
    raise NotImplementedError("this revision cannot be undone")
