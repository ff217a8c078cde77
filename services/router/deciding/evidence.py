"""What a message itself says about where it belongs, before any fact is asked: tokens, ids, numbers, and who takes part."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from services.router.deciding import importing, linking, marks, senders, sending, status
from services.router.deciding.policy import Policy
from services.router.deciding.presses import Press, pressed
from services.router.deciding.repeating import content_key
from services.router.deciding.speaking import asking
from shared.messages.facts import FactsRequest, point_key
from shared.messages.inbound import Inbound
from shared.messages.outbound import instead_id, side_part
from shared.messages.parts import Point
from shared.secrets.tokens import TicketToken, decode_token, read_message_id, read_reply_address

# A References header may be as long as a mail; the newest ids say the most.
MOST_REFERENCES = 50
# [T-1001], [1001], T-1001 and #1001; a bare number is just a number.
_NUMBER = re.compile(
    r"\[\s*(?:T-)?(\d{1,9})\s*\]|(?<![\w-])T-(\d{1,9})(?![\w-])|(?<![\w&])#(\d{1,9})(?!\w)", re.IGNORECASE
)
_TYPED = re.compile(r"(?<![\w-])T-(\d{1,9})(?![\w-])", re.IGNORECASE)
_LONGEST_NAME = 500


@dataclass(frozen=True)
class SideToken:
    """A side conversation that a valid signature names by ``part`` (see `shared.messages.outbound.side_part`); ``expired``: too old to
    prove anything by itself."""

    number: int
    part: str
    expired: bool = False


@dataclass(frozen=True)
class Evidence:
    """What one message says. Numbers are ticket numbers that a valid signature vouches for, except ``in_subject``, which anybody
    can write, and ``expired``, whose signature is too old to prove anything by itself. ``own_ids`` and ``foreign`` are newest first;
    ``trail`` has both in one order, each as `Facts.references` knows it. ``participants`` are lower-cased and without our own
    addresses. ``failed`` is the delivery that a bounce speaks of, by the Message-ID that we signed, ``listeners`` whom such news may go
    to. ``content_key``: see `services.router.deciding.repeating`. ``points`` are the sender's, the first one to be answered; ``way`` is
    where an automatic answer goes. ``conversation`` is the mark of the talk on a conversation channel; ``edits``, ``press`` and
    ``enquiry`` are what it is instead of a message to read, ``claimed`` a point that somebody only named as theirs.

    ``by_side`` are tokens of side conversations and ``by_agent`` the numbers in tokens that were made for agents; ``deliveries`` are ours
    that the message names, newest first, each with its ticket's number; ``side_talk`` is the mark of side conversations held there.
    ``claim``: it may be an agent's."""

    sender: str
    answer_to: str
    by_address: list[int] = field(default_factory=list)
    by_own_id: list[tuple[int, str]] = field(default_factory=list)
    by_body: list[int] = field(default_factory=list)
    expired: list[int] = field(default_factory=list)
    in_subject: list[int] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    own_ids: list[str] = field(default_factory=list)
    trail: list[str] = field(default_factory=list)
    participants: list[str] = field(default_factory=list)
    audience: int = 0
    comes_back: bool = False
    failed: str | None = None
    listeners: list[str] = field(default_factory=list)
    content_key: str | None = None
    subject_mark: str | None = None
    by_side: list[SideToken] = field(default_factory=list)
    by_agent: list[int] = field(default_factory=list)
    deliveries: list[tuple[int, str]] = field(default_factory=list)
    side_talk: str | None = None
    points: list[Point] = field(default_factory=list)
    way: senders.Way | None = None
    conversation: str | None = None
    edits: str | None = None
    press: Press | None = None
    enquiry: status.Enquiry | None = None
    claimed: Point | None = None
    link_code: str | None = None
    claim: asking.Claim | None = None
    """The code by which an agent links this chat."""

    @cached_property
    def keys(self) -> list[str]:
        """The keys of the sender's points."""
        return [point_key(point.kind, point.value) for point in self.points]

    @cached_property
    def members(self) -> list[str]:
        """As whom the sender takes part in tickets."""
        return list(dict.fromkeys([*([self.sender] if self.sender else []), *(point.value for point in self.points)]))


