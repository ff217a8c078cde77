"""What the commands about agents' points do: adding, proving, listing and dropping them."""

import json
from typing import Any, Final, get_args

import typer

from services.composition.errors import CannotStart
from services.composition.listing import print_table
from services.composition.operating import operator
from shared.messages.agents import AddPoint, DropPoint, VerifyPoint
from shared.messages.ticket import AgentPointView
from shared.settings import Settings

KINDS: Final[tuple[Any, ...]] = get_args(AddPoint.model_fields["kind"].annotation)


def kind(given: str) -> Any:
    """The kind of a point. Raises `typer.BadParameter` for what is none."""
    if given not in KINDS:
        raise typer.BadParameter(f"{given!r} is no kind of point; there are {', '.join(KINDS)}")
    return given


async def add(settings: Settings, email: str, given: str, value: str) -> None:
    """Add a point, and say where the code is."""
    async with operator(settings) as running:
        done = (await running.do(AddPoint(email=email, kind=kind(given), value=value))).result
    until = f"it counts until {done['expires_at'][:16]} UTC"
    if "command" in done:
        print(f"in a private chat with the bot of {done['inbox']}: {done['command']}")
        if done.get("link"):
            print(done["link"])
        print(until)
    else:
        print(f"a code is on its way to {done['value']}; {until}")


async def verify(settings: Settings, email: str, given: str, value: str, code: str) -> None:
    """Prove a point. Raises `CannotStart` for a wrong code."""
    if given == "telegram":
        raise typer.BadParameter("a Telegram chat is proven in the chat itself, by /start with the code")
    async with operator(settings) as running:
        action = VerifyPoint(email=email, kind=kind(given), value=value, code=code)
        done = (await running.do(action)).result
    if not done.get("verified"):
        raise CannotStart(f"that is not the code; {done.get('left', 0)} tries are left")
    print(f"{done['kind']} {done['value']} is proven")


async def drop(settings: Settings, email: str, given: str, value: str) -> None:
    """Give a point up."""
    async with operator(settings) as running:
        await running.do(DropPoint(email=email, kind=kind(given), value=value))
    print(f"dropped {given} {value}".rstrip())


async def show(settings: Settings, email: str, as_json: bool) -> None:
    """Print an agent's points. Raises `CannotStart` where there is no such agent."""
    wanted = email.strip().lower()
    async with operator(settings) as running:
        found = next((each for each in await running.agents() if each.email == wanted), None)
    if found is None:
        raise CannotStart(f"there is no agent {wanted}")
    if as_json:
        print(json.dumps([point.model_dump(mode="json") for point in found.points], ensure_ascii=False))
    elif found.points:
        print_table(["kind", "value", "proven"], [_row(point) for point in found.points])
    else:
        print(f"{wanted} is reached by mail only; `trunkline agent point add` adds a point")


def _row(point: AgentPointView) -> list[str]:
    return [point.kind, point.value, "yes" if point.verified else "no"]
