"""Doing what an agent said: its commands one after the other, each by the decider of its own, and how each of them ended.

What was understood is written down before the first of them is done, under the same cause whoever does it: repeated after a crash, "the
last message" and "in two hours" mean what they meant at first, and what was done is not done twice.
"""

from typing import Any

import structlog

from services.router.deciding import speech as meant
from services.router.deciding.commands.doing import Refused, fingerprint
from services.router.deciding.policy import Policy
from services.router.deciding.speech import planning
from services.router.deciding.speech.understanding import agent_of, language_of
from services.router.gathering import Do, Interrupted
from services.router.store import Store
from shared.clock import now
from shared.identity import derive
from shared.messages.changeset import Changeset
from shared.messages.command import Command
from shared.messages.ticket import MessageView
from shared.speech import Speech, parse
from shared.texts import text

log = structlog.get_logger()

_HOW = ("command", "line", "ok", "error", "detail")


async def say(store: Store, command: Command, policy: Policy, do: Do) -> list[dict[str, Any]]:
    """How each command ended, in order; the answer, or the note, is one of them. Raises `Misspoken` and otherwise `Refused` where nothing
    was done, `Interrupted`, `StoreAway` and `StoreRefused`."""
    speech = parse(planning.said(command).text)
    steps, language = await _understood(store, command, policy, speech)
    results: list[dict[str, Any]] = []
    for place, step in enumerate(steps):
        result = await _done(store, command, policy, do, step, place, len(steps))
        results.append(result)
        if not result["ok"]:
            break
    results += [_undone(each, language) for each in steps[len(results) :]]
    if not any(each["ok"] for each in results):
        raise _nothing_done(command, results)
    return results


async def _understood(store: Store, command: Command, policy: Policy, speech: Speech) -> tuple[list[meant.Step], str]:
    """What is to be done, as it was understood the first time, and the language of whoever said it. Words alone need not be understood."""
    alone = planning.words_alone(command, speech) if not speech.commands and not speech.mistakes else []
    if alone:
        return alone, ""
    understood = Changeset(cause=f"understood:{command.command_id}", fingerprint=fingerprint(command))
    # Asked before anything is planned: what has been done by halves may look like a mistake now.
    before = await _before(store, understood.model_copy(update={"relies": {"a key that never has this version": -1}}))
    if before is not None:
        return before
    facts = await store.facts(meant.needs(command, speech))
    language = language_of(agent_of(command, facts), policy)
    last = {number: found for number in planning.forwarded(command, speech) if (found := await _last(store, number))}
    try:
        steps = meant.plan(command, facts, policy, now(), last, speech)
    except Refused:
        raise
    except Exception as error:
        # A fault of ours: whoever spoke is told, and whoever waits behind them is not kept waiting.
        log.exception("what was said could not be planned", command=command.command_id)
        raise Refused("failed", f"what was said could not be understood: {error!r}"[:500]) from error
    if all(step.action is None for step in steps):
        return steps, language
    understood.result = {"steps": [step.model_dump(mode="json") for step in steps], "language": language}
    return await _before(store, understood) or (steps, language)


async def _before(store: Store, understood: Changeset) -> tuple[list[meant.Step], str] | None:
    """What was understood the first time; null: this is the first time, and it is written down if it can be. Raises `Refused` if those
    were other words."""
    (answer,) = await store.commit([understood])
    if answer.outcome != "repeated":
        return None
    if answer.fingerprint != understood.fingerprint:
        raise Refused("reused-key", "this idempotency key was used for another request")
    return [meant.Step.model_validate(each) for each in answer.result["steps"]], str(answer.result["language"])


async def _last(store: Store, number: int) -> MessageView | None:
    """The customer's last message."""
    ticket = await store.ticket(number)
    messages = [each for each in (ticket.messages or []) if each.direction == "in"] if ticket is not None else []
    return messages[-1] if messages else None


async def _done(
    store: Store, command: Command, policy: Policy, do: Do, step: meant.Step, place: int, steps: int
) -> dict[str, Any]:
    """How one of them ended. Raises `Interrupted`."""
    if step.action is None:
        detail = step.detail
        if step.name == "status":
            detail = meant.status(command, step.number, await store.facts(meant.status_needs(step.number)), policy)
        return _result(step, {}, detail=detail)
    child = derive("command", command.command_id, "said", str(place))
    done = await do(command.model_copy(update={"command_id": child, "action": step.action}))
    if done.error == "unavailable":
        raise Interrupted(steps - place, done.detail)
    return _result(step, done.result, done.error, done.detail if done.error else step.detail)


def _result(step: meant.Step, made: dict[str, Any], error: str | None = None, detail: str = "") -> dict[str, Any]:
    how = {"command": step.name, "line": step.line, "ok": error is None, "error": error, "detail": detail}
    return {"number": step.number, **made, **how}


def _undone(step: meant.Step, language: str) -> dict[str, Any]:
    return _result(step, {}, "not-done", text("speech.done.undone", language))


def _nothing_done(command: Command, results: list[dict[str, Any]]) -> Refused:
    """The first could not be done, and so nothing was: it may all be said again. What else that one tells is told."""
    failed = results[0]
    more = {name: value for name, value in failed.items() if name not in _HOW}
    whole = {**more, "number": planning.said(command).number, "results": results}
    return Refused(str(failed["error"]), str(failed["detail"]), whole)
