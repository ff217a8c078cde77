"""The router: messages, timers, failed deliveries and commands come in; changesets go to the store; nothing is kept here."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from nats.aio.msg import Msg
from prometheus_client import Counter, Histogram

from services.router import gathering, presence, saying, spoken, watchdog
from services.router.authenticating import ON_THE_WAY, Authenticating, Checked, must_be_checked
from services.router.cleaning import with_clean_pictures
from services.router.configuration import Configuration
from services.router.deciding import commands, consequences, life, spam
from services.router.deciding.believing import believed
from services.router.deciding.commands import bulk, points
from services.router.deciding.evidence import Evidence, read
from services.router.deciding.evidence import needs as inbound_needs
from services.router.deciding.inbound import decide_inbound, decide_sent_again
from services.router.deciding.life import goingout
from services.router.deciding.life import unfinished as unfinished_work
from services.router.deciding.policy import Policy
from services.router.deciding.speaking.saying import Pending
from services.router.learning import Learning
from services.router.releasing import Releasing, release
from services.router.reviving import revive
from services.router.settling import Outcome, Unsettled, settle
from services.router.store import Store, StoreAway, StoreRefused
from shared.bus import headers as hdr
from shared.bus import rpc, subjects
from shared.bus.connection import sequence
from shared.bus.errors import BusError
from shared.bus.pull import ContinuousPull
from shared.bus.retry import FailurePolicy, RetryPump
from shared.clock import now
from shared.documents.handing import HANDED_OUT
from shared.ending import end
from shared.messages.agents import Say
from shared.messages.base import NewerVersion, Undecodable
from shared.messages.changeset import Changeset, Committed
from shared.messages.command import Command, CommandResult, Discard, Release, Reply
from shared.messages.documents import RemoveDocument, SaveDocument
from shared.messages.facts import Facts, FactsRequest
from shared.messages.inbound import Inbound
from shared.messages.operations import ReplayDead
from shared.messages.outbound import DeliveryReport, TimerDue
from shared.service import Context

log = structlog.get_logger()

COMMAND_PATIENCE = 8.0

batches = Histogram(
    "trunkline_router_batch_messages", "Messages decided together", buckets=(1, 2, 5, 10, 20, 50, 100, 200)
)
messages = Counter("trunkline_router_messages", "Messages by how they ended", ["stream", "result"])
for _stream in (subjects.INTAKE, subjects.TIMER, subjects.DELIVERY):
    for _result in ("done", "failed"):
        messages.labels(_stream, _result)


@dataclass(frozen=True)
class Letter:
    """A message in hand: as the bus gave it, as it was sent, and what it says of itself."""

    msg: Msg
    inbound: Inbound
    evidence: Evidence


class Misplaced(Exception):
    """A message claims another channel or inbox than the one it was published for."""


class RouterService:
    """The room. Several may run; the store arbitrates between them."""

    name = "router"

    def __init__(self, context: Context) -> None:
        self._context = context
        self._store = Store(context.bus)
        self._configuration = Configuration(context.bus.jetstream(), context.keyring)
        self._learning = Learning(context.bus, self._configuration.use)
        schedule = [wait.total_seconds() for wait in context.settings.bus.retry_schedule]
        self._failures = {
            durable.stream: FailurePolicy(context.bus, durable, schedule)
            for durable in (subjects.ROUTER, subjects.ROUTER_TIMER, subjects.ROUTER_DELIVERY)
        }
        self._lanes: dict[str, ContinuousPull | RetryPump] = {}
        self._commands: rpc.Server | None = None
        patience = context.settings.authentication.timeout.total_seconds() + ON_THE_WAY
        self._authenticating = Authenticating(context.bus, patience, self._settle_letters)
        self._tasks: list[asyncio.Task[None]] = []
        self._going_on: set[asyncio.Task[None]] = set()
        # Whether agents have taught the spam filter enough: until then nobody need look at words. Seen with the last facts.
        self._filtering = False

    async def start(self) -> None:
        """Wait for the configuration, then consume and answer."""
        await self._configuration.load()
        await self._learning.look()
        bus = self._context.bus
        handlers = {
            subjects.INTAKE: self._letters,
            subjects.TIMER: self._timers,
            subjects.DELIVERY: self._deliveries,
        }
        for stream, handler in handlers.items():
            policy = self._failures[stream]
            self._lanes[policy.durable.name] = ContinuousPull(bus, stream, policy.durable.name, handler)
            self._lanes[policy.durable.retries.name] = RetryPump(bus, policy, handler)
        self._authenticating.start()
        for lane in self._lanes.values():
            await lane.start()
        self._commands = await rpc.serve(bus, subjects.ROUTER_COMMAND, "router", self._command)
        watch = watchdog.run(self._context, lambda: self._configuration.policy, self._do)
        followed = (self._configuration.follow(), self._learning.follow(), watch)
        self._tasks = [asyncio.create_task(work) for work in followed]

    async def stop(self) -> None:
        """Finish the batches in hand, give back the rest."""
        await end([*self._tasks, *self._going_on])
        await asyncio.gather(*(lane.stop() for lane in self._lanes.values()))
        await self._authenticating.stop()
        if self._commands is not None:
            await self._commands.stop()

    def ready(self) -> dict[str, bool]:
        """Each lane is being pulled."""
        if not self._lanes:
            return {"started": False}
        lanes = {f"pull {name}": lane.healthy for name, lane in self._lanes.items()}
        return lanes | {"authenticating": self._authenticating.healthy}

    # -- messages -------------------------------------------------------------------------------------------------------

    async def _letters(self, batch: list[Msg]) -> None:
        batches.observe(len(batch))
        decoded = [(msg, inbound) for msg in batch if (inbound := await self._inbound(msg)) is not None]
        unchecked = [pair for pair in decoded if must_be_checked(pair[1])]
        await self._settle_letters([pair for pair in decoded if not must_be_checked(pair[1])])
        for msg, inbound in unchecked:
            await self._authenticating.take(msg, inbound)

    async def _inbound(self, msg: Msg) -> Inbound | None:
        """The message, when it is of the channel and inbox on whose subject it was published: the bus lets each channel's user write
        there only, so what the message says of itself must not reach further."""
        inbound: Inbound | None = await self._decoded(msg, Inbound)
        if inbound is None:
            return None
        if subjects.original(msg.subject) == subjects.intake(inbound.channel, inbound.inbox):
            return believed(inbound)
        await self._failed(msg, Misplaced(f"it says it is of {inbound.channel}/{inbound.inbox}"))
        return None

    async def _settle_letters(self, messages: list[Checked]) -> None:
        policy = self._configuration.policy
        letters = []
        for msg, inbound in messages:
            try:
                letters.append(Letter(msg, inbound, read(inbound, policy)))
            except Exception as error:  # noqa: BLE001 - one message's trouble is not its neighbours'
                await self._failed(msg, error)
        if not letters:
            return

        def needs(items: list[Letter]) -> FactsRequest:
            pairs = [(item.inbound, item.evidence) for item in items]
            request = inbound_needs(pairs)
            request.words = spam.asked(pairs, self._filtering, policy)
            return life.offering.ask(life.inbound_needs(request, policy), pairs, policy)

        def decide(letter: Letter, facts: Facts) -> Changeset:
            self._filtering = spam.in_use(facts)
            changeset = decide_inbound(letter.inbound, facts, policy, now(), letter.evidence)
            changeset.result["sequence"] = _sequence(letter.msg)
            return changeset

        said: list[tuple[Pending, Msg]] = []
        for outcome in await settle(self._store, letters, needs, decide):
            await self._note_sent_again(outcome)
            try:
                wanted = spoken.wanted(outcome.committed)
            except (NewerVersion, Undecodable) as error:
                await self._failed(outcome.item.msg, error)
                continue
            if wanted is not None:
                said.append((wanted, outcome.item.msg))
            else:
                await self._finish(outcome.item.msg, outcome)
            self._show_writing(outcome.committed.result if outcome.committed is not None else {})
        await spoken.in_turn(said, self._said)

    async def _said(self, wanted: Pending, msg: Msg) -> None:
        """What an agent said from a channel is done, and only then is their message over."""
        try:
            result = await spoken.finish(self._store, wanted, self._do, self._configuration.policy)
        except Exception as error:  # noqa: BLE001 - one message's trouble is not its neighbours'
            await self._failed(msg, error)
        else:
            await msg.ack()
            messages.labels(_stream_of(msg), "done").inc()
            self._show_writing(result)

    def _show_writing(self, result: dict[str, Any]) -> None:
        """Whoever is at a ticket from elsewhere is shown to their colleagues; nobody waits for that."""
        writing = result.get("writing")
        if isinstance(writing, dict):
            showing = asyncio.create_task(presence.note(self._context.bus, state="writing", **writing))
            self._going_on.add(showing)
            showing.add_done_callback(self._going_on.discard)

    async def _note_sent_again(self, outcome: Outcome[Letter]) -> None:
        """The same message was on the bus twice (its sender tried again after the bus's window): the ledger counts both."""
        done = outcome.committed
        if done is None or done.outcome != "repeated":
            return
        came = _sequence(outcome.item.msg)
        if done.result.get("sequence") not in (None, came):
            changeset = decide_sent_again(outcome.item.inbound, came, self._configuration.policy)
            await settle(self._store, [changeset], lambda _: FactsRequest(), lambda item, _: item)

    async def _timers(self, batch: list[Msg]) -> None:
        policy = self._configuration.policy
        needs: Callable[[list[TimerDue]], FactsRequest] = lambda items: consequences.timer_needs(items, policy)  # noqa: E731
        unfinished: dict[str, Command] = {}

        def decide(timer: TimerDue, facts: Facts, policy: Policy, at: datetime) -> Changeset:
            begun = (*unfinished_work.commands(timer, facts), *goingout.commands(timer, facts))
            unfinished.update((each.command_id, each) for each in begun)
            return consequences.decide_timer(timer, facts, policy, at)

        await self._lane(batch, TimerDue, needs, decide)
        for command in unfinished.values():
            going_on = asyncio.create_task(self._go_on(command))
            self._going_on.add(going_on)
            going_on.add_done_callback(self._going_on.discard)

    async def _go_on(self, command: Command) -> None:
        """What was begun and never said to be done, by us or by another router, and answers that have waited. What is tried in vain is
        tried again by its timer."""
        policy, answers = self._configuration.policy, isinstance(command.action, Reply)
        needs = goingout.needs if answers else bulk.needs
        done = await self._do(command)

        def give_up(item: Command, facts: Facts) -> Changeset:
            return goingout.stopped(item, done, facts, policy, now()) if answers else bulk.given_up(item, facts)

        if done.error not in (None, "unavailable"):
            try:
                await settle(self._store, [command], lambda _: needs(command), give_up, patience=COMMAND_PATIENCE)
            except StoreAway as away:
                log.warning("the store is away; the timer tries again", error=str(away))
        log.info("what was interrupted went on", command=command.action.do, error=done.error, detail=done.detail[:500])

    async def _deliveries(self, batch: list[Msg]) -> None:
        policy = self._configuration.policy
        needs: Callable[[list[DeliveryReport]], FactsRequest] = lambda items: consequences.delivery_needs(items, policy)  # noqa: E731
        await self._lane(batch, DeliveryReport, needs, consequences.decide_delivery)

    async def _lane(self, batch: list[Msg], model, needs, decide) -> None:  # type: ignore[no-untyped-def]
        policy = self._configuration.policy
        items = [(msg, item) for msg in batch if (item := await self._decoded(msg, model)) is not None]
        outcomes = await settle(
            self._store,
            items,
            lambda pairs: needs([item for _, item in pairs]),
            lambda pair, facts: decide(pair[1], facts, policy, now()),
        )
        for outcome in outcomes:
            await self._finish(outcome.item[0], outcome)

    async def _decoded(self, msg: Msg, model):  # type: ignore[no-untyped-def]
        try:
            return model.decode(msg.data)
        except (NewerVersion, Undecodable) as error:
            await self._failed(msg, error)
        return None

    async def _finish(self, msg: Msg, outcome: Outcome) -> None:  # type: ignore[type-arg]
        if outcome.error is not None:
            await self._failed(msg, outcome.error)
        else:
            await msg.ack()
            messages.labels(_stream_of(msg), "done").inc()

    async def _failed(self, msg: Msg, error: Exception) -> None:
        messages.labels(_stream_of(msg), "failed").inc()
        log.error("a message could not be decided", subject=msg.subject, error=repr(error)[:500])
        await self._failures[_stream_of(msg)].fail(msg, error)

    # -- commands -------------------------------------------------------------------------------------------------------

    async def _command(self, request: rpc.Request) -> bytes:
        try:
            command = Command.decode(request.payload)
        except (NewerVersion, Undecodable) as error:
            return CommandResult(error="invalid", detail=str(error)[:1000]).encode()
        return (await self._do(command)).encode()

    async def _do(self, command: Command) -> CommandResult:
        try:
            command = await with_clean_pictures(command, self._context.blobs)
        except BusError as away:
            return CommandResult(error="unavailable", detail=f"the attachments cannot be read now: {away}")
        if isinstance(command.action, bulk.MANY):
            return await self._do_many(command)
        policy = self._configuration.policy
        needs: Callable[[list[Command]], FactsRequest] = lambda items: commands.needs(items[0], policy)  # noqa: E731
        decide: Callable[[Command, Facts], Changeset] = lambda item, facts: commands.decide_command(  # noqa: E731
            item, facts, policy, now()
        )
        try:
            if isinstance(command.action, Release | Discard):
                released = Releasing(command, command.action.held_id)
                outcome = await release(self._store, released, policy, COMMAND_PATIENCE)
            elif isinstance(command.action, ReplayDead):
                bus, letter = self._context.bus.jetstream(), command.action.dead_id
                outcome = await revive(
                    self._store, bus, self._context.publisher, command, letter, policy, COMMAND_PATIENCE
                )
            else:
                outcome = (await settle(self._store, [command], needs, decide, patience=COMMAND_PATIENCE))[0]
            if isinstance(outcome.error, commands.Refused):
                outcome = await self._done_before(command) or outcome
        except (StoreAway, StoreRefused) as away:
            return CommandResult(error="unavailable", detail=f"the store is away: {away}")
        except BusError as away:
            return CommandResult(error="unavailable", detail=str(away))
        if isinstance(outcome.error, commands.Refused):
            return CommandResult(error=outcome.error.error, detail=str(outcome.error), result=outcome.error.result)
        if outcome.committed is None:
            log.error("a command could not be decided", command=command.action.do, error=repr(outcome.error)[:500])
            error = "unavailable" if isinstance(outcome.error, Unsettled) else "failed"
            return CommandResult(error=error, detail=f"the command could not be decided: {outcome.error}")
        if isinstance(command.action, SaveDocument | RemoveDocument) and command.action.kind in HANDED_OUT:
            await self._configuration.look()  # whoever changed it goes on with it at once
        done = _repeated(command, outcome.committed)
        return done if done.error else done.model_copy(update={"result": points.answered(command, done.result, policy)})

    async def _do_many(self, command: Command) -> CommandResult:
        try:
            before = await self._done_before(command)
            if before is not None and before.committed is not None:
                return _repeated(command, before.committed)
            if isinstance(command.action, Say):
                work = bulk.Work([])
                results = await saying.say(self._store, command, self._configuration.policy, self._do)
            else:
                work = await gathering.plan(self._store, command)
                if work.problem is not None:
                    await settle(
                        self._store,
                        [command],
                        lambda _: bulk.needs(command),
                        lambda item, facts: bulk.begun(item, work, facts, now()),
                        patience=COMMAND_PATIENCE,
                    )
                results = await gathering.do_all(work, self._do)
            outcome = (
                await settle(
                    self._store,
                    [command],
                    lambda _: bulk.needs(command),
                    lambda item, facts: bulk.concluded(item, work, results, facts, now()),
                    patience=COMMAND_PATIENCE,
                )
            )[0]
        except commands.Refused as refused:
            return CommandResult(error=refused.error, detail=str(refused), result=refused.result)
        except gathering.Interrupted as interrupted:
            return CommandResult(error="unavailable", detail=str(interrupted))
        except (StoreAway, StoreRefused) as away:
            return CommandResult(error="unavailable", detail=f"the store is away: {away}")
        if outcome.committed is None:
            log.error(
                "what was done could not be written down", command=command.action.do, error=repr(outcome.error)[:500]
            )
            return CommandResult(
                error="unavailable", detail=f"what was done could not be written down: {outcome.error}"
            )
        return _repeated(command, outcome.committed)

    async def _done_before(self, command: Command) -> Outcome[Command] | None:
        """What this very command did earlier. Doing a thing twice is often refused (the message is no longer where it was), but a
        repeated command is to be answered as the first time."""
        question = Changeset(cause=commands.cause(command), relies={"a key that never has this version": -1})
        (answer,) = await self._store.commit([question])
        return Outcome(command, committed=answer) if answer.outcome == "repeated" else None


def _repeated(command: Command, done: Committed) -> CommandResult:
    """The answer to a command that was done, now or earlier."""
    if done.outcome == "repeated" and done.fingerprint != commands.fingerprint(command):
        return CommandResult(error="reused-key", detail="this idempotency key was used for another request")
    return CommandResult(repeated=done.outcome == "repeated", result=done.result)


def _stream_of(msg: Msg) -> str:
    """The stream a message was first in, also when it comes back from RETRY."""
    return subjects.original(msg.subject).partition(".")[0].upper()


def _sequence(msg: Msg) -> str:
    """Stream and sequence by which a message first came, also when it comes back from RETRY."""
    first = (msg.headers or {}).get(hdr.ORIGINAL_SEQUENCE)
    return first or sequence(msg)
