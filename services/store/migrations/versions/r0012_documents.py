"""Documents: what people make in the desk."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant, Json

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Nobody has made any yet."""
    op.create_table(
        "document",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("body", Json, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("made_at", Instant, nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("kind", "id", name=op.f("pk_document")),
    )
    op.create_index("ix_document_kind_changed_at", "document", ["kind", "changed_at"])
    op.create_index("ix_document_kind_owner", "document", ["kind", "owner"])
    op.create_index("ix_document_kind_number", "document", ["kind", "number"])


def downgrade() -> None:
    """A table cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
