"""Deciding about contacts: two that are one person, two that are not after all, and what is known of one."""

from typing import Any

from services.router.deciding.commands.doing import Doing, Refused
from services.router.deciding.contacts import is_timezone
from shared.messages import command as c
from shared.messages.changeset import ChangeContact, DismissSuggestion, MergeContacts, UnmergeContacts
from shared.messages.facts import PersonFact, contact_key, point_key
from shared.texts import LANGUAGES

_FIELDS = ("name", "language", "timezone", "notify_by")
_WAYS = ("channel", "email", "sms")
_LONGEST = 255


def merge(do: Doing, want: c.MergePeople) -> dict[str, Any]:
    """``other`` is the same person: their points and tickets become this contact's. Raises `Refused`."""
    kept, other = _person(do, want.contact_id), _person(do, want.other)
    if kept.contact_id == other.contact_id:
        raise Refused("invalid", "other: that is the same contact")
    for each in (kept, other):
        if each.merged_into:
            raise Refused("conflict", f"the contact {each.contact_id} was merged into {each.merged_into} already")
    do.draft.operations.append(
        MergeContacts(
            merge_id=do.derive("merge"),
            contact_id=kept.contact_id,
            other_id=other.contact_id,
            by=do.command.actor,
            at=do.now,
        )
    )
    _bump(do, kept, other)
    do.event("contacts_merged", None, contact=kept.contact_id, other=other.contact_id)
    return {"contact_id": kept.contact_id}


def unmerge(do: Doing, want: c.UnmergePeople) -> dict[str, Any]:
    """They are two after all: ``other`` gets back the points and tickets that it had. Raises `Refused`."""
    kept, other = _person(do, want.contact_id), _person(do, want.other)
    if other.merged_into != kept.contact_id:
        raise Refused("conflict", f"other: {other.contact_id} is not merged into this contact")
    if kept.merged_into:
        raise Refused("conflict", f"this contact itself was merged into {kept.merged_into}; undo that first")
    do.draft.operations.append(UnmergeContacts(contact_id=kept.contact_id, other_id=other.contact_id, at=do.now))
    _bump(do, kept, other)
    do.event("contacts_unmerged", None, contact=kept.contact_id, other=other.contact_id)
    return {"contact_id": kept.contact_id}


def dismiss(do: Doing, want: c.DismissPeople) -> dict[str, Any]:
    """They are not the same person, and are not to be suggested, or tied by themselves, again. Raises `Refused`."""
    one, other = _person(do, want.contact_id), _person(do, want.other)
    if one.contact_id == other.contact_id:
        raise Refused("invalid", "other: that is the same contact")
    for each in (one, other):
        if each.merged_into:
            raise Refused(
                "conflict", f"the contact {each.contact_id} was merged into {each.merged_into}; undo that first"
            )
    do.draft.operations.append(
        DismissSuggestion(contact_id=one.contact_id, other_id=other.contact_id, by=do.command.actor, at=do.now)
    )
    _bump(do, one, other)
    do.event("suggestion_dismissed", None, contact=one.contact_id, other=other.contact_id)
    return {"contact_id": one.contact_id}


def change(do: Doing, want: c.ChangePerson) -> dict[str, Any]:
    """New values of a contact. Raises `Refused` for what it has not and for values that cannot be."""
    person = _person(do, want.contact_id)
    unknown = [name for name in want.fields if name not in _FIELDS]
    if unknown or not want.fields:
        raise Refused("invalid", f"{', '.join(unknown) or 'nothing to change'}: writable are {', '.join(_FIELDS)}")
    for name, value in want.fields.items():
        if not isinstance(value, str) or len(value) > _LONGEST:
            raise Refused("invalid", f"{name}: must be a text of at most {_LONGEST} characters")
    language, zone = want.fields.get("language"), want.fields.get("timezone")
    if language is not None and language not in LANGUAGES:
        raise Refused("invalid", f"language: must be one of {', '.join(LANGUAGES)}")
    if zone is not None and not is_timezone(zone):
        raise Refused("invalid", f"timezone: {zone!r} is none; write it like Europe/Warsaw")
    if want.fields.get("notify_by", "channel") not in _WAYS:
        raise Refused("invalid", f"notify_by: must be one of {', '.join(_WAYS)}")
    do.draft.operations.append(ChangeContact(contact_id=person.contact_id, **want.fields))
    _bump(do, person)
    do.event("contact_changed", None, contact=person.contact_id, fields=list(want.fields))
    return {"contact_id": person.contact_id}


def _person(do: Doing, contact_id: str) -> PersonFact:
    person = do.facts.people.get(contact_id)
    if person is None:
        raise Refused("not-found", f"there is no contact {contact_id}")
    return person


def _bump(do: Doing, *people: PersonFact) -> None:
    """Whatever was decided about one of their points meanwhile is decided again."""
    for person in people:
        points = (point_key(point.kind, point.value) for point in person.points)
        do.draft.change(do.facts, contact_key(person.contact_id), *points)
