"""What may be asked of the store, by name: ``store.query.<name>`` takes the request model and gives the handler's answer.

Handlers only read. Not here: `store.facts`, which a decision is made from.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from services.store.queries.accounts import find_token, list_agents
from services.store.queries.articles import find_articles
from services.store.queries.audit import list_audit
from services.store.queries.automation import list_corrections, list_failed_hooks, read_past
from services.store.queries.belongings import list_belongings
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
from services.store.queries.listing import count_tickets, list_tickets
from services.store.queries.operations import list_failed_deliveries, list_online, read_dead
from services.store.queries.original import read_original
from services.store.queries.page import read_page
from services.store.queries.person import count_overdue, find_erasure, find_person
from services.store.queries.portal import read_portal
from services.store.queries.quarantine import list_held, read_held
from services.store.queries.register import read_register
from services.store.queries.releasing import list_held_deliveries
from services.store.queries.report import draw_tickets, make_report
from services.store.queries.sending import read_sending
from services.store.queries.signin import (
    find_reset,
    find_session,
    find_sign_in,
    list_sessions,
    list_tokens,
    read_set_up,
)
from services.store.queries.similar import find_similar
from services.store.queries.spoken import list_spoken
from services.store.queries.stored import find_stored
from services.store.queries.talk import find_talk
from services.store.queries.tickets import find_tickets, read_ticket
from services.store.reading import QueryContext
from shared.messages.after import TalkQuery
from shared.messages.articles import ArticlesQuery
from shared.messages.audit import AuditQuery
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
from shared.messages.listing import CountsQuery, ListQuery
from shared.messages.mailbox import KnownQuery
from shared.messages.operations import DeadQuery, FailedDeliveriesQuery, OnlineQuery
from shared.messages.original import OriginalQuery
from shared.messages.people import BelongingsQuery, ErasureQuery, HeldDeliveriesQuery, PersonQuery, RetentionQuery
from shared.messages.portal import PortalQuery
from shared.messages.provider import SendingQuery
from shared.messages.quarantine import HeldQuery, QuarantineQuery
from shared.messages.record import RegisterQuery
from shared.messages.reports import DrawQuery, ReportQuery
from shared.messages.signin import ResetQuery, SessionQuery, SessionsQuery, SetUpQuery, SignInQuery, TokensQuery
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
    "original": (OriginalQuery, read_original),
    "sending": (SendingQuery, read_sending),
    "talk": (TalkQuery, find_talk),
    "page": (PageQuery, read_page),
    "portal": (PortalQuery, read_portal),
    "caller": (CallerQuery, find_caller),
    "told": (ToldQuery, find_told),
    "register": (RegisterQuery, read_register),
    "held_deliveries": (HeldDeliveriesQuery, list_held_deliveries),
    "person": (PersonQuery, find_person),
    "erasure": (ErasureQuery, find_erasure),
    "retention": (RetentionQuery, count_overdue),
    "belongings": (BelongingsQuery, list_belongings),
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
    "articles": (ArticlesQuery, find_articles),
    "report": (ReportQuery, make_report),
    "draw": (DrawQuery, draw_tickets),
    "sign_in": (SignInQuery, find_sign_in),
    "session": (SessionQuery, find_session),
    "sessions": (SessionsQuery, list_sessions),
    "reset": (ResetQuery, find_reset),
    "set_up": (SetUpQuery, read_set_up),
    "tokens": (TokensQuery, list_tokens),
    "audit": (AuditQuery, list_audit),
    "dead": (DeadQuery, read_dead),
    "failed_deliveries": (FailedDeliveriesQuery, list_failed_deliveries),
    "online": (OnlineQuery, list_online),
    "list": (ListQuery, list_tickets),
    "counts": (CountsQuery, count_tickets),
}
