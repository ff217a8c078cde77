"""Deciding about the customers' portal: whether a code is sent, whether the one that came back is right, and tickets opened there.

What is asked for a value that nobody knows is decided, counted and kept like what is asked for a customer's; only nothing is sent, and no
code opens anything. A point that somebody merely wrote down for a contact opens nothing but what was written in its own name: otherwise
whoever gets an address of theirs noted with another person's contact could read that person's tickets.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from services.router.deciding import contacts, sending
from services.router.deciding.commands.customers import evidence_of
from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.opening import open_ticket as open_for
from services.router.deciding.recording import message_id
from services.router.deciding.senders import Way
from services.router.deciding.threading import Placement
from shared.identity import derive
from shared.messages.changeset import QueueDelivery
from shared.messages.customers import STATUS_LINKS
from shared.messages.facts import ContactFact, FactsRequest, TicketFact, point_key
from shared.messages.inbound import Inbound
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Channel, Point, Reason
from shared.messages.portal import (
    AskPortalCode,
    EndPortalSession,
    LeavePortal,
    OpenFromPortal,
    OpenPortalSession,
    PortalAsk,
    PortalCodeFact,
    PutPortalCode,
    portal_key,
)
from shared.messages.portal import ProvePortalCode as Prove
from shared.phones import is_e164
from shared.secrets import portalcode
from shared.texts import LANGUAGES, text

RULE: Final = "portal"
BUDGET: Final = ((timedelta(minutes=10), 3), (timedelta(hours=1), 5), (timedelta(days=1), 10))
"""Codes that one point gets within so long, whoever asks for them: who is not asked does not drown in them."""
_OF_PAGE: Final = 0.8
"""How sure the language is that somebody reads a page in: enough to answer in it, not to remember it."""


@dataclass(frozen=True)
class _Reach:
    """Where a code goes: a customer's point that can be written to."""

    point: Point
    channel: Channel
    inbox: str
    contact: ContactFact | None


def points_of(value: str) -> list[Point]:
    """The points that a mail address or a number in E.164 may be; none for anything else."""
    if is_e164(value):
        return [Point(kind="phone", value=value), Point(kind="whatsapp", value=value)]
    return [Point(kind="email", value=value.lower())] if sending.kind_of(value) == "email" else []


def needs(action: AskPortalCode | Prove | OpenFromPortal, request: FactsRequest) -> None:
    """Whose the point is, what was asked for it, and the ticket that it is to be shown."""
    if isinstance(action, OpenFromPortal):
        request.points = [action.point]
        return
    request.points = points_of(action.value)
    request.portal = PortalAsk(point_id=_point_id(action), code_id=_code_id(action))
    if action.asked_number is not None:
        request.numbers, request.customers = [action.asked_number], True


def ask(do: Doing, want: AskPortalCode) -> dict[str, Any]:
    """A code is asked for. The result says nothing: not whether the point is known, nor whether a code was sent."""
    name, asked = _code_id(want), _point_id(want)
    do.draft.change(do.facts, portal_key(asked))
    if do.facts.portal is not None and do.facts.portal.code is not None:
        return {}  # that page has its code
    reach = _reach(do, want)
    code = portalcode.make_code(do.policy.keyring, do.command.command_id)
    sent = reach is not None and not _is_over_budget(do)
    do.draft.operations.append(
        PutPortalCode(
            code_id=name,
            point_id=asked,
            kind=reach.point.kind if reach is not None and sent else "",
            digest=portalcode.digest(do.policy.keyring, code, name),
            sent=sent,
            made_at=do.now,
            expires_at=do.now + portalcode.VALID,
        )
    )
    if reach is not None:
        if sent:
            _send(do, reach, code, want.language)
        do.event("portal_code_asked", None, contact=_id(reach), kind=reach.point.kind, sent=sent)
    return {}