def read(message: Inbound, policy: Policy) -> Evidence:
    """The evidence in a message."""
    keyring = policy.keyring
    sender = message.from_.address.lower() if message.from_ else ""
    if importing.is_ours(message):
        sender = importing.counterpart(message, policy)  # it is about whom we wrote to
    addressed = [address.address for address in (*message.to, *message.cc)]
    by_address: list[int] = []
    by_body: list[int] = []
    expired: list[int] = []
    oldest = message.received_at.date() - policy.reply_valid if policy.reply_valid else None
    by_side: list[SideToken] = []
    by_agent: list[int] = []
    for_agents: list[asking.AgentToken] = []
    for address in dict.fromkeys(a.lower() for a in (*message.recipients, *addressed)):
        token = read_reply_address(keyring, address) if address.startswith("reply+") else None
        if token is not None and token.role == "customer":
            (by_address if oldest is None or token.issued >= oldest else expired).append(token.number)
        elif token is not None:
            _take_aside(token, oldest, by_side, by_agent)
            for_agents += _for_agent(token, oldest)
    by_own_id, own_ids, foreign, trail = [], [], [], []
    deliveries: list[tuple[int, str]] = []
    for message_id in _newest_first(message):
        known = read_message_id(keyring, message_id)
        if known is None:
            foreign.append(message_id)
            trail.append(message_id)
        else:
            by_own_id.append((known[0], message_id))
            own_ids.append(message_id)
            trail.append(marks.sent(known[1]))
            deliveries.append(known)
    returned = _returned(message, policy)
    if returned is not None:
        by_own_id.append((returned[0], "in the bounce"))
        deliveries.append(returned)
    for text in message.body_tokens:
        token = decode_token(keyring, text)
        if token is not None and token.role == "customer":
            (by_body if oldest is None or token.issued >= oldest else expired).append(token.number)
        elif token is not None:
            _take_aside(token, oldest, by_side, by_agent)
    points = senders.points_of(message, sender)
    way = senders.way_back(message, points, _answer_to(message, sender, policy), policy)
    talk = marks.conversation(message.conversation[:_LONGEST_NAME]) if message.conversation else None
    proven = message.silent or by_address or by_own_id or by_body or by_side or by_agent
    return Evidence(
        sender=sender,
        answer_to=way.point.value if way else "",
        by_address=list(dict.fromkeys(by_address)),
        by_own_id=by_own_id,
        by_body=list(dict.fromkeys(by_body)),
        expired=list(dict.fromkeys(expired)),
        in_subject=_numbers(message.subject) if message.channel == "email" else _typed(message),
        foreign=foreign[:MOST_REFERENCES],
        own_ids=own_ids[:MOST_REFERENCES],
        trail=trail[:MOST_REFERENCES],
        participants=participants(message, policy, points),
        audience=len({address.lower() for address in addressed}),
        comes_back=bool(message.message_id and read_message_id(keyring, message.message_id)),
        failed=returned[1] if returned else None,
        listeners=listeners(policy) if message.bounce else [],
        # What bears our signature opens no ticket and is not answered by itself, so it need not be counted.
        # In a conversation people say the same short things again and again.
        content_key=None if proven or talk else content_key(message, sender),
        subject_mark=marks.same_subject(sender, message.subject) if policy.same_subject_within else None,
        by_side=by_side,
        by_agent=by_agent,
        deliveries=deliveries[:MOST_REFERENCES],
        side_talk=marks.side(message.conversation[:_LONGEST_NAME]) if message.conversation else None,
        points=points,
        way=way,
        conversation=talk,
        edits=message.edits,
        press=pressed(message.pressed),
        enquiry=status.enquiry(message),
        claimed=_claimed(message),
        claim=asking.claim(message, for_agents, policy),
        link_code=linking.code_of(message, policy),
    )


def _take_aside(token: TicketToken, oldest: date | None, by_side: list[SideToken], by_agent: list[int]) -> None:
    """Note a token that was made for somebody else than the customer."""
    is_old = oldest is not None and token.issued < oldest
    if token.role == "side":
        by_side.append(SideToken(token.number, token.extra, is_old))
    elif not is_old:
        by_agent.append(token.number)


def _for_agent(token: TicketToken, oldest: date | None) -> list[asking.AgentToken]:
    return [asking.AgentToken.of(token, oldest)] if token.role == "agent" else []


def listeners(policy: Policy) -> list[str]:
    """Whom the news of something undelivered may go to, besides the agent who has the ticket; at most 100."""
    members = (member for team in policy.teams.values() for member in team)
    return list(dict.fromkeys((*(alert.lower() for alert in policy.alerts), *members)))[:100]


def _returned(message: Inbound, policy: Policy) -> tuple[int, str] | None:
    """Ticket number and delivery of the mail that a bounce brings back, when its Message-ID is one that we signed."""
    if message.bounce is None:
        return None
    original = message.bounce.original_message_id or ""
    candidates = (original, *message.in_reply_to, *reversed(message.references[-MOST_REFERENCES:]))
    found = (read_message_id(policy.keyring, candidate) for candidate in candidates if candidate)
    return next((known for known in found if known is not None), None)


