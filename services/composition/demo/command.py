"""`trunkline demo` from its temporary folder to its end."""

import asyncio
import signal
import tempfile
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

from websockets.exceptions import WebSocketException

from services.composition import running
from services.composition.demo import story
from services.composition.demo.cast import parts
from services.composition.demo.customers import chatting
from services.composition.demo.instance import Place, prepare
from services.composition.demo.telling import Teller
from services.composition.errors import CannotStart, EndedBadly
from services.composition.house import House, SignInRoom
from services.composition.operating import operator
from services.simulators.errors import SimulatorError
from shared.ending import end

START_WITHIN = 30.0


async def demo(*, keep: bool) -> bool:
    """Show everything, then end; ``keep``: stay until a signal. False: it was interrupted before its end.

    Raises `CannotStart` for what is in the way and `EndedBadly` for what did not happen."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    with ExitStack() as stack:
        try:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="trunkline-demo-"))
            place = await asyncio.to_thread(prepare, Path(folder), stack)
        except (OSError, SimulatorError) as error:
            raise CannotStart(f"the demonstration has no place: {error}") from error
        shown = asyncio.Event()
        playing = asyncio.create_task(_play(place, shown, stop if keep else None))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        stopping.cancel()
        if not shown.is_set():
            playing.cancel()  # of no effect on one that has failed
        try:
            await playing
        except asyncio.CancelledError:
            return False
    return True


async def _play(place: Place, shown: asyncio.Event, stop: asyncio.Event | None) -> None:
    """Start the instance, tell the story (then ``shown`` is set), wait for ``stop`` if there is one, and end the instance."""
    async with running.whole(place.settings) as house:
        try:
            async with asyncio.timeout(START_WITHIN):
                await house.start()
        except TimeoutError:
            raise CannotStart(f"the instance did not start within {START_WITHIN:g} s") from None
        try:
            teller = Teller()
            teller.begin(place)
            example = await _tell(place, teller)
            teller.where(place, example, await _first_sign_in(house) if stop is not None else None)
            shown.set()
            if stop is not None:
                await stop.wait()
        finally:
            await running.end(house)


async def _first_sign_in(house: House) -> str:
    """The page where whoever looks around makes themselves an admin."""
    return next(iter([await room.first_sign_in() for room in house.running if isinstance(room, SignInRoom)]), "")


async def _tell(place: Place, teller: Teller) -> str:
    """Everybody at once, told one after the other. Gives a ticket's number."""
    async with operator(place.settings) as asking, AsyncExitStack() as open_chat:
        token = await asking.create_token("demo")
        agent = story.Agent(place.url, token)
        try:
            chat = await open_chat.enter_async_context(chatting(place, "Sam Green", "en"))
        except (OSError, WebSocketException) as error:
            raise EndedBadly(f"live chat: its socket did not open: {error or type(error).__name__}") from error
        everybody = parts(place, token, chat)
        tasks = [asyncio.create_task(story.play(part, asking, agent), name=part.where) for part in everybody]
        told = []
        try:
            for task in tasks:
                told.append(await task)
                teller.one(told[-1])
        finally:
            await end(tasks)
        teller.account(await story.account(asking, sum(1 + part.asks_status for part in everybody)))
        return told[0].ticket.number
