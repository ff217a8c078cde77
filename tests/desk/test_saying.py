"""What agents write, over HTTP and on the bus, with the real store and router behind: every command, mistakes, repetition, order."""

from typing import Any
from uuid import uuid4

import pytest

from shared.bus import rpc, subjects
from shared.clock import now
from shared.messages.agents import Say
from shared.messages.command import Command, CommandResult, CreateAgent
from shared.speech import COMMANDS
from tests.desk.house import House
from tests.desk.test_gathering import call, customer, mail, ok, opened, shown

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def hired(house: House, name: str = "Zoe Fox") -> tuple[str, str]:
    """A new agent: id and address."""
    email = f"{uuid4().hex[:10]}@acme.example"
    done = await house.command(CreateAgent(email=email, name=name))
    assert done.error is None, done
    return str(done.result["agent_id"]), email


async def say(house: House, number: str, text: str, agent_id: str, **more: Any) -> CommandResult:
    """Something an agent says from a channel, as the router is asked by whoever believes them."""
    action = Say(number=int(number.removeprefix("T-")), text=text, **more)
    actor = f"agent:{agent_id}"
    command = Command(command_id=uuid4().hex, actor=actor, actor_name="Zoe Fox", channel="sms", at=now(), action=action)
    bus = house.contexts["operator"].bus
    return CommandResult.decode(await rpc.request(bus, subjects.ROUTER_COMMAND, command.encode()))


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("#priority urgent", {"priority": "urgent"}),
        ("#category billing", {"category": "billing"}),
        ("#tag +vip", {"tags": ["vip"]}),
        ("#snooze 2h", {"status": "on_hold"}),
        ("#solve Replaced.", {"status": "solved", "solution": "Replaced."}),
        ("#close", {"status": "closed"}),
        ("#close\n#reopen", {"status": "open"}),
        ("#spam block", {"status": "spam"}),
        ("#team technical", {"team": "technical"}),
        ("#note inside", {"status": "new"}),
        ("#action Stock: counted done", {"status": "new"}),
        ("#promise a pump until tomorrow", {"status": "new"}),
        ("#side email courier@dispatch.example Where is it?", {"status": "new"}),
        ("#status\n/help", {"status": "new"}),
    ],
)
async def test_a_command_is_done(house: House, text: str, fields: dict[str, Any]) -> None:
    number = await opened(house, customer())
    answer = await ok(house, f"{number}/say", text=text)
    assert (answer["number"], answer["refused"]) == (number, 0)
    assert [each["ok"] for each in answer["results"]] == [True] * answer["done"]
    ticket = await shown(house, number)
    assert {name: ticket[name] for name in fields} == fields


async def test_commands_that_name_others_are_done(house: House) -> None:
    _, email = await hired(house)
    sender = customer()
    number, other = await opened(house, sender), await opened(house, sender)
    answer = await ok(house, f"{number}/say", text=f"#assign {email}\n#tag {other} +second\n#merge into {other}")
    assert [(each["command"], each["ok"]) for each in answer["results"]] == [
        ("assign", True),
        ("tag", True),
        ("merge", True),
    ]
    first, second = await shown(house, number), await shown(house, other)
    assert (first["status"], first["assignee"], second["tags"]) == ("merged", email, ["second"])
    refused = await call(house, f"{other}/say", text="#call\n#macro night\n#take")
    assert [each["why"] for each in refused.json()["mistakes"]] == ["nobody", "macro", "nobody"]


async def test_words_go_to_the_customer_and_commands_are_done_behind_them(house: House) -> None:
    number = await opened(house, customer())
    answer = await ok(house, f"{number}/say", text="#tag +vip\n\nIt is mended.\n\n#solve\n#note\nWas easy.")
    assert [(each["command"], each["line"]) for each in answer["results"]] == [
        ("reply", 3),
        ("tag", 1),
        ("solve", 5),
        ("note", 6),
    ]
    ticket = await shown(house, number)
    sent = [(each["direction"], each["text"]) for each in ticket["messages"][1:]]
    assert sent == [("out", "It is mended."), ("internal", "Was easy.")]
    assert (ticket["status"], ticket["solution"]) == ("solved", "It is mended.")
    assert answer["results"][0]["message_id"] == ticket["messages"][1]["id"]


async def test_with_internal_nothing_leaves_the_house(house: House) -> None:
    number = await opened(house, customer())
    await ok(house, f"{number}/say", text="Who knows this one?", internal=True)
    ticket = await shown(house, number)
    assert [each["direction"] for each in ticket["messages"][1:]] == ["internal"]


async def test_a_mistake_is_told_with_what_is_possible_and_nothing_is_done(house: House) -> None:
    number = await opened(house, customer())
    answer = await call(house, f"{number}/say", text="Dear Ana\n#slove\n#priority soon")
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (422, "invalid")
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert [(each["line"], each["why"], each["near"]) for each in problem["mistakes"]] == [
        (2, "unknown", "solve"),
        (3, "priority", None),
    ]
    assert "urgent" in problem["mistakes"][1]["detail"]
    assert len((await shown(house, number))["messages"]) == 1
    assert (await call(house, f"{number}/say", text=" ")).status_code == 422
    assert (await call(house, f"{number}/say", text="x" * 100_001)).status_code == 422
    assert (await call(house, "T-999999/say", text="Hello")).status_code == 404


async def test_what_fails_ends_it_there_and_the_rest_is_said_not_to_be_done(house: House) -> None:
    number = await opened(house, customer())
    answer = await ok(house, f"{number}/say", text="#close\n#snooze 2h\n#tag +vip")
    assert [(each["command"], each["ok"], each["error"]) for each in answer["results"]] == [
        ("close", True, None),
        ("snooze", False, "conflict"),
        ("tag", False, "not-done"),
    ]
    assert (await shown(house, number))["tags"] == []
    first = await call(house, f"{number}/say", text="#snooze 2h\n#tag +vip")
    assert (first.status_code, first.json()["code"]) == (409, "conflict")