def participants(message: Inbound, policy: Policy, points: Sequence[Point] = ()) -> list[str]:
    """Who takes part in a message: sender, Reply-To, To and Cc, lower-cased, our own addresses left out, at most 100. On other channels
    than mail, the sender's points."""
    if message.channel != "email":
        author = message.from_.address.lower() if message.from_ else ""
        named = dict.fromkeys((*(point.value for point in points), author))
        return [value for value in named if value and not policy.is_own(value) and value not in policy.own_numbers]
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
        numbers.update(
            dict.fromkeys((*evidence.expired, *(each.number for each in evidence.by_side), *evidence.by_agent))
        )
        _needs_of_sender(evidence, request)
        linking.needs(evidence, request)
        references.update(dict.fromkeys(lookups(evidence)))
        if evidence.content_key:
            request.contents.append(evidence.content_key)
        if message.bounce is not None:
            _needs_of_bounce(evidence, request)
            points.update(dict.fromkeys(evidence.listeners))
            points.update(dict.fromkeys(each.address.lower() for each in message.bounce.recipients[:20]))
    request.numbers = list(dict.fromkeys((*request.numbers, *numbers)))
    request.references = list(references)
    request.points += [Point(kind="email", value=address) for address in points]
    return request


def lookups(evidence: Evidence) -> Iterator[str]:
    """The marks under which a message may be known: what it answers was moved, or its sender answered the same before."""
    yield from (key for key in evidence.trail if " " in key)
    if evidence.sender:
        for number in dict.fromkeys((*evidence.by_address, *evidence.by_body)):
            yield marks.member(number, evidence.sender)
        for message_id in dict.fromkeys((*evidence.foreign[:1], *evidence.foreign[-1:])):
            yield marks.answer(evidence.sender, message_id)
    if evidence.subject_mark:
        yield evidence.subject_mark
    if evidence.conversation:
        yield evidence.conversation
    if evidence.side_talk:
        yield evidence.side_talk
    parts = (*(each.part for each in evidence.by_side), *(side_part(delivery) for _, delivery in evidence.deliveries))
    yield from map(marks.aside, dict.fromkeys(parts))
    if evidence.edits:
        yield evidence.edits
    if (elsewhere := answered_in(evidence)) is not None:
        yield elsewhere


def answered_in(evidence: Evidence) -> str | None:
    """The mark of the talk that an automatic answer begins or goes on with, where that is another than the message's own: who called, or
    filled in a form, is answered by SMS, and may answer that."""
    way = evidence.way
    talk = senders.conversation_of(way.channel, way.inbox, way.point.value) if way else None
    mark = marks.conversation(talk) if talk else None
    return mark if mark != evidence.conversation else None


def _needs_of_sender(evidence: Evidence, request: FactsRequest) -> None:
    request.points += [*evidence.points, *([evidence.way.point] if evidence.way else [])]
    if evidence.claimed:
        request.points.append(evidence.claimed)
    if evidence.press:
        request.numbers.append(evidence.press.number)
    if evidence.claim:
        asking.needs(evidence.claim, request)
    if evidence.enquiry:
        request.assignees = True
        request.newest_of += evidence.points
        if evidence.enquiry.number is not None:
            request.numbers.append(evidence.enquiry.number)


def _needs_of_bounce(evidence: Evidence, request: FactsRequest) -> None:
    request.assignees = True
    if evidence.failed is not None:
        request.deliveries += [evidence.failed, instead_id(evidence.failed)]
        request.sent.append(evidence.failed)
    request.deliveries_of += evidence.by_address


def _newest_first(message: Inbound) -> list[str]:
    ids = dict.fromkeys((*message.in_reply_to, *reversed(message.references)))
    return [each for each in ids if each.strip() and " " not in each and each != message.message_id]


def _numbers(subject: str) -> list[int]:
    if not any(mark in subject for mark in "[#-"):
        return []
    found = (int(match[1] or match[2] or match[3]) for match in _NUMBER.finditer(subject[:1000]))
    return list(dict.fromkeys(number for number in found if number))[:5]


def _typed(message: Inbound) -> list[int]:
    """Ticket numbers that a message names, in the subject or the text. A bare one, or one after #, may be an order's."""
    written = f"{message.subject[:1000]}\n{(message.reply_text or message.text)[:1000]}"
    if "-" not in written:
        return []
    return list(dict.fromkeys(int(match[1]) for match in _TYPED.finditer(written) if int(match[1])))[:5]


def _claimed(message: Inbound) -> Point | None:
    """The mail address that somebody gave in a chat: perhaps theirs."""
    address = message.fields.get("email", "").strip().lower() if message.channel == "chat" else ""
    return Point(kind="email", value=address) if sending.kind_of(address) == "email" and len(address) <= 320 else None


def _answer_to(message: Inbound, sender: str, policy: Policy) -> str:
    """Where an automatic answer goes: the one Reply-To if there is just one that is not ours, else the sender."""
    others = [address.address.lower() for address in message.reply_to]
    if len(others) == 1 and others[0] and not policy.is_own(others[0]):
        return others[0]
    return sender
