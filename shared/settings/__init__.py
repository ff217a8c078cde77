"""The configuration: one ``trunkline.toml``, overridden by ``TRUNKLINE_…`` variables, checked before anything starts.

It knows no service and opens nothing but the file and the secrets' files it names.
"""

from shared.settings.effective import effective, policy_from
from shared.settings.errors import ConfigError
from shared.settings.inbox import ApiInbox, ChatInbox, EmailInbox, FormInbox, Inbox, TelegramInbox, TwilioInbox
from shared.settings.loading import load
from shared.settings.policy import Category, Conditions, PriorityWords, Team
from shared.settings.quantities import Listen
from shared.settings.relay import Relay
from shared.settings.rules import Rule
from shared.settings.settings import Policy, Settings
from shared.settings.targets import Hours, Sla, Span, Targets
from shared.settings.template import write_template

__all__ = [
    "ApiInbox",
    "Category",
    "ChatInbox",
    "Conditions",
    "ConfigError",
    "EmailInbox",
    "FormInbox",
    "Hours",
    "Inbox",
    "Listen",
    "Policy",
    "PriorityWords",
    "Relay",
    "Rule",
    "Settings",
    "Sla",
    "Span",
    "Targets",
    "Team",
    "TelegramInbox",
    "TwilioInbox",
    "effective",
    "load",
    "policy_from",
    "write_template",
]
