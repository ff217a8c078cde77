"""The words of macros: a text of the configuration with its variables filled in for a ticket."""

from services.router.deciding.life.living import Living
from services.router.deciding.life.notices import public_name
from services.router.deciding.life.promising import expected
from services.router.deciding.life.sla import terms_for
from shared.settings.macros import Macro
from shared.texts import LANGUAGES
from shared.texts import expected as in_words


def macro_words(living: Living, macro: Macro, agent: str = "") -> str:
    """What a macro says to the ticket's customer, in their language; empty: nothing. ``agent`` is who says it, else whoever has the
    ticket, else the company."""
    ticket, policy = living.ticket, living.policy
    default = policy.languages[0] if policy.languages else "en"
    words = macro.words(ticket.language, default)
    if not words:
        return ""
    person = living.facts.people.get(ticket.contact_id or "")
    name = (person.name if person else "").strip()
    if not name:
        words = words.replace(" {customer}", "")  # "Hello," to whom nobody knows by name
    values = {
        "customer": name,
        "number": f"T-{ticket.number}",
        "subject": ticket.subject,
        "agent": agent or public_name(living, ticket.assignee or "") or policy.company,
        "company": policy.company,
        "expected": _expected(living),
        "category": ticket.category or "",
    }
    return words.format_map(values).strip()


def _expected(living: Living) -> str:
    ticket = living.ticket
    dues = (ticket.first_response_due, ticket.next_response_due, ticket.resolution_due)
    due = next((each for each in dues if each is not None and each > living.now), None)
    default = living.policy.languages[0] if living.policy.languages else LANGUAGES[0]
    language = ticket.language if ticket.language in LANGUAGES else default
    found = expected(due, terms_for(living), living.now, language, None)
    return str(found.get("expected") or in_words(language, found["expected_seconds"]))
