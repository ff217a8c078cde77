"""The tables. Everything the store remembers, as SQLModel classes.

Rows are written and read with SQLAlchemy Core on these tables (`table(Ticket)` gives the Core table): per-row ORM objects were
measured 6 to 40 times slower. Every time is an aware UTC datetime. Ids are 32 hexadecimal characters (`shared.identity`).

They are defined in `services.store.tables`, a module for each area; whoever needs one of the areas above all takes it from here.
"""

from services.store.tables.agents import CHOOSING, Agent, AgentPoint, News, Spoken, Token
from services.store.tables.base import KEYED, Row, table
from services.store.tables.bookkeeping import Cause, Configuration, Counter, KeyVersion, LedgerCount, NotedLedger
from services.store.tables.contacts import Contact, ContactMerge, ContactMoved, ContactPoint, ContactSuggestion
from services.store.tables.learning import LearntChoice, LearntModel
from services.store.tables.quarantine import Held, SpamLearnt, SpamWord
from services.store.tables.sending import (
    CORRECTED,
    COUNTED,
    FAILED_HOOKS,
    HOOKED,
    OPEN_DELIVERIES,
    TOLD,
    UNDELIVERED,
    AuditEvent,
    AutomaticSent,
    Delivery,
    Outbox,
    Timer,
)
from services.store.tables.tickets import (
    ANSWERED,
    HELD_OPEN,
    IN_CONVERSATION,
    OVER,
    PREVENTIVE,
    Entry,
    Message,
    MessageEdit,
    Reference,
    Ticket,
    TicketLink,
)

__all__ = [
    "ANSWERED",
    "CHOOSING",
    "CORRECTED",
    "COUNTED",
    "FAILED_HOOKS",
    "HELD_OPEN",
    "HOOKED",
    "IN_CONVERSATION",
    "KEYED",
    "OPEN_DELIVERIES",
    "OVER",
    "PREVENTIVE",
    "TOLD",
    "UNDELIVERED",
    "Agent",
    "AgentPoint",
    "AuditEvent",
    "AutomaticSent",
    "Cause",
    "Configuration",
    "Contact",
    "ContactMerge",
    "ContactMoved",
    "ContactPoint",
    "ContactSuggestion",
    "Counter",
    "Delivery",
    "Entry",
    "Held",
    "KeyVersion",
    "LearntChoice",
    "LearntModel",
    "LedgerCount",
    "Message",
    "MessageEdit",
    "News",
    "NotedLedger",
    "Outbox",
    "Reference",
    "Row",
    "SpamLearnt",
    "SpamWord",
    "Spoken",
    "Ticket",
    "TicketLink",
    "Timer",
    "Token",
    "table",
]
