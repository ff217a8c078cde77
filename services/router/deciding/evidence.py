"""What a message itself says about where it belongs, before any fact is asked: tokens, ids, numbers, and who takes part."""

import re
from dataclasses import dataclass, field

from services.router.deciding.policy import Policy
from shared.messages.facts import FactsRequest
from shared.messages.inbound import Inbound
from shared.messages.parts import Point
from shared.secrets.tokens import decode_token, read_message_id, read_reply_address

# A References header may be as long as a mail; the newest ids say the most.
MOST_REFERENCES = 50
# [T-1001], [1001], T-1001 and #1001; a bare number is just a number.
_NUMBER = re.compile(
    r"\[\s*(?:T-)?(\d{1,9})\s*\]|(?<![\w-])T-(\d{1,9})(?![\w-])|(?<![\w&])#(\d{1,9})(?!\w)", re.IGNORECASE
)


@dataclass(frozen=True)
class Evidence:
    """What one message says. Numbers are ticket numbers that a valid signature vouches for, except ``in_subject``, which anybody
    can write. ``own_ids`` and ``foreign`` are newest first. ``participants`` are lower-cased and without our own addresses."""

    sender: str
    answer_to: str
    by_address: list[int] = field(default_factory=list)
    by_own_id: list[tuple[int, str]] = field(default_factory=list)
    by_body: list[int] = field(default_factory=list)
    in_subject: list[int] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    own_ids: list[str] = field(default_factory=list)
    participants: list[str] = field(default_factory=list)
    audience: int = 0
    comes_back: bool = False


def read(message: Inbound, policy: Policy) -> Evidence:
    """The evidence in a message."""
    keyring = policy.keyring
    sender = message.from_.address.lower() if message.from_ else ""
    addressed = [address.address for address in (*message.to, *message.cc)]
    by_address = []
    for address in dict.fromkeys(a.lower() for a in (*message.recipients, *addressed)):
        token = read_reply_address(keyring, address) if address.startswith("reply+") else None
        if token is not None and token.role == "customer":
            by_address.append(token.number)
    by_own_id, own_ids, foreign = [], [], []
    for message_id in _newest_first(message):
        known = read_message_id(keyring, message_id)
        if known is None:
            foreign.append(message_id)
        else:
            by_own_id.append((known[0], message_id))
            own_ids.append(message_id)
    body = [token for text in message.body_tokens if (token := decode_token(keyring, text)) is not None]
    return Evidence(
        sender=sender,
        answer_to=_answer_to(message, sender, policy),
        by_address=list(dict.fromkeys(by_address)),
        by_own_id=by_own_id,
        by_body=list(dict.fromkeys(token.number for token in body if token.role == "customer")),
        in_subject=_numbers(message.subject),
        foreign=foreign[:MOST_REFERENCES],
        own_ids=own_ids[:MOST_REFERENCES],
        participants=participants(message, policy),
        audience=len({address.lower() for address in addressed}),
        comes_back=bool(message.message_id and read_message_id(keyring, message.message_id)),
    )


def participants(message: Inbound, policy: Policy) -> list[str]:
    """Who takes part in a message: sender, Reply-To, To and Cc, lower-cased, our own addresses left out, at most 100."""
    every = [*([message.from_] if message.from_ else []), *message.reply_to, *message.to, *message.cc]
    addresses = dict.fromkeys(address.address.lower() for address in every)
    return [address for address in addresses if address and not policy.is_own(address)][:100]


def needs(messages: list[tuple[Inbound, Evidence]]) -> FactsRequest:
    """What must be known to decide about these messages."""
    request = FactsRequest()
    numbers: dict[int, None] = {}
    references: dict[str, None] = {}
    points: dict[str, None] = {}
    for message, evidence in messages:
        request.sources.append(message.source_id)
        numbers.update(dict.fromkeys((*evidence.by_address, *evidence.by_body, *evidence.in_subject)))
        numbers.update(dict.fromkeys(number for number, _ in evidence.by_own_id))
        references.update(dict.fromkeys(evidence.foreign))
        if message.message_id:
            references[message.message_id] = None
        points.update(dict.fromkeys(address for address in (evidence.sender, evidence.answer_to) if address))
    request.numbers = list(numbers)
    request.references = list(references)
    request.points = [Point(kind="email", value=address) for address in points]
    return request


def _newest_first(message: Inbound) -> list[str]:
    ids = dict.fromkeys((*message.in_reply_to, *reversed(message.references)))
    return [message_id for message_id in ids if message_id.strip() and message_id != message.message_id]


def _numbers(subject: str) -> list[int]:
    if not any(mark in subject for mark in "[#-"):
        return []
    found = (int(match[1] or match[2] or match[3]) for match in _NUMBER.finditer(subject[:1000]))
    return list(dict.fromkeys(number for number in found if number))[:5]


def _answer_to(message: Inbound, sender: str, policy: Policy) -> str:
    """Where an automatic answer goes: the one Reply-To if there is just one that is not ours, else the sender."""
    others = [address.address.lower() for address in message.reply_to]
    if len(others) == 1 and others[0] and not policy.is_own(others[0]):
        return others[0]
    return sender
