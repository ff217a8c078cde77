"""What conversations and contacts need: which talk a message belongs to, what it said before, and contacts that turn out to be one."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant

revision = "0007"
down_revision = "0006"

IN_CONVERSATION = sa.text("conversation IS NOT NULL")


def upgrade() -> None:
    """What is stored already is mail: it belongs to no conversation, and whoever it is from wrote from that address."""
    op.add_column("ticket", sa.Column("conversation", sa.String(), nullable=True))
    op.add_column("message", sa.Column("conversation", sa.String(), nullable=True))
    op.add_column("message", sa.Column("edited_at", Instant, nullable=True))
    op.add_column("message", sa.Column("deleted_at", Instant, nullable=True))
    op.create_index(
        "ix_message_conversation",
        "message",
        ["conversation", "seq"],
        unique=False,
        sqlite_where=IN_CONVERSATION,
        postgresql_where=IN_CONVERSATION,
    )
    op.create_table(
        "message_edit",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_edit")),
    )
    op.create_index(op.f("ix_message_edit_message_id"), "message_edit", ["message_id"], unique=False)
    op.add_column("contact", sa.Column("timezone", sa.String(), nullable=True))
    op.add_column("contact", sa.Column("merged_into", sa.String(), nullable=True))
    op.add_column("contact_point", sa.Column("opted_out", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("contact_point", sa.Column("verified", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.create_table(
        "contact_merge",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("undone_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_merge")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_contact_merge_contact_id"), "contact_merge", ["contact_id"], unique=False)
    op.create_index(op.f("ix_contact_merge_other_id"), "contact_merge", ["other_id"], unique=False)
    op.create_table(
        "contact_moved",
        sa.Column("merge_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("merge_id", "kind", "key", name=op.f("pk_contact_moved")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "contact_suggestion",
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "other_id", name=op.f("pk_contact_suggestion")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_contact_suggestion_other_id"), "contact_suggestion", ["other_id"], unique=False)


def downgrade() -> None:
    """A column cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
