"""How much of a message is believed. Whoever holds a channel's bus user may write anything into its messages: authority is never taken
from there, only from the subject by which they came. Mail is our own intake's alone, which has checked what it says. Pure.
"""

from shared.messages.inbound import Inbound

# The kinds of points that a channel can vouch for. The others know what they were told.
_CERTAIN: dict[str, frozenset[str]] = {
    "sms": frozenset({"phone"}),
    "voice": frozenset({"phone"}),
    "whatsapp": frozenset({"whatsapp", "phone"}),
    "messenger": frozenset({"messenger"}),
    "telegram": frozenset({"telegram", "phone"}),
    "chat": frozenset({"chat", "email"}),
}


def believed(message: Inbound) -> Inbound:
    """The message as it counts.

    Of channels other than mail: not authenticated, not imported, not older than our part in it, written by the customer, and only such
    points as the channel can vouch for. Of a form and an API client: points of their own kind, and the one address given.
    """
    if message.channel == "email":
        return message
    kinds = _CERTAIN.get(message.channel, frozenset({message.channel}))
    given = message.from_.address.lower() if message.from_ is not None else ""
    hearsay = message.channel not in _CERTAIN
    points = [each for each in message.points if each.kind in kinds or (hearsay and each.value.lower() == given)]
    claims = (
        message.authentication,
        message.imported,
        message.silent,
        message.unfinished,
        message.spam_signs,
        message.direction == "out",
        message.inboxes != [message.inbox],
    )
    if points == message.points and not any(claims):
        return message
    return message.model_copy(
        update={
            "points": points,
            "authentication": None,
            "imported": False,
            "silent": False,
            "unfinished": False,
            "spam_signs": [],
            "direction": "in",
            "inboxes": [message.inbox],
        }
    )
