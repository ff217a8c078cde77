"""Every command, and every mistake, is the same wherever an agent says it: by mail, in Telegram, by SMS, by WhatsApp and at the desk."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from services.router import saying
from shared.messages.agents import ChoiceFact, Say
from shared.messages.changeset import SettleSpoken
from shared.messages.command import Command
from shared.messages.parts import Point
from shared.speech import COMMANDS
from tests.router.speaking.speakworld import ANNA, ANNAS_PHONE, Speaking
from tests.router.speech.heard import policy
from tests.router.world import KEYRING

SAID = {
    "take": "#take", "assign": "#assign piotr", "team": "#team technical", "note": "#note She was angry.",
    "solve": "#solve Replaced the pump.", "close": "#close", "reopen": "#close\n#reopen", "snooze": "#snooze 2h",
    "priority": "#priority urgent", "category": "#category billing", "tag": "#tag +vip", "spam": "#spam",
    "merge": "#merge into T-1002", "split": "#split", "call": "#call", "forward": "#forward +48600999888 Please bring one.",
    "side": "#side sms +48600999888 Where is it?", "action": "#action technical: Sent a technician done",
    "promise": "#promise We call you back until 2h", "macro": "#macro night", "status": "#status", "help": "#help snooze",
}  # fmt: skip
MISTAKES = {
    "a slip": "#slove It runs again.",
    "nobody": "#assign nobody-of-ours",
    "no such priority": "#priority enormous",
    "no such ticket": "#merge into T-4711",
    "no time": "#snooze until the cows come home",
    "nothing said": "#note",
    "one of two": "#take\n#priority enormous",
}
CHANNELS: dict[str, Callable[[Speaking, str], Any]] = {
    "mail": lambda world, said: world.mails(said, world.told(channel="email")),
    "Telegram": lambda world, said: world.chats(said, world.told()),
    "SMS": lambda world, said: world.texts(f"{world.told(channel='sms').code} {said}"),
    "WhatsApp": lambda world, said: world.texts(f"{world.told(channel='whatsapp').code} {said}", channel="whatsapp"),
}
BY_CONFIRMATION = {"send", "cancel"}
"""These answer a question of ours; `test_held` has them."""


def speaking() -> Speaking:
    """With a macro, an inbox to call from, and Anna's proven telephone."""
    world = Speaking(policy=replace(policy(), keyring=KEYRING))
    phone = Point(kind="phone", value=ANNAS_PHONE)
    world.state.choices[ANNA.email] = ChoiceFact(agent_id=ANNA.agent_id, email=ANNA.email, points=[phone])
    return world


def at_the_desk(said: str, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    """What comes of it where nothing is between the agent and the router."""
    world = speaking()
    world.told()
    monkeypatch.setattr(saying, "now", lambda: world.now)
    actor = f"agent:{ANNA.agent_id}"
    command = Command(
        command_id="desk", actor=actor, actor_name=ANNA.name, public_name="Anna", channel="desk", at=world.now,
        action=Say(number=1001, text=said),
    )  # fmt: skip
    done = asyncio.run(world._does(command))
    results = done.result.get("results") or []
    return summary(results) if results or done.error is None else [("", "", False, done.error)]


def summary(results: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """How each command ended."""
    return [(each["command"], each["line"], each["ok"], each["error"]) for each in results]


def test_the_table_has_every_command() -> None:
    assert set(SAID) == {form.name for form in COMMANDS} - BY_CONFIRMATION


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", [*SAID, *MISTAKES])
def test_what_is_said_comes_to_the_same_on_every_channel(
    channel: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = SAID.get(name) or MISTAKES[name]
    expected = at_the_desk(said, monkeypatch)
    world = speaking()
    CHANNELS[channel](world, said)
    (settled,) = world.operations(SettleSpoken)
    assert summary(settled.results) == expected
    assert any(each["command"] == name for each in settled.results) or name in MISTAKES
    assert len(world.echoes()) == 1
    if name in MISTAKES:
        assert not any(each["ok"] for each in settled.results)
        assert world.to_customers() == []
        assert (world.ticket(1001).assignee, world.ticket(1001).status) == (None, "new")
