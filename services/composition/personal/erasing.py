"""`trunkline erase`: somebody is forgotten; this asks, says what goes, and waits until it is done."""

import asyncio
import json
import sys

import typer

from services.composition.errors import CannotStart
from services.composition.operating import Operator, operator
from shared.messages.parts import Point
from shared.messages.people import EraseContact, ErasureAnswer, ErasureQuery, PersonAnswer, PersonQuery
from shared.settings import Settings

WITHIN = 3600.0
_LOOK = 0.3


async def erase(settings: Settings, address: str, *, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Forget whoever has ``address``. Raises `CannotStart`."""
    if not address.strip():
        raise CannotStart("ADDRESS is empty: give a mail address, a number, or whatever they write from")
    async with operator(settings) as running:
        known = await person(running, address)
        if not (known.contacts or known.points or known.tickets or known.counts.get("quarantined")):
            raise CannotStart(f"nobody with {address} is known")
        if dry_run:
            _say(known.counts, as_json, "would be forgotten")
            return
        if not yes:
            _say(known.counts, False, "will be forgotten, for good")
            if not sys.stdin.isatty():
                raise CannotStart("say --yes to forget them without being asked")
            typer.confirm("Forget them?", abort=True)
        done = await forget(running, address, known)
    _say(done.counts, as_json, "forgotten")


async def person(running: Operator, address: str) -> PersonAnswer:
    """Who has the address, with the first page of their tickets. Raises `CannotStart`."""
    return PersonAnswer.decode(await running.ask("person", PersonQuery(address=address).encode()))


async def forget(running: Operator, address: str, known: PersonAnswer) -> ErasureAnswer:
    """Have them forgotten, and wait for it. Raises `CannotStart` where it takes too long; it goes on by itself then."""
    same = [each for each in known.points if each.value.lower() == address.strip().lower()]
    point = same[0] if same else _point(address)
    answer = await running.do(EraseContact(point=point, points=known.points))
    question = ErasureQuery(erasure_id=str(answer.result["erasure_id"])).encode()
    try:
        async with asyncio.timeout(WITHIN):
            while True:
                found = ErasureAnswer.decode(await running.ask("erasure", question))
                if found.done_at is not None:
                    return found
                await asyncio.sleep(_LOOK)
    except TimeoutError:
        raise CannotStart("it takes longer than an hour; it goes on by itself, and the log says why it waits") from None


def _point(address: str) -> Point:
    value = address.strip()
    return Point(kind="email" if "@" in value else "phone", value=value)


def _say(counts: dict[str, int], as_json: bool, what: str) -> None:
    if as_json:
        print(json.dumps(counts))
        return
    print(f"{what}: " + (", ".join(f"{number} {name}" for name, number in counts.items() if number) or "nothing"))
