"""What import needs: tickets in the order in which they were opened, which is no longer that of their numbers."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """The lists of tickets are read along these."""
    op.create_index("ix_ticket_created_at_number", "ticket", ["created_at", "number"], unique=False)
    op.create_index("ix_ticket_status_created_at_number", "ticket", ["status", "created_at", "number"], unique=False)
    op.drop_index("ix_ticket_status_number", "ticket")


def downgrade() -> None:
    """Nothing that a store relies on was taken away, but revisions are undone as a whole or not at all: restore a backup."""
    raise NotImplementedError("this revision cannot be undone")