async def test_an_answer_to_what_is_no_longer_the_last_word_is_not_sent(house: House) -> None:
    sender = customer()
    number = (await mail(house, uuid4().hex, sender))["number"]
    seen = (await shown(house, number))["last_message_at"]
    name = uuid4().hex
    await mail(house, name, sender, answers=(await shown(house, number))["messages"][0]["header_id"])
    answer = await call(house, f"{number}/say", text="It is mended.\n#solve", seen_at=seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "moved-on")
    assert [each["text"] for each in answer.json()["since"]] == [f"A text on {name}."]
    ticket = await shown(house, number)
    assert ([each["direction"] for each in ticket["messages"]], ticket["status"]) == (["in", "in"], "new")


async def test_repeated_it_is_done_once_and_a_key_means_one_text(house: House) -> None:
    sender = customer()
    number = (await mail(house, uuid4().hex, sender))["number"]
    await mail(house, uuid4().hex, sender, answers=(await shown(house, number))["messages"][0]["header_id"])
    key, text = uuid4().hex, "Two matters.\n#split last\n#snooze 2h"
    first = await ok(house, f"{number}/say", key, text=text)
    assert await ok(house, f"{number}/say", key, text=text) == first
    assert [each["direction"] for each in (await shown(house, number))["messages"]] == ["in"]
    apart = (await house.api.get("/api/v1/tickets", params={"q": sender})).json()["items"]
    assert number in [each["number"] for each in apart]
    assert len(apart) == 2
    assert (await call(house, f"{number}/say", key, text="Other words")).status_code == 422


async def test_what_was_interrupted_goes_on_as_it_was_understood_at_first(house: House) -> None:
    sender = customer()
    number = (await mail(house, uuid4().hex, sender))["number"]
    for _ in range(2):
        await mail(house, uuid4().hex, sender, answers=(await shown(house, number))["messages"][0]["header_id"])
    key, text, router = uuid4().hex, "#split 2\n#snooze 2h\n#tag +two", house.router
    do, seen = router._do, []

    async def away_at_the_second(command: Command) -> CommandResult:
        seen.append(command.action.do)
        away = command.action.do == "snooze" and seen.count("snooze") == 1
        return CommandResult(error="unavailable", detail="away") if away else await do(command)

    router._do = away_at_the_second  # type: ignore[method-assign]
    try:
        interrupted = await call(house, f"{number}/say", key, text=text)
        assert interrupted.status_code == 503
        answer = await ok(house, f"{number}/say", key, text=text)
    finally:
        router._do = do  # type: ignore[method-assign]
    assert [each["ok"] for each in answer["results"]] == [True] * 3
    ticket = await shown(house, number)
    assert (len(ticket["messages"]), ticket["status"], ticket["tags"]) == (1, "on_hold", ["two"])


async def test_an_agent_is_answered_in_their_language_and_may_do_what_their_role_says(house: House) -> None:
    agent_id, email = await hired(house)
    number = await opened(house, customer())
    await house.api.patch(f"/api/v1/agents/{email}", json={"languages": ["pl"]})
    assert (await say(house, number, "#weź", agent_id)).error is None
    assert (await shown(house, number))["assignee"] == email
    wrong = await say(house, number, "Dzień dobry\n#slove", agent_id)
    assert wrong.error == "invalid"
    assert "Czy chodziło o #rozwiąż OPIS?" in wrong.detail
    stands = await say(house, number, "#status", agent_id)
    assert "U kogo: Zoe Fox" in stands.result["results"][0]["detail"]
    await house.api.patch(f"/api/v1/agents/{email}", json={"role": "auditor"})
    assert (await say(house, number, "#close", agent_id)).error == "invalid"
    assert (await say(house, number, "Dear Ana", agent_id)).error == "forbidden"
    assert (await say(house, number, "#pomoc", agent_id)).result["results"][0]["detail"].startswith("#weź")
    assert (await shown(house, number))["status"] == "new"


async def test_forwarding_sends_the_customers_last_message(house: House) -> None:
    name = uuid4().hex
    number = (await mail(house, name, customer()))["number"]
    answer = await ok(house, f"{number}/say", text="#forward courier@dispatch.example Please look.")
    side = answer["results"][0]["side_id"]
    written = await house.api.get(f"/api/v1/tickets/{number}/side-conversations/{side}")
    assert [each["text"] for each in written.json()["messages"]] == [f"Please look.\n\nA text on {name}."]


async def test_files_of_a_note_are_kept_with_it(house: House) -> None:
    number = await opened(house, customer())
    file = {"filename": "a.txt", "media_type": "text/plain", "content": "aGVsbG8="}
    await ok(house, f"{number}/say", text="#note as sent to me", attachments=[file])
    messages = (await shown(house, number))["messages"]
    assert [(each["direction"], [one["filename"] for one in each["attachments"]]) for each in messages[1:]] == [
        ("internal", ["a.txt"])
    ]


async def test_the_commands_are_listed_for_composers(house: House) -> None:
    items = (await house.api.get("/api/v1/commands")).json()["items"]
    assert [each["name"] for each in items] == [form.name for form in COMMANDS]
    solve = next(each for each in items if each["name"] == "solve")
    assert (solve["takes"], solve["form"]["pl"], "riješi" in solve["words"]) == ("text", "#rozwiąż OPIS", True)
    assert solve["what"]["en"].startswith("The ticket is solved")
