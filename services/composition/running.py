"""`trunkline up` and `trunkline run`: from the configuration to ``ready``, and from a signal to a clean end."""

import asyncio
import ctypes
import gc
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import get_args

import structlog

from services.composition.backing.building import look_finished
from services.composition.errors import CannotStart, EndedBadly
from services.composition.house import ORDER, House, SignInRoom
from services.composition.users import user_of
from shared import ending
from shared.bus.embedded import DataFolderLock, EmbeddedBus
from shared.bus.subjects import INTERNAL_USERS
from shared.messages.parts import Channel
from shared.secrets import from_settings, load_or_create
from shared.settings import Settings
from shared.settings.sections import Company

log = structlog.get_logger()

# What intake takes in; `run intake --only` names some of them.
INTAKE_CHANNELS: tuple[str, ...] = get_args(Channel)

# Seconds in which everything in flight is finished; a supervisor should wait longer than this before it kills (compose.yaml).
STOP_WITHIN = 60.0


async def up(settings: Settings) -> None:
    """Everything in this process, with the embedded bus unless one is configured. Returns when it was asked to stop."""
    async with whole(settings) as house:
        stop = _stop_on_signals()
        house.on_lost = stop.set
        await _live(house, stop)


@asynccontextmanager
async def whole(settings: Settings) -> AsyncIterator[House]:
    """The house that `up` runs, on its bus and alone on its data folder. Who takes it starts and stops it."""
    lock = DataFolderLock(settings.data)
    lock.acquire()
    bus: EmbeddedBus | None = None
    try:
        look_finished(settings.data)
        keyring = from_settings(settings) or load_or_create(settings.data).keyring
        if not settings.bus.servers:
            bus = EmbeddedBus(settings.data, inboxes=inboxes(settings))
            await bus.start()
        address = settings.bus.url.get_secret_value()
        yield House(
            settings=settings,
            keyring=keyring,
            data=settings.data,
            rooms=ORDER,
            url_for=bus.url_for if bus else lambda _room: address,
            embedded=bus is not None,
            on_lost=lambda: None,
        )
    finally:
        if bus is not None:
            await bus.stop()
        lock.release()


async def run(settings: Settings, rooms: list[str], only: Sequence[str] = ()) -> None:
    """Some rooms against an existing bus, with configured secrets; ``only`` limits intake's channels."""
    keyring = from_settings(settings)
    if keyring is None:
        raise CannotStart("secrets.key is not configured; every host needs the same one")
    stop = _stop_on_signals()
    address = settings.bus.url.get_secret_value()
    _own_user(user_of(address), rooms)
    house = House(
        settings=settings,
        keyring=keyring,
        data=settings.data,
        rooms=rooms,
        only=only,
        url_for=lambda _room: address,
        embedded=False,
        on_lost=stop.set,
    )
    await _live(house, stop)


def _own_user(user: str, rooms: list[str]) -> None:
    """A user that the bus knows as one service's has rights for that one alone; others would only time out. Raises `CannotStart`."""
    foreign = [room for room in rooms if room != user]
    if user in INTERNAL_USERS and foreign:
        raise CannotStart(
            f"bus.url names the bus user {user}, whose rights are not those of {', '.join(foreign)}: "
            "run each service with its own user, or several with a user that may do everything"
        )


def inboxes(settings: Settings) -> list[tuple[str, str]]:
    """Channel and name of every inbox."""
    return settings.outlets


async def _live(house: House, stop: asyncio.Event) -> None:
    starting = asyncio.create_task(house.start())
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        await ending.end([starting])
        return
    try:
        starting.result()
        share_the_lock()
        leave_what_stays_to_itself()
        for address in house.addresses:
            print(address, flush=True)
        for room in house.running:
            if isinstance(room, SignInRoom) and (page := await room.first_sign_in()):
                print(f"first sign-in: {_base(house)}{page}", flush=True)
        print(f"ready {' '.join(room.name for room in house.running)}", flush=True)
        await stop.wait()
        log.info("stopping")
    finally:
        stopped.cancel()
        await end(house)
    if house.lost:
        raise EndedBadly("the connection to the bus was closed for good; start again when bus.url is right")


def _base(house: House) -> str:
    """What the links of this house begin with: where nobody has said it, the port that it has."""
    url = house.settings.company.public_url
    is_said = url != Company().public_url
    return url if is_said else next((each for each in house.addresses if each.startswith("http")), url)


def share_the_lock() -> None:
    """Have a thread that computes give Python's lock back after 2 ms instead of 5.

    Each time the loop has waited for the network it asks for the lock again, and in one process the store's writer holds it most of the
    time under load: what comes in was accepted a tenth more slowly (``python -m benchmarks webhooks --up``).
    """
    sys.setswitchinterval(0.002)


def leave_what_stays_to_itself() -> None:
    """Keep the garbage collector off the code and models that live as long as the process.

    It would walk through half a million of them again and again while mails make garbage: 4 % of the time of a mail. The threshold is above
    what a batch makes for a moment: two hundred changesets are 50,000 objects, and looking at them while they are read finds nothing.
    """
    gc.collect()
    _give_back()
    gc.freeze()
    gc.set_threshold(200_000, 20, 50)


def _give_back() -> None:
    """Have the C library give back what starting has used and nothing needs any more (malloc_trim(3), glibc alone): making the models of
    a hundred calls leaves megabytes of holes."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:
        trim(0)


async def end(house: House) -> None:
    """Stop it, within `STOP_WITHIN`. Raises `EndedBadly` when that is not enough."""
    try:
        async with asyncio.timeout(STOP_WITHIN):
            await house.stop()
    except TimeoutError:
        raise EndedBadly(
            f"not everything was finished within {STOP_WITHIN:g} s; what was in flight is on the bus and comes again"
        ) from None


def _stop_on_signals() -> asyncio.Event:
    """An event that SIGTERM and Ctrl-C set. A second one ends the process at once."""
    stop = asyncio.Event()

    def asked() -> None:
        if stop.is_set():
            os._exit(1)
        stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, asked)
    return stop
