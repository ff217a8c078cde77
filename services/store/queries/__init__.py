"""What may be asked of the store, by name: ``store.query.<name>`` takes the request model and gives the handler's answer.

Handlers only read. Not here: `store.facts`, which a decision is made from.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from services.store.queries.accounts import find_token, list_agents
from services.store.queries.chat import find_chat
from services.store.queries.contacts import find_contacts, read_contact
from services.store.queries.health import read_health
from services.store.queries.known import find_known
from services.store.queries.ledger import read_ledger
from services.store.queries.quarantine import list_held, read_held
from services.store.queries.sending import read_sending
from services.store.queries.stored import find_stored
from services.store.queries.tickets import find_tickets, read_ticket
from services.store.reading import QueryContext
from shared.messages.base import Versioned
from shared.messages.chat import ChatQuery
from shared.messages.contacts import ContactQuery, ContactsQuery
from shared.messages.importing import StoredQuery
from shared.messages.mailbox import KnownQuery
from shared.messages.provider import SendingQuery
from shared.messages.quarantine import HeldQuery, QuarantineQuery
from shared.messages.ticket import AgentsQuery, HealthQuery, LedgerQuery, TicketQuery, TicketsQuery, TokenQuery

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
    "sending": (SendingQuery, read_sending),
}
