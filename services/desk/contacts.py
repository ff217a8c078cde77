"""``/api/v1/contacts``: who writes to us, which contacts are one person, and what is known of them (docs/openapi.json)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.desk.commanding import BEARER, Caller, Changing, Reading
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.schemas import ContactPage, Nothing, OtherContact, PersonPatch
from shared.messages.command import Action, ChangePerson, DismissPeople, MergePeople, UnmergePeople
from shared.messages.contacts import ContactAnswer, ContactQuery, ContactsPage, ContactsQuery, PersonView

router = APIRouter(prefix="/api/v1/contacts", tags=["contacts"], dependencies=[BEARER])

ContactId = Annotated[str, Path(min_length=1, max_length=64, description="A contact's `id`")]
_NOTHING = Nothing()


@router.get("", responses=responses())
async def list_contacts(
    who: Reading,
    q: Annotated[str, Query(max_length=200, description="Part of a name, an address or a number")] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ContactPage:
    """Contacts, newest first."""
    query = ContactsQuery(q=q, page=page, per_page=per_page)
    found = await who.backend.gate.query("contacts", query, ContactsPage)
    return ContactPage(items=found.items, more=found.more)


@router.get("/{contact_id}", responses=responses(404))
async def show_contact(contact_id: ContactId, who: Reading) -> PersonView:
    """One contact with the newest tickets, what was merged into it, and in `contact_suggestions` who may be the same person."""
    return await _contact(who, contact_id)


@router.patch("/{contact_id}", responses=responses(403, 404))
async def change_contact(contact_id: ContactId, who: Changing, body: PersonPatch) -> PersonView:
    """Change name, language or time zone."""
    return await _changed(who, ChangePerson(contact_id=contact_id, fields=body.model_dump(exclude_unset=True)))


@router.post("/{contact_id}/merge", responses=responses(403, 404, 409))
async def merge_contacts(contact_id: ContactId, who: Changing, body: OtherContact) -> PersonView:
    """`other` is the same person: their points and tickets become this contact's, until that is undone."""
    return await _changed(who, MergePeople(contact_id=contact_id, other=body.other))


@router.post("/{contact_id}/unmerge", responses=responses(403, 404, 409))
async def unmerge_contacts(contact_id: ContactId, who: Changing, body: OtherContact) -> PersonView:
    """`other` is another person after all: they get back the points and tickets that they had."""
    return await _changed(who, UnmergePeople(contact_id=contact_id, other=body.other))


@router.post("/{contact_id}/suggestions/{other_id}/dismiss", responses=responses(403, 404, 409))
async def dismiss_suggestion(
    contact_id: ContactId, other_id: ContactId, who: Changing, body: Nothing = _NOTHING
) -> PersonView:
    """The two are not the same person: nothing suggests it again, and nothing but `merge` makes them one."""
    return await _changed(who, DismissPeople(contact_id=contact_id, other=other_id))


async def _contact(who: Caller, contact_id: str) -> PersonView:
    found = await who.backend.gate.query("contact", ContactQuery(contact_id=contact_id), ContactAnswer)
    if found.contact is None:
        raise NotFound(f"there is no contact {contact_id}")
    return found.contact


async def _changed(who: Caller, action: Action) -> PersonView:
    result = await who.do(action)
    return await _contact(who, str(result["contact_id"]))
