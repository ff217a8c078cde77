"""``/api/v1/quarantine``: what is held back and why, letting it out and discarding it (docs/openapi.json)."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from services.desk.commanding import BEARER, Changing, Reading
from services.desk.errors import NotFound
from services.desk.problems import responses
from services.desk.schemas import Discarded, Discarding, HeldMessage, HeldPage, Released, Releasing
from shared.messages.command import Discard, Release
from shared.messages.quarantine import HeldAnswer, HeldQuery, QuarantinePage, QuarantineQuery

router = APIRouter(prefix="/api/v1/quarantine", tags=["quarantine"], dependencies=[BEARER])

HeldId = Annotated[str, Path(min_length=1, max_length=64, description="The id of a held message")]
_RELEASING = Releasing()
_DISCARDING = Discarding()


@router.get("", responses=responses())
async def list_held(
    who: Reading,
    released: Annotated[bool, Query(description="Also those that were let out and are still kept")] = False,
    discarded: Annotated[bool, Query(description="Also those that were discarded and are still kept")] = False,
    page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    per_page: Annotated[int, Query(ge=1, le=200)] = 50,
) -> HeldPage:
    """Held messages, newest first."""
    query = QuarantineQuery(released=released, discarded=discarded, page=page, per_page=per_page)
    found = await who.backend.gate.query("quarantine", query, QuarantinePage)
    return HeldPage(items=found.items, total=found.total)


@router.get("/{held_id}", responses=responses(404))
async def show_held(held_id: HeldId, who: Reading) -> HeldMessage:
    """One held message with what it says, as plain text."""
    found = await who.backend.gate.query("held", HeldQuery(id=held_id), HeldAnswer)
    if found.held is None or found.content is None:
        raise NotFound(f"nothing is held under {held_id}")
    return HeldMessage(**dict(found.held), content=found.content)


@router.post("/{held_id}/release", responses=responses(403, 404, 409))
async def release(held_id: HeldId, who: Changing, body: Releasing = _RELEASING) -> Released:
    """Let a message out: it is decided as if it came now, only not held again."""
    result = await who.do(Release(held_id=held_id, unblock=body.unblock))
    number = result.get("number")
    return Released(
        id=held_id,
        ticket=f"T-{number}" if number is not None else None,
        message_id=result.get("message_id"),
        already_released=bool(result.get("already_released")),
    )


@router.post("/{held_id}/discard", responses=responses(403, 404, 409))
async def discard(held_id: HeldId, who: Changing, body: Discarding = _DISCARDING) -> Discarded:
    """Nobody need look at the message any more: it is no longer listed, stays counted as quarantined, and can still be let out until it
    is forgotten."""
    result = await who.do(Discard(held_id=held_id, reason=body.reason))
    return Discarded(id=held_id, already_discarded=bool(result.get("already_discarded")))
