"""Every text a customer can get, in every language: the only place for such texts.

The texts are in the modules beside, by what they are about; what is in their braces is said there.
"""

from typing import Final

from shared.texts.agentpoints import AGENT_POINT_TEXTS
from shared.texts.agents import AGENT_TEXTS
from shared.texts.alerts import ALERT_TEXTS
from shared.texts.asking import ASKING_TEXTS
from shared.texts.chat import CHAT_TEXTS
from shared.texts.console import CONSOLE_TEXTS
from shared.texts.console_admin import CONSOLE_ADMIN_TEXTS
from shared.texts.console_articles import CONSOLE_ARTICLES_TEXTS
from shared.texts.console_list import CONSOLE_LIST_TEXTS
from shared.texts.console_made import CONSOLE_MADE_TEXTS
from shared.texts.console_operations import CONSOLE_OPERATIONS_TEXTS
from shared.texts.console_pages import CONSOLE_PAGE_TEXTS
from shared.texts.console_quality import CONSOLE_QUALITY_TEXTS
from shared.texts.console_reports import CONSOLE_REPORTS_TEXTS
from shared.texts.console_ticket import CONSOLE_TICKET_TEXTS
from shared.texts.customers import CUSTOMER_TEXTS
from shared.texts.escalation import ESCALATION_TEXTS
from shared.texts.forms import FORM_TEXTS
from shared.texts.knowledge import KNOWLEDGE_TEXTS
from shared.texts.masking import MASKING_TEXTS
from shared.texts.notices import NOTICE_TEXTS
from shared.texts.pages import PAGE_TEXTS
from shared.texts.people import PEOPLE_TEXTS
from shared.texts.portal import PORTAL_TEXTS
from shared.texts.record import RECORD_TEXTS
from shared.texts.refusing import REFUSING_TEXTS
from shared.texts.register import REGISTER_TEXTS
from shared.texts.reports import REPORT_TEXTS
from shared.texts.signin import SIGNIN_TEXTS
from shared.texts.similar import SIMILAR_TEXTS
from shared.texts.sla import SLA_TEXTS
from shared.texts.speaking import SPEAKING_TEXTS
from shared.texts.speech import SPEECH_TEXTS
from shared.texts.voice import VOICE_TEXTS

Entry = dict[str, str]

CATALOGUE: Final[dict[str, Entry]] = {
    **CUSTOMER_TEXTS,
    **FORM_TEXTS,
    **ASKING_TEXTS,
    **CHAT_TEXTS,
    **NOTICE_TEXTS,
    **PAGE_TEXTS,
    **PORTAL_TEXTS,
    **PEOPLE_TEXTS,
    **AGENT_TEXTS,
    **ALERT_TEXTS,
    **AGENT_POINT_TEXTS,
    **VOICE_TEXTS,
    **RECORD_TEXTS,
    **REGISTER_TEXTS,
    **SLA_TEXTS,
    **SIMILAR_TEXTS,
    **REPORT_TEXTS,
    **KNOWLEDGE_TEXTS,
    **SIGNIN_TEXTS,
    **ESCALATION_TEXTS,
    **MASKING_TEXTS,
    **SPEECH_TEXTS,
    **SPEAKING_TEXTS,
    **REFUSING_TEXTS,
    **CONSOLE_TEXTS,
    **CONSOLE_ADMIN_TEXTS,
    **CONSOLE_MADE_TEXTS,
    **CONSOLE_ARTICLES_TEXTS,
    **CONSOLE_LIST_TEXTS,
    **CONSOLE_OPERATIONS_TEXTS,
    **CONSOLE_PAGE_TEXTS,
    **CONSOLE_QUALITY_TEXTS,
    **CONSOLE_REPORTS_TEXTS,
    **CONSOLE_TICKET_TEXTS,
}

CUSTOMER_STATUS: Final[dict[str, str]] = {
    "new": "status.open",
    "open": "status.open",
    "on_hold": "status.open",
    "pending": "status.waiting",
    "solved": "status.handled",
    "closed": "status.closed",
    "merged": "status.closed",
    "spam": "status.closed",
}
"""The text a customer reads for a ticket's status."""
