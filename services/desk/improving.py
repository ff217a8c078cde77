"""Improvement actions over the bus, for the API's calls and the console's pages. What may become of one stands in
`shared.documents.improvement`."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from services.desk.errors import NotFound, Refused
from services.desk.gate import Gate
from shared.documents.improvement import NAME, Improvement
from shared.messages.command import Action
from shared.messages.documents import DocumentFact, DocumentsAnswer, DocumentsQuery, SaveDocument

Do = Callable[[Action, str], Awaitable[dict[str, Any]]]
"""Has a command done, as whoever is there; the text tells the commands of one call apart. Raises `services.desk.errors.DeskError`."""
_TRIES: Final = 3


async def listed(
    gate: Gate,
    *,
    states: Sequence[str] = (),
    words: str = "",
    number: int | None = None,
    page: int = 1,
    per_page: int = 50,
) -> DocumentsAnswer:
    """A page of them, the newest change first."""
    query = DocumentsQuery(
        kind=NAME, states=list(states) or None, words=words, number=number, page=page, per_page=per_page
    )
    return await gate.query("documents", query, DocumentsAnswer)


async def found(gate: Gate, improvement_id: str) -> DocumentFact:
    """One of them. Raises `NotFound`."""
    items = (await gate.query("documents", DocumentsQuery(kind=NAME, ids=[improvement_id]), DocumentsAnswer)).items
    if not items:
        raise NotFound("there is no such improvement action")
    return items[0]


async def propose(gate: Gate, do: Do, improvement_id: str, body: Improvement) -> DocumentFact:
    """Propose one; the same id twice is the same. It stands at the first ticket it comes from."""
    numbers = [*body.origin.tickets, *body.origin.feedback]
    await do(
        SaveDocument(
            kind=NAME,
            id=improvement_id,
            document_number=numbers[0] if numbers else None,
            body=body.model_dump(mode="json"),
        ),
        "",
    )
    return await found(gate, improvement_id)


async def change(
    gate: Gate, do: Do, improvement_id: str, fields: Mapping[str, Any], seen: int | None = None
) -> DocumentFact:
    """Other values of some fields; all else stays. ``seen`` is the revision that was looked at. Raises `NotFound`, `Refused`."""
    return await patched(gate, do, NAME, improvement_id, fields, seen)


async def patched(
    gate: Gate, do: Do, kind: str, document_id: str, fields: Mapping[str, Any], seen: int | None
) -> DocumentFact:
    """A document with these values of its fields. What it says already is not written again, so that a call may be repeated; where
    somebody else has changed it meanwhile and ``seen`` is null, theirs stays and these are put on top. Raises `NotFound`, `Refused`."""
    for attempt in range(_TRIES):
        items = (await gate.query("documents", DocumentsQuery(kind=kind, ids=[document_id]), DocumentsAnswer)).items
        if not items:
            raise NotFound(f"there is no such {kind}")
        before = items[0]
        body = {**before.body, **fields}
        if body == before.body:
            break
        looked_at = before.revision if seen is None else seen
        save = SaveDocument(kind=kind, id=document_id, body=body, seen=looked_at)
        try:
            await do(save, f"{document_id}:{looked_at}:{attempt}")
            break
        except Refused as error:
            if error.kind != "moved-on" or seen is not None or attempt == _TRIES - 1:
                raise
    return (await gate.query("documents", DocumentsQuery(kind=kind, ids=[document_id]), DocumentsAnswer)).items[0]
