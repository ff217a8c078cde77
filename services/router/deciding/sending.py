"""Where an answer goes: kinds of addresses, their normal form, and the inbox it leaves from."""

import re

from services.router.deciding.policy import Policy
from shared.messages.facts import TicketFact

_MAIL = re.compile(r"[^@\s<>,;\"\x00-\x1f]+@[^@\s<>,;\"\x00-\x1f]+")
_PHONE = re.compile(r"\+?[\d\s().-]{5,20}")


def kind_of(address: str) -> str:
    """``email``, ``phone`` or ``other``, by the look of it."""
    if _MAIL.fullmatch(address.strip()):
        return "email"
    return "phone" if _PHONE.fullmatch(address.strip()) else "other"


def normalised(address: str) -> str:
    """The form in which points are compared: mail addresses lower-cased, numbers without punctuation."""
    address = address.strip()
    return re.sub(r"[^\d+]", "", address) if kind_of(address) == "phone" else address.lower()


def email_inbox(ticket: TicketFact, policy: Policy) -> str:
    """The inbox that answers for a ticket: its own if that is a mail inbox still, else the first."""
    if ticket.inbox in policy.email_inboxes or not policy.email_inboxes:
        return ticket.inbox
    return policy.email_inboxes[0]