def prove(do: Doing, want: Prove) -> dict[str, Any]:
    """A code came back. A wrong one is counted, which is a change like any other; one for a value that nobody knows is counted alike."""
    asked = _point_id(want)
    do.draft.change(do.facts, portal_key(asked))
    kept = do.facts.portal.code if do.facts.portal is not None else None
    if kept is None or kept.used_at is not None or kept.tries >= portalcode.TRIES or kept.expires_at <= do.now:
        return {"verified": False, "over": True}
    code = portalcode.read_code(want.code) or ""
    reach = _reach(do, want)
    right = portalcode.is_code(do.policy.keyring, code, kept.code_id, kept.digest)
    if not (right and kept.sent and reach is not None and reach.point.kind == kept.kind):
        _put(do, kept, tries=kept.tries + 1)
        return {"verified": False, "over": kept.tries + 1 >= portalcode.TRIES}
    _put(do, kept, used_at=do.now)
    do.event("portal_entered", None, contact=_id(reach), kind=reach.point.kind, ticket=want.asked_number)
    result: dict[str, Any] = {"verified": True, "kind": reach.point.kind, "value": reach.point.value}
    if want.asked_number is not None:
        ticket = _ticket(do, want.asked_number)
        links = int((ticket.state.get(STATUS_LINKS) or {}).get("count") or 0) if ticket else 0
        return result | {"ticket": ticket.number if ticket else 0, "links": links}
    if not want.session_id:
        raise Refused("invalid", "session_id: must not be empty")
    until = do.now + portalcode.SESSION
    do.draft.operations.append(
        OpenPortalSession(session_id=want.session_id, point=reach.point, made_at=do.now, expires_at=until)
    )
    return result | {"expires_at": until.isoformat()}


def leave(do: Doing, want: LeavePortal) -> dict[str, Any]:
    """The session ends, if there is one."""
    do.draft.operations.append(EndPortalSession(session_id=want.session_id, at=do.now))
    return {}


def open_ticket(do: Doing, want: OpenFromPortal) -> dict[str, Any]:
    """A ticket as a form opens one: rules, times and acknowledgement are the same. Raises `Refused`."""
    words, point = want.text.strip(), want.point
    if not words:
        raise Refused("invalid", "text: must not be empty")
    contact = do.facts.contacts.get(point_key(point.kind, point.value))
    if contact is None or contact.blocked:
        raise Refused("forbidden", "whoever had that point is no customer any more")
    message = _message(do, want, contact, words)
    evidence = evidence_of(do, message, message.inbox)
    if evidence.way is None and point.kind == "phone" and (inbox := do.policy.inbox_of("sms")) is not None:
        evidence = replace(evidence, way=Way("sms", inbox, point))
    placement = Placement(Reason(rule=RULE, evidence=f"{point.kind} proven by a code"))
    contact_id = contacts.ensure(message, evidence, contact, do.facts, do.draft)
    ticket_id = open_for(message, evidence, placement, contact, contact_id, do.facts, do.policy, do.now, do.draft)
    return {"ticket_id": ticket_id, "message_id": message_id(message)}


def _message(do: Doing, want: OpenFromPortal, contact: ContactFact, words: str) -> Inbound:
    forms = do.policy.inboxes.get("form", ())
    inbox = next(iter(forms), None) or next(iter(do.policy.email_inboxes), "support")
    line = next((line.strip() for line in words.splitlines() if line.strip()), "")
    return Inbound.model_validate(
        {
            "source_id": derive("portal", do.command.command_id),
            "channel": "form",
            "inbox": inbox,
            "inboxes": [inbox],
            "received_at": do.now,
            "correlation_id": do.command.correlation_id,
            "from": Address(name=contact.name, address=want.point.value),
            "points": [want.point],
            "subject": want.subject.strip() or (line if len(line) <= 80 else f"{line[:79].rstrip()}…"),
            "text": words,
            "reply_text": words,
            "language": want.language if want.language in LANGUAGES else None,
            "language_confidence": _OF_PAGE if want.language in LANGUAGES else 0.0,
            "attachments": want.attachments,
        }
    )


