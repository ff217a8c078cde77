"""Who wrote a message, on any channel, and on which way they are answered by ourselves."""

import re
from dataclasses import dataclass

from services.router.deciding import sending
from services.router.deciding.policy import Policy
from shared.messages.inbound import Inbound
from shared.messages.parts import POINT_OF_CHANNEL as KIND
from shared.messages.parts import Channel, Point
from shared.phones import is_mobile

# Where one talk goes on until it is over, and an answer leaves by the inbox that was written to.
CONVERSATIONS: tuple[Channel, ...] = ("sms", "whatsapp", "messenger", "telegram", "chat")
_BY_HEARSAY = ("form", "api")
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_MOST_POINTS = 5


@dataclass(frozen=True)
class Way:
    """Where something is sent: by an inbox of a channel to a point."""

    channel: Channel
    inbox: str
    point: Point


def points_of(message: Inbound, sender: str) -> list[Point]:
    """The points of whoever wrote a message, the one to answer first; ``sender`` is their address, lower-cased."""
    if message.channel == "email":
        return [Point(kind="email", value=sender)] if sender else []
    if message.points:
        unique = {(point.kind, point.value): point for point in message.points if point.value.strip()}
        return list(unique.values())[:_MOST_POINTS]
    address = message.from_.address.strip() if message.from_ else ""
    kind = KIND.get(message.channel) or sending.kind_of(address)
    if not address or (kind in ("phone", "whatsapp") and not _E164.fullmatch(sending.normalised(address))):
        return []  # a short code or a word: nobody
    return [Point(kind=kind, value=sending.normalised(address) if kind in ("email", "phone") else address)]


def vouched_for(message: Inbound) -> bool:
    """Whether the channel says who wrote, or only they themselves do."""
    return message.channel not in _BY_HEARSAY


def way_back(message: Inbound, points: list[Point], answer_to: str, policy: Policy) -> Way | None:
    """Where a message is answered: on its own channel if that can be answered on, else by mail or SMS. ``answer_to`` is where a mail
    asks to be answered."""
    if message.channel == "email":
        return Way("email", message.inbox, Point(kind="email", value=answer_to)) if answer_to else None
    if message.channel in CONVERSATIONS:
        kind = KIND[message.channel]
        point = next((point for point in points if point.kind == kind), None)
        return Way(message.channel, message.inbox, point) if point else None
    for channel, kind in _REACHED_BY:
        inbox, point = policy.inbox_of(channel), next((point for point in points if point.kind == kind), None)
        # Who called from a landline cannot read an SMS.
        reached = message.channel != "voice" or kind != "phone" or (point is not None and is_mobile(point.value))
        if inbox is not None and point is not None and reached:
            return Way(channel, inbox, point)
    return None


_REACHED_BY: tuple[tuple[Channel, str], ...] = (("email", "email"), ("sms", "phone"))


def conversation_of(channel: str, inbox: str, value: str) -> str | None:
    """What the talk with a point on a conversation channel is called; null on others."""
    return f"{channel}:{inbox}:{value}" if channel in CONVERSATIONS else None


def is_providers_id(message_id: str) -> bool:
    """Whether an id is made of channel, inbox and a provider's id (see `Inbound`): many of these can be guessed."""
    channel, colon, _ = message_id.partition(":")
    return bool(colon) and (channel in KIND or channel in _BY_HEARSAY) and "@" not in message_id
