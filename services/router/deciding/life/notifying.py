"""Telling agents of a ticket by ourselves: each on the channel they chose, at once or later, and never of their own doing.

Who chose nothing gets mail. What an agent answers to it is theirs by the notification's address or code
(`services.router.deciding.speaking`), and goes to the customer, unless it was about something that the customer does not see. Customers are
called by their name; their addresses and numbers stand in nothing that an agent is told.
"""

from dataclasses import replace
from typing import Any, Final

from services.router.deciding import masking, sending
from services.router.deciding.life import choosing, digesting
from services.router.deciding.life.choosing import Reader
from services.router.deciding.life.living import Living
from services.router.deciding.life.telling import Notice
from services.router.deciding.masking import customer_points, for_agent
from services.router.deciding.naming import title_of
from services.router.deciding.senders import Way
from shared.messages.agents import AddNews
from shared.messages.changeset import QueueDelivery
from shared.messages.facts import point_key
from shared.messages.outbound import Outbound
from shared.messages.parts import Address, Attachment
from shared.secrets.shortcode import short_code
from shared.texts import text

MOST_TOLD: Final = 50
MOST_FILES, MOST_OCTETS = 5, 10_000_000
"""Of what the customer sent along, so much goes to the agent; the rest is at the desk."""
BY_SMS: Final = 1
"""Files that an SMS has a link to: each costs as much as two of it."""
INTERNAL: Final = frozenset({"mentioned", "side", "noted", "requests"})
"""Kinds of news that the customer does not see: what is answered is a note."""
CODED: Final = ("sms", "whatsapp", "telegram")
CHATS: Final = ("telegram", "whatsapp")
_NAME_DIGITS: Final = 5
_PLAIN: Final = frozenset({"url", "of", "request"})
"""Variables that are never somebody's words."""


def tell_agents(living: Living, addresses: list[str], notice: Notice) -> None:
    """Tell agents, named by their addresses, of what concerns them. The subject is the catalogue's ``<template>.subject``."""
    if living.cause.quiet:
        return
    told: dict[str, Notice] = {}
    here = [each for each in addresses if not living.facts.is_blocked(each)]
    for address in here[:MOST_TOLD]:
        person = choosing.reader(address, living.facts)
        if _is_told(living, person, notice):
            language = person.language(living.policy)
            if language not in told:
                told[language] = _worded(living, notice, language)
            _tell(living, person, told[language], language)


def told(living: Living) -> set[str]:
    """The addresses of whom this cause tells something of the ticket, now or later."""
    found: set[str] = set()
    by_id = {each.agent_id: each.email for each in living.facts.staff.values()}
    by_id |= {each.agent_id: each.email for each in living.facts.choices.values()}
    for operation in living.draft.operations:
        if isinstance(operation, AddNews) and operation.ticket_id == living.ticket_id:
            found.add(by_id.get(operation.agent_id, ""))
        elif isinstance(operation, QueueDelivery) and operation.outbound.ticket_id == living.ticket_id:
            outbound = operation.outbound
            if outbound.kind == "alert":
                found |= {outbound.to[0].address, by_id.get(outbound.agent_id, "")}
    return found - {""}


def hears_each(living: Living, address: str) -> bool:
    """Whether somebody is told of each message of a customer's, instead of one for a while: in a chat, and of what they are told later."""
    person, priority = choosing.reader(address, living.facts), living.ticket.priority
    if person.notify is None:
        return False
    wanted = choosing.channels(person.choice, "replied", priority)
    ways = choosing.ways(person, wanted, "", living.policy)
    zone = living.policy.record.timezone
    later = choosing.later(person.choice, "replied", priority, living.now, zone)
    return bool(ways) and (ways[0].channel in CHATS or later is not None)


def is_told_by(living: Living, template: str) -> bool:
    """Whether this cause tells anybody of the ticket with this text, now or later."""
    return any(
        (isinstance(each, AddNews) and each.ticket_id == living.ticket_id and each.template == template)
        or (
            isinstance(each, QueueDelivery)
            and each.outbound.ticket_id == living.ticket_id
            and each.outbound.template == template
        )
        for each in living.draft.operations
    )


def _is_told(living: Living, person: Reader, notice: Notice) -> bool:
    if living.policy.is_own(person.address):
        return False
    if person.agent_id and living.cause.actor == f"agent:{person.agent_id}":
        return False  # they know: it is their own doing
    away = person.away_until is not None and person.away_until > living.now
    return notice.event != "opened" or not (away or person.role == "auditor")


