"""What may be asked of the store, by name: ``store.query.<name>`` takes the request model and gives the handler's answer.

Handlers only read. Not here: `store.facts`, which a decision is made from.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from services.store.queries.accounts import find_token, list_agents
from services.store.queries.automation import list_corrections, list_failed_hooks, read_past
from services.store.queries.blocked import list_blocked
from services.store.queries.calls import find_caller, find_told
from services.store.queries.chat import find_chat
from services.store.queries.contacts import find_contacts, read_contact
from services.store.queries.documents import list_documents
from services.store.queries.health import read_health
from services.store.queries.html import read_html
from services.store.queries.known import find_known
from services.store.queries.learning import count_suggested, find_learnt, list_examples, list_models
from services.store.queries.ledger import read_ledger
from services.store.queries.page import read_page
from services.store.queries.quarantine import list_held, read_held
from services.store.queries.register import read_register
from services.store.queries.sending import read_sending
from services.store.queries.similar import find_similar
from services.store.queries.spoken import list_spoken
from services.store.queries.stored import find_stored
from services.store.queries.talk import find_talk
from services.store.queries.tickets import find_tickets, read_ticket
from services.store.reading import QueryContext
from shared.messages.after import TalkQuery
from shared.messages.automation import CorrectionsQuery, FailedHooksQuery, PastQuery
from shared.messages.base import Versioned
from shared.messages.calls import CallerQuery, ToldQuery
from shared.messages.chat import ChatQuery
from shared.messages.contacts import ContactQuery, ContactsQuery
from shared.messages.customers import PageQuery
from shared.messages.documents import DocumentsQuery
from shared.messages.gathering import BlockedQuery
from shared.messages.importing import StoredQuery
from shared.messages.learning import ExamplesQuery, LearntModelsQuery, LearntQuery, SuggestedQuery
from shared.messages.mailbox import KnownQuery
from shared.messages.provider import SendingQuery
from shared.messages.quarantine import HeldQuery, QuarantineQuery
from shared.messages.record import RegisterQuery
from shared.messages.similar import SimilarQuery
from shared.messages.spoken import SpokenQuery
from shared.messages.ticket import (
    AgentsQuery,
    HealthQuery,
    HtmlQuery,
    LedgerQuery,
    TicketQuery,
    TicketsQuery,
    TokenQuery,
)

# Each handler takes the model beside it; that pairing is what this table states.
Handler = Callable[[QueryContext, Any], Awaitable[Versioned]]

QUERIES: dict[str, tuple[type[Versioned], Handler]] = {
    "tickets": (TicketsQuery, find_tickets),
    "ticket": (TicketQuery, read_ticket),
    "token": (TokenQuery, find_token),
    "agents": (AgentsQuery, list_agents),
    "ledger": (LedgerQuery, read_ledger),
    "health": (HealthQuery, read_health),
    "known": (KnownQuery, find_known),
    "chat": (ChatQuery, find_chat),
    "stored": (StoredQuery, find_stored),
    "contacts": (ContactsQuery, find_contacts),
    "contact": (ContactQuery, read_contact),
    "quarantine": (QuarantineQuery, list_held),
    "held": (HeldQuery, read_held),
    "html": (HtmlQuery, read_html),
    "sending": (SendingQuery, read_sending),
    "talk": (TalkQuery, find_talk),
    "page": (PageQuery, read_page),
    "caller": (CallerQuery, find_caller),
    "told": (ToldQuery, find_told),
    "register": (RegisterQuery, read_register),
    "webhooks": (FailedHooksQuery, list_failed_hooks),
    "past": (PastQuery, read_past),
    "corrections": (CorrectionsQuery, list_corrections),
    "examples": (ExamplesQuery, list_examples),
    "suggested": (SuggestedQuery, count_suggested),
    "learnt": (LearntQuery, find_learnt),
    "learnt_models": (LearntModelsQuery, list_models),
    "blocked": (BlockedQuery, list_blocked),
    "similar": (SimilarQuery, find_similar),
    "spoken": (SpokenQuery, list_spoken),
    "documents": (DocumentsQuery, list_documents),
}
