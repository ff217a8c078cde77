"""``/api/v1/tickets/{number}/actions`` and the rest of a ticket's record: promises, tasks, calls, contacts, evidence, prevention."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from services.desk import attachments
from services.desk.commanding import BEARER, Caller, Changing
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.recordschemas import (
    EntryPatch,
    EntryShown,
    NewAction,
    NewCall,
    NewContact,
    NewEvidence,
    NewPromise,
    NewTask,
    Verification,
)
from services.desk.tickets import Number
from shared.messages.command import Action
from shared.messages.record import (
    AddAction,
    AddEvidence,
    AddPromise,
    AddTask,
    ChangeEntry,
    LogCall,
    LogContact,
    RemoveEvidence,
    VerifyPrevention,
)
from shared.messages.ticket import Evidence, TicketView

router = APIRouter(prefix="/api/v1/tickets", tags=["record"], dependencies=[BEARER])

EntryId = Annotated[str, Path(min_length=1, max_length=64, description="An entry's `id`")]
_SILENT = Verification()
_NEW: dict[str, Any] = {
    "status_code": 201,
    "responses": responses(403, 404, 409),
    "response_model_exclude_unset": True,
}


@router.post("/{number}/actions", **_NEW)
async def add_action(number: Number, who: Changing, body: NewAction) -> EntryShown:
    """Write down what a department was asked to do."""
    given = body.model_dump(exclude={"evidence"})
    return await _done(who, number, AddAction(number=number, **given, evidence=await _kept(body.evidence, who)))


@router.post("/{number}/promises", **_NEW)
async def add_promise(number: Number, who: Changing, body: NewPromise) -> EntryShown:
    """Write down what the customer was promised; whoever has the ticket is warned before it is due."""
    return await _done(who, number, AddPromise(number=number, **body.model_dump()))


@router.post("/{number}/tasks", **_NEW)
async def add_task(number: Number, who: Changing, body: NewTask) -> EntryShown:
    """Write down something that has to be done."""
    return await _done(who, number, AddTask(number=number, **body.model_dump()))


@router.post("/{number}/calls", **_NEW)
async def log_call(number: Number, who: Changing, body: NewCall) -> EntryShown:
    """Log a phone call that was had."""
    return await _done(who, number, LogCall(number=number, **body.model_dump()))


@router.post("/{number}/contacts", **_NEW)
async def log_contact(number: Number, who: Changing, body: NewContact) -> EntryShown:
    """Log a further contact with the customer: a letter, a visit, a call."""
    return await _done(who, number, LogContact(number=number, **body.model_dump()))


@router.patch("/{number}/entries/{entry_id}", response_model_exclude_unset=True, responses=responses(403, 404, 409))
async def change_entry(number: Number, entry_id: EntryId, who: Changing, body: EntryPatch) -> EntryShown:
    """Say that something was done, kept or not kept, put it off, correct it, or add evidence."""
    fields = body.model_dump(mode="json", exclude_unset=True, exclude={"reason", "evidence"})
    evidence = await _kept(body.evidence, who)
    change = ChangeEntry(number=number, entry_id=entry_id, fields=fields, reason=body.reason, add_evidence=evidence)
    return await _done(who, number, change)


@router.post("/{number}/evidence", status_code=201, responses=responses(403, 404, 409))
async def add_evidence(number: Number, who: Changing, body: NewEvidence) -> TicketView:
    """Add what shows that the problem is as the record says."""
    await who.do(AddEvidence(number=number, evidence=await _kept([body], who)))
    return await who.ticket(number)


@router.delete("/{number}/evidence/{evidence_id}", responses=responses(403, 404, 409))
async def remove_evidence(
    number: Number,
    evidence_id: Annotated[
        str, Path(min_length=1, max_length=64, description="A piece's `id`; without one its place from 0")
    ],
    who: Changing,
    reason: Annotated[str, Query(max_length=500, description="Why, for the audit trail")] = "",
) -> TicketView:
    """Take a piece of evidence back, of the ticket or of an entry of its record. The audit trail says so."""
    await who.do(RemoveEvidence(number=number, evidence_id=evidence_id, reason=reason))
    return await who.ticket(number)


@router.post("/{number}/prevention/verify", responses=responses(403, 404, 409))
async def verify_prevention(number: Number, who: Changing, body: Verification = _SILENT) -> TicketView:
    """Say that the preventive action works."""
    await who.do(VerifyPrevention(number=number, note=body.note))
    return await who.ticket(number)


async def _done(who: Caller, number: int, action: Action) -> EntryShown:
    """Have it done, and give the entry as it is now. Raises `NotFound` where it is no longer among those that are shown."""
    result = await who.do(action)
    for entry in reversed((await who.ticket(number)).entries or []):
        if entry.id == result["entry_id"]:
            return EntryShown.model_validate(entry.listed())
    raise NotFound(f"the entry is no longer among the newest of T-{number}")


async def _kept(evidence: Sequence[NewEvidence], who: Caller) -> list[Evidence]:
    """Evidence with its files stored. Raises as `attachments.keep`, which counts the files of all pieces together."""
    files = [file for piece in evidence for file in piece.files]
    stored = iter(await attachments.keep(files, who.backend.blobs, "/evidence/files"))
    return [Evidence(note=piece.note, of=piece.of, files=[next(stored) for _ in piece.files]) for piece in evidence]
