"""The knowledge base."""

import sqlalchemy as sa
from alembic import op

from services.store.columns import Instant, Json, Serial
from services.store.queries.articlesearch import article_ddl

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Nothing is published yet."""
    op.create_table(
        "article_text",
        sa.Column("seq", Serial, nullable=False),
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("main", sa.Boolean(), nullable=False),
        sa.Column("visibility", sa.String(), nullable=False),
        sa.Column("category", sa.String(), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("sorted_by", sa.String(), nullable=False),
        sa.Column("summary", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("title_words", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("published_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_article_text")),
    )
    op.create_index("ix_article_text_article", "article_text", ["article"])
    op.create_index("ix_article_text_category_language", "article_text", ["category", "language"])
    op.create_table(
        "article_votes",
        sa.Column("article", sa.String(), nullable=False),
        sa.Column("helped", sa.Integer(), nullable=False),
        sa.Column("not_helped", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("article", name=op.f("pk_article_votes")),
    )
    connection = op.get_bind()
    # The statements are full of colons, which are no parameters.
    for statement in article_ddl(connection.dialect.name):
        connection.exec_driver_sql(statement)


def downgrade() -> None:
    """A table cannot be taken away while an older store may still write: restore a backup instead."""
    raise NotImplementedError("this revision cannot be undone")
