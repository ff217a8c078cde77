"""Who is it? A person's points are tied to one contact by what is certain; what is only likely is suggested to agents.

Certain is what the channel itself says: points that come with one message are one person's. Where they are two contacts' already, the
same telephone number on two channels makes these one, and can be undone; anything else is for an agent to say. What an agent has taken
apart is left apart.
"""

from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache

from services.router.deciding.draft import Draft
from services.router.deciding.evidence import Evidence
from services.router.deciding.recording import event
from services.router.deciding.senders import vouched_for
from shared.identity import derive
from shared.messages.changeset import MergeContacts, PutContact, SuggestMerge
from shared.messages.facts import ContactFact, Facts, point_key
from shared.messages.inbound import Inbound
from shared.messages.parts import Point

# From here on a detected language is kept as what is known of the contact.
SURE_LANGUAGE = 0.9
_SAME_NUMBER = ("phone", "whatsapp")


def known(evidence: Evidence, facts: Facts) -> ContactFact | None:
    """The contact of the first of the sender's points that has one."""
    found = (facts.contacts.get(key) for key in evidence.keys)
    return next((contact for contact in found if contact is not None), None)


def ensure(message: Inbound, evidence: Evidence, contact: ContactFact | None, facts: Facts, draft: Draft) -> str | None:
    """The id of the sender's contact, whom this makes or completes; null where nobody is known to have written."""
    if not evidence.points:
        return None
    sure = message.language if message.language_confidence >= SURE_LANGUAGE and not message.automatic else None
    name = message.from_.name if message.from_ else ""
    verified = vouched_for(message)
    zone = None if contact is not None and contact.timezone else timezone_of(message, evidence.points)
    of_points = [facts.contacts.get(key) for key in evidence.keys]
    if (
        contact is not None
        and (contact.name or not name)
        and (contact.language or not sure)
        and zone is None
        and all(each is not None and (each.verified or not verified) for each in of_points)
    ):
        return contact.contact_id
    first = evidence.points[0]
    contact_id = contact.contact_id if contact else derive("contact", first.kind, first.value)
    theirs = [
        point
        for point, owner in zip(evidence.points, of_points, strict=True)
        if owner is None or owner.contact_id == contact_id
    ]
    draft.operations.append(
        PutContact(contact_id=contact_id, name=name, language=sure, points=theirs, timezone=zone, verified=verified)
    )
    draft.change(facts, *(point_key(point.kind, point.value) for point in theirs))
    return contact_id


def tie(
    message: Inbound, evidence: Evidence, contact_id: str | None, facts: Facts, now: datetime, opens: bool, draft: Draft
) -> str | None:
    """Points of several contacts came with one message: they are one person, or may be. Gives the contact who has them then.
    ``opens``: the message opens a ticket, which is when a suggestion is worth an event."""
    if contact_id is None or message.imported:
        return contact_id
    for other, point, certain in _others(evidence, contact_id, facts):
        if other in facts.apart.get(contact_id, ()):
            continue
        if certain:
            merge_id = derive("merge", message.source_id, other)
            reason = f"the same number, {point.value}"
            draft.operations.append(
                MergeContacts(
                    merge_id=merge_id, contact_id=contact_id, other_id=other, by="system", reason=reason, at=now
                )
            )
            draft.change(facts, *evidence.keys)
            data = {"contact": contact_id, "other": other}
            draft.operations.append(event("contacts_merged", message, None, None, now, data))
        elif opens:
            reason = f"{point.kind} came with {evidence.points[0].kind}"
            draft.operations.append(SuggestMerge(contact_id=contact_id, other_id=other, reason=reason, at=now))
            data = {"contact": contact_id, "other": other, "kind": point.kind}
            draft.operations.append(event("contact_suggested", message, None, None, now, data))
    return contact_id


def _others(evidence: Evidence, contact_id: str, facts: Facts) -> Iterator[tuple[str, Point, bool]]:
    """Other contacts whose points these are, by which point, and whether that is certain."""
    numbers = {point.value for point in evidence.points if point.kind in _SAME_NUMBER and _is(point, contact_id, facts)}
    seen = set()
    for point in (*evidence.points, *([evidence.claimed] if evidence.claimed else [])):
        other = facts.contacts.get(point_key(point.kind, point.value))
        if other is None or other.contact_id == contact_id or other.contact_id in seen:
            continue
        seen.add(other.contact_id)
        yield other.contact_id, point, point.kind in _SAME_NUMBER and point.value in numbers


def _is(point: Point, contact_id: str, facts: Facts) -> bool:
    owner = facts.contacts.get(point_key(point.kind, point.value))
    return owner is None or owner.contact_id == contact_id


def timezone_of(message: Inbound, points: list[Point]) -> str | None:
    """The sender's time zone (IANA): what their browser said, else that of their number if its country, or area, has only one."""
    said = message.fields.get("timezone", "") if message.channel == "chat" else ""
    if said and is_timezone(said):
        return said
    number = next((point.value for point in points if point.kind in _SAME_NUMBER), None)
    return _zone_of_number(number) if number else None


@lru_cache(maxsize=1)
def _timezones() -> frozenset[str]:
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def is_timezone(name: str) -> bool:
    """Whether there is a time zone of this name."""
    return name in _timezones()


@lru_cache(maxsize=4096)
def _zone_of_number(number: str) -> str | None:
    from phonenumbers import NumberParseException, parse
    from phonenumbers.timezone import time_zones_for_number

    try:
        zones = time_zones_for_number(parse(number))
    except NumberParseException:
        return None
    return zones[0] if len(zones) == 1 and is_timezone(zones[0]) else None
