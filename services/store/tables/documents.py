"""The table of documents: what people make in the desk."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from services.store.columns import Instant, Json
from services.store.tables.base import Row


class Document(Row, table=True):
    """A document. ``owner`` is an agent's id, or empty; ``words`` is lower-cased text by which it is found; ``body`` is what its kind
    says (`shared.documents`)."""

    __tablename__ = "document"
    __table_args__ = (
        Index("ix_document_kind_changed_at", "kind", "changed_at"),
        Index("ix_document_kind_owner", "kind", "owner"),
        Index("ix_document_kind_number", "kind", "number"),
    )

    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    owner: str = ""
    number: int | None = None
    state: str = ""
    title: str = ""
    words: str = ""
    body: dict[str, Any] = Field(sa_type=Json)
    revision: int = 1
    made_by: str = ""
    made_at: datetime = Field(sa_type=Instant)
    changed_by: str = ""
    changed_at: datetime = Field(sa_type=Instant)
