"""After solving, with a customer on Telegram and the whole house behind: buttons, and that somebody is writing."""

import asyncio
from uuid import uuid4

from services.simulators import TelegramSimulator
from shared.bus import rpc, subjects
from shared.clock import now
from shared.messages.after import AgentTyping
from shared.messages.command import Action, Command, CommandResult, Solve
from shared.messages.ticket import Satisfaction, TicketView

from .test_whole import Whole, whole

__all__ = ["whole"]


async def agent(whole: Whole, action: Action) -> None:
    """An agent does something."""
    command = Command(command_id=uuid4().hex, actor="agent:anna", channel="cli", at=now(), action=action)
    answer = await rpc.request(whole.operator.bus, subjects.ROUTER_COMMAND, command.encode())
    assert CommandResult.decode(answer).error is None


async def test_a_customer_presses_that_it_is_solved_and_how_satisfied_they_are(
    whole: Whole, bot_api: TelegramSimulator
) -> None:
    ana = bot_api.customer(501, "Ana Kovač", "hr")
    ana.starts()
    ana.writes("Moj pisač ne radi od jučer ujutro")
    await bot_api.until(lambda: ana.texts, 60)
    (ticket,) = await whole.tickets()
    desk = await whole.server.connect("desk")
    await desk.publish(subjects.typing("telegram", "bot"), AgentTyping(to="501").encode())
    await bot_api.until(lambda: ana.actions)
    await desk.close()
    assert ana.actions == ["typing"]
    await agent(whole, Solve(number=int(ticket.number.removeprefix("T-")), summary="Zamijenili smo osigurač."))
    await bot_api.until(lambda: len(ana.texts) == 2)
    assert "Zamijenili smo osigurač." in ana.texts[1]
    ana.presses("Da, riješeno je")
    await bot_api.until(lambda: len(ana.texts) == 3)
    ana.presses("2")
    await bot_api.until(lambda: len(ana.texts) == 4)
    ana.writes("Predugo je trajalo")

    async def settled() -> TicketView:
        async with asyncio.timeout(60):
            while True:
                (found,) = await whole.tickets()
                if found.satisfaction == Satisfaction(score=2, words="Predugo je trajalo"):
                    return found
                await asyncio.sleep(0.05)

    done = await settled()
    assert done.status == "closed"
    assert done.customer_confirmed_at is not None
    whats = [event.what for event in done.events or []]
    assert whats.count("customer_confirmed") == whats.count("dissatisfied") == 1
    assert len(ana.texts) == 4
