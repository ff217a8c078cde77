"""What a category requires before its tickets are closed: by hand that is refused, by itself it is put off until all is there.

Whoever closes a ticket that is not closed by hand asks `hold` first. A closing that was put off is made up for by `release`, as soon as
what was missing is written down; until then the ticket stays as it is, and whoever has it is told once.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from services.router.deciding.life.living import Living
from services.router.deciding.life.moving import become
from services.router.deciding.life.notifying import tell_agents
from services.router.deciding.life.telling import Notice, responsible
from services.router.deciding.policy import Policy
from services.router.deciding.recordpolicy import ENTRIES
from shared.messages.facts import TicketFact
from shared.messages.life import EntryFact, PutEntry
from shared.texts import text

MEMORY = "closing"
"""What a ticket remembers while its closing is put off: since when, and what was missing then."""

_COLUMN = {"preventive_verified": "preventive_verified_at"}


def missing(
    ticket: TicketFact, entries: Sequence[EntryFact], policy: Policy, fields: Mapping[str, Any] | None = None
) -> tuple[str, ...]:
    """What the ticket's category requires and its record has not, in the configured order; ``fields`` are values that are about to be
    written. Nothing for a category that nobody configured."""
    new = fields or {}
    required = policy.record.requires.get(str(new.get("category", ticket.category)), ())
    return tuple(name for name in required if not _is_there(name, ticket, entries, new))


def _is_there(name: str, ticket: TicketFact, entries: Sequence[EntryFact], new: Mapping[str, Any]) -> bool:
    if name in ENTRIES:
        return all(each.done_at is not None for each in entries if each.kind == ENTRIES[name])
    column = _COLUMN.get(name, name)
    value = new[column] if column in new else ticket.fields.get(column)
    return bool(value.strip() if isinstance(value, str) else value)


def hold(living: Living, reason: str) -> bool:
    """Whether the ticket may not be closed by itself yet; then that is noted, and whoever has it is told, once.

    ``reason`` is why it would be closed: it is the reason in the audit trail when it is at last.
    """
    lacking = missing(living.ticket, entries_of(living), living.policy)
    if not lacking:
        return False
    told = living.recall(MEMORY)
    if told is None or told.get("missing") != list(lacking):
        living.event("not_closed", reason=reason, missing=list(lacking))
        living.remember(MEMORY, {"since": living.now.isoformat(), "reason": reason, "missing": list(lacking)})
    if told is None:
        notice = Notice("record.not_closed", {}, event="promises", worded=partial(_in_words, lacking))
        tell_agents(living, responsible(living), notice)
    return True


def _in_words(lacking: Sequence[str], language: str) -> dict[str, str]:
    keys = (f"record.missing.{name}" if name in ENTRIES else f"register.column.{name}" for name in lacking)
    return {"missing": "\n".join(f"- {text(key, language)}" for key in keys)}


def release(living: Living) -> None:
    """What was put off is made up for when nothing is missing any more; it is forgotten when the ticket went another way."""
    put_off = living.recall(MEMORY)
    if put_off is None:
        return
    if living.ticket.status not in ("solved", "pending"):
        living.remember(MEMORY, None)
        return
    if missing(living.ticket, entries_of(living), living.policy):
        return
    living.remember(MEMORY, None)
    reason = f"{put_off.get('reason') or 'it was to be closed'}; what was missing is there now"
    become(living, "closed", "timer", reason)


def entries_of(living: Living) -> list[EntryFact]:
    """The entries of a ticket's record as they will be."""
    found = {each.entry_id: each for each in living.entries}
    for operation in living.draft.operations:
        if isinstance(operation, PutEntry) and operation.ticket_id == living.ticket_id:
            values = {name: getattr(operation, name) for name in EntryFact.model_fields}
            found[operation.entry_id] = EntryFact.model_construct(**values)
    return list(found.values())
