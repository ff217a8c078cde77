"""The record and the life of a ticket: entries, more columns, and what is known of agents who are given tickets."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant, Json, Serial

revision = "0009"
down_revision = "0008"

HELD_OPEN = sa.text("assignee IS NOT NULL AND status IN ('new', 'open', 'pending', 'on_hold')")
FAILED_HOOKS = sa.text("channel = 'api' AND state IN ('failed', 'unknown')")
CORRECTED = sa.text("what IN ('category_corrected', 'priority_corrected', 'kind_corrected')")
_TEXTS = (
    "details",
    "solved_by",
    "tested_by",
    "preventive_owner",
    "preventive_verified_by",
    "merged_into",
    "received_via",
)
_TIMES = ("preventive_due", "preventive_verified_at", "status_since", "assigned_at", "snoozed_until", "received_at")


def upgrade() -> None:
    """Tickets that are there already have no record yet, and nobody is away."""
    for name in _TEXTS:
        op.add_column("ticket", sa.Column(name, sa.String(), nullable=True))
    for name in _TIMES:
        op.add_column("ticket", sa.Column(name, Instant, nullable=True))
    for name, empty in (("evidence", "[]"), ("collaborators", "[]"), ("state", "{}")):
        op.add_column("ticket", sa.Column(name, Json, nullable=False, server_default=empty))
    op.add_column("ticket", sa.Column("reopened", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_ticket_held", "ticket", ["assignee"], unique=False, sqlite_where=HELD_OPEN, postgresql_where=HELD_OPEN
    )
    op.create_table(
        "entry",
        sa.Column("seq", Serial, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("due_at", Instant, nullable=True),
        sa.Column("done_at", Instant, nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_entry")),
        sa.UniqueConstraint("id", name=op.f("uq_entry_id")),
    )
    op.create_index(op.f("ix_entry_ticket_id"), "entry", ["ticket_id"], unique=False)
    op.create_index(
        "ix_delivery_failed_hooks",
        "delivery",
        ["updated_at"],
        unique=False,
        sqlite_where=FAILED_HOOKS,
        postgresql_where=FAILED_HOOKS,
    )
    op.create_index(
        "ix_event_corrected",
        "event",
        ["what", "seq"],
        unique=False,
        sqlite_where=CORRECTED,
        postgresql_where=CORRECTED,
    )
    op.add_column("message", sa.Column("side", sa.String(), nullable=True))
    op.add_column("contact", sa.Column("notify_by", sa.String(), nullable=True))
    op.add_column("agent", sa.Column("public_name", sa.String(), nullable=False, server_default=""))
    op.add_column("agent", sa.Column("languages", Json, nullable=False, server_default="[]"))
    op.add_column("agent", sa.Column("hours", sa.String(), nullable=False, server_default=""))
    op.add_column("agent", sa.Column("capacity", sa.Integer(), nullable=True))
    op.add_column("agent", sa.Column("away_until", Instant, nullable=True))
    op.add_column("agent", sa.Column("last_given", Instant, nullable=True))


def downgrade() -> None:
    """A column cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
