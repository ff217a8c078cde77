"""Macros, asking for details, rules tried on past tickets and webhooks, over HTTP, with the whole house behind it."""

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from services.composition import rules as trying
from services.notifier.service import NotifierService
from services.store.queries.automation import list_corrections
from shared.messages.automation import CorrectionsQuery
from shared.settings import load
from tests.desk import house as building
from tests.desk.house import House, context_for, running, until
from tests.notifier.receiver import Receiver

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECRET = "the receiver knows this secret"
FILE = """
[company]
name = "Acme"
public_url = "http://127.0.0.1:8080"

[fetch]
allow = ["127.0.0.0/8"]

[[inbox]]
name = "support"
channel = "email"
address = "support@acme.example"

[[category]]
name = "technical"
words = {en = ["error"]}
ask_for = {en = ["model"], pl = ["model urządzenia"]}

[[rule]]
name = "vip"
if = {domain = "big.example"}
then = {priority = "high", tags = "vip"}

[[macro]]
name = "restart"
title = "Ask to restart"
text = {en = "Please restart it, {number}."}
then = {status = "pending", tags = "restarted"}

[[webhook]]
name = "crm"
url = "URL"
secret = "the receiver knows this secret"
events = ["status_changed", "macro_applied"]
include = ["ticket"]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def receiver() -> AsyncIterator[Receiver]:
    started = await Receiver().start()
    yield started
    await started.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> AsyncIterator[House]:
    """Store, router and desk with a configuration, and a notifier for the webhook."""
    folder: Path = tmp_path_factory.mktemp("house")
    file = folder / "trunkline.toml"
    file.write_text(FILE.replace("URL", receiver.url))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "load", lambda _, data: load(file, data, {}))
        patch.setattr(building, "INBOXES", [("email", "support"), ("api", "crm")])
        async with running(folder) as house:
            context = await context_for(house.server, "notifier", house.data)
            room = NotifierService(context)
            await room.start()
            try:
                yield house
            finally:
                await room.stop()
                await context.bus.close()


async def opened(house: House, **more: Any) -> str:
    body = {"subject": "Error 5", "text": "There is an error.", "contact": "ana@customer.example"} | more
    answer = await house.api.post("/api/v1/tickets", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


async def test_a_macro_is_applied_once_for_a_key(house: House) -> None:
    number = await opened(house)
    listed = (await house.api.get("/api/v1/macros")).json()["items"]
    assert listed == [
        {"name": "restart", "title": "Ask to restart", "text": {"en": "Please restart it, {number}."},
         "then": {"status": "pending", "tags": ["restarted"]}, "source": "file", "revision": 0}
    ]  # fmt: skip
    for _ in range(2):
        answer = await house.api.post(
            f"/api/v1/tickets/{number}/macros/restart", json={}, headers={"Idempotency-Key": f"m-{number}"}
        )
        assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["status"], shown["tags"]) == ("pending", ["restarted"])
    assert [each["text"] for each in shown["messages"] if each["direction"] == "out"] == [
        f"Please restart it, {number}."
    ]
    assert [each["what"] for each in shown["events"]].count("macro_applied") == 1
    wrong = await house.api.post(f"/api/v1/tickets/{number}/macros/none", json={})
    assert (wrong.status_code, wrong.headers["content-type"]) == (404, "application/problem+json")


async def test_details_are_asked_for_once(house: House) -> None:
    number = await opened(house)
    answer = await house.api.post(f"/api/v1/tickets/{number}/ask")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["status"] == "pending"
    assert shown["messages"][-1]["text"].endswith("please send us:\n\n- model")
    again = await house.api.post(f"/api/v1/tickets/{number}/ask", json={})
    assert again.status_code == 409
    other = await house.api.post(f"/api/v1/tickets/{number}/ask", json={"fields": ["a photo"], "text": "Hello,"})
    assert other.json()["messages"][-1]["text"].startswith("Hello,\n\n")


async def test_what_a_rule_did_stands_in_the_ticket(house: House) -> None:
    number = await opened(house, contact="bo@big.example")
    shown = (await house.api.get(f"/api/v1/tickets/{number}")).json()
    assert (shown["priority"], shown["tags"]) == ("high", ["vip"])
    (event,) = [each for each in shown["events"] if each["what"] == "rule_ran"]
    assert (event["data"]["rule"], event["data"]["why"]) == ("vip", ["domain = big.example"])


async def test_a_rule_is_tried_on_past_tickets_and_changes_nothing(house: House) -> None:
    number = await opened(house, contact="cy@tried.example")
    await house.api.patch(f"/api/v1/tickets/{number}", json={"priority": "urgent"})
    before = (await house.api.get(f"/api/v1/tickets/{number}")).json()
    rule = {
        "on": "opened",
        "if": {"domain": "tried.example", "priority": "normal"},
        "then": {"priority": "low", "ask": True},
    }
    answer = await house.api.post("/api/v1/rules/try", json={"rule": rule})
    assert answer.status_code == 200, answer.text
    (run,) = answer.json()["runs"]
    assert (run["ticket"], run["on"], run["did"]) == (number, "opened", {"priority": "low", "ask": True})
    assert run["why"] == ["priority = normal", "domain = tried.example"], "as it was then, not as it is now"
    assert (await house.api.get(f"/api/v1/tickets/{number}")).json() == before
    words = await house.api.post(
        "/api/v1/rules/try", json={"rule": {"if": {"words": "nonesuch"}, "then": {"ask": True}}}
    )
    assert words.json()["runs"] == []


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({"then": {"priority": "highest"}}, "/rule/then/priority"),
        ({"on": "never", "then": {"ask": True}}, "/rule/on/0"),
        ({"if": {"patterns": "(a+)+$"}, "then": {"ask": True}}, "/rule/if/patterns"),
        ({"if": {"words": [f"word {place}" for place in range(201)]}, "then": {"ask": True}}, "/rule/if/words"),
        ({"if": {"words": ["x" * 101]}, "then": {"ask": True}}, "/rule/if/words"),
    ],
)
async def test_a_rule_that_is_none_is_a_problem(house: House, rule: dict[str, Any], field: str) -> None:
    answer = await house.api.post("/api/v1/rules/try", json={"rule": rule})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field


async def test_the_command_line_tries_the_rules_of_a_file(
    house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    number = await opened(house, contact="dee@filed.example")
    file = tmp_path / "new.toml"
    file.write_text(
        f'[bus]\nurl = "{house.server.url("operator")}"\n[secrets]\nkey = "{"ab" * 32}"\n'
        '[[rule]]\nname = "new"\nif = {domain = "filed.example", words = "error"}\nthen = {tags = "new"}\n'
    )
    await trying.try_rules(load(file, house.data, {}), "1h", as_json=True)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [(run["ticket"], run["rule"], run["did"]) for run in told["runs"]] == [(number, "new", {"tags": ["new"]})]


async def test_corrections_are_kept_to_learn_from(house: House) -> None:
    number = await opened(house, subject="Error of a bill", contact="bo@big.example")
    changed = (await house.api.patch(f"/api/v1/tickets/{number}", json={"category": "billing"})).json()
    assert changed["reasons"]["category"]["rule"] == "corrected"
    context = house.store._context
    assert context is not None
    from services.store.reading import QueryContext

    reading = QueryContext(house.store.reader, context.bus.jetstream(), context.data, context.settings)
    found = await list_corrections(reading, CorrectionsQuery())
    newest = found.items[0]
    assert (newest.ticket, newest.was, newest.became, newest.by) == (number, "technical", "billing", "token:tests")
    assert (newest.subject, newest.text) == ("Error of a bill", "There is an error.")


async def test_a_webhook_is_told_and_what_it_missed_is_replayed(house: House, receiver: Receiver) -> None:

    async def told_of_all() -> bool:
        sent = (await house.api.get("/api/v1/webhooks/crm/deliveries")).json()["items"]
        return all(each["state"] == "accepted" for each in sent)

    await until(told_of_all)  # what other tests did is told in its own time
    receiver.received.clear()
    number = await opened(house)
    receiver.answers = [410]
    closed = await house.api.post(f"/api/v1/tickets/{number}/close", json={})
    assert closed.status_code == 200
    assert [each["channel"] for each in closed.json()["deliveries"]] == ["email"], (
        "webhooks are no messages of a ticket"
    )

    async def failed() -> list[Any]:
        return list((await house.api.get("/api/v1/webhooks/failed")).json()["items"])

    async def is_there() -> bool:
        return bool(await failed())

    await until(is_there)
    (missed,) = await failed()
    assert (missed["webhook"], missed["event"], missed["ticket"]) == ("crm", "status_changed", number)
    assert (missed["state"], missed["error"], missed["attempts"]) == ("failed", "HTTP 410", 1)
    replayed = await house.api.post(f"/api/v1/webhooks/failed/{missed['id']}/replay", json={})
    assert replayed.json() == {"id": missed["id"], "webhook": "crm"}

    async def told() -> bool:
        return len(receiver.received) == 2 and not await failed()

    await until(told)
    first, second = receiver.received
    assert first.body == second.body
    assert first.headers["trunkline-delivery"] == second.headers["trunkline-delivery"] == missed["id"]
    event = json.loads(second.body)
    assert (event["event"], event["data"], event["ticket"]["number"]) == (
        "status_changed",
        {"from": "new", "to": "closed"},
        number,
    )
    assert event["ticket"]["status"] == "closed"
    stamp, _, mac = second.headers["trunkline-signature"].removeprefix("t=").partition(",v1=")
    assert mac == hmac.digest(SECRET.encode(), stamp.encode() + b"." + second.body, hashlib.sha256).hex()
    gone = await house.api.post(f"/api/v1/webhooks/failed/{missed['id']}/replay", json={})
    assert gone.status_code == 409
    assert (await house.api.post("/api/v1/webhooks/failed/none/replay", json={})).status_code == 404
