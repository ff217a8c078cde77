"""The tables, a module for each area; importing this knows them all."""

from services.store.tables import (
    agents,
    base,
    bookkeeping,
    contacts,
    documents,
    knowledge,
    learning,
    people,
    portal,
    quarantine,
    sending,
    signin,
    tickets,
)

__all__ = [
    "agents",
    "base",
    "bookkeeping",
    "contacts",
    "documents",
    "knowledge",
    "learning",
    "people",
    "portal",
    "quarantine",
    "sending",
    "signin",
    "tickets",
]
