"""Deciding about documents: what people make in the desk. Their kinds (`shared.documents`) say who may write them and what is in them."""

import json
import re
from typing import Any, Final

from pydantic import ValidationError

from services.router.deciding.commands import macros, made
from services.router.deciding.commands.doing import Doing, Refused
from shared.documents import KINDS, Change, Kind, Summary
from shared.messages.command import Command
from shared.messages.documents import (
    DocumentFact,
    DocumentName,
    DropDocument,
    PutDocument,
    RemoveDocument,
    SaveDocument,
    document_key,
)
from shared.messages.facts import FactsRequest

_ID: Final = re.compile(r"[A-Za-z0-9._:@-]{1,120}")
_AGENT: Final = re.compile(r"agent:(.+)")
_RANK: Final = {"auditor": 0, "agent": 1, "lead": 2, "admin": 3, "operator": 3}
_NEEDED: Final = {"own": 0, "agent": 1, "lead": 2, "admin": 3}
_WORDS: Final = 100_000
# An escaped NUL, and not an escaped backslash with "u0000" after it.
_NUL: Final = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def needs(command: Command, request: FactsRequest) -> None:
    """The document as it is, and who writes it."""
    if isinstance(command.action, SaveDocument | RemoveDocument):
        request.documents = [DocumentName(kind=command.action.kind, id=command.action.id)]
        request.staff = True


def save(do: Doing, want: SaveDocument) -> dict[str, Any]:
    """Make it, or change it."""
    kind, before = _found(do, want)
    body = _body(kind, want.body)
    change = _change(do, kind, before, body, want.id)
    if why_not := macros.unknown_name(do, body) or made.why_not(do, body, want.id):
        raise Refused("invalid", why_not)
    if kind.settle is not None:
        body = kind.settle(change)
    seen: Summary = kind.summary(body)
    by = do.command.actor
    revision = before.revision + 1 if before else 1
    owner = (before.owner if before else change.agent_id) if kind.writes == "own" else ""
    do.draft.operations.append(
        PutDocument(
            kind=kind.name,
            id=want.id,
            owner=owner,
            number=want.document_number if want.document_number is not None or before is None else before.number,
            state=seen.state,
            title=seen.title[:500],
            words=f"{seen.title}\n{seen.words}".lower()[:_WORDS],
            body=body.model_dump(mode="json"),
            revision=revision,
            made_by=before.made_by if before else by,
            made_at=before.made_at if before else do.now,
            changed_by=by,
            changed_at=do.now,
        )
    )
    if kind.noted:
        do.event(
            "document_saved",
            None,
            kind=kind.name,
            id=want.id,
            title=seen.title[:200],
            state=seen.state,
            revision=revision,
        )
    return {"kind": kind.name, "id": want.id, "revision": revision}


def remove(do: Doing, want: RemoveDocument) -> dict[str, Any]:
    """Take it away."""
    kind, before = _found(do, want)
    if before is None:
        return {"kind": kind.name, "id": want.id}
    _change(do, kind, before, None, want.id)
    do.draft.operations.append(DropDocument(kind=kind.name, id=want.id))
    if kind.noted:
        do.event("document_removed", None, kind=kind.name, id=want.id, title=before.title)
    return {"kind": kind.name, "id": want.id}


def _found(do: Doing, want: SaveDocument | RemoveDocument) -> tuple[Kind, DocumentFact | None]:
    kind = KINDS.get(want.kind)
    if kind is None:
        raise Refused("not-found", f"there is no kind of document {want.kind[:60]!r}")
    if not _ID.fullmatch(want.id):
        raise Refused("invalid", "id: at most 120 letters, digits and . _ : @ -")
    key = document_key(kind.name, want.id)
    do.draft.change(do.facts, key)
    before = do.facts.documents.get(key)
    if want.seen is not None and want.seen != (before.revision if before else 0):
        raise Refused(
            "moved-on",
            "somebody else has changed it since",
            {"revision": before.revision if before else 0, "changed_by": before.changed_by if before else ""},
        )
    return kind, before


def _change(do: Doing, kind: Kind, before: DocumentFact | None, after: Any | None, document_id: str) -> Change:
    """The change, if it may be made. Raises `Refused`."""
    role, agent_id = _author(do)
    if _RANK.get(role, 0) < _NEEDED[kind.writes]:
        raise Refused("forbidden", f"only {_WHO[kind.writes]} may do that")
    if kind.writes == "own" and before is not None and before.owner != agent_id:
        raise Refused("forbidden", "it is somebody else's own")
    change = Change(
        before=kind.body.model_validate(before.body) if before else None,
        after=after,
        role=role,
        agent_id=agent_id,
        now=do.now,
        made_by=before.made_by if before else do.command.actor,
        actor=do.command.actor,
        id=document_id,
    )
    why_not = kind.check(change)
    if why_not is not None:
        raise Refused("invalid", why_not)
    return change


_WHO: Final = {"own": "whoever is known here", "agent": "an agent", "lead": "a lead or an admin", "admin": "an admin"}


def _author(do: Doing) -> tuple[str, str]:
    """The author's role and agent id. A token's or an operator's role was judged before (`commands.rights`)."""
    actor = do.command.actor
    found = _AGENT.fullmatch(actor)
    if not found:
        return (do.command.role or "operator", actor)
    known = next((each for each in do.facts.staff.values() if found[1] in (each.agent_id, each.email)), None)
    return (known.role, known.agent_id) if known else ("auditor", "")


def _body(kind: Kind, raw: dict[str, Any]) -> Any:
    written = json.dumps(raw, ensure_ascii=False, default=str)
    if len(written) > kind.largest:
        raise Refused("invalid", f"body: at most {kind.largest} characters of JSON")
    if _NUL.search(written):
        raise Refused("invalid", "body: a NUL stands in it, which no database keeps")
    try:
        return kind.body.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "body"
        raise Refused("invalid", f"{place}: {first['msg'].removeprefix('Value error, ')}") from error
