"""The first tables, the full-text index and where ticket numbers come from."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant, Json, Serial
from services.store.dialects import sequences
from services.store.queries.search import search_ddl

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create everything."""
    op.create_table(
        "agent",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent")),
        sa.UniqueConstraint("email", name=op.f("uq_agent_email")),
    )
    op.create_table(
        "automatic_sent",
        sa.Column("id", Serial, nullable=False),
        sa.Column("point_key", sa.String(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_automatic_sent")),
    )
    op.create_index("ix_automatic_sent_point_key_at", "automatic_sent", ["point_key", "at"], unique=False)
    op.create_table(
        "cause",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("result", Json, nullable=False),
        sa.Column("policy", sa.String(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("channel", sa.String(), nullable=True),
        sa.Column("inbox", sa.String(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cause")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_cause_channel_inbox_outcome", "cause", ["channel", "inbox", "outcome"], unique=False)
    op.create_table(
        "configuration",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("effective", Json, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_configuration")),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "contact_point",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=True),
        sa.Column("undeliverable", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_contact_point")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_contact_point_contact_id"), "contact_point", ["contact_id"], unique=False)
    op.create_table(
        "counter",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", Serial, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counter")),
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("inbox", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("lease_until", Instant, nullable=True),
        sa.Column("next_attempt_at", Instant, nullable=True),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("outbound", sa.LargeBinary(), nullable=False),
        sa.Column("wake_at", Instant, nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    op.create_index(
        "ix_delivery_wake_at",
        "delivery",
        ["wake_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('queued', 'sending')"),
        postgresql_where=sa.text("state IN ('queued', 'sending')"),
    )
    op.create_index(op.f("ix_delivery_ticket_id"), "delivery", ["ticket_id"], unique=False)
    op.create_table(
        "event",
        sa.Column("seq", Serial, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=True),
        sa.Column("message_id", sa.String(), nullable=True),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_event")),
        sa.UniqueConstraint("id", name=op.f("uq_event_id")),
    )
    op.create_index(op.f("ix_event_ticket_id"), "event", ["ticket_id"], unique=False)
    op.create_table(
        "key_version",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("version", Serial, nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_key_version")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_count",
        sa.Column("hour", Instant, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("inbox", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("count", Serial, nullable=False),
        sa.PrimaryKeyConstraint("hour", "channel", "inbox", "outcome", "reason", name=op.f("pk_ledger_count")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ledger_note",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_note")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "message",
        sa.Column("seq", Serial, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("inbox", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=True),
        sa.Column("header_id", sa.String(), nullable=True),
        sa.Column("inboxes", Json, nullable=False),
        sa.Column("audience", sa.Integer(), nullable=False),
        sa.Column("author_name", sa.String(), nullable=False),
        sa.Column("author_address", sa.String(), nullable=False),
        sa.Column("author_kind", sa.String(), nullable=False),
        sa.Column("recipients", Json, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("reply_text", sa.String(), nullable=False),
        sa.Column("html", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("automatic", sa.String(), nullable=True),
        sa.Column("bounce", Json, nullable=True),
        sa.Column("attachments", Json, nullable=False),
        sa.Column("original", Json, nullable=True),
        sa.Column("defects", Json, nullable=False),
        sa.Column("date", Instant, nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("routed_by", Json, nullable=True),
        sa.Column("correlation_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_message")),
        sa.UniqueConstraint("id", name=op.f("uq_message_id")),
        sa.UniqueConstraint("source_id", name=op.f("uq_message_source_id")),
    )
    op.create_index(op.f("ix_message_ticket_id"), "message", ["ticket_id"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("bus_id", sa.String(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.Column("claimed_until", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_table(
        "reference",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("owned", sa.Boolean(), nullable=False),
        sa.Column("audience", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("key", "ticket_id", name=op.f("pk_reference")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", Serial, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=True),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("tags", Json, nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("inbox", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("assignee", sa.String(), nullable=True),
        sa.Column("watchers", Json, nullable=False),
        sa.Column("contact_id", sa.String(), nullable=True),
        sa.Column("customer", sa.String(), nullable=False),
        sa.Column("participants", Json, nullable=False),
        sa.Column("unconfirmed", Json, nullable=False),
        sa.Column("received_by", sa.String(), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("impact", sa.String(), nullable=True),
        sa.Column("solution", sa.String(), nullable=True),
        sa.Column("root_cause", sa.String(), nullable=True),
        sa.Column("preventive_action", sa.String(), nullable=True),
        sa.Column("tested", sa.String(), nullable=True),
        sa.Column("created_at", Instant, nullable=False),
        sa.Column("updated_at", Instant, nullable=False),
        sa.Column("first_response_due", Instant, nullable=True),
        sa.Column("next_response_due", Instant, nullable=True),
        sa.Column("resolution_due", Instant, nullable=True),
        sa.Column("first_responded_at", Instant, nullable=True),
        sa.Column("solved_at", Instant, nullable=True),
        sa.Column("closed_at", Instant, nullable=True),
        sa.Column("customer_confirmed_at", Instant, nullable=True),
        sa.Column("satisfaction", Json, nullable=True),
        sa.Column("reasons", Json, nullable=False),
        sa.Column("latest_message_ids", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
        sa.UniqueConstraint("number", name=op.f("uq_ticket_number")),
    )
    op.create_index(op.f("ix_ticket_contact_id"), "ticket", ["contact_id"], unique=False)
    op.create_index("ix_ticket_status_number", "ticket", ["status", "number"], unique=False)
    op.create_table(
        "ticket_link",
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("other_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "other_id", "kind", name=op.f("pk_ticket_link")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_ticket_link_other_id"), "ticket_link", ["other_id"], unique=False)
    op.create_table(
        "timer",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=True),
        sa.Column("generation", Serial, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("wake_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_timer")),
    )
    op.create_index(op.f("ix_timer_wake_at"), "timer", ["wake_at"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("sha256", name=op.f("uq_token_sha256")),
    )

    # The search index is written by its own module: its statements are full of colons, which are no parameters.
    connection = op.get_bind()
    for statement in [*sequences(connection.dialect.name), *search_ddl(connection.dialect.name)]:
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    """There is nothing before it: restore a backup instead."""
    raise NotImplementedError("the first revision cannot be undone")