# -- whose it is ---------------------------------------------------------------------------------------------------------


def _point_id(want: AskPortalCode | Prove) -> str:
    return portalcode.point_id(want.value)


def _code_id(want: AskPortalCode | Prove) -> str:
    return portalcode.code_id(want.value, want.asked_number, want.page)


def _id(reach: _Reach) -> str | None:
    return reach.contact.contact_id if reach.contact is not None else None


def _reach(do: Doing, want: AskPortalCode | Prove) -> _Reach | None:
    """Where a code for this value goes; null where nobody known has it, or it must not be written to."""
    ticket = _ticket(do, want.asked_number) if want.asked_number is not None else None
    if want.asked_number is not None and ticket is None:
        return None
    for point in points_of(want.value):
        channel: Channel = "email" if point.kind == "email" else "sms" if point.kind == "phone" else "whatsapp"
        inbox = do.policy.inbox_of(channel)
        contact = do.facts.contacts.get(point_key(point.kind, point.value))
        if inbox is None or do.policy.is_own(point.value) or point.value in do.policy.own_numbers:
            continue
        if contact is not None and (contact.blocked or contact.undeliverable or contact.opted_out):
            continue
        if has_part(do, point, contact, ticket) if ticket is not None else contact is not None:
            return _Reach(point, channel, inbox, contact)
    return None


def _ticket(do: Doing, number: int) -> TicketFact | None:
    """The ticket of that number, or the one that it became a part of; null for one that no customer may see."""
    ticket = do.facts.tickets.get(do.facts.numbers.get(number, ""))
    for _ in range(5):
        if ticket is None or ticket.status != "merged":
            break
        ticket = do.facts.tickets.get(ticket.merged_into or "")
    return None if ticket is None or ticket.internal or ticket.status in ("spam", "merged") else ticket


def has_part(do: Doing, point: Point, contact: ContactFact | None, ticket: TicketFact) -> bool:
    """Whether who has this point may see the ticket: it is in the point's own name, or they take part and nobody has to confirm it; or it
    is theirs by another point, where both are known to be theirs."""
    if ticket.customer == point.value:
        return True
    if point.value in ticket.participants and point.value not in ticket.unconfirmed:
        return True
    if contact is None or not contact.verified or ticket.contact_id != contact.contact_id:
        return False
    person = do.facts.people.get(contact.contact_id)
    return person is not None and any(each.verified and each.value == ticket.customer for each in person.points)


def _is_over_budget(do: Doing) -> bool:
    sent = do.facts.portal.sent if do.facts.portal is not None else []
    return any(sum(at > do.now - within for at in sent) >= most for within, most in BUDGET)


def _put(do: Doing, kept: PortalCodeFact, **changes: Any) -> None:
    named = {name: getattr(kept, name) for name in PortalCodeFact.model_fields}
    do.draft.operations.append(PutPortalCode(**named | changes))


def _send(do: Doing, reach: _Reach, code: str, page: str) -> None:
    known = reach.contact.language if reach.contact is not None else None
    wanted = next((each for each in (known, page) if each in do.policy.languages), do.policy.languages[0])
    by_mail = reach.channel == "email"
    sent = Outbound(
        delivery_id=do.derive("delivery"),
        channel=reach.channel,
        inbox=reach.inbox,
        kind="alert",
        to=[Address(name=reach.contact.name if reach.contact and by_mail else "", address=reach.point.value)],
        language=wanted,
        subject=text("portal.code.subject", wanted, company=do.policy.company) if by_mail else "",
        template="portal.code",
        variables={"code": code},
        automatic=True,
        created_at=do.now,
        correlation_id=do.command.correlation_id,
    )
    do.draft.operations.append(QueueDelivery(outbound=sent))
