"""What a message claims about who speaks, before any fact is asked: the agent in a signed address, or the point that it came from. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.router.deciding.policy import Policy
from shared.identity import derive
from shared.messages.agents import SpeakerAsk
from shared.messages.facts import FactsRequest
from shared.messages.inbound import Inbound
from shared.messages.parts import POINT_OF_CHANNEL, Point
from shared.secrets.tokens import TicketToken

PHONES = ("sms", "whatsapp")
"""Where a sender's number can be forged: there a code must come along."""
CHATS = ("telegram", *PHONES)
_TICKET = re.compile(r"(?<![\w-])T-([1-9]\d{0,8})(?![\w-])", re.IGNORECASE | re.ASCII)
_LOOKED_AT, _MOST_NAMED = 1_000, 5
_BUTTON = re.compile(r"#(yes|no|to)(?: T-([1-9]\d{0,8}))? ([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True, slots=True)
class AgentToken:
    """A signed address that was made for an agent: ``part`` is the beginning of their id (empty: made for nobody in particular).
    Only what a mail was sent to: what stands in a text may have come along with a quotation."""

    number: int
    part: str
    internal: bool
    expired: bool

    @classmethod
    def of(cls, token: TicketToken, oldest: date | None) -> "AgentToken":
        """What such a token says; ``oldest``: the first day that still counts."""
        expired = oldest is not None and token.issued < oldest
        return cls(token.number, token.extra, token.visibility == "internal", expired)


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a question of ours: ``yes``, ``no``, or ``to`` the ticket of this number, about what was said."""

    answer: str
    spoken_id: str
    number: int | None = None

    @property
    def data(self) -> str:
        """What comes back when it is pressed, in at most 64 octets."""
        return f"#{self.answer}{f' T-{self.number}' if self.number else ''} {self.spoken_id}"


@dataclass(frozen=True, slots=True)
class Claim:
    """Somebody may be an agent: ``ask`` is what to find out, ``token`` the address by which they came, ``button`` what they pressed.
    ``same`` is the same number as it is known elsewhere: who has proven it by SMS is the same person by WhatsApp. ``named``: tickets
    that are named in an answer to what is about several."""

    ask: SpeakerAsk
    spoken_id: str
    token: AgentToken | None = None
    button: Button | None = None
    same: SpeakerAsk | None = None
    named: tuple[int, ...] = ()

    @property
    def asks(self) -> list[SpeakerAsk]:
        """All that is to be found out, the best first."""
        return [self.ask, *([self.same] if self.same else [])]


def claim(message: Inbound, tokens: Sequence[AgentToken], policy: Policy) -> Claim | None:
    """What a message claims; null for what claims nothing, and for what is no word of anybody's: an archive, a bounce, STOP, the opening of
    a chat. Only what came in by our own inbox of a channel claims a point: who may write messages of another one may write any."""
    if message.imported or message.silent:
        return None
    if message.channel == "email":
        return _by_token(message, tokens)
    kind = POINT_OF_CHANNEL.get(message.channel)
    if message.channel not in CHATS or message.inbox not in policy.inboxes.get(message.channel, ()):
        return None
    if message.fields.get("opt") in ("out", "in") or "reachable" in message.fields:
        return None
    point = next((each for each in message.points if each.kind == kind), None)
    if point is None:
        return None
    other = {"phone": "whatsapp", "whatsapp": "phone"}.get(point.kind)
    same = SpeakerAsk(point=Point(kind=other, value=point.value)) if other else None
    return Claim(SpeakerAsk(point=point), spoken_id(message), button=button(message.pressed), same=same)


def _by_token(message: Inbound, tokens: Sequence[AgentToken]) -> Claim | None:
    if message.bounce is not None or message.automatic in ("bounce", "report"):
        return None
    known = [token for token in tokens if token.part]
    best = min(known, key=lambda token: token.expired, default=None)
    if best is None:
        return None
    named = () if best.number else tuple(_named(message))
    return Claim(SpeakerAsk(part=best.part), spoken_id(message), token=best, named=named)


def _named(message: Inbound) -> list[int]:
    """The tickets that a mail names, in the beginning of what was newly written."""
    return list(dict.fromkeys(int(match[1]) for match in _TICKET.finditer(message.reply_text[:_LOOKED_AT])))[
        :_MOST_NAMED
    ]


def needs(claim: Claim, request: FactsRequest) -> None:
    """What must be known to decide about it. The same may be asked twice in one batch: whoever answers looks it up once."""
    request.speakers += claim.asks
    request.spoken += [claim.spoken_id, *([claim.button.spoken_id] if claim.button else [])]
    numbers = (claim.token.number if claim.token else None, claim.button.number if claim.button else None)
    request.numbers += [*(number for number in numbers if number), *claim.named]


def spoken_id(message: Inbound) -> str:
    """The id of what was said: the same by whichever route it comes."""
    return derive("spoken", message.source_id)


def button(data: str | None) -> Button | None:
    """The button of ours that was pressed; null for another one."""
    match = _BUTTON.fullmatch(data or "")
    if match is None or (match[1] == "to") != bool(match[2]):
        return None
    return Button(match[1], match[3], int(match[2]) if match[2] else None)
