"""What the commands about agents do: adding, changing and listing them."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import typer

from services.composition.listing import print_table
from services.composition.operating import operator
from shared.clock import now
from shared.messages.life import AWAY
from shared.messages.staff import BlockAgent, UnblockAgent
from shared.messages.ticket import AgentView
from shared.settings import Settings
from shared.settings.quantities import parse_duration

ROLES = ("admin", "lead", "agent", "auditor")


def role(given: str | None) -> str | None:
    """A role. Raises `typer.BadParameter` for what is none."""
    if given is not None and given not in ROLES:
        raise typer.BadParameter(f"{given!r} is no role; there are {', '.join(ROLES)}")
    return given


def fields(
    *,
    name: str | None = None,
    role: str | None = None,
    languages: str | None = None,
    capacity: str | None = None,
    hours: str | None = None,
    public_name: str | None = None,
    away: str | None = None,
    back: bool = False,
    notify: str | None = None,
    signatures: Sequence[str] = (),
) -> dict[str, Any]:
    """The options that were given, as fields of an agent. Raises `typer.BadParameter` for what cannot be read."""
    given: dict[str, Any] = {"name": name, "role": role, "hours": hours, "public_name": public_name}
    given = {field: value for field, value in given.items() if value is not None}
    if languages is not None:
        given["languages"] = [each.strip() for each in languages.split(",") if each.strip()]
    if capacity is not None:
        if capacity != "any" and not (capacity.isascii() and capacity.isdigit()):
            raise typer.BadParameter(f"{capacity!r} is no number; write one, or any")
        given["capacity"] = None if capacity == "any" else int(capacity)
    if away is not None and back:
        raise typer.BadParameter("either --away or --back")
    if away is not None or back:
        given["away_until"] = None if away is None else _until(away).isoformat()
    if notify is not None:
        given["notify"] = _notify(notify)
    if signatures:
        given["signatures"] = dict(map(_signature, signatures))
    return given


def _notify(text: str) -> dict[str, Any]:
    try:
        chosen = json.loads(text)
    except ValueError as error:
        raise typer.BadParameter(f"--notify: no JSON: {error}") from None
    if not isinstance(chosen, dict):
        raise typer.BadParameter('--notify: write an object such as {"channels": ["telegram", "email"]}')
    return chosen


def _signature(text: str) -> tuple[str, str]:
    language, equals, words = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"--signature {text!r}: write it like en='Kind regards, Anna'")
    return language.strip().lower(), words.replace("\\n", "\n")


def _until(text: str) -> datetime:
    if text == "back":
        return AWAY
    try:
        return now() + parse_duration(text)
    except (ValueError, OverflowError):
        pass
    try:
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        raise typer.BadParameter(f"{text!r} is no time; write 2026-03-09T08:00, 2d or back") from None


async def add(settings: Settings, email: str, name: str, role: str | None, more: dict[str, Any]) -> None:
    """Add an agent; ``more`` is what else is known of them."""
    async with operator(settings) as running:
        await running.create_agent(email, name, role or "agent")
        if more:
            await running.change_agent(email, more)
    print(f"added {email} ({role or 'agent'})")


async def change(settings: Settings, email: str, fields: dict[str, Any]) -> None:
    """New values of an agent."""
    async with operator(settings) as running:
        await running.change_agent(email, fields)
    print(f"changed {email}: {', '.join(fields)}")


async def block(settings: Settings, email: str) -> None:
    """An agent works here no longer."""
    async with operator(settings) as running:
        done = (await running.do(BlockAgent(email=email))).result
    print(f"{done['email']} is blocked: signed out everywhere, and told of nothing any more")
    if done["open"]:
        print(f"open tickets that go back to their teams: {done['open']}")
    if done["tokens"]:
        print("API tokens that they made still count: " + ", ".join(done["tokens"]))
        print("`trunkline token revoke NAME` ends one")


async def unblock(settings: Settings, email: str) -> None:
    """An agent is back."""
    async with operator(settings) as running:
        done = (await running.do(UnblockAgent(email=email))).result
    print(f"{done['email']} may sign in again, with the password that they had")


async def show(settings: Settings, as_json: bool) -> None:
    """Print the agents."""
    async with operator(settings) as running:
        agents = await running.agents()
    if as_json:
        print(json.dumps([agent.model_dump(mode="json") for agent in agents], ensure_ascii=False))
    elif agents:
        print_table(["email", "name", "role", "speaks", "hours", "open", "away"], [_row(agent) for agent in agents])
    else:
        print("no agents yet; `trunkline agent add` adds one")


def _row(agent: AgentView) -> list[str]:
    most = "" if agent.capacity is None else f" of {agent.capacity}"
    away = ""
    if agent.away_until is not None and agent.away_until > now():
        away = "yes" if agent.away_until.year >= AWAY.year else f"until {agent.away_until.astimezone():%Y-%m-%d %H:%M}"
    if agent.blocked_at is not None:
        away = f"blocked since {agent.blocked_at.astimezone():%Y-%m-%d}"
    return [agent.email, agent.name, agent.role, " ".join(agent.languages), agent.hours, f"{agent.open}{most}", away]
