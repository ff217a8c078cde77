"""An agent links a chat through the whole house, with the simulator on the other end; a guesser gets an answer and nothing else."""

import asyncio
from typing import Any
from uuid import uuid4

from services.simulators import TelegramSimulator
from shared.bus import rpc, subjects
from shared.clock import now
from shared.messages.agents import AddPoint
from shared.messages.command import Command, CommandResult, CreateAgent
from shared.messages.spoken import SpokenPage, SpokenQuery
from shared.messages.ticket import AgentsAnswer, AgentsQuery
from shared.secrets.pointcode import START
from tests.channels.telegram.test_whole import Whole, whole

__all__ = ["whole"]

ANNA = "anna@acme.example"


async def do(house: Whole, action: Any) -> dict[str, Any]:
    command = Command(command_id=uuid4().hex, actor="operator", channel="cli", at=now(), action=action)
    done = CommandResult.decode(await rpc.request(house.operator.bus, subjects.ROUTER_COMMAND, command.encode()))
    assert done.error is None, done
    return done.result


async def proven(house: Whole) -> list[tuple[str, str]]:
    (agent,) = AgentsAnswer.decode(await house._query("agents", AgentsQuery())).agents
    return [(point.kind, point.value) for point in agent.points if point.verified]


async def test_the_chat_that_brings_the_code_is_the_agents_and_a_guessers_is_not(
    whole: Whole, bot_api: TelegramSimulator
) -> None:
    await do(whole, CreateAgent(email=ANNA, name="Anna Nowak"))
    guesser, anna = bot_api.customer(601, "Someone", "pl"), bot_api.customer(602, "Anna", "en")
    code = (await do(whole, AddPoint(email=ANNA, kind="telegram")))["code"]
    guesser.starts(f"{START}AAAAAAAA")
    guesser.starts(f"{START}AAAAAAAB")
    await bot_api.until(lambda: guesser.texts, 60)
    assert "kod jest nieważny" in guesser.texts[0]
    anna.starts(code)
    await bot_api.until(lambda: anna.texts, 60)
    assert "Anna Nowak" in anna.texts[0]
    assert await proven(whole) == [("telegram", "602")]
    async with asyncio.timeout(60):
        while (
            len((refused := SpokenPage.decode(await whole._query("spoken", SpokenQuery(verdict="refused")))).items) < 2
        ):
            await asyncio.sleep(0.05)
    assert {each.point.value for each in refused.items if each.point} == {"601"}
    assert len(guesser.texts) == 1
    assert await whole.tickets() == []
