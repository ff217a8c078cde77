"""Agents wherever they are: their points and choices, what is kept for them, what they were told, and what they said."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant, Json

revision = "0010"
down_revision = "0009"

TOLD = sa.text("agent_id <> ''")
CHOOSING = sa.text("notify IS NOT NULL")


def upgrade() -> None:
    """Nobody has chosen anything yet, and what was sent so far was nobody's to answer."""
    op.add_column("agent", sa.Column("signatures", Json, nullable=False, server_default="{}"))
    op.add_column("agent", sa.Column("notify", Json, nullable=True))
    op.create_index(
        "ix_agent_choosing", "agent", ["id"], unique=False, sqlite_where=CHOOSING, postgresql_where=CHOOSING
    )
    for name in ("agent_id", "event", "code"):
        op.add_column("delivery", sa.Column(name, sa.String(), nullable=False, server_default=""))
    op.add_column("delivery", sa.Column("internal", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_delivery_told",
        "delivery",
        ["agent_id", "created_at"],
        unique=False,
        sqlite_where=TOLD,
        postgresql_where=TOLD,
    )
    _points()
    _news()
    _spoken()


def _points() -> None:
    op.create_table(
        "agent_point",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("verified_at", Instant, nullable=True),
        sa.Column("code_sha256", sa.String(), nullable=False),
        sa.Column("code_expires", Instant, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_point")),
        sa.UniqueConstraint("key", name=op.f("uq_agent_point_key")),
    )
    for name in ("agent_id", "code_sha256"):
        op.create_index(op.f(f"ix_agent_point_{name}"), "agent_point", [name], unique=False)


def _news() -> None:
    op.create_table(
        "news",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("ticket_id", sa.String(), nullable=False),
        sa.Column("event", sa.String(), nullable=False),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("variables", Json, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_news")),
    )
    op.create_index("ix_news_agent_id_at", "news", ["agent_id", "at"], unique=False)


def _spoken() -> None:
    op.create_table(
        "spoken",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("ticket_id", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("inbox", sa.String(), nullable=False),
        sa.Column("point", Json, nullable=True),
        sa.Column("delivery_id", sa.String(), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("attachments", Json, nullable=False),
        sa.Column("original", Json, nullable=True),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("results", Json, nullable=False),
        sa.Column("at", Instant, nullable=False),
        sa.Column("settled_at", Instant, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_spoken")),
    )
    op.create_index("ix_spoken_agent_id_verdict_at", "spoken", ["agent_id", "verdict", "at"], unique=False)
    op.create_index("ix_spoken_verdict_at", "spoken", ["verdict", "at"], unique=False)
    op.create_index(op.f("ix_spoken_ticket_id"), "spoken", ["ticket_id"], unique=False)


def downgrade() -> None:
    """A column cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
