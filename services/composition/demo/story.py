"""What happens with each customer: they write, are acknowledged, an agent answers through the REST API, and the answer arrives."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

import httpx
from aiosmtplib import SMTPException
from websockets.exceptions import WebSocketException

from services.composition.demo.cast import Part
from services.composition.errors import EndedBadly
from services.composition.operating import Operator
from services.simulators.errors import SimulatorError
from shared.messages.ticket import LedgerLine, TicketView

WITHIN = 25.0
"""Seconds in which each thing that is waited for has to happen."""
_LOOK_EVERY = 0.1
_NUMBER = re.compile(r"T-(\d+)")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Told:
    """How it went with one customer. ``seconds``: from writing to the acknowledgement, and from the agent's answer to the customer."""

    part: Part
    ticket: TicketView
    acknowledgement: str
    answer: str
    status: str | None
    seconds: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody who answers, with a token of the API."""

    url: str
    token: str

    async def reply(self, number: str, text: str) -> None:
        """Answer a ticket. Raises `httpx.HTTPError`."""
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid4().hex}
        async with httpx.AsyncClient(base_url=self.url, trust_env=False, timeout=20) as client:
            sent = await client.post(f"/api/v1/tickets/{number}/replies", json={"text": text}, headers=headers)
            sent.raise_for_status()


async def play(part: Part, operator: Operator, agent: Agent) -> Told:
    """One customer's story. Raises `EndedBadly` naming what did not happen."""
    clock = asyncio.get_running_loop().time
    customer, who = part.customer, f"{part.where}, {part.name}"
    began = clock()
    await _done(customer.write(part.text), f"{who}: the message was not taken")
    acknowledgement, number = await until(
        lambda: _found(part, lambda text: _NUMBER.search(text)), f"{who}: no acknowledgement came"
    )
    acknowledged = clock()
    ticket = await until(lambda: operator.ticket(int(number[1])), f"{who}: ticket {number[0]} is not there")
    answered = clock()
    await _done(agent.reply(ticket.number, part.answer), f"{who}: the agent's answer was not taken")
    answer, _ = await until(
        lambda: _found(part, lambda text: part.answer if part.answer in _joined(text) else None),
        f"{who}: the agent's answer did not arrive",
    )
    arrived = clock()
    status = await _ask(part, ticket.number) if part.asks_status else None
    ticket = await operator.ticket(int(number[1])) or ticket
    return Told(part, ticket, acknowledgement, answer, status, (acknowledged - began, arrived - answered))


async def _ask(part: Part, number: str) -> str:
    before = len(part.customer.received())
    await _done(part.customer.write("STATUS"), f"{part.where}, {part.name}: the question for the status was not taken")

    async def told() -> str | None:
        return next((text for text in part.customer.received()[before:] if number in text), None)

    return await until(told, f"{part.where}, {part.name}: no answer to STATUS came")


async def account(operator: Operator, written: int) -> list[LedgerLine]:
    """The ledger, once it has all that was ``written`` and nothing is in flight. Raises `EndedBadly` when it does not add up."""

    async def settled() -> list[LedgerLine] | None:
        lines = await operator.ledger(None)
        all_there = sum(line.received for line in lines) >= written
        return lines if all_there and all(line.adds_up and line.in_flight == 0 for line in lines) else None

    return await until(settled, "the ledger does not add up")


async def until(look: Callable[[], Awaitable[T | None]], missed: str, seconds: float = WITHIN) -> T:
    """What ``look`` finds, as soon as it finds something. Raises `EndedBadly` with ``missed``."""
    try:
        async with asyncio.timeout(seconds):
            while (found := await look()) is None:
                await asyncio.sleep(_LOOK_EVERY)
            return found
    except TimeoutError:
        raise EndedBadly(f"{missed} within {seconds:g} s") from None


async def _found(part: Part, fits: Callable[[str], T | None]) -> tuple[str, T] | None:
    for text in part.customer.received():
        if (found := fits(text)) is not None:
            return text, found
    return None


async def _done(work: Awaitable[None], failed: str) -> None:
    try:
        await work
    except (httpx.HTTPError, SMTPException, OSError, SimulatorError, WebSocketException) as error:
        said = str(error).partition("\n")[0] or type(error).__name__
        raise EndedBadly(f"{failed}: {said}") from error


def _joined(text: str) -> str:
    """Without the line breaks that a mail's text is folded with."""
    return " ".join(text.split())
