"""Promises to customers, tasks and preventive actions are watched: whoever has the ticket is warned before one is due, and told when it
is overdue.

One timer for each of them: it wakes before the time is over, and again when it is. What is done by then stays silent. A promise that was
not kept in time is broken, and stays so until somebody writes down that it was done after all, or moves it.
"""

from datetime import UTC, datetime
from typing import Any, Final

from services.router.deciding.life.living import Living
from services.router.deciding.life.notifying import tell_agents
from services.router.deciding.life.presence import known
from services.router.deciding.life.requiring import entries_of
from services.router.deciding.life.telling import Notice, responsible
from shared.messages.life import EntryFact, PutEntry
from shared.messages.outbound import TimerDue

TIMER: Final = "record"
PREVENTION: Final = "prevention"
"""The key of the preventive action's timer; the others are entries' ids."""
WATCHED: Final = ("promise", "task")
_MATTERS: Final = {"due", "done_at", "kept"}
_PREVENTION: Final = {"preventive_due", "preventive_verified_at"}
_SHOWN: Final = 200


def is_open(entry: EntryFact) -> bool:
    """Whether something is still to happen by a certain time."""
    return entry.due_at is not None and entry.done_at is None and entry.data.get("kept") is not False


def moment(value: Any) -> datetime | None:
    """A time of the record, which is text where it came over the bus."""
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def written(at: datetime) -> str:
    """A time as the record has it: in UTC, as the API writes times."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def watch(living: Living) -> None:
    """Set the timers of what was added, put off or done."""
    for event in living.happened("entry_added", "entry_changed"):
        if event.what == "entry_added" or _MATTERS & set(event.data.get("fields", ())):
            for entry in entries_of(living):
                if entry.entry_id == event.data.get("entry") and entry.kind in WATCHED:
                    _set(living, entry.entry_id, entry.due_at if is_open(entry) else None)
    changed = living.happened("ticket_changed", "prevention_verified")
    if any(_PREVENTION & set(event.data.get("fields", ())) for event in changed):
        _set(living, PREVENTION, _prevention_due(living))
    if living.before is not None and living.before.status == "spam" != living.ticket.status:
        _watch_again(living, living.before.status_since or living.now)


def _watch_again(living: Living, since: datetime) -> None:
    """It is no spam after all: nobody was told of what fell due meanwhile."""
    for entry in entries_of(living):
        if entry.kind in WATCHED and is_open(entry) and entry.due_at is not None and entry.due_at >= since:
            _set(living, entry.entry_id, entry.due_at)
    prevention = _prevention_due(living)
    if prevention is not None and prevention >= since:
        _set(living, PREVENTION, prevention)


def _set(living: Living, key: str, due: datetime | None) -> None:
    if due is None:
        living.cancel(TIMER, key)
    else:
        living.timer(TIMER, living.policy.record.ahead.before(living.now, due), key)


def _prevention_due(living: Living) -> datetime | None:
    """By when the preventive action is to have been taken and seen to work; null when there is none, or it was."""
    fields = living.ticket.fields
    return None if fields.get("preventive_verified_at") else moment(fields.get("preventive_due"))


def due(living: Living, timer: TimerDue) -> None:
    """A timer of the record is over: something is due soon, or overdue."""
    if living.ticket.status == "spam":
        return
    if timer.timer_id == living.timer_id(TIMER, PREVENTION):
        _prevention(living)
        return
    for entry in living.entries:
        if timer.timer_id == living.timer_id(TIMER, entry.entry_id) and is_open(entry):
            _entry(living, entry)


def _entry(living: Living, entry: EntryFact) -> None:
    due_at = entry.due_at or living.now
    owner = str(entry.data.get("owner") or "")
    if living.now < due_at:
        living.timer(TIMER, due_at, entry.entry_id)
        what = f"{entry.kind}_due"
    elif entry.kind == "promise":
        put(living, entry, data={**entry.data, "kept": False, "broken_at": written(living.now)})
        what = "promise_broken"
    else:
        what = "task_overdue"
    living.event(what, entry=entry.entry_id, due=due_at.isoformat())
    _tell(living, what, str(entry.data.get("what", "")), due_at, owner, entry.entry_id)


def _prevention(living: Living) -> None:
    due_at = _prevention_due(living)
    if due_at is None:
        return
    what = "prevention_overdue"
    if living.now < due_at:
        living.timer(TIMER, due_at, PREVENTION)
        what = "prevention_due"
    living.event(what, due=due_at.isoformat())
    fields = living.ticket.fields
    _tell(living, what, fields.get("preventive_action") or "", due_at, fields.get("preventive_owner") or "", PREVENTION)


def _tell(living: Living, what: str, words: str, due_at: datetime, owner: str, name: str) -> None:
    if not living.policy.record.warns:
        return
    line = " ".join(words.split())
    variables = {
        "what": line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…",
        "until": living.policy.record.shown(due_at),
    }
    tell_agents(
        living,
        responsible(living, _ours(living, owner)),
        Notice(f"record.{what}", variables, name=name, event="promises"),
    )


def _ours(living: Living, owner: str) -> str | None:
    """The owner, if that is a team, a member of one or an agent: anybody may be named in a record, but only ours are told of it."""
    wanted, teams = owner.strip().lower(), living.policy.teams
    if owner in teams or any(wanted in members for members in teams.values()):
        return owner
    return owner if known(living, wanted) is not None else None


def put(living: Living, entry: EntryFact, **changes: Any) -> None:
    """Write an entry with these values changed."""
    living.changes()
    values = {name: getattr(entry, name) for name in EntryFact.model_fields} | changes
    living.draft.operations.append(PutEntry(**values, updated_at=living.now))
