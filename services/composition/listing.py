"""What the commands beside `up` and `run` print: listings as tables for people, as JSON for programs."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from services.composition.errors import CannotStart
from services.composition.operating import operator
from shared.bus.dead import DeadLetter, get_dead, list_dead, replay
from shared.clock import now
from shared.settings import Settings
from shared.settings.quantities import parse_duration

MOST = 10_000
_WIDTH = 120


async def ledger(settings: Settings, since: str | None, as_json: bool) -> None:
    """Print the ledger; a line that does not add up says so."""
    async with operator(settings) as running:
        lines = await running.ledger(time_of(since) if since else None)
    if as_json:
        _json([line.model_dump() | {"adds_up": line.adds_up} for line in lines])
        return
    columns = ("received", "stored", "duplicate", "quarantined", "refused", "dead", "in_flight")
    if not lines:
        print("nothing received yet")
        return
    rows = [
        [line.channel, line.inbox or "(none)", *(str(getattr(line, column)) for column in columns), _sum(line.adds_up)]
        for line in lines
    ]
    print_table(["channel", "inbox", *(column.replace("_", " ") for column in columns), ""], rows)
    for line in lines:
        for reason, count in sorted(line.reasons.items()):
            print(f"{line.channel} {line.inbox or '(none)'}: {count} {reason}")


def _sum(adds_up: bool) -> str:
    return "adds up" if adds_up else "DOES NOT ADD UP"


def time_of(text: str) -> datetime:
    """A date, a time or a duration before now. Raises `CannotStart` for anything else."""
    try:
        at = datetime.fromisoformat(text)
        return at if at.tzinfo else at.replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        return now() - parse_duration(text)
    except ValueError:
        raise CannotStart(f"--since: {text!r} is no time; write 2026-01-31, 2026-01-31T10:00Z or 24h") from None


async def dead_list(settings: Settings, as_json: bool) -> None:
    """Print the dead letters, oldest first."""
    async with operator(settings) as running:
        letters = await list_dead(running.bus.jetstream(), MOST)
    if as_json:
        _json([_letter(letter) for letter in letters])
        return
    if not letters:
        print("no dead letters")
        return
    rows = [[str(x.id), x.subject, str(x.attempts), _when(x.died_at), x.error] for x in letters]
    print_table(["id", "subject", "attempts", "given up", "error"], rows)


async def dead_show(settings: Settings, sequence: int, as_json: bool) -> None:
    """Print one dead letter with its content."""
    async with operator(settings) as running:
        letter = await get_dead(running.bus.jetstream(), sequence)
    payload = letter.payload.decode("utf-8", "replace")
    if as_json:
        _json(_letter(letter) | {"payload": payload})
        return
    for key, value in _letter(letter).items():
        print(f"{key}: {value}")
    print(f"payload: {_readable(payload)}")


async def dead_replay(settings: Settings, sequence: int | None) -> None:
    """Let one dead letter (null: all of them) try again."""
    async with operator(settings) as running:
        js = running.bus.jetstream()
        sequences = [sequence] if sequence is not None else [letter.id for letter in await list_dead(js, MOST)]
        for one in sequences:
            await replay(js, running.publisher, one)
    print(f"replayed {len(sequences)}")


async def token_create(settings: Settings, name: str, role: str) -> None:
    """Create a token and print it, alone."""
    async with operator(settings) as running:
        print(await running.create_token(name, role))


def _readable(payload: str) -> str:
    try:
        return json.dumps(json.loads(payload), ensure_ascii=False, indent=2)
    except ValueError:  # perhaps that is just why it died
        return payload


def _letter(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "subject": letter.subject,
        "durable": letter.durable,
        "attempts": letter.attempts,
        "first_error": letter.first_error,
        "error": letter.error,
        "message_id": letter.message_id,
        "first_seen": _when(letter.first_seen),
        "given_up": _when(letter.died_at),
    }


def _when(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")


def _json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False, default=str))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows under their columns; what stands in them is never taken for markup."""
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console = Console(markup=False)
    console.width = max(console.width, _WIDTH)  # rather let the terminal fold a long line than break words
    console.print(table)