def _tell(living: Living, person: Reader, notice: Notice, language: str) -> None:
    ticket, event = living.ticket, notice.event
    mail_inbox = sending.email_inbox(ticket, living.policy)
    wanted = choosing.channels(person.choice, event, ticket.priority) if event else ("email",)
    ways = [way for way in choosing.ways(person, wanted, mail_inbox, living.policy) if _arrives(living, way)]
    if not ways:
        return
    zone = living.policy.record.timezone
    later = choosing.later(person.choice, event, ticket.priority, living.now, zone) if event else None
    if later is not None and event:
        news_id = living.derive("news", notice.template, notice.name, person.address)
        internal = {"internal": True} if ticket.internal or event in INTERNAL else {}
        variables = {**notice.variables, "subject": notice.subject, **internal}
        digesting.keep(
            living.draft,
            AddNews(
                news_id=news_id,
                agent_id=person.agent_id,
                ticket_id=ticket.ticket_id,
                event=event,
                template=notice.template,
                variables=variables,
                at=living.now,
            ),
            later,
        )
        return
    outbound = _outbound(living, person, notice, ways[0], language)
    living.draft.operations.append(QueueDelivery(outbound=outbound))


def _arrives(living: Living, way: Way) -> bool:
    """Whether nothing is known against it."""
    contact = living.facts.contacts.get(point_key(way.point.kind, way.point.value))
    return contact is None or not contact.undeliverable


def _outbound(living: Living, person: Reader, notice: Notice, way: Way, language: str) -> Outbound:
    ticket = living.ticket
    delivery_id = living.derive("delivery", "agent", notice.template, notice.name, person.address)
    title = text(f"{notice.template}.subject", language, **{**notice.variables, "subject": notice.subject[:100]})
    title = f"{title[:1].upper()}{title[1:]}"
    plain = Outbound(
        delivery_id=delivery_id,
        ticket_id=ticket.ticket_id,
        ticket_number=ticket.number,
        channel=way.channel,
        inbox=way.inbox,
        kind="alert",
        to=[Address(address=way.point.value)],
        language=language,
        subject=title,
        template=notice.template,
        variables=dict(notice.variables),
        automatic=True,
        created_at=living.now,
        correlation_id=living.cause.correlation_id,
    )
    if not (person.agent_id and notice.event):
        return plain
    more_said: dict[str, Any] = {"subject": notice.subject}
    if ticket.assignee in (person.address, person.agent_id):
        more_said["mine"] = True
    files, more = _files(notice.attachments, BY_SMS if way.channel == "sms" else MOST_FILES)
    return plain.model_copy(update={
        "agent_id": person.agent_id,
        "event": notice.event,
        "internal": ticket.internal or notice.event in INTERNAL,
        "code": short_code(living.policy.keyring, delivery_id) if way.channel in CODED else "",
        "variables": {**notice.variables, **more_said, **({"more_files": more} if more else {})},
        "attachments": files,
    })  # fmt: skip


def _files(attachments: tuple[Attachment, ...], most: int) -> tuple[list[Attachment], int]:
    """What goes along, the first ones that fit and do not bear their sender's address, and how many do not."""
    going: list[Attachment] = []
    for each in attachments:
        room = MOST_OCTETS - sum(file.size for file in going)
        tells = masking.is_card(each) or masking.is_mail(each)
        if each.blob is not None and not tells and each.size <= room and len(going) < most:
            going.append(each)
    return going, len(attachments) - len(going)


# -- what an agent may read of a customer -------------------------------------------------------------------------------


def _worded(living: Living, notice: Notice, language: str) -> Notice:
    """The notice in a language, without the customer's addresses and numbers, and with their name."""
    given: dict[str, Any] = {**notice.variables, **(notice.worded(language) if notice.worded is not None else {})}
    subject = _subject(living, language)
    if not notice.event:
        return replace(notice, variables=given, subject=subject)
    points = customer_points(living.ticket, living.facts)
    shown = {
        name: for_agent(value, points, language) if isinstance(value, str) and name not in _PLAIN else value
        for name, value in given.items()
    }
    shown["customer"] = customer_name(living, language)
    files = tuple(
        each.model_copy(update={"filename": for_agent(each.filename, points, language)}) for each in notice.attachments
    )
    return replace(notice, variables=shown, subject=for_agent(subject, points, language), attachments=files)


def _subject(living: Living, language: str) -> str:
    return title_of(living.ticket) or text("subject.none", language)


def customer_name(living: Living, language: str) -> str:
    """How agents are told of the customer: by their name, where that is one."""
    ticket = living.ticket
    person = living.facts.people.get(ticket.contact_id or "")
    named = (each.name for each in living.facts.contacts.values() if each.contact_id == ticket.contact_id)
    known = (person.name if person else "") or next(filter(None, named), "")
    name = " ".join(known.split())[:60]
    is_name = name and "@" not in name and sum(map(str.isdigit, name)) < _NAME_DIGITS
    if is_name and for_agent(name, customer_points(living.ticket, living.facts), language) == name:
        return name
    return text("alert.customer", language)
