"""Where an answer goes: kinds of addresses, their normal form, and the inbox it leaves from."""

import re

from services.router.deciding.policy import Policy
from shared.messages.facts import TicketFact
from shared.messages.parts import POINT_OF_CHANNEL

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


def kind_of_customer(ticket: TicketFact) -> str:
    """The kind of the point that a ticket's ``customer`` is: the channel tells, where it is not mail. A ticket opened by hand for
    somebody's number has the channel ``email``, too."""
    by_channel = POINT_OF_CHANNEL.get(ticket.channel)
    return by_channel if by_channel not in (None, "email") else kind_of(ticket.customer)


def email_inbox(ticket: TicketFact, policy: Policy) -> str:
    """The inbox that answers for a ticket: its own if that is a mail inbox still, else the first."""
    if ticket.inbox in policy.email_inboxes or not policy.email_inboxes:
        return ticket.inbox
    return policy.email_inboxes[0]
