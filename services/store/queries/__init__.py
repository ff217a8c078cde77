"""What may be asked of the store, by name: ``store.query.<name>`` takes the request model and gives the handler's answer.

Handlers only read. Not here: `store.facts`, which a decision is made from.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from services.store.queries.accounts import agents, token
from services.store.queries.health import health
from services.store.queries.ledger import ledger
from services.store.queries.tickets import one_ticket, tickets
from services.store.reading import QueryContext
from shared.messages.base import Versioned
from shared.messages.ticket import AgentsQuery, HealthQuery, LedgerQuery, TicketQuery, TicketsQuery, TokenQuery

# Each handler takes the model beside it; that pairing is what this table states.
Handler = Callable[[QueryContext, Any], Awaitable[Versioned]]

QUERIES: dict[str, tuple[type[Versioned], Handler]] = {
    "tickets": (TicketsQuery, tickets),
    "ticket": (TicketQuery, one_ticket),
    "token": (TokenQuery, token),
    "agents": (AgentsQuery, agents),
    "ledger": (LedgerQuery, ledger),
    "health": (HealthQuery, health),
}
