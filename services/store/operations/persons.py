"""Operations on contacts and their points, and on who works here."""

from typing import Any

from services.store.batch import Row
from services.store.operations.writing import Writing
from shared.messages import changeset as c
from shared.messages.facts import point_key


def put_contact(w: Writing, op: c.PutContact) -> None:
    row = w.batch.contacts.setdefault(
        op.contact_id, {"id": op.contact_id, "created_at": w.batch.now, "merged_into": None} | _CONTACT_NEW
    )
    row["name"] = row["name"] or op.name
    row["language"] = row["language"] or op.language
    row["timezone"] = row["timezone"] or op.timezone
    for point in op.points:
        key = point_key(point.kind, point.value)
        kept = w.batch.points.setdefault(key, _point(key, point, op.contact_id, verified=op.verified))
        kept["verified"] = kept["verified"] or op.verified


_CONTACT_NEW: Row = {"name": "", "language": None, "timezone": None, "notify_by": None}


def _point(key: str, point: Any, contact_id: str | None, *, verified: bool = False) -> Row:
    return {
        "opted_out": False,
        "verified": verified,
        "key": key,
        "kind": point.kind,
        "value": point.value,
        "contact_id": contact_id,
        "undeliverable": False,
        "blocked": False,
        "reason": "",
        "marked_at": None,
    }


def mark_point(w: Writing, op: c.MarkPoint) -> None:
    key = point_key(op.point.kind, op.point.value)
    since = (op.at or w.batch.now) if op.undeliverable else None
    mark = {"undeliverable": op.undeliverable, "reason": op.reason, "marked_at": since}
    w.batch.marks[key] = _point(key, op.point, None) | mark


def opt_point(w: Writing, op: c.OptPoint) -> None:
    key = point_key(op.point.kind, op.point.value)
    w.batch.contacting.opt(key, _point(key, op.point, None) | {"opted_out": op.out})


def add_token(w: Writing, op: c.AddToken) -> None:
    w.batch.tokens.append(
        {
            "id": op.token_id,
            "name": op.name,
            "sha256": op.sha256,
            "created_at": op.at,
            "role": op.role,
            "revoked_at": None,
            "made_by": op.made_by,
        }
    )


def add_agent(w: Writing, op: c.AddAgent) -> None:
    row = {"id": op.agent_id, "email": op.email.lower(), "name": op.name, "role": op.role, "created_at": op.at}
    w.batch.agents.append(_AGENT_NEW | row)


_AGENT_NEW: Row = {
    "public_name": "",
    "languages": [],
    "hours": "",
    "signatures": {},
    **dict.fromkeys(("capacity", "away_until", "last_given", "notify", "blocked_at")),
}
